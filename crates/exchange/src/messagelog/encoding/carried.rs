//! What is known from records that are about to be removed, so that an index made anew from the rest knows it too.
//!
//! Fields: messages recorded ever, messages stamped ever, number of the last one stamped, number of the first one not
//! archived; then the last archives of all groups, each as a byte string in its own form.

use super::archived::Archived;
use super::form::{Malformed, Reader, Writer};

/// Groups, at most.
const GROUPS_MAX: u64 = 100_000;

/// What is carried forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Carried {
    pub(in super::super) messages: u64,
    pub(in super::super) stamped: u64,
    pub(in super::super) stamped_to: u64,
    pub(in super::super) archived_to: u64,
    pub(in super::super) archives: Vec<Archived>,
}

impl Carried {
    /// Writes the record.
    pub(in super::super) fn write(&self) -> Vec<u8> {
        let mut out = Writer::new(64 + self.archives.len() * 256);
        [self.messages, self.stamped, self.stamped_to, self.archived_to].into_iter().for_each(|n| out.number(n));
        out.number(self.archives.len() as u64);
        self.archives.iter().for_each(|archive| out.bytes(&archive.write()));
        out.finish()
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(in super::super) fn read(record: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(record)?;
        let (messages, stamped) = (from.number("messages")?, from.number("stamped")?);
        let (stamped_to, archived_to) = (from.number("stamped to")?, from.number("archived to")?);
        let count = from.number("archives")?;
        if count > GROUPS_MAX {
            return Err(Malformed { what: "archives", left: 0 });
        }
        let archives = (0..count).map(|_| Archived::read(from.bytes("archive")?)).collect::<Result<_, _>>()?;
        from.end()?;
        Ok(Self { messages, stamped, stamped_to, archived_to, archives })
    }
}
