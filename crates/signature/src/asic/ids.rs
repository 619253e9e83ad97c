//! Ids that are unique in the container, and stand-ins for signatures that cannot be read.

use crate::facts::{Fault, Level, Proven, Signature, SignatureFormat, SignatureValue, SignedBytes, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The ids that are taken.
pub(super) struct Ids {
    taken: BTreeSet<String>,
}

impl Ids {
    /// Keeps names for what is named by its file.
    pub(super) fn reserve<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        Self { taken: names.map(str::to_owned).collect() }
    }

    /// Renames what has the id of something in an earlier file: the file's name is put before it.
    pub(super) fn make_unique(&mut self, file: &str, signatures: &mut [Signature]) {
        let mut renamed = BTreeMap::new();
        for signature in signatures.iter() {
            let stamps = signature.timestamps.iter().map(|t| &t.id);
            let records = signature.evidence_records.iter().map(|r| &r.id);
            for id in std::iter::once(&signature.id).chain(stamps).chain(records) {
                if self.taken.contains(id) {
                    renamed.insert(id.clone(), format!("{file}#{id}"));
                }
            }
        }
        for signature in signatures.iter_mut() {
            rename(&mut signature.id, &renamed);
            signature.timestamps.iter_mut().for_each(|t| rename_timestamp(t, &renamed));
            for record in &mut signature.evidence_records {
                rename(&mut record.id, &renamed);
                record.proves.iter_mut().for_each(|p| rename_proven(p, &renamed));
                record.timestamps.iter_mut().for_each(|t| rename_timestamp(t, &renamed));
            }
            self.take(&mut signature.id);
            signature.timestamps.iter_mut().for_each(|t| self.take(&mut t.id));
            signature.evidence_records.iter_mut().for_each(|r| self.take(&mut r.id));
        }
    }
}

impl Ids {
    /// Takes an id. One that is taken still, because one file uses it twice, gets a number: what refers to it means the first.
    fn take(&mut self, id: &mut String) {
        let mut number = 1;
        let plain = id.clone();
        while !self.taken.insert(id.clone()) {
            number += 1;
            *id = format!("{plain}~{number}");
        }
    }
}

fn rename(id: &mut String, renamed: &BTreeMap<String, String>) {
    if let Some(other) = renamed.get(id) {
        id.clone_from(other);
    }
}

fn rename_timestamp(timestamp: &mut Timestamp, renamed: &BTreeMap<String, String>) {
    rename(&mut timestamp.id, renamed);
    timestamp.proves.iter_mut().for_each(|p| rename_proven(p, renamed));
}

fn rename_proven(proven: &mut Proven, renamed: &BTreeMap<String, String>) {
    if let Proven::Signature(id) | Proven::Timestamp(id) | Proven::EvidenceRecord(id) = proven {
        rename(id, renamed);
    }
}

/// A signature of which nothing can be said but why.
pub(super) fn unreadable(file: &str, what: String) -> Signature {
    Signature {
        id: file.to_owned(),
        format: SignatureFormat::Plain,
        file: Some(file.to_owned()),
        countersigns: None,
        level: Level::NotAdes,
        faults: vec![Fault::new(file, what)],
        data: Vec::new(),
        value: SignatureValue { algorithm: Err("not read".into()), signed: SignedBytes::Missing, value: Vec::new() },
        ..Signature::empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_is_there_twice() {
        let mut ids = Ids::reserve(["META-INF/timestamp.tst"].into_iter());
        let named = |id: &str| Signature { id: id.to_owned(), ..unreadable("file", String::new()) };
        let mut first = [named("S0"), named("META-INF/timestamp.tst"), named("S1"), named("S1")];
        ids.make_unique("a.xml", &mut first);
        let mut second = [named("S0"), named("S1"), named("a.xml#S0")];
        ids.make_unique("b.xml", &mut second);
        let found: Vec<&str> = first.iter().chain(&second).map(|s| s.id.as_str()).collect();
        let expected = ["S0", "a.xml#META-INF/timestamp.tst", "S1", "S1~2", "b.xml#S0", "b.xml#S1", "a.xml#S0"];
        assert_eq!(found, expected);
    }
}
