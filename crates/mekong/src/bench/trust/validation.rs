//! Validations of tiny long-term documents: read and judged on one thread, with what earlier ones left behind and without.

use super::country::Country;
use super::document::{self, Made, Shape};
use super::floor::Floor;
use super::{command, timing};
use crate::bench::rounded;
use crate::cli::{CommandError, Context};
use mekong_pki::anchors::{Anchor, Anchors};
use mekong_signature::validation::{self, Memory, Policy};
use mekong_signature::{Reading, read};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// One thing that was measured.
#[derive(Serialize)]
pub(super) struct Case {
    /// Format and level.
    pub(super) name: String,
    /// Kind of keys.
    pub(super) key: &'static str,
    /// What was there before: `warm` (earlier validations remembered), `none` (nothing remembered), `process` (the program
    /// started for this file).
    pub(super) memory: &'static str,
    /// On one thread.
    pub(super) validations_per_second: f64,
    /// Of one validation.
    pub(super) ms: f64,
    /// Of the public-key operations and the digest that the document needs.
    pub(super) floor_ms: f64,
    /// `ms` in floors.
    pub(super) over_floor: f64,
    /// Public-key operations in the floor.
    pub(super) operations: usize,
    /// Size of the file.
    pub(super) bytes: usize,
    /// Other programs that accepted the same file: from process start.
    pub(super) peers: BTreeMap<String, f64>,
}

/// Three cases for each format.
///
/// # Errors
/// In words: what could not be made, or is not valid.
pub(super) fn measure(country: &Country, dir: &Path, budget: Duration) -> Result<Vec<Case>, CommandError> {
    let policy = Policy::named("european").context(|| "policy")?;
    let mut anchors = Anchors::default();
    anchors.add(Anchor::given(country.root.certificate.clone(), "bench"));
    let mut cases = Vec::new();
    for shape in Shape::ALL {
        let made = document::long_term(country, shape)?;
        let subject = Subject { country, made: &made, anchors: &anchors, policy: &policy };
        cases.extend(subject.measure(dir, budget)?);
    }
    Ok(cases)
}

struct Subject<'s> {
    country: &'s Country,
    made: &'s Made,
    anchors: &'s Anchors,
    policy: &'s Policy,
}

impl Subject<'_> {
    fn measure(&self, dir: &Path, budget: Duration) -> Result<[Case; 3], CommandError> {
        let facts = read(&self.made.bytes, &Reading::default()).context(|| self.name())?;
        let floor = Floor::of(self.country, self.made, &facts)?;
        let memory = Memory::new();
        self.check(&memory)?;
        let floor_ms = floor.measure(budget);
        let warm = timing::best(budget, || self.validate(Some(&memory)));
        let none = timing::best(budget, || self.validate(None));
        let program = command::measure(self.country, self.made, dir, budget)?;
        let case = |memory, ms: f64, peers| Case {
            name: self.name(),
            key: self.country.keys.name(),
            memory,
            validations_per_second: rounded(1_000.0 / ms),
            ms: rounded(ms),
            floor_ms: rounded(floor_ms),
            over_floor: rounded(ms / floor_ms),
            operations: floor.operations(),
            bytes: self.made.bytes.len(),
            peers,
        };
        let nobody = BTreeMap::new;
        Ok([case("warm", warm, nobody()), case("none", none, nobody()), case("process", program.ms, program.peers)])
    }

    fn name(&self) -> String {
        format!("{}-lt", self.made.form.name())
    }

    fn report(&self, memory: Option<&Memory>) -> Result<validation::Report, CommandError> {
        let facts = read(&self.made.bytes, &Reading::default()).context(|| self.name())?;
        let context =
            validation::Context { memory, ..validation::Context::new(self.anchors, self.policy, self.country.now) };
        Ok(validation::validate(&facts, &context))
    }

    fn validate(&self, memory: Option<&Memory>) {
        let _ = std::hint::black_box(self.report(memory));
    }

    /// What is timed must be a success, or it measures a short cut.
    fn check(&self, memory: &Memory) -> Result<(), CommandError> {
        for memory in [None, Some(memory), Some(memory)] {
            let report = self.report(memory)?;
            if !report.is_passed() {
                let said = report.signatures.first().map(|s| format!("{} {:?}", s.conclusion, s.findings));
                let (name, keys) = (self.name(), self.country.keys.name());
                return Err(CommandError::new(format!("{name}, {keys}: {}", said.unwrap_or_default())));
            }
        }
        Ok(())
    }
}
