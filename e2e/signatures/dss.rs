//! EU DSS, the European reference validator, gives the verdicts that we give.

use super::made::{FORMS, LEVELS, signed, verdict};
use crate::support::country::country;
use crate::support::dss::ask;
use serde_json::{Value, json};

/// `XAdES-BASELINE-LT` as DSS writes it: `XAdES_BASELINE_LT`.
fn level(signature: &Value) -> String {
    signature["level"].as_str().unwrap_or_default().replace('-', "_")
}

/// Indication, sub-indication and level of every signature, and the indications of its time-stamps.
fn told(signatures: &Value, timestamps: &Value) -> Vec<(Value, Value, String, Vec<Value>)> {
    let around = timestamps.as_array().cloned().unwrap_or_default();
    let stamps = |signature: &Value| {
        let own = signature["timestamps"].as_array().cloned().unwrap_or_default();
        own.iter().chain(&around).map(|stamp| stamp["indication"].clone()).collect()
    };
    let one = |s: &Value| (s["indication"].clone(), s["sub_indication"].clone(), level(s), stamps(s));
    signatures.as_array().into_iter().flatten().map(one).collect()
}

#[test]
fn verdicts_on_every_form_and_level_are_equal() {
    let (folder, anchors) = (signed(), ["signatures.pem", "time-stamps.pem"].map(|name| country().path(name)));
    for (name, _, _) in FORMS {
        let detached = name.ends_with("-detached").then_some("note.txt");
        for level in LEVELS {
            let mut request = json!({ "file": folder.join(format!("{name}-{level}")), "anchors": anchors });
            if let Some(content) = detached {
                request["detached"] = json!([country().path(content)]);
            }
            let Some(theirs) = ask(&request) else { return };
            let ours = verdict(&format!("signed/{name}-{level}"), detached);
            assert!(theirs["error"].is_null(), "{name} {level}: {theirs}");
            let (ours_told, theirs_told) =
                (told(&ours["signatures"], &ours["timestamps"]), told(&theirs["signatures"], &Value::Null));
            assert_eq!(ours_told, theirs_told, "{name} {level}\nours: {ours:#}\ntheirs: {theirs:#}");
        }
    }
}
