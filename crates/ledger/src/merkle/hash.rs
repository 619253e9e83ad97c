//! Hashes of leaves and nodes (RFC 9162 §2.1.1), and their text form.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mekong_crypto::{DigestAlgorithm, Hasher};
use std::fmt;
use std::str::FromStr;

/// A SHA-256 hash of a leaf or node of the tree. The text form is Base64, as in checkpoints.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// The text is not the canonical Base64 of 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the Base64 of a 32-byte hash")]
pub struct HashError;

/// The hash of a leaf with this data.
pub fn leaf_hash(data: &[u8]) -> Hash {
    digest(&[&[0], data])
}

/// The hash of an inner node.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    digest(&[&[1], &left.0, &right.0])
}

/// The root of the tree without leaves: the hash of nothing.
pub fn empty_root() -> Hash {
    digest(&[])
}

/// SHA-256 over the parts one after the other.
pub(crate) fn digest(parts: &[&[u8]]) -> Hash {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    parts.iter().for_each(|part| hasher.update(part));
    let mut hash = [0; 32];
    hash.iter_mut().zip(hasher.finish().as_ref()).for_each(|(to, from)| *to = *from);
    Hash(hash)
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = HashError;
    fn from_str(text: &str) -> Result<Self, HashError> {
        if text.len() != 44 {
            return Err(HashError);
        }
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| HashError)?;
        bytes.try_into().map(Self).map_err(|_| HashError)
    }
}
