//! Where we differ from what is expected, and why: `{name: {expected, actual, reason}}`.

use crate::case::Outcome;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A difference that is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exception {
    expected: String,
    actual: String,
    reason: String,
}

/// What the comparison found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) as_expected: usize,
    pub(crate) exceptions: usize,
    pub(crate) complaints: Vec<String>,
}

/// The exceptions of a suite, from the text of its file.
pub(crate) fn read(text: &str) -> BTreeMap<String, Exception> {
    serde_json::from_str(text).expect("exceptions.json")
}

/// Outcomes against exceptions: new differences, unexpected successes and stale exceptions are complaints.
pub(crate) fn compare(outcomes: &[Outcome], exceptions: &BTreeMap<String, Exception>) -> Report {
    let mut report = Report::default();
    for Outcome { name, expected, actual } in outcomes {
        match (expected == actual, exceptions.get(name)) {
            (true, None) => report.as_expected += 1,
            (true, Some(_)) => report.complaints.push(format!("{name}: is as expected now; delete its exception")),
            (false, None) => report.complaints.push(format!("{name}: expected {expected:?}, found {actual:?}")),
            (false, Some(known)) if known.expected == *expected && known.actual == *actual => report.exceptions += 1,
            (false, Some(known)) => report.complaints.push(format!(
                "{name}: expected {expected:?}, found {actual:?}, the exception says {:?} and {:?}",
                known.expected, known.actual
            )),
        }
    }
    for (name, exception) in exceptions {
        if !outcomes.iter().any(|outcome| outcome.name == *name) {
            report.complaints.push(format!("{name}: has an exception and no case"));
        }
        if exception.reason.trim().is_empty() {
            report.complaints.push(format!("{name}: its exception gives no reason"));
        }
    }
    report
}

#[test]
fn differences_and_unexpected_successes_are_complaints() {
    let outcome = |name: &str, expected: &str, actual: &str| Outcome {
        name: name.into(),
        expected: expected.into(),
        actual: actual.into(),
    };
    let known: BTreeMap<String, Exception> = serde_json::from_str(
        r#"{"known": {"expected": "a", "actual": "b", "reason": "x"}, "mended": {"expected": "a", "actual": "b", "reason": "x"},
            "gone": {"expected": "a", "actual": "b", "reason": " "}}"#,
    )
    .unwrap();
    let outcomes =
        [outcome("good", "a", "a"), outcome("new", "a", "b"), outcome("known", "a", "b"), outcome("mended", "a", "a")];
    let report = compare(&outcomes, &known);
    assert_eq!((report.as_expected, report.exceptions), (1, 1));
    let named: Vec<&str> = report.complaints.iter().map(|c| c.split(':').next().unwrap()).collect();
    assert_eq!(named, ["new", "mended", "gone", "gone"]);
}
