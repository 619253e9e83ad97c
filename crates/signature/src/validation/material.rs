//! All that a validation has at hand: certificates and revocation data of the document and beside it, each once, read once.

use super::{Context, Memory};
use crate::facts::{Document, EvidenceRecord, Timestamp};
use mekong_crypto::DigestAlgorithm;
use mekong_pki::crl::Crl;
use mekong_pki::tlv::{self, Walker};
use mekong_pki::{Certificate, ocsp};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Most certificates that are kept; what comes later is not looked at.
const CERTIFICATES_MAX: usize = 4096;
/// Most revocation data that are kept.
const ANSWERS_MAX: usize = 4096;

/// SHA-256 of bytes: how certificates and revocation data are named here.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    DigestAlgorithm::Sha256.digest(bytes).as_ref().try_into().unwrap_or_default()
}

/// SHA-256 of a certificate.
pub(super) fn digest_of(certificate: &Certificate) -> [u8; 32] {
    sha256(certificate.der())
}

/// Revocation data, read.
#[derive(Debug)]
pub(super) enum Answer {
    /// An OCSP response.
    Ocsp(Box<ocsp::Response>),
    /// A revocation list.
    Crl(Crl),
    /// Bytes that are neither, and why.
    Unreadable(String),
}

/// The pool.
#[derive(Debug, Default)]
pub(super) struct Material {
    certificates: Vec<Certificate>,
    known: HashSet<[u8; 32]>,
    by_subject: HashMap<Vec<u8>, Vec<usize>>,
    answers: Vec<([u8; 32], Arc<Answer>)>,
    answered: HashSet<[u8; 32]>,
    /// OCSP responses by the serial number that they are about.
    by_serial: HashMap<Vec<u8>, Vec<usize>>,
    /// Revocation lists by the canonical name of their issuer.
    by_issuer: HashMap<Vec<u8>, Vec<usize>>,
}

impl Material {
    /// Everything in `document` and in `context`.
    pub(super) fn gather(document: &Document, context: &Context<'_>) -> Self {
        let mut all = Self::default();
        for signature in &document.signatures {
            all.add_certificates(&signature.certificates);
            all.add_answers(&signature.ocsps, &signature.crls, context.memory);
            signature.timestamps.iter().for_each(|t| all.add_timestamp(t, context.memory));
            signature.evidence_records.iter().for_each(|e| all.add_record(e, context.memory));
        }
        document.timestamps.iter().for_each(|t| all.add_timestamp(t, context.memory));
        document.evidence_records.iter().for_each(|e| all.add_record(e, context.memory));
        all.add_certificates(context.certificates);
        all.add_answers(context.ocsps, context.crls, context.memory);
        all
    }

    fn add_timestamp(&mut self, timestamp: &Timestamp, memory: Option<&Memory>) {
        if let Ok(token) = &timestamp.token {
            self.add_certificates(&token.certificates);
        }
        self.add_certificates(&timestamp.certificates);
        self.add_answers(&timestamp.ocsps, &timestamp.crls, memory);
    }

    fn add_record(&mut self, record: &EvidenceRecord, memory: Option<&Memory>) {
        record.timestamps.iter().for_each(|t| self.add_timestamp(t, memory));
    }

    fn add_certificates(&mut self, certificates: &[Certificate]) {
        for certificate in certificates {
            let place = self.certificates.len();
            if place >= CERTIFICATES_MAX || !self.known.insert(digest_of(certificate)) {
                continue;
            }
            self.by_subject.entry(certificate.subject_canonical().to_vec()).or_default().push(place);
            self.certificates.push(certificate.clone());
        }
    }

    fn add_answers(&mut self, ocsps: &[Arc<[u8]>], crls: &[Arc<[u8]>], memory: Option<&Memory>) {
        for der in ocsps {
            self.add_answer(der, memory, read_ocsp);
        }
        for der in crls {
            self.add_answer(der, memory, read_crl);
        }
    }

    fn add_answer(&mut self, der: &Arc<[u8]>, memory: Option<&Memory>, read: fn(&Arc<[u8]>) -> Answer) {
        let digest = sha256(der);
        if self.answers.len() >= ANSWERS_MAX || !self.answered.insert(digest) {
            return;
        }
        let answer = memory.and_then(|memory| memory.parsed(&digest)).unwrap_or_else(|| {
            let answer = Arc::new(read(der));
            if let Some(memory) = memory {
                memory.keep(digest, &answer);
            }
            answer
        });
        let place = self.answers.len();
        match &*answer {
            Answer::Ocsp(response) => {
                self.add_certificates(&response.certificates);
                let serial = response.answer.cert_id.serial.clone();
                self.by_serial.entry(serial).or_default().push(place);
            }
            Answer::Crl(crl) => self.by_issuer.entry(crl.issuer_canonical().to_vec()).or_default().push(place),
            Answer::Unreadable(_) => {}
        }
        self.answers.push((digest, answer));
    }

    /// Certificates whose subject is the issuer of this one.
    pub(super) fn issuers_of(&self, certificate: &Certificate) -> impl Iterator<Item = &Certificate> {
        self.named(certificate.issuer_canonical())
    }

    /// Certificates with this subject, in canonical form.
    pub(super) fn named(&self, canonical: &[u8]) -> impl Iterator<Item = &Certificate> {
        let places = self.by_subject.get(canonical).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|i| self.certificates.get(*i))
    }

    /// All certificates.
    pub(super) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// OCSP responses that may be about the certificate with this serial number, with their digests.
    pub(super) fn ocsps_about(&self, serial: &[u8]) -> impl Iterator<Item = ([u8; 32], &ocsp::Response)> {
        let places = self.by_serial.get(serial).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|i| match self.answers.get(*i).map(|(digest, answer)| (digest, &**answer)) {
            Some((digest, Answer::Ocsp(response))) => Some((*digest, &**response)),
            _ => None,
        })
    }

    /// Revocation lists of the authority with this name, in canonical form, with their digests.
    pub(super) fn crls_of(&self, issuer: &[u8]) -> impl Iterator<Item = ([u8; 32], &Crl)> {
        let places = self.by_issuer.get(issuer).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|i| match self.answers.get(*i).map(|(digest, answer)| (digest, &**answer)) {
            Some((digest, Answer::Crl(crl))) => Some((*digest, crl)),
            _ => None,
        })
    }

    /// What could not be read, and why.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = &str> {
        self.answers.iter().filter_map(|(_, answer)| match &**answer {
            Answer::Unreadable(reason) => Some(reason.as_str()),
            Answer::Ocsp(_) | Answer::Crl(_) => None,
        })
    }
}

fn read_ocsp(der: &Arc<[u8]>) -> Answer {
    match ocsp::Response::from_der(&whole_response(der)) {
        Ok(response) => Answer::Ocsp(Box::new(response)),
        Err(error) => Answer::Unreadable(format!("OCSP response: {error}")),
    }
}

fn read_crl(der: &Arc<[u8]>) -> Answer {
    match Crl::parse(Arc::clone(der)) {
        Ok(crl) => Answer::Crl(crl),
        Err(error) => Answer::Unreadable(format!("CRL: {error}")),
    }
}

/// An `OCSPResponse`, made from a `BasicOCSPResponse` where that came alone, as CMS and XAdES may carry it.
fn whole_response(der: &[u8]) -> Cow<'_, [u8]> {
    /// DER of `id-pkix-ocsp-basic`.
    const BASIC: &[u8] = &[0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
    let inside = Walker::new(der).enter(tlv::SEQUENCE, "response").ok();
    if inside.and_then(|w| w.peek_tag()) == Some(tlv::ENUMERATED) {
        return Cow::Borrowed(der);
    }
    let bytes = tlv::wrap_all(tlv::SEQUENCE, &[BASIC, &tlv::wrap(tlv::OCTET_STRING, der)]);
    Cow::Owned(tlv::wrap_all(tlv::SEQUENCE, &[&[tlv::ENUMERATED, 1, 0], &tlv::wrap(tlv::context(0), &bytes)]))
}
