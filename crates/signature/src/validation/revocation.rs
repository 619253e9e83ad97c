//! Revocation data for one certificate: who says what, since when, and whether it may be believed (EN 319 102-1 §5.2.6, §5.2.5).

use super::material::{Material, digest_of};
use super::policy::Used;
use super::work::Work;
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::crl::{CERTIFICATE_HOLD, Reasons};
use mekong_pki::revocation::{self, Authority, Question, Source, State};
use std::collections::HashMap;
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
    /// Since when the certificate of a delegated signer is revoked: what its key signs may be of anybody since.
    pub(super) signer_revoked: Option<Instant>,
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

    /// The time until which its signer's certificate makes it believable, by its validity and revocation; `None` for anchors
    /// and issuers.
    pub(super) fn signer_bounds(&self) -> Option<(Instant, Instant)> {
        let signer = self.signer.as_ref().filter(|_| !self.signer_is_anchor && !self.signer_is_issuer)?;
        let (from, to) = (signer.not_before(), signer.not_after());
        Some((from, self.signer_revoked.map_or(to, |at| to.min(at - Duration::from_secs(1)))))
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

/// All that is said of `certificate`, whose path ends at `anchor`, by those who may be asked, believable or not.
pub(super) fn evidence_for(
    work: &Work<'_>,
    certificate: &Certificate,
    issuer: &Certificate,
    anchor: &Certificate,
) -> Vec<Evidence> {
    let question = Question { certificate, issuer, anchor: Some(anchor), signers_at: None };
    let material = &work.material;
    let at_hand = revocation::Material {
        crls: material.crls(),
        ocsps: material.ocsps(),
        certificates: material.certificates(),
        anchors: work.context.anchors,
    };
    let found = revocation::find(&question, &at_hand);
    let mut responders: HashMap<[u8; 32], Option<Instant>> = HashMap::new();
    let mut revoked = |status: &revocation::Status| match status.signer.authority {
        Authority::Delegated if !status.signer.no_check => *responders
            .entry(digest_of(&status.signer.certificate))
            .or_insert_with(|| revoked_since(&status.signer.certificate, &question, &at_hand)),
        _ => None,
    };
    let believed =
        found.statuses.iter().filter(|status| is_whole(status)).filter_map(|status| {
            Some(Evidence { signer_revoked: revoked(status), ..believed(material, status, issuer)? })
        });
    let rejected = found.rejected.iter().filter_map(|(source, fault)| rejected(material, source, fault));
    believed.chain(rejected).collect()
}

/// Since when a responder's certificate is revoked, by its issuer's lists and by others' responses at hand. That nothing is
/// known of it is usual and no fault.
fn revoked_since(
    responder: &Certificate,
    question: &Question<'_>,
    at_hand: &revocation::Material<'_>,
) -> Option<Instant> {
    let found = revocation::find(&Question { certificate: responder, ..*question }, at_hand);
    let others = found.statuses.iter().filter(|status| status.signer.certificate != *responder);
    let times = others.filter_map(|status| match status.state {
        State::Revoked { at, .. } => Some(at),
        _ => None,
    });
    times.min()
}

/// A list that is good for some reasons of revocation only says nothing good of a certificate.
fn is_whole(status: &revocation::Status) -> bool {
    status.reasons.contains(Reasons::ALL) || matches!(status.state, State::Revoked { .. })
}

fn believed(material: &Material, status: &revocation::Status, issuer: &Certificate) -> Option<Evidence> {
    let (digest, kind) = material.named(&status.source)?;
    let signer = &status.signer;
    Some(Evidence {
        digest,
        kind,
        status: match status.state {
            State::Good => Status::Good,
            State::Revoked { at, reason, .. } => Status::Revoked { at, reason },
            State::Unknown => Status::Unknown,
        },
        this_update: status.this_update,
        next_update: status.next_update,
        produced_at: status.produced_at,
        signer: Some(signer.certificate.clone()),
        signer_is_anchor: matches!(signer.authority, Authority::Anchor),
        signer_is_issuer: matches!(signer.authority, Authority::Issuer) || signer.certificate == *issuer,
        algorithm: match &signer.algorithm {
            Ok(algorithm) => Ok(Used::by(*algorithm, signer.certificate.public_key())),
            Err(error) => Err(error.to_string()),
        },
        signer_revoked: None,
        fault: None,
        keeps_since: status.keeps_expired_since,
    })
}

fn rejected(material: &Material, source: &Source, fault: &revocation::Fault) -> Option<Evidence> {
    let (digest, kind) = material.named(source)?;
    let (this_update, next_update, produced_at) = material.times(source)?;
    Some(Evidence {
        digest,
        kind,
        status: Status::Unknown,
        this_update,
        next_update,
        produced_at,
        signer: None,
        signer_is_anchor: false,
        signer_is_issuer: false,
        algorithm: Err("its signer is not known".into()),
        signer_revoked: None,
        fault: Some(fault.to_string()),
        keeps_since: None,
    })
}
