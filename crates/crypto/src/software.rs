//! Private keys in memory, by aws-lc.

use crate::algorithm::{KeyType, SignatureAlgorithm};
use crate::private::TokenKey;
use crate::public::PublicKey;
use crate::verify::leftmost;
use crate::{CryptoError, DigestAlgorithm};
use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::{rsa, signature as backend};
use zeroize::Zeroizing;

/// A private key in memory.
pub(crate) struct SoftwareKey {
    inner: Inner,
    public: PublicKey,
}

enum Inner {
    Rsa(rsa::KeyPair),
    /// The key, and the digest of its curve's own length.
    Ec(backend::EcdsaKeyPair, &'static digest::Algorithm),
    Ed25519(backend::Ed25519KeyPair),
}

type Curve = (&'static backend::EcdsaSigningAlgorithm, &'static digest::Algorithm);

const P256: Curve = (&backend::ECDSA_P256_SHA256_ASN1_SIGNING, &digest::SHA256);
const P384: Curve = (&backend::ECDSA_P384_SHA384_ASN1_SIGNING, &digest::SHA384);
const P521: Curve = (&backend::ECDSA_P521_SHA512_ASN1_SIGNING, &digest::SHA512);

impl SoftwareKey {
    pub(crate) fn generate(key_type: KeyType) -> Result<Self, CryptoError> {
        let failed = |_| CryptoError::KeyOperation;
        let curve = |(algorithm, hash): Curve| {
            backend::EcdsaKeyPair::generate(algorithm).map(|key| Inner::Ec(key, hash)).map_err(failed)
        };
        let inner = match key_type {
            KeyType::Rsa(2048) => Inner::Rsa(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(failed)?),
            KeyType::Rsa(3072) => Inner::Rsa(rsa::KeyPair::generate(rsa::KeySize::Rsa3072).map_err(failed)?),
            KeyType::Rsa(4096) => Inner::Rsa(rsa::KeyPair::generate(rsa::KeySize::Rsa4096).map_err(failed)?),
            KeyType::P256 => curve(P256)?,
            KeyType::P384 => curve(P384)?,
            KeyType::P521 => curve(P521)?,
            KeyType::Ed25519 => Inner::Ed25519(backend::Ed25519KeyPair::generate().map_err(failed)?),
            other => return Err(CryptoError::UnsupportedKey(format!("{other} cannot be generated"))),
        };
        Self::new(inner)
    }

    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        let curve = |(algorithm, hash): Curve| {
            backend::EcdsaKeyPair::from_pkcs8(algorithm, der).ok().map(|key| Inner::Ec(key, hash))
        };
        let ec = || [P256, P384, P521].into_iter().find_map(curve);
        let ed25519 = || backend::Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok().map(Inner::Ed25519);
        let rsa = || rsa::KeyPair::from_pkcs8(der).ok().map(Inner::Rsa);
        let inner = ec().or_else(ed25519).or_else(rsa);
        Self::new(inner.ok_or_else(|| CryptoError::MalformedKey("not a PKCS#8 RSA, EC or Ed25519 key".into()))?)
    }

    fn new(inner: Inner) -> Result<Self, CryptoError> {
        fn spki<K: AsDer<PublicKeyX509Der<'static>>>(key: &K) -> Result<Vec<u8>, CryptoError> {
            Ok(key.as_der().map_err(|_| CryptoError::KeyOperation)?.as_ref().to_vec())
        }
        use backend::KeyPair as _;
        let spki = match &inner {
            Inner::Rsa(key) => spki(key.public_key())?,
            Inner::Ec(key, _) => spki(key.public_key())?,
            Inner::Ed25519(key) => spki(key.public_key())?,
        };
        Ok(Self { public: PublicKey::from_spki(&spki)?, inner })
    }
}

impl TokenKey for SoftwareKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn is_in_memory(&self) -> bool {
        true
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let failed = |_| CryptoError::KeyOperation;
        match (&self.inner, algorithm) {
            (Inner::Rsa(key), _) => {
                let encoding = rsa_encoding(algorithm)?;
                let mut value = vec![0; key.public_modulus_len()];
                key.sign(encoding, &SystemRandom::new(), message, &mut value).map_err(failed)?;
                Ok(value)
            }
            (Inner::Ec(key, hash), SignatureAlgorithm::Ecdsa(digest)) => {
                // As in verification: ECDSA signs a number, however the message was hashed.
                let number = leftmost(digest.digest(message).as_ref(), hash.output_len());
                let number = Digest::import_less_safe(&number, hash).map_err(failed)?;
                Ok(key.sign_digest(&number).map_err(failed)?.as_ref().to_vec())
            }
            (Inner::Ed25519(key), _) => Ok(key.try_sign(message).map_err(failed)?.as_ref().to_vec()),
            (Inner::Ec(..), _) => Err(CryptoError::UnsupportedAlgorithm(algorithm.to_string())),
        }
    }

    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let failed = |_| CryptoError::KeyOperation;
        Ok(Zeroizing::new(match &self.inner {
            Inner::Rsa(key) => AsDer::<Pkcs8V1Der<'_>>::as_der(key).map_err(failed)?.as_ref().to_vec(),
            Inner::Ec(key, _) => key.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
            Inner::Ed25519(key) => key.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
        }))
    }
}

fn rsa_encoding(algorithm: SignatureAlgorithm) -> Result<&'static dyn backend::RsaEncoding, CryptoError> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{RsaPkcs1, RsaPss};
    Ok(match algorithm {
        RsaPkcs1(Sha256) => &backend::RSA_PKCS1_SHA256,
        RsaPkcs1(Sha384) => &backend::RSA_PKCS1_SHA384,
        RsaPkcs1(Sha512) => &backend::RSA_PKCS1_SHA512,
        RsaPss(Sha256) => &backend::RSA_PSS_SHA256,
        RsaPss(Sha384) => &backend::RSA_PSS_SHA384,
        RsaPss(Sha512) => &backend::RSA_PSS_SHA512,
        _ => {
            return Err(CryptoError::UnsupportedAlgorithm(format!(
                "{algorithm}: RSA keys in memory sign with SHA-256, SHA-384 or SHA-512, and PSS with a salt of that length; \
                 choose one of them, or an EC key"
            )));
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::{CryptoError, DigestAlgorithm, KeyType, PrivateKey, SignatureAlgorithm};

    #[test]
    fn every_kind_of_key_signs_and_survives_pkcs8() -> Result<(), CryptoError> {
        for key_type in [KeyType::P256, KeyType::P384, KeyType::P521, KeyType::Ed25519] {
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
    fn curves_sign_every_long_digest() -> Result<(), CryptoError> {
        for key_type in [KeyType::P256, KeyType::P384, KeyType::P521] {
            let key = PrivateKey::generate(key_type)?;
            for digest in DigestAlgorithm::ALL {
                let algorithm = SignatureAlgorithm::Ecdsa(digest);
                let signed = key.sign(algorithm, b"message");
                assert_eq!(signed.is_ok(), digest.output_len() >= 32, "{algorithm}");
                let Ok(value) = signed else { continue };
                key.public_key().verify(algorithm, b"message", &value)?;
                key.public_key().verify_digest(algorithm, digest.digest(b"message").as_ref(), &value)?;
            }
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
        assert!(key.sign(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha3_256), b"message").is_err());
        assert!(key.sign(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256), b"message").is_err());
        Ok(())
    }
}
