//! The documents of SiVa, as its README of the vectors says how to read them: every verdict that follows from the standard
//! must agree; a negative one must not be passed; positive ones count where the anchors are complete.

use crate::case::Outcome;
use crate::judged::{Given, array, digest, judge, lines, text};
use crate::{anchors, is_wanted};
use mekong_pki::anchors::Anchors;
use mekong_signature::read::Detached;
use mekong_signature::validation::{Conclusion, Policy, Report};
use serde_json::Value;
use std::path::Path;

/// Not before 2025-04-25, as the README asks.
const AT: &str = "2026-01-01T00:00:00Z";

/// The European policy without ends of algorithms: the source dates out nothing, RSA from 1024 and ECDSA from 256 bits.
fn policy() -> Policy {
    let text = Policy::text("european").expect("the policy is embedded");
    let lines = text.lines().filter(|line| !line.contains("bits = 224"));
    let without_ends: Vec<String> = lines.map(without_end).collect();
    Policy::parse(&without_ends.join("\n")).expect("the policy reads")
}

fn without_end(line: &str) -> String {
    let dated = |_: &usize| line.contains("SHA") || line.contains("until");
    let Some(start) = line.find("\"20").filter(dated) else {
        return line.to_owned();
    };
    format!("{}\"no end\"{}", &line[..start], &line[start + 12..])
}

pub(crate) fn outcomes(folder: &Path) -> Vec<Outcome> {
    let policy = policy();
    let (test, live) =
        (anchors::listed(&folder.join("anchors"), &["EE_T"]), anchors::listed(&folder.join("anchors"), &["EE_2016"]));
    let both = anchors::listed(&folder.join("anchors"), &["EE_T", "EE_2016"]);
    let all = lines(&folder.join("expected.jsonl"));
    assert!(all.len() >= 145, "expected.jsonl is cut");
    let choose = |line: &Value| match array(line, "anchors") {
        [one] if one == "EE_T" => test.clone(),
        [one] if one == "EE_2016" => live.clone(),
        _ => both.clone(),
    };
    all.iter().flat_map(|line| document(folder, line, &choose(line), &policy)).collect()
}

fn document(folder: &Path, line: &Value, anchors: &Anchors, policy: &Policy) -> Vec<Outcome> {
    let file = text(line, "file").expect("a file");
    let name = format!("siva/{file}");
    if !is_wanted(&name) {
        return Vec::new();
    }
    let bytes = std::fs::read(folder.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    let complete = line.get("anchors_complete").and_then(Value::as_bool).unwrap_or(false);
    let results = array(line, "results").iter().enumerate();
    let mut outcomes = Vec::new();
    for (place, result) in results {
        let detached = array(result, "detached").iter().map(|d| Detached {
            name: text(d, "name").or(text(d, "filename")).map(str::to_owned),
            content: digest(
                text(d, "digest").or(text(d, "hashAlgo")).expect("digest"),
                text(d, "value").or(text(d, "hash")).expect("value"),
            ),
        });
        let at = AT.parse().expect("a time");
        let detached = detached.collect();
        let given = Given { anchors, certificates: &[], policy, at, detached, evidence_records: Vec::new() };
        let report = judge(&name, &bytes, given).map(|(_, report)| report);
        let name = if place == 0 { name.clone() } else { format!("{name} result {place}") };
        outcomes.extend(compare(&name, line, result, complete, &report));
    }
    outcomes
}

fn compare(name: &str, line: &Value, result: &Value, complete: bool, report: &Result<Report, String>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    if result.get("refused").is_some_and(|r| !r.is_null()) {
        if line.get("pure") == Some(&Value::Bool(true)) {
            let passed = report.as_ref().is_ok_and(Report::is_passed);
            outcomes.push(Outcome::new(
                format!("{name} refused"),
                "not passed",
                if passed { "passed" } else { "not passed" },
            ));
        }
        return outcomes;
    }
    for signature in array(result, "signatures") {
        let index = signature.get("index").and_then(Value::as_u64).unwrap_or(0) as usize;
        let found = report.as_ref().ok().and_then(|r| r.signatures.get(index));
        let conclusion = found.map(|s| s.conclusion);
        verdict(&mut outcomes, &format!("{name} signature {index}"), signature, complete, conclusion, report);
        let passed = text(signature, "indication") == Some("TOTAL-PASSED");
        if let (Some(best), Some(found), true) = (
            text(signature, "bestSignatureTime"),
            found,
            passed && complete && found.is_some_and(|f| f.conclusion.is_passed()),
        ) {
            outcomes.push(Outcome::new(
                format!("{name} signature {index} best time"),
                best,
                found.best_time.to_string(),
            ));
        }
        if let Some(format) = text(signature, "signatureFormat")
            .filter(|f| f.contains("BASELINE") && !f.ends_with("_TM") && !f.ends_with("_BES"))
        {
            let actual = found.map_or("none".into(), |s| s.level_name().replace('-', "_"));
            outcomes.push(Outcome::new(format!("{name} signature {index} level"), format, actual));
        }
    }
    for (index, token) in array(result, "timeStampTokens").iter().enumerate() {
        let index = token.get("index").and_then(Value::as_u64).map_or(index, |i| i as usize);
        let found = report.as_ref().ok().and_then(|r| r.timestamps.get(index));
        verdict(
            &mut outcomes,
            &format!("{name} time-stamp {index}"),
            token,
            complete,
            found.map(|t| t.conclusion),
            report,
        );
    }
    outcomes
}

/// One verdict: only where it follows from the standard.
fn verdict(
    outcomes: &mut Vec<Outcome>,
    name: &str,
    expected: &Value,
    complete: bool,
    found: Option<Conclusion>,
    report: &Result<Report, String>,
) {
    let Some(indication) = text(expected, "indication") else { return };
    if expected.get("pure") != Some(&Value::Bool(true)) {
        return;
    }
    let actual = || match (found, report) {
        (Some(conclusion), _) => conclusion.to_string(),
        (None, Err(error)) => format!("not read: {error}"),
        (None, Ok(_)) => "not found".into(),
    };
    let passed = found.is_some_and(Conclusion::is_passed);
    if indication == "TOTAL-PASSED" {
        if complete {
            let actual = if passed { "passed".into() } else { actual() };
            outcomes.push(Outcome::new(name, "passed", actual));
        }
        return;
    }
    outcomes.push(Outcome::new(name, "not passed", if passed { "passed" } else { "not passed" }));
    if let (Some(sub), Some(&Value::Bool(true))) = (text(expected, "subIndication"), expected.get("pure_sub")) {
        let actual = found.and_then(|c| c.sub_indication).map_or_else(actual, |sub| sub.to_string());
        outcomes.push(Outcome::new(format!("{name} why"), sub, actual));
    }
}
