//! Validation of the signer's certificate: path, revocation, validity, constraints, algorithms (EN 319 102-1 §5.2.6).

use super::block::{Block, BlockKind};
use super::chain::{self, Chain, NoChain};
use super::policy::{self, KeyUsageName, Reliable, Severity, Used};
use super::revocation::{Evidence, HOLD, Status};
use super::verdict::SubIndication;
use super::work::Work;
use crate::facts::Weight;
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::anchors::Service;
use mekong_pki::certificate::{NO_REVOCATION_AVAILABLE, TIME_STAMPING, VALIDITY_ASSURED};
use mekong_pki::issue::OCSP_NO_CHECK;
use std::rc::Rc;

/// Whose certificate it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A signer's.
    Signer,
    /// A time-stamping unit's.
    TimestampUnit,
}

impl Role {
    pub(super) const fn service(self) -> Service {
        match self {
            Self::Signer => Service::Certificates,
            Self::TimestampUnit => Service::TimeStamps,
        }
    }

    /// What missing revocation data weigh for the leaf, or for an authority above it.
    const fn revocation(self, rules: &policy::Revocation, leaf: bool) -> Severity {
        match (self, leaf) {
            (Self::Signer, true) => rules.signer,
            (Self::Signer, false) => rules.authority,
            (Self::TimestampUnit, true) => rules.timestamp,
            (Self::TimestampUnit, false) => rules.timestamp_authority,
        }
    }
}

/// A certificate of the path with its issuer and what is said of it.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) certificate: Certificate,
    pub(super) issuer: Certificate,
    pub(super) is_leaf: bool,
    /// Whether revocation data are asked for.
    pub(super) needs_evidence: bool,
    /// Everything that is said.
    pub(super) evidence: Rc<[Evidence]>,
    /// The latest that may be believed.
    pub(super) chosen: Option<Evidence>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub(super) struct Validated<'a> {
    pub(super) block: Block,
    pub(super) chain: Option<Chain<'a>>,
    pub(super) links: Vec<Link>,
}

/// The times that matter for a certificate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// The time of validation: what nothing proves to be older is judged by it.
    pub(super) now: Instant,
    /// The time at which the signature by this certificate is known to have existed: `now`, or an earlier, proved one.
    pub(super) best: Instant,
    /// The time at which the anchor must be trusted.
    pub(super) anchor: Instant,
    /// Whether `best` is the final word, so that a signature before the validity of its certificate has failed.
    pub(super) is_final: bool,
}

/// Validates a certificate for `role`. Of several paths the first that passes counts, else the first.
pub(super) fn validate<'a>(work: &Work<'a>, leaf: &Certificate, role: Role, times: Times) -> Validated<'a> {
    let relevant = times.anchor;
    let chains = match chain::build(work, leaf, role.service(), relevant) {
        Ok(chains) => chains,
        Err(none) => return without_chain(work, leaf, relevant, &none),
    };
    let mut first = None;
    for chain in chains {
        let validated = along(work, chain, role, times);
        if validated.block.is_passed() {
            return validated;
        }
        first.get_or_insert(validated);
    }
    first.unwrap_or_else(|| without_chain(work, leaf, relevant, &NoChain::NoAnchor(leaf.subject())))
}

fn without_chain<'a>(work: &Work<'_>, leaf: &Certificate, relevant: Instant, none: &NoChain) -> Validated<'a> {
    let mut block = Block::new(BlockKind::CertificateValidation, leaf.subject());
    let reason = SubIndication::NoCertificateChainFound;
    match none {
        NoChain::NoAnchor(last) => block.require("chain_found", false, reason, || {
            let more = if work.is_exhausted() { "; the search was given up at its limit" } else { "" };
            format!(
                "no path leads from {} to a trust anchor; the last certificate found is {last}{more}",
                leaf.subject()
            )
        }),
        NoChain::NotTrusted { anchor, trusted } => block.require("anchor_trusted", false, reason, || {
            format!("{anchor} is not trusted for this at {relevant}; it is trusted for: {trusted}")
        }),
    };
    Validated { block, chain: None, links: Vec::new() }
}

fn along<'a>(work: &Work<'a>, chain: Chain<'a>, role: Role, times: Times) -> Validated<'a> {
    let name = chain.certificates.first().map(Certificate::subject).unwrap_or_default();
    let mut block = Block::new(BlockKind::CertificateValidation, name);
    block.data.push(("anchor", chain.anchor.certificate.subject()));
    block.data.push(("anchor_source", chain.anchor.source.clone()));
    block.require("chain_found", true, SubIndication::NoCertificateChainFound, || {
        format!("{} certificates below {}", chain.links().len(), chain.anchor.certificate.subject())
    });
    let structure = work.structure(&chain);
    block.require("path_valid", structure.is_ok(), SubIndication::CertificateChainGeneralFailure, || match structure {
        Ok(()) => "the path keeps the rules of RFC 5280".into(),
        Err(reason) => reason,
    });
    let links: Vec<Link> = links_of(work, &chain, role);
    for link in &links {
        block.adopt(one(work, link, role, times));
    }
    check_sunset(work, &mut block, &chain, role, times);
    check_usage(work, &mut block, &chain, role);
    Validated { block, chain: Some(chain), links }
}

fn links_of(work: &Work<'_>, chain: &Chain<'_>, role: Role) -> Vec<Link> {
    let links = chain.links();
    let link = |(place, (certificate, issuer)): (usize, &(&Certificate, &Certificate))| {
        let is_leaf = place == 0;
        let severity = role.revocation(&work.rules().revocation, is_leaf);
        let needs_evidence = severity != Severity::Ignore && !is_exempt(certificate);
        let evidence = work.evidence(certificate, issuer, &chain.anchor.certificate);
        let chosen = choose(work, certificate, &evidence, |e| e.signer_revoked.is_none());
        let chosen = chosen.or_else(|| choose(work, certificate, &evidence, |_| true));
        Link {
            certificate: (*certificate).clone(),
            issuer: (*issuer).clone(),
            is_leaf,
            needs_evidence,
            evidence,
            chosen,
        }
    };
    links.iter().enumerate().map(link).collect()
}

/// Whether a certificate says that its revocation need not or cannot be asked for.
fn is_exempt(certificate: &Certificate) -> bool {
    let extensions = certificate.x509().tbs_certificate.extensions.as_deref().unwrap_or_default();
    extensions.iter().any(|e| [OCSP_NO_CHECK, NO_REVOCATION_AVAILABLE, VALIDITY_ASSURED].contains(&e.extn_id))
}

/// The latest evidence that may be believed and that `also` holds for.
pub(super) fn choose(
    work: &Work<'_>,
    certificate: &Certificate,
    evidence: &[Evidence],
    also: impl Fn(&Evidence) -> bool,
) -> Option<Evidence> {
    let strict = work.rules().revocation.after_expiry == Severity::Fail;
    let acceptable = evidence.iter().filter(|e| {
        e.fault.is_none()
            && e.status != Status::Unknown
            && !(strict && e.says_nothing_of_expired(certificate))
            && also(e)
    });
    acceptable.max_by_key(|e| (e.this_update, e.produced_at)).cloned()
}

/// One certificate of the path.
fn one(work: &Work<'_>, link: &Link, role: Role, times: Times) -> Block {
    let certificate = &link.certificate;
    let mut block = Block::new(BlockKind::Certificate, certificate.subject());
    if link.needs_evidence {
        let severity = role.revocation(&work.rules().revocation, link.is_leaf);
        check_revocation(work, &mut block, link, severity, times.best);
    }
    check_algorithms(work, &mut block, link, times.now);
    check_validity(&mut block, link, times);
    check_evidence_signer(work, &mut block, link, times.now);
    block
}

fn check_revocation(work: &Work<'_>, block: &mut Block, link: &Link, severity: Severity, at: Instant) {
    let Some(weight) = severity.weight() else { return };
    let name = || link.certificate.subject();
    let none = SubIndication::CertificateChainGeneralFailure;
    let there = !link.evidence.is_empty();
    block.weigh("revocation_data_present", there, weight, none, || match there {
        true => format!("{} revocation data about {}", link.evidence.len(), name()),
        false => format!("no revocation data about {} are at hand", name()),
    });
    if !there {
        return;
    }
    let Some(chosen) = &link.chosen else {
        block.weigh("revocation_data_acceptable", false, weight, SubIndication::TryLater, || why_none(link));
        return;
    };
    let silent = chosen.says_nothing_of_expired(&link.certificate);
    if let Some(weight) = work.rules().revocation.after_expiry.weight() {
        block.weigh(
            "revocation_data_before_expiry",
            !silent,
            weight.min(Weight::Warning),
            SubIndication::TryLater,
            || format!("{}; {} expires {}", chosen.name(), name(), link.certificate.not_after()),
        );
    }
    check_status(block, link, chosen, at);
    check_freshness(work, block, chosen, at);
}

fn why_none(link: &Link) -> String {
    let reasons = link.evidence.iter().take(4).map(|e| {
        let unknown = if e.status == Status::Unknown { "says that it does not know the certificate" } else { "" };
        format!("{}: {}", e.name(), e.fault.as_deref().unwrap_or(unknown))
    });
    format!(
        "no revocation data about {} may be believed: {}",
        link.certificate.subject(),
        reasons.collect::<Vec<_>>().join("; ")
    )
}

/// Not revoked at a time, by the evidence chosen.
pub(super) fn check_status(block: &mut Block, link: &Link, chosen: &Evidence, at: Instant) {
    let name = link.certificate.subject();
    let Some((since, reason)) = chosen.status.revoked_at(at) else {
        block.require("not_revoked", true, SubIndication::RevokedNoPoe, || format!("{name}: {}", chosen.name()));
        return;
    };
    block.data.push(("revocation_time", since.to_string()));
    block.data.push(("revocation_reason", reason.map_or("not given".into(), |r| r.to_string())));
    let (code, why) = match (reason, link.is_leaf) {
        (Some(HOLD), _) => ("not_on_hold", SubIndication::TryLater),
        (_, true) => ("not_revoked", SubIndication::RevokedNoPoe),
        (_, false) => ("not_revoked", SubIndication::RevokedCaNoPoe),
    };
    block.require(code, false, why, || format!("{name} is revoked since {since}, checked for {at}: {}", chosen.name()));
}

/// Recent enough for a time (§5.2.5).
pub(super) fn check_freshness(work: &Work<'_>, block: &mut Block, chosen: &Evidence, time: Instant) {
    let rules = &work.rules().revocation;
    let Some(weight) = rules.freshness.weight() else { return };
    let fresh = chosen.is_fresh(time, rules.age());
    let mut inner = Block::new(BlockKind::RevocationFreshness, chosen.name());
    inner.weigh("revocation_data_fresh", fresh, weight, SubIndication::TryLater, || {
        let next = chosen.next_update.map_or("none given".into(), |next| next.to_string());
        format!("{}, next update {next}, checked for {time}", chosen.name())
    });
    if let (false, Some(next)) = (fresh, chosen.next_update) {
        inner.data.push(("next_update", next.to_string()));
    }
    block.adopt(inner);
}

fn check_algorithms(work: &Work<'_>, block: &mut Block, link: &Link, at: Instant) {
    for (what, used, context) in algorithms_of(link) {
        check_used(work, block, &what, &used, context, at);
    }
}

/// What is used to sign a certificate and the evidence about it.
pub(super) fn algorithms_of(link: &Link) -> Vec<(String, Result<Used, String>, policy::Context)> {
    let of_certificate = link.certificate.signature_algorithm().map_err(|e| e.to_string());
    let of_certificate = of_certificate.map(|a| Used::by(a, link.issuer.public_key()));
    let mut all = vec![(link.certificate.subject(), of_certificate, policy::Context::Certificate)];
    if let Some(chosen) = link.chosen.as_ref().filter(|_| link.needs_evidence) {
        all.push((chosen.name(), chosen.algorithm.clone(), policy::Context::Revocation));
    }
    all
}

/// One algorithm at a time. Returns whether the block may go on.
pub(super) fn check_used(
    work: &Work<'_>,
    block: &mut Block,
    what: &str,
    used: &Result<Used, String>,
    context: policy::Context,
    at: Instant,
) -> bool {
    let Some(weight) = work.rules().checks.algorithms.weight() else { return true };
    let reason = SubIndication::CryptoConstraintsFailureNoPoe;
    match used {
        Err(name) => block.weigh("algorithm_acceptable", false, weight, reason, || format!("{what}: {name}")),
        Ok(used) => {
            let reliable = work.rules().algorithms.reliable(*used, context);
            let holds = reliable.at(at);
            if !holds {
                block.data.push(("algorithm", used.to_string()));
                if let Reliable::Until(end) = reliable {
                    block.data.push(("algorithm_end", end.to_string()));
                }
            }
            block.weigh("algorithm_acceptable", holds, weight, reason, || {
                format!("{what}: {used} is {reliable}, checked for {at}")
            })
        }
    }
}

fn check_validity(block: &mut Block, link: &Link, times: Times) {
    let (certificate, at) = (&link.certificate, times.best);
    let good = link.chosen.as_ref().is_some_and(|e| e.status.revoked_at(at).is_none());
    let signer = link.chosen.as_ref().and_then(Evidence::signer_bounds);
    let spoken_for = good && signer.is_none_or(|(_, end)| times.now.whole_seconds() <= end);
    let reason = match link.is_leaf {
        true if times.is_final && at < certificate.not_before() => SubIndication::NotYetValid,
        true if spoken_for => SubIndication::OutOfBoundsNotRevoked,
        _ => SubIndication::OutOfBoundsNoPoe,
    };
    block.require("within_validity", certificate.is_valid_at(at), reason, || {
        let (from, to) = (certificate.not_before(), certificate.not_after());
        format!("{} is valid from {from} to {to}, checked for {at}", certificate.subject())
    });
}

fn check_evidence_signer(work: &Work<'_>, block: &mut Block, link: &Link, at: Instant) {
    let Some(weight) = work.rules().revocation.issuer_validity.weight() else { return };
    let Some(chosen) = link.chosen.as_ref().filter(|_| link.needs_evidence) else { return };
    let Some((from, to)) = chosen.signer_bounds() else { return };
    let holds = from <= at && at.whole_seconds() <= to;
    block.weigh("revocation_signer_within_validity", holds, weight, SubIndication::RevocationOutOfBoundsNoPoe, || {
        match chosen.signer_revoked {
            Some(since) => format!("{}: its certificate is revoked since {since}, checked for {at}", chosen.name()),
            None => format!("{}: its certificate is valid from {from} to {to}, checked for {at}", chosen.name()),
        }
    });
}

/// A signer's anchor that is no longer trusted helps only signatures that are proved to be older.
fn check_sunset(work: &Work<'_>, block: &mut Block, chain: &Chain<'_>, role: Role, times: Times) {
    let at = times.best;
    let Some(weight) = work.rules().checks.anchor_sunset.weight().filter(|_| role == Role::Signer) else { return };
    let Some(sunset) = chain.sunset(role.service(), times.anchor) else { return };
    let reason = SubIndication::NoCertificateChainFoundNoPoe;
    block.data.push(("anchor_sunset", sunset.to_string()));
    block.weigh("anchor_still_trusted", at < sunset, weight, reason, || {
        format!("{} is trusted until {sunset}, checked for {at}", chain.anchor.certificate.subject())
    });
}

/// Key usages that the policy and the role ask for (chain constraints, §5.2.6.4 step 5).
fn check_usage(work: &Work<'_>, block: &mut Block, chain: &Chain<'_>, role: Role) {
    let Some(leaf) = chain.certificates.first() else { return };
    let reason = SubIndication::ChainConstraintsFailure;
    if role == Role::TimestampUnit {
        block.require("extended_key_usage", leaf.has_extended_key_usage(TIME_STAMPING), reason, || {
            format!("{}: timeStamping among the extended key usages", leaf.subject())
        });
        return;
    }
    let rules = &work.rules().key_usage;
    let Some(weight) = rules.severity.weight().filter(|_| !rules.any_of.is_empty()) else { return };
    let holds = leaf.key_usage().is_none_or(|usage| {
        rules.any_of.iter().any(|name| match name {
            KeyUsageName::DigitalSignature => usage.digital_signature(),
            KeyUsageName::NonRepudiation => usage.non_repudiation(),
        })
    });
    block.weigh("key_usage", holds, weight, reason, || format!("{}: one of {:?}", leaf.subject(), rules.any_of));
}
