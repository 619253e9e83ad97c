//! Keys, certificates and what hangs on them: path validation, OCSP, time-stamps; a small CA, OCSP responder and TSA.
//!
//! Formats are the RustCrypto 0.2 line, every key operation is `mekong-crypto`. Only [`token`], [`authority`] and the
//! clients touch files or the network; everything else is bytes in, values out, with the time as a parameter.
//!
//! - [`certificate`]: X.509 certificates as read; [`name`]: distinguished names; [`pem`]: the armour.
//! - [`request`] and [`issue`]: PKCS#10 requests and the certificates made from them.
//! - [`path`]: RFC 5280 §6.1 path validation.
//! - [`subject`]: the X-Road member named by a certificate's subject.
//! - [`trust`]: what one X-Road instance trusts, and chains verified against it.
//! - [`token`]: private keys in a folder, encrypted.
//! - [`ocsp`], [`tsp`]: revocation answers and time-stamps, made and verified; [`ocsp_client`], [`tsp_client`] fetch them.
//! - [`authority`]: a small CA in a folder; [`http`]: its responders, and the client side.
//!
//! Not here: CRLs, certificate policies, name constraints on e-mail addresses and URIs.

pub mod authority;
pub mod certificate;
pub mod http;
pub mod issue;
pub mod name;
pub mod ocsp;
pub mod ocsp_client;
pub mod path;
pub mod pem;
pub mod request;
pub mod subject;
#[cfg(test)]
mod test_support;
mod tlv;
pub mod token;
pub mod trust;
pub mod tsp;
pub mod tsp_client;

pub use certificate::{Certificate, CertificateError};
