//! The record of an archive that was made: the folder has the file, or its partial file, when this record is in the ledger.
//!
//! Fields: group (empty without grouping), file name, last digest of its linking information, SHA-256 of the file, number of
//! containers, to where the group is archived and to where all groups are: the number of the first message that is not.

use super::form::{Malformed, Reader, Writer};

/// An archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Archived {
    /// Whose messages it has: a member or subsystem; empty without grouping.
    pub(in super::super) group: String,
    /// Its file name.
    pub(in super::super) file: String,
    /// From which the next archive of the group continues, hexadecimal.
    pub(in super::super) last_digest: String,
    /// SHA-256 of the file.
    pub(in super::super) sha256: [u8; 32],
    /// How many containers it has.
    pub(in super::super) containers: u64,
    /// The number of the first message of the group that is not archived.
    pub(in super::super) to: u64,
    /// The number of the first message of any group that is not archived.
    pub(in super::super) all_to: u64,
}

impl Archived {
    /// Writes the record.
    pub(in super::super) fn write(&self) -> Vec<u8> {
        let mut out = Writer::new(512);
        [&self.group, &self.file, &self.last_digest].into_iter().for_each(|text| out.text(text));
        out.fixed(&self.sha256);
        out.number(self.containers);
        out.number(self.to);
        out.number(self.all_to);
        out.finish()
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(in super::super) fn read(record: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(record)?;
        let read = Self {
            group: from.text("group")?.to_owned(),
            file: from.text("file")?.to_owned(),
            last_digest: from.text("last digest")?.to_owned(),
            sha256: from.array("digest of the file")?,
            containers: from.number("containers")?,
            to: from.number("archived to")?,
            all_to: from.number("all archived to")?,
        };
        from.end()?;
        Ok(read)
    }
}
