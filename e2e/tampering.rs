//! Copies of exported evidence, changed by a foreign program: each is invalid, and the verdict says what broke.

use crate::evidence::{exported, verify};
use crate::support::demo::shared;
use crate::support::python::run_client;
use std::path::PathBuf;

/// Changes a copy of the answer's container and judges it.
#[track_caller]
fn check(change: &[&str], reason: &str, detail: &str) {
    let demo = shared();
    let folder = tempfile::tempdir().unwrap();
    let changed: PathBuf = folder.path().join("changed.asice");
    let (from, other) = (exported(demo, "response"), exported(demo, "request"));
    let mut arguments: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&from, &changed, &other];
    arguments.extend(change.iter().map(|word| word as &dyn AsRef<std::ffi::OsStr>));
    run_client("tamper.py", &arguments).success();
    let ended = verify(demo, &[changed]);
    let line = &ended.json_lines()[0];
    assert_eq!((ended.code, &line["valid"], &line["reason"]), (1, &false.into(), &reason.into()), "{change:?}: {line}");
    assert!(line["detail"].as_str().unwrap().contains(detail), "{change:?}: no {detail:?} in {line}");
}

#[test]
fn changed_files_are_named() {
    // An answer with a body is signed through a hash chain.
    let chain = "malformed_signature.invalid_hash_chain_ref";
    check(&["replace", "message.xml", "200\r\nOK", "201\r\nOK"], chain, "/message.xml");
    check(&["replace", "attachment1", "\"country\"", "\"COUNTRY\""], chain, "/attachment1");
    check(
        &["replace", "META-INF/signatures.xml", "SigningTime>20", "SigningTime>21"],
        "invalid_signature_value",
        "#signed-properties",
    );
    check(&["flip", "META-INF/signatures.xml", "SignatureValue"], "invalid_signature_value", "signature value");
}

#[test]
fn missing_and_foreign_files_are_named() {
    check(&["remove", "message.xml"], "asic_message_not_found", "message.xml");
    check(&["remove", "META-INF/signatures.xml"], "asic_signature_not_found", "META-INF/signatures.xml");
    check(&["remove", "mimetype"], "asic_mime_type_not_found", "mimetype");
    check(&["replace", "mimetype", "asic-e", "asic-s"], "asic_invalid_mime_type", "media type");
    check(&["exchange", "message.xml"], "malformed_signature.invalid_hash_chain_ref", "/message.xml");
    check(&["exchange", "META-INF/signatures.xml"], "malformed_signature", "/attachment1 is not covered");
}

#[test]
fn broken_zip_files_are_refused() {
    check(&["cut", "100"], "asic_mime_type_not_found", "");
    check(&["twice", "message.xml"], "asic_entry_refused", "is there twice");
}
