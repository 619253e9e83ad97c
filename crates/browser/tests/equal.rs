//! The module answers exactly as the same code does natively, on documents that others made; and both as is right.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use mekong_browser::{Outcome, answer};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A question with the files that it numbers.
struct Case {
    question: Value,
    buffers: Vec<PathBuf>,
}

impl Case {
    fn answer(&self) -> (Outcome, Value) {
        let buffers: Vec<Vec<u8>> = self.buffers.iter().map(|path| std::fs::read(path).unwrap()).collect();
        let (outcome, json) = answer(self.question.to_string().as_bytes(), &buffers);
        (outcome, serde_json::from_slice(&json).unwrap())
    }
}

/// The vectors, or `None` (and a line) where they are not at hand.
fn vectors() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("MEKONG_SHARED").map_or(beside, PathBuf::from).join("vectors/trust");
    if shared.is_dir() {
        return Some(shared);
    }
    assert!(std::env::var("CI").is_err(), "no ../shared");
    println!("skipped: no ../shared");
    None
}

/// The document, the lists, the signer of one's own list, and what the set trusts beside the lists.
const FILES: [Option<&str>; 8] = [
    None,
    Some("mra-lotl.xml"),
    Some("mra-zz-tl.xml"),
    Some("certs/ZZ-LOTL-signer.crt"),
    Some("certs/Test-Qualified-CA1-from-ZZ.crt"),
    Some("certs/Test-QTSP-1-RootCA-from-ZZ.crt"),
    Some("certs/ZZ-QTSP1-ocsp-responder.crt"),
    Some("certs/good-tsa.crt"),
];

/// A document of the set about mutual recognition, with its lists.
fn recognised(folder: &Path, name: &str) -> Case {
    let fetched = "2022-06-11T00:00:00Z";
    Case {
        question: json!({
            "document": 0, "name": name, "at": fetched,
            "lists": [{"buffer": 1, "from": "own", "fetched": fetched}, {"buffer": 2, "from": "theirs", "fetched": fetched}],
            "list_signers": [3], "anchors": [4, 5, 6, 7],
        }),
        buffers: FILES.iter().map(|file| folder.join("mra").join(file.unwrap_or(name))).collect(),
    }
}

/// A document alone, with nothing trusted.
fn alone(path: PathBuf) -> Case {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let question = json!({"document": 0, "name": name, "at": "2026-01-01T00:00:00Z", "policy": "vietnam"});
    Case { question, buffers: vec![path] }
}

#[test]
fn documents_under_the_agreement_are_recognised() {
    let Some(folder) = vectors() else { return };
    for name in ["john-doe-lta.xml", "john-doe-lta.pdf"] {
        let (outcome, verdict) = recognised(&folder, name).answer();
        assert_eq!(outcome, Outcome::Verdict, "{verdict}");
        let signature = &verdict["verdict"]["signatures"][0];
        assert_eq!(signature["indication"], "TOTAL_PASSED", "{name}: {signature:#}");
        assert_eq!(signature["recognised"]["as"], "QESIG", "{name}: {signature:#}");
        for language in ["vi", "lo", "en"] {
            assert!(verdict["html"][language].as_str().unwrap().contains("John Doe"), "{verdict:#}");
        }
    }
}

#[test]
fn questions_that_make_no_sense_are_refused() {
    for (question, word) in [
        ("", "EOF"),
        ("{}", "document"),
        (r#"{"document":5,"name":"x","at":"2026-01-01T00:00:00Z","policy":"laos"}"#, "no buffer 5"),
        (r#"{"document":0,"name":"x","at":"2026-01-01T00:00:00Z","policy":"rome"}"#, "laos"),
        (r#"{"document":0,"name":"x","at":"now","policy":"laos"}"#, "now"),
        (r#"{"document":0,"name":"x","at":"2026-01-01T00:00:00Z","policy":"laos","anchors":[0]}"#, "buffer 0"),
    ] {
        let (outcome, json) = answer(question.as_bytes(), &[b"no certificate".to_vec()]);
        let json = String::from_utf8(json).unwrap();
        assert_eq!(outcome, Outcome::BadQuestion, "{json}");
        assert!(json.contains(word), "{question}: {json}");
    }
    let fetched = "2026-01-01T00:00:00Z";
    let list = json!({
        "document": 0, "name": "x", "at": fetched, "policy": "laos",
        "lists": [{"buffer": 0, "from": "broken.xml", "fetched": fetched}],
    });
    let (outcome, json) = answer(list.to_string().as_bytes(), &[b"<no-list/>".to_vec()]);
    assert_eq!(outcome, Outcome::BadQuestion, "a list that does not verify must not be passed over");
    assert!(String::from_utf8(json).unwrap().contains("broken.xml"));
}

#[test]
fn the_module_answers_as_the_native_code_does() {
    let Some(folder) = vectors() else { return };
    let Some(module) = std::env::var_os("MEKONG_BROWSER_MODULE") else {
        assert!(std::env::var("CI").is_err(), "no module: ./dev test builds it and says where");
        println!("skipped: no MEKONG_BROWSER_MODULE; ./dev browser builds it");
        return;
    };
    let mut cases: Vec<Case> = ["john-doe-lta.xml", "john-doe-lta.pdf"].map(|name| recognised(&folder, name)).into();
    let formats = ["asice", "asics", "bdoc", "cades", "pdf", "xades"];
    cases.extend(formats.iter().flat_map(|format| documents(&folder.join("siva").join(format), 25)).map(alone));
    let dir = tempfile::tempdir().unwrap();
    let list: Vec<Value> =
        cases.iter().map(|case| json!({"question": case.question, "buffers": case.buffers})).collect();
    std::fs::write(dir.path().join("cases.json"), serde_json::to_vec(&list).unwrap()).unwrap();
    let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/host.mjs");
    let output = Command::new("node").arg(host).arg(module).arg(dir.path().join("cases.json")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.lines().count(), cases.len());
    for (line, case) in said.lines().zip(&cases) {
        let mut parts = line.splitn(3, ' ');
        let (code, took, json) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let (outcome, verdict) = case.answer();
        let expected = match outcome {
            Outcome::Verdict => "0",
            Outcome::NoSignature => "1",
            Outcome::BadQuestion => "2",
        };
        println!("{took} ms in the module: {}", case.question["name"]);
        let theirs: Value = serde_json::from_str(json).unwrap();
        assert_eq!((code, &theirs), (expected, &verdict), "{}", case.question["name"]);
    }
}

/// Some files below a folder and its folders, in the order of their names.
fn documents(folder: &Path, most: usize) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let all = entries.into_iter().flat_map(|path| if path.is_dir() { documents(&path, most) } else { vec![path] });
    all.take(most).collect()
}
