//! Why a configuration is not accepted, by stable codes.

use mekong_base::Instant;
use mekong_crypto::CryptoError;

/// A part or anchor cannot be read. `Display` names the document, the place in it and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{document}: {place}: {reason}")]
pub struct DocumentError {
    /// What was read: `anchor`, `shared parameters`, `private parameters`, …
    pub document: &'static str,
    /// Path of elements and line:column, or `document`.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

impl DocumentError {
    pub(crate) fn new(document: &'static str, place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { document, place: place.into(), reason: reason.into() }
    }
}

/// Why a signed directory or one of its parts is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// The multipart structure or a header is wrong (PR-GCONF §4).
    #[error("the signed directory is malformed: {0}")]
    Malformed(String),
    /// A header that must be there is not.
    #[error("{place} has no header {header}")]
    MissingHeader {
        /// Which part of the directory.
        place: String,
        /// The header's name, lower case.
        header: &'static str,
    },
    /// There is no `Expire-date`.
    #[error("the signed data has no Expire-date")]
    MissingDate,
    /// There is no signature part, or it is empty.
    #[error("the directory has no signature")]
    MissingSignature,
    /// The directory lists no parts.
    #[error("the directory lists no parts")]
    NoParts,
    /// `Version` is not one that we read.
    #[error("version {0:?} of the global configuration is not supported; 2 to 6 are")]
    UnsupportedVersion(String),
    /// A hash or signature algorithm that we do not accept.
    #[error("{0}")]
    UnsupportedAlgorithm(CryptoError),
    /// No trusted certificate has the hash that the signature names.
    #[error("no trusted verification certificate has the hash {hash}")]
    UntrustedCertificate {
        /// Base64, as in `Verification-certificate-hash`.
        hash: String,
    },
    /// The trusted certificate that signed cannot be read.
    #[error("the verification certificate cannot be used: {0}")]
    UnusableCertificate(String),
    /// The signature value does not belong to the signed bytes.
    #[error("the signature does not match the signed part and the verification certificate of {instance}")]
    InvalidSignatureValue {
        /// The instance that the certificate is trusted for.
        instance: String,
    },
    /// `Expire-date` is past.
    #[error("the directory expired at {expired}, it is {at}")]
    Expired {
        /// `Expire-date`.
        expired: Instant,
        /// The time of the check.
        at: Instant,
    },
    /// The directory or a part is of another instance than the certificate is trusted for.
    #[error("{place} is of instance {found:?}, expected {expected:?}")]
    WrongInstance {
        /// Which document.
        place: String,
        /// The trusted instance.
        expected: String,
        /// What it says.
        found: String,
    },
    /// A part's `Content-location` could lead elsewhere than below the root.
    #[error("Content-location {0:?} is not an absolute path of plain segments")]
    UnsafeLocation(String),
    /// A listed part cannot be had.
    #[error("{part} at {location} cannot be read: {reason}")]
    PartUnavailable {
        /// Content identifier.
        part: String,
        /// `Content-location`.
        location: String,
        /// Why.
        reason: String,
    },
    /// A part has not the hash that the directory lists.
    #[error("{part} at {location} has not the hash that the directory lists")]
    HashMismatch {
        /// Content identifier.
        part: String,
        /// `Content-location`.
        location: String,
    },
    /// A part is not what its identifier says.
    #[error(transparent)]
    MalformedPart(#[from] DocumentError),
    /// The directory is older than what was accepted before.
    #[error("the directory of generation {offered} is older than generation {accepted}, which was accepted before")]
    Rollback {
        /// What was accepted.
        accepted: String,
        /// What was offered.
        offered: String,
    },
}

impl DirectoryError {
    /// The stable code, lower snake case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::MissingHeader { .. } => "missing_header",
            Self::MissingDate => "missing_date",
            Self::MissingSignature => "missing_signature",
            Self::NoParts => "no_parts",
            Self::UnsupportedVersion(_) => "unsupported_version",
            Self::UnsupportedAlgorithm(_) => "unsupported_algorithm",
            Self::UntrustedCertificate { .. } => "untrusted_certificate",
            Self::UnusableCertificate(_) => "unusable_certificate",
            Self::InvalidSignatureValue { .. } => "invalid_signature_value",
            Self::Expired { .. } => "expired",
            Self::WrongInstance { .. } => "wrong_instance",
            Self::UnsafeLocation(_) => "unsafe_location",
            Self::PartUnavailable { .. } => "part_unavailable",
            Self::HashMismatch { .. } => "hash_mismatch",
            Self::MalformedPart(_) => "malformed_part",
            Self::Rollback { .. } => "rollback",
        }
    }
}
