//! Bundles of entries. An entry of a ledger is the 32-byte commitment to a record; its leaf hash is made from that.

use crate::merkle::Hash;

/// Bytes of an entry with the length before it.
const ENTRY_BYTES: usize = 34;

/// A bundle is not as many 32-byte entries as its path says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a bundle of {width} entries of 32 bytes, each after its length")]
pub struct BundleError {
    /// How many there should be.
    pub width: u16,
}

/// The bundle of commitments, each after its length as two bytes, big-endian.
pub fn encode_bundle(entries: &[Hash]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * ENTRY_BYTES);
    for entry in entries {
        bytes.extend_from_slice(&32u16.to_be_bytes());
        bytes.extend_from_slice(&entry.0);
    }
    bytes
}

/// The commitments of a bundle of `width`.
///
/// # Errors
/// [`BundleError`] if there are more or fewer, or one is not 32 bytes long.
pub fn parse_bundle(bytes: &[u8], width: u16) -> Result<Vec<Hash>, BundleError> {
    let (entries, rest) = bytes.as_chunks::<ENTRY_BYTES>();
    if entries.len() != usize::from(width) || !rest.is_empty() {
        return Err(BundleError { width });
    }
    let parsed = entries.iter().map(|entry| match entry.split_first_chunk::<2>() {
        Some((length, commitment)) if u16::from_be_bytes(*length) == 32 => commitment.try_into().ok().map(Hash),
        _ => None,
    });
    parsed.collect::<Option<_>>().ok_or(BundleError { width })
}
