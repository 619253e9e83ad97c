//! Why a signature was not made or not believed.

use crate::hashchain::HashChainError;
use crate::shown::Shown;
use crate::trust::TrustError;
use mekong_base::{ClientId, MemberId};
use mekong_crypto::CryptoError;
use mekong_pki::tsp::TspError;
use mekong_xml::XmlError;

/// Why a message was not signed. It is always this side's fault.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The certificate is not for signing, or belongs to another key.
    #[error("the certificate {subject} cannot sign messages: {reason}")]
    Certificate {
        /// Its subject.
        subject: String,
        /// Why.
        reason: &'static str,
    },
    /// The key did not sign.
    #[error("the signing key failed: {0}")]
    Key(#[from] CryptoError),
    /// There is no message.
    #[error("there is nothing to sign")]
    Empty,
    /// The parts cannot be chained.
    #[error("{0}")]
    HashChain(#[from] HashChainError),
}

/// Why a signature is not believed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A file is not XML, or exceeds the limits on XML.
    #[error("{file}: {error}")]
    Xml {
        /// The file.
        file: &'static str,
        /// What is wrong and where.
        error: XmlError,
    },
    /// The signature is not of the profile.
    #[error("the signature is malformed: {what}")]
    Malformed {
        /// What is wrong, with the place where known.
        what: String,
    },
    /// The signature uses an algorithm that is not supported.
    #[error("the signature is not supported: {what}")]
    Unsupported {
        /// The algorithm.
        what: String,
    },
    /// A signed file has another digest than the signature says.
    #[error("{uri} was changed after signing: its digest is {}, the signature says {}", Shown(found), Shown(expected))]
    ReferenceMismatch {
        /// The reference, such as `/message.xml` or `#signed-properties`.
        uri: String,
        /// The digest in the signature.
        expected: Vec<u8>,
        /// The digest of the file.
        found: Vec<u8>,
    },
    /// The signed properties were changed.
    #[error("{uri} was changed after signing: its digest differs from the signed one")]
    PropertiesChanged {
        /// The reference.
        uri: String,
    },
    /// The signature value does not belong to the signed information and the certificate.
    #[error("the signature value does not match what was signed and the certificate {subject}")]
    ValueMismatch {
        /// The certificate's subject.
        subject: String,
    },
    /// A part that must be signed is not.
    #[error("{uri} is not covered by the signature")]
    NotCovered {
        /// The part.
        uri: String,
    },
    /// The hash chain of a batch signature does not hold.
    #[error("{0}")]
    HashChain(HashChainError),
    /// The certificate names another member than the message.
    #[error("the certificate belongs to {certificate}, the message says it is from {message}")]
    WrongSigner {
        /// The member in the certificate.
        certificate: Box<MemberId>,
        /// The sender in the message.
        message: Box<ClientId>,
    },
    /// The certificate is not trusted, expired, revoked, or its status is not proven.
    #[error("the signer's certificate {subject} is not accepted: {error}")]
    NotTrusted {
        /// The certificate's subject.
        subject: String,
        /// Why.
        error: Box<TrustError>,
    },
    /// There is no time-stamp, or its hash chain does not hold.
    #[error("the time-stamp is malformed: {what}")]
    MalformedTimestamp {
        /// What is wrong.
        what: String,
    },
    /// The time-stamp's token is over other data, not by an approved authority, or its signature does not hold.
    #[error("{0}")]
    Timestamp(#[from] TspError),
}

impl VerifyError {
    /// The stable code, as the reference names it; dotted where one error is inside another.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Xml { .. } => "invalid_xml",
            Self::Malformed { .. } | Self::Unsupported { .. } | Self::NotCovered { .. } => "malformed_signature",
            Self::MalformedTimestamp { .. } => "malformed_signature",
            Self::ReferenceMismatch { .. } | Self::PropertiesChanged { .. } | Self::ValueMismatch { .. } => {
                "invalid_signature_value"
            }
            Self::HashChain(error) => error.code_in_signature(),
            Self::WrongSigner { .. } => "incorrect_certificate",
            Self::NotTrusted { error, .. } => error.code(),
            Self::Timestamp(error) => error.code(),
        }
    }

    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed { what: what.into() }
    }
}
