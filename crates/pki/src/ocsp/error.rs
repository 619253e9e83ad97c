//! Why an OCSP message cannot be read or believed.

use super::{CertId, Refusal, ResponderId, Status};
use crate::tlv::TlvError;
use mekong_base::Instant;
use mekong_crypto::CryptoError;
use std::time::Duration;

/// Why an OCSP request or response was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcspError {
    /// The bytes do not follow RFC 6960 §4.
    #[error("malformed OCSP message: {0}")]
    Malformed(String),
    /// More bytes than are read.
    #[error("an OCSP message of {found} bytes is larger than {limit}")]
    TooLarge {
        /// Its size in bytes.
        found: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The responder answered without a status (RFC 6960 §4.2.1).
    #[error("the OCSP responder refused to answer: {0}")]
    Refused(Refusal),
    /// The response is not of the basic type, or holds no answer.
    #[error("unsupported OCSP response: {0}")]
    Unsupported(String),
    /// The response is about another certificate.
    #[error("the OCSP response is about {found}, expected {expected}")]
    WrongCertificate {
        /// The identifier made from the certificate and its issuer.
        expected: Box<CertId>,
        /// The one in the response.
        found: Box<CertId>,
    },
    /// No certificate at hand belongs to the responder that the response names.
    #[error("no certificate found for the OCSP responder {0}")]
    ResponderNotFound(ResponderId),
    /// The responder's signature does not verify.
    #[error("the signature of the OCSP response does not verify with the certificate of {responder}: {source}")]
    Signature {
        /// Subject of the responder's certificate.
        responder: String,
        /// What is wrong.
        source: CryptoError,
    },
    /// The response is signed by someone who may not speak for the issuer (RFC 6960 §4.2.2.2).
    #[error("{responder} may not answer for certificates of {issuer}: {reason}")]
    ResponderNotAuthorised {
        /// Subject of the responder's certificate.
        responder: String,
        /// Subject of the issuer of the checked certificate.
        issuer: String,
        /// Which condition fails.
        reason: String,
    },
    /// `thisUpdate` is older than the instance allows.
    #[error("the OCSP response is too old: this update {this_update}, checked at {at}, allowed age {} s", freshness.as_secs())]
    TooOld {
        /// When the status was known to be correct.
        this_update: Instant,
        /// The time of the check.
        at: Instant,
        /// How old a status may be.
        freshness: Duration,
    },
    /// `nextUpdate` has passed: newer information exists.
    #[error("the OCSP response is outdated: next update {next_update}, checked at {at}")]
    NextUpdatePassed {
        /// When newer information was to be there.
        next_update: Instant,
        /// The time of the check.
        at: Instant,
    },
    /// The response is authentic, and the certificate is not good.
    #[error("the OCSP response says that the certificate is {0}")]
    NotGood(Status),
    /// The responder's key cannot sign.
    #[error("signing the OCSP response: {0}")]
    Signing(CryptoError),
}

impl OcspError {
    /// The fault code that X-Road peers use for this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotGood(_) => "cert_validation",
            _ => "incorrect_validation_info",
        }
    }
}

impl From<TlvError> for OcspError {
    fn from(error: TlvError) -> Self {
        Self::Malformed(error.0)
    }
}
