//! The signed directory: a list of parts with their hashes, and a signature over that list (PR-GCONF §4).
//!
//! The file is multipart/related. Its first part is multipart/mixed and lists the parts; the exact bytes of its body are
//! signed, from the first inner delimiter to the closing one and the line end after that. Its second part holds the
//! signature and names the certificate by its hash.

mod multipart;
mod parse;
mod trust;
mod write;

pub(crate) use parse::generation;
pub use parse::{DIRECTORY_BYTES_MAX, ListedPart, SignedDirectory};
pub use trust::{Kind, Origin, TrustedCertificates};
pub use write::{DirectoryContent, OutgoingPart};

use crate::{DirectoryError, Version};
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm, SignatureAlgorithm};
use mekong_pki::Certificate;

/// A directory whose signature and date are good. Its parts still have to be compared with their hashes.
#[derive(Debug, Clone)]
pub struct VerifiedDirectory<'a> {
    directory: &'a SignedDirectory,
    instance: String,
    origin: Origin,
}

impl SignedDirectory {
    /// Verifies the signature with a trusted certificate, then the date, then that the parts are of the instance that the
    /// certificate is trusted for.
    ///
    /// # Errors
    /// In this order: [`DirectoryError::UntrustedCertificate`], [`DirectoryError::UnusableCertificate`],
    /// [`DirectoryError::UnsupportedAlgorithm`], [`DirectoryError::InvalidSignatureValue`], [`DirectoryError::Expired`],
    /// [`DirectoryError::WrongInstance`].
    pub fn verify(&self, trusted: &TrustedCertificates, at: Instant) -> Result<VerifiedDirectory<'_>, DirectoryError> {
        let found = trusted.find(self.certificate_hash_algorithm(), self.certificate_hash());
        let found = found.ok_or_else(|| DirectoryError::UntrustedCertificate {
            hash: crate::document::encode_base64(self.certificate_hash()),
        })?;
        self.verify_signature(&found.der, &found.instance)?;
        if self.expires() <= at {
            return Err(DirectoryError::Expired { expired: self.expires(), at });
        }
        for part in self.parts() {
            match &part.instance {
                Some(instance) if *instance != found.instance => {
                    return Err(DirectoryError::WrongInstance {
                        place: part.name().to_owned(),
                        expected: found.instance.clone(),
                        found: instance.clone(),
                    });
                }
                _ => {}
            }
        }
        Ok(VerifiedDirectory { directory: self, instance: found.instance.clone(), origin: found.origin.clone() })
    }

    fn verify_signature(&self, der: &[u8], instance: &str) -> Result<(), DirectoryError> {
        let certificate = Certificate::from_der(der).map_err(|e| DirectoryError::UnusableCertificate(e.to_string()))?;
        let algorithm =
            signature_algorithm(self.signature_algorithm()).map_err(DirectoryError::UnsupportedAlgorithm)?;
        let mut outcome = Err(CryptoError::SignatureMismatch);
        for signed in self.signed_candidates() {
            outcome = outcome.or_else(|_| certificate.public_key().verify(algorithm, signed, self.signature_value()));
        }
        match outcome {
            Err(CryptoError::UnsupportedAlgorithm(what)) => {
                Err(DirectoryError::UnsupportedAlgorithm(CryptoError::UnsupportedAlgorithm(what)))
            }
            Err(_) => Err(DirectoryError::InvalidSignatureValue { instance: instance.to_owned() }),
            Ok(()) => Ok(()),
        }
    }
}

/// Algorithms strong enough for a directory: digests shorter than 256 bits are refused.
fn signature_algorithm(uri: &str) -> Result<SignatureAlgorithm, CryptoError> {
    let algorithm = SignatureAlgorithm::from_uri(uri)?;
    match algorithm.digest() {
        Some(digest) if is_weak(digest) => Err(CryptoError::UnsupportedAlgorithm(format!("signature {uri}"))),
        _ => Ok(algorithm),
    }
}

const fn is_weak(digest: DigestAlgorithm) -> bool {
    digest.output_len() < 32
}

impl VerifiedDirectory<'_> {
    /// The instance that the signing certificate is trusted for.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Where the signing certificate is from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// When it expires.
    pub fn expires(&self) -> Instant {
        self.directory.expires()
    }

    /// Version of the parts.
    pub fn version(&self) -> Version {
        self.directory.version()
    }

    /// The listed parts; at least one.
    pub fn parts(&self) -> &[ListedPart] {
        self.directory.parts()
    }
}
