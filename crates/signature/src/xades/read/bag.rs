//! Certificates, CRLs and OCSP responses, each kept once.

use crate::facts::{Finding, Weight};
use crate::xades::names;
use mekong_crypto::sha256;
use mekong_pki::Certificate;
use mekong_xml::find;
use mekong_xml::roxmltree::Node;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Certificates that one signature brings.
pub(super) const CERTIFICATES_MAX: usize = 1_000;
/// CRLs and OCSP responses that one signature brings.
pub(super) const REVOCATIONS_MAX: usize = 1_000;

/// Certificates of a document, each parsed once.
#[derive(Default)]
pub(super) struct Parsed {
    certificates: RefCell<HashMap<Vec<u8>, Result<Certificate, String>>>,
}

impl Parsed {
    pub(super) fn certificate(&self, der: &[u8]) -> Result<Certificate, String> {
        if let Some(known) = self.certificates.borrow().get(der) {
            return known.clone();
        }
        let parsed = Certificate::from_der(der).map_err(|e| e.to_string());
        self.certificates.borrow_mut().insert(der.to_vec(), parsed.clone());
        parsed
    }
}

/// What a signature or time-stamp brings.
#[derive(Default)]
pub(super) struct Bag {
    pub(super) certificates: Vec<Certificate>,
    pub(super) crls: Vec<Arc<[u8]>>,
    pub(super) ocsps: Vec<Arc<[u8]>>,
    pub(super) findings: Vec<Finding>,
    seen: HashSet<[u8; 32]>,
}

impl Bag {
    /// Takes a certificate; says its name if it could be read.
    pub(super) fn certificate(&mut self, parsed: &Parsed, der: &[u8]) -> Option<Certificate> {
        let certificate = match parsed.certificate(der) {
            Ok(certificate) => certificate,
            Err(reason) => {
                self.warn("certificate_unreadable", format!("a certificate was left out: {reason}"));
                return None;
            }
        };
        if self.seen.insert(sha256(der)) {
            if self.certificates.len() >= CERTIFICATES_MAX {
                self.warn("certificates_left_out", format!("more than {CERTIFICATES_MAX} certificates"));
                return None;
            }
            self.certificates.push(certificate.clone());
        }
        Some(certificate)
    }

    /// Takes a CRL.
    pub(super) fn crl(&mut self, der: Vec<u8>) {
        if self.has_room(self.crls.len()) && self.seen.insert(sha256(&der)) {
            self.crls.push(der.into());
        }
    }

    /// Takes an OCSP response.
    pub(super) fn ocsp(&mut self, der: Vec<u8>) {
        if self.has_room(self.ocsps.len()) && self.seen.insert(sha256(&der)) {
            self.ocsps.push(der.into());
        }
    }

    fn has_room(&mut self, taken: usize) -> bool {
        if taken >= REVOCATIONS_MAX {
            self.warn("revocation_data_left_out", format!("more than {REVOCATIONS_MAX} CRLs or OCSP responses"));
        }
        taken < REVOCATIONS_MAX
    }

    /// Takes note of something odd, once for each code.
    pub(super) fn warn(&mut self, code: &'static str, text: String) {
        if !self.findings.iter().any(|f| f.code == code && f.text == text) && self.findings.len() < 64 {
            self.findings.push(Finding::new(Weight::Warning, code, text));
        }
    }

    /// Takes what a `CertificateValues`, `RevocationValues`, `TimeStampValidationData` or the like holds.
    pub(super) fn values(&mut self, parsed: &Parsed, container: Node<'_, '_>) {
        for node in container.descendants().filter(Node::is_element) {
            match names::local(node) {
                "EncapsulatedX509Certificate" => {
                    if let Some(der) = self.decoded(node) {
                        self.certificate(parsed, &der);
                    }
                }
                "EncapsulatedCRLValue" => {
                    if let Some(der) = self.decoded(node) {
                        self.crl(der);
                    }
                }
                "EncapsulatedOCSPValue" => {
                    if let Some(der) = self.decoded(node) {
                        self.ocsp(der);
                    }
                }
                _ => {}
            }
        }
    }

    fn decoded(&mut self, node: Node<'_, '_>) -> Option<Vec<u8>> {
        let der = find::decoded(node);
        if der.is_none() {
            self.warn("validation_data_unreadable", format!("{} is not base64", find::path(node)));
        }
        der
    }
}
