//! Message digests and their names.

use crate::CryptoError;
use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, OctetStringRef};
use der::{Encode as _, Tag};
use std::fmt;

pub use crate::hasher::Hasher;

/// A digest algorithm. Those before SHA-224 exist to read old evidence and certificate identifiers, never to sign:
/// see [`DigestAlgorithm::is_broken`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DigestAlgorithm {
    /// MD5, 16 bytes.
    Md5,
    /// SHA-1, 20 bytes.
    Sha1,
    /// RIPEMD-160, 20 bytes.
    Ripemd160,
    /// SHA-224, 28 bytes.
    Sha224,
    /// SHA-512/224, 28 bytes.
    Sha512_224,
    /// SHA3-224, 28 bytes.
    Sha3_224,
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-512/256, 32 bytes.
    Sha512_256,
    /// SHA3-256, 32 bytes.
    Sha3_256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA3-384, 48 bytes.
    Sha3_384,
    /// SHA-512, 64 bytes.
    Sha512,
    /// SHA3-512, 64 bytes.
    Sha3_512,
}

use DigestAlgorithm::{
    Md5, Ripemd160, Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512, Sha512_224,
    Sha512_256,
};

impl DigestAlgorithm {
    /// All of them, weakest first.
    pub const ALL: [Self; 13] = [
        Md5, Sha1, Ripemd160, Sha224, Sha512_224, Sha3_224, Sha256, Sha512_256, Sha3_256, Sha384, Sha3_384, Sha512,
        Sha3_512,
    ];

    /// The URI of XML signatures and XML encryption (RFC 9231 §2.1); `urn:oid:` (RFC 3061) for the two truncated SHA-512,
    /// which have none.
    pub const fn uri(self) -> &'static str {
        match self {
            Md5 => "http://www.w3.org/2001/04/xmldsig-more#md5",
            Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Ripemd160 => "http://www.w3.org/2001/04/xmlenc#ripemd160",
            Sha224 => "http://www.w3.org/2001/04/xmldsig-more#sha224",
            Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
            Sha512_224 => "urn:oid:2.16.840.1.101.3.4.2.5",
            Sha512_256 => "urn:oid:2.16.840.1.101.3.4.2.6",
            Sha3_224 => "http://www.w3.org/2007/05/xmldsig-more#sha3-224",
            Sha3_256 => "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
            Sha3_384 => "http://www.w3.org/2007/05/xmldsig-more#sha3-384",
            Sha3_512 => "http://www.w3.org/2007/05/xmldsig-more#sha3-512",
        }
    }

    /// The name that standards, X-Road and Java use: `SHA-512`, `SHA3-256`, `SHA-512/256`.
    pub const fn name(self) -> &'static str {
        match self {
            Md5 => "MD5",
            Sha1 => "SHA-1",
            Ripemd160 => "RIPEMD-160",
            Sha224 => "SHA-224",
            Sha256 => "SHA-256",
            Sha384 => "SHA-384",
            Sha512 => "SHA-512",
            Sha512_224 => "SHA-512/224",
            Sha512_256 => "SHA-512/256",
            Sha3_224 => "SHA3-224",
            Sha3_256 => "SHA3-256",
            Sha3_384 => "SHA3-384",
            Sha3_512 => "SHA3-512",
        }
    }

    /// The object identifier (RFC 8017 appendix B.1, RFC 1319, ISO/IEC 10118-3, the NIST registry).
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Md5 => const { ObjectIdentifier::new_unwrap("1.2.840.113549.2.5") },
            Sha1 => const { ObjectIdentifier::new_unwrap("1.3.14.3.2.26") },
            Ripemd160 => const { ObjectIdentifier::new_unwrap("1.3.36.3.2.1") },
            Sha224 => const { ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.4") },
            Sha256 => const { ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1") },
            Sha384 => const { ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2") },
            Sha512 => const { ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3") },
            Sha512_224 => const { ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.5") },
            Sha512_256 => const { ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.6") },
            Sha3_224 => const { ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.7") },
            Sha3_256 => const { ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.8") },
            Sha3_384 => const { ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.9") },
            Sha3_512 => const { ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.10") },
        }
    }

    /// Digest length in bytes.
    pub const fn output_len(self) -> usize {
        match self {
            Md5 => 16,
            Sha1 | Ripemd160 => 20,
            Sha224 | Sha512_224 | Sha3_224 => 28,
            Sha256 | Sha512_256 | Sha3_256 => 32,
            Sha384 | Sha3_384 => 48,
            Sha512 | Sha3_512 => 64,
        }
    }

    /// Collisions have been made (MD5, SHA-1) or the length no longer protects against them (RIPEMD-160): such a digest
    /// proves nothing without an older time-stamp, and no policy takes it for something new.
    pub const fn is_broken(self) -> bool {
        matches!(self, Md5 | Sha1 | Ripemd160)
    }

    /// The algorithm of a URI.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names the URI.
    pub fn from_uri(uri: &str) -> Result<Self, CryptoError> {
        Self::find(uri, |a| a.uri() == uri)
    }

    /// The algorithm of a name such as `SHA-512` or `sha512`, in any case.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names it.
    pub fn from_name(name: &str) -> Result<Self, CryptoError> {
        let plain: String = name.chars().filter(|c| *c != '-').collect();
        Self::find(name, |a| a.name().replace('-', "").eq_ignore_ascii_case(&plain))
    }

    /// The algorithm of an object identifier.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names it.
    pub fn from_oid(oid: ObjectIdentifier) -> Result<Self, CryptoError> {
        Self::ALL
            .into_iter()
            .find(|a| a.oid() == oid)
            .ok_or_else(|| CryptoError::UnsupportedAlgorithm(format!("digest {oid}")))
    }

    fn find(wanted: &str, is_it: impl Fn(&Self) -> bool) -> Result<Self, CryptoError> {
        Self::ALL.into_iter().find(is_it).ok_or_else(|| CryptoError::UnsupportedAlgorithm(format!("digest {wanted}")))
    }

    /// The DER `DigestInfo` of a digest (RFC 8017 §9.2): what RSA PKCS#1 v1.5 signs, and what tokens of hardware want.
    ///
    /// # Errors
    /// [`CryptoError::MalformedSignature`] if the digest has another length than this algorithm's.
    pub fn info(self, digest: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let encode = || -> der::Result<Vec<u8>> {
            let value = OctetStringRef::new(digest)?;
            let identifier = spki::AlgorithmIdentifierRef { oid: self.oid(), parameters: Some(AnyRef::NULL) };
            let mut out = Vec::with_capacity(digest.len() + 24);
            der::Header::new(Tag::Sequence, (identifier.encoded_len()? + value.encoded_len()?)?)?.encode(&mut out)?;
            identifier.encode(&mut out)?;
            value.encode(&mut out)?;
            Ok(out)
        };
        if digest.len() != self.output_len() {
            return Err(CryptoError::MalformedSignature);
        }
        encode().map_err(|_| CryptoError::MalformedSignature)
    }

    /// Digests one piece of data.
    pub fn digest(self, data: &[u8]) -> Digest {
        let mut hasher = Hasher::new(self);
        hasher.update(data);
        hasher.finish()
    }
}

/// SHA-256 of one piece of data, as an array: for names of things and comparisons.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut array = [0; 32];
    array.iter_mut().zip(DigestAlgorithm::Sha256.digest(data).as_ref()).for_each(|(to, from)| *to = *from);
    array
}

/// The longest digest, in bytes.
const MAX_LEN: usize = 64;

/// A digest value; 16 to 64 bytes.
#[derive(Clone, Copy)]
pub struct Digest {
    bytes: [u8; MAX_LEN],
    len: usize,
}

impl Digest {
    /// Takes at most [`MAX_LEN`] bytes.
    pub(crate) fn new(value: &[u8]) -> Self {
        let mut bytes = [0; MAX_LEN];
        bytes.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
        Self { bytes, len: value.len().min(MAX_LEN) }
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl Eq for Digest {}

impl PartialEq<[u8]> for Digest {
    fn eq(&self, other: &[u8]) -> bool {
        self.as_ref() == other
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4, FIPS 202, RFC 1321 and the RIPEMD-160 paper, message "abc".
    #[test]
    fn digests_abc() {
        let known = [
            (Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (Ripemd160, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
            (Sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            (Sha512_224, "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"),
            (Sha3_224, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
            (Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (Sha512_256, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
            (Sha3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
        ];
        for (algorithm, digest) in known {
            assert_eq!(format!("{:?}", algorithm.digest(b"abc")), digest, "{}", algorithm.name());
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"a");
            hasher.clone().update(b"x");
            hasher.update(b"bc");
            assert_eq!(format!("{:?}", hasher.finish()), digest, "{} in pieces", algorithm.name());
        }
    }

    #[test]
    fn sha256_is_what_the_algorithm_gives() {
        assert_eq!(sha256(b"abc").as_slice(), Sha256.digest(b"abc").as_ref());
    }

    #[test]
    fn names_lead_back() {
        for algorithm in DigestAlgorithm::ALL {
            assert_eq!(DigestAlgorithm::from_uri(algorithm.uri()), Ok(algorithm));
            assert_eq!(DigestAlgorithm::from_name(algorithm.name()), Ok(algorithm));
            assert_eq!(DigestAlgorithm::from_oid(algorithm.oid()), Ok(algorithm));
            assert_eq!(algorithm.digest(b"").as_ref().len(), algorithm.output_len());
        }
        assert!(DigestAlgorithm::from_name("md4").is_err());
    }
}
