//! Why a signature was not accepted or not made.

use crate::Place;
use crate::c14n::C14nError;
use crate::find::FindError;
use mekong_crypto::{CryptoError, DigestAlgorithm};

/// Why a signature was not accepted or not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DsigError {
    /// Something covered has no canonical form.
    #[error(transparent)]
    Canonical(#[from] C14nError),
    /// A content is known by its digest in one algorithm, and the reference uses another.
    #[error("reference {uri:?} is digested with {needed:?}, but only a {known:?} digest of its content is known")]
    DigestNotKnown {
        /// The reference's URI.
        uri: String,
        /// The reference's algorithm.
        needed: DigestAlgorithm,
        /// The algorithm of the known digest.
        known: DigestAlgorithm,
    },
    /// More than one element has the Id that a reference names.
    #[error("more than one element has the Id {id:?} that the signature refers to ({place})")]
    DuplicateId {
        /// The Id.
        id: String,
        /// Where the second one starts.
        place: Place,
    },
    /// The key cannot be used so, or could not sign.
    #[error(transparent)]
    Key(CryptoError),
    /// Not what XMLDSig says a signature looks like.
    #[error("malformed signature: {what} ({place})")]
    Malformed {
        /// What is wrong, with its path.
        what: String,
        /// Where.
        place: Place,
    },
    /// The content of a reference is not what was signed.
    #[error("the content of reference {uri:?} was changed: its digest differs from the signed one")]
    ReferenceDigestMismatch {
        /// The reference's URI.
        uri: String,
    },
    /// `SignedInfo` was changed, or another key signed it.
    #[error("the signature value does not match the signed references and the key")]
    SignatureMismatch,
    /// More of something than is read.
    #[error("more than {limit} {what} ({place})")]
    TooMany {
        /// Such as `references`.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// Where it was passed.
        place: Place,
    },
    /// No content is known for a reference.
    #[error("reference {uri:?} leads to nothing known")]
    UnresolvedReference {
        /// The reference's URI; empty if it has none.
        uri: String,
    },
    /// An algorithm that is not accepted: HMAC, unknown ones.
    #[error("unsupported algorithm {uri:?} ({place})")]
    UnsupportedAlgorithm {
        /// Its URI.
        uri: String,
        /// Where.
        place: Place,
    },
    /// A transform that is not accepted: XPath, XSLT, base64, or a canonicalisation of external content.
    #[error("unsupported transform {uri:?}")]
    UnsupportedTransform {
        /// Its URI.
        uri: String,
    },
}

impl From<FindError> for DsigError {
    fn from(error: FindError) -> Self {
        match error {
            FindError::DuplicateId { id, place } => Self::DuplicateId { id, place },
            FindError::MissingId { id } => Self::UnresolvedReference { uri: format!("#{id}") },
            FindError::MissingElement { place, .. }
            | FindError::RepeatedElement { place, .. }
            | FindError::MissingAttribute { place, .. }
            | FindError::NotText { place, .. }
            | FindError::Unreadable { place, .. } => Self::Malformed { what: error.to_string(), place },
        }
    }
}
