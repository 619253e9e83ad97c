//! Encryption to OpenPGP keys, readable by GnuPG and every other implementation (RFC 9580, and RFC 4880 before it).
//!
//! Only what archives need: [`Recipients`] are read from exported public keys, an [`Encryptor`] writes. The cipher is AES-256
//! in the packet with modification detection (version 1), which all implementations read; keys are RSA, and ECDH with
//! Curve25519 and the curves of NIST, where they wrap with AES-128 or AES-256 (with P-384 GnuPG does not). Nothing is decrypted or signed here, and no signature on a key is verified: who sets
//! a recipient vouches for the file.

mod encryptor;
mod keys;
mod packet;
mod session;

pub use encryptor::Encryptor;
pub use keys::{Recipient, Recipients};

/// A key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenPgpError {
    /// It is not an OpenPGP public key.
    #[error("not an OpenPGP public key: {0}. Export it with: gpg --export --armor KEY")]
    Malformed(&'static str),
    /// It has no part that can be encrypted to.
    #[error("the OpenPGP key {fingerprint} cannot be encrypted to: {reason}")]
    Unusable {
        /// Of the primary key, hexadecimal.
        fingerprint: String,
        /// Revoked, expired, for signing only, of a kind that is not supported.
        reason: &'static str,
    },
}
