//! The simple report: one object a document, as `mekong verify --json` prints it.

use super::{format_name, weight_name};
use crate::facts::{Finding, TimestampKind};
use crate::validation::{EvidenceReport, Report, SignatureReport, TimestampReport};
use mekong_base::Instant;
use mekong_pki::Certificate;
use serde::Serialize;

/// A document.
#[derive(Debug, Clone, Serialize)]
pub struct Simple {
    /// Its name, as given.
    pub file: String,
    /// Its form; `null` if it is none that is known.
    pub format: Option<&'static str>,
    /// The time of validation.
    pub validated_at: Instant,
    /// By which policy.
    pub policy: PolicyName,
    /// `TOTAL_PASSED` if all pass, `TOTAL_FAILED` if one has failed, `INDETERMINATE`, or `NO_SIGNATURE_FOUND`.
    pub indication: &'static str,
    /// One for each signature.
    pub signatures: Vec<Signature>,
    /// Time-stamps that belong to no signature.
    pub timestamps: Vec<Timestamp>,
    /// Evidence records that belong to no signature.
    pub evidence_records: Vec<EvidenceRecord>,
    /// Of the document as a whole.
    pub findings: Vec<Remark>,
}

/// A policy by name, version and digest.
#[derive(Debug, Clone, Serialize)]
pub struct PolicyName {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its text, hexadecimal.
    pub sha256: String,
}

/// A signature.
#[derive(Debug, Clone, Serialize)]
pub struct Signature {
    /// Its id.
    pub id: String,
    /// The file of the container that holds it, or the PDF field.
    pub file: Option<String>,
    /// The id of the signature that it counter-signs.
    pub countersigns: Option<String>,
    /// `TOTAL_PASSED`, `TOTAL_FAILED` or `INDETERMINATE`.
    pub indication: &'static str,
    /// Why, unless it passed.
    pub sub_indication: Option<&'static str>,
    /// `XAdES-BASELINE-LT` and so on.
    pub level: String,
    /// The subject of the signer's certificate (RFC 4514).
    pub signer: Option<String>,
    /// The signing time that the signer claims.
    pub signing_time: Option<Instant>,
    /// Since when the signature is proved to exist; `null` if nothing proves more than its presence now.
    pub best_time: Option<Instant>,
    /// What it counts as in the country of the reader; filled in by recognition.
    pub recognised: Option<Recognised>,
    /// Names of what it signs.
    pub signs: Vec<String>,
    /// Its time-stamps.
    pub timestamps: Vec<Timestamp>,
    /// Its evidence records.
    pub evidence_records: Vec<EvidenceRecord>,
    /// Changes to the document after signing.
    pub changes: Vec<String>,
    /// What is to be said, errors first.
    pub findings: Vec<Remark>,
}

/// What a foreign signature counts as here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recognised {
    /// As what.
    #[serde(rename = "as")]
    pub counts_as: String,
    /// Under which agreement.
    pub agreement: String,
    /// Since when.
    pub since: Instant,
    /// Through which list: SHA-256, hexadecimal.
    pub list_sha256: String,
}

/// A time-stamp.
#[derive(Debug, Clone, Serialize)]
pub struct Timestamp {
    /// Its id.
    pub id: String,
    /// `content`, `signature`, `archive`, `document`, `container`, `references`, `signature_and_references`.
    pub kind: &'static str,
    /// `PASSED`, `FAILED` or `INDETERMINATE`.
    pub indication: &'static str,
    /// Why, unless it passed.
    pub sub_indication: Option<&'static str>,
    /// The time that it states.
    pub time: Option<Instant>,
    /// The subject of the authority's certificate.
    pub signer: Option<String>,
    /// What is to be said.
    pub findings: Vec<Remark>,
}

/// An evidence record.
#[derive(Debug, Clone, Serialize)]
pub struct EvidenceRecord {
    /// Its id.
    pub id: String,
    /// `PASSED`, `FAILED` or `INDETERMINATE`.
    pub indication: &'static str,
    /// Why, unless it passed.
    pub sub_indication: Option<&'static str>,
    /// Since when it proves what it covers.
    pub time: Option<Instant>,
    /// What is to be said.
    pub findings: Vec<Remark>,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// `error`, `warning` or `information`.
    pub weight: &'static str,
    /// A stable code.
    pub code: &'static str,
    /// What was found.
    pub text: String,
}

impl Simple {
    /// The simple form of a report on a file of this name.
    pub fn of(file: impl Into<String>, report: &Report) -> Self {
        let policy = &report.policy;
        Self {
            file: file.into(),
            format: Some(format_name(report.format)),
            validated_at: report.at,
            policy: PolicyName {
                name: policy.name.clone(),
                version: policy.version.clone(),
                sha256: hex::encode(policy.sha256),
            },
            indication: report.indication().name(),
            signatures: report.signatures.iter().map(|s| signature(report, s)).collect(),
            timestamps: report.timestamps.iter().map(timestamp).collect(),
            evidence_records: report.evidence_records.iter().map(record).collect(),
            findings: remarks(&report.findings),
        }
    }
}

fn signature(report: &Report, s: &SignatureReport) -> Signature {
    let countersigned = s.countersigns.and_then(|i| report.signatures.get(i));
    Signature {
        id: s.id.clone(),
        file: s.file.clone(),
        countersigns: countersigned.map(|s| s.id.clone()),
        indication: s.conclusion.indication.name(),
        sub_indication: s.conclusion.sub_indication.map(|sub| sub.name()),
        level: s.level_name(),
        signer: s.signer.as_ref().map(Certificate::subject),
        signing_time: s.claimed_time,
        best_time: s.best_time_by.as_ref().map(|_| s.best_time),
        recognised: None,
        signs: s.data.iter().map(|d| d.name.clone()).collect(),
        timestamps: s.timestamps.iter().map(timestamp).collect(),
        evidence_records: s.evidence_records.iter().map(record).collect(),
        changes: s.changes.iter().map(|c| c.what.clone()).collect(),
        findings: remarks(&s.findings),
    }
}

/// The name of a use in reports.
pub(super) const fn kind_name(kind: TimestampKind) -> &'static str {
    match kind {
        TimestampKind::Content => "content",
        TimestampKind::Signature => "signature",
        TimestampKind::SignatureAndReferences => "signature_and_references",
        TimestampKind::References => "references",
        TimestampKind::Archive => "archive",
        TimestampKind::Document => "document",
        TimestampKind::Container => "container",
    }
}

fn timestamp(t: &TimestampReport) -> Timestamp {
    Timestamp {
        id: t.id.clone(),
        kind: kind_name(t.kind),
        indication: t.conclusion.indication.name(),
        sub_indication: t.conclusion.sub_indication.map(|sub| sub.name()),
        time: t.time,
        signer: t.signer.as_ref().map(Certificate::subject),
        findings: remarks(&t.findings),
    }
}

fn record(e: &EvidenceReport) -> EvidenceRecord {
    EvidenceRecord {
        id: e.id.clone(),
        indication: e.conclusion.indication.name(),
        sub_indication: e.conclusion.sub_indication.map(|sub| sub.name()),
        time: e.time,
        findings: remarks(&e.findings),
    }
}

fn remarks(findings: &[Finding]) -> Vec<Remark> {
    let one = |f: &Finding| Remark { weight: weight_name(f.weight), code: f.code, text: f.text.clone() };
    findings.iter().map(one).collect()
}
