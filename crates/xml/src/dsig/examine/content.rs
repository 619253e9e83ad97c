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
    /// Such bytes with a function that gives their digests: each is made once for all who ask, whatever they read.
    Digested(&'r dyn Source, &'r dyn Fn(DigestAlgorithm) -> Option<Vec<u8>>),
    /// Digests alone.
    Digests(Vec<(DigestAlgorithm, Vec<u8>)>),
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Source(source) => write!(f, "Source({})", source.len()),
            Self::Digested(source, _) => write!(f, "Digested({})", source.len()),
            Self::Digests(digests) => f.debug_tuple("Digests").field(digests).finish(),
        }
    }
}
