//! Evidence records against the vectors of EU DSS, and ours.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "cades/vectors.rs"]
mod vectors;

use mekong_pki::testing::{TestResult, shared};
use mekong_signature::facts::{DataState, EvidenceRecord, Timestamp};
use mekong_signature::read;
use serde_json::Value;
use vectors::{given, reading};

/// The sub-indication that a state of data means.
fn meaning<'s>(states: impl Iterator<Item = &'s DataState>) -> Option<&'static str> {
    let states: Vec<_> = states.collect();
    match () {
        () if states.iter().any(|s| **s == DataState::Altered) => Some("HASH_FAILURE"),
        () if states.iter().any(|s| **s == DataState::Missing) => Some("SIGNED_DATA_NOT_FOUND"),
        () => None,
    }
}

fn of_record(record: &EvidenceRecord) -> Option<&'static str> {
    meaning(record.data.iter().map(|d| &d.state))
}

fn of_stamp(stamp: &Timestamp) -> Option<&'static str> {
    meaning([&stamp.imprint].into_iter())
}

#[test]
fn vectors_of_dss_say_what_is_expected() -> TestResult {
    let Some(root) = shared("vectors/trust/dss")? else { return Ok(()) };
    let mut seen = 0;
    for line in std::fs::read_to_string(root.join("expected.jsonl"))?.lines() {
        let line: Value = serde_json::from_str(line)?;
        let format = line["format"].as_str().unwrap();
        if line["group"] != "evidence-record" || !["CAdES", "EvidenceRecord"].contains(&format) {
            continue;
        }
        seen += 1;
        let file = line["file"].as_str().unwrap();
        let given = given(&root, &line);
        let mut reading = reading(&given);
        let beside = line["evidence_records"].as_array().cloned().unwrap_or_default();
        let beside: Vec<Vec<u8>> =
            beside.iter().map(|path| std::fs::read(root.join(path.as_str().unwrap())).unwrap()).collect();
        reading.evidence_records = beside.iter().map(Vec::as_slice).collect();
        let document = read(&std::fs::read(root.join(file))?, &reading).unwrap_or_else(|e| panic!("{file}: {e}"));
        let inside = document.signatures.iter().flat_map(|s| &s.evidence_records);
        let records: Vec<_> = document.evidence_records.iter().chain(inside).collect();
        let stamps: Vec<_> = records.iter().flat_map(|r| &r.timestamps).collect();
        for expected in line["expected"].as_array().unwrap() {
            let sub = expected["subIndication"].as_str().filter(|s| *s != "NO_CERTIFICATE_CHAIN_FOUND");
            let meanings: Vec<_> = match expected["target"].as_str().unwrap() {
                "evidence-record" => records.iter().map(|r| of_record(r)).collect(),
                _ => stamps.iter().map(|t| of_stamp(t)).collect(),
            };
            match expected["count"].as_u64() {
                _ if expected.get("indication_not").is_some() => {
                    assert!(!meanings.contains(&Some("HASH_FAILURE")), "{file}: {meanings:?}");
                }
                Some(count) => {
                    let found = meanings.iter().filter(|m| **m == sub).count() as u64;
                    assert_eq!(found, count, "{file}: {expected} {meanings:?}");
                }
                None => assert_eq!(meanings[0], sub, "{file}: {expected} {meanings:?}"),
            }
        }
        if let Some(orphans) = line["facts"]["orphan_references"].as_u64() {
            assert_eq!(records[0].data.len() as u64, orphans, "{file}");
        }
    }
    assert_eq!(seen, 11);
    Ok(())
}
