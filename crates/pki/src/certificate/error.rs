//! Why bytes are no certificate.

use super::CERTIFICATE_BYTES_MAX;
use const_oid::ObjectIdentifier;
use mekong_crypto::CryptoError;

/// Why bytes are not a certificate that we can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Larger than [`CERTIFICATE_BYTES_MAX`].
    #[error("a certificate of {found} bytes is larger than {CERTIFICATE_BYTES_MAX}")]
    TooLarge {
        /// Its size in bytes.
        found: usize,
    },
    /// The DER does not follow RFC 5280 §4.1.
    #[error("malformed certificate: {0}")]
    Malformed(String),
    /// The PEM armour is wrong or labelled otherwise.
    #[error("malformed PEM, expected one CERTIFICATE block: {0}")]
    Pem(String),
    /// The public key is malformed or of an unsupported kind.
    #[error("public key of the certificate of {subject}: {source}")]
    Key {
        /// Whose certificate, RFC 4514.
        subject: String,
        /// What is wrong with the key.
        source: CryptoError,
    },
    /// An extension is there twice or does not decode.
    #[error("extension {oid} of the certificate of {subject} is malformed: {reason}")]
    Extension {
        /// The extension.
        oid: ObjectIdentifier,
        /// Whose certificate, RFC 4514.
        subject: String,
        /// What is wrong.
        reason: String,
    },
}
