//! What validation found: the report, before anybody writes it as JSON, XML or a page.

use super::block::Block;
use super::policy::Applied;
use super::verdict::{Conclusion, Indication};
use crate::facts::{
    Change, Coverage, Finding, Format, Level, PolicyReference, SignatureFormat, SignedData, TimestampKind, Weight,
};
use mekong_base::Instant;
use mekong_pki::Certificate;

/// The verdict on a document.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its form.
    pub format: Format,
    /// The time of validation.
    pub at: Instant,
    /// By which policy.
    pub policy: Applied,
    /// One for each signature, in the order of the document; none: no signature was found.
    pub signatures: Vec<SignatureReport>,
    /// Time-stamps that belong to no signature.
    pub timestamps: Vec<TimestampReport>,
    /// Evidence records that belong to no signature.
    pub evidence_records: Vec<EvidenceReport>,
    /// What is to be said of the document as a whole.
    pub findings: Vec<Finding>,
}

impl Report {
    /// All signatures in one word: passed if all are, failed if one is; of documents without any, that there is none.
    pub fn indication(&self) -> Indication {
        let all = || self.signatures.iter().map(|s| s.conclusion.indication);
        if self.signatures.is_empty() {
            let without = self.timestamps.is_empty() && self.evidence_records.is_empty();
            return match (without, self.is_passed(), self.is_broken()) {
                (true, ..) => Indication::NoSignatureFound,
                (_, true, _) => Indication::Passed,
                (_, _, true) => Indication::Failed,
                _ => Indication::Indeterminate,
            };
        }
        if all().all(|indication| indication == Indication::TotalPassed) {
            return Indication::TotalPassed;
        }
        match all().any(|indication| indication == Indication::TotalFailed) {
            true => Indication::TotalFailed,
            false => Indication::Indeterminate,
        }
    }

    /// Whether the container as a whole breaks its format.
    fn is_broken(&self) -> bool {
        self.findings.iter().any(|finding| finding.weight == Weight::Error)
    }

    /// Whether there is a signature and all pass; where there is none, whether time-stamps or evidence records are there and
    /// all of them pass. Nothing passes in a container that breaks its format.
    pub fn is_passed(&self) -> bool {
        if self.is_broken() {
            return false;
        }
        if !self.signatures.is_empty() {
            return self.signatures.iter().all(|s| s.conclusion.is_passed());
        }
        let timestamps = self.timestamps.iter().map(|t| t.conclusion);
        let mut all = timestamps.chain(self.evidence_records.iter().map(|e| e.conclusion)).peekable();
        all.peek().is_some() && all.all(Conclusion::is_passed)
    }
}

/// The verdict on one signature.
#[derive(Debug, Clone)]
pub struct SignatureReport {
    /// Its id in the document.
    pub id: String,
    /// Its form.
    pub format: SignatureFormat,
    /// The file of the container that holds it, or the PDF field.
    pub file: Option<String>,
    /// Counter-signature: the index of what it signs.
    pub countersigns: Option<usize>,
    /// What its structure amounts to.
    pub level: Level,
    /// TOTAL_PASSED, TOTAL_FAILED or INDETERMINATE, and why.
    pub conclusion: Conclusion,
    /// The signature value in its X.509 form.
    pub value: Vec<u8>,
    /// The signer's certificate, once identified.
    pub signer: Option<Certificate>,
    /// The path from there to an anchor.
    pub chain: Option<ChainReport>,
    /// The time that the signer claims.
    pub claimed_time: Option<Instant>,
    /// The earliest time at which the signature is proved to have existed; the time of validation if nothing proves more.
    pub best_time: Instant,
    /// The id of the time-stamp or evidence record that proves it.
    pub best_time_by: Option<String>,
    /// The signature policy that it names.
    pub policy: Option<PolicyReference>,
    /// What the signer says beside.
    pub claims: Vec<(String, String)>,
    /// What it signs.
    pub data: Vec<SignedData>,
    /// How much of the document it covers.
    pub coverage: Coverage,
    /// Changes after signing.
    pub changes: Vec<Change>,
    /// Its time-stamps, in the order of the document.
    pub timestamps: Vec<TimestampReport>,
    /// Its evidence records.
    pub evidence_records: Vec<EvidenceReport>,
    /// The building blocks and processes, in the order in which they were run.
    pub blocks: Vec<Block>,
    /// What is to be said: errors first.
    pub findings: Vec<Finding>,
}

impl SignatureReport {
    /// Form and level, `XAdES-BASELINE-LT`.
    pub fn level_name(&self) -> String {
        level_name(self.format, self.level)
    }
}

/// Form and level of a signature in the words of the baseline standards.
pub fn level_name(format: SignatureFormat, level: Level) -> String {
    let form = match format {
        SignatureFormat::Xades => "XAdES",
        SignatureFormat::Cades => "CAdES",
        SignatureFormat::Pades => "PAdES",
        SignatureFormat::Jades => "JAdES",
        SignatureFormat::Plain => return "not AdES".into(),
    };
    let level = match level {
        Level::NotAdes => return format!("{form} without a reference to the signer's certificate"),
        Level::Bes => "BES",
        Level::B => "BASELINE-B",
        Level::T => "BASELINE-T",
        Level::C => "C",
        Level::Lt => "BASELINE-LT",
        Level::Lta => "BASELINE-LTA",
    };
    format!("{form}-{level}")
}

/// A path to an anchor.
#[derive(Debug, Clone)]
pub struct ChainReport {
    /// From the signer up, without the anchor (unless the signer is the anchor).
    pub certificates: Vec<Certificate>,
    /// The anchor.
    pub anchor: Certificate,
    /// Who says that it is one: a file, a list and its service.
    pub anchor_source: String,
}

/// The verdict on one time-stamp.
#[derive(Debug, Clone)]
pub struct TimestampReport {
    /// Its id in the document.
    pub id: String,
    /// Its use.
    pub kind: TimestampKind,
    /// PASSED, FAILED or INDETERMINATE, and why.
    pub conclusion: Conclusion,
    /// The time that it states, if it can be read.
    pub time: Option<Instant>,
    /// The certificate of the time-stamping unit, once identified.
    pub signer: Option<Certificate>,
    /// The path from there to an anchor.
    pub chain: Option<ChainReport>,
    /// Files that it covers, of a container.
    pub data: Vec<SignedData>,
    /// How much of the document it covers.
    pub coverage: Coverage,
    /// The building blocks and processes.
    pub blocks: Vec<Block>,
    /// What is to be said.
    pub findings: Vec<Finding>,
}

/// The verdict on one evidence record.
#[derive(Debug, Clone)]
pub struct EvidenceReport {
    /// Its id in the document.
    pub id: String,
    /// The file that holds it.
    pub file: Option<String>,
    /// PASSED, FAILED or INDETERMINATE, and why.
    pub conclusion: Conclusion,
    /// The time of its first time-stamp, since when it proves what it covers.
    pub time: Option<Instant>,
    /// Its time-stamps.
    pub timestamps: Vec<TimestampReport>,
    /// What it covers.
    pub data: Vec<SignedData>,
    /// The building block.
    pub blocks: Vec<Block>,
    /// What is to be said.
    pub findings: Vec<Finding>,
}

/// What failed checks say, errors first. What was overcome is no error any more and is left to the blocks.
pub(super) fn findings(read: &[Finding], blocks: &[Block], conclusion: Conclusion) -> Vec<Finding> {
    let last = blocks.len().saturating_sub(1);
    let mut all: Vec<Finding> = read.to_vec();
    for (place, block) in blocks.iter().enumerate() {
        for check in block.failures() {
            let overcome = conclusion.is_passed() || place < last;
            if check.weight == Weight::Error && overcome {
                continue;
            }
            let finding = Finding::new(check.weight, check.code, check.text.clone());
            if !all.contains(&finding) {
                all.push(finding);
            }
        }
    }
    all.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
    all
}
