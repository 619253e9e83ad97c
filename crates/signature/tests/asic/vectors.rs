//! The containers of SiVa and EU DSS: the facts that decide their verdicts.

use mekong_pki::Certificate;
use mekong_pki::testing::{TestResult, shared};
use mekong_signature::facts::{DataState, Document, Level, Signature, SignedBytes, Timestamp};
use mekong_signature::{ReadError, Reading, read};
use serde_json::Value;

/// The signing certificate, as references or hints name it.
fn signer(signature: &Signature) -> Option<&Certificate> {
    let names = |c: &&Certificate| match (signature.certificate_references.first(), &signature.signer_hint) {
        (Some(reference), _) if reference.digest.is_some() => {
            reference.digest.as_ref().is_some_and(|(algorithm, digest)| c.fingerprint(*algorithm) == **digest)
        }
        (_, Some(hint)) => hint.issuer_serial.as_ref().is_some_and(|(i, s)| c.issuer_der() == i && c.serial() == s),
        _ => true,
    };
    signature.certificates.iter().find(names)
}

/// Whether the value verifies with the signing certificate.
pub(crate) fn verifies(signature: &Signature) -> bool {
    let (Some(signer), Ok(algorithm)) = (signer(signature), signature.value.algorithm.clone()) else { return false };
    let SignedBytes::Bytes(bytes) = &signature.value.signed else { return false };
    signer.public_key().verify(algorithm, bytes, &signature.value.value).is_ok()
}

/// Whether value, structure and all that is signed are sound.
pub(crate) fn is_sound(document: &Document, signature: &Signature) -> bool {
    verifies(signature)
        && document.faults.is_empty()
        && signature.faults.is_empty()
        && signature.data.iter().all(|d| d.state == DataState::Intact)
}

/// Whether the imprint and everything listed is right and the token is signed by a certificate in it.
pub(crate) fn is_stamped(timestamp: &Timestamp) -> bool {
    let Ok(token) = &timestamp.token else { return false };
    timestamp.imprint == DataState::Intact
        && timestamp.faults.is_empty()
        && timestamp.data.iter().all(|d| d.state == DataState::Intact)
        && timestamp.certificates.iter().any(|c| token.check_signature(c).is_ok())
}

fn level(name: &str) -> Option<Level> {
    Some(match name.strip_prefix("XAdES_BASELINE_").or(name.strip_prefix("CAdES_BASELINE_"))? {
        "B" | "B_BES" => Level::B,
        "T" => Level::T,
        "LT" => Level::Lt,
        "LTA" => Level::Lta,
        _ => return None,
    })
}

/// A file, what is expected of it, its bytes.
type Line = (String, Value, Vec<u8>);

fn lines(set: &str) -> Result<Option<Vec<Line>>, Box<dyn std::error::Error>> {
    let Some(root) = shared("vectors/trust")? else { return Ok(None) };
    let mut found = Vec::new();
    for line in std::fs::read_to_string(root.join(set).join("expected.jsonl"))?.lines() {
        let line: Value = serde_json::from_str(line)?;
        if line["format"].as_str().is_some_and(|f| f.starts_with("ASiC")) {
            let file = line["file"].as_str().unwrap_or_default().to_owned();
            let bytes = std::fs::read(root.join(set).join(&file))?;
            found.push((file, line, bytes));
        }
    }
    Ok(Some(found))
}

/// Failures whose reason is not in the facts of the signature: revocation, chains, policy, expiry.
const FOR_VALIDATION: [&str; 4] = [
    "CHAIN_CONSTRAINTS_FAILURE",
    "REVOKED_NO_POE",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    "NO_SIGNING_CERTIFICATE_FOUND",
];

/// Levels that SiVa gives by rules of validation and not by structure: material that does not fit does not
/// count, a time-mark counts as time-stamp.
const OTHER_LEVEL: [&str; 4] = [
    "bdoc/test/timemark/TM-invalid-sig-no-sign-cert.asice",
    "bdoc/live/timestamp/TS-06_23634_TS_missing_OCSP.asice",
    "bdoc/test/timestamp/2_signatures_T_LT.asice",
    "bdoc/test/timestamp/IB-5987_signed_with_expired_certificate.asice",
];

fn check_siva(file: &str, line: &Value, document: &Document) -> usize {
    let result = &line["results"][0];
    let empty = Vec::new();
    let expected = result["signatures"].as_array().unwrap_or(&empty);
    let mut checked = 0;
    for (n, expected) in expected.iter().enumerate() {
        let index = expected["index"].as_u64().map_or(n, |i| usize::try_from(i).unwrap());
        let Some(signature) = document.signatures.get(index) else {
            // Signatures inside of the data file of ASiC-S.
            assert!(document.signatures.is_empty(), "{file}");
            continue;
        };
        let sub = expected["subIndication"].as_str().unwrap_or_default();
        let sound = is_sound(document, signature);
        match expected["indication"].as_str() {
            Some("TOTAL-PASSED") => {
                let stamped = signature.timestamps.iter().all(is_stamped);
                let why = (&document.faults, &signature.faults, &signature.data);
                assert!(sound && stamped, "{file} {index}: {why:?}");
                checked += 1;
            }
            Some(_)
                if line["pure"] == true && matches!(sub, "HASH_FAILURE" | "SIG_CRYPTO_FAILURE" | "FORMAT_FAILURE") =>
            {
                assert!(!sound, "{file} {index}");
                checked += 1;
            }
            Some(_) if sub == "SIGNED_DATA_NOT_FOUND" => {
                assert!(signature.data.iter().any(|d| d.state == DataState::Missing), "{file} {index}");
                checked += 1;
            }
            Some(_) if FOR_VALIDATION.contains(&sub) => {
                assert!(document.faults.is_empty(), "{file} {index}: {:?}", document.faults);
            }
            _ => {}
        }
        if let Some(level) = expected["signatureFormat"].as_str().and_then(level)
            && !OTHER_LEVEL.contains(&file)
        {
            assert_eq!(signature.level, level, "{file} {index}");
        }
    }
    for (n, expected) in result["timeStampTokens"].as_array().unwrap_or(&empty).iter().enumerate() {
        let timestamp = &document.timestamps[n];
        let passes = expected["indication"] == "TOTAL-PASSED";
        if line["pure"] == true {
            assert_eq!(is_stamped(timestamp), passes, "{file} {n}: {timestamp:?}");
            checked += 1;
        }
    }
    checked
}

#[test]
fn facts_of_the_containers_of_siva() -> TestResult {
    let Some(lines) = lines("siva")? else { return Ok(()) };
    let mut checked = 0;
    for (file, line, bytes) in &lines {
        match (line["outcome"].as_str().unwrap_or_default(), read(bytes, &Reading::default())) {
            ("no-signature", found) => assert!(matches!(found, Err(ReadError::NoSignature(_))), "{file}"),
            ("refused", found) => assert!(found.is_err() || found.is_ok_and(|d| !d.faults.is_empty()), "{file}"),
            (_, Err(error)) => panic!("{file}: {error}"),
            (_, Ok(document)) => {
                checked += check_siva(file, line, &document);
                continue;
            }
        }
        checked += 1;
    }
    println!("{} containers, {checked} verdicts compared", lines.len());
    assert_eq!(lines.len(), 100);
    assert!(checked >= 79, "{checked}");
    Ok(())
}

#[test]
fn facts_of_the_containers_of_dss() -> TestResult {
    let Some(lines) = lines("dss")? else { return Ok(()) };
    for (file, line, bytes) in &lines {
        let facts = &line["facts"];
        let document = match read(bytes, &Reading::default()) {
            Ok(document) => document,
            Err(error) => {
                assert!(facts["refused"] == true, "{file}: {error}");
                continue;
            }
        };
        let main = document.signatures.first();
        if let Some(expected) = facts["signatures"].as_u64() {
            assert_eq!(document.signatures.len() as u64, expected, "{file}");
        }
        if let (Some(expected), Some(main)) = (facts["b_level_valid"].as_bool(), main) {
            // An entry of a manifest may fail where the CMS over the manifest holds.
            let direct = main.data.first().is_some_and(|d| d.state == DataState::Intact) && verifies(main);
            let whole = direct && main.data.iter().all(|d| d.state == DataState::Intact);
            let found = if file.starts_with("asic-cades") { direct } else { whole };
            assert_eq!(found, expected, "{file}: {:?}", main.data);
        }
        if facts["structure_valid"] == true {
            assert!(document.faults.is_empty() && main.is_some_and(|m| m.faults.is_empty()), "{file}");
        }
        if let Some(expected) = facts["timestamps_invalid"].as_u64() {
            let own = main.map(|m| m.timestamps.as_slice()).unwrap_or_default();
            let invalid = own.iter().chain(&document.timestamps).filter(|t| !is_stamped(t)).count() as u64;
            assert_eq!(invalid, expected, "{file}");
        }
        for expected in line["expected"].as_array().unwrap_or(&Vec::new()) {
            check_dss(file, expected, &document);
        }
    }
    assert_eq!(lines.len(), 42);
    Ok(())
}

fn check_dss(file: &str, expected: &Value, document: &Document) {
    let sub = expected["subIndication"].as_str().unwrap_or_default();
    let index = usize::try_from(expected["index"].as_u64().unwrap_or(0)).unwrap();
    match (expected["target"].as_str().unwrap_or_default(), sub) {
        ("signature", "FORMAT_FAILURE") => {
            assert!(!document.faults.is_empty() || !document.signatures[index].faults.is_empty(), "{file}");
        }
        ("signature", "HASH_FAILURE") => {
            let data = &document.signatures[index].data;
            assert!(data.iter().any(|d| d.state == DataState::Altered), "{file}: {data:?}");
        }
        ("signature", "SIGNED_DATA_NOT_FOUND") => {
            let data = &document.signatures[index].data;
            assert!(data.iter().any(|d| d.state == DataState::Missing), "{file}: {data:?}");
        }
        ("timestamp", "HASH_FAILURE") if expected.get("of").is_none() => {
            let stamps: Vec<&Timestamp> =
                document.signatures.iter().flat_map(|s| &s.timestamps).chain(&document.timestamps).collect();
            assert!(stamps[index].data.iter().any(|d| d.state == DataState::Altered), "{file}");
        }
        ("evidence-record", "HASH_FAILURE") => {
            let record = &document.evidence_records[index];
            let failed = |state: &DataState| matches!(state, DataState::Altered | DataState::Unbound(_));
            let data = record.data.iter().any(|d| failed(&d.state));
            let stamps = record.timestamps.iter().any(|t| failed(&t.imprint));
            assert!(data || stamps, "{file}: {record:?}");
        }
        ("evidence-record", "SIGNED_DATA_NOT_FOUND") => {
            let record = &document.evidence_records[index];
            assert!(record.data.iter().any(|d| d.state == DataState::Missing), "{file}: {record:?}");
        }
        ("evidence-record", _) if expected["indication_not"] == "FAILED" => {
            for record in &document.evidence_records {
                assert!(record.faults.is_empty(), "{file}: {:?}", record.faults);
                assert!(record.data.iter().all(|d| d.state == DataState::Intact), "{file}: {:?}", record.data);
                assert!(!record.proves.is_empty(), "{file}");
            }
        }
        ("document", _) => assert!(document.signatures.is_empty(), "{file}"),
        _ => {}
    }
}
