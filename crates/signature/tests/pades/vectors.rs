//! The facts of PDFs that others signed, changed and attacked.

use mekong_pki::Certificate;
use mekong_pki::testing::{TestResult, shared};
use mekong_signature::facts::{ChangeKind, DataState, Document, Level, Signature, SignedBytes, Timestamp};
use mekong_signature::{Reading, read};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The certificate that the signed references name.
fn signer(signature: &Signature) -> Option<&Certificate> {
    let (algorithm, digest) = signature.certificate_references.first()?.digest.as_ref()?;
    signature.certificates.iter().find(|certificate| certificate.fingerprint(*algorithm) == **digest)
}

/// Whether the value verifies with a certificate that came along, and what is signed is intact.
pub(crate) fn is_intact(signature: &Signature) -> bool {
    let Ok(algorithm) = signature.value.algorithm else { return false };
    let value = &signature.value.value;
    let verifies = |certificate: &Certificate| match &signature.value.signed {
        SignedBytes::Bytes(bytes) => certificate.public_key().verify(algorithm, bytes, value).is_ok(),
        SignedBytes::Digest(_, digest) => certificate.public_key().verify_digest(algorithm, digest, value).is_ok(),
        SignedBytes::Missing => false,
    };
    signature.data.iter().all(|data| data.state == DataState::Intact) && signature.certificates.iter().any(verifies)
}

fn is_stamped(timestamp: &Timestamp) -> bool {
    let Ok(token) = &timestamp.token else { return false };
    timestamp.imprint == DataState::Intact
        && timestamp.certificates.iter().any(|certificate| token.check_signature(certificate).is_ok())
}

fn timestamps(document: &Document) -> Vec<&Timestamp> {
    document.timestamps.iter().chain(document.signatures.iter().flat_map(|s| &s.timestamps)).collect()
}

fn has(document: &Document, kind: ChangeKind) -> bool {
    document.signatures.iter().any(|signature| signature.changes.iter().any(|change| change.kind == kind))
}

fn has_byte_range_fault(signature: &Signature) -> bool {
    signature.faults.iter().any(|fault| fault.place == "/ByteRange")
}

fn show(name: &str, document: &Document) {
    println!("{name}: {:?}", document.findings);
    for s in &document.signatures {
        println!("  {} {:?} {:?} intact {} {:?}", s.id, s.format, s.level, is_intact(s), s.coverage);
        println!("    faults {:?} changes {:?} findings {:?}", s.faults, s.changes, s.findings);
        println!("    stamps {:?}", s.timestamps.iter().map(is_stamped).collect::<Vec<_>>());
    }
    for t in &document.timestamps {
        println!("  stamp {} {} {:?} {:?} {:?}", t.id, is_stamped(t), t.imprint, t.faults, t.findings);
    }
}

/// Compares one fact of the vectors; `None` for facts that are not about reading.
fn holds(document: &Document, fact: &str, value: &Value) -> Option<bool> {
    let signatures = &document.signatures;
    let intact = signatures.iter().filter(|signature| is_intact(signature)).count();
    let all_intact = intact == signatures.len() && !signatures.is_empty();
    let stamps = timestamps(document);
    let stamped = stamps.iter().filter(|stamp| is_stamped(stamp)).count();
    let any_change = signatures.iter().any(|s| s.changes.iter().any(|c| c.kind != ChangeKind::Extension));
    let count = |found: usize| value.as_u64() == Some(found as u64);
    let is = |found: bool| value.as_bool() == Some(found);
    Some(match fact {
        "signatures" => count(signatures.len()),
        "b_level_valid" => is(all_intact),
        "b_level_valid_count" => count(intact),
        "byte_range_valid_count" => count(signatures.iter().filter(|s| !has_byte_range_fault(s)).count()),
        "undefined_changes" => is(has(document, ChangeKind::Undefined)),
        "annotation_changes" => is(has(document, ChangeKind::Annotation)),
        "form_fill_changes" => is(has(document, ChangeKind::FormFilling)),
        "pdf_modifications" | "object_modifications" => is(any_change),
        "page_difference" => signatures.iter().any(|s| s.faults.iter().any(|fault| fault.place == "page tree")),
        "structure_valid" => is(signatures.iter().all(|s| s.faults.is_empty())),
        "signing_certificate_identified" => is(signatures.iter().all(|s| signer(s).is_some())),
        "timestamps" => count(stamps.len()),
        "timestamps_valid" => count(stamped),
        "timestamps_invalid" => count(stamps.len() - stamped),
        "t_level_valid" => is(signatures.iter().all(|s| s.timestamps.iter().all(is_stamped))),
        "level" if value.as_str().is_some_and(|level| level.starts_with("PAdES_BASELINE")) => {
            signatures.iter().all(|signature| Some(level(signature)) == value.as_str())
        }
        "a_level_valid" => is(document.timestamps.iter().all(is_stamped)),
        _ => return None,
    })
}

/// Facts that differ, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[(
    "pades/BadEncodedCMS.pdf signatures",
    "the CMS is BER with odd encodings: it is read, and its message digest does not match",
)];

#[test]
fn facts_of_the_vectors_hold() -> TestResult {
    let Some(root) = shared("vectors/trust")? else { return Ok(()) };
    let mut differences = Vec::new();
    for line in std::fs::read_to_string(root.join("dss/expected.jsonl"))?.lines() {
        let line: Value = serde_json::from_str(line)?;
        let file = line["file"].as_str().unwrap();
        if line["format"] != "PAdES" {
            continue;
        }
        let bytes = std::fs::read(root.join("dss").join(file))?;
        let begun = Instant::now();
        let document = read(&bytes, &Reading::default());
        assert!(begun.elapsed() < Duration::from_secs(3), "{file}: {:?}", begun.elapsed());
        match document {
            Ok(document) => {
                show(file, &document);
                let mut facts = line["facts"].as_object().unwrap().clone();
                facts.insert("level".into(), line["level"].clone());
                for (fact, value) in &facts {
                    if holds(&document, fact, value) == Some(false) {
                        differences.push(format!("{file} {fact}"));
                    }
                }
            }
            Err(error) => {
                println!("{file}: {error}");
                if line["facts"]["refused"] != true {
                    differences.push(format!("{file} is not read"));
                }
            }
        }
    }
    let expected: Vec<String> = EXCEPTIONS.iter().map(|(what, _)| (*what).to_owned()).collect();
    assert_eq!(differences, expected);
    Ok(())
}

/// Level as the vectors write it.
fn level(signature: &Signature) -> &'static str {
    match signature.level {
        Level::B => "PAdES_BASELINE_B",
        Level::T => "PAdES_BASELINE_T",
        Level::Lt => "PAdES_BASELINE_LT",
        Level::Lta => "PAdES_BASELINE_LTA",
        _ => "other",
    }
}

#[test]
fn digests_values_and_levels_of_the_siva_documents() -> TestResult {
    let Some(root) = shared("vectors/trust")? else { return Ok(()) };
    let mut checked = 0;
    for line in std::fs::read_to_string(root.join("siva/expected.jsonl"))?.lines() {
        let line: Value = serde_json::from_str(line)?;
        let file = line["file"].as_str().unwrap();
        if line["format"] != "PAdES" {
            continue;
        }
        let bytes = std::fs::read(root.join("siva").join(file))?;
        let document = read(&bytes, &Reading::default()).unwrap_or_else(|error| panic!("{file}: {error}"));
        show(file, &document);
        let independent: Vec<bool> =
            line["independent_check"]["signatures"].as_array().unwrap().iter().map(|state| state == "ok").collect();
        let found: Vec<bool> = document.signatures.iter().map(is_intact).collect();
        assert_eq!(found, independent, "{file}");
        assert!(document.signatures.iter().all(|s| s.faults.is_empty()), "{file}");
        for expected in line["results"][0]["signatures"].as_array().unwrap() {
            let index = expected["index"].as_u64().unwrap() as usize;
            if let Some(format) = expected["signatureFormat"].as_str() {
                assert_eq!(level(&document.signatures[index]), format, "{file}");
                checked += 1;
            }
        }
    }
    assert!(checked > 15, "{checked}");
    Ok(())
}
