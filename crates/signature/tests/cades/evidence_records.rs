//! Evidence records against the vectors of EU DSS, and ours.

use crate::services::Country;
use crate::vectors::{self, given, reading};
use mekong_crypto::DigestAlgorithm;
use mekong_pki::testing::{TestResult, shared};
use mekong_signature::evidence_record::make;
use mekong_signature::facts::{DataState, EvidenceRecord, Proven, Timestamp};
use mekong_signature::making::MakeError;
use mekong_signature::read::{Detached, DetachedContent};
use mekong_signature::{Reading, read};
use serde_json::Value;

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

/// The record over one content.
fn read_over(record: &Vec<u8>, content: &Vec<u8>) -> EvidenceRecord {
    let content = DetachedContent::Source(content);
    let reading = Reading { detached: vec![Detached { name: Some("it".into()), content }], ..Reading::default() };
    read(record, &reading).unwrap().evidence_records.remove(0)
}

fn is_proven(record: &EvidenceRecord) -> bool {
    record.faults.is_empty()
        && record.proves.contains(&Proven::Data("it".into()))
        && record.data.iter().all(|d| d.state == DataState::Intact)
        && record.timestamps.iter().all(|t| vectors::is_stamped(t, &[]))
}

#[test]
fn records_are_made_over_many_files_and_renewed() -> TestResult {
    let country = Country::new();
    for count in [1, 2, 3, 7, 8] {
        let contents: Vec<Vec<u8>> = (0..count).map(|n| format!("ເອກະສານ {n}").into_bytes()).collect();
        let digests: Vec<_> = contents.iter().map(|c| DigestAlgorithm::Sha256.digest(c).as_ref().to_vec()).collect();
        let records = make::initial(DigestAlgorithm::Sha256, &digests, &country)?;
        for (record, content) in records.iter().zip(&contents) {
            assert!(is_proven(&read_over(record, content)), "{count}");
            assert!(!is_proven(&read_over(record, &b"another".to_vec())), "{count}");
            let renewed = make::renew_timestamp(record, &country)?;
            let digest = DigestAlgorithm::Sha512.digest(content);
            let other = make::renew_hash_tree(&renewed, DigestAlgorithm::Sha512, digest.as_ref(), &country)?;
            let again = make::renew_timestamp(&other, &country)?;
            let found = read_over(&again, content);
            assert!(is_proven(&found), "{:?}", found.timestamps.iter().map(|t| &t.imprint).collect::<Vec<_>>());
            assert_eq!(found.timestamps.len(), 4);
            let last = found.timestamps.last().ok_or("no time-stamp")?;
            assert!(last.proves.contains(&Proven::Timestamp(found.timestamps[2].id.clone())));
            // the digest of another content under the new algorithm
            let wrong = DigestAlgorithm::Sha512.digest(b"another");
            let wrong = make::renew_hash_tree(&renewed, DigestAlgorithm::Sha512, wrong.as_ref(), &country)?;
            let wrong = read_over(&make::renew_timestamp(&wrong, &country)?, content);
            let claims = |stamp: &Timestamp| stamp.proves.contains(&Proven::Data("it".into()));
            assert_eq!(wrong.timestamps.iter().map(claims).collect::<Vec<_>>(), [true, true, false, false]);
            let states: Vec<_> = wrong.timestamps.iter().map(|t| t.imprint.clone()).collect();
            assert_eq!(states, [DataState::Intact, DataState::Intact, DataState::Altered, DataState::Intact]);
        }
    }
    assert!(matches!(make::initial(DigestAlgorithm::Sha256, &[], &country), Err(MakeError::Document { .. })));
    assert!(matches!(make::renew_timestamp(b"", &country), Err(MakeError::Document { .. })));
    Ok(())
}

#[test]
fn every_changed_byte_is_noticed() -> TestResult {
    let country = Country::new();
    let content = b"content".to_vec();
    let digest = |content: &[u8]| DigestAlgorithm::Sha256.digest(content).as_ref().to_vec();
    let record = make::initial(DigestAlgorithm::Sha256, &[digest(&content), digest(b"other")], &country)?.remove(0);
    let record = make::renew_timestamp(&record, &country)?;
    let signed_data = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    let tokens: Vec<_> = record.windows(9).enumerate().filter(|(_, w)| *w == signed_data).map(|(at, _)| at).collect();
    let [first, last] = tokens[..] else { return Err("two tokens wanted".into()) };
    for at in 0..record.len() {
        let mut changed = record.clone();
        changed[at] ^= 1;
        let Ok(found) = read_over_or_refuse(&changed, &content) else { continue };
        // nothing covers the list of digest algorithms, and the frame and the unsigned parts of the last token
        let covered = (60..last - 40).contains(&at);
        assert!(!(covered && is_proven(&found)), "byte {at}, tokens at {first} and {last}");
    }
    Ok(())
}

fn read_over_or_refuse(record: &Vec<u8>, content: &Vec<u8>) -> Result<EvidenceRecord, String> {
    let content = DetachedContent::Source(content);
    let reading = Reading { detached: vec![Detached { name: Some("it".into()), content }], ..Reading::default() };
    read(record, &reading).map_err(|e| e.to_string())?.evidence_records.pop().ok_or_else(|| "no record".into())
}
