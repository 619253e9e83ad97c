//! The facts of signatures that others made.

use base64::Engine;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use mekong_pki::testing::{TestResult, shared};
use mekong_signature::facts::{
    DataState, Document, Level, Signature, SignatureFormat, SignedBytes, Timestamp, TimestampKind,
};
use mekong_signature::read::{Detached, DetachedContent};
use mekong_signature::{ReadError, Reading, read};
use serde_json::Value;
use std::path::Path;

/// Detached content of a line of the vectors.
pub(crate) enum Given {
    Bytes(Vec<u8>),
    Digest(DigestAlgorithm, Vec<u8>),
}

pub(crate) fn given(root: &Path, line: &Value) -> Vec<(Option<String>, Given)> {
    let list = line["detached"].as_array().cloned().unwrap_or_default();
    let base64 = |value: &Value| base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap()).unwrap();
    let one = |detached: &Value| {
        let given = match detached {
            d if d.get("text").is_some() => Given::Bytes(d["text"].as_str().unwrap().into()),
            d if d.get("file").is_some() => {
                Given::Bytes(std::fs::read(root.join(d["file"].as_str().unwrap())).unwrap())
            }
            d if d.get("hex").is_some() => Given::Bytes(hex::decode(d["hex"].as_str().unwrap()).unwrap()),
            d => {
                let algorithm = DigestAlgorithm::from_name(d["digest"].as_str().unwrap()).unwrap();
                Given::Digest(algorithm, base64(&d["value"]))
            }
        };
        (detached["name"].as_str().map(str::to_owned), given)
    };
    list.iter().map(one).collect()
}

pub(crate) fn reading(given: &[(Option<String>, Given)]) -> Reading<'_> {
    let detached = given.iter().map(|(name, given)| Detached {
        name: name.clone(),
        content: match given {
            Given::Bytes(bytes) => DetachedContent::Source(bytes),
            Given::Digest(algorithm, digest) => DetachedContent::Digests(vec![(*algorithm, digest.clone())]),
        },
    });
    Reading { detached: detached.collect(), ..Reading::default() }
}

/// The certificate that the signed references, else the hint, name.
pub(crate) fn signer<'s>(signature: &'s Signature, more: &'s [Certificate]) -> Option<&'s Certificate> {
    let is_it = |c: &&Certificate| match (signature.certificate_references.first(), &signature.signer_hint) {
        (Some(reference), _) => {
            reference.digest.as_ref().is_some_and(|(algorithm, digest)| c.fingerprint(*algorithm) == **digest)
        }
        (None, Some(hint)) => hint.issuer_serial.as_ref().is_some_and(|(i, s)| c.issuer_der() == i && c.serial() == s),
        _ => false,
    };
    signature.certificates.iter().chain(more).find(is_it)
}

fn verify(signature: &Signature, signer: &Certificate) -> Result<(), String> {
    let algorithm = signature.value.algorithm.clone()?;
    let SignedBytes::Bytes(bytes) = &signature.value.signed else { return Err("no bytes".into()) };
    signer.public_key().verify(algorithm, bytes, &signature.value.value).map_err(|e| e.to_string())
}

/// Whether the value verifies with the signing certificate, and what is signed is intact.
pub(crate) fn is_intact(signature: &Signature, more: &[Certificate]) -> bool {
    signer(signature, more).is_some_and(|signer| verify(signature, signer).is_ok())
        && signature.faults.is_empty()
        && signature.data.iter().all(|d| d.state == DataState::Intact)
}

/// Whether the imprint is right and the token is signed by a certificate that came along.
pub(crate) fn is_stamped(timestamp: &Timestamp, more: &[Certificate]) -> bool {
    let Ok(token) = &timestamp.token else { return false };
    timestamp.imprint == DataState::Intact
        && timestamp.certificates.iter().chain(more).any(|c| token.check_signature(c).is_ok())
}

fn level(name: &str) -> Option<Level> {
    Some(match name.rsplit('_').next()? {
        "BES" | "EPES" => Level::Bes,
        "B" => Level::B,
        "T" => Level::T,
        "LT" => Level::Lt,
        "LTA" | "ERS" => Level::Lta,
        _ => return None,
    })
}

/// Expectations that do not hold here, and why.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    (
        "cades/cades-broken-sig-tst-and-ats-v3.cms",
        "b_level_valid",
        "the DigestInfo inside the RSA signature lacks the NULL of RFC 8017 §9.2; OpenSSL refuses it too",
    ),
    (
        "cades/cades-broken-sig-tst-and-ats-v3.cms",
        "t_level_valid",
        "the signature of the token verifies; that its authority's certificate had expired is for validation",
    ),
];

/// What is expected of `file`; an exception expects the opposite.
fn expected(file: &str, facts: &Value, name: &str) -> Option<bool> {
    let excepted = EXCEPTIONS.iter().any(|(f, n, _)| (*f, *n) == (file, name));
    facts[name].as_bool().map(|value| value != excepted)
}

fn check(file: &str, line: &Value, document: &Document, more: &[Certificate]) {
    let (facts, main) = (&line["facts"], &document.signatures[0]);
    if let Some(expected) = expected(file, facts, "b_level_valid") {
        let why = signer(main, more).map(|s| (s.subject(), verify(main, s)));
        assert_eq!(
            is_intact(main, more),
            expected,
            "{file}: {why:?} {:?} {:?} {:?}",
            main.faults,
            main.data,
            main.value.algorithm
        );
    }
    let stamped = |kind: TimestampKind| {
        let mut stamps = main.timestamps.iter().filter(|t| t.kind == kind);
        stamps.all(|t| is_stamped(t, &main.certificates))
    };
    let states: Vec<_> = main.timestamps.iter().map(|t| (t.kind, &t.imprint, &t.faults)).collect();
    if let Some(expected) = expected(file, facts, "t_level_valid") {
        assert_eq!(stamped(TimestampKind::Signature), expected, "{file}: {states:?}");
    }
    if let Some(expected) = facts["a_level_valid"].as_bool() {
        assert_eq!(stamped(TimestampKind::Archive), expected, "{file}: {states:?}");
    }
    if facts["timestamps_invalid"] == 0 {
        assert!(main.timestamps.iter().all(|t| is_stamped(t, &main.certificates)), "{file}: {states:?}");
    }
    if let Some(expected) = facts["ats_hash_index_valid"].as_bool() {
        let findings: Vec<_> = main.timestamps.iter().flat_map(|t| &t.findings).collect();
        assert_eq!(!findings.iter().any(|f| f.code == "ats_hash_index_invalid"), expected, "{file}: {findings:?}");
    }
    if let Some(expected) = facts["structure_valid"].as_bool() {
        assert_eq!(main.faults.is_empty(), expected, "{file}: {:?}", main.faults);
    }
    if let Some(expected) = facts["signing_certificate_identified"].as_bool() {
        assert_eq!(signer(main, more).is_some(), expected, "{file}");
    }
    if let Some(expected) = line["level"].as_str().and_then(level) {
        assert_eq!(main.level, expected, "{file}");
    }
}

#[test]
fn vectors_of_dss_say_what_is_expected() -> TestResult {
    let Some(root) = shared("vectors/trust/dss")? else { return Ok(()) };
    let mut seen = 0;
    for line in std::fs::read_to_string(root.join("expected.jsonl"))?.lines() {
        let line: Value = serde_json::from_str(line)?;
        if line["format"] != "CAdES" {
            continue;
        }
        seen += 1;
        let file = line["file"].as_str().unwrap();
        let given = given(&root, &line);
        let found = read(&std::fs::read(root.join(file))?, &reading(&given));
        if line["facts"]["refused"] == true {
            assert!(matches!(found, Err(ReadError::Malformed { .. } | ReadError::NoSignature(_))), "{file}: {found:?}");
            continue;
        }
        if file == "cades/cades-duplicated-signed-attrs.p7m" {
            let trailing = |e: ReadError| e.to_string().contains("2598 bytes too many");
            assert!(found.is_err_and(trailing), "a file that goes on after the ContentInfo is not read");
            continue;
        }
        let more = line["signing_cert"].as_str().map(|path| std::fs::read_to_string(root.join(path)).unwrap());
        let more = more.map(|pem| Certificate::all_from_pem(&pem).unwrap()).unwrap_or_default();
        check(file, &line, &found.unwrap_or_else(|e| panic!("{file}: {e}")), &more);
    }
    assert_eq!(seen, 25);
    Ok(())
}

#[test]
fn vectors_of_siva_have_their_levels() -> TestResult {
    let Some(root) = shared("vectors/trust/siva")? else { return Ok(()) };
    let mut seen = 0;
    for line in std::fs::read_to_string(root.join("expected.jsonl"))?.lines() {
        let line: Value = serde_json::from_str(line)?;
        if line["format"] != "CAdES" {
            continue;
        }
        seen += 1;
        let file = line["file"].as_str().unwrap();
        let document = read(&std::fs::read(root.join(file))?, &Reading::default())?;
        let main = &document.signatures[0];
        let result = &line["results"][0]["signatures"][0];
        let wanted = result["signatureLevel"].as_str().or(result["signatureFormat"].as_str()).unwrap_or_default();
        assert_eq!(Some(main.level), level(wanted), "{file} {wanted}");
        assert_eq!(main.format, SignatureFormat::Cades);
        assert_eq!(is_intact(main, &[]), !file.contains("detached"), "{file}: {:?} {:?}", main.faults, main.data);
        assert!(
            main.timestamps.iter().all(|t| is_stamped(t, &main.certificates)),
            "{file}: {:?}",
            main.timestamps.iter().map(|t| (t.kind, &t.imprint)).collect::<Vec<_>>()
        );
        assert!(main.timestamps.iter().all(|t| t.findings.is_empty() && t.faults.is_empty()), "{file}");
    }
    assert_eq!(seen, 6);
    Ok(())
}
