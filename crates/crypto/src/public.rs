//! Verifying signatures.

use crate::algorithm::{KeyType, SignatureAlgorithm};
use crate::{CryptoError, DigestAlgorithm};
use aws_lc_rs::signature as backend;
use const_oid::ObjectIdentifier;
use der::{Decode, Encode};
use spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use std::fmt;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

/// Smallest and largest RSA modulus that is verified, in bits. What is acceptable for new signatures is policy.
pub const RSA_BITS: std::ops::RangeInclusive<u16> = 1024..=8192;

/// A public key that verifies signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key_type: KeyType,
    /// RSA: PKCS#1 DER; elliptic curves: the point; Ed25519: 32 bytes.
    material: Vec<u8>,
    spki: Vec<u8>,
}

impl PublicKey {
    /// From a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// [`CryptoError::MalformedKey`], or [`CryptoError::UnsupportedKey`] for other kinds, curves and sizes.
    pub fn from_spki(der: &[u8]) -> Result<Self, CryptoError> {
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|e| CryptoError::MalformedKey(e.to_string()))?;
        let material = info
            .subject_public_key
            .as_bytes()
            .ok_or_else(|| CryptoError::MalformedKey("unused bits in the public key".into()))?
            .to_vec();
        let key_type = key_type(&info, &material)?;
        Ok(Self { key_type, material, spki: der.to_vec() })
    }

    /// From an already decoded structure.
    ///
    /// # Errors
    /// As [`PublicKey::from_spki`].
    pub fn from_info(info: &SubjectPublicKeyInfoOwned) -> Result<Self, CryptoError> {
        Self::from_spki(&info.to_der().map_err(|e| CryptoError::MalformedKey(e.to_string()))?)
    }

    /// Kind and size.
    pub const fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The DER `SubjectPublicKeyInfo`.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The bits inside the `SubjectPublicKeyInfo`, over which key identifiers are made (RFC 5280 §4.2.1.2).
    pub fn material(&self) -> &[u8] {
        &self.material
    }

    /// Verifies a signature in its X.509 form (ECDSA as DER; see [`crate::ecdsa`] for the other one).
    ///
    /// # Errors
    /// [`CryptoError::SignatureMismatch`], or [`CryptoError::UnsupportedAlgorithm`] if the algorithm does not go with
    /// the key.
    pub fn verify(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let backend = self.backend(algorithm)?;
        backend::UnparsedPublicKey::new(backend, &self.material)
            .verify(message, signature)
            .map_err(|_| CryptoError::SignatureMismatch)
    }

    fn backend(
        &self,
        algorithm: SignatureAlgorithm,
    ) -> Result<&'static dyn backend::VerificationAlgorithm, CryptoError> {
        use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
        use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
        Ok(match (self.key_type, algorithm) {
            (KeyType::Rsa(_), RsaPkcs1(Sha1)) => &backend::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            (KeyType::Rsa(_), RsaPkcs1(Sha256)) => &backend::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            (KeyType::Rsa(_), RsaPkcs1(Sha384)) => &backend::RSA_PKCS1_2048_8192_SHA384,
            (KeyType::Rsa(_), RsaPkcs1(Sha512)) => &backend::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            (KeyType::Rsa(_), RsaPss(Sha256)) => &backend::RSA_PSS_2048_8192_SHA256,
            (KeyType::Rsa(_), RsaPss(Sha384)) => &backend::RSA_PSS_2048_8192_SHA384,
            (KeyType::Rsa(_), RsaPss(Sha512)) => &backend::RSA_PSS_2048_8192_SHA512,
            (KeyType::P256, Ecdsa(Sha1)) => &backend::ECDSA_P256_SHA1_ASN1,
            (KeyType::P256, Ecdsa(Sha256)) => &backend::ECDSA_P256_SHA256_ASN1,
            (KeyType::P256, Ecdsa(Sha384)) => &backend::ECDSA_P256_SHA384_ASN1,
            (KeyType::P256, Ecdsa(Sha512)) => &backend::ECDSA_P256_SHA512_ASN1,
            (KeyType::P384, Ecdsa(Sha256)) => &backend::ECDSA_P384_SHA256_ASN1,
            (KeyType::P384, Ecdsa(Sha384)) => &backend::ECDSA_P384_SHA384_ASN1,
            (KeyType::P384, Ecdsa(Sha512)) => &backend::ECDSA_P384_SHA512_ASN1,
            (KeyType::P521, Ecdsa(Sha1)) => &backend::ECDSA_P521_SHA1_ASN1,
            (KeyType::P521, Ecdsa(Sha256)) => &backend::ECDSA_P521_SHA256_ASN1,
            (KeyType::P521, Ecdsa(Sha384)) => &backend::ECDSA_P521_SHA384_ASN1,
            (KeyType::P521, Ecdsa(Sha512)) => &backend::ECDSA_P521_SHA512_ASN1,
            (KeyType::Ed25519, Ed25519) => &backend::ED25519,
            (key, algorithm) => {
                return Err(CryptoError::UnsupportedAlgorithm(format!("{} with a {key} key", algorithm.uri())));
            }
        })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.key_type)
    }
}

fn key_type(info: &SubjectPublicKeyInfoRef<'_>, material: &[u8]) -> Result<KeyType, CryptoError> {
    let oid = info.algorithm.oid;
    if oid == crate::algorithm::RSA_ENCRYPTION || oid == RSASSA_PSS {
        return rsa_key_type(material);
    }
    if oid == ED25519 {
        return Ok(KeyType::Ed25519);
    }
    if oid != EC_PUBLIC_KEY {
        return Err(CryptoError::UnsupportedKey(oid.to_string()));
    }
    match info.algorithm.parameters_oid() {
        Ok(P256) => Ok(KeyType::P256),
        Ok(P384) => Ok(KeyType::P384),
        Ok(P521) => Ok(KeyType::P521),
        Ok(other) => Err(CryptoError::UnsupportedKey(format!("curve {other}"))),
        Err(_) => Err(CryptoError::UnsupportedKey("curve without a name".into())),
    }
}

fn rsa_key_type(material: &[u8]) -> Result<KeyType, CryptoError> {
    #[derive(der::Sequence)]
    struct RsaPublicKey<'a> {
        modulus: der::asn1::UintRef<'a>,
        exponent: der::asn1::UintRef<'a>,
    }
    let key = RsaPublicKey::from_der(material).map_err(|e| CryptoError::MalformedKey(format!("RSA: {e}")))?;
    let bytes = key.modulus.as_bytes();
    let top_zero_bits = bytes.first().map_or(0, |b| b.leading_zeros() as usize);
    let bits = u16::try_from((bytes.len() * 8).saturating_sub(top_zero_bits)).unwrap_or(u16::MAX);
    if !RSA_BITS.contains(&bits) || key.exponent.as_bytes().len() > 8 {
        return Err(CryptoError::UnsupportedKey(format!("RSA of {bits} bits")));
    }
    Ok(KeyType::Rsa(bits))
}
