//! Validation in the past: with proofs of existence, what cannot be said of the present may be said of the time at which a
//! signature is proved to have existed (EN 319 102-1 §5.6.2.1, §5.6.2.2, §5.6.2.4).

use super::block::{Block, BlockKind};
use super::certificates::{Link, Role, Validated, algorithms_of, check_freshness, check_used, choose};
use super::material::digest_of;
use super::poe::Proofs;
use super::policy::{self, Reliable, Severity, Used};
use super::revocation::Evidence;
use super::verdict::{Conclusion, SubIndication};
use super::work::Work;
use crate::facts::Proven;
use mekong_base::Instant;

/// What is validated in the past: a signature or a time-stamp.
pub(super) struct Subject<'s, 'a> {
    /// Its id.
    pub(super) about: &'s str,
    pub(super) role: Role,
    /// The earliest time at which it is proved to have existed.
    pub(super) best: Instant,
    /// Its certificate as of now.
    pub(super) validated: &'s Validated<'a>,
    /// What it is made with.
    pub(super) algorithms: &'s [(String, Result<Used, String>, policy::Context)],
    /// The conclusion so far.
    pub(super) current: Conclusion,
}

/// §5.6.2.4: past signature validation. Ends with a pass, with the conclusion so far, or with a failure that is proved.
pub(super) fn validate(work: &Work<'_>, proofs: &Proofs, subject: &Subject<'_, '_>) -> Block {
    let mut block = Block::new(BlockKind::PastSignature, subject.about);
    block.data.push(("best_signature_time", subject.best.to_string()));
    let (past, control) = certificate(work, proofs, subject);
    block.blocks.push(past.clone());
    if !past.is_passed() {
        block.conclusion = subject.current;
        return block;
    }
    let current = subject.current.sub_indication.unwrap_or(SubIndication::NoPoe);
    let best = subject.best;
    block.require("proved_before_control_time", best <= control, current, || {
        format!("proved to have existed at {best}, the control time is {control}")
    });
    check_bounds(&mut block, subject, current);
    for (what, used, context) in subject.algorithms {
        check_used(work, &mut block, what, used, *context, best);
    }
    block
}

/// The signature existed within the validity of its certificate.
fn check_bounds(block: &mut Block, subject: &Subject<'_, '_>, current: SubIndication) {
    let Some(leaf) = subject.validated.chain.as_ref().and_then(|chain| chain.certificates.first()) else { return };
    let (best, from, to) = (subject.best, leaf.not_before(), leaf.not_after());
    let name = leaf.subject();
    if best < from {
        block.require("within_validity", false, SubIndication::NotYetValid, || {
            format!("{name} is valid from {from}, the signature existed already at {best}")
        });
        return;
    }
    let out = match current {
        SubIndication::OutOfBoundsNoPoe | SubIndication::OutOfBoundsNotRevoked => current,
        SubIndication::NoCertificateChainFoundNoPoe => SubIndication::OutOfBoundsNoPoe,
        _ => SubIndication::OutOfBoundsNotRevoked,
    };
    block.require("within_validity", best.whole_seconds() <= to, out, || {
        format!("{name} is valid from {from} to {to}, the signature is proved for {best}")
    });
}

/// §5.6.2.1: past certificate validation, with the control time.
fn certificate(work: &Work<'_>, proofs: &Proofs, subject: &Subject<'_, '_>) -> (Block, Instant) {
    let mut block = Block::new(BlockKind::PastCertificate, subject.about);
    let now = work.context.at;
    let validated = subject.validated;
    let Some(chain) = &validated.chain else {
        block.require("chain_found", false, SubIndication::NoCertificateChainFound, || "there is no path".into());
        return (block, now);
    };
    let structure = work.structure(chain);
    block.require("path_valid", structure.is_ok(), SubIndication::CertificateChainGeneralFailure, || match structure {
        Ok(()) => "the path keeps the rules of RFC 5280".into(),
        Err(reason) => reason,
    });
    let common = validated.links.iter().map(|l| l.certificate.not_before()).max();
    let until = validated.links.iter().map(|l| l.certificate.not_after()).min();
    if let (Some(from), Some(to)) = (common, until) {
        block.require("validities_meet", from <= to, SubIndication::CertificateChainGeneralFailure, || {
            format!("all certificates of the path are valid from {from} to {to}")
        });
    }
    let start = match subject.role {
        Role::Signer if work.rules().checks.anchor_sunset != Severity::Ignore => {
            let leaf = chain.certificates.first().map(mekong_pki::Certificate::not_before);
            leaf.and_then(|leaf| chain.sunset(subject.role.service(), leaf)).map_or(now, |sunset| sunset.min(now))
        }
        _ => now,
    };
    let (sliding, control) = slide(work, proofs, validated, subject, start);
    block.data.push(("control_time", control.to_string()));
    block.adopt(sliding);
    (block, control)
}

/// §5.6.2.2: slides the control time back from the present, from the anchor down, to where everything above still held.
fn slide(
    work: &Work<'_>,
    proofs: &Proofs,
    validated: &Validated<'_>,
    subject: &Subject<'_, '_>,
    start: Instant,
) -> (Block, Instant) {
    let mut block = Block::new(BlockKind::TimeSliding, subject.about);
    let mut control = start;
    for link in validated.links.iter().rev() {
        let mut link = link.clone();
        if link.needs_evidence {
            let found = satisfying(work, proofs, &link, control);
            block.require("satisfying_revocation_data", found.is_some(), SubIndication::NoPoe, || {
                let name = link.certificate.subject();
                match &found {
                    Some(found) => format!("{name}: {}", found.name()),
                    None => format!("nothing about {name} is proved, with the certificate, for {control} or before"),
                }
            });
            let Some(found) = found else { return (block, control) };
            control = after_evidence(work, &found, control);
            link.chosen = Some(found);
        }
        for (_, used, context) in algorithms_of(&link) {
            let reliable = used.map_or(Reliable::Never, |used| work.rules().algorithms.reliable(used, context));
            match reliable {
                Reliable::Until(end) if end < control => control = end,
                Reliable::Never if work.rules().checks.algorithms == Severity::Fail => {
                    block.require("algorithm_acceptable", false, SubIndication::CryptoConstraintsFailure, || {
                        format!("{} is signed with an algorithm that was never acceptable", link.certificate.subject())
                    });
                }
                _ => {}
            }
        }
    }
    (block, control)
}

/// The latest evidence issued before the control time, itself and its certificate proved to have existed by then, and signed
/// while its signer's certificate was valid.
fn satisfying(work: &Work<'_>, proofs: &Proofs, link: &Link, control: Instant) -> Option<Evidence> {
    if proofs.of(&Proven::Certificate(digest_of(&link.certificate))) > control {
        return None;
    }
    let strict = work.rules().revocation.issuer_validity == Severity::Fail;
    choose(work, &link.certificate, &link.evidence, |evidence| {
        let proved = proofs.of(&Proven::Revocation(evidence.digest));
        let in_bounds = evidence.signer_bounds().is_none_or(|(_, end)| !strict || proved.whole_seconds() <= end);
        evidence.this_update <= control && proved <= control && in_bounds
    })
}

fn after_evidence(work: &Work<'_>, found: &Evidence, control: Instant) -> Instant {
    if let Some((at, _)) = found.status.revoked_at(control) {
        return at;
    }
    // Whether stale data count here as anywhere is the policy's word on freshness.
    let mut scratch = Block::new(BlockKind::RevocationFreshness, "");
    check_freshness(work, &mut scratch, found, control);
    if scratch.is_passed() { control } else { control.min(found.this_update) }
}
