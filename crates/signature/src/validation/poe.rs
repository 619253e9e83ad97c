//! Proofs of existence (EN 319 102-1 §5.6.2.3): what is proved to have existed at which time, and by what.

use crate::facts::{Document, EvidenceRecord, Proven, Timestamp};
use mekong_base::Instant;
use std::collections::{HashMap, HashSet};

/// What is proved so far. Everything at hand is proved for the time of validation.
#[derive(Debug, Clone)]
pub(super) struct Proofs {
    now: Instant,
    /// What several things of the document go by: a proof of one would be taken for a proof of another.
    ambiguous: HashSet<Proven>,
    earliest: HashMap<Proven, (Instant, String)>,
}

impl Proofs {
    pub(super) fn at(now: Instant) -> Self {
        Self { now, ambiguous: HashSet::new(), earliest: HashMap::new() }
    }

    /// For a document: names that are there twice are never proved.
    pub(super) fn of_document(document: &Document, now: Instant) -> Self {
        let mut seen = HashSet::new();
        let mut proofs = Self::at(now);
        for name in names(document) {
            if let Some(twice) = seen.replace(name) {
                proofs.ambiguous.insert(twice);
            }
        }
        proofs
    }

    /// `by` proves that all of `proven` existed at `time`.
    pub(super) fn add(&mut self, proven: &[Proven], time: Instant, by: &str) {
        for thing in proven.iter().filter(|thing| !self.ambiguous.contains(thing)) {
            let known = self.earliest.get(thing).map_or(self.now, |(known, _)| *known);
            if time < known {
                self.earliest.insert(thing.clone(), (time, by.into()));
            }
        }
    }

    /// The earliest time at which a thing is proved to have existed.
    pub(super) fn of(&self, thing: &Proven) -> Instant {
        self.earliest.get(thing).map_or(self.now, |(time, _)| *time)
    }

    /// Who proves the earliest time; `None` if only its presence now does.
    pub(super) fn by(&self, thing: &Proven) -> Option<&str> {
        self.earliest.get(thing).map(|(_, by)| by.as_str())
    }
}

/// The names of all signatures, time-stamps and evidence records.
fn names(document: &Document) -> impl Iterator<Item = Proven> {
    let own_records = document.signatures.iter().flat_map(|s| &s.evidence_records);
    let records: Vec<&EvidenceRecord> = document.evidence_records.iter().chain(own_records).collect();
    let stamps = document.timestamps.iter().chain(document.signatures.iter().flat_map(|s| &s.timestamps));
    let stamps: Vec<&Timestamp> = stamps.chain(records.iter().flat_map(|r| &r.timestamps)).collect();
    let signatures = document.signatures.iter().map(|s| Proven::Signature(s.id.clone()));
    let stamps = stamps.into_iter().map(|t| Proven::Timestamp(t.id.clone()));
    signatures.chain(stamps).chain(records.into_iter().map(|r| Proven::EvidenceRecord(r.id.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_proof_counts_and_the_present_is_the_latest() {
        let time = Instant::from_unix_seconds;
        let mut proofs = Proofs::at(time(100));
        let thing = Proven::Signature("s".into());
        proofs.add(std::slice::from_ref(&thing), time(200), "from the future");
        assert_eq!((proofs.of(&thing), proofs.by(&thing)), (time(100), None));
        proofs.add(std::slice::from_ref(&thing), time(50), "a");
        proofs.add(std::slice::from_ref(&thing), time(70), "b");
        assert_eq!((proofs.of(&thing), proofs.by(&thing)), (time(50), Some("a")));
    }
}
