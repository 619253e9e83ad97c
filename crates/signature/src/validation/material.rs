//! All that a validation has at hand: certificates and revocation data of the document and beside it, each once, read once.

use super::{Context, Memory};
use crate::facts::{Document, EvidenceRecord, Timestamp};
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, sha256};
use mekong_pki::Certificate;
use mekong_pki::crl::Crl;
use mekong_pki::ocsp::Response;
use mekong_pki::revocation::Source;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Most certificates that are kept; what comes later is not looked at.
const CERTIFICATES_MAX: usize = 4096;
/// Most revocation data that are kept.
const ANSWERS_MAX: usize = 4096;

/// SHA-256 of a certificate.
pub(super) fn digest_of(certificate: &Certificate) -> [u8; 32] {
    certificate.fingerprint(DigestAlgorithm::Sha256).as_ref().try_into().unwrap_or_default()
}

/// The pool.
#[derive(Debug, Default)]
pub(super) struct Material {
    certificates: Vec<Certificate>,
    by_digest: HashMap<[u8; 32], usize>,
    by_subject: HashMap<Vec<u8>, Vec<usize>>,
    ocsps: Vec<Response>,
    ocsp_digests: Vec<[u8; 32]>,
    crls: Vec<Crl>,
    crl_digests: Vec<[u8; 32]>,
    answered: HashSet<[u8; 32]>,
    unreadable: Vec<String>,
}

impl Material {
    /// Everything in `document` and in `context`.
    pub(super) fn gather(document: &Document, context: &Context<'_>) -> Self {
        let mut all = Self::default();
        for signature in &document.signatures {
            all.add_certificates(&signature.certificates, context.memory);
            all.add_answers(&signature.ocsps, &signature.crls, context.memory);
            signature.timestamps.iter().for_each(|t| all.add_timestamp(t, context.memory));
            signature.evidence_records.iter().for_each(|e| all.add_record(e, context.memory));
        }
        document.timestamps.iter().for_each(|t| all.add_timestamp(t, context.memory));
        document.evidence_records.iter().for_each(|e| all.add_record(e, context.memory));
        all.add_certificates(context.certificates, context.memory);
        all.add_answers(context.ocsps, context.crls, context.memory);
        all
    }

    fn add_timestamp(&mut self, timestamp: &Timestamp, memory: Option<&Memory>) {
        if let Ok(token) = &timestamp.token {
            self.add_certificates(&token.certificates, memory);
        }
        self.add_certificates(&timestamp.certificates, memory);
        self.add_answers(&timestamp.ocsps, &timestamp.crls, memory);
    }

    fn add_record(&mut self, record: &EvidenceRecord, memory: Option<&Memory>) {
        record.timestamps.iter().for_each(|t| self.add_timestamp(t, memory));
    }

    fn add_certificates(&mut self, certificates: &[Certificate], memory: Option<&Memory>) {
        for certificate in certificates {
            let place = self.certificates.len();
            let digest = digest_of(certificate);
            if place >= CERTIFICATES_MAX || self.by_digest.contains_key(&digest) {
                continue;
            }
            let certificate = memory.map_or_else(|| certificate.clone(), |memory| memory.same(digest, certificate));
            self.by_digest.insert(digest, place);
            self.by_subject.entry(certificate.subject_canonical().to_vec()).or_default().push(place);
            self.certificates.push(certificate);
        }
    }

    /// The certificate of the pool that is this one: what was verified of it before is remembered there.
    pub(super) fn same(&self, certificate: &Certificate) -> Certificate {
        let place = self.by_digest.get(&digest_of(certificate));
        place.and_then(|place| self.certificates.get(*place)).unwrap_or(certificate).clone()
    }

    fn add_answers(&mut self, ocsps: &[Arc<[u8]>], crls: &[Arc<[u8]>], memory: Option<&Memory>) {
        for der in ocsps {
            let Some(digest) = self.is_new(der) else { continue };
            match memory.and_then(|m| m.ocsp(&digest)).map_or_else(|| Response::from_der(der), Ok) {
                Ok(response) => {
                    self.add_certificates(&response.certificates, memory);
                    self.ocsps.push(response);
                    self.ocsp_digests.push(digest);
                }
                Err(error) => self.unreadable.push(format!("OCSP response: {error}")),
            }
        }
        for der in crls {
            let Some(digest) = self.is_new(der) else { continue };
            match memory.and_then(|m| m.crl(&digest)).map_or_else(|| Crl::parse(Arc::clone(der)), Ok) {
                Ok(crl) => {
                    self.crls.push(crl);
                    self.crl_digests.push(digest);
                }
                Err(error) => self.unreadable.push(format!("CRL: {error}")),
            }
        }
    }

    /// The digest of revocation data that were not met before.
    fn is_new(&mut self, der: &[u8]) -> Option<[u8; 32]> {
        let digest = sha256(der);
        let room = self.ocsps.len() + self.crls.len() < ANSWERS_MAX;
        (room && self.answered.insert(digest)).then_some(digest)
    }

    /// Leaves what was read, and verified, to later validations.
    pub(super) fn remember(&self, memory: &Memory) {
        self.ocsp_digests.iter().zip(&self.ocsps).for_each(|(digest, response)| memory.keep_ocsp(*digest, response));
        self.crl_digests.iter().zip(&self.crls).for_each(|(digest, crl)| memory.keep_crl(*digest, crl));
    }

    /// Certificates whose subject is the issuer of this one.
    pub(super) fn issuers_of(&self, certificate: &Certificate) -> impl Iterator<Item = &Certificate> {
        let places = self.by_subject.get(certificate.issuer_canonical()).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|i| self.certificates.get(*i))
    }

    /// All certificates.
    pub(super) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// All OCSP responses.
    pub(super) fn ocsps(&self) -> &[Response] {
        &self.ocsps
    }

    /// All revocation lists.
    pub(super) fn crls(&self) -> &[Crl] {
        &self.crls
    }

    /// The SHA-256 and the kind of revocation data; of a delta list, those of the complete one.
    pub(super) fn named(&self, source: &Source) -> Option<([u8; 32], &'static str)> {
        match source {
            Source::Crl { complete, .. } => self.crl_digests.get(*complete).map(|digest| (*digest, "CRL")),
            Source::Ocsp(place) => self.ocsp_digests.get(*place).map(|digest| (*digest, "OCSP response")),
        }
    }

    /// When revocation data were correct, when newer ones come, and when they were signed.
    pub(super) fn times(&self, source: &Source) -> Option<(Instant, Option<Instant>, Instant)> {
        match source {
            Source::Crl { complete, .. } => {
                self.crls.get(*complete).map(|crl| (crl.this_update(), crl.next_update(), crl.this_update()))
            }
            Source::Ocsp(place) => {
                let response = self.ocsps.get(*place)?;
                Some((response.answer.this_update, response.answer.next_update, response.produced_at))
            }
        }
    }

    /// What could not be read, and why.
    pub(super) fn unreadable(&self) -> &[String] {
        &self.unreadable
    }
}
