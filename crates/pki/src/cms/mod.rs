//! Cryptographic Message Syntax (RFC 5652): signed data read as it stands, in BER or DER, and written.
//!
//! Reading copies nothing and re-encodes nothing: every part keeps its bytes, because signatures, archive time-stamps and
//! hash indices are made over them. Whether anything is to be believed is decided above.

pub mod ber;
mod error;
pub mod oid;
mod read;
mod signer;
mod write;

pub use error::CmsError;
pub use read::{Certificates, RevocationInfo, SignedData};
pub use signer::{Attribute, Attributes, CertificateId, SignerInfo, signing_certificates};
pub use write::{
    NewSigner, Writing, algorithm_identifier, attribute, read_time, set_of, signature_identifier,
    signing_certificate_v2, time,
};

/// Most signer infos that are read of one signed data.
pub const SIGNERS_MAX: usize = 256;
/// Most certificates that are read of one signed data.
pub const CERTIFICATES_MAX: usize = 1_024;
/// Most CRLs and other revocation information that are read of one signed data.
pub const REVOCATIONS_MAX: usize = 1_024;
/// Most attributes of one kind (signed, unsigned) that are read of one signer.
pub const ATTRIBUTES_MAX: usize = 512;
/// Most values that are read of one attribute.
pub const VALUES_MAX: usize = 512;
/// Most bytes that are read of the signed attributes of one signer.
pub const SIGNED_ATTRIBUTES_BYTES_MAX: usize = 1 << 20;

#[cfg(test)]
mod tests;
