//! The detailed report: every building block with its checks, for those who want to know why.

use super::weight_name;
use crate::validation::{Block, Report};
use serde::Serialize;

/// The building blocks of a document. What follows from them is told elsewhere: `verdict::line`.
#[derive(Debug, Clone, Serialize)]
pub struct Detailed {
    /// Blocks by signature, in the order of the document.
    pub signatures: Vec<Judged>,
    /// Blocks by time-stamp: those of each signature, then those of the document.
    pub timestamps: Vec<Judged>,
    /// Blocks by evidence record, likewise.
    pub evidence_records: Vec<Judged>,
}

/// A signature, time-stamp or evidence record with its blocks.
#[derive(Debug, Clone, Serialize)]
pub struct Judged {
    /// Its id.
    pub id: String,
    /// Its blocks, in the order in which they were run.
    pub blocks: Vec<Part>,
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
    /// The blocks of a report.
    pub fn of(report: &Report) -> Self {
        let own_stamps = report.signatures.iter().flat_map(|s| &s.timestamps);
        let own_records = report.signatures.iter().flat_map(|s| &s.evidence_records);
        Self {
            signatures: report.signatures.iter().map(|s| judged(&s.id, &s.blocks)).collect(),
            timestamps: own_stamps.chain(&report.timestamps).map(|t| judged(&t.id, &t.blocks)).collect(),
            evidence_records: own_records.chain(&report.evidence_records).map(|e| judged(&e.id, &e.blocks)).collect(),
        }
    }
}

fn judged(id: &str, blocks: &[Block]) -> Judged {
    Judged { id: id.to_owned(), blocks: parts(blocks) }
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
