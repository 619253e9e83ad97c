//! Time-stamps (RFC 3161): requests, responses, tokens and their verification, and the authority that issues them.
//!
//! Tokens are CMS signed data; what is signed is checked as it stands in the token. Tokens in BER, as some Java
//! authorities write them, are read too.

mod authority;
mod error;
mod policy;
mod request;
mod response;
mod signer;
mod token;
mod verify;

pub use authority::TimeStampAuthority;
pub use error::TspError;
pub use policy::Policy;
pub use request::Request;
pub use response::{FailureInfo, Refusal, Response};
pub use token::{SignerId, Token, TokenInfo, add_certificate};
pub use verify::{Stamped, VerifiedToken, verify};

/// Largest request that is read, in bytes.
pub const REQUEST_BYTES_MAX: usize = 8 * 1024;
/// Largest response or token that is read, in bytes.
pub const TOKEN_BYTES_MAX: usize = 256 * 1024;
/// Longest nonce or serial number that is read, in bytes.
pub const NUMBER_BYTES_MAX: usize = 64;
/// Media type of requests.
pub const REQUEST_MEDIA_TYPE: &str = "application/timestamp-query";
/// Media type of responses.
pub const RESPONSE_MEDIA_TYPE: &str = "application/timestamp-reply";
