//! Service digital identities: whose key a service is.

use mekong_crypto::{Digest, DigestAlgorithm};
use mekong_pki::{Certificate, CertificateError};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A certificate in a list, decoded when first asked for. Clones share it; equality is equality of the bytes.
#[derive(Clone)]
pub struct ListedCertificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    decoded: OnceLock<Result<Certificate, CertificateError>>,
}

impl ListedCertificate {
    /// From DER as it stands in the list; nothing is checked yet.
    pub fn from_der(der: Vec<u8>) -> Self {
        Self(Arc::new(Inner { der, decoded: OnceLock::new() }))
    }

    /// The bytes.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The certificate.
    ///
    /// # Errors
    /// [`CertificateError`]: a list may hold certificates that we cannot use; they make nobody trusted.
    pub fn certificate(&self) -> Result<&Certificate, &CertificateError> {
        self.0.decoded.get_or_init(|| Certificate::from_der(&self.0.der)).as_ref()
    }

    /// SHA-256 of the bytes.
    pub fn fingerprint(&self) -> Digest {
        DigestAlgorithm::Sha256.digest(self.der())
    }
}

impl From<Certificate> for ListedCertificate {
    fn from(certificate: Certificate) -> Self {
        let decoded = OnceLock::new();
        let der = certificate.der().to_vec();
        let _ = decoded.set(Ok(certificate));
        Self(Arc::new(Inner { der, decoded }))
    }
}

impl PartialEq for ListedCertificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.der == other.0.der
    }
}

impl Eq for ListedCertificate {}

impl fmt::Debug for ListedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.certificate() {
            Ok(certificate) => certificate.fmt(f),
            Err(error) => write!(f, "ListedCertificate({error})"),
        }
    }
}

/// A `ServiceDigitalIdentity`: one key, under as many representations as the list gives (TS 119 612 §5.5.3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// Certificates of the key.
    pub certificates: Vec<ListedCertificate>,
    /// Subject names, as text.
    pub subject_names: Vec<String>,
    /// Subject key identifiers.
    pub key_identifiers: Vec<Vec<u8>>,
    /// Anything else, as canonical XML of the `DigitalId` content.
    pub others: Vec<String>,
}

impl Identity {
    /// The identity of one certificate, with its subject and key identifier.
    pub fn of(certificate: &Certificate) -> Self {
        let identifier = certificate.subject_key_identifier().map(<[u8]>::to_vec);
        Self {
            certificates: vec![certificate.clone().into()],
            subject_names: vec![certificate.subject()],
            key_identifiers: vec![identifier.unwrap_or_else(|| certificate.key_hash().as_ref().to_vec())],
            others: Vec::new(),
        }
    }

    /// This identity without certificates, as history wants it (TS 119 612 §5.6.3).
    #[must_use]
    pub fn without_certificates(&self) -> Self {
        Self { certificates: Vec::new(), ..self.clone() }
    }

    /// Whether a certificate is this very one in the list.
    pub fn holds(&self, certificate: &Certificate) -> bool {
        self.certificates.iter().any(|listed| listed.der() == certificate.der())
    }

    /// The certificates that could be decoded.
    pub fn decoded(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().filter_map(|listed| listed.certificate().ok())
    }
}
