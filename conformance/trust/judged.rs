//! Reading and validating one document of the vectors.

use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::anchors::Anchors;
use mekong_signature::facts::Document;
use mekong_signature::read::{Detached, DetachedContent, Reading};
use mekong_signature::validation::{Context, Policy, Report, validate};
use serde_json::Value;
use std::path::Path;

/// What is given with a document.
pub(crate) struct Given<'a> {
    pub(crate) anchors: &'a Anchors,
    pub(crate) certificates: &'a [Certificate],
    pub(crate) policy: &'a Policy,
    pub(crate) at: Instant,
    pub(crate) detached: Vec<Detached<'a>>,
    pub(crate) evidence_records: Vec<&'a [u8]>,
}

/// Reads and validates; the error is what the reader says.
pub(crate) fn judge(name: &str, bytes: &[u8], given: Given<'_>) -> Result<(Document, Report), String> {
    let reading = Reading { detached: given.detached, evidence_records: given.evidence_records };
    let document = mekong_signature::read(&bytes.to_vec(), &reading).map_err(|e| e.to_string());
    let document = match document {
        Ok(document) => document,
        Err(error) => {
            show(name, &format!("not read: {error}"));
            return Err(error);
        }
    };
    let context = Context { certificates: given.certificates, ..Context::new(given.anchors, given.policy, given.at) };
    let report = validate(&document, &context);
    show(name, &summary(&report));
    Ok((document, report))
}

fn show(name: &str, text: &str) {
    if std::env::var("MEKONG_VECTOR").is_ok() {
        eprintln!("== {name}\n{text}");
    }
}

fn summary(report: &Report) -> String {
    let mut lines = Vec::new();
    for s in &report.signatures {
        lines.push(format!(
            "signature {} {} {} best {} {:?}",
            s.id,
            s.level_name(),
            s.conclusion,
            s.best_time,
            s.best_time_by
        ));
        lines.extend(s.findings.iter().map(|f| format!("   {:?} {}: {}", f.weight, f.code, f.text)));
        lines.extend(
            s.timestamps.iter().map(|t| format!("   timestamp {} {:?} {:?} {}", t.id, t.kind, t.time, t.conclusion)),
        );
        let stamps = s.timestamps.iter().flat_map(|t| &t.findings);
        lines.extend(stamps.map(|f| format!("      {:?} {}: {}", f.weight, f.code, f.text)));
        for e in &s.evidence_records {
            lines.push(format!("   evidence record {} {}", e.id, e.conclusion));
            lines.extend(e.findings.iter().map(|f| format!("      {:?} {}: {}", f.weight, f.code, f.text)));
        }
    }
    for t in &report.timestamps {
        lines.push(format!("timestamp {} {:?} {:?} {}", t.id, t.kind, t.time, t.conclusion));
        lines.extend(t.findings.iter().map(|f| format!("   {:?} {}: {}", f.weight, f.code, f.text)));
    }
    for e in &report.evidence_records {
        lines.push(format!("evidence record {} {}", e.id, e.conclusion));
        lines.extend(e.findings.iter().map(|f| format!("   {:?} {}: {}", f.weight, f.code, f.text)));
    }
    lines.extend(report.findings.iter().map(|f| format!("{:?} {}: {}", f.weight, f.code, f.text)));
    lines.join("\n")
}

/// Lines of a file of JSON values.
pub(crate) fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// A text of a line.
pub(crate) fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

/// An array of a line; empty if it is not there.
pub(crate) fn array<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A digest name as the sources write it, with the value in Base64.
pub(crate) fn digest(algorithm: &str, value: &str) -> DetachedContent<'static> {
    use base64::Engine as _;
    let algorithm = mekong_crypto::DigestAlgorithm::from_name(algorithm).expect("a digest");
    let value = base64::engine::general_purpose::STANDARD.decode(value).expect("Base64");
    DetachedContent::Digests(vec![(algorithm, value)])
}
