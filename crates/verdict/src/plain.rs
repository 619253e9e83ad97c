//! The verdict in plain words: who signed, when, valid or not, recognised or not, what to do.

use crate::judge::LIST_OVERDUE;
use crate::line::holder;
use crate::words::say;
use crate::{Outcome, Verdict};
use mekong_base::{Instant, Language};
use mekong_recognition::qualification::{Reason, Technical};
use mekong_recognition::recognise::{NotRecognised, Recognition};
use mekong_signature::ReadError;
use mekong_signature::facts::{ChangeKind, Coverage, Weight};
use mekong_signature::validation::{Indication, SignatureReport, SubIndication};

/// What a citizen reads of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// In which language.
    pub language: Language,
    /// Good, bad or open: the colour of the page.
    pub outcome: Outcome,
    /// The verdict in a sentence.
    pub headline: String,
    /// Each signature.
    pub signatures: Vec<PlainSignature>,
    /// What to do now.
    pub advice: String,
}

/// What a citizen reads of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainSignature {
    /// Good, bad or open.
    pub outcome: Outcome,
    /// Name and value, in reading order: signed by, at, valid, recognised, covers.
    pub facts: Vec<(String, String)>,
}

/// The words for a verdict.
pub fn of(verdict: &Verdict, language: Language) -> Plain {
    let outcome = verdict.outcome();
    let proof = proof(verdict);
    let key = match (outcome, verdict.report.signatures.is_empty()) {
        (Outcome::Passed, true) => "headline.proof.valid",
        (Outcome::Passed, false) => "headline.valid",
        (Outcome::NotPassed, true) if proof.is_some() => "headline.proof.invalid",
        (Outcome::Open, true) if proof.is_some() => "headline.proof.open",
        (_, true) => "headline.unsigned",
        (Outcome::NotPassed, _) => "headline.invalid",
        (Outcome::Open, _) => "headline.open",
    };
    let signatures =
        verdict.signatures().map(|(report, recognition)| signature(report, recognition, language)).collect();
    let advice = match verdict.report.signatures.iter().find(|s| !s.conclusion.is_passed()) {
        None if verdict.report.signatures.is_empty() => say(language, advice_of_proof(outcome, proof)),
        None => say(language, advice_of_recognition(verdict)),
        Some(first) if status_is_missing(first) => say(language, "advice.no_status"),
        Some(first) => say(language, advice(first.conclusion.sub_indication)),
    };
    Plain { language, outcome, headline: say(language, key).to_owned(), signatures, advice: advice.to_owned() }
}

/// Of a file without signatures: what is wrong with its time-stamps and evidence records, or that nothing is; `None` if it has
/// none of them either.
fn proof(verdict: &Verdict) -> Option<Option<SubIndication>> {
    let (stamps, records) = (&verdict.report.timestamps, &verdict.report.evidence_records);
    let mut all = stamps.iter().map(|s| &s.conclusion).chain(records.iter().map(|r| &r.conclusion)).peekable();
    all.peek()?;
    Some(all.find(|conclusion| !conclusion.is_passed()).and_then(|conclusion| conclusion.sub_indication))
}

const fn advice_of_proof(outcome: Outcome, proof: Option<Option<SubIndication>>) -> &'static str {
    match (outcome, proof) {
        (_, None) => "advice.unsigned",
        (Outcome::Passed, _) => "advice.proof",
        (_, Some(Some(SubIndication::SignedDataNotFound))) => "advice.give_content",
        (Outcome::NotPassed, _) => "advice.do_not_rely",
        (Outcome::Open, _) => "advice.not_trusted",
    }
}

/// Whether all that is missing is a word of the issuer whether the certificate was revoked: it does come from a trusted one.
fn status_is_missing(report: &SignatureReport) -> bool {
    report.conclusion.sub_indication == Some(SubIndication::CertificateChainGeneralFailure)
        && report.chain.is_some()
        && report.findings.iter().any(|f| f.weight == Weight::Error && f.code == "revocation_data_present")
}

/// The words for a file that could not be read as signed.
pub fn of_error(error: &ReadError, language: Language) -> Plain {
    let (outcome, key, advice) = match error {
        ReadError::NoSignature(_) => (Outcome::NotPassed, "headline.unsigned", "advice.unsigned"),
        ReadError::Malformed { .. } => (Outcome::NotPassed, "headline.broken", "advice.ask_signer"),
        _ => (Outcome::Open, "headline.unreadable", "advice.try_again"),
    };
    let (headline, advice) = (say(language, key).to_owned(), say(language, advice).to_owned());
    Plain { language, outcome, headline, signatures: Vec::new(), advice }
}

fn signature(report: &SignatureReport, recognition: Option<&Recognition>, language: Language) -> PlainSignature {
    let say = |key| say(language, key).to_owned();
    let outcome = match report.conclusion.indication {
        Indication::TotalPassed | Indication::Passed => Outcome::Passed,
        Indication::TotalFailed | Indication::Failed => Outcome::NotPassed,
        _ => Outcome::Open,
    };
    let mut facts = vec![(say("signed_by"), report.signer.as_ref().map_or_else(|| say("unknown_signer"), holder))];
    if let Some(issuer) = report.chain.as_ref().and_then(|chain| chain.certificates.get(1).or(Some(&chain.anchor))) {
        facts.push((say("vouched_for_by"), holder(issuer)));
    }
    facts.push((say("signed_at"), time(report, language)));
    facts.push((say("validity"), say(validity(report))));
    facts.push((say("recognition"), recognised(recognition, language)));
    facts.push((say("covers"), covers(report, language)));
    PlainSignature { outcome, facts }
}

fn time(report: &SignatureReport, language: Language) -> String {
    match (&report.best_time_by, report.claimed_time) {
        (Some(_), _) => format!("{} ({})", shown(report.best_time), say(language, "time.proved")),
        (None, Some(claimed)) => format!("{} ({})", shown(claimed), say(language, "time.claimed")),
        (None, None) => say(language, "time.unknown").to_owned(),
    }
}

/// `2026-11-22 08:15 UTC`.
fn shown(at: Instant) -> String {
    let text = at.whole_seconds().to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(time)) => format!("{date} {time} UTC"),
        _ => text,
    }
}

fn validity(report: &SignatureReport) -> &'static str {
    match (report.conclusion.indication, report.conclusion.sub_indication) {
        (Indication::TotalPassed | Indication::Passed, _) => "valid",
        _ if status_is_missing(report) => "reason.later",
        (_, Some(sub)) => reason(sub),
        (_, None) => "open",
    }
}

/// Why a signature is not valid, for a citizen.
const fn reason(sub: SubIndication) -> &'static str {
    use SubIndication as S;
    match sub {
        S::FormatFailure => "reason.format",
        S::HashFailure => "reason.changed",
        S::SigCryptoFailure => "reason.forged",
        S::Revoked | S::RevokedNoPoe | S::RevokedCaNoPoe => "reason.revoked",
        S::Expired | S::OutOfBoundsNotRevoked | S::OutOfBoundsNoPoe | S::NotYetValid => "reason.expired",
        S::NoSigningCertificateFound => "reason.no_certificate",
        S::NoCertificateChainFound | S::NoCertificateChainFoundNoPoe | S::CertificateChainGeneralFailure => {
            "reason.not_trusted"
        }
        S::CryptoConstraintsFailure | S::CryptoConstraintsFailureNoPoe => "reason.weak",
        S::SignedDataNotFound => "reason.missing",
        S::TryLater | S::RevocationOutOfBoundsNoPoe | S::NoPoe => "reason.later",
        S::ChainConstraintsFailure
        | S::SigConstraintsFailure
        | S::PolicyProcessingError
        | S::SignaturePolicyNotAvailable => "reason.policy",
        S::TimestampOrderFailure => "reason.time",
    }
}

/// What to do about it.
const fn advice(sub: Option<SubIndication>) -> &'static str {
    use SubIndication as S;
    match sub {
        Some(S::HashFailure | S::SigCryptoFailure | S::FormatFailure | S::Revoked) => "advice.do_not_rely",
        Some(S::SignedDataNotFound) => "advice.give_content",
        Some(S::TryLater) => "advice.try_later",
        Some(S::NoCertificateChainFound | S::NoCertificateChainFoundNoPoe | S::CertificateChainGeneralFailure) => {
            "advice.not_trusted"
        }
        _ => "advice.ask_signer",
    }
}

fn advice_of_recognition(verdict: &Verdict) -> &'static str {
    let counted: Vec<&Recognition> = verdict.recognitions.iter().flatten().collect();
    match counted.iter().all(|recognition| recognition.is_recognised()) {
        _ if counted.is_empty() => "advice.valid_only",
        true if verdict.report.findings.iter().any(|finding| finding.code == LIST_OVERDUE) => "advice.old_lists",
        true => "advice.rely",
        false => "advice.not_recognised",
    }
}

fn recognised(recognition: Option<&Recognition>, language: Language) -> String {
    let say = |key| say(language, key);
    let Some(recognition) = recognition else { return say("recognised.not_asked").to_owned() };
    let basis = recognition.basis.as_ref().filter(|_| recognition.is_recognised());
    let Some(basis) = basis else {
        let failed = NotRecognised::Technical(Technical::Failed);
        let reason = match recognition.reasons.first() {
            _ if recognition.reasons.contains(&failed) => "recognised.not_valid",
            Some(NotRecognised::NoLists) => "recognised.no_lists",
            Some(NotRecognised::NotListed) => "recognised.not_listed",
            Some(NotRecognised::NoAgreement) => "recognised.no_agreement",
            Some(NotRecognised::Technical(_)) => "recognised.not_valid",
            Some(NotRecognised::AtIssuance(reason) | NotRecognised::AtBestTime(reason)) => why_not(*reason),
            _ => "recognised.unclear",
        };
        return format!("{}: {}", say("recognised.no"), say(reason));
    };
    let mut text = format!("{}: {}", say("recognised.yes"), say(counts_as(recognition.counts_as.name())));
    let since = basis.since.whole_seconds().to_string();
    let since = since.get(..10).unwrap_or_default();
    match &basis.agreement {
        Some(agreement) => {
            let territory = basis.territory.as_deref().unwrap_or("?");
            text.push_str(&format!(
                "; {} {territory}, {}, {} {since}",
                say("under_agreement"),
                agreement.legal_identifier,
                say("since")
            ));
        }
        // What counts at home counts since ever, unless one's own list says a date.
        None if basis.since.unix_seconds() <= 0 => {}
        None => text.push_str(&format!("; {} {since}", say("since"))),
    }
    text
}

/// Why a certificate does not count as qualified at a time.
const fn why_not(reason: Reason) -> &'static str {
    match reason {
        Reason::NoServiceAtTime | Reason::NotEnacted | Reason::NotGranted => "recognised.not_then",
        Reason::OtherType => "recognised.other_type",
        Reason::NotQualifiedAuthority | Reason::NotQualified => "recognised.not_qualified",
        Reason::NoDevice => "recognised.no_device",
        _ => "recognised.unclear",
    }
}

fn counts_as(name: &str) -> &'static str {
    match name {
        "QESIG" => "as.qesig",
        "QESEAL" => "as.qeseal",
        "ADESIG_QC" => "as.adesig_qc",
        "ADESEAL_QC" => "as.adeseal_qc",
        _ => "as.qualified",
    }
}

/// Whether what came later is known, and shows nothing that the signer did not see.
fn only_extended(report: &SignatureReport) -> bool {
    !report.changes.is_empty() && report.changes.iter().all(|change| change.kind == ChangeKind::Extension)
}

fn covers(report: &SignatureReport, language: Language) -> String {
    let say = |key| say(language, key);
    if report.changes.iter().any(|c| matches!(c.kind, ChangeKind::Undefined | ChangeKind::Forbidden)) {
        return say("covers.changed").to_owned();
    }
    match &report.coverage {
        _ if report.conclusion.sub_indication == Some(SubIndication::SignedDataNotFound) => {
            say("covers.unknown").to_owned()
        }
        Coverage::Whole => say("covers.whole").to_owned(),
        Coverage::Part(_) => say("covers.part").to_owned(),
        Coverage::Revision { number, of } if number == of => say("covers.whole").to_owned(),
        Coverage::Revision { .. } if only_extended(report) => say("covers.extended").to_owned(),
        Coverage::Revision { .. } => say("covers.revision").to_owned(),
        Coverage::Unknown => say("covers.unknown").to_owned(),
    }
}
