//! Records: what is appended, what is read, and the commitment that stands for a record in the tree.

use crate::commitment::{Salt, commitment};
use crate::merkle::{Hash, leaf_hash};
use bytes::Bytes;
use mekong_base::Instant;

/// What is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// The user's kind of record; 0 is the ledger's own.
    pub kind: u8,
    /// The content; see [`Options::record_max`](crate::Options::record_max).
    pub payload: Bytes,
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the ledger, from 0 on, without gaps.
    pub position: u64,
    /// The user's kind of record.
    pub kind: u8,
    /// When it was recorded, by the clock of the one who did.
    pub at: Instant,
    /// The content.
    pub payload: Bytes,
}

/// Bytes of a salt.
pub const SALT_LEN: usize = 16;

/// A record with the salt of its commitment: what a proof about its content needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The record.
    pub record: Record,
    /// Random; without it nobody can find out by trying what the commitment stands for.
    pub salt: Salt,
}

impl Entry {
    /// What stands for the record in the tree: the data of its leaf.
    pub fn commitment(&self) -> Hash {
        commitment(&self.salt, self.record.kind, self.record.at, &self.record.payload)
    }

    /// The hash of its leaf.
    pub fn leaf(&self) -> Hash {
        leaf_hash(&self.commitment().0)
    }
}

/// The first 32 bytes.
pub(crate) fn to_array(bytes: &[u8]) -> [u8; 32] {
    let mut array = [0; 32];
    array.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    array
}
