//! Certificates and what is decided with them: path validation, OCSP, time-stamps. No IO.
//!
//! Formats are the RustCrypto 0.2 line, every key operation is `mekong-crypto`. Bytes in, values out, with the time as a
//! parameter; who fetches and who serves is `mekong-authority`.
//!
//! - [`certificate`]: X.509 certificates as read; [`name`]: distinguished names; [`pem`]: the armour.
//! - [`bundle`]: the `.p7b` and other forms in which authorities publish certificates.
//! - [`crl`]: revocation lists of any size, read in one pass and made.
//! - [`request`] and [`issue`]: PKCS#10 requests and the certificates made from them.
//! - [`statements`]: what the issuer of a qualified certificate states of it (ETSI EN 319 412-5).
//! - [`path`]: RFC 5280 §6.1 path validation; [`anchors`]: what is trusted, for which service, when.
//! - [`cms`]: signed data read as it stands, and written.
//! - [`revocation`]: what CRLs and OCSP responses at hand say of a certificate, and who says it.
//! - [`ocsp`], [`tsp`]: revocation answers and time-stamps, made and verified.
//! - [`tlv`]: DER and BER walked element by element, for what is hostile or non-standard.

pub mod anchors;
pub mod bundle;
mod canonical;
pub mod certificate;
pub mod cms;
pub mod crl;
mod extensions;
pub mod general_name;
pub mod issue;
pub mod name;
pub mod ocsp;
pub mod path;
pub mod pem;
pub mod request;
pub mod revocation;
pub mod statements;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod time;
pub mod tlv;
pub mod tsp;

pub use certificate::{Certificate, CertificateError};
