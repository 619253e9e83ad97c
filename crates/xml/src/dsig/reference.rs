//! One `ds:Reference`: what it points at, how it is transformed, its digest.

use crate::c14n::Method;
use mekong_crypto::DigestAlgorithm;

/// A transform between a referenced content and its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transform {
    /// A canonicalisation.
    Canonicalize(Method),
    /// Leaves out the signature that holds the reference.
    Enveloped,
}

impl Transform {
    /// The algorithm URI.
    pub const fn uri(&self) -> &'static str {
        match self {
            Self::Canonicalize(method) => method.uri(),
            Self::Enveloped => super::ENVELOPED,
        }
    }
}

/// A `ds:Reference`, read or to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// `Id`.
    pub id: Option<String>,
    /// `Type`, a URI.
    pub kind: Option<String>,
    /// `URI`: `""` is the whole document, `#id` an element of it, anything else is for the caller to resolve.
    pub uri: Option<String>,
    /// In order.
    pub transforms: Vec<Transform>,
    /// The digest algorithm.
    pub digest_algorithm: DigestAlgorithm,
    /// The digest that was signed.
    pub digest: Vec<u8>,
}
