//! The qualification of a certificate at a time, step by step (TS 119 615 §4.4).

use super::consistency::{by_device, by_kind, by_statement, by_status, uses};
use super::{Applied, CertificateKind, CertificateQualification, Rules};
use crate::criteria::CertificateContent;
use crate::uri::{additional, qualifier as q, service as kind, status};
use mekong_base::Instant;
use mekong_pki::statements::{self, Statements};
use std::fmt;

/// `qcp-public-with-sscd` and `qcp-public` (ETSI TS 101 456), by which certificates before eIDAS are known.
const QCP_WITH_DEVICE: &str = "0.4.0.1456.1.1";
const QCP: &str = "0.4.0.1456.1.2";

/// The qualification at one time, and what stood in the way of more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtTime {
    /// The time.
    pub at: Instant,
    /// `None`: services contradict each other.
    pub qualification: Option<CertificateQualification>,
    /// The service that it rests on.
    pub service: Option<Applied>,
    /// What stood in the way, in the order of the steps.
    pub reasons: Vec<Reason>,
}

/// Why a certificate does not count as more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// No service of the lists stands behind it at that time.
    NoServiceAtTime,
    /// No service counts under an equivalence enacted at that time.
    NotEnacted,
    /// No such service issues qualified certificates.
    NotQualifiedAuthority,
    /// No such service is for certificates of this type.
    OtherType,
    /// Services give different results.
    Conflict,
    /// The service is not granted at that time.
    NotGranted,
    /// What the list says of the service contradicts itself, or cannot be decided.
    Inconsistent,
    /// The certificate does not count as qualified.
    NotQualified,
    /// The key does not count as being in a qualified device.
    NoDevice,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoServiceAtTime => "no listed service stands behind the certificate at that time",
            Self::NotEnacted => "no equivalence of the agreement was enacted for the service at that time",
            Self::NotQualifiedAuthority => "the service does not issue qualified certificates",
            Self::OtherType => "the service is not for certificates of this type",
            Self::Conflict => "listed services give different results",
            Self::NotGranted => "the service was not granted at that time",
            Self::Inconsistent => "what the list says of the service contradicts itself or cannot be decided",
            Self::NotQualified => "the certificate does not count as qualified",
            Self::NoDevice => "the key does not count as being in a qualified device",
        })
    }
}

/// Takes the steps for `at`.
///
/// `content` is what the certificate counts as saying, `issuance` its start, `services` all that stand behind it.
pub fn at_time(
    content: &CertificateContent,
    issuance: Instant,
    services: &[Applied],
    rules: &Rules,
    at: Instant,
) -> AtTime {
    let certificate = Subject { content, statements: content.statements.clone().unwrap_or_default(), issuance, rules };
    let mut reasons = Vec::new();
    let Ok(service) = certificate.select(services, at, &mut reasons) else {
        return AtTime { at, qualification: None, service: None, reasons };
    };
    let qualification = certificate.conclude(service, &mut reasons);
    AtTime { at, qualification: Some(qualification), service: service.cloned(), reasons }
}

/// Services contradict each other.
struct Conflict;

/// The certificate in question.
struct Subject<'a> {
    content: &'a CertificateContent,
    statements: Statements,
    issuance: Instant,
    rules: &'a Rules,
}

impl Subject<'_> {
    /// Steps 1 to 7: the granted service for qualified certificates of this type, if there is one.
    fn select<'s>(
        &self,
        services: &'s [Applied],
        at: Instant,
        reasons: &mut Vec<Reason>,
    ) -> Result<Option<&'s Applied>, Conflict> {
        let mut left: Vec<&Applied> = services.iter().filter(|service| service.is_at(at)).collect();
        if left.is_empty() {
            reasons.push(Reason::NoServiceAtTime);
        } else if left.iter().any(|service| service.under_agreement) {
            let fits = |left: &[&Applied]| left.iter().any(|service| self.type_fits(service));
            let one_fitted = fits(&left);
            left.retain(|service| !service.under_agreement || service.is_enacted_at(at));
            // Where another service of the same certificates is left, that is not what stands in the way.
            note(reasons, Reason::NotEnacted, left.is_empty() || (one_fitted && !fits(&left)));
        }
        let is_authority = |service: &&Applied| service.service_type == kind::CA_QC;
        let authorities = prefer(&mut left, is_authority);
        note(reasons, Reason::NotQualifiedAuthority, !authorities && !left.is_empty());
        let before = left.len();
        left.retain(|service| self.type_fits(service));
        let is_told = reasons.contains(&Reason::NotEnacted);
        note(reasons, Reason::OtherType, left.is_empty() && before > 0 && !is_told);
        self.refuse_conflict(&left, reasons)?;
        left.retain(|service| by_status(service, self.rules));
        let granted = prefer(&mut left, |service| self.is_granted(service));
        note(reasons, Reason::NotGranted, !granted && !left.is_empty());
        // All that are left give the same result; the one that says the certificate's own type is the one to name.
        prefer(&mut left, |service| self.says_type(service));
        Ok(left.first().copied().filter(|_| authorities && granted))
    }

    fn says_type(&self, service: &Applied) -> bool {
        match self.claimed_kind() {
            CertificateKind::Signature => service.has_additional(additional::FOR_SIGNATURES),
            CertificateKind::Seal => service.has_additional(additional::FOR_SEALS),
            CertificateKind::Web => service.has_additional(additional::FOR_WEB),
            CertificateKind::Unknown => false,
        }
    }

    fn refuse_conflict(&self, services: &[&Applied], reasons: &mut Vec<Reason>) -> Result<(), Conflict> {
        let mut results = services.iter().map(|service| self.calculate(Some(service)));
        let first = results.next();
        if results.all(|result| Some(result) == first) {
            return Ok(());
        }
        reasons.push(Reason::Conflict);
        Err(Conflict)
    }

    /// Steps 8 to 11: qualified, type, device; each only by a service consistent in that respect.
    fn conclude(&self, service: Option<&Applied>, reasons: &mut Vec<Reason>) -> CertificateQualification {
        let by_statement = service.filter(|s| by_statement(s));
        let by_kind = service.filter(|s| by_kind(s, self.rules));
        let by_device = service.filter(|s| by_device(s, self.rules));
        let consistent = by_statement.is_some() && by_kind.is_some() && by_device.is_some();
        note(reasons, Reason::Inconsistent, service.is_some() && !consistent);
        let qualified = self.is_qualified(by_statement);
        note(reasons, Reason::NotQualified, service.is_some() && !qualified);
        let device = self.has_device(by_device, qualified);
        note(reasons, Reason::NoDevice, qualified && !device);
        CertificateQualification { qualified, kind: self.kind(by_kind, qualified), device }
    }

    /// The result by one service, whatever its consistency.
    fn calculate(&self, service: Option<&Applied>) -> CertificateQualification {
        let qualified = self.is_qualified(service);
        let (kind, device) = (self.kind(service, qualified), self.has_device(service, qualified));
        CertificateQualification { qualified, kind, device }
    }

    fn is_present(&self) -> bool {
        self.rules.is_present(self.issuance)
    }

    fn has_policy(&self, policy: &str) -> bool {
        self.content.policies.iter().any(|p| p == policy)
    }

    /// What the certificate says, before eIDAS also by its policies.
    fn claims_qualified(&self) -> bool {
        let old = !self.is_present() && (self.has_policy(QCP) || self.has_policy(QCP_WITH_DEVICE));
        self.statements.compliance || old
    }

    /// Certificates that name the law of other countries only are not meant for us.
    fn is_under_our_law(&self) -> bool {
        let countries = &self.statements.legislation;
        let ours = |country: &String| self.rules.legislation.as_ref().is_some_and(|l| l.eq_ignore_ascii_case(country));
        countries.is_empty() || countries.iter().any(ours)
    }

    fn is_granted(&self, service: &Applied) -> bool {
        let now = [status::GRANTED];
        let before = [status::SUPERVISED, status::SUPERVISION_IN_CESSATION, status::ACCREDITED];
        let accepted: &[&str] = if self.rules.is_present(service.since) { &now } else { &before };
        accepted.contains(&service.status.as_str())
    }

    fn is_qualified(&self, service: Option<&Applied>) -> bool {
        let Some(service) = service.filter(|service| self.is_granted(service)) else { return false };
        if service.has_qualifier(q::NOT_QUALIFIED) {
            return false;
        }
        service.has_qualifier(q::STATEMENT) || (self.claims_qualified() && self.is_under_our_law())
    }

    /// By the list for a qualified certificate, else by the certificate.
    fn kind(&self, service: Option<&Applied>, qualified: bool) -> CertificateKind {
        if !qualified {
            return self.claimed_kind();
        }
        let Some(service) = service else { return CertificateKind::Unknown };
        if !self.rules.is_present(service.since) {
            return CertificateKind::Signature;
        }
        match uses(service).as_slice() {
            [] => self.claimed_kind(),
            [(q::FOR_SIGNATURES, _)] => CertificateKind::Signature,
            [(q::FOR_SEALS, _)] => CertificateKind::Seal,
            [(q::FOR_WEB, _)] => CertificateKind::Web,
            _ => CertificateKind::Unknown,
        }
    }

    fn claimed_kind(&self) -> CertificateKind {
        if !self.is_present() {
            return if self.claims_qualified() { CertificateKind::Signature } else { CertificateKind::Unknown };
        }
        let known = [
            (statements::FOR_SIGNATURES, CertificateKind::Signature),
            (statements::FOR_SEALS, CertificateKind::Seal),
            (statements::FOR_WEB, CertificateKind::Web),
        ];
        let mut named = known.iter().filter(|(oid, _)| self.statements.types.contains(oid)).map(|(_, kind)| *kind);
        match (named.next(), named.next()) {
            (Some(kind), None) => kind,
            (None, _) if self.statements.compliance => CertificateKind::Signature,
            _ => CertificateKind::Unknown,
        }
    }

    fn has_device(&self, service: Option<&Applied>, qualified: bool) -> bool {
        let Some(service) = service.filter(|_| qualified) else { return false };
        let claimed = self.statements.device || (!self.is_present() && self.has_policy(QCP_WITH_DEVICE));
        let (with, as_in_certificate, without): (&[&str], _, _) = if self.rules.is_present(service.since) {
            (&[q::WITH_QSCD, q::QSCD_ON_BEHALF], q::QSCD_AS_IN_CERT, q::NO_QSCD)
        } else {
            (&[q::WITH_SSCD], q::SSCD_AS_IN_CERT, q::NO_SSCD)
        };
        if with.iter().any(|uri| service.has_qualifier(uri)) {
            return true;
        }
        claimed && (service.has_qualifier(as_in_certificate) || !service.has_qualifier(without))
    }

    /// Whether the service is for certificates of this type, or its qualifiers say that the type is another one.
    fn type_fits(&self, service: &Applied) -> bool {
        if !self.is_present() {
            return true;
        }
        let named = uses(service);
        let by_default = !service.has_qualifier(q::FOR_SEALS)
            && !service.has_qualifier(q::FOR_WEB)
            && !service.has_qualifier(q::FOR_SIGNATURES)
            && self.statements.compliance;
        let signatures =
            service.has_additional(additional::FOR_SIGNATURES) && !service.has_qualifier(q::FOR_LEGAL_PERSON);
        let (seals, web) = (service.has_additional(additional::FOR_SEALS), service.has_additional(additional::FOR_WEB));
        let overruled = |qualifier: &str, covered: bool| {
            let only = match named.as_slice() {
                [(one, _)] => *one == qualifier,
                [] => by_default && qualifier == q::FOR_SIGNATURES,
                _ => false,
            };
            only && covered
        };
        match self.claimed_kind() {
            CertificateKind::Signature => signatures || overruled(q::FOR_SEALS, seals) || overruled(q::FOR_WEB, web),
            CertificateKind::Seal => seals || overruled(q::FOR_SIGNATURES, signatures) || overruled(q::FOR_WEB, web),
            CertificateKind::Web => web || overruled(q::FOR_SEALS, seals) || overruled(q::FOR_SIGNATURES, signatures),
            CertificateKind::Unknown => true,
        }
    }
}

/// Keeps only those that pass if there is any; says whether there is.
fn prefer(left: &mut Vec<&Applied>, passes: impl Fn(&&Applied) -> bool) -> bool {
    let any = left.iter().any(&passes);
    if any {
        left.retain(passes);
    }
    any
}

fn note(reasons: &mut Vec<Reason>, reason: Reason, holds: bool) {
    if holds {
        reasons.push(reason);
    }
}
