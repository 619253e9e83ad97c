//! Verifying signatures.

use crate::CryptoError;
use crate::algorithm::{KeyType, Scheme, SignatureAlgorithm};
use crate::key::{self, KeyOddity, Numbers, Only};
use crate::verify::Prepared;
use crate::{DigestAlgorithm, sha256};
use der::Encode;
use spki::SubjectPublicKeyInfoOwned;
use std::fmt;
use std::sync::Arc;

/// A public key that verifies signatures. Clones share it and what was prepared of it, so verify with clones of one key
/// rather than reading it again.
#[derive(Clone)]
pub struct PublicKey(Arc<Inner>);

struct Inner {
    key: key::Read,
    spki: Vec<u8>,
    prepared: Prepared,
}

impl PublicKey {
    /// From a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7). Whether an elliptic point lies on its curve is found out
    /// by the first [`PublicKey::verify`].
    ///
    /// # Errors
    /// [`CryptoError::MalformedKey`], or [`CryptoError::UnsupportedKey`] for other kinds, curves and sizes.
    pub fn from_spki(der: &[u8]) -> Result<Self, CryptoError> {
        Ok(Self::new(key::read(der)?, der.to_vec()))
    }

    /// From an already decoded structure.
    ///
    /// # Errors
    /// As [`PublicKey::from_spki`].
    pub fn from_info(info: &SubjectPublicKeyInfoOwned) -> Result<Self, CryptoError> {
        Self::from_spki(&info.to_der().map_err(|e| CryptoError::MalformedKey(e.to_string()))?)
    }

    fn new(key: key::Read, spki: Vec<u8>) -> Self {
        Self(Arc::new(Inner { key, spki, prepared: Prepared::default() }))
    }

    /// Kind and size.
    pub fn key_type(&self) -> KeyType {
        self.0.key.key_type
    }

    /// How the encoding deviates from the standard although it was read: for reports.
    pub fn oddities(&self) -> &[KeyOddity] {
        &self.0.key.oddities
    }

    /// The DER `SubjectPublicKeyInfo`.
    pub fn spki(&self) -> &[u8] {
        &self.0.spki
    }

    /// The bits inside the `SubjectPublicKeyInfo`, over which key identifiers are made (RFC 5280 §4.2.1.2).
    pub fn material(&self) -> &[u8] {
        &self.0.key.material
    }

    /// This DSA key with the parameters of the issuer's key, if it has none of its own (RFC 3279 §2.3.2); any other key
    /// as it is. The `SubjectPublicKeyInfo` stays that of this key.
    #[must_use]
    pub fn with_inherited_parameters(&self, issuer: &Self) -> Self {
        match (&self.0.key.numbers, &issuer.0.key.numbers) {
            (Numbers::Dsa(None, y), Numbers::Dsa(Some(parameters), _)) => {
                let key = key::Read {
                    key_type: issuer.key_type(),
                    material: self.material().to_vec(),
                    numbers: Numbers::Dsa(Some(parameters.clone()), y.clone()),
                    only: Only::Nothing,
                    oddities: Vec::new(),
                };
                Self::new(key, self.spki().to_vec())
            }
            _ => self.clone(),
        }
    }

    /// What its private half signs with when nobody asks for more: see [`crate::PrivateKey::default_algorithm`].
    pub fn default_algorithm(&self) -> SignatureAlgorithm {
        match self.key_type() {
            KeyType::Rsa(_) => SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha512),
            KeyType::Ed25519 => SignatureAlgorithm::Ed25519,
            KeyType::Dsa(_) => SignatureAlgorithm::Dsa(DigestAlgorithm::Sha256),
            curve if curve.bits() <= 256 => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
            curve if curve.bits() <= 384 => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384),
            _ => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha512),
        }
    }

    /// A digest that two keys have in common if who knows the private key of one knows that of the other: the same modulus,
    /// the same point or its opposite, however they are written.
    pub fn secret_mark(&self) -> [u8; 32] {
        let (kind, number) = match &self.0.key.numbers {
            Numbers::Rsa(numbers) => ("RSA".to_owned(), numbers.modulus.as_slice()),
            Numbers::Ec(curve, point) => (format!("{curve:?}"), key::abscissa(point)),
            Numbers::Ed25519(point) => ("Ed25519".to_owned(), point.as_slice()),
            Numbers::Dsa(_, y) => ("DSA".to_owned(), y.as_slice()),
        };
        sha256(&[kind.as_bytes(), b"\0", number].concat())
    }

    /// The public exponent of an RSA key; `None` for others.
    pub fn rsa_exponent(&self) -> Option<u64> {
        match &self.0.key.numbers {
            Numbers::Rsa(numbers) => Some(numbers.exponent),
            _ => None,
        }
    }

    /// Verifies a signature in its X.509 form (ECDSA as DER; see [`crate::ecdsa`] for the other one).
    ///
    /// # Errors
    /// [`CryptoError::SignatureMismatch`]; [`CryptoError::UnsupportedAlgorithm`] if the algorithm does not go with
    /// the key; [`CryptoError::MalformedKey`] if its numbers are none (a point beside the curve).
    pub fn verify(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        match algorithm.digest() {
            Some(digest) => self.verify_value(algorithm, digest.digest(message).as_ref(), signature),
            None => self.verify_value(algorithm, message, signature),
        }
    }

    /// Verifies a signature over content that is already digested, with the digest that the algorithm names.
    ///
    /// # Errors
    /// As [`PublicKey::verify`]; [`CryptoError::UnsupportedAlgorithm`] for Ed25519, which signs whole messages, and for a
    /// digest of another length than the algorithm's.
    pub fn verify_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        match algorithm.digest() {
            Some(expected) if expected.output_len() == digest.len() => self.verify_value(algorithm, digest, signature),
            _ => Err(CryptoError::UnsupportedAlgorithm(format!("{algorithm} over a digest of {} bytes", digest.len()))),
        }
    }

    fn verify_value(&self, algorithm: SignatureAlgorithm, value: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        if !self.goes_with(algorithm) {
            return Err(CryptoError::UnsupportedAlgorithm(format!("{algorithm} with a {} key", self.key_type())));
        }
        self.0.prepared.verify(&self.0.key.numbers, algorithm, value, signature)
    }

    /// As [`PublicKey::verify`], always with the backend of browsers.
    #[cfg(test)]
    pub(crate) fn verify_portably(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        let digest = algorithm.digest().map(|d| d.digest(message));
        let value = digest.as_ref().map_or(message, AsRef::as_ref);
        self.0.prepared.verify_portably(&self.0.key.numbers, algorithm, value, signature)
    }

    /// Whether the key is of the algorithm's kind and its own identifier allows it.
    pub fn goes_with(&self, algorithm: SignatureAlgorithm) -> bool {
        let kind = match &self.0.key.numbers {
            Numbers::Rsa(_) => matches!(algorithm.scheme(), Scheme::RsaPkcs1 | Scheme::RsaPss),
            Numbers::Ec(..) => algorithm.scheme() == Scheme::Ecdsa,
            Numbers::Ed25519(_) => algorithm.scheme() == Scheme::Ed25519,
            Numbers::Dsa(..) => algorithm.scheme() == Scheme::Dsa,
        };
        kind && match self.0.key.only {
            Only::Nothing => true,
            Only::Pss => algorithm.scheme() == Scheme::RsaPss,
            Only::PssWith(limit) => match (limit.pss_parameters(), algorithm.pss_parameters()) {
                (Some(limit), Some(used)) => {
                    limit.digest() == used.digest()
                        && limit.mask() == used.mask()
                        && limit.salt_len() <= used.salt_len()
                }
                _ => false,
            },
        }
    }
}

impl PartialEq for PublicKey {
    /// Two keys are equal if their `SubjectPublicKeyInfo` is.
    fn eq(&self, other: &Self) -> bool {
        self.spki() == other.spki()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.key_type())
    }
}
