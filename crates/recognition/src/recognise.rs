//! What a signature counts as here, through which list and which agreement, or why it does not count: a verdict of its own
//! beside the technical one.

use crate::criteria::CertificateContent;
use crate::qualification::{
    Applied, AtTime, Original, Reason, Rules, SignatureQualification, Technical, Translated, at_time, combine, services,
};
use crate::snapshot::Snapshot;
use crate::uri::{service as kind, status};
use mekong_base::Instant;
use mekong_pki::Certificate;
use std::fmt;

/// A signature in question.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The signer's certificate.
    pub signer: &'a Certificate,
    /// Its issuers up to the anchor, with the anchor.
    pub chain: &'a [Certificate],
    /// The earliest time at which the signature is proved to have existed, else the time of validation.
    pub best_time: Instant,
    /// What the technical validation says.
    pub technical: Technical,
}

/// What a signature counts as here, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognition {
    /// What it counts as.
    pub counts_as: SignatureQualification,
    /// What that rests on; `None` if no listed service that counts here stands behind the certificate at the time.
    pub basis: Option<Basis>,
    /// Why it does not count as qualified, in the order of the steps; empty if it does.
    pub reasons: Vec<NotRecognised>,
    /// The certificate when it was issued.
    pub at_issuance: AtTime,
    /// The certificate when the signature was made.
    pub at_best_time: AtTime,
    /// What the certificate counts as saying.
    pub certificate: Translated,
    /// All services of lists that stand behind the certificate.
    pub services: Vec<Applied>,
}

/// The service that a verdict rests on, and how it came to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// SHA-256 of the list.
    pub list_sha256: [u8; 32],
    /// Its territory.
    pub territory: Option<String>,
    /// The service.
    pub service: String,
    /// Since when it counts: the start of the equivalence, in one's own list of the status.
    pub since: Instant,
    /// The agreement, for a service of another country.
    pub agreement: Option<Enacted>,
    /// What the other country's list says in its own words.
    pub mapped_from: Option<Original>,
}

/// An equivalence in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enacted {
    /// Its name in the agreement.
    pub legal_identifier: String,
    /// The law of the party that recognises, a URI.
    pub pointing_legislation: String,
    /// The law of the party that is recognised, a URI.
    pub pointed_legislation: String,
    /// SHA-256 of the list that carries the agreement.
    pub list_sha256: [u8; 32],
}

/// Why a signature does not count as qualified here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotRecognised {
    /// There are no lists.
    NoLists,
    /// No list has a service with an issuer of the certificate.
    NotListed,
    /// Only a list of another country has one, and there is no agreement on that list.
    NoAgreement,
    /// The equivalences that apply to the certificate contradict each other.
    ContradictoryAgreement,
    /// The certificate when it was issued.
    AtIssuance(Reason),
    /// The certificate when the signature was made.
    AtBestTime(Reason),
    /// The technical verdict.
    Technical(Technical),
}

impl fmt::Display for NotRecognised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLists => f.write_str("no trusted list is at hand"),
            Self::NotListed => f.write_str("no trusted list names an issuer of the certificate"),
            Self::NoAgreement => {
                f.write_str("the issuer is in another country's list, with which there is no agreement")
            }
            Self::ContradictoryAgreement => {
                f.write_str("the agreement gives contradictory meanings to the certificate")
            }
            Self::AtIssuance(reason) => write!(f, "when the certificate was issued: {reason}"),
            Self::AtBestTime(reason) => write!(f, "when the signature was made: {reason}"),
            Self::Technical(Technical::Failed) => f.write_str("the signature is not valid"),
            Self::Technical(_) => f.write_str("the signature could not be shown to be valid"),
        }
    }
}

impl Recognition {
    /// Whether it counts as qualified here.
    pub const fn is_recognised(&self) -> bool {
        self.counts_as.is_qualified()
    }
}

/// What a signature counts as by the lists of a snapshot, under the rules of one's country.
pub fn recognise(question: &Question<'_>, snapshot: &Snapshot, rules: &Rules) -> Recognition {
    let issuance = question.signer.not_before();
    let lists = snapshot.listed();
    let own = CertificateContent::of(question.signer);
    let mut services = services(question.signer, question.chain, &own, &lists);
    let found = services.len();
    services.retain(|service| snapshot.entries().get(service.list).is_some_and(|entry| snapshot.counts(entry)));
    let certificate = Translated::of(own, issuance, &services, &lists);
    let at_issuance = at_time(&certificate.content, issuance, &services, rules, issuance);
    let at_best_time = at_time(&certificate.content, issuance, &services, rules, question.best_time);
    let qualification = match services.is_empty() {
        true => None,
        false => combine(at_issuance.qualification, at_best_time.qualification),
    };
    let counts_as = SignatureQualification::of(question.technical, qualification);
    let mut reasons = Vec::new();
    if !counts_as.is_qualified() {
        reasons.extend(missing(snapshot, found, &services));
        reasons.extend(certificate.conflict.then_some(NotRecognised::ContradictoryAgreement));
        if !services.is_empty() {
            reasons.extend(at_issuance.reasons.iter().copied().map(NotRecognised::AtIssuance));
            reasons.extend(at_best_time.reasons.iter().copied().map(NotRecognised::AtBestTime));
        }
        let technical = question.technical;
        reasons.extend((technical != Technical::Passed).then_some(NotRecognised::Technical(technical)));
    }
    let basis = at_best_time.service.as_ref().and_then(|service| basis(snapshot, service));
    Recognition { counts_as, basis, reasons, at_issuance, at_best_time, certificate, services }
}

/// What a time-stamp counts as (TS 119 615 §4.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimestampQualification {
    /// A qualified time-stamp.
    Qualified,
    /// A time-stamp of a listed service that is not qualified, or was not at that time.
    NotQualified,
    /// No list that counts here says anything of its service.
    Na,
}

impl TimestampQualification {
    /// The name that other validators give it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Qualified => "QTSA",
            Self::NotQualified => "TSA",
            Self::Na => "NA",
        }
    }
}

/// What a time-stamp counts as: its service must be one for qualified time-stamps and granted at `time`, under an agreement
/// also enacted.
///
/// `chain` are the certificates from the time-stamping unit up to the anchor: the unit itself may be listed.
pub fn recognise_timestamp(chain: &[Certificate], time: Instant, snapshot: &Snapshot) -> TimestampQualification {
    let Some(unit) = chain.first() else { return TimestampQualification::Na };
    let lists = snapshot.listed();
    let mut services = services(unit, chain, &CertificateContent::of(unit), &lists);
    services.retain(|service| snapshot.entries().get(service.list).is_some_and(|entry| snapshot.counts(entry)));
    let in_force = |service: &Applied| !service.under_agreement || service.is_enacted_at(time);
    let qualified = |service: &&Applied| {
        service.service_type == kind::QTST
            && service.status == status::GRANTED
            && service.is_at(time)
            && in_force(service)
    };
    match (services.is_empty(), services.iter().any(|service| qualified(&service))) {
        (true, _) => TimestampQualification::Na,
        (_, true) => TimestampQualification::Qualified,
        (_, false) => TimestampQualification::NotQualified,
    }
}

fn missing(snapshot: &Snapshot, found: usize, counting: &[Applied]) -> Option<NotRecognised> {
    match (snapshot.is_empty(), found, counting.is_empty()) {
        (true, ..) => Some(NotRecognised::NoLists),
        (_, 0, _) => Some(NotRecognised::NotListed),
        (_, _, true) => Some(NotRecognised::NoAgreement),
        _ => None,
    }
}

fn basis(snapshot: &Snapshot, service: &Applied) -> Option<Basis> {
    let entry = snapshot.entries().get(service.list)?;
    let enacted = service.mapping.as_ref().and_then(|mapping| {
        let agreement = snapshot.agreement_on(entry)?;
        let crate::snapshot::Accepted::Pointed { by, .. } = entry.accepted else { return None };
        Some(Enacted {
            legal_identifier: mapping.legal_identifier.clone(),
            pointing_legislation: agreement.pointing_legislation.clone(),
            pointed_legislation: agreement.pointed_legislation.clone(),
            list_sha256: snapshot.entries().get(by)?.verified.sha256,
        })
    });
    Some(Basis {
        list_sha256: entry.verified.sha256,
        territory: entry.verified.list.scheme.territory.clone(),
        service: service.name.clone(),
        since: service.mapping.as_ref().map_or(service.since, |mapping| mapping.since),
        agreement: enacted,
        mapped_from: service.mapping.as_ref().map(|mapping| mapping.original.clone()),
    })
}
