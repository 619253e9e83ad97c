//! JAdES against the vectors of EU DSS, and ours against libraries that others wrote.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "jades/by_hand.rs"]
mod by_hand;
#[path = "jades/made.rs"]
mod made;
mod small_country;

use mekong_pki::testing::{TestResult, shared};
use mekong_signature::facts::{DataState, Document, Level, Signature, SignedBytes};
use mekong_signature::{ReadError, Reading, jades};
use serde_json::Value;

pub(crate) fn read(bytes: &[u8]) -> Result<Document, ReadError> {
    assert!(jades::looks_like(&bytes), "not recognised");
    jades::read(&bytes, &Reading::default())
}

/// The signing certificate as the references name it.
pub(crate) fn signer(signature: &Signature) -> Option<&mekong_pki::Certificate> {
    let (algorithm, digest) = signature.certificate_references.first()?.digest.as_ref()?;
    signature.certificates.iter().find(|c| c.fingerprint(*algorithm) == **digest)
}

/// Whether the value verifies with the signing certificate.
pub(crate) fn is_intact(signature: &Signature) -> bool {
    let (Some(signer), Ok(algorithm)) = (signer(signature), &signature.value.algorithm) else { return false };
    let SignedBytes::Bytes(bytes) = &signature.value.signed else { return false };
    signer.public_key().verify(*algorithm, bytes, &signature.value.value).is_ok()
        && signature.faults.is_empty()
        && signature.data.iter().all(|d| d.state == DataState::Intact)
}

fn level(name: &str) -> Level {
    match name.rsplit('_').next() {
        Some("B") => Level::B,
        Some("T") => Level::T,
        Some("LT") => Level::Lt,
        _ => Level::Lta,
    }
}

#[test]
fn vectors_say_what_is_expected() -> TestResult {
    let Some(root) = shared("vectors/trust/dss")? else { return Ok(()) };
    let mut seen = 0;
    for line in std::fs::read_to_string(root.join("expected.jsonl"))?.lines() {
        let line: Value = serde_json::from_str(line)?;
        if line["format"] != "JAdES" {
            continue;
        }
        seen += 1;
        let (file, facts) = (line["file"].as_str().unwrap(), &line["facts"]);
        let found = read(&std::fs::read(root.join(file))?);
        if facts["refused"] == true {
            assert!(matches!(found, Err(ReadError::Malformed { .. })), "{file}");
            continue;
        }
        let document = found.unwrap_or_else(|e| panic!("{file}: {e}"));
        let main = &document.signatures[0];
        if let Some(expected) = facts["b_level_valid"].as_bool() {
            assert_eq!(is_intact(main), expected, "{file}: {:?} {:?}", main.faults, main.data);
        }
        if let Some(expected) = facts["structure_valid"].as_bool() {
            assert_eq!(main.faults.is_empty(), expected, "{file}: {:?}", main.faults);
        }
        if let Some(expected) = facts["signing_certificate_identified"].as_bool() {
            assert_eq!(signer(main).is_some(), expected, "{file}");
        }
        if let Some(expected) = facts["signatures"].as_u64() {
            assert_eq!(document.signatures.len() as u64, expected, "{file}");
        }
        if let Some(expected) = line["level"].as_str() {
            assert_eq!(main.level, level(expected), "{file}: {:?}", main.findings);
        }
        if facts.get("counter_signatures").is_some() {
            assert_eq!(document.signatures[1].countersigns, Some(0));
            assert!(!is_intact(&document.signatures[1]), "{file}");
        }
        let broken = main.timestamps.iter().filter(|t| t.imprint != DataState::Intact).count() as u64;
        let expected_broken = match (&facts["t_level_valid"], &facts["a_level_valid"], &facts["timestamps_invalid"]) {
            (Value::Bool(false), ..) | (_, Value::Bool(false), _) => Some(1),
            (.., count) => count.as_u64(),
        };
        if let Some(expected) = expected_broken {
            assert_eq!(
                broken,
                expected,
                "{file}: {:?}",
                main.timestamps.iter().map(|t| &t.imprint).collect::<Vec<_>>()
            );
        }
    }
    assert_eq!(seen, 17);
    Ok(())
}
