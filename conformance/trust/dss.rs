//! The documents of EU DSS: indications of signatures, time-stamps and evidence records, and facts about them.

use crate::case::Outcome;
use crate::judged::{Given, array, digest, judge, lines, text};
use crate::{anchors, is_wanted};
use mekong_signature::facts::{
    ChangeKind, Coverage, DataKind, DataState, Document, SignatureFormat, Timestamp, TimestampKind,
};
use mekong_signature::read::{Detached, DetachedContent};
use mekong_signature::validation::{
    Block, BlockKind, Conclusion, EvidenceReport, Indication, Policy, Report, SignatureReport, TimestampReport,
};
use serde_json::Value;
use std::path::Path;
use std::time::Instant as Watch;

/// The time of the run, where a line gives none.
const AT: &str = "2026-11-01T00:00:00Z";

pub(crate) fn outcomes(folder: &Path) -> Vec<Outcome> {
    let policy = Policy::named("european").expect("embedded");
    let all = lines(&folder.join("expected.jsonl"));
    assert!(all.len() >= 195, "expected.jsonl is cut");
    let mut seen = std::collections::HashMap::new();
    let mut outcomes = Vec::new();
    for line in &all {
        let file = text(line, "file").expect("a file");
        let count = seen.entry(file.to_owned()).and_modify(|n| *n += 1).or_insert(1);
        let name = if *count == 1 { format!("dss/{file}") } else { format!("dss/{file} ({count})") };
        if is_wanted(&name) {
            outcomes.extend(document(folder, line, &name, &policy));
        }
    }
    outcomes
}

fn document(folder: &Path, line: &Value, name: &str, policy: &Policy) -> Vec<Outcome> {
    let read = |file: &str| std::fs::read(folder.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    let bytes = read(text(line, "file").expect("a file"));
    let anchors = anchors::given(folder, array(line, "anchors"));
    let certificates: Vec<_> =
        text(line, "signing_cert").map(|f| anchors::certificate(&folder.join(f))).into_iter().collect();
    let contents: Vec<(Option<String>, Vec<u8>)> =
        array(line, "detached").iter().filter_map(|d| content(d, &read)).collect();
    let mut detached: Vec<Detached<'_>> = contents
        .iter()
        .map(|(name, bytes)| Detached { name: name.clone(), content: DetachedContent::Source(bytes) })
        .collect();
    for one in array(line, "detached") {
        if let (Some(algorithm), Some(value)) = (text(one, "digest"), text(one, "value")) {
            detached.push(Detached { name: text(one, "name").map(str::to_owned), content: digest(algorithm, value) });
        }
    }
    let records: Vec<Vec<u8>> = array(line, "evidence_records").iter().filter_map(Value::as_str).map(read).collect();
    let at = text(line, "validation_time").unwrap_or(AT).parse().expect("a time");
    let given = Given {
        anchors: &anchors,
        certificates: &certificates,
        policy,
        at,
        detached,
        evidence_records: records.iter().map(Vec::as_slice).collect(),
    };
    let watch = Watch::now();
    let result = judge(name, &bytes, given);
    let mut outcomes: Vec<Outcome> = array(line, "expected")
        .iter()
        .enumerate()
        .map(|(i, e)| expectation(&format!("{name} #{i}"), e, &result))
        .collect();
    facts(&mut outcomes, name, line, &result, watch.elapsed().as_secs());
    level(&mut outcomes, name, line, &result);
    outcomes
}

fn content(given: &Value, read: &dyn Fn(&str) -> Vec<u8>) -> Option<(Option<String>, Vec<u8>)> {
    let name = text(given, "name").map(str::to_owned);
    if let Some(file) = text(given, "file") {
        return Some((name, read(file)));
    }
    if let Some(plain) = text(given, "text") {
        return Some((name, plain.as_bytes().to_vec()));
    }
    text(given, "hex").map(|digits| (name, hex::decode(digits).expect("hex")))
}

type Judged = Result<(Document, Report), String>;

/// One line of `expected`: the conclusion asked for, of the one, of so many, or of the first that has it.
fn expectation(name: &str, expected: &Value, result: &Judged) -> Outcome {
    let wanted = match (text(expected, "indication_not"), text(expected, "indication")) {
        (Some(not), _) => format!("not {not}"),
        (None, Some(indication)) => {
            let sub = text(expected, "subIndication").map(|sub| format!("/{sub}")).unwrap_or_default();
            format!("{indication}{sub}")
        }
        (None, None) => "?".into(),
    };
    let target = text(expected, "target").expect("a target");
    let process = text(expected, "process");
    let name = format!("{name} {target}{}", process.map(|p| format!(", {p}")).unwrap_or_default());
    let (_, report) = match result {
        Ok(judged) => judged,
        Err(_) if wanted == "NO_SIGNATURE_FOUND" => return Outcome::new(name, wanted.clone(), wanted),
        Err(error) => return Outcome::new(name, wanted, format!("not read: {error}")),
    };
    if target == "document" {
        let actual = if report.signatures.is_empty() { "NO_SIGNATURE_FOUND" } else { "signatures found" };
        return Outcome::new(name, wanted, actual);
    }
    let found = targets(report, target, expected, process);
    let hits = found.iter().filter(|c| fits(expected, **c)).count();
    let asked = expected.get("count").and_then(Value::as_u64).map(|n| n as usize);
    let index = expected.get("index").and_then(Value::as_u64).map(|n| n as usize);
    let met = match (asked, index) {
        (Some(count), _) => hits == count,
        (None, Some(index)) => found.get(index).is_some_and(|c| fits(expected, *c)),
        (None, None) if wanted.starts_with("not ") => hits == found.len() && hits > 0,
        (None, None) => hits > 0,
    };
    let all = || found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Outcome::new(name, wanted.clone(), if met { wanted } else { all() })
}

fn fits(expected: &Value, conclusion: Conclusion) -> bool {
    let sub = conclusion.sub_indication.map(|sub| sub.name());
    match text(expected, "indication_not") {
        Some(not) => conclusion.indication.name() != not,
        None => {
            text(expected, "indication") == Some(conclusion.indication.name())
                && text(expected, "subIndication").is_none_or(|wanted| sub == Some(wanted))
        }
    }
}

fn targets(report: &Report, target: &str, expected: &Value, process: Option<&str>) -> Vec<Conclusion> {
    match target {
        "signature" => report.signatures.iter().filter_map(|s| in_process(&s.blocks, s.conclusion, process)).collect(),
        "evidence-record" => all_records(report).iter().map(|e| e.conclusion).collect(),
        _ => {
            let of_records = text(expected, "of") == Some("evidence-record");
            let stamps: Vec<&TimestampReport> = match of_records {
                true => all_records(report).into_iter().flat_map(|e| &e.timestamps).collect(),
                false => all_stamps(report),
            };
            let which = text(expected, "which").unwrap_or("");
            let kind = |t: &&TimestampReport| match which {
                "" => true,
                w if w.contains("archive") => t.kind == TimestampKind::Archive,
                _ => t.kind == TimestampKind::Content,
            };
            stamps.into_iter().filter(kind).filter_map(|t| in_process(&t.blocks, t.conclusion, process)).collect()
        }
    }
}

fn in_process(blocks: &[Block], last: Conclusion, process: Option<&str>) -> Option<Conclusion> {
    let kind = match process {
        None => return Some(last),
        Some("basic validation") => BlockKind::BasicSignature,
        Some("format checking") => BlockKind::FormatChecking,
        Some("signature acceptance validation") => BlockKind::SignatureAcceptance,
        Some("validation context initialisation") => BlockKind::ValidationContext,
        Some("cryptographic verification") => BlockKind::CryptographicVerification,
        Some("basic building blocks" | "basic time-stamp validation") => BlockKind::Timestamp,
        Some(other) => panic!("unknown process {other}"),
    };
    blocks.iter().find_map(|b| b.find(kind)).map(|b| b.conclusion)
}

fn all_stamps(report: &Report) -> Vec<&TimestampReport> {
    report.signatures.iter().flat_map(|s| &s.timestamps).chain(&report.timestamps).collect()
}

fn all_records(report: &Report) -> Vec<&EvidenceReport> {
    report.signatures.iter().flat_map(|s| &s.evidence_records).chain(&report.evidence_records).collect()
}

/// What is asserted beside indications.
fn facts(outcomes: &mut Vec<Outcome>, name: &str, line: &Value, result: &Judged, seconds: u64) {
    let Some(facts) = line.get("facts").and_then(Value::as_object) else { return };
    for (fact, expected) in facts {
        let actual = match result {
            _ if fact == "must_end_within_seconds" => {
                let in_time = expected.as_u64().is_some_and(|most| seconds <= most);
                if in_time { expected.clone() } else { Value::from(seconds) }
            }
            Ok((document, report)) => match value(fact, expected, document, report) {
                Some(value) => value,
                None => continue,
            },
            Err(_) if fact == "refused" => Value::Bool(true),
            Err(_) if fact == "signatures" => Value::from(0),
            Err(_) if expected == &Value::Bool(false) => Value::Bool(false),
            Err(error) => Value::from(format!("not read: {error}")),
        };
        outcomes.push(Outcome::new(format!("{name} {fact}"), expected.to_string(), actual.to_string()));
    }
}

/// What we say of a fact; `None` for facts that have no place here.
fn value(fact: &str, expected: &Value, document: &Document, report: &Report) -> Option<Value> {
    let signatures = &report.signatures;
    let stamps = all_stamps(report);
    let covered = |kinds: fn(TimestampKind) -> bool| {
        let mut of_kind = document
            .signatures
            .iter()
            .flat_map(|s| &s.timestamps)
            .chain(&document.timestamps)
            .filter(|t| kinds(t.kind))
            .peekable();
        of_kind.peek().is_some() && of_kind.all(is_covered)
    };
    let changed = |kind: ChangeKind| signatures.iter().any(|s| s.changes.iter().any(|c| c.kind == kind));
    Some(match fact {
        "b_level_valid" => {
            let mut own = signatures.iter().filter(|s| s.countersigns.is_none()).peekable();
            Value::Bool(own.peek().is_some() && own.all(is_b_valid))
        }
        "t_level_valid" => {
            let mut all = document.signatures.iter().flat_map(|s| &s.timestamps);
            let own = all.any(|t| t.kind == TimestampKind::Signature);
            Value::Bool(covered(if own { |k| k == TimestampKind::Signature } else { |k| k == TimestampKind::Document }))
        }
        "a_level_valid" => Value::Bool(covered(|k| matches!(k, TimestampKind::Archive | TimestampKind::Document))),
        "signature_intact" => Value::Bool(!signatures.is_empty() && signatures.iter().all(is_b_valid)),
        "refused" => Value::Bool(!report.is_passed()),
        "signatures" => {
            // The sources count counter-signatures in some tests and not in others.
            let (all, own) = (signatures.len(), signatures.iter().filter(|s| s.countersigns.is_none()).count());
            Value::from(if expected == &Value::from(all) { all } else { own })
        }
        "timestamps" => Value::from(stamps.len()),
        "timestamps_invalid" => Value::from(stamps.iter().filter(|t| !is_stamp_intact(t)).count()),
        "timestamps_valid" => Value::from(stamps.iter().filter(|t| is_stamp_intact(t)).count()),
        // The source means: by a signed reference.
        "signing_certificate_identified" => {
            let referenced = document.signatures.iter().all(|s| !s.certificate_references.is_empty());
            Value::Bool(!signatures.is_empty() && referenced && signatures.iter().all(|s| s.signer.is_some()))
        }
        "structure_valid" => {
            Value::Bool(document.faults.is_empty() && document.signatures.iter().all(|s| s.faults.is_empty()))
        }
        "undefined_changes" => Value::Bool(changed(ChangeKind::Undefined)),
        "annotation_changes" => Value::Bool(changed(ChangeKind::Annotation)),
        "form_fill_changes" => Value::Bool(changed(ChangeKind::FormFilling)),
        "signature_scopes" => Value::Array(
            signatures
                .iter()
                .filter(|s| {
                    is_value_intact(s)
                        && s.data.iter().any(|d| d.kind == DataKind::Document && d.state == DataState::Intact)
                })
                .map(|s| if matches!(s.coverage, Coverage::Part(_)) { "PARTIAL" } else { "FULL" })
                .map(Value::from)
                .collect(),
        ),
        "object_modifications" | "pdf_modifications" => {
            Value::Bool(signatures.iter().any(|s| s.changes.iter().any(|c| c.kind != ChangeKind::Extension)))
        }
        "b_level_valid_count" => Value::from(signatures.iter().filter(|s| is_b_valid(s)).count()),
        "ats_hash_index_valid" => Value::Bool(!has_finding(report, "ats_hash_index_invalid")),
        "signing_certificate_digest_match" => Value::Bool(signatures.iter().all(|s| s.signer.is_some())),
        "signature_valid" => Value::Bool(!signatures.is_empty() && signatures.iter().all(is_b_valid)),
        "counter_signatures" => counters(signatures, expected),
        "page_difference" => pages(signatures, expected),
        other => {
            assert!(NOT_JUDGED.contains(&other), "the fact {other} is neither judged nor left out");
            return None;
        }
    })
}

/// Facts that have no counterpart here: fields and byte ranges are the reader's own business, whose tests look at them.
const NOT_JUDGED: [&str; 6] = [
    "archive_objects",
    "byte_range_valid_count",
    "orphan_references",
    "references",
    "signature_fields",
    "signed_revision_equals",
];

fn has_finding(report: &Report, code: &str) -> bool {
    let own =
        report.signatures.iter().flat_map(|s| s.findings.iter().chain(s.timestamps.iter().flat_map(|t| &t.findings)));
    own.chain(&report.findings).any(|finding| finding.code == code)
}

/// Whether each counter-signature verifies; `signature_valid` of the source asks for its data, too.
fn counters(signatures: &[SignatureReport], expected: &Value) -> Value {
    let own = signatures.iter().filter(|s| s.countersigns.is_some());
    let asked = expected.as_array().map(Vec::as_slice).unwrap_or_default();
    let one = |(counter, asked): (&SignatureReport, &Value)| {
        let mut found = serde_json::Map::new();
        for key in asked.as_object().into_iter().flat_map(|o| o.keys()) {
            let value = match key.as_str() {
                "signature_intact" => is_value_intact(counter),
                _ => is_b_valid(counter) && counter.conclusion.indication != Indication::TotalFailed,
            };
            found.insert(key.clone(), Value::Bool(value));
        }
        Value::Object(found)
    };
    Value::Array(own.zip(asked).map(one).collect())
}

/// The pages asked for that a change names.
fn pages(signatures: &[SignatureReport], expected: &Value) -> Value {
    let changes: Vec<&str> = signatures.iter().flat_map(|s| &s.changes).map(|c| c.what.as_str()).collect();
    let named = |page: &&Value| changes.iter().any(|what| what.contains(&format!("page {page}")));
    Value::Array(expected.as_array().into_iter().flatten().filter(named).cloned().collect())
}

fn block(blocks: &[Block], kind: BlockKind) -> Option<&Block> {
    blocks.iter().find_map(|b| b.find(kind))
}

fn is_value_intact(signature: &SignatureReport) -> bool {
    let crypto = block(&signature.blocks, BlockKind::CryptographicVerification);
    crypto.is_some_and(|b| b.checks.iter().any(|c| c.code == "signature_intact" && c.holds))
}

fn is_b_valid(signature: &SignatureReport) -> bool {
    let direct = signature.data.iter().filter(|d| d.kind != DataKind::ManifestEntry);
    is_value_intact(signature) && direct.clone().all(|d| d.state == DataState::Intact)
}

fn is_covered(stamp: &Timestamp) -> bool {
    stamp.token.is_ok() && stamp.imprint == DataState::Intact
}

fn is_stamp_intact(stamp: &TimestampReport) -> bool {
    let crypto = block(&stamp.blocks, BlockKind::CryptographicVerification);
    crypto.is_some_and(|b| b.is_passed() && b.checks.iter().any(|c| c.code == "signature_intact"))
}

/// The baseline level, where the source states one.
fn level(outcomes: &mut Vec<Outcome>, name: &str, line: &Value, result: &Judged) {
    let Some(expected) = text(line, "level").filter(|l| l.contains("BASELINE") || l.contains("NOT_ETSI")) else {
        return;
    };
    let Ok((_, report)) = result else { return };
    let Some(first) = report.signatures.first() else { return };
    let actual = match first.format {
        SignatureFormat::Plain if expected.starts_with("PDF") => "PDF_NOT_ETSI".into(),
        SignatureFormat::Plain if expected.starts_with("XML") => "XML_NOT_ETSI".into(),
        _ => first.level_name().replace('-', "_"),
    };
    outcomes.push(Outcome::new(format!("{name} level"), expected, actual));
}
