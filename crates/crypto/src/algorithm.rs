//! Signature algorithms: scheme and digest, with their names in XML and in X.509.

use crate::pss::{self, PssParameters};
use crate::{CryptoError, DigestAlgorithm};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, Null};
use spki::{AlgorithmIdentifier, AlgorithmIdentifierOwned};
use std::fmt;

/// `id-RSASSA-PSS` (RFC 4055 §3.1).
pub(crate) const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
/// `id-Ed25519` (RFC 8410 §3).
pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// `rsaEncryption`; some CMS signers give this instead of the signature algorithm.
pub const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// The URI of RSASSA-PSS whose parameters stand in the XML beside it (RFC 9231 §2.3.9).
pub const RSA_PSS_URI: &str = "http://www.w3.org/2007/05/xmldsig-more#rsa-pss";

/// The kind and size of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// RSA with a modulus of this many bits.
    Rsa(u16),
    /// NIST P-224.
    P224,
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// The curve of Bitcoin (SEC 2).
    Secp256k1,
    /// brainpoolP…r1 of this many bits: 224, 256, 320, 384 or 512 (RFC 5639).
    Brainpool(u16),
    /// Ed25519.
    Ed25519,
    /// DSA with a prime of this many bits; 0 while its parameters are those of an issuer not yet known
    /// ([`crate::PublicKey::with_inherited_parameters`]).
    Dsa(u16),
}

impl KeyType {
    /// The size that policies set a minimum for, in bits: of the RSA modulus, the curve's field, the DSA prime.
    pub const fn bits(self) -> u16 {
        match self {
            Self::Rsa(bits) | Self::Brainpool(bits) | Self::Dsa(bits) => bits,
            Self::P224 => 224,
            Self::P256 | Self::Secp256k1 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
            Self::Ed25519 => 255,
        }
    }

    /// The length of a coordinate and of `r` and `s`, in bytes, for ECDSA keys (see [`crate::ecdsa`]).
    pub const fn coordinate_len(self) -> Option<usize> {
        match self {
            Self::P224 | Self::P256 | Self::P384 | Self::P521 | Self::Secp256k1 | Self::Brainpool(_) => {
                Some((self.bits() as usize).div_ceil(8))
            }
            _ => None,
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "RSA-{bits}"),
            Self::P224 => f.write_str("P-224"),
            Self::P256 => f.write_str("P-256"),
            Self::P384 => f.write_str("P-384"),
            Self::P521 => f.write_str("P-521"),
            Self::Secp256k1 => f.write_str("secp256k1"),
            Self::Brainpool(bits) => write!(f, "brainpoolP{bits}r1"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Dsa(0) => f.write_str("DSA with inherited parameters"),
            Self::Dsa(bits) => write!(f, "DSA-{bits}"),
        }
    }
}

/// What a signature algorithm does with the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1,
    /// RSASSA-PSS (RFC 8017 §8.1).
    RsaPss,
    /// ECDSA (FIPS 186-5 §6).
    Ecdsa,
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// DSA (FIPS 186-4 §4).
    Dsa,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RsaPkcs1 => "RSA PKCS#1 v1.5",
            Self::RsaPss => "RSA-PSS",
            Self::Ecdsa => "ECDSA",
            Self::Ed25519 => "Ed25519",
            Self::Dsa => "DSA",
        })
    }
}

/// A signature scheme with its digest and parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS with MGF1 over the same digest and a salt of its length.
    RsaPss(DigestAlgorithm),
    /// RSASSA-PSS with any other parameters; made by [`SignatureAlgorithm::rsa_pss`], never equal to a usual one.
    RsaPssWith(PssParameters),
    /// ECDSA.
    Ecdsa(DigestAlgorithm),
    /// Ed25519.
    Ed25519,
    /// DSA; verified only.
    Dsa(DigestAlgorithm),
}

use DigestAlgorithm::{
    Md5, Ripemd160, Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512, Sha512_224,
    Sha512_256,
};
use SignatureAlgorithm::{Dsa, Ecdsa, Ed25519, RsaPkcs1, RsaPss, RsaPssWith};

impl SignatureAlgorithm {
    /// RSASSA-PSS with these parameters: digest, digest of the mask generation (MGF1), salt length in bytes.
    pub const fn rsa_pss(digest: DigestAlgorithm, mask: DigestAlgorithm, salt_len: u16) -> Self {
        if digest as u8 == mask as u8 && salt_len as usize == digest.output_len() {
            RsaPss(digest)
        } else {
            RsaPssWith(PssParameters::new(digest, mask, salt_len))
        }
    }

    /// Every algorithm without parameters.
    fn all() -> impl Iterator<Item = Self> {
        let schemes = [RsaPkcs1 as fn(DigestAlgorithm) -> Self, RsaPss, Ecdsa, Dsa];
        schemes.into_iter().flat_map(|s| DigestAlgorithm::ALL.into_iter().map(s)).chain([Ed25519])
    }

    /// The URI of XML signatures (RFC 9231 §2.3); `urn:oid:` (RFC 3061) where none was given. PSS with unusual parameters
    /// has [`RSA_PSS_URI`], which alone does not say which.
    pub const fn uri(self) -> &'static str {
        match self {
            RsaPkcs1(digest) => rsa_uri(digest),
            RsaPss(digest) => pss_uri(digest),
            RsaPssWith(_) => RSA_PSS_URI,
            Ecdsa(digest) => ecdsa_uri(digest),
            Ed25519 => "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
            Dsa(Sha1) => "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
            Dsa(Sha256) => "http://www.w3.org/2009/xmldsig11#dsa-sha256",
            Dsa(digest) => dsa_urn(digest),
        }
    }

    /// The algorithm of a URI.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names the URI; so too for [`RSA_PSS_URI`], whose parameters the caller reads
    /// and gives to [`SignatureAlgorithm::rsa_pss`].
    pub fn from_uri(uri: &str) -> Result<Self, CryptoError> {
        Self::all()
            .find(|a| a.uri() == uri && !matches!(uri, "" | RSA_PSS_URI))
            .ok_or_else(|| CryptoError::UnsupportedAlgorithm(format!("signature {uri}")))
    }

    /// The digest inside; `None` for Ed25519, which hashes by itself.
    pub const fn digest(self) -> Option<DigestAlgorithm> {
        match self {
            RsaPkcs1(d) | RsaPss(d) | Ecdsa(d) | Dsa(d) => Some(d),
            RsaPssWith(parameters) => Some(parameters.digest()),
            Ed25519 => None,
        }
    }

    /// The scheme without its digest.
    pub const fn scheme(self) -> Scheme {
        match self {
            RsaPkcs1(_) => Scheme::RsaPkcs1,
            RsaPss(_) | RsaPssWith(_) => Scheme::RsaPss,
            Ecdsa(_) => Scheme::Ecdsa,
            Ed25519 => Scheme::Ed25519,
            Dsa(_) => Scheme::Dsa,
        }
    }

    /// The parameters, if this is RSASSA-PSS.
    pub const fn pss_parameters(self) -> Option<PssParameters> {
        match self {
            RsaPss(digest) => Some(PssParameters::usual(digest)),
            RsaPssWith(parameters) => Some(parameters),
            _ => None,
        }
    }

    /// The X.509 algorithm identifier (RFC 4055, RFC 5758, RFC 8410, RFC 9688).
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] if nobody gave it one (ECDSA with MD5) or it cannot be encoded.
    pub fn to_identifier(self) -> Result<AlgorithmIdentifierOwned, CryptoError> {
        if let Some(parameters) = self.pss_parameters() {
            let parameters = parameters.encode().map_err(|e| CryptoError::UnsupportedAlgorithm(e.to_string()))?;
            return Ok(AlgorithmIdentifier { oid: RSA_PSS, parameters: Some(parameters) });
        }
        let oid =
            self.oid().ok_or_else(|| CryptoError::UnsupportedAlgorithm(format!("{self} has no object identifier")))?;
        let parameters = matches!(self, RsaPkcs1(_)).then(|| Any::from(Null));
        Ok(AlgorithmIdentifier { oid, parameters })
    }

    /// The algorithm of an X.509 algorithm identifier.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names the OID, or what is wrong with the PSS parameters.
    pub fn from_identifier(identifier: &AlgorithmIdentifierOwned) -> Result<Self, CryptoError> {
        if identifier.oid == RSA_PSS {
            return pss::read(identifier.parameters.as_ref());
        }
        Self::all()
            .find(|a| !matches!(a, RsaPss(_)) && a.oid() == Some(identifier.oid))
            .ok_or_else(|| CryptoError::UnsupportedAlgorithm(format!("signature {}", identifier.oid)))
    }

    fn oid(self) -> Option<ObjectIdentifier> {
        match self {
            RsaPkcs1(digest) => Some(rsa_oid(digest)),
            RsaPss(_) | RsaPssWith(_) => Some(RSA_PSS),
            Ecdsa(digest) => ecdsa_oid(digest),
            Ed25519 => Some(ED25519),
            Dsa(digest) => ObjectIdentifier::new(dsa_urn(digest).strip_prefix("urn:oid:")?).ok(),
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.digest() {
            Some(digest) => write!(f, "{} with {}", self.scheme(), digest.name()),
            None => self.scheme().fmt(f),
        }
    }
}

/// For tables that are made when the program is: parsing costs more than comparing.
const fn oid(dotted: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(dotted)
}

const fn rsa_oid(digest: DigestAlgorithm) -> ObjectIdentifier {
    match digest {
        Md5 => const { oid("1.2.840.113549.1.1.4") },
        Sha1 => const { oid("1.2.840.113549.1.1.5") },
        Ripemd160 => const { oid("1.3.36.3.3.1.2") },
        Sha224 => const { oid("1.2.840.113549.1.1.14") },
        Sha256 => const { oid("1.2.840.113549.1.1.11") },
        Sha384 => const { oid("1.2.840.113549.1.1.12") },
        Sha512 => const { oid("1.2.840.113549.1.1.13") },
        Sha512_224 => const { oid("1.2.840.113549.1.1.15") },
        Sha512_256 => const { oid("1.2.840.113549.1.1.16") },
        Sha3_224 => const { oid("2.16.840.1.101.3.4.3.13") },
        Sha3_256 => const { oid("2.16.840.1.101.3.4.3.14") },
        Sha3_384 => const { oid("2.16.840.1.101.3.4.3.15") },
        Sha3_512 => const { oid("2.16.840.1.101.3.4.3.16") },
    }
}

const fn ecdsa_oid(digest: DigestAlgorithm) -> Option<ObjectIdentifier> {
    Some(match digest {
        Sha1 => const { oid("1.2.840.10045.4.1") },
        Sha224 => const { oid("1.2.840.10045.4.3.1") },
        Sha256 => const { oid("1.2.840.10045.4.3.2") },
        Sha384 => const { oid("1.2.840.10045.4.3.3") },
        Sha512 => const { oid("1.2.840.10045.4.3.4") },
        Sha3_224 => const { oid("2.16.840.1.101.3.4.3.9") },
        Sha3_256 => const { oid("2.16.840.1.101.3.4.3.10") },
        Sha3_384 => const { oid("2.16.840.1.101.3.4.3.11") },
        Sha3_512 => const { oid("2.16.840.1.101.3.4.3.12") },
        Md5 | Ripemd160 | Sha512_224 | Sha512_256 => return None,
    })
}

/// The OID of DSA with a digest as a URN (RFC 3279, the NIST registry); empty where there is none.
const fn dsa_urn(digest: DigestAlgorithm) -> &'static str {
    match digest {
        Sha1 => "urn:oid:1.2.840.10040.4.3",
        Sha224 => "urn:oid:2.16.840.1.101.3.4.3.1",
        Sha256 => "urn:oid:2.16.840.1.101.3.4.3.2",
        Sha384 => "urn:oid:2.16.840.1.101.3.4.3.3",
        Sha512 => "urn:oid:2.16.840.1.101.3.4.3.4",
        Sha3_224 => "urn:oid:2.16.840.1.101.3.4.3.5",
        Sha3_256 => "urn:oid:2.16.840.1.101.3.4.3.6",
        Sha3_384 => "urn:oid:2.16.840.1.101.3.4.3.7",
        Sha3_512 => "urn:oid:2.16.840.1.101.3.4.3.8",
        Md5 | Ripemd160 | Sha512_224 | Sha512_256 => "",
    }
}

const fn rsa_uri(digest: DigestAlgorithm) -> &'static str {
    match digest {
        Md5 => "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        Sha1 => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        Ripemd160 => "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
        Sha224 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224",
        Sha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        Sha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
        Sha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        Sha512_224 => "urn:oid:1.2.840.113549.1.1.15",
        Sha512_256 => "urn:oid:1.2.840.113549.1.1.16",
        Sha3_224 => "urn:oid:2.16.840.1.101.3.4.3.13",
        Sha3_256 => "urn:oid:2.16.840.1.101.3.4.3.14",
        Sha3_384 => "urn:oid:2.16.840.1.101.3.4.3.15",
        Sha3_512 => "urn:oid:2.16.840.1.101.3.4.3.16",
    }
}

/// RSASSA-PSS without parameters (RFC 9231 §2.3.10).
const fn pss_uri(digest: DigestAlgorithm) -> &'static str {
    match digest {
        Md5 => "http://www.w3.org/2007/05/xmldsig-more#md5-rsa-MGF1",
        Sha1 => "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1",
        Ripemd160 => "http://www.w3.org/2007/05/xmldsig-more#ripemd160-rsa-MGF1",
        Sha224 => "http://www.w3.org/2007/05/xmldsig-more#sha224-rsa-MGF1",
        Sha256 => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        Sha384 => "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
        Sha512 => "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
        Sha3_224 => "http://www.w3.org/2007/05/xmldsig-more#sha3-224-rsa-MGF1",
        Sha3_256 => "http://www.w3.org/2007/05/xmldsig-more#sha3-256-rsa-MGF1",
        Sha3_384 => "http://www.w3.org/2007/05/xmldsig-more#sha3-384-rsa-MGF1",
        Sha3_512 => "http://www.w3.org/2007/05/xmldsig-more#sha3-512-rsa-MGF1",
        Sha512_224 | Sha512_256 => RSA_PSS_URI,
    }
}

const fn ecdsa_uri(digest: DigestAlgorithm) -> &'static str {
    match digest {
        Sha1 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        Ripemd160 => "http://www.w3.org/2007/05/xmldsig-more#ecdsa-ripemd160",
        Sha224 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha224",
        Sha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        Sha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        Sha512 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        Sha3_224 => "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-224",
        Sha3_256 => "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-256",
        Sha3_384 => "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-384",
        Sha3_512 => "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-512",
        Md5 | Sha512_224 | Sha512_256 => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for algorithm in SignatureAlgorithm::all() {
            if !matches!(algorithm.uri(), "" | RSA_PSS_URI) {
                assert_eq!(SignatureAlgorithm::from_uri(algorithm.uri()), Ok(algorithm));
            }
            if let Ok(identifier) = algorithm.to_identifier() {
                assert_eq!(SignatureAlgorithm::from_identifier(&identifier), Ok(algorithm));
            }
        }
        assert!(SignatureAlgorithm::from_uri(RSA_PSS_URI).is_err(), "needs its parameters");
        assert!(SignatureAlgorithm::from_uri("").is_err());
    }

    #[test]
    fn usual_parameters_have_one_form() {
        assert_eq!(SignatureAlgorithm::rsa_pss(Sha256, Sha256, 32), RsaPss(Sha256));
        let unusual = SignatureAlgorithm::rsa_pss(Sha256, Sha1, 222);
        assert_eq!(unusual.scheme(), Scheme::RsaPss);
        assert_eq!(unusual.to_identifier().and_then(|i| SignatureAlgorithm::from_identifier(&i)), Ok(unusual));
    }
}
