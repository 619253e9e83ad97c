//! Digests and public-key operations behind one seam. No IO.
//!
//! Everything above speaks [`DigestAlgorithm`], [`SignatureAlgorithm`], [`PublicKey`] and [`PrivateKey`], never a crypto
//! library: on servers this is aws-lc (FIPS-capable), elsewhere it can be another one. Algorithms carry their names in
//! XML (RFC 9231 URIs) and in X.509 (OIDs). Which of them are acceptable is policy and is decided above.
//!
//! - [`digest`]: SHA-1 (old evidence only) and SHA-2.
//! - [`algorithm`]: signature algorithms and their names.
//! - [`public`] verifies.
//! - [`private`] generates and signs.
//! - [`ecdsa`]: the two written forms of an ECDSA signature.

pub mod algorithm;
pub mod digest;
pub mod ecdsa;
pub mod private;
pub mod public;

pub use algorithm::{KeyType, SignatureAlgorithm};
pub use digest::{Digest, DigestAlgorithm, Hasher};
pub use private::PrivateKey;
pub use public::PublicKey;
pub use zeroize::Zeroizing;

/// Why a key or signature operation did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// The key cannot be read.
    #[error("malformed key: {0}")]
    MalformedKey(String),
    /// The key is of a kind or size that is not supported.
    #[error("unsupported key: {0}")]
    UnsupportedKey(String),
    /// The algorithm is unknown, or does not go with the key.
    #[error("unsupported algorithm: {0}")]
    UnsupportedAlgorithm(String),
    /// The signature value is not of the form that its algorithm demands.
    #[error("malformed signature value")]
    MalformedSignature,
    /// The signature does not belong to this key and message.
    #[error("the signature does not match the key and the signed bytes")]
    SignatureMismatch,
    /// The key could not be generated or could not sign.
    #[error("the key operation failed")]
    KeyOperation,
}
