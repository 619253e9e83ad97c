//! The commitment to a record: what enters the tree in its place. It tells nothing of the record without the salt, so that
//! proofs carry no personal data and a record can be erased while every proof stays whole.

use crate::merkle::{Hash, digest};
use mekong_base::Instant;

/// Random bytes kept beside a record.
pub type Salt = [u8; 16];

/// SHA-256 over salt, kind, time (microseconds since 1970, eight bytes, big-endian, two's complement) and payload.
pub fn commitment(salt: &Salt, kind: u8, at: Instant, payload: &[u8]) -> Hash {
    digest(&[salt.as_slice(), &[kind], &at.unix_micros().to_be_bytes(), payload])
}
