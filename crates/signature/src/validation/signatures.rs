//! Validation of signatures: basic (EN 319 102-1 §5.3), with time and long-term material (§5.5), with archives (§5.6).

use super::block::{Block, BlockKind};
use super::certificates::{self, Role, Times, Validated};
use super::poe::Proofs;
use super::policy::{self, Used};
use super::records::Record;
use super::timestamps::{self, Judged};
use super::verdict::{Conclusion, SubIndication};
use super::work::Work;
use super::{checking, outcome, past, signer};
use crate::facts::{Document, Proven, Signature, TimestampKind};
use mekong_base::Instant;
use mekong_pki::Certificate;

/// A signature with all that speaks for it.
pub(super) struct Case<'c, 'a, 'd> {
    pub(super) document: &'d Document,
    pub(super) facts: &'d Signature,
    /// Its own time-stamps, in the order of the document.
    pub(super) timestamps: &'c [Judged<'a, 'd>],
    /// Time-stamps of the document.
    pub(super) around: Vec<&'c Judged<'a, 'd>>,
    pub(super) records: &'c [Record<'a, 'd>],
}

/// Validates a signature as far as it goes.
pub(super) fn judge(work: &Work<'_>, case: &Case<'_, '_, '_>, proofs: &Proofs) -> outcome::SignatureReport {
    let facts = case.facts;
    let itself = Proven::Signature(facts.id.clone());
    let best = proofs.of(&itself);
    let mut first = start(work, case);
    let mut blocks = Vec::new();
    let mut chain = None;
    let mut conclusion = first.block.conclusion;
    if let Some(signer) = &first.signer
        && first.block.is_passed()
    {
        let now = work.context.at;
        let (validated, accepted) = at(work, facts, signer, now, false);
        first.block.adopt(validated.block.clone());
        first.block.adopt(accepted);
        check_content_timestamps(&mut first.block, case, signer, &validated);
        conclusion = first.block.conclusion;
        chain = validated.chain.as_ref().map(super::chain::Chain::report);
        blocks.push(first.block);
        if conclusion.may_be_overcome() {
            let (block, validated) = long_term(work, case, signer, best);
            conclusion = block.conclusion;
            chain = validated.chain.as_ref().map(super::chain::Chain::report);
            blocks.push(block);
            if !conclusion.is_passed() && conclusion.may_be_overcome() && has_archive(case, conclusion) {
                let block = archival(work, case, signer, &validated, conclusion, best, proofs);
                conclusion = block.conclusion;
                blocks.push(block);
            }
        }
    } else {
        blocks.push(first.block);
    }
    let conclusion = conclusion.of_signature();
    outcome::SignatureReport {
        id: facts.id.clone(),
        format: facts.format,
        file: facts.file.clone(),
        countersigns: facts.countersigns,
        level: facts.level,
        conclusion,
        value: facts.value.value.clone(),
        signer: first.signer,
        chain,
        claimed_time: facts.claimed_time,
        best_time: best,
        best_time_by: proofs.by(&itself).map(str::to_owned),
        policy: facts.policy.clone(),
        claims: facts.claims.clone(),
        data: facts.data.clone(),
        coverage: facts.coverage.clone(),
        changes: facts.changes.clone(),
        timestamps: case.timestamps.iter().map(Judged::report).collect(),
        evidence_records: Vec::new(),
        findings: outcome::findings(&facts.findings, &blocks, conclusion),
        blocks,
    }
}

struct Start {
    block: Block,
    signer: Option<Certificate>,
}

/// The building blocks that no proof of existence can help: format, signer, context, cryptography.
fn start(work: &Work<'_>, case: &Case<'_, '_, '_>) -> Start {
    let facts = case.facts;
    let mut block = Block::new(BlockKind::BasicSignature, facts.id.clone());
    // A signature that breaks its format has failed; whether it verifies is still worth knowing.
    block.adopt(checking::format(work, case.document, facts));
    let (identified, signer) = signer::identify(work, facts);
    block.adopt(identified);
    if let Some(signer) = &signer {
        block.adopt(checking::context(work, facts));
        block.adopt(checking::cryptography(work, facts, signer));
    }
    Start { block, signer }
}

/// Certificate validation and acceptance, with the signature known to have existed at `best`.
fn at<'a>(
    work: &Work<'a>,
    facts: &Signature,
    signer: &Certificate,
    best: Instant,
    is_final: bool,
) -> (Validated<'a>, Block) {
    let times = Times { now: work.context.at, best, anchor: signer.not_before(), is_final };
    let validated = certificates::validate(work, signer, Role::Signer, times);
    (validated, checking::acceptance(work, facts, signer, best))
}

/// A content time-stamp proves that the signature is younger: what had ended by then has failed (§5.3.4 steps 4 and 6).
fn check_content_timestamps(
    block: &mut Block,
    case: &Case<'_, '_, '_>,
    signer: &Certificate,
    validated: &Validated<'_>,
) {
    let stamps = case.timestamps.iter().filter(|t| t.facts.kind == TimestampKind::Content && t.conclusion.is_passed());
    let Some((id, after)) = stamps.filter_map(|t| Some((&t.facts.id, t.time?))).max_by_key(|(_, time)| *time) else {
        return;
    };
    let leaf = validated.links.iter().find(|link| link.is_leaf);
    let evidence = leaf.and_then(|link| link.chosen.as_ref());
    if let Some((since, _)) = evidence.and_then(|e| e.status.revoked_at(after)).filter(|(since, _)| *since < after) {
        block.require("signed_before_revocation", false, SubIndication::Revoked, || {
            format!("{id} proves that the signature was made after {after}; the certificate is revoked since {since}")
        });
    }
    if after.whole_seconds() > signer.not_after() {
        block.require("signed_before_expiry", false, SubIndication::Expired, || {
            format!(
                "{id} proves that the signature was made after {after}; the certificate expired {}",
                signer.not_after()
            )
        });
    }
    let acceptance = block.find(BlockKind::SignatureAcceptance);
    let weak = acceptance.filter(|b| b.conclusion.sub_indication == Some(SubIndication::CryptoConstraintsFailureNoPoe));
    if weak.is_some() && !validated.block.blocks.is_empty() {
        check_weak_since(block, case, signer, id, after);
    }
}

/// The algorithm of the value was too weak already at a time that a content time-stamp proves.
fn check_weak_since(block: &mut Block, case: &Case<'_, '_, '_>, signer: &Certificate, id: &str, after: Instant) {
    let Ok(algorithm) = &case.facts.value.algorithm else { return };
    let used = Used::by(*algorithm, signer.public_key());
    let weak = block.find(BlockKind::SignatureAcceptance).is_some_and(|b| {
        b.data.iter().any(|(name, value)| *name == "algorithm" && *value == used.to_string())
            && b.data
                .iter()
                .any(|(name, end)| *name == "algorithm_end" && end.parse::<Instant>().is_ok_and(|end| end <= after))
    });
    block.require("algorithm_acceptable_when_made", !weak, SubIndication::CryptoConstraintsFailure, || {
        format!("{id} proves that the signature was made after {after}, with {used}")
    });
}

/// §5.5: everything again with the best signature time, and the order of time-stamps.
fn long_term<'a>(
    work: &Work<'a>,
    case: &Case<'_, '_, '_>,
    signer: &Certificate,
    best: Instant,
) -> (Block, Validated<'a>) {
    let mut block = Block::new(BlockKind::LongTerm, case.facts.id.clone());
    block.data.push(("best_signature_time", best.to_string()));
    let (validated, accepted) = at(work, case.facts, signer, best, true);
    block.adopt(validated.block.clone());
    block.adopt(accepted);
    check_timestamps(work, &mut block, case);
    checking::check_delay(work, &mut block, case.facts, best);
    (block, validated)
}

fn check_timestamps(work: &Work<'_>, block: &mut Block, case: &Case<'_, '_, '_>) {
    let checks = &work.rules().checks;
    let all = || case.timestamps.iter().chain(case.around.iter().copied());
    if let Some(weight) = checks.every_timestamp.weight() {
        for judged in all() {
            let reason = judged.conclusion.sub_indication.unwrap_or(SubIndication::SigConstraintsFailure);
            block.weigh("timestamp_passed", judged.conclusion.is_passed(), weight, reason, || {
                format!("{}: {}", judged.facts.id, judged.conclusion)
            });
        }
    }
    if let Some(weight) = checks.every_evidence_record.weight() {
        for record in case.records {
            let reason = record.conclusion.sub_indication.unwrap_or(SubIndication::SigConstraintsFailure);
            block.weigh("evidence_record_passed", record.conclusion.is_passed(), weight, reason, || {
                format!("{}: {}", record.facts.id, record.conclusion)
            });
        }
    }
    let Some(weight) = checks.timestamp_order.weight() else { return };
    if !all().any(|judged| judged.conclusion.is_passed()) {
        return;
    }
    let disorder = timestamps::disorder(all().map(|judged| judged.facts));
    block.weigh("timestamp_order", disorder.is_none(), weight, SubIndication::TimestampOrderFailure, || {
        disorder.unwrap_or_else(|| "time-stamps follow each other in time".into())
    });
}

/// Whether there is material for §5.6, or a reason that only it can overcome.
fn has_archive(case: &Case<'_, '_, '_>, conclusion: Conclusion) -> bool {
    let own =
        case.timestamps.iter().any(|t| !matches!(t.facts.kind, TimestampKind::Content | TimestampKind::Signature));
    let only = conclusion.sub_indication == Some(SubIndication::NoCertificateChainFoundNoPoe);
    own || only || !case.around.is_empty() || !case.records.is_empty()
}

/// §5.6.3.4 steps 7 to 9.
fn archival(
    work: &Work<'_>,
    case: &Case<'_, '_, '_>,
    signer: &Certificate,
    validated: &Validated<'_>,
    current: Conclusion,
    best: Instant,
    proofs: &Proofs,
) -> Block {
    let mut block = Block::new(BlockKind::Archival, case.facts.id.clone());
    let context = policy::Context::Signature;
    let value = case.facts.value.algorithm.clone().map(|a| Used::by(a, signer.public_key()));
    let mut algorithms = vec![("signature value".to_owned(), value, context)];
    let digests = checking::digests(&case.facts.data).into_iter();
    algorithms.extend(digests.map(|(name, digest)| (name.to_owned(), Ok(Used::Digest(digest)), context)));
    let subject =
        past::Subject { about: &case.facts.id, role: Role::Signer, best, validated, algorithms: &algorithms, current };
    if block.adopt(past::validate(work, proofs, &subject)) {
        block.adopt(checking::acceptance(work, case.facts, signer, best));
    }
    block
}
