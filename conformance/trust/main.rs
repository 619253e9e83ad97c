//! Signed documents of others with the verdicts of their makers' tests: EU DSS (`dss`) and SiVa (`siva`) against what
//! validation says of them. Where we differ, `exceptions.json` says why; an exception that is no longer needed fails as well.
//!
//! `MEKONG_VECTOR=part of a name` runs the matching documents alone and prints the findings.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "../exceptions.rs"]
mod exceptions;

mod anchors;
mod case;
mod dss;
mod judged;
mod siva;

use case::Outcome;
use std::io::Write as _;
use std::path::{Path, PathBuf};

#[test]
fn documents_of_eu_dss_get_its_verdicts() {
    if let Some(root) = root() {
        compare("dss", dss::outcomes(&root.join("dss")));
    }
}

#[test]
fn documents_of_siva_get_its_verdicts_where_they_follow_from_the_standard() {
    if let Some(root) = root() {
        compare("siva", siva::outcomes(&root.join("siva")));
    }
}

/// The folder of trust vectors; without it the calling test is skipped, or fails where `CI=true`.
fn root() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("MEKONG_SHARED").map_or(beside, PathBuf::from).join("vectors/trust");
    if root.is_dir() {
        return Some(root);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing, and CI=true", root.display());
    println!("skipped: no ../shared");
    None
}

fn compare(suite: &str, outcomes: Vec<Outcome>) {
    let only = std::env::var("MEKONG_VECTOR").ok();
    let of_suite = |name: &str| name.starts_with(suite) && only.as_ref().is_none_or(|part| name.contains(part));
    let known = exceptions::read(include_str!("exceptions.json"));
    let known = known.into_iter().filter(|(name, _)| of_suite(name)).collect();
    let outcomes: Vec<Outcome> = outcomes.into_iter().filter(|outcome| of_suite(&outcome.name)).collect();
    let report = exceptions::compare(&outcomes, &known);
    let mut out = std::io::stderr();
    let (all, exceptions) = (outcomes.len(), report.exceptions);
    writeln!(out, "{suite}: {all} expectations, {} met, {exceptions} exceptions", report.as_expected).unwrap();
    assert!(report.complaints.is_empty(), "{} complaints\n{}", report.complaints.len(), report.complaints.join("\n"));
}

/// Whether a document is to be judged in this run.
fn is_wanted(name: &str) -> bool {
    std::env::var("MEKONG_VECTOR").map_or(true, |part| name.contains(&part))
}
