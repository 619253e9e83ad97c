//! Records about time-stamps.
//!
//! A time-stamp: the DER token, `ts-hashchainresult.xml` (missing if one message was stamped alone), the number of messages
//! and for each, in the order of the log, its number as the distance from the one before, and the SHA-512 digest of its
//! `signatures.xml`. From these digests the hash chain of each message is calculated again when it is exported.
//!
//! A state: since when time-stamps are not to be had, in microseconds since 1970; missing when they are again.

use super::form::{Malformed, Reader, Writer};
use mekong_base::Instant;

/// Messages of one time-stamp, at most.
const MESSAGES_MAX: u64 = 1 << 20;
/// Bytes of a SHA-512 digest.
const DIGEST: usize = 64;

/// A time-stamp and what it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Stamp {
    pub(in super::super) token: Vec<u8>,
    pub(in super::super) hash_chain_result: Option<String>,
    pub(in super::super) covered: Vec<Covered>,
}

/// A message that is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Covered {
    /// Its number in the log.
    pub(in super::super) id: u64,
    /// SHA-512 of its `signatures.xml`.
    pub(in super::super) digest: [u8; DIGEST],
}

impl Stamp {
    /// Writes the record.
    pub(in super::super) fn write(&self) -> Vec<u8> {
        let mut out = Writer::new(self.token.len() + 1024 + self.covered.len() * (DIGEST + 2));
        out.bytes(&self.token);
        out.optional_text(self.hash_chain_result.as_deref());
        out.number(self.covered.len() as u64);
        let mut last = 0;
        for covered in &self.covered {
            out.number(covered.id.saturating_sub(last));
            out.fixed(&covered.digest);
            last = covered.id;
        }
        out.finish()
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Malformed`], also for messages that do not rise.
    pub(in super::super) fn read(record: &[u8]) -> Result<Self, Malformed> {
        let malformed = Malformed { what: "covered messages", left: 0 };
        let mut from = Reader::new(record)?;
        let token = from.bytes("token")?.to_vec();
        let hash_chain_result = from.optional_text("hash chain result")?.map(str::to_owned);
        let count = from.number(malformed.what)?;
        if count == 0 || count > MESSAGES_MAX {
            return Err(malformed);
        }
        let mut covered = Vec::with_capacity(usize::try_from(count.min(4096)).unwrap_or(0));
        let mut last: u64 = 0;
        for _ in 0..count {
            let distance = from.number(malformed.what)?;
            last = last.checked_add(distance).filter(|_| distance > 0).ok_or(malformed)?;
            covered.push(Covered { id: last, digest: from.array(malformed.what)? });
        }
        from.end()?;
        Ok(Self { token, hash_chain_result, covered })
    }
}

/// Whether time-stamps are to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Stamping {
    /// Since when not.
    pub(in super::super) failing_since: Option<Instant>,
}

impl Stamping {
    /// Writes the record.
    pub(in super::super) fn write(self) -> Vec<u8> {
        let mut out = Writer::new(12);
        out.optional(self.failing_since.map(|at| u64::try_from(at.unix_micros()).unwrap_or(0)));
        out.finish()
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(in super::super) fn read(record: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(record)?;
        let since = from.optional("failing since")?.map(|micros| i64::try_from(micros).unwrap_or(i64::MAX));
        from.end()?;
        Ok(Self { failing_since: since.map(Instant::from_unix_micros) })
    }
}
