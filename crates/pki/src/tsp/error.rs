//! Why a time-stamp cannot be read or believed.

use super::{Refusal, SignerId};
use crate::cms::CmsError;
use crate::tlv::TlvError;
use mekong_base::Instant;
use mekong_crypto::CryptoError;

/// Why a time-stamp was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TspError {
    /// The bytes do not follow RFC 3161 §2.4 or RFC 5652 §5.
    #[error("malformed time-stamp: {0}")]
    Malformed(String),
    /// More bytes than are read.
    #[error("a time-stamp of {found} bytes is larger than {limit}")]
    TooLarge {
        /// Its size in bytes.
        found: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The authority answered without a token.
    #[error("the time-stamping authority refused: {0}")]
    Refused(Refusal),
    /// The signed data is not a time-stamp, or uses an algorithm or critical extension that is not supported.
    #[error("unsupported time-stamp: {0}")]
    Unsupported(String),
    /// The token stamps other data.
    #[error("the time-stamp is for data with {algorithm} {found}, expected {expected}")]
    ImprintMismatch {
        /// Digest algorithm of the token's imprint.
        algorithm: &'static str,
        /// What it would be for our data, hexadecimal.
        expected: String,
        /// What it is, hexadecimal.
        found: String,
    },
    /// There is no trusted time-stamping authority at all.
    #[error("no trusted time-stamping authority is configured")]
    NoAuthorities,
    /// The token's signer is not among the trusted authorities.
    #[error("the signer of the time-stamp is no trusted authority: {0}")]
    SignerNotTrusted(SignerId),
    /// The digest of the content is not the signed one.
    #[error("the content of the time-stamp was changed: its digest is {expected}, the signed one {found}")]
    ContentChanged {
        /// Digest of the content, hexadecimal.
        expected: String,
        /// The signed message digest, hexadecimal.
        found: String,
    },
    /// The signature does not verify with the authority's key.
    #[error("the signature of the time-stamp does not verify with the certificate of {authority}: {source}")]
    Signature {
        /// Subject of the authority's certificate.
        authority: String,
        /// What is wrong.
        source: CryptoError,
    },
    /// The signed attributes bind the signature to another certificate (RFC 5816 §2.2.1).
    #[error("the time-stamp is bound to a certificate other than that of {authority}")]
    OtherCertificate {
        /// Subject of the authority's certificate.
        authority: String,
    },
    /// The certificate is not one for time-stamping (RFC 3161 §2.3).
    #[error("the certificate of {authority} is not for time-stamping: {reason}")]
    NotForTimeStamping {
        /// Subject of the authority's certificate.
        authority: String,
        /// What is missing.
        reason: String,
    },
    /// The time-stamp was made outside the validity of the certificate.
    #[error("time-stamp of {gen_time} by {authority}, whose certificate is valid from {not_before} to {not_after}")]
    OutsideValidity {
        /// Subject of the authority's certificate.
        authority: String,
        /// Time in the token.
        gen_time: Instant,
        /// Start of the validity.
        not_before: Instant,
        /// End of the validity.
        not_after: Instant,
    },
    /// The nonce of the answer is not that of the request.
    #[error("the time-stamp answers another request: nonce {found}, expected {expected}")]
    NonceMismatch {
        /// Ours, hexadecimal.
        expected: String,
        /// Theirs, hexadecimal; empty if there is none.
        found: String,
    },
    /// The key cannot sign.
    #[error("signing the time-stamp: {0}")]
    Signing(CryptoError),
}

impl TspError {
    /// The fault code that X-Road peers use for this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ImprintMismatch { .. } | Self::Malformed(_) | Self::TooLarge { .. } => "malformed_signature",
            Self::NoAuthorities => "no_timestamping_provider_found",
            Self::SignerNotTrusted(_) => "tsp_certificate_not_found",
            Self::Refused(_) => "timestamping_failed",
            _ => "timestamp_signer_verification_failed",
        }
    }
}

impl From<TlvError> for TspError {
    fn from(error: TlvError) -> Self {
        Self::Malformed(error.0)
    }
}

impl From<CmsError> for TspError {
    fn from(error: CmsError) -> Self {
        match error {
            CmsError::NotSignedData { .. } => Self::Unsupported(error.to_string()),
            CmsError::Malformed(what) => Self::Malformed(what),
            other => Self::Malformed(other.to_string()),
        }
    }
}
