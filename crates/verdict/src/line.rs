//! The verdict as JSON: one object a file, on which other programs rely.

use crate::Verdict;
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::name::COMMON_NAME;
use mekong_recognition::recognise::Recognition;
use mekong_signature::facts::{Coverage, DataState, Finding, Format, TimestampKind, Weight};
use mekong_signature::validation::{EvidenceReport, SignatureReport, TimestampReport};
use serde::Serialize;

/// One file.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Its name, as it was given.
    pub file: String,
    /// `pades`, `xades`, `cades`, `jades`, `asic-s`, `asic-e`, `timestamp`, `evidence-record`.
    pub format: Option<&'static str>,
    /// Its signatures, in document order; counter-signatures after the ones they sign.
    pub signatures: Vec<SignatureLine>,
    /// Time-stamps that belong to no signature.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub timestamps: Vec<TimestampLine>,
    /// Evidence records that belong to no signature.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence_records: Vec<EvidenceRecordLine>,
    /// What is to be said of the file as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingLine>,
    /// The time of validation.
    pub at: Option<Instant>,
    /// The policy that was applied.
    pub policy: Option<PolicyLine>,
    /// Why the file could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The policy that was applied.
#[derive(Debug, Clone, Serialize)]
pub struct PolicyLine {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its text.
    pub sha256: String,
}

/// One signature.
#[derive(Debug, Clone, Serialize)]
pub struct SignatureLine {
    /// Its id in the file.
    pub id: String,
    /// `TOTAL_PASSED`, `TOTAL_FAILED`, `INDETERMINATE`.
    pub indication: &'static str,
    /// Why it is no pass: `HASH_FAILURE` and so on.
    pub sub_indication: Option<&'static str>,
    /// `XAdES-BASELINE-LT`.
    pub level: String,
    /// The signer's name: common name, organisation.
    pub signer: Option<String>,
    /// The subject of the signer's certificate (RFC 4514).
    pub subject: Option<String>,
    /// The time that the signer claims.
    pub signing_time: Option<Instant>,
    /// The earliest time at which the signature is proved to have existed, else the time of validation.
    pub best_time: Instant,
    /// What it counts as here; null if it does not count as qualified.
    pub recognised: Option<RecognisedLine>,
    /// Why it does not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_recognised: Vec<String>,
    /// What of the file it covers.
    pub coverage: String,
    /// What it signs.
    pub data: Vec<DataLine>,
    /// Changes made after signing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeLine>,
    /// Its time-stamps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub timestamps: Vec<TimestampLine>,
    /// Its evidence records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence_records: Vec<EvidenceRecordLine>,
    /// What is to be said, errors first.
    pub findings: Vec<FindingLine>,
}

/// What a signature counts as here.
#[derive(Debug, Clone, Serialize)]
pub struct RecognisedLine {
    /// `QESIG`, `QESEAL`, `ADESIG_QC` and so on (TS 119 615).
    #[serde(rename = "as")]
    pub counts_as: &'static str,
    /// The agreement, by its legal identifier; null for a service of one's own list.
    pub agreement: Option<String>,
    /// Since when: the start of the equivalence, or of the service's status.
    pub since: Instant,
    /// SHA-256 of the list that names the service.
    pub list_sha256: String,
    /// The territory of that list.
    pub territory: Option<String>,
    /// The service.
    pub service: String,
}

/// One time-stamp.
#[derive(Debug, Clone, Serialize)]
pub struct TimestampLine {
    /// Its id in the file.
    pub id: String,
    /// `signature`, `archive`, `document`, `content`, `references`, `container`.
    pub kind: &'static str,
    /// `PASSED`, `FAILED`, `INDETERMINATE`.
    pub indication: &'static str,
    /// Why it is no pass.
    pub sub_indication: Option<&'static str>,
    /// The time that it states.
    pub time: Option<Instant>,
    /// Who made it.
    pub signer: Option<String>,
}

/// One evidence record.
#[derive(Debug, Clone, Serialize)]
pub struct EvidenceRecordLine {
    /// Its id in the file.
    pub id: String,
    /// `PASSED`, `FAILED`, `INDETERMINATE`.
    pub indication: &'static str,
    /// Why it is no pass.
    pub sub_indication: Option<&'static str>,
    /// Since when it proves what it covers.
    pub time: Option<Instant>,
}

/// Something signed.
#[derive(Debug, Clone, Serialize)]
pub struct DataLine {
    /// What it is called.
    pub name: String,
    /// `intact`, `altered`, `missing`, `unchecked`.
    pub state: &'static str,
}

/// A change after signing.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeLine {
    /// `extension`, `form_filling`, `annotation`, `undefined`, `forbidden`.
    pub kind: &'static str,
    /// What was changed.
    pub what: String,
}

/// Something to tell the reader.
#[derive(Debug, Clone, Serialize)]
pub struct FindingLine {
    /// `information`, `warning`, `error`.
    pub weight: &'static str,
    /// A stable code.
    pub code: &'static str,
    /// What was found.
    pub text: String,
}

impl Line {
    /// A file that was judged.
    pub fn of(file: impl Into<String>, verdict: &Verdict) -> Self {
        let report = &verdict.report;
        Self {
            file: file.into(),
            format: Some(format(report.format)),
            signatures: verdict.signatures().map(|(signature, recognition)| line(signature, recognition)).collect(),
            timestamps: report.timestamps.iter().map(timestamp).collect(),
            evidence_records: report.evidence_records.iter().map(record).collect(),
            findings: report.findings.iter().map(finding).collect(),
            at: Some(report.at),
            policy: Some(PolicyLine {
                name: report.policy.name.clone(),
                version: report.policy.version.clone(),
                sha256: hex::encode(report.policy.sha256),
            }),
            error: None,
        }
    }

    /// A file that could not be judged.
    pub fn unjudged(file: impl Into<String>, error: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            format: None,
            signatures: Vec::new(),
            timestamps: Vec::new(),
            evidence_records: Vec::new(),
            findings: Vec::new(),
            at: None,
            policy: None,
            error: Some(error.into()),
        }
    }

    /// The object on one line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn line(signature: &SignatureReport, recognition: Option<&Recognition>) -> SignatureLine {
    let reasons = recognition.filter(|r| !r.is_recognised()).map_or(&[][..], |r| &r.reasons);
    SignatureLine {
        id: signature.id.clone(),
        indication: signature.conclusion.indication.name(),
        sub_indication: signature.conclusion.sub_indication.map(|sub| sub.name()),
        level: signature.level_name(),
        signer: signature.signer.as_ref().map(holder),
        subject: signature.signer.as_ref().map(Certificate::subject),
        signing_time: signature.claimed_time,
        best_time: signature.best_time,
        recognised: recognition.and_then(recognised),
        not_recognised: reasons.iter().map(ToString::to_string).collect(),
        coverage: coverage(&signature.coverage),
        data: signature.data.iter().map(|d| DataLine { name: d.name.clone(), state: state(&d.state) }).collect(),
        changes: signature.changes.iter().map(change).collect(),
        timestamps: signature.timestamps.iter().map(timestamp).collect(),
        evidence_records: signature.evidence_records.iter().map(record).collect(),
        findings: signature.findings.iter().map(finding).collect(),
    }
}

/// A holder as people say it: common name, and the organisation if it has another name.
pub fn holder(certificate: &Certificate) -> String {
    let name = certificate.subject_attribute(COMMON_NAME);
    let organisation = certificate.subject_attribute(mekong_pki::name::ORGANIZATION);
    match (name, organisation) {
        (Some(name), Some(organisation)) if name != organisation => format!("{name}, {organisation}"),
        (Some(name), _) | (None, Some(name)) => name,
        (None, None) => certificate.subject(),
    }
}

fn recognised(recognition: &Recognition) -> Option<RecognisedLine> {
    let basis = recognition.basis.as_ref().filter(|_| recognition.is_recognised())?;
    Some(RecognisedLine {
        counts_as: recognition.counts_as.name(),
        agreement: basis.agreement.as_ref().map(|agreement| agreement.legal_identifier.clone()),
        since: basis.since,
        list_sha256: hex::encode(basis.list_sha256),
        territory: basis.territory.clone(),
        service: basis.service.clone(),
    })
}

fn timestamp(timestamp: &TimestampReport) -> TimestampLine {
    TimestampLine {
        id: timestamp.id.clone(),
        kind: match timestamp.kind {
            TimestampKind::Content => "content",
            TimestampKind::Signature => "signature",
            TimestampKind::SignatureAndReferences | TimestampKind::References => "references",
            TimestampKind::Archive => "archive",
            TimestampKind::Document => "document",
            TimestampKind::Container => "container",
        },
        indication: timestamp.conclusion.indication.name(),
        sub_indication: timestamp.conclusion.sub_indication.map(|sub| sub.name()),
        time: timestamp.time,
        signer: timestamp.signer.as_ref().map(holder),
    }
}

fn record(record: &EvidenceReport) -> EvidenceRecordLine {
    EvidenceRecordLine {
        id: record.id.clone(),
        indication: record.conclusion.indication.name(),
        sub_indication: record.conclusion.sub_indication.map(|sub| sub.name()),
        time: record.time,
    }
}

fn finding(finding: &Finding) -> FindingLine {
    let weight = match finding.weight {
        Weight::Information => "information",
        Weight::Warning => "warning",
        Weight::Error => "error",
    };
    FindingLine { weight, code: finding.code, text: finding.text.clone() }
}

fn change(change: &mekong_signature::facts::Change) -> ChangeLine {
    use mekong_signature::facts::ChangeKind::{Annotation, Extension, Forbidden, FormFilling, Undefined};
    let kind = match change.kind {
        Extension => "extension",
        FormFilling => "form_filling",
        Annotation => "annotation",
        Undefined => "undefined",
        Forbidden => "forbidden",
    };
    ChangeLine { kind, what: change.what.clone() }
}

const fn state(state: &DataState) -> &'static str {
    match state {
        DataState::Intact => "intact",
        DataState::Altered | DataState::Unbound(_) => "altered",
        DataState::Missing => "missing",
        DataState::Unchecked(_) => "unchecked",
    }
}

fn coverage(coverage: &Coverage) -> String {
    match coverage {
        Coverage::Whole => "whole".to_owned(),
        Coverage::Part(what) => format!("part: {what}"),
        Coverage::Revision { number, of } => format!("revision {number} of {of}"),
        Coverage::Unknown => "unknown".to_owned(),
    }
}

/// The form of a file, as `mekong sign --format` names it.
pub(crate) const fn format(format: Format) -> &'static str {
    match format {
        Format::Xades => "xades",
        Format::Cades => "cades",
        Format::Pades => "pades",
        Format::Jades => "jades",
        Format::AsicSXades | Format::AsicSCades | Format::AsicSTimestamp => "asic-s",
        Format::AsicEXades | Format::AsicECades => "asic-e",
        Format::Timestamp => "timestamp",
        Format::EvidenceRecord => "evidence-record",
    }
}
