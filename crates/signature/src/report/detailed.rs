//! The detailed report: every building block with its checks, for those who want to know why.

use super::simple::Simple;
use super::weight_name;
use crate::validation::{Block, Report};
use serde::Serialize;

/// The simple report with the building blocks behind it.
#[derive(Debug, Clone, Serialize)]
pub struct Detailed {
    /// The simple report.
    #[serde(flatten)]
    pub simple: Simple,
    /// Blocks by signature, in the order of the document.
    pub signature_blocks: Vec<Vec<Part>>,
    /// Blocks by time-stamp: those of each signature, then those of the document.
    pub timestamp_blocks: Vec<Vec<Part>>,
    /// Blocks by evidence record, likewise.
    pub evidence_record_blocks: Vec<Vec<Part>>,
}

/// A building block or process.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// Which one: `certificate_validation` and so on.
    pub block: &'static str,
    /// What it is about.
    pub about: String,
    /// `PASSED`, `FAILED` or `INDETERMINATE`.
    pub indication: &'static str,
    /// Why, unless it passed.
    pub sub_indication: Option<&'static str>,
    /// Values that go with it.
    pub data: Vec<(&'static str, String)>,
    /// What was checked.
    pub checks: Vec<CheckedPart>,
    /// Blocks inside.
    pub blocks: Vec<Part>,
}

/// A check.
#[derive(Debug, Clone, Serialize)]
pub struct CheckedPart {
    /// Its code.
    pub code: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// What it weighs where it does not.
    pub weight: &'static str,
    /// What was compared.
    pub text: String,
}

impl Detailed {
    /// The detailed form of a report on a file of this name.
    pub fn of(file: impl Into<String>, report: &Report) -> Self {
        let own_stamps = report.signatures.iter().flat_map(|s| &s.timestamps);
        let own_records = report.signatures.iter().flat_map(|s| &s.evidence_records);
        Self {
            simple: Simple::of(file, report),
            signature_blocks: report.signatures.iter().map(|s| parts(&s.blocks)).collect(),
            timestamp_blocks: own_stamps.chain(&report.timestamps).map(|t| parts(&t.blocks)).collect(),
            evidence_record_blocks: own_records.chain(&report.evidence_records).map(|e| parts(&e.blocks)).collect(),
        }
    }
}

fn parts(blocks: &[Block]) -> Vec<Part> {
    // The engine nests blocks five deep at most.
    blocks.iter().map(part).collect()
}

fn part(block: &Block) -> Part {
    let checks = block.checks.iter().map(|c| CheckedPart {
        code: c.code,
        holds: c.holds,
        weight: weight_name(c.weight),
        text: c.text.clone(),
    });
    Part {
        block: block.kind.name(),
        about: block.about.clone(),
        indication: block.conclusion.indication.name(),
        sub_indication: block.conclusion.sub_indication.map(|sub| sub.name()),
        data: block.data.clone(),
        checks: checks.collect(),
        blocks: parts(&block.blocks),
    }
}
