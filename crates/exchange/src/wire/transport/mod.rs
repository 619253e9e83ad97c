//! The message between two gateways: one multipart over mutual TLS, in both directions.
//!
//! Request: OCSP responses of the sender's TLS chain, the message, its body or attachments, hash chain if the signature
//! covers several parts, signature. Response: the same without OCSP; a SOAP fault may stand in place of any of it.
//!
//! Source: PR-MESSTRANSP 2.7 and the reference's decoder, whose verdicts on its own test messages are ours.

mod decode;
mod encode;

pub use decode::{Decoder, Direction, Event, Limits};
pub use encode::Encoder;

use super::fault::{Kind, SoapReadError};
use super::multipart::MultipartError;

/// Content types of parts.
pub mod content_type {
    /// An OCSP response, DER.
    pub const OCSP: &str = "application/ocsp-response";
    /// A REST request without its body.
    pub const REST_REQUEST: &str = "application/x-road-rest-request";
    /// A REST response without its body.
    pub const REST_RESPONSE: &str = "application/x-road-rest-response";
    /// The body of a REST message.
    pub const REST_BODY: &str = "application/x-road-rest-body";
    /// The hash chain result that is signed instead of the message.
    pub const HASH_CHAIN_RESULT: &str = "application/hash-chain-result";
    /// The hash chain.
    pub const HASH_CHAIN: &str = "application/hash-chain";
    /// The signature.
    pub const SIGNATURE: &str = "signature/bdoc-1.0/ts";
    /// SOAP messages and faults.
    pub const XML: &str = "text/xml";
    /// As faults are sent.
    pub const XML_UTF8: &str = "text/xml; charset=UTF-8";
    /// SOAP messages with XOP.
    pub const XOP: &str = "application/xop+xml";
    /// The whole message, and SOAP attachments within it.
    pub const MULTIPART: &str = "multipart/mixed";
}

/// Why bytes are not a transport message. The peer's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The framing is broken.
    #[error(transparent)]
    Multipart(#[from] MultipartError),
    /// A part, or the message, has a content type that does not stand here.
    #[error("content type {found:?} where {expected} was expected")]
    ContentType {
        /// As received, cut.
        found: String,
        /// In words.
        expected: &'static str,
    },
    /// A part after the signature.
    #[error("extra content ({0}) after the signature")]
    ExtraContent(String),
    /// A part that cannot be an OCSP response.
    #[error("OCSP part {0} is not a DER structure")]
    Ocsp(usize),
    /// A text part that is not UTF-8.
    #[error("the {0} part is not UTF-8")]
    NotUtf8(&'static str),
    /// The SOAP part, or the fault, cannot be read.
    #[error(transparent)]
    Soap(#[from] SoapReadError),
    /// A message where only a fault may stand.
    #[error("a SOAP message was received where only a fault may stand")]
    NotAFault,
    /// The multipart ends without a message part.
    #[error("there is no message part")]
    MissingMessage,
    /// The multipart ends without a signature part.
    #[error("there is no signature part")]
    MissingSignature,
    /// The fault that stands alone is larger than allowed.
    #[error("the fault is larger than {0} bytes")]
    FaultTooLarge(usize),
}

impl TransportError {
    /// The segment of a fault code that says this.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Multipart(MultipartError::Boundary(_)) | Self::ContentType { .. } => Kind::InvalidContentType,
            Self::Multipart(_) => Kind::MimeParsingFailed,
            Self::ExtraContent(_) | Self::NotUtf8(_) | Self::NotAFault | Self::FaultTooLarge(_) => Kind::InvalidMessage,
            Self::Ocsp(_) => Kind::IoError,
            Self::Soap(_) => Kind::InvalidXml,
            Self::MissingMessage => Kind::MissingRest,
            Self::MissingSignature => Kind::MissingSignature,
        }
    }
}
