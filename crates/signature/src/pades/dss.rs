//! The document security store: certificates and revocation data for validation (EN 319 142-1 §5.4.2).

use crate::facts::{Finding, Weight};
use mekong_crypto::sha256;
use mekong_pdf::{Dictionary, Object, Pdf, Reference};
use mekong_pki::Certificate;
use std::collections::HashSet;
use std::sync::Arc;

/// Streams that are read of one store.
const STREAMS_MAX: usize = 4_096;
/// Bytes that are read of all of them.
const BYTES_MAX: usize = 128 << 20;

/// Everything in a store, each value once.
#[derive(Debug, Clone, Default)]
pub(super) struct Store {
    /// Certificates, with their SHA-256.
    pub(super) certificates: Vec<([u8; 32], Certificate)>,
    /// CRLs, with their SHA-256.
    pub(super) crls: Vec<([u8; 32], Arc<[u8]>)>,
    /// OCSP responses, with their SHA-256.
    pub(super) ocsps: Vec<([u8; 32], Arc<[u8]>)>,
    /// Time-stamps of VRI entries, DER.
    pub(super) timestamps: Vec<Arc<[u8]>>,
    /// What could not be read.
    pub(super) findings: Vec<Finding>,
    /// Whether there is a store at all.
    pub(super) is_there: bool,
    /// Bytes that were read for it.
    pub(super) bytes: usize,
}

#[derive(Clone, Copy)]
enum Kind {
    Certificate,
    Crl,
    Ocsp,
    Timestamp,
}

impl Store {
    /// Whether it has revocation data.
    pub(super) fn has_revocation(&self) -> bool {
        !self.crls.is_empty() || !self.ocsps.is_empty()
    }

    /// The store of a document as it is (or was) opened.
    pub(super) fn read(pdf: &Pdf<'_>) -> Self {
        let mut store = Self::default();
        let Ok(catalog) = pdf.catalog() else { return store };
        let Some(catalog) = catalog.dictionary() else { return store };
        let Ok(dss) = pdf.value(catalog, "DSS") else { return store };
        let Some(dss) = dss.dictionary() else { return store };
        store.is_there = true;
        let mut reading = Reading { pdf, seen: HashSet::new(), digests: HashSet::new(), store: &mut store };
        for (key, kind) in [("Certs", Kind::Certificate), ("OCSPs", Kind::Ocsp), ("CRLs", Kind::Crl)] {
            reading.list(dss, key, kind);
        }
        if let Ok(entries) = pdf.value(dss, "VRI")
            && let Some(entries) = entries.dictionary()
        {
            for (key, entry) in entries.iter().take(super::SIGNATURES_MAX) {
                let Ok(entry) = pdf.resolve(entry) else { continue };
                let Some(entry) = entry.dictionary().filter(|_| key != b"Type") else { continue };
                for (key, kind) in [("Cert", Kind::Certificate), ("OCSP", Kind::Ocsp), ("CRL", Kind::Crl)] {
                    reading.list(entry, key, kind);
                }
                if let Some(timestamp) = entry.get("TS") {
                    reading.stream(timestamp, Kind::Timestamp);
                }
            }
        }
        store
    }

    /// Adds what another store has beside.
    pub(super) fn merge(&mut self, other: Self) {
        fn beside<T>(known: &mut Vec<([u8; 32], T)>, more: Vec<([u8; 32], T)>) {
            let digests: HashSet<[u8; 32]> = known.iter().map(|(digest, _)| *digest).collect();
            known.extend(more.into_iter().filter(|(digest, _)| !digests.contains(digest)));
        }
        beside(&mut self.certificates, other.certificates);
        beside(&mut self.crls, other.crls);
        beside(&mut self.ocsps, other.ocsps);
        self.is_there |= other.is_there;
    }

    /// The same, with what a store has that holds all of it: revisions repeat what those before them had, which need not
    /// be in memory once for each.
    pub(super) fn shared_with(self, whole: &Self) -> Self {
        fn same<T: Clone>(own: &[([u8; 32], T)], whole: &[([u8; 32], T)]) -> Vec<([u8; 32], T)> {
            let digests: HashSet<[u8; 32]> = own.iter().map(|(digest, _)| *digest).collect();
            whole.iter().filter(|(digest, _)| digests.contains(digest)).cloned().collect()
        }
        Self {
            certificates: same(&self.certificates, &whole.certificates),
            crls: same(&self.crls, &whole.crls),
            ocsps: same(&self.ocsps, &whole.ocsps),
            ..self
        }
    }
}

struct Reading<'r, 'a> {
    pdf: &'r Pdf<'a>,
    seen: HashSet<Reference>,
    digests: HashSet<[u8; 32]>,
    store: &'r mut Store,
}

impl Reading<'_, '_> {
    fn finding(&mut self, text: String) {
        if self.store.findings.len() < 16 {
            self.store.findings.push(Finding::new(Weight::Warning, "unreadable_validation_material", text));
        }
    }

    fn list(&mut self, dictionary: &Dictionary, key: &str, kind: Kind) {
        let list = match self.pdf.value(dictionary, key) {
            Ok(list) => list,
            Err(error) => return self.finding(format!("/DSS /{key}: {error}")),
        };
        for object in list.array().unwrap_or_default() {
            self.stream(object, kind);
        }
    }

    fn stream(&mut self, object: &Object, kind: Kind) {
        if object.reference().is_some_and(|reference| !self.seen.insert(reference)) {
            return;
        }
        if self.seen.len() > STREAMS_MAX || self.store.bytes > BYTES_MAX {
            return self.finding("/DSS: more streams or bytes than are read".into());
        }
        let bytes = self.pdf.resolve(object).and_then(|object| match object.stream() {
            Some(stream) => self.pdf.decode(stream).map(Some),
            None => Ok(None),
        });
        match bytes {
            Ok(Some(bytes)) => {
                self.store.bytes = self.store.bytes.saturating_add(bytes.len());
                self.keep(bytes, kind);
            }
            Ok(None) => self.finding("/DSS: an element that is no stream".into()),
            Err(error) => self.finding(format!("/DSS: {error}")),
        }
    }

    fn keep(&mut self, bytes: Vec<u8>, kind: Kind) {
        let digest = sha256(&bytes);
        if !self.digests.insert(digest) {
            return;
        }
        match kind {
            Kind::Certificate => match Certificate::from_der(&bytes) {
                Ok(certificate) => self.store.certificates.push((digest, certificate)),
                Err(error) => self.finding(format!("/DSS: {error}")),
            },
            Kind::Crl => self.store.crls.push((digest, bytes.into())),
            Kind::Ocsp => self.store.ocsps.push((digest, bytes.into())),
            Kind::Timestamp => self.store.timestamps.push(bytes.into()),
        }
    }
}
