//! Signing, whether the key is in memory or in a token.

use crate::CryptoError;
use crate::algorithm::{KeyType, SignatureAlgorithm};
use crate::public::PublicKey;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Where a private key is and signs: in memory ([`PrivateKey::generate`], [`PrivateKey::from_pkcs8`]) or in a token of
/// hardware (`mekong_authority::pkcs11`).
pub trait TokenKey: Send + Sync {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// Signs; the value has its X.509 form (ECDSA as DER, see [`crate::ecdsa`]). May wait for a device.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] if the key cannot sign so; [`CryptoError::KeyOperation`] or
    /// [`CryptoError::Token`] if it did not.
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError>;

    /// Whether signing is a calculation of this process, so that nobody waits for a device.
    fn is_in_memory(&self) -> bool {
        false
    }

    /// The unencrypted PKCS#8 form; wiped on drop.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedKey`] if the key never leaves its token, [`CryptoError::KeyOperation`] if it cannot be
    /// written.
    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        Err(CryptoError::UnsupportedKey("the private key never leaves its token".into()))
    }
}

/// A private key. Clones share it. `Debug` shows the kind only.
#[derive(Clone)]
pub struct PrivateKey(Arc<dyn TokenKey>);

impl PrivateKey {
    /// A key that is somewhere else.
    pub fn from_token(key: impl TokenKey + 'static) -> Self {
        Self(Arc::new(key))
    }

    /// Generates a key in memory.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedKey`] for RSA sizes other than 2048, 3072 and 4096 and for kinds that are only verified;
    /// [`CryptoError::KeyOperation`] if the system has no randomness.
    #[cfg(not(target_family = "wasm"))]
    pub fn generate(key_type: KeyType) -> Result<Self, CryptoError> {
        crate::software::SoftwareKey::generate(key_type).map(Self::from_token)
    }

    /// From an unencrypted PKCS#8 `PrivateKeyInfo` (RFC 5958).
    ///
    /// # Errors
    /// [`CryptoError::MalformedKey`] if it is none of the supported kinds.
    #[cfg(not(target_family = "wasm"))]
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        crate::software::SoftwareKey::from_pkcs8(der).map(Self::from_token)
    }

    /// The unencrypted PKCS#8 form; wiped on drop.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedKey`] if the key never leaves its token, [`CryptoError::KeyOperation`] if the backend
    /// cannot write it.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        self.0.to_pkcs8()
    }

    /// Whether the key is in this process's memory; else signing waits for a token.
    pub fn is_in_memory(&self) -> bool {
        self.0.is_in_memory()
    }

    /// Whether a signature takes so long that a thread which serves others must not make it: tokens, and RSA, which takes
    /// a millisecond and more. (P-256 takes 20 microseconds.)
    pub fn is_slow(&self) -> bool {
        !self.is_in_memory() || matches!(self.public_key().key_type(), KeyType::Rsa(_))
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    /// What this key signs with when nobody asks for more: SHA-256 with P-256, SHA-384 with P-384, SHA-512 otherwise.
    pub fn default_algorithm(&self) -> SignatureAlgorithm {
        self.public_key().default_algorithm()
    }

    /// Signs; the value has its X.509 form (ECDSA as DER, see [`crate::ecdsa`]). A key in a token may make the caller wait.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] if the algorithm does not go with the key, or its digest is shorter than
    /// 256 bits (nobody signs with such), or the backend cannot do it: RSA in memory signs with SHA-256, SHA-384 and
    /// SHA-512 only; ECDSA with every SHA-2 and SHA-3 of at least 256 bits. [`CryptoError::Token`] says what a token wants.
    pub fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let short = algorithm.digest().is_some_and(|d| d.output_len() < 32);
        if short || !self.public_key().goes_with(algorithm) {
            let key = self.public_key().key_type();
            return Err(CryptoError::UnsupportedAlgorithm(format!("signing {algorithm} with a {key} key")));
        }
        self.0.sign(algorithm, message)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, ..)", self.public_key().key_type())
    }
}
