//! Message digests.

use crate::CryptoError;
use aws_lc_rs::digest as backend;
use const_oid::ObjectIdentifier;
use std::fmt;

/// A digest algorithm. SHA-1 exists to read old evidence and certificate identifiers, never to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DigestAlgorithm {
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-224, 28 bytes.
    Sha224,
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

use DigestAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};

impl DigestAlgorithm {
    /// All of them, weakest first.
    pub const ALL: [Self; 5] = [Sha1, Sha224, Sha256, Sha384, Sha512];

    /// The URI of XML signatures and XML encryption (RFC 9231 §2.1).
    pub const fn uri(self) -> &'static str {
        match self {
            Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Sha224 => "http://www.w3.org/2001/04/xmldsig-more#sha224",
            Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    /// The name that X-Road and Java use: `SHA-512`.
    pub const fn name(self) -> &'static str {
        match self {
            Sha1 => "SHA-1",
            Sha224 => "SHA-224",
            Sha256 => "SHA-256",
            Sha384 => "SHA-384",
            Sha512 => "SHA-512",
        }
    }

    /// The object identifier (RFC 8017 appendix B.1).
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Sha1 => ObjectIdentifier::new_unwrap("1.3.14.3.2.26"),
            Sha224 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.4"),
            Sha256 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"),
            Sha384 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"),
            Sha512 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"),
        }
    }

    /// Digest length in bytes.
    pub const fn output_len(self) -> usize {
        match self {
            Sha1 => 20,
            Sha224 => 28,
            Sha256 => 32,
            Sha384 => 48,
            Sha512 => 64,
        }
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
        Self::find(&oid.to_string(), |a| a.oid() == oid)
    }

    fn find(wanted: &str, is_it: impl Fn(&Self) -> bool) -> Result<Self, CryptoError> {
        Self::ALL.into_iter().find(is_it).ok_or_else(|| CryptoError::UnsupportedAlgorithm(format!("digest {wanted}")))
    }

    /// Digests one piece of data.
    pub fn digest(self, data: &[u8]) -> Digest {
        Digest(backend::digest(self.backend(), data))
    }

    fn backend(self) -> &'static backend::Algorithm {
        match self {
            Sha1 => &backend::SHA1_FOR_LEGACY_USE_ONLY,
            Sha224 => &backend::SHA224,
            Sha256 => &backend::SHA256,
            Sha384 => &backend::SHA384,
            Sha512 => &backend::SHA512,
        }
    }
}

/// A digest value; 20 to 64 bytes.
#[derive(Clone, Copy)]
pub struct Digest(backend::Digest);

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref()
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

/// Digests data that comes in pieces.
#[derive(Clone)]
pub struct Hasher(backend::Context);

impl Hasher {
    /// Starts a digest.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        Self(backend::Context::new(algorithm.backend()))
    }

    /// Takes the next piece.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Digest {
        Digest(self.0.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4 examples, message "abc".
    #[test]
    fn digests_abc() {
        assert_eq!(format!("{:?}", Sha1.digest(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(format!("{:?}", Sha224.digest(b"abc")), "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
        let mut hasher = Hasher::new(Sha256);
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(
            format!("{:?}", hasher.finish()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn names_lead_back() {
        for algorithm in DigestAlgorithm::ALL {
            assert_eq!(DigestAlgorithm::from_uri(algorithm.uri()), Ok(algorithm));
            assert_eq!(DigestAlgorithm::from_name(algorithm.name()), Ok(algorithm));
            assert_eq!(DigestAlgorithm::from_oid(algorithm.oid()), Ok(algorithm));
            assert_eq!(algorithm.digest(b"").as_ref().len(), algorithm.output_len());
        }
        assert!(DigestAlgorithm::from_name("md5").is_err());
    }
}
