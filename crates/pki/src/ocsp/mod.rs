//! The online certificate status protocol (RFC 6960): requests, responses, and whether a response may be believed.
//!
//! [`verify`] looks at the first single response alone, as X-Road does; [`crate::revocation`] at all of them. Signed bytes are
//! checked as they stand in the response.

mod error;
mod memo;
mod request;
mod response;
mod single;
mod verify;

pub use error::OcspError;
pub use request::{CertId, Request};
pub use response::{Answer, Refusal, ResponderId, Response, sign};
pub use single::Single;
pub use verify::{VerifiedStatus, verify};

use mekong_base::Instant;
use std::fmt;

/// Largest request that is read, in bytes.
pub const REQUEST_BYTES_MAX: usize = 8 * 1024;
/// Largest response that is read, in bytes.
pub const RESPONSE_BYTES_MAX: usize = 256 * 1024;
/// Longest nonce that is read, in bytes (RFC 8954 §2.1 says 32, RFC 9654 up to 128).
pub const NONCE_BYTES_MAX: usize = 128;
/// Media type of requests.
pub const REQUEST_MEDIA_TYPE: &str = "application/ocsp-request";
/// Media type of responses.
pub const RESPONSE_MEDIA_TYPE: &str = "application/ocsp-response";

/// DER of the content of `id-pkix-ocsp-basic`, 1.3.6.1.5.5.7.48.1.1.
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
/// `id-pkix-ocsp-nonce`, 1.3.6.1.5.5.7.48.1.2.
const NONCE: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02];

/// What an authority says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Issued and not revoked.
    Good,
    /// Revoked, or on hold.
    Revoked {
        /// Since when.
        at: Instant,
        /// `CRLReason` (RFC 5280 §5.3.1), if given.
        reason: Option<u8>,
    },
    /// The responder does not know the certificate.
    Unknown,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => f.write_str("good"),
            Self::Revoked { at, reason: None } => write!(f, "revoked at {at}"),
            Self::Revoked { at, reason: Some(reason) } => write!(f, "revoked at {at}, reason {reason}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}
