//! The verdict as text for a terminal: the plain words first, then the findings of an engineer.

use super::Failure;
use mekong_base::Language;
use mekong_signature::ReadError;
use mekong_signature::facts::{Finding, Weight};
use mekong_verdict::plain::{self, Plain};
use mekong_verdict::report::{meaning, meaning_of_change};
use mekong_verdict::{Outcome, Verdict};
use std::fmt::Write as _;

/// A file that was judged.
pub(super) fn of(file: &str, verdict: &Verdict, language: Language) -> String {
    let plain = plain::of(verdict, language);
    let mut text = head(file, &plain);
    for (signature, told) in verdict.report.signatures.iter().zip(&plain.signatures) {
        let _ = writeln!(text, "\n  {}  {}  {}", signature.id, signature.conclusion, signature.level_name());
        let width = told.facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, value) in &told.facts {
            let pad = width - name.chars().count();
            let _ = writeln!(text, "    {name}{}  {value}", " ".repeat(pad));
        }
        signature.findings.iter().for_each(|finding| text.push_str(&line_of(finding, language)));
        for change in &signature.changes {
            let meaning = match language {
                Language::English => String::new(),
                other => format!("{} | ", meaning_of_change(change.kind, other)),
            };
            let _ = writeln!(text, "    change  {meaning}{}", change.what);
        }
    }
    for stamp in &verdict.report.timestamps {
        let by = stamp.signer.as_ref().map(mekong_verdict::holder).unwrap_or_default();
        let at = stamp.time.map(|time| time.to_string()).unwrap_or_default();
        let _ = writeln!(text, "\n  {}  {}  {at}  {by}", stamp.id, stamp.conclusion);
        stamp.findings.iter().for_each(|finding| text.push_str(&line_of(finding, language)));
    }
    if !verdict.report.findings.is_empty() {
        text.push('\n');
        verdict.report.findings.iter().for_each(|finding| text.push_str(&line_of(finding, language)));
    }
    let policy = &verdict.report.policy;
    let _ = writeln!(
        text,
        "\n  {}  (policy {} {}, at {})",
        plain.advice,
        policy.name,
        policy.version,
        verdict.report.at.whole_seconds()
    );
    text
}

/// A finding, with what it means where the reader's language is another than that of findings.
fn line_of(finding: &Finding, language: Language) -> String {
    let sign = match finding.weight {
        Weight::Error => "error  ",
        Weight::Warning => "warning",
        Weight::Information => "info   ",
    };
    let meaning = match language {
        Language::English => String::new(),
        other => format!("{} | ", meaning(finding.code, other)),
    };
    format!("    {sign} {meaning}{}: {}\n", finding.code, finding.text)
}

/// A file without a verdict.
pub(super) fn of_failure(file: &str, failure: &Failure, language: Language) -> String {
    match failure {
        Failure::Unreadable(reason) => format!("?       {file}\n  {reason}\n"),
        Failure::Read(error) => {
            let plain = plain::of_error(error, language);
            let head = match error {
                ReadError::NoSignature(_) => format!("none    {file}\n  {}\n", plain.headline),
                _ => head(file, &plain),
            };
            format!("{head}  {error}\n  {}\n", plain.advice)
        }
    }
}

fn head(file: &str, plain: &Plain) -> String {
    let word = match plain.outcome {
        Outcome::Passed => "valid  ",
        Outcome::NotPassed => "INVALID",
        Outcome::Open => "open   ",
    };
    format!("{word} {file}\n  {}\n", plain.headline)
}
