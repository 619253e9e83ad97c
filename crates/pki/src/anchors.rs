//! Trust anchors typed by service: who may issue certificates, answer OCSP, make time-stamps, and since when until when.
//!
//! New national roots are separate for each service, and a trusted list gives each service its history, so an anchor is
//! not "trusted" but trusted for something at a time.

use crate::Certificate;
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use std::collections::HashMap;

/// What an anchor is trusted to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Issue certificates for signatures and seals (and below it, CRLs and OCSP responder certificates).
    Certificates,
    /// Answer OCSP requests itself.
    Ocsp,
    /// Sign CRLs itself.
    Crl,
    /// Make time-stamps, or issue certificates to those who do.
    TimeStamps,
    /// Make evidence records (preservation services).
    Preservation,
}

impl Service {
    /// All of them: what an anchor given by hand is trusted for.
    pub const ALL: [Self; 5] = [Self::Certificates, Self::Ocsp, Self::Crl, Self::TimeStamps, Self::Preservation];
}

/// One service of an anchor, in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// For what.
    pub service: Service,
    /// Since when; `None` is always.
    pub from: Option<Instant>,
    /// Until when, exclusive; `None` is still.
    pub until: Option<Instant>,
}

impl Trusted {
    /// Whether the period holds `at`.
    pub fn holds(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// A certificate that is trusted because somebody said so.
#[derive(Debug, Clone)]
pub struct Anchor {
    /// The certificate; it need not be self-signed.
    pub certificate: Certificate,
    /// For what and when.
    pub trusted: Vec<Trusted>,
    /// Who said so, for reports: a file, or list and service.
    pub source: String,
    /// Whose lists name it, by territory; none if it was given by hand.
    pub schemes: Vec<String>,
}

impl Anchor {
    /// Whether it may make statements about certificates below `other`: one that was given about all, one of a list about
    /// those of the same list. Another country's responder says nothing of one's own certificates.
    pub fn speaks_for(&self, other: &Self) -> bool {
        self.schemes.is_empty() || self.shares_scheme(other)
    }

    /// Whether one list names both.
    pub fn shares_scheme(&self, other: &Self) -> bool {
        self.schemes.iter().any(|scheme| other.schemes.contains(scheme))
    }

    /// An anchor given by hand: trusted for everything, always.
    pub fn given(certificate: Certificate, source: impl Into<String>) -> Self {
        let trusted = Service::ALL.map(|service| Trusted { service, from: None, until: None }).to_vec();
        Self { certificate, trusted, source: source.into(), schemes: Vec::new() }
    }

    /// Whether it is trusted for `service` at `at`.
    pub fn is_trusted(&self, service: Service, at: Instant) -> bool {
        self.trusted.iter().any(|t| t.service == service && t.holds(at))
    }
}

/// All anchors of one validation, found by subject, key or certificate.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    list: Vec<Anchor>,
    by_subject: HashMap<Vec<u8>, Vec<usize>>,
    by_certificate: HashMap<Vec<u8>, usize>,
}

impl Anchors {
    /// Adds an anchor; the same certificate again adds to what it is trusted for.
    pub fn add(&mut self, anchor: Anchor) {
        let fingerprint = fingerprint(&anchor.certificate);
        if let Some(known) = self.by_certificate.get(&fingerprint).and_then(|i| self.list.get_mut(*i)) {
            known.trusted.extend(anchor.trusted);
            known.schemes.extend(anchor.schemes);
            return;
        }
        let place = self.list.len();
        self.by_certificate.insert(fingerprint, place);
        self.by_subject.entry(anchor.certificate.subject_canonical().to_vec()).or_default().push(place);
        self.list.push(anchor);
    }

    /// Anchors with this subject, in the form of [`crate::name::canonical`].
    pub fn named<'a>(&'a self, canonical: &[u8]) -> impl Iterator<Item = &'a Anchor> + use<'a> {
        let places = self.by_subject.get(canonical).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|i| self.list.get(*i))
    }

    /// All, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Anchor> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none; then nothing is trusted.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The anchor that is this very certificate.
    pub fn of(&self, certificate: &Certificate) -> Option<&Anchor> {
        self.by_certificate.get(&fingerprint(certificate)).and_then(|i| self.list.get(*i))
    }

    /// Anchors whose subject is the issuer of `certificate`, names compared as RFC 5280 §7.1 says.
    pub fn issuers_of<'a>(&'a self, certificate: &Certificate) -> impl Iterator<Item = &'a Anchor> + use<'a> {
        let places = self.by_subject.get(certificate.issuer_canonical()).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|i| self.list.get(*i))
    }
}

impl FromIterator<Anchor> for Anchors {
    fn from_iter<I: IntoIterator<Item = Anchor>>(anchors: I) -> Self {
        let mut all = Self::default();
        anchors.into_iter().for_each(|anchor| all.add(anchor));
        all
    }
}

fn fingerprint(certificate: &Certificate) -> Vec<u8> {
    certificate.fingerprint(DigestAlgorithm::Sha256).as_ref().to_vec()
}
