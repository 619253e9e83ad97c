//! Content outside of the document, as the caller knows it.

use mekong_base::Source;
use mekong_crypto::DigestAlgorithm;
use std::borrow::Cow;
use std::fmt;

/// What the caller knows of the content behind a URI.
#[derive(Clone)]
pub enum Content<'r> {
    /// The bytes.
    Bytes(Cow<'r, [u8]>),
    /// Bytes that may be many; read piece by piece.
    Source(&'r dyn Source),
    /// Digests alone.
    Digests(Vec<(DigestAlgorithm, Vec<u8>)>),
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Source(source) => write!(f, "Source({})", source.len()),
            Self::Digests(digests) => f.debug_tuple("Digests").field(digests).finish(),
        }
    }
}
