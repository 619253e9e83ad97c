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

/// Object identifiers as content octets.
mod oid {
    /// `id-signedData`, 1.2.840.113549.1.7.2.
    pub(super) const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    /// `id-ct-TSTInfo`, 1.2.840.113549.1.9.16.1.4.
    pub(super) const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];
    /// `id-contentType`, 1.2.840.113549.1.9.3.
    pub(super) const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
    /// `id-messageDigest`, 1.2.840.113549.1.9.4.
    pub(super) const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
    /// `id-signingTime`, 1.2.840.113549.1.9.5.
    pub(super) const SIGNING_TIME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05];
    /// `id-aa-signingCertificate`, 1.2.840.113549.1.9.16.2.12 (RFC 2634 §5.4).
    pub(super) const SIGNING_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0c];
    /// `id-aa-signingCertificateV2`, 1.2.840.113549.1.9.16.2.47 (RFC 5035 §3).
    pub(super) const SIGNING_CERTIFICATE_V2: &[u8] =
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f];
}
