//! Validation by ETSI EN 319 102-1: facts, anchors, a policy and a time in; a report out.
//!
//! - [`Context`]: what is trusted, what else is at hand, when, by which [`Policy`].
//! - [`validate`]: the processes for basic signatures (§5.3), time-stamps (§5.4), long-term material (§5.5) and archives
//!   (§5.6), always as far as the document goes; every building block's result is in the [`Report`].
//! - [`Memory`]: optional, makes the second validation cheap.
//!
//! What this does not do: fetch anything, ask for the time, or say what a signature counts as in law (`recognition`).

mod block;
mod certificates;
mod chain;
mod checking;
mod material;
mod memory;
mod outcome;
mod past;
mod poe;
pub mod policy;
mod records;
mod revocation;
mod signatures;
mod signer;
mod timestamps;
mod verdict;
mod work;

pub use block::{Block, BlockKind, Check};
pub use memory::Memory;
pub use outcome::{ChainReport, EvidenceReport, Report, SignatureReport, TimestampReport, level_name};
pub use policy::{Policy, PolicyError};
pub use verdict::{Conclusion, Indication, SubIndication};

use crate::facts::{Document, Finding, Proven, Timestamp, Weight};
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::anchors::Anchors;
use std::collections::HashMap;
use std::sync::Arc;

/// What a validation may rely on.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// What is trusted, for what, and when.
    pub anchors: &'a Anchors,
    /// Certificates beside those in the document; not trusted.
    pub certificates: &'a [Certificate],
    /// CRLs beside those in the document, DER.
    pub crls: &'a [Arc<[u8]>],
    /// OCSP responses beside those in the document, DER.
    pub ocsps: &'a [Arc<[u8]>],
    /// The time of validation.
    pub at: Instant,
    /// The policy.
    pub policy: &'a Policy,
    /// What earlier validations may spare this one.
    pub memory: Option<&'a Memory>,
}

impl<'a> Context<'a> {
    /// Nothing at hand but the anchors.
    pub const fn new(anchors: &'a Anchors, policy: &'a Policy, at: Instant) -> Self {
        Self { anchors, certificates: &[], crls: &[], ocsps: &[], at, policy, memory: None }
    }
}

/// Validates all that is in a document.
///
/// Time-stamps and evidence records come first, newest first, and give proofs of existence; then each signature is taken as
/// far as it goes: basic, with the best signature time, in the past. Bounded by the limits of [`Context`] and of the document;
/// public-key operations are at most 2,000, each done once.
pub fn validate(document: &Document, context: &Context<'_>) -> Report {
    let work = work::Work::new(document, context);
    let mut proofs = poe::Proofs::of_document(document, context.at);
    let own = document.signatures.iter().flat_map(|s| &s.evidence_records);
    let records: Vec<_> =
        document.evidence_records.iter().chain(own).map(|record| records::judge(&work, record, &mut proofs)).collect();
    let stamps: Vec<&Timestamp> =
        document.timestamps.iter().chain(document.signatures.iter().flat_map(|s| &s.timestamps)).collect();
    let judged = timestamps::all(&work, &stamps, &mut proofs);
    let (around, mut own_stamps) = judged.split_at(document.timestamps.len().min(judged.len()));
    let (records_around, mut own_records) = records.split_at(document.evidence_records.len().min(records.len()));
    let mut covering: HashMap<&str, Vec<&timestamps::Judged<'_, '_>>> = HashMap::new();
    for stamp in around {
        for proven in &stamp.facts.proves {
            if let Proven::Signature(id) = proven {
                covering.entry(id).or_default().push(stamp);
            }
        }
    }
    let mut signatures = Vec::with_capacity(document.signatures.len());
    for facts in &document.signatures {
        let (timestamps, others) = own_stamps.split_at(facts.timestamps.len().min(own_stamps.len()));
        let (records, rest) = own_records.split_at(facts.evidence_records.len().min(own_records.len()));
        (own_stamps, own_records) = (others, rest);
        let around = covering.remove(facts.id.as_str()).unwrap_or_default();
        let case = signatures::Case { document, facts, timestamps, around, records };
        let mut report = signatures::judge(&work, &case, &proofs);
        report.evidence_records = records.iter().map(records::Record::report).collect();
        signatures.push(report);
    }
    if let Some(memory) = context.memory {
        work.material.remember(memory);
    }
    Report {
        format: document.format,
        at: context.at,
        policy: context.policy.applied.clone(),
        signatures,
        timestamps: around.iter().map(timestamps::Judged::report).collect(),
        evidence_records: records_around.iter().map(records::Record::report).collect(),
        findings: findings(document, &work),
    }
}

/// What is to be said of the document and of the material at hand.
fn findings(document: &Document, work: &work::Work<'_>) -> Vec<Finding> {
    let faults = document.faults.iter();
    let faults = faults.map(|f| Finding::new(Weight::Error, "container_fault", format!("{}: {}", f.place, f.what)));
    let mut all: Vec<Finding> = faults.chain(document.findings.iter().cloned()).collect();
    let unreadable = work.material.unreadable().iter().take(20);
    all.extend(unreadable.map(|why| Finding::new(Weight::Warning, "revocation_data_unreadable", why.as_str())));
    if work.is_exhausted() {
        let text = "the limit on public-key operations was reached; what was not checked counts as not verified";
        all.push(Finding::new(Weight::Warning, "operations_limit", text));
    }
    all
}
