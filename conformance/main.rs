//! Vectors of others against what we say of them: the X-Road reference's own test data, with the verdicts that its tests
//! demand (`cases.json`, and `expected.tsv` beside the containers). Where we differ, `exceptions.json` says why; an
//! exception that is no longer needed fails as well as a new difference.
//!
//! A judge gives a verdict on a case: by the command line where a user would ask there, else by the rooms' public functions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod case;
mod command;
mod configurations;
mod containers;
mod directories;
mod exceptions;
mod exit_codes;
mod hash_chains;
mod messages;
mod signatures;
mod timestamps;
mod vectors;

use case::{Case, Judge, Outcome};
use std::io::Write as _;
use std::path::Path;

#[test]
fn vectors_get_the_verdicts_of_the_reference() {
    let Some(root) = vectors::root() else { return };
    let cases = case::all(&root);
    let outcomes: Vec<Outcome> = Judge::ALL.iter().flat_map(|judge| judged(*judge, &cases, &root)).collect();
    assert_eq!(outcomes.len(), cases.len(), "some cases were not judged");
    let report = exceptions::compare(&outcomes, &exceptions::read(include_str!("exceptions.json")));
    // Not by `println!`, so that it is seen when all is well too.
    let mut out = std::io::stderr();
    let (all, exceptions) = (outcomes.len(), report.exceptions);
    writeln!(out, "conformance: {all} cases, {} as expected, {exceptions} exceptions", report.as_expected).unwrap();
    assert!(report.complaints.is_empty(), "{}", report.complaints.join("\n"));
}

fn judged(judge: Judge, cases: &[Case], root: &Path) -> Vec<Outcome> {
    let cases: Vec<&Case> = cases.iter().filter(|case| case.judge == judge).collect();
    let verdicts: Vec<String> = match judge {
        Judge::Anchor => cases.iter().map(|case| configurations::anchor(case, root)).collect(),
        Judge::Archive | Judge::Container | Judge::Structure => containers::judge(judge, &cases, root),
        Judge::Directory => cases.iter().map(|case| directories::judge(case, root)).collect(),
        Judge::DirectoryParser => cases.iter().map(|case| directories::parse(case, root)).collect(),
        Judge::HashChain => cases.iter().map(|case| hash_chains::judge(case, root)).collect(),
        Judge::Message => cases.iter().map(|case| messages::judge(case, root)).collect(),
        Judge::OptionalPart => cases.iter().map(|case| configurations::optional_part(case, root)).collect(),
        Judge::ParsedConfiguration => cases.iter().map(|case| configurations::folder(case, root)).collect(),
        Judge::Signature => cases.iter().map(|case| signatures::judge(case, root)).collect(),
        Judge::Timestamp => cases.iter().map(|case| timestamps::judge(case, root)).collect(),
    };
    assert_eq!(verdicts.len(), cases.len(), "{judge:?}: one verdict a case");
    cases.into_iter().zip(verdicts).map(|(case, found)| Outcome::new(case, found)).collect()
}
