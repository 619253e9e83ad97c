//! Containers and archives, judged by `mekong verify` with the global configuration of the reference's tests.

use crate::case::{Case, Judge};
use crate::command::{Answer, mekong, verdict};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The configuration with which the reference's tests judge.
pub(crate) const GLOBAL_CONF: &str = "globalconf/parsed/globalconf_good2_v3";

/// The keys of every line, which other programs rely on.
const KEYS: [&str; 7] = ["file", "valid", "reason", "detail", "signer", "signed_at", "timestamp"];

/// `mekong verify --json --global-conf ... FILE...`
pub(crate) fn verify(root: &Path, files: &[PathBuf]) -> Answer {
    let mut arguments = vec!["verify".into(), "--json".into(), "--global-conf".into(), root.join(GLOBAL_CONF)];
    arguments.extend_from_slice(files);
    mekong(arguments)
}

/// All cases in one run, a line each in their order.
pub(crate) fn judge(judge: Judge, cases: &[&Case], root: &Path) -> Vec<String> {
    let files: Vec<PathBuf> = cases.iter().map(|case| root.join(&case.file)).collect();
    let answer = verify(root, &files);
    assert_eq!(answer.lines.len(), files.len(), "one line a file: {}", answer.errors);
    for (line, file) in answer.lines.iter().zip(&files) {
        check_shape(line, file);
    }
    answer.lines.iter().map(|line| if judge == Judge::Structure { structure(line) } else { verdict(line) }).collect()
}

/// Only what is said of the container as such: codes of the reference for that begin with `asic_`.
fn structure(line: &Value) -> String {
    let reason = line["reason"].as_str().unwrap_or_default();
    if reason.starts_with("asic_") { format!("structure-bad {reason}") } else { "structure-ok".to_owned() }
}

fn check_shape(line: &Value, file: &Path) {
    for key in KEYS {
        assert!(line.get(key).is_some(), "{}: no {key} in {line}", file.display());
    }
    assert_eq!(line["file"].as_str(), file.to_str());
    assert!(!line["detail"].as_str().unwrap_or_default().is_empty(), "{}: says nothing", file.display());
    if line["valid"] == true && file.extension().is_some_and(|e| e == "asice") {
        for key in ["signer", "signed_at", "timestamp"] {
            assert!(line[key].is_string(), "{}: valid without {key}", file.display());
        }
    }
}
