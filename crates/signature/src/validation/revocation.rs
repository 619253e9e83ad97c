//! Revocation data for one certificate: who says what, since when, and whether it may be believed (EN 319 102-1 §5.2.6, §5.2.5).

use super::material::digest_of;
use super::policy::Used;
use super::work::Work;
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::anchors::Service;
use mekong_pki::certificate::OCSP_SIGNING;
use mekong_pki::crl::{CERTIFICATE_HOLD, Crl};
use mekong_pki::ocsp::{CertId, Response};
use std::time::Duration;

/// On hold: the certificate may come back.
pub(super) const HOLD: u8 = CERTIFICATE_HOLD;

/// What is said of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Good,
    Revoked { at: Instant, reason: Option<u8> },
    Unknown,
}

impl Status {
    /// Revoked (or on hold) at a time, with the time and reason of revocation.
    pub(super) fn revoked_at(self, time: Instant) -> Option<(Instant, Option<u8>)> {
        match self {
            Self::Revoked { at, reason } if at <= time => Some((at, reason)),
            _ => None,
        }
    }
}

/// One statement about one certificate.
#[derive(Debug, Clone)]
pub(super) struct Evidence {
    /// SHA-256 of its bytes.
    pub(super) digest: [u8; 32],
    /// `OCSP response` or `CRL`.
    pub(super) kind: &'static str,
    pub(super) status: Status,
    pub(super) this_update: Instant,
    pub(super) next_update: Option<Instant>,
    pub(super) produced_at: Instant,
    /// Who signed it.
    pub(super) signer: Option<Certificate>,
    /// Whether the signer is trusted by itself: an anchor for this service, so that its own validity does not matter.
    pub(super) signer_is_anchor: bool,
    /// The issuer of the certificate signed it itself, so that its validity is checked with the path.
    pub(super) signer_is_issuer: bool,
    /// How it is signed; `Err` names what is not supported.
    pub(super) algorithm: Result<Used, String>,
    /// Why it may not be believed.
    pub(super) fault: Option<String>,
    /// Expired certificates are still known to the issuer that were not expired at this time (`archiveCutoff`,
    /// `expiredCertsOnCRL`).
    pub(super) keeps_since: Option<Instant>,
}

impl Evidence {
    /// How to name it in a report.
    pub(super) fn name(&self) -> String {
        format!(
            "{} of {}, issued {}",
            self.kind,
            self.signer.as_ref().map_or("?".into(), Certificate::subject),
            self.this_update
        )
    }

    /// The time until which its signer's certificate makes it believable; `None` for anchors and issuers.
    pub(super) fn signer_bounds(&self) -> Option<(Instant, Instant)> {
        let signer = self.signer.as_ref().filter(|_| !self.signer_is_anchor && !self.signer_is_issuer)?;
        Some((signer.not_before(), signer.not_after()))
    }

    /// Whether it was issued after the certificate expired, by an issuer who does not say that it keeps such certificates.
    pub(super) fn says_nothing_of_expired(&self, certificate: &Certificate) -> bool {
        let end = certificate.not_after();
        self.status == Status::Good && self.this_update > end && self.keeps_since.is_none_or(|since| since > end)
    }

    /// Whether it is recent enough to speak for `time` (§5.2.5.4): issued not longer before than the time between updates,
    /// or than `age` where no next update is given.
    pub(super) fn is_fresh(&self, time: Instant, age: Duration) -> bool {
        let most = self.next_update.map_or(age, |next| next.since(self.this_update));
        self.this_update + most >= time
    }
}

/// All that is said of `certificate` by those who may be asked, believable or not.
pub(super) fn evidence_for(work: &Work<'_>, certificate: &Certificate, issuer: &Certificate) -> Vec<Evidence> {
    let responses = work.material.ocsps_about(certificate.serial());
    let about = responses.filter(|(_, response)| {
        let id = &response.answer.cert_id;
        *id == CertId::of(certificate, issuer, id.algorithm)
    });
    let answers = about.map(|(digest, response)| from_response(work, digest, response, issuer));
    let lists = work.material.crls_of(issuer.subject_canonical());
    let lists = lists.filter(|(_, crl)| speaks_of(crl, certificate));
    answers.chain(lists.map(|(digest, crl)| from_list(work, digest, crl, certificate, issuer))).collect()
}

/// Whether a list is complete for certificates of that kind (RFC 5280 §5.2.4, §5.2.5).
fn speaks_of(crl: &Crl, certificate: &Certificate) -> bool {
    let in_scope = crl.distribution().is_none_or(|d| {
        !d.only_attribute
            && !(d.only_user && certificate.is_ca())
            && !(d.only_ca && !certificate.is_ca())
            && d.only_some_reasons.is_none()
    });
    in_scope && !crl.is_delta()
}

fn from_list(
    work: &Work<'_>,
    digest: [u8; 32],
    crl: &Crl,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Evidence {
    let status = match crl.lookup(certificate.serial()) {
        Some(revoked) => Status::Revoked { at: revoked.at, reason: revoked.reason },
        None => Status::Good,
    };
    let unknown = crl.unknown_critical().map(|oid| format!("its critical extension {oid} is not supported"));
    let mut evidence = Evidence {
        digest,
        kind: "CRL",
        status,
        this_update: crl.this_update(),
        next_update: crl.next_update(),
        produced_at: crl.this_update(),
        signer: None,
        signer_is_anchor: false,
        signer_is_issuer: false,
        algorithm: Err("not known".into()),
        fault: None,
        keeps_since: crl.expired_certs_on_crl(),
    };
    // The issuer itself, else one of the same name with another key that an anchor vouches for.
    let anchors = work.context.anchors.named(issuer.subject_canonical());
    let anchors = anchors.filter(|a| a.is_trusted(Service::Crl, crl.this_update())).map(|a| &a.certificate);
    let mut signers = std::iter::once(issuer).chain(anchors);
    let signer = signers.find(|signer| work.verify((digest, digest_of(signer)), || crl.verify(signer).is_ok()));
    evidence.fault = match signer {
        Some(_) => unknown,
        None => Some(format!("it is not signed with the key of {}", issuer.subject())),
    };
    evidence.signer_is_issuer = signer.is_some_and(|signer| signer.public_key() == issuer.public_key());
    evidence.signer_is_anchor = signer.is_some() && !evidence.signer_is_issuer;
    evidence.algorithm = match (signer, crl.algorithm()) {
        (Some(signer), Ok(algorithm)) => Ok(Used::by(algorithm, signer.public_key())),
        (None, _) => Err("a CRL by an unknown signer".into()),
        (_, Err(error)) => Err(error.to_string()),
    };
    evidence.signer = signer.cloned();
    evidence
}

fn from_response(work: &Work<'_>, digest: [u8; 32], response: &Response, issuer: &Certificate) -> Evidence {
    use mekong_pki::ocsp::Status as Ocsp;
    let status = match response.answer.status {
        Ocsp::Good => Status::Good,
        Ocsp::Revoked { at, reason } => Status::Revoked { at, reason },
        Ocsp::Unknown => Status::Unknown,
    };
    let mut evidence = Evidence {
        digest,
        kind: "OCSP response",
        status,
        this_update: response.answer.this_update,
        next_update: response.answer.next_update,
        produced_at: response.produced_at,
        signer: None,
        signer_is_anchor: false,
        signer_is_issuer: false,
        algorithm: Err("not known".into()),
        fault: None,
        keeps_since: None,
    };
    find_responder(work, response, issuer, &mut evidence);
    let algorithm = response.signature_algorithm().map_err(|e| e.to_string());
    evidence.algorithm = match (&evidence.signer, algorithm) {
        (Some(signer), Ok(algorithm)) => Ok(Used::by(algorithm, signer.public_key())),
        (None, Ok(algorithm)) => Err(format!("{algorithm:?} by an unknown signer")),
        (_, Err(error)) => Err(error),
    };
    evidence
}

/// Finds who signed the response and whether they may: the issuer, a certificate from it with OCSPSigning (RFC 6960
/// §4.2.2.2), or an anchor for OCSP at the time of production.
fn find_responder(work: &Work<'_>, response: &Response, issuer: &Certificate, evidence: &mut Evidence) {
    evidence.fault = Some(format!("nobody at hand is the responder {}", response.responder));
    let anchors = work.context.anchors.iter().filter(|a| a.trusted.iter().any(|t| t.service == Service::Ocsp));
    let known = response.certificates.iter().chain(std::iter::once(issuer)).chain(work.material.certificates());
    for candidate in known.chain(anchors.map(|a| &a.certificate)) {
        if !response.responder.matches(candidate) {
            continue;
        }
        let edge = (evidence.digest, digest_of(candidate));
        if !work.verify(edge, || response.check_signature(candidate).is_ok()) {
            evidence.fault = Some(format!("it is not signed with the key of {}", candidate.subject()));
            continue;
        }
        evidence.signer = Some(candidate.clone());
        let at = response.produced_at;
        evidence.signer_is_issuer = candidate.public_key() == issuer.public_key();
        evidence.signer_is_anchor =
            work.context.anchors.of(candidate).is_some_and(|anchor| anchor.is_trusted(Service::Ocsp, at));
        evidence.fault = match evidence.signer_is_issuer || evidence.signer_is_anchor {
            true => None,
            false => delegation_fault(work, candidate, issuer, at),
        };
        if evidence.fault.is_none() {
            return;
        }
    }
}

fn delegation_fault(work: &Work<'_>, responder: &Certificate, issuer: &Certificate, at: Instant) -> Option<String> {
    let name = responder.subject();
    if !responder.has_extended_key_usage(OCSP_SIGNING) {
        return Some(format!("{name} is neither an anchor for OCSP at {at} nor certified for it (OCSPSigning)"));
    }
    if !responder.names_issuer(issuer) || !work.is_signed_by(responder, issuer) {
        return Some(format!("{name} is certified for OCSP, but not by {}", issuer.subject()));
    }
    if !responder.is_valid_at(at) {
        return Some(format!("{name} was not within its validity when it answered at {at}"));
    }
    None
}
