//! Generating keys and signing. Key bytes leave only as PKCS#8 in memory that is wiped.

use crate::algorithm::{KeyType, SignatureAlgorithm};
use crate::{CryptoError, DigestAlgorithm, PublicKey, Zeroizing};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::KeyPair as _;
use aws_lc_rs::{rsa, signature as backend};
use std::fmt;
use std::sync::Arc;

/// A private key in memory. Clones share it. `Debug` shows the kind only.
#[derive(Clone)]
pub struct PrivateKey {
    inner: Arc<Inner>,
    public: PublicKey,
}

enum Inner {
    Rsa(rsa::KeyPair),
    Ec(backend::EcdsaKeyPair),
    Ed25519(backend::Ed25519KeyPair),
}

impl PrivateKey {
    /// Generates a key.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedKey`] for RSA sizes other than 2048, 3072 and 4096; [`CryptoError::KeyOperation`] if the
    /// system has no randomness.
    pub fn generate(key_type: KeyType) -> Result<Self, CryptoError> {
        let failed = |_| CryptoError::KeyOperation;
        let inner = match key_type {
            KeyType::Rsa(bits) => {
                let size = match bits {
                    2048 => rsa::KeySize::Rsa2048,
                    3072 => rsa::KeySize::Rsa3072,
                    4096 => rsa::KeySize::Rsa4096,
                    _ => return Err(CryptoError::UnsupportedKey(key_type.to_string())),
                };
                Inner::Rsa(rsa::KeyPair::generate(size).map_err(failed)?)
            }
            KeyType::P256 => Inner::Ec(backend::EcdsaKeyPair::generate(P256).map_err(failed)?),
            KeyType::P384 => Inner::Ec(backend::EcdsaKeyPair::generate(P384).map_err(failed)?),
            KeyType::P521 => Inner::Ec(backend::EcdsaKeyPair::generate(P521).map_err(failed)?),
            KeyType::Ed25519 => Inner::Ed25519(backend::Ed25519KeyPair::generate().map_err(failed)?),
        };
        Self::new(inner)
    }

    /// From an unencrypted PKCS#8 `PrivateKeyInfo` (RFC 5958).
    ///
    /// # Errors
    /// [`CryptoError::MalformedKey`] if it is none of the supported kinds.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        let curves = [P256, P384, P521];
        let ec = || curves.into_iter().find_map(|c| backend::EcdsaKeyPair::from_pkcs8(c, der).ok()).map(Inner::Ec);
        let ed25519 = || backend::Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok().map(Inner::Ed25519);
        let rsa = || rsa::KeyPair::from_pkcs8(der).ok().map(Inner::Rsa);
        let inner = ec().or_else(ed25519).or_else(rsa);
        Self::new(inner.ok_or_else(|| CryptoError::MalformedKey("not a PKCS#8 RSA, EC or Ed25519 key".into()))?)
    }

    /// The unencrypted PKCS#8 form; wiped on drop.
    ///
    /// # Errors
    /// [`CryptoError::KeyOperation`] if the backend cannot write it.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        use aws_lc_rs::encoding::Pkcs8V1Der;
        let failed = |_| CryptoError::KeyOperation;
        Ok(Zeroizing::new(match &*self.inner {
            Inner::Rsa(key) => AsDer::<Pkcs8V1Der<'_>>::as_der(key).map_err(failed)?.as_ref().to_vec(),
            Inner::Ec(key) => key.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
            Inner::Ed25519(key) => key.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
        }))
    }

    fn new(inner: Inner) -> Result<Self, CryptoError> {
        fn spki<K: AsDer<PublicKeyX509Der<'static>>>(key: &K) -> Result<Vec<u8>, CryptoError> {
            Ok(key.as_der().map_err(|_| CryptoError::KeyOperation)?.as_ref().to_vec())
        }
        let spki = match &inner {
            Inner::Rsa(key) => spki(key.public_key())?,
            Inner::Ec(key) => spki(key.public_key())?,
            Inner::Ed25519(key) => spki(key.public_key())?,
        };
        Ok(Self { public: PublicKey::from_spki(&spki)?, inner: Arc::new(inner) })
    }

    /// The public half.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// What this key signs with when nobody asks for more: SHA-256 with P-256, SHA-384 with P-384, SHA-512 otherwise.
    pub const fn default_algorithm(&self) -> SignatureAlgorithm {
        match self.public.key_type() {
            KeyType::Rsa(_) => SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha512),
            KeyType::P256 => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
            KeyType::P384 => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384),
            KeyType::P521 => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha512),
            KeyType::Ed25519 => SignatureAlgorithm::Ed25519,
        }
    }

    /// Signs; the value has its X.509 form (ECDSA as DER, see [`crate::ecdsa`]).
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] if the algorithm does not go with the key: curve keys sign with the digest
    /// of their size only, and nobody signs with SHA-1 or SHA-224.
    pub fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        use SignatureAlgorithm::{RsaPkcs1, RsaPss};
        let failed = |_| CryptoError::KeyOperation;
        let random = SystemRandom::new();
        match (&*self.inner, algorithm) {
            (Inner::Rsa(key), RsaPkcs1(Sha256 | Sha384 | Sha512) | RsaPss(Sha256 | Sha384 | Sha512)) => {
                let encoding: &dyn backend::RsaEncoding = match algorithm {
                    RsaPkcs1(Sha256) => &backend::RSA_PKCS1_SHA256,
                    RsaPkcs1(Sha384) => &backend::RSA_PKCS1_SHA384,
                    RsaPkcs1(_) => &backend::RSA_PKCS1_SHA512,
                    RsaPss(Sha256) => &backend::RSA_PSS_SHA256,
                    RsaPss(Sha384) => &backend::RSA_PSS_SHA384,
                    _ => &backend::RSA_PSS_SHA512,
                };
                let mut value = vec![0; key.public_modulus_len()];
                key.sign(encoding, &random, message, &mut value).map_err(failed)?;
                Ok(value)
            }
            (Inner::Ec(key), algorithm) if algorithm == self.default_algorithm() => {
                Ok(key.sign(&random, message).map_err(failed)?.as_ref().to_vec())
            }
            (Inner::Ed25519(key), SignatureAlgorithm::Ed25519) => {
                Ok(key.try_sign(message).map_err(failed)?.as_ref().to_vec())
            }
            _ => Err(CryptoError::UnsupportedAlgorithm(format!(
                "{} with a {} key",
                algorithm.uri(),
                self.public.key_type()
            ))),
        }
    }
}

const P256: &backend::EcdsaSigningAlgorithm = &backend::ECDSA_P256_SHA256_ASN1_SIGNING;
const P384: &backend::EcdsaSigningAlgorithm = &backend::ECDSA_P384_SHA384_ASN1_SIGNING;
const P521: &backend::EcdsaSigningAlgorithm = &backend::ECDSA_P521_SHA512_ASN1_SIGNING;

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, ..)", self.public.key_type())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_key_signs_and_survives_pkcs8() -> Result<(), CryptoError> {
        for key_type in [KeyType::P256, KeyType::P384, KeyType::Ed25519] {
            let key = PrivateKey::generate(key_type)?;
            let again = PrivateKey::from_pkcs8(&key.to_pkcs8()?)?;
            let algorithm = again.default_algorithm();
            let value = again.sign(algorithm, b"message")?;
            key.public_key().verify(algorithm, b"message", &value)?;
            assert_eq!(key.public_key().verify(algorithm, b"massage", &value), Err(CryptoError::SignatureMismatch));
        }
        Ok(())
    }

    #[test]
    fn rsa_signs_pkcs1_and_pss() -> Result<(), CryptoError> {
        let key = PrivateKey::generate(KeyType::Rsa(2048))?;
        let key = PrivateKey::from_pkcs8(&key.to_pkcs8()?)?;
        for algorithm in [
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha512),
            SignatureAlgorithm::RsaPss(DigestAlgorithm::Sha384),
        ] {
            let value = key.sign(algorithm, b"message")?;
            key.public_key().verify(algorithm, b"message", &value)?;
        }
        assert!(key.sign(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha1), b"message").is_err());
        Ok(())
    }
}
