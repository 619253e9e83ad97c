//! Digests and public-key operations behind one seam. No IO.
//!
//! Everything above speaks [`DigestAlgorithm`], [`SignatureAlgorithm`], [`PublicKey`] and [`PrivateKey`], never a crypto
//! library. On servers that is aws-lc (FIPS-capable), with plain integers for what it lacks; in browsers, where keys only
//! verify, RustCrypto. Both are compiled for tests, which hold them equal; the feature `portable` verifies natively with
//! what browsers get. Algorithms carry their names in XML (RFC 9231 URIs) and in X.509 (OIDs). Which of them are
//! acceptable is policy and is decided above: this room verifies MD5 and 512-bit RSA if asked to.
//!
//! - [`digest`]: SHA-2 and SHA-3; MD5, SHA-1 and RIPEMD-160 for old evidence only.
//! - [`algorithm`], [`pss`]: signature algorithms and their names.
//! - [`public`] verifies; [`key`] says what is odd about a key.
//! - [`private`] signs, in memory or in a token.
//! - `openpgp`: encryption to OpenPGP keys, on servers.
//! - [`random`]: randomness for serial numbers and the like.
//! - [`ecdsa`]: the two written forms of an ECDSA signature.

// With the feature, aws-lc signs only; what verifies and digests with it rests.
#![cfg_attr(all(feature = "portable", not(test)), allow(dead_code))]

pub mod algorithm;
pub mod digest;
pub mod ecdsa;
mod hasher;
pub mod key;
#[cfg(not(target_family = "wasm"))]
pub mod openpgp;
pub mod private;
pub mod pss;
pub mod public;
pub mod random;
#[cfg(not(target_family = "wasm"))]
mod software;
mod verify;
#[cfg(all(test, not(target_family = "wasm")))]
mod wycheproof_tests;

pub use algorithm::{KeyType, Scheme, SignatureAlgorithm};
pub use digest::{Digest, DigestAlgorithm, Hasher, sha256};
pub use key::KeyOddity;
pub use private::{PrivateKey, TokenKey};
pub use pss::PssParameters;
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
    /// The system has no randomness.
    #[error("the system gives no randomness")]
    NoRandomness,
    /// A key token did not sign; the text names it and what to do.
    #[error("key token: {0}")]
    Token(String),
}
