//! REST messages as they are signed: the request or status line, and the headers, as bytes.
//!
//! `GET CRLF /r1/...?query CRLF name:value CRLF ...` and `200 CRLF OK CRLF name:value CRLF ...`: UTF-8, no blank after the
//! colon, no empty last line. What is parsed is always what is signed: a message made from HTTP is written first and then
//! read back by the same parser that reads a peer's.
//!
//! Source: PR-REST 4.x and the reference's `RestMessage`, which the specification leaves open.

mod head;
pub mod names;
mod request;
mod response;

pub use request::{RepresentedParty, RestRequest, Verb};
pub use response::{Answer, RestResponse};

use mekong_base::ident::IdentError;
use mekong_crypto::{Digest, DigestAlgorithm};

/// Why a REST message is not one. The sender's fault, whoever that is: an information system or a gateway.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestError {
    /// Not UTF-8.
    #[error("the REST message is not UTF-8: header values and paths must be")]
    NotUtf8,
    /// Larger than allowed.
    #[error("the request line and headers have {bytes} bytes, more than {limit}: send less in headers")]
    TooLarge {
        /// How many bytes.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A line ends with a lone CR or LF, or holds another control character.
    #[error("line {line} of the REST message has a control character or a line end that is not CRLF")]
    Control {
        /// 1-based number of the line.
        line: usize,
    },
    /// The message ends before its first two lines do.
    #[error("the REST message has no {0}")]
    Missing(&'static str),
    /// The method is none of those that X-Road carries.
    #[error("method {0:?} is not one of DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE")]
    Verb(String),
    /// The path is not `/r1/INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE[/...]`.
    #[error("path {path:?} is not /r1/INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE[/...]: {reason}")]
    Path {
        /// The path, cut.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The protocol version after `/r` is not 1.
    #[error("protocol version {0:?} is not r1, the only one there is")]
    Version(String),
    /// An identifier in the path or a header is malformed.
    #[error("{place}: {source}")]
    Identifier {
        /// Where it stands.
        place: &'static str,
        /// What is wrong with it.
        source: IdentError,
    },
    /// A header line without a colon or with a name that is no token.
    #[error("line {line} of the REST message is not a header `name:value`")]
    Header {
        /// 1-based number of the line.
        line: usize,
    },
    /// A header that belongs to one HTTP connection stands in a message between gateways.
    #[error("header {0:?} may not stand in a signed message: it belongs to one connection")]
    ForbiddenHeader(String),
    /// A header that may stand once stands twice.
    #[error("header {0} may stand only once")]
    DuplicateHeader(&'static str),
    /// A header that must be there is not, or is empty.
    #[error("header {0} is missing or empty")]
    MissingHeader(&'static str),
    /// A header value is malformed.
    #[error("header {name} has a value that is not {expected}")]
    HeaderValue {
        /// The header.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The status line is not a status.
    #[error("{0:?} is not an HTTP status of 200 to 599")]
    Status(String),
    /// More headers than allowed.
    #[error("the message has more than {0} headers")]
    TooManyHeaders(usize),
}

/// Limits on one REST message: bytes in all, and number of headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the message without its body.
    pub bytes: usize,
    /// Headers.
    pub headers: usize,
}

/// The hash of a request that its answer repeats: of the message alone, or of the digests of message and body.
///
/// Source: PR-REST §4.3 (`x-road-request-hash`); always SHA-512.
pub fn request_hash(message: &[u8], body_digest: Option<&Digest>) -> Digest {
    let digest = DigestAlgorithm::Sha512.digest(message);
    match body_digest {
        None => digest,
        Some(body) => DigestAlgorithm::Sha512.digest(&[digest.as_ref(), body.as_ref()].concat()),
    }
}
