//! Exit codes of the two commands that give verdicts: 0 all valid, 1 some not, 2 could not be checked.

use crate::command::mekong;
use crate::containers::verify;
use crate::{directories, vectors};
use std::path::PathBuf;

#[test]
fn verify_exits_with_the_worst_verdict() {
    let Some(root) = vectors::root() else { return };
    let files = |names: &[&str]| names.iter().map(|n| root.join("asic").join(n)).collect::<Vec<PathBuf>>();
    let (good, bad) = ("valid-signed-message.asice", "wrong-message.asice");
    for (names, expected) in [
        (vec![good], 0),
        (vec![good, "valid-batch-ts.asice", "valid-non-batch-rest.asice"], 0),
        (vec![bad], 1),
        (vec![good, bad, good], 1),
        (vec!["there-is-no-such-file.asice"], 2),
        (vec![good, "there-is-no-such-file.asice"], 2),
        (vec!["there-is-no-such-file.asice", bad], 1),
    ] {
        let answer = verify(&root, &files(&names));
        assert_eq!(answer.code, expected, "{names:?}: {:?} {}", answer.lines, answer.errors);
        assert_eq!(answer.lines.len(), names.len());
    }
}

#[test]
fn verify_without_a_configuration_leaves_it_open() {
    let Some(root) = vectors::root() else { return };
    let file = |name: &str| root.join("asic").join(name);
    let answer = mekong([PathBuf::from("verify"), "--json".into(), file("valid-signed-message.asice")]);
    assert_eq!((answer.code, &answer.lines[0]["valid"]), (2, &serde_json::Value::Null));
    assert_eq!(answer.lines[0]["reason"], "signer_not_checked");
    let answer = mekong([PathBuf::from("verify"), "--json".into(), file("invalid-digest.asice")]);
    assert_eq!((answer.code, &answer.lines[0]["valid"]), (1, &serde_json::Value::Bool(false)));
}

#[test]
fn verify_says_what_is_wrong_with_a_configuration_folder() {
    let Some(root) = vectors::root() else { return };
    let empty = root.join("globalconf/parsed/globalconf_empty");
    let file = root.join("asic/valid-signed-message.asice");
    let answer = mekong([PathBuf::from("verify"), "--json".into(), "--global-conf".into(), empty.clone(), file]);
    assert_eq!((answer.code, answer.lines.len()), (2, 0));
    assert!(answer.errors.contains(&empty.display().to_string()), "{}", answer.errors);
}

#[test]
fn directory_verify_exits_with_the_worst_verdict() {
    let Some(root) = vectors::root() else { return };
    for (files, expected) in [
        (vec!["V6/internalconf"], 0),
        (vec!["V6/externalconf"], 1),
        (vec!["V6/internalconf", "V6/externalconf"], 1),
        (vec!["V6/there-is-none"], 2),
        (vec!["V6/internalconf", "V6/there-is-none"], 2),
        (vec!["V6/there-is-none", "V6/externalconf"], 1),
    ] {
        let answer = directories::verify(&root, "2026-11-22T00:00:00Z", None, &files);
        assert_eq!(answer.code, expected, "{files:?}: {:?} {}", answer.lines, answer.errors);
        assert_eq!(answer.lines.len(), files.len());
    }
}
