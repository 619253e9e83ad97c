//! Signature algorithms: scheme and digest, with their names in XML and in X.509.

use crate::{CryptoError, DigestAlgorithm};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, Null};
use der::{Decode, Encode};
use spki::{AlgorithmIdentifier, AlgorithmIdentifierOwned, AlgorithmIdentifierRef};
use std::fmt;

const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// `rsaEncryption`; some CMS signers give this instead of the signature algorithm.
pub const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The kind and size of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// RSA with a modulus of this many bits.
    Rsa(u16),
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// Ed25519.
    Ed25519,
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "RSA-{bits}"),
            Self::P256 => f.write_str("P-256"),
            Self::P384 => f.write_str("P-384"),
            Self::P521 => f.write_str("P-521"),
            Self::Ed25519 => f.write_str("Ed25519"),
        }
    }
}

/// A signature scheme with its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS with MGF1 over the same digest and a salt of its length.
    RsaPss(DigestAlgorithm),
    /// ECDSA.
    Ecdsa(DigestAlgorithm),
    /// Ed25519.
    Ed25519,
}

use DigestAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
use SignatureAlgorithm::{Ecdsa, RsaPkcs1, RsaPss};

impl SignatureAlgorithm {
    /// Every algorithm that has an XML name.
    fn all() -> impl Iterator<Item = Self> {
        let schemes = [RsaPkcs1 as fn(DigestAlgorithm) -> Self, RsaPss, Ecdsa];
        schemes.into_iter().flat_map(|s| DigestAlgorithm::ALL.into_iter().map(s)).chain([Self::Ed25519])
    }

    /// The URI of XML signatures (RFC 9231 §2.3).
    pub const fn uri(self) -> &'static str {
        match self {
            RsaPkcs1(Sha1) => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            RsaPkcs1(Sha224) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224",
            RsaPkcs1(Sha256) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            RsaPkcs1(Sha384) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            RsaPkcs1(Sha512) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            RsaPss(Sha1) => "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1",
            RsaPss(Sha224) => "http://www.w3.org/2007/05/xmldsig-more#sha224-rsa-MGF1",
            RsaPss(Sha256) => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
            RsaPss(Sha384) => "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
            RsaPss(Sha512) => "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
            Ecdsa(Sha1) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
            Ecdsa(Sha224) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha224",
            Ecdsa(Sha256) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Ecdsa(Sha384) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            Ecdsa(Sha512) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
            Self::Ed25519 => "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
        }
    }

    /// The algorithm of a URI.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names the URI.
    pub fn from_uri(uri: &str) -> Result<Self, CryptoError> {
        Self::all()
            .find(|a| a.uri() == uri)
            .ok_or_else(|| CryptoError::UnsupportedAlgorithm(format!("signature {uri}")))
    }

    /// The digest inside; `None` for Ed25519, which hashes by itself.
    pub const fn digest(self) -> Option<DigestAlgorithm> {
        match self {
            RsaPkcs1(d) | RsaPss(d) | Ecdsa(d) => Some(d),
            Self::Ed25519 => None,
        }
    }

    /// The X.509 algorithm identifier (RFC 4055, RFC 5758, RFC 8410).
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] if the identifier cannot be encoded.
    pub fn to_identifier(self) -> Result<AlgorithmIdentifierOwned, CryptoError> {
        let null = Some(Any::from(Null));
        let (oid, parameters) = match self {
            RsaPkcs1(d) => (rsa_oid(d), null),
            RsaPss(d) => {
                (RSA_PSS, Some(pss_parameters(d).map_err(|e| CryptoError::UnsupportedAlgorithm(e.to_string()))?))
            }
            Ecdsa(d) => (ecdsa_oid(d), None),
            Self::Ed25519 => (ED25519, None),
        };
        Ok(AlgorithmIdentifier { oid, parameters })
    }

    /// The algorithm of an X.509 algorithm identifier.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names the OID, or the PSS parameters that differ from the usual ones.
    pub fn from_identifier(identifier: &AlgorithmIdentifierOwned) -> Result<Self, CryptoError> {
        let unsupported = || CryptoError::UnsupportedAlgorithm(format!("signature {}", identifier.oid));
        if identifier.oid == RSA_PSS {
            return pss_digest(identifier).map(RsaPss).ok_or_else(unsupported);
        }
        Self::all()
            .find(|a| match a {
                RsaPkcs1(d) => rsa_oid(*d) == identifier.oid,
                Ecdsa(d) => ecdsa_oid(*d) == identifier.oid,
                RsaPss(_) => false,
                Self::Ed25519 => ED25519 == identifier.oid,
            })
            .ok_or_else(unsupported)
    }
}

const fn rsa_oid(digest: DigestAlgorithm) -> ObjectIdentifier {
    match digest {
        Sha1 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5"),
        Sha224 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.14"),
        Sha256 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"),
        Sha384 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12"),
        Sha512 => ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13"),
    }
}

const fn ecdsa_oid(digest: DigestAlgorithm) -> ObjectIdentifier {
    match digest {
        Sha1 => ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"),
        Sha224 => ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.1"),
        Sha256 => ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        Sha384 => ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"),
        Sha512 => ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4"),
    }
}

/// `RSASSA-PSS-params` (RFC 4055 §3.1); every field is EXPLICIT with a SHA-1 default.
#[derive(der::Sequence)]
struct PssParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_len: Option<u8>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

fn pss_parameters(digest: DigestAlgorithm) -> der::Result<Any> {
    let hash = AlgorithmIdentifier { oid: digest.oid(), parameters: Some(Any::from(Null)) };
    let parameters = PssParameters {
        mask: Some(AlgorithmIdentifier { oid: MGF1, parameters: Some(Any::encode_from(&hash)?) }),
        hash: Some(hash),
        salt_len: u8::try_from(digest.output_len()).ok(),
        trailer: None,
    };
    Any::encode_from(&parameters)
}

fn pss_digest(identifier: &AlgorithmIdentifierOwned) -> Option<DigestAlgorithm> {
    let encoded = identifier.parameters.as_ref()?.to_der().ok()?;
    let parameters = PssParameters::from_der(&encoded).ok()?;
    let digest = DigestAlgorithm::from_oid(parameters.hash?.oid).ok()?;
    let mask = parameters.mask?;
    let mask_hash = mask.parameters?.to_der().ok()?;
    let mask_digest = DigestAlgorithm::from_oid(AlgorithmIdentifierRef::from_der(&mask_hash).ok()?.oid).ok()?;
    let usual = mask.oid == MGF1
        && mask_digest == digest
        && usize::from(parameters.salt_len?) == digest.output_len()
        && parameters.trailer.unwrap_or(1) == 1;
    usual.then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for algorithm in SignatureAlgorithm::all() {
            assert_eq!(SignatureAlgorithm::from_uri(algorithm.uri()), Ok(algorithm));
            let identifier = algorithm.to_identifier().map(|i| SignatureAlgorithm::from_identifier(&i));
            assert_eq!(identifier, Ok(Ok(algorithm)));
        }
    }
}
