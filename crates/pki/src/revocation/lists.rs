//! Statements of revocation lists (RFC 5280 §6.3.3).

use super::{Authority, Fault, Found, Material, Question, Signer, Source, State, Status, is_anchor, path_of};
use crate::Certificate;
use crate::anchors::{Anchor, Service};
use crate::crl::{Crl, CrlError, Point, PointName, REMOVE_FROM_CRL, Reasons, Revoked};
use crate::general_name::GeneralName;
use mekong_base::Instant;

/// Most candidates for the signer of a list that are tried.
const SIGNERS_MAX: usize = 16;

/// Why a list does not answer for a certificate (§6.3.3 (b)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotForCertificate {
    /// No distribution point of the certificate names the list's issuer and point.
    #[error("no distribution point of the certificate leads to it")]
    OtherPoint,
    /// Only certificates of authorities are in it.
    #[error("it is about certificates of authorities only")]
    OnlyAuthorities,
    /// Only certificates of others are in it.
    #[error("it is about certificates of end entities only")]
    OnlyUsers,
    /// Only attribute certificates are in it.
    #[error("it is about attribute certificates only")]
    OnlyAttributes,
    /// It is a delta list and the list that it updates is missing.
    #[error("it is a delta CRL, and the complete CRL that it updates is not at hand")]
    DeltaAlone,
}

pub(super) fn find(question: &Question<'_>, material: &Material<'_>, found: &mut Found) {
    let points = points(question.certificate);
    let (mut complete, mut deltas) = (Vec::new(), Vec::new());
    for (place, crl) in material.crls.iter().enumerate() {
        let Some(scope) = scope(crl, question.certificate, &points) else { continue };
        let source = Source::Crl { complete: place, delta: None };
        match scope.map_err(|reason| other_scope(crl, question, reason)).and_then(|reasons| {
            let signer = believe(crl, question, material)?;
            Ok((place, crl, reasons, signer))
        }) {
            Ok(usable) if crl.is_delta() => deltas.push(usable),
            Ok(usable) => complete.push(usable),
            Err(fault) => found.rejected.push((source, fault)),
        }
    }
    for (place, crl, reasons, signer) in &complete {
        let updates = deltas.iter().filter(|(_, delta, ..)| updates(delta, crl));
        for (delta_place, delta, _, delta_signer) in updates {
            let source = Source::Crl { complete: *place, delta: Some(*delta_place) };
            found.statuses.push(status(question, crl, Some(delta), source, *reasons, delta_signer));
        }
        let source = Source::Crl { complete: *place, delta: None };
        found.statuses.push(status(question, crl, None, source, *reasons, signer));
    }
    for (place, delta, ..) in &deltas {
        if !complete.iter().any(|(_, crl, ..)| updates(delta, crl)) {
            let fault = other_scope(delta, question, NotForCertificate::DeltaAlone);
            found.rejected.push((Source::Crl { complete: *place, delta: None }, fault));
        }
    }
}

fn other_scope(crl: &Crl, question: &Question<'_>, reason: NotForCertificate) -> Fault {
    Fault::OtherScope { issuer: crl.issuer(), subject: question.certificate.subject(), reason }
}

/// The distribution points of the certificate, and the one that is assumed for every certificate (§6.3.3, last paragraph).
fn points(certificate: &Certificate) -> Vec<Point> {
    let mut points = certificate.distribution_points();
    points.push(Point { names: None, reasons: None, crl_issuers: Vec::new() });
    points
}

/// The reasons for which the list answers for the certificate; `None` if it is no list of the certificate's authorities.
fn scope(crl: &Crl, certificate: &Certificate, points: &[Point]) -> Option<Result<Reasons, NotForCertificate>> {
    let by_issuer =
        crl.issuer_der() == certificate.issuer_der() || crl.issuer_canonical() == certificate.issuer_canonical();
    let named =
        |name: &GeneralName| matches!(name, GeneralName::Directory(d) if d.canonical() == crl.issuer_canonical());
    if !by_issuer && !points.iter().any(|point| point.crl_issuers.iter().any(named)) {
        return None;
    }
    let Some(distribution) = crl.distribution() else {
        let direct = points.iter().filter(|point| by_issuer && point.crl_issuers.is_empty());
        return Some(covered(direct, Reasons::ALL));
    };
    if distribution.only_attribute {
        return Some(Err(NotForCertificate::OnlyAttributes));
    }
    if distribution.only_user && certificate.is_ca() {
        return Some(Err(NotForCertificate::OnlyUsers));
    }
    if distribution.only_ca && !certificate.is_ca() {
        return Some(Err(NotForCertificate::OnlyAuthorities));
    }
    let leads_here = |point: &&Point| {
        let issuer = match point.crl_issuers.is_empty() {
            true => by_issuer,
            false => distribution.indirect && point.crl_issuers.iter().any(named),
        };
        let place = distribution.names.as_ref().is_none_or(|names| is_point(point, names, certificate));
        issuer && place
    };
    Some(covered(points.iter().filter(leads_here), distribution.only_some_reasons.unwrap_or(Reasons::ALL)))
}

/// Whether one of the list's names is one of the point's (§6.3.3 (b) (2) (i)).
fn is_point(point: &Point, names: &[PointName], certificate: &Certificate) -> bool {
    match &point.names {
        Some(own) => own.iter().any(|name| names.contains(name)),
        None if point.crl_issuers.is_empty() => {
            names.iter().any(|n| matches!(n, PointName::Directory(d) if d == certificate.issuer_canonical()))
        }
        None => point.crl_issuers.iter().any(|issuer| names.contains(&PointName::from(issuer.clone()))),
    }
}

fn covered<'a>(points: impl Iterator<Item = &'a Point>, of_list: Reasons) -> Result<Reasons, NotForCertificate> {
    let all = points.map(|point| point.reasons.unwrap_or(Reasons::ALL)).fold(Reasons::NONE, |a, b| a | b);
    let both = all & of_list;
    if both == Reasons::NONE { Err(NotForCertificate::OtherPoint) } else { Ok(both) }
}

/// Whether the delta list updates this complete one (§5.2.4, §6.3.3 (c)).
fn updates(delta: &Crl, complete: &Crl) -> bool {
    let order = |number: &[u8]| (number.len(), number.to_vec());
    let in_order = match (delta.delta_base(), complete.number(), delta.number()) {
        (Some(base), Some(complete), Some(delta)) => order(base) <= order(complete) && order(complete) <= order(delta),
        _ => false,
    };
    in_order
        && delta.issuer_canonical() == complete.issuer_canonical()
        && delta.distribution() == complete.distribution()
        && delta.authority_key_identifier_der() == complete.authority_key_identifier_der()
}

fn status(
    question: &Question<'_>,
    complete: &Crl,
    delta: Option<&Crl>,
    source: Source,
    reasons: Reasons,
    signer: &Signer,
) -> Status {
    let (issuer, serial) = (question.certificate.issuer_canonical(), question.certificate.serial());
    let listed = delta.and_then(|delta| delta.lookup_of(issuer, serial)).or_else(|| complete.lookup_of(issuer, serial));
    let newest = delta.unwrap_or(complete);
    Status {
        state: state(listed),
        source,
        this_update: newest.this_update(),
        next_update: newest.next_update(),
        produced_at: newest.this_update(),
        keeps_expired_since: complete.expired_certs_on_crl(),
        knows_certificate: false,
        reasons,
        signer: signer.clone(),
    }
}

fn state(listed: Option<Revoked>) -> State {
    match listed {
        Some(revoked) if revoked.reason != Some(REMOVE_FROM_CRL) => {
            State::Revoked { at: revoked.at, reason: revoked.reason, invalidity: revoked.invalidity }
        }
        _ => State::Good,
    }
}

/// §6.3.3 (f), (g): who signed the list, and may.
fn believe(crl: &Crl, question: &Question<'_>, material: &Material<'_>) -> Result<Signer, Fault> {
    if let Some(oid) = crl.unknown_critical() {
        return Err(Fault::UnknownCritical { issuer: crl.issuer(), oid: oid.to_owned() });
    }
    let at = question.signers_at.unwrap_or(crl.this_update());
    let mut fault = match crl.verify(question.issuer) {
        Ok(()) => return Ok(Signer::new(question.issuer, Authority::Issuer, crl.algorithm())),
        Err(fault) => fault,
    };
    let named = material.anchors.named(crl.issuer_canonical()).map(|anchor| &anchor.certificate);
    let others = material.certificates.iter().filter(|c| crl.names_issuer(c));
    let mut candidates: Vec<&Certificate> = named.chain(others).collect();
    candidates.sort_by_key(|c| crl.authority_key_identifier().is_some_and(|id| c.subject_key_identifier() != Some(id)));
    for candidate in candidates.into_iter().take(SIGNERS_MAX) {
        match crl.verify(candidate) {
            Ok(()) => match authority(candidate, question, material, at) {
                Some(authority) => return Ok(Signer::new(candidate, authority, crl.algorithm())),
                None => fault = CrlError::SignerWithoutPath { signer: candidate.subject(), at },
            },
            // Other keys of the same name say nothing about the list.
            Err(CrlError::Signature { .. }) => {}
            Err(other) => fault = other,
        }
    }
    Err(fault.into())
}

fn authority(
    candidate: &Certificate,
    question: &Question<'_>,
    material: &Material<'_>,
    at: Instant,
) -> Option<Authority> {
    if question.anchor.is_some_and(|anchor| anchor == candidate)
        || is_anchor(candidate, question, material, Service::Crl, at)
    {
        return Some(Authority::Anchor);
    }
    let related = |anchor: &Anchor, wanted: &Certificate| {
        let wanted = material.anchors.of(wanted);
        wanted.is_some_and(|wanted| anchor.shares_scheme(wanted)) && anchor.is_trusted(Service::Certificates, at)
    };
    let accepts =
        |anchor: &Anchor| question.anchor.is_none_or(|wanted| *wanted == anchor.certificate || related(anchor, wanted));
    path_of(candidate, material, at, &accepts).map(Authority::Path)
}
