//! Validation of evidence records (EN 319 102-1 §5.6.3.4 step 1; RFC 4998 §5.3; RFC 6283 §4.3).

use super::block::{Block, BlockKind};
use super::certificates::check_used;
use super::checking::{check_data, check_faults, digests};
use super::outcome;
use super::poe::Proofs;
use super::policy::{self, Used};
use super::timestamps::{self, Judged};
use super::verdict::Conclusion;
use super::work::Work;
use crate::facts::EvidenceRecord;

/// An evidence record with its verdict.
pub(super) struct Record<'a, 'd> {
    pub(super) facts: &'d EvidenceRecord,
    pub(super) conclusion: Conclusion,
    block: Block,
    timestamps: Vec<Judged<'a, 'd>>,
}

impl Record<'_, '_> {
    pub(super) fn report(&self) -> outcome::EvidenceReport {
        let blocks = vec![self.block.clone()];
        outcome::EvidenceReport {
            id: self.facts.id.clone(),
            file: self.facts.file.clone(),
            conclusion: self.conclusion,
            time: self.timestamps.first().and_then(|t| t.time),
            timestamps: self.timestamps.iter().map(Judged::report).collect(),
            data: self.facts.data.clone(),
            findings: outcome::findings(&[], &blocks, self.conclusion),
            blocks,
        }
    }
}

/// Validates a record; if it passes, what it covers is proved for the time of its first time-stamp.
pub(super) fn judge<'a, 'd>(work: &Work<'a>, facts: &'d EvidenceRecord, proofs: &mut Proofs) -> Record<'a, 'd> {
    let mut block = Block::new(BlockKind::EvidenceRecord, facts.id.clone());
    check_faults(&mut block, &facts.faults);
    check_data(&mut block, &facts.data);
    let list: Vec<_> = facts.timestamps.iter().collect();
    // What its later time-stamps prove counts for the earlier ones, whatever becomes of the record.
    let mut inner = proofs.clone();
    let timestamps = timestamps::all(work, &list, &mut inner);
    for judged in &timestamps {
        for part in &judged.blocks {
            block.blocks.push(part.clone());
        }
        block.conclude(judged.conclusion);
    }
    if let Some(time) = timestamps.first().and_then(|first| first.time) {
        for (name, digest) in digests(&facts.data) {
            check_used(work, &mut block, name, &Ok(Used::Digest(digest)), policy::Context::Timestamp, time);
        }
        if block.is_passed() {
            proofs.add(&facts.proves, time, &facts.id);
        }
    }
    Record { facts, conclusion: block.conclusion, block, timestamps }
}
