//! The building blocks that look at the signature itself: format (EN 319 102-1 §5.2.2), context (§5.2.4), cryptographic
//! verification (§5.2.7), acceptance (§5.2.8).

use super::block::{Block, BlockKind};
use super::certificates::check_used;
use super::policy::{self, FormatName, Rules, Severity, Used};
use super::verdict::SubIndication;
use super::work::Work;
use crate::facts::{
    ChangeKind, Coverage, DataState, Document, Fault, Finding, SIGNED_PROPERTIES_UNTYPED, Signature, SignatureFormat,
    SignedBytes, SignedData, Weight,
};
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm};
use mekong_pki::Certificate;
use std::time::Duration;

/// Most changes that are listed one by one.
const CHANGES_LISTED_MAX: usize = 50;
/// Most data that are not intact, and most faults, that are listed one by one.
const FAULTS_LISTED_MAX: usize = 200;

/// §5.2.2: nothing in the way of processing, and nothing that the policy does not let pass.
pub(super) fn format(work: &Work<'_>, document: &Document, signature: &Signature) -> Block {
    let mut block = Block::new(BlockKind::FormatChecking, signature.id.clone());
    let name = FormatName::of(document.format);
    block.require("format_accepted", work.rules().formats.contains(&name), SubIndication::FormatFailure, || {
        format!("{name:?} is among the formats of the policy")
    });
    check_faults(&mut block, &document.faults);
    check_faults(&mut block, &signature.faults);
    check_findings(work.rules(), &mut block, document.findings.iter().chain(&signature.findings));
    check_changes(work.rules(), &mut block, signature);
    if let Coverage::Part(what) = &signature.coverage
        && let Some(weight) = work.rules().checks.whole_document.weight()
    {
        block.weigh("whole_document", false, weight, SubIndication::FormatFailure, || {
            format!("only a part is signed: {what}")
        });
    }
    block
}

/// Faults of a reader: none may be there.
pub(super) fn check_faults(block: &mut Block, faults: &[Fault]) {
    for fault in faults.iter().take(FAULTS_LISTED_MAX) {
        block.require("format_valid", false, SubIndication::FormatFailure, || {
            format!("{}: {}", fault.place, fault.what)
        });
    }
    if faults.is_empty() {
        block.require("format_valid", true, SubIndication::FormatFailure, || "no fault was found".into());
    }
}

/// Findings whose codes the policy raises.
fn check_findings<'f>(rules: &Rules, block: &mut Block, findings: impl Iterator<Item = &'f Finding>) {
    for finding in findings {
        let severity = rules.findings.get(finding.code).copied();
        if let Some(weight) = severity.and_then(Severity::weight) {
            block.weigh(finding.code, false, weight, SubIndication::FormatFailure, || finding.text.clone());
        }
    }
}

fn check_changes(rules: &Rules, block: &mut Block, signature: &Signature) {
    for change in signature.changes.iter().take(CHANGES_LISTED_MAX) {
        let (code, severity) = match change.kind {
            ChangeKind::Extension => continue,
            ChangeKind::FormFilling => ("form_filled", rules.checks.form_filling),
            ChangeKind::Annotation => ("annotation_changed", rules.checks.annotation_changes),
            ChangeKind::Undefined => ("changed_after_signing", rules.checks.undefined_changes),
            ChangeKind::Forbidden => ("forbidden_change", rules.checks.forbidden_changes),
        };
        if let Some(weight) = severity.weight() {
            block.weigh(code, false, weight, SubIndication::FormatFailure, || change.what.clone());
        }
    }
}

/// §5.2.4: the signature policy that applies.
pub(super) fn context(work: &Work<'_>, signature: &Signature) -> Block {
    let mut block = Block::new(BlockKind::ValidationContext, signature.id.clone());
    let applied = &work.context.policy.applied;
    block.data.push(("policy", format!("{} {}", applied.name, applied.version)));
    let rules = &work.rules().signature_policy;
    let Some(reference) = &signature.policy else {
        if let Some(weight) = rules.required.weight() {
            block.weigh("signature_policy_named", false, weight, SubIndication::SigConstraintsFailure, || {
                "the signature names no signature policy".into()
            });
        }
        return block;
    };
    let id = reference.id.as_deref().unwrap_or("implied");
    let known = rules.known.iter().find(|known| Some(known.id.as_str()) == reference.id.as_deref());
    let text = || match known {
        Some(known) => format!("{id}: {}", known.meaning),
        None => format!("{id} is not known here"),
    };
    if let Some(weight) = rules.known_only.weight().filter(|_| reference.id.is_some()) {
        block.weigh("signature_policy_known", known.is_some(), weight, SubIndication::PolicyProcessingError, text);
    }
    if let Some(weight) = rules.available.weight().filter(|_| reference.id.is_some()) {
        let there = reference.matches.is_some();
        block.weigh("signature_policy_available", there, weight, SubIndication::SignaturePolicyNotAvailable, || {
            format!("{id}: its document is {}at hand", if there { "" } else { "not " })
        });
    }
    if let (Some(matches), Some(weight)) = (reference.matches, rules.digest.weight()) {
        block.weigh("signature_policy_digest", matches, weight, SubIndication::PolicyProcessingError, || {
            format!("{id}: its document has {}the digest that was signed", if matches { "" } else { "not " })
        });
    }
    block
}

/// §5.2.7: the data are there and unchanged, the value verifies.
pub(super) fn cryptography(work: &Work<'_>, signature: &Signature, signer: &Certificate) -> Block {
    let mut block = Block::new(BlockKind::CryptographicVerification, signature.id.clone());
    check_data(&mut block, &signature.data);
    let value = &signature.value;
    let algorithm = match &value.algorithm {
        Ok(algorithm) => *algorithm,
        Err(name) => {
            block.require("algorithm_supported", false, SubIndication::CryptoConstraintsFailureNoPoe, || name.clone());
            return block;
        }
    };
    let result = match &value.signed {
        SignedBytes::Missing => {
            block.require("signed_data_found", false, SubIndication::SignedDataNotFound, || {
                "what the signature value covers is not at hand".into()
            });
            return block;
        }
        _ if !work.spend() => Err(CryptoError::KeyOperation),
        SignedBytes::Bytes(bytes) => signer.public_key().verify(algorithm, bytes, &value.value),
        SignedBytes::Digest(digest, bytes) if algorithm.digest() == Some(*digest) => {
            signer.public_key().verify_digest(algorithm, bytes, &value.value)
        }
        SignedBytes::Digest(digest, _) => {
            Err(CryptoError::UnsupportedAlgorithm(format!("{algorithm} over a digest by {}", digest.name())))
        }
    };
    let reason = match &result {
        Err(CryptoError::UnsupportedAlgorithm(_) | CryptoError::UnsupportedKey(_) | CryptoError::KeyOperation) => {
            SubIndication::CryptoConstraintsFailureNoPoe
        }
        _ => SubIndication::SigCryptoFailure,
    };
    // Where data are missing or changed, that is the reason; whether the value verifies is told all the same.
    let weight = if block.is_passed() { Weight::Error } else { Weight::Information };
    block.weigh("signature_intact", result.is_ok(), weight, reason, || {
        let used = Used::by(algorithm, signer.public_key());
        match &result {
            Ok(()) => used.to_string(),
            Err(error) => format!("{used}: {error}"),
        }
    });
    block
}

/// Covered data, each there and unchanged.
pub(super) fn check_data(block: &mut Block, data: &[SignedData]) {
    let intact = data.iter().filter(|one| one.state == DataState::Intact).count();
    if intact > 0 {
        block.require("data_intact", true, SubIndication::HashFailure, || {
            format!("{intact} of {} are intact", data.len())
        });
    }
    // What was changed weighs most, so that it is looked for among all.
    let mut others: Vec<&SignedData> = data.iter().filter(|one| one.state != DataState::Intact).collect();
    others.sort_by_key(|one| !matches!(one.state, DataState::Altered | DataState::Unbound(_)));
    for one in others.iter().take(FAULTS_LISTED_MAX) {
        check_state(block, &one.name, &one.state);
    }
}

/// One digest.
pub(super) fn check_state(block: &mut Block, name: &str, state: &DataState) {
    let found = "signed_data_found";
    match state {
        DataState::Intact => block.require("data_intact", true, SubIndication::HashFailure, || name.into()),
        DataState::Altered => {
            block.data.push(("altered", name.into()));
            block.require("data_intact", false, SubIndication::HashFailure, || format!("{name} was changed"))
        }
        DataState::Unbound(why) => {
            block.data.push(("altered", name.into()));
            block.require("data_intact", false, SubIndication::HashFailure, || format!("{name}: {why}"))
        }
        DataState::Missing => {
            block.data.push(("missing", name.into()));
            block.require(found, false, SubIndication::SignedDataNotFound, || format!("{name} is not at hand"))
        }
        DataState::Unchecked(why) => {
            block.data.push(("missing", name.into()));
            block.require(found, false, SubIndication::SignedDataNotFound, || {
                format!("{name} could not be checked: {why}")
            })
        }
    };
}

/// §5.2.8: demands on the signature's properties, and the algorithms in it at `best`.
pub(super) fn acceptance(work: &Work<'_>, signature: &Signature, signer: &Certificate, best: Instant) -> Block {
    let mut block = Block::new(BlockKind::SignatureAcceptance, signature.id.clone());
    check_properties(work.rules(), &mut block, signature, signer);
    let context = policy::Context::Signature;
    if let Ok(algorithm) = &signature.value.algorithm {
        let used = Ok(Used::by(*algorithm, signer.public_key()));
        check_used(work, &mut block, "signature value", &used, context, best);
    }
    for (name, digest) in digests(&signature.data) {
        check_used(work, &mut block, name, &Ok(Used::Digest(digest)), context, best);
    }
    block
}

/// Every digest algorithm in use, with the first thing that it is used for.
pub(super) fn digests(data: &[SignedData]) -> Vec<(&str, DigestAlgorithm)> {
    let mut found: Vec<(&str, DigestAlgorithm)> = Vec::new();
    for (name, digest) in data.iter().filter_map(|one| Some((one.name.as_str(), one.algorithm?))) {
        if !found.iter().any(|(_, known)| *known == digest) {
            found.push((name, digest));
        }
    }
    found
}

fn check_properties(rules: &Rules, block: &mut Block, signature: &Signature, signer: &Certificate) {
    let checks = &rules.checks;
    let mut weigh = |code: &'static str, severity: Severity, holds: bool, text: String| {
        if let Some(weight) = severity.weight() {
            block.weigh(code, holds, weight, SubIndication::SigConstraintsFailure, || text);
        }
    };
    let there = !signature.certificate_references.is_empty();
    let text = "a signed reference to the signing certificate".into();
    weigh("signing_certificate_reference", checks.signing_certificate_reference, there, text);
    if let Some(untyped) = signature.findings.iter().find(|f| f.code == SIGNED_PROPERTIES_UNTYPED) {
        weigh("signed_properties_type", checks.signed_properties_type, false, untyped.text.clone());
    }
    weigh("signing_time", checks.signing_time, signature.claimed_time.is_some(), "a claimed signing time".into());
    if let Some(claimed) = signature.claimed_time {
        let text = format!("claimed {claimed}, valid from {} to {}", signer.not_before(), signer.not_after());
        weigh("signing_time_in_validity", checks.signing_time_in_validity, signer.is_valid_at(claimed), text);
    }
    let enough = signature.level >= rules.level.lowest.level() && signature.format != SignatureFormat::Plain;
    let text = format!("level {:?}, at least {:?} is asked for", signature.level, rules.level.lowest);
    weigh("level", rules.level.severity, enough, text);
}

/// Time between the claimed signing time and the best one (§5.5.4 step 6).
pub(super) fn check_delay(work: &Work<'_>, block: &mut Block, signature: &Signature, best: Instant) {
    let delay = work.rules().timestamp.delay;
    if delay == 0 {
        return;
    }
    let reason = SubIndication::SigConstraintsFailure;
    let Some(claimed) = signature.claimed_time else {
        block.require("timestamp_delay", false, reason, || "there is no claimed signing time to compare with".into());
        return;
    };
    let holds = claimed + Duration::from_secs(delay) >= best;
    block.require("timestamp_delay", holds, reason, || {
        format!("claimed {claimed}, proved {best}, at most {delay} seconds are allowed")
    });
}
