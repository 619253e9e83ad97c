//! The documents of EU DSS and of SiVa.

use super::common::{self, b_level};
use base64::Engine as _;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::testing::{TestResult, shared};
use mekong_signature::Document;
use mekong_signature::facts::{Coverage, DataState, EvidenceRecord, Level, Signature, TimestampKind};
use mekong_signature::xades::{self, Resolved};
use serde_json::Value;
use std::path::Path;

/// What EU DSS says of these and we see otherwise, with the reason.
const EXCEPTIONS: [(&str, &str); 2] = [
    ("xades/dss1788/dss1788-noCertProvided.xml", "a bare public key verifies nothing here: there is no certificate"),
    (
        "xades/xsw/XSW-enveloped-fake-content.xml",
        "the enveloped-signature transform leaves nothing of an element inside the signature, as in xmlsec1",
    ),
];

fn lines(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("expected.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn detached(folder: &Path, line: &Value) -> Vec<(Option<String>, Vec<u8>)> {
    let given = line["detached"].as_array().cloned().unwrap_or_default();
    let content = |given: &Value| {
        let name = given["name"].as_str().map(str::to_owned);
        let bytes = match (given["file"].as_str(), given["text"].as_str(), given["hex"].as_str()) {
            (Some(file), ..) => std::fs::read(folder.join(file)).unwrap(),
            (_, Some(text), _) => text.as_bytes().to_vec(),
            (.., Some(hex)) => hex::decode(hex).unwrap(),
            _ => return None,
        };
        Some((name, bytes))
    };
    given.iter().filter_map(content).collect()
}

/// Every fact that a line states and that reading alone decides.
fn differences(line: &Value, read: Result<Document, String>) -> Vec<String> {
    let facts = &line["facts"];
    let mut wrong = Vec::new();
    if facts["refused"] == Value::Bool(true) {
        return if read.is_err() { wrong } else { vec!["it was not refused".into()] };
    }
    let document = match read {
        Ok(document) => document,
        Err(error) => return vec![error],
    };
    let main: Vec<&Signature> = document.signatures.iter().filter(|s| s.countersigns.is_none()).collect();
    let counter: Vec<&Signature> = document.signatures.iter().filter(|s| s.countersigns.is_some()).collect();
    if let Some(expected) = facts["b_level_valid"].as_bool() {
        let found = main.iter().all(|s| b_level(s));
        if found != expected {
            let told: Vec<_> = main.iter().map(|s| (&s.faults, &s.data)).collect();
            wrong.push(format!("b_level_valid {found}: {told:?}"));
        }
    }
    let stamps: Vec<_> = document.signatures.iter().flat_map(|s| &s.timestamps).collect();
    let all_intact = |kind| stamps.iter().filter(|t| t.kind == kind).all(|t| t.imprint == DataState::Intact);
    for (fact, kind) in [("t_level_valid", TimestampKind::Signature), ("a_level_valid", TimestampKind::Archive)] {
        if let Some(expected) = facts[fact].as_bool()
            && all_intact(kind) != expected
        {
            wrong.push(format!("{fact}: {:?}", stamps.iter().map(|t| (t.kind, &t.imprint)).collect::<Vec<_>>()));
        }
    }
    if let Some(invalid) = facts["timestamps_invalid"].as_u64() {
        let found = stamps.iter().filter(|t| t.imprint != DataState::Intact).count();
        if found as u64 != invalid {
            wrong.push(format!(
                "{found} invalid time-stamps: {:?}",
                stamps.iter().map(|t| (&t.id, t.kind, &t.imprint)).collect::<Vec<_>>()
            ));
        }
    }
    if let Some(scopes) = facts["signature_scopes"].as_array() {
        let expected: Vec<&str> = scopes.iter().filter_map(Value::as_str).collect();
        for signature in &main {
            let found = match signature.coverage {
                Coverage::Whole => vec!["FULL"],
                Coverage::Part(_) => vec!["PARTIAL"],
                _ => vec![],
            };
            if found != expected {
                wrong.push(format!("coverage {:?}", signature.coverage));
            }
        }
    }
    if let Some(expected) = facts["counter_signatures"].as_array() {
        for (counter, expected) in counter.iter().zip(expected) {
            let valid = b_level(counter);
            if Some(valid) != expected["signature_valid"].as_bool() {
                wrong.push(format!("counter-signature valid {valid}: {:?} {:?}", counter.faults, counter.data));
            }
        }
        if counter.len() != expected.len() {
            wrong.push(format!("{} counter-signatures", counter.len()));
        }
    }
    if let Some(expected) = facts["signing_certificate_identified"].as_bool()
        && main.iter().all(|s| common::signer(s).is_some()) != expected
    {
        wrong.push("signing certificate identified".into());
    }
    for expected in line["expected"].as_array().into_iter().flatten() {
        if expected["target"] != "signature" || expected.get("process").is_some_and(|p| !p.is_null()) {
            continue;
        }
        let any = |state: DataState| main.iter().any(|s| s.data.iter().any(|d| d.state == state));
        let faults = main.iter().any(|s| !s.faults.is_empty());
        let right = match expected["subIndication"].as_str() {
            Some("SIGNED_DATA_NOT_FOUND") => any(DataState::Missing) && !faults,
            Some("FORMAT_FAILURE") => faults,
            Some("HASH_FAILURE") => any(DataState::Altered) && !faults,
            _ => true,
        };
        if !right {
            wrong.push(format!("{expected}: {:?}", main.iter().map(|s| (&s.faults, &s.data)).collect::<Vec<_>>()));
        }
    }
    if let Some(level) = line["level"].as_str() {
        let found: Vec<Level> = main.iter().map(|s| s.level).collect();
        if found.iter().any(|found| !level_is(level, *found)) {
            wrong.push(format!("level {level}, found {found:?}"));
        }
    }
    wrong
}

fn level_is(expected: &str, found: Level) -> bool {
    match expected.trim_start_matches("XAdES_").trim_start_matches("BASELINE_") {
        "B" => found == Level::B,
        "T" => found == Level::T,
        "LT" | "XL" => found == Level::Lt,
        // A mark of time in the nonce of an OCSP response is no time-stamp; one of the two is too malformed to have a level.
        "LT_TM" => matches!(found, Level::B | Level::NotAdes),
        "LTA" | "A" => found == Level::Lta,
        "EPES" | "BES" => matches!(found, Level::Bes | Level::B),
        "C" => found == Level::C,
        "XML_NOT_ETSI" => true,
        other => panic!("level {other}"),
    }
}

#[test]
fn facts_of_the_dss_documents() -> TestResult {
    let Some(folder) = shared("vectors/trust/dss")? else { return Ok(()) };
    let (mut checked, mut wrong) = (0, Vec::new());
    for line in lines(&folder) {
        if line["format"] != "XAdES" && line["format"] != "XML" && line["format"] != "TrustedList" {
            continue;
        }
        let file = line["file"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let contents = detached(&folder, &line);
        checked += 1;
        let found = differences(&line, common::read(&bytes, &contents).map_err(|e| e.to_string()));
        let excepted = EXCEPTIONS.iter().any(|(name, _)| *name == file);
        if found.is_empty() == excepted {
            wrong.push(format!("{file}: {found:#?}"));
        }
    }
    assert!(checked >= 60, "{checked} lines");
    assert!(wrong.is_empty(), "{} of {checked} wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

/// The digests that a line of SiVa gives for detached files, one list a way of sending.
fn digests(result: &Value) -> Vec<(String, DigestAlgorithm, Vec<u8>)> {
    let given = result["detached"].as_array().cloned().unwrap_or_default();
    let one = |d: &Value| {
        let algorithm = DigestAlgorithm::from_name(d["hashAlgo"].as_str()?).ok()?;
        let digest = base64::engine::general_purpose::STANDARD.decode(d["hash"].as_str()?).ok()?;
        Some((d["filename"].as_str()?.to_owned(), algorithm, digest))
    };
    given.iter().filter_map(one).collect()
}

#[test]
fn facts_of_the_siva_documents() -> TestResult {
    let Some(folder) = shared("vectors/trust/siva")? else { return Ok(()) };
    let mut checked = 0;
    for line in lines(&folder) {
        if line["format"] != "XAdES" {
            continue;
        }
        let file = line["file"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(file))?;
        for result in line["results"].as_array().into_iter().flatten() {
            let digests = digests(result);
            let resolve = |uri: &str| {
                let found = digests.iter().filter(|(name, ..)| name.as_str() == uri.replace("%20", " "));
                let found: Vec<_> = found.map(|(_, algorithm, digest)| (*algorithm, digest.clone())).collect();
                (!found.is_empty()).then_some(Resolved::Digests(found))
            };
            let signatures = xades::read_signatures(&bytes, Some(file), &resolve)?;
            for (signature, expected) in signatures.iter().zip(result["signatures"].as_array().unwrap()) {
                checked += 1;
                let told = format!("{file} {:?} {:?}", signature.faults, signature.data);
                let states = |state: &DataState| signature.data.iter().filter(|d| d.state == *state).count();
                let value = common::signer(signature).is_some_and(|c| common::value_verifies(signature, c));
                match (expected["indication"].as_str(), expected["subIndication"].as_str()) {
                    (Some("TOTAL-PASSED"), _) => {
                        assert!(value && signature.faults.is_empty(), "{told}");
                        assert_eq!(states(&DataState::Altered), 0, "{told}");
                        assert!(signature.timestamps.iter().all(|t| t.imprint == DataState::Intact), "{told}");
                    }
                    (_, Some("SIG_CRYPTO_FAILURE")) => assert!(!value, "{told}"),
                    (_, Some("SIGNED_DATA_NOT_FOUND")) => assert!(states(&DataState::Missing) > 0, "{told}"),
                    (None, _) => {
                        assert!(value && signature.faults.is_empty(), "{told}");
                        for timestamp in &signature.timestamps {
                            let missing = states(&DataState::Missing) > 0 && timestamp.imprint == DataState::Missing;
                            assert!(missing || timestamp.imprint == DataState::Intact, "{told} {timestamp:?}");
                        }
                    }
                    other => panic!("{file}: {other:?}"),
                }
                let level = expected["signatureLevel"].as_str().or(expected["signatureFormat"].as_str());
                assert!(level_is(level.unwrap(), signature.level), "{told} {:?}", signature.level);
            }
        }
    }
    assert!(checked >= 16, "{checked}");
    Ok(())
}

#[test]
fn the_document_of_mutual_recognition_and_its_lists() -> TestResult {
    let Some(folder) = shared("vectors/trust/mra")? else { return Ok(()) };
    for (file, level, stamps) in
        [("john-doe-lta.xml", Level::Lta, 2), ("mra-lotl.xml", Level::B, 0), ("mra-zz-tl.xml", Level::B, 0)]
    {
        let document = common::read(&std::fs::read(folder.join(file))?, &[])?;
        let signature = &document.signatures[0];
        assert!(b_level(signature) && signature.faults.is_empty(), "{file}: {:?}", signature.data);
        assert!(common::signer(signature).is_some());
        assert_eq!(signature.coverage, Coverage::Whole, "{file}");
        assert!(signature.level >= level.min(Level::Bes), "{file}: {:?}", signature.level);
        let intact = signature.timestamps.iter().filter(|t| t.imprint == DataState::Intact).count();
        assert_eq!((signature.timestamps.len(), intact), (stamps, stamps), "{file}");
    }
    Ok(())
}

#[test]
fn evidence_records_inside_signatures() -> TestResult {
    let Some(folder) = shared("vectors/trust/dss")? else { return Ok(()) };
    let (mut checked, mut wrong) = (0, Vec::new());
    for line in lines(&folder) {
        let file = line["file"].as_str().unwrap();
        if line["group"] != "evidence-record" || line["format"] != "XAdES" || line["evidence_records"].is_array() {
            continue;
        }
        let document = common::read(&std::fs::read(folder.join(file))?, &detached(&folder, &line))?;
        let records: Vec<_> = document.signatures.iter().flat_map(|s| &s.evidence_records).collect();
        let has = |record: &EvidenceRecord, state: DataState| record.data.iter().any(|d| d.state == state);
        let failed = |record: &EvidenceRecord| has(record, DataState::Altered) || !record.faults.is_empty();
        for expected in line["expected"].as_array().into_iter().flatten() {
            if expected["target"] != "evidence-record" {
                continue;
            }
            checked += 1;
            let found = match (expected["subIndication"].as_str(), expected["indication_not"].as_str()) {
                (Some("HASH_FAILURE"), _) => records.iter().filter(|r| failed(r)).count(),
                (Some("SIGNED_DATA_NOT_FOUND"), _) => records.iter().filter(|r| has(r, DataState::Missing)).count(),
                (Some(_), _) | (_, Some("FAILED")) => records.iter().filter(|r| !failed(r)).count(),
                other => panic!("{file}: {other:?}"),
            };
            if found as u64 != expected["count"].as_u64().unwrap_or(1) {
                let told: Vec<_> = records
                    .iter()
                    .map(|r| (&r.data, &r.faults, r.timestamps.iter().map(|t| &t.imprint).collect::<Vec<_>>()))
                    .collect();
                wrong.push(format!("{file} {expected}: {told:?}"));
            }
        }
    }
    assert!(checked >= 7, "{checked}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
