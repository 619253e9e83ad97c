//! Validation by ETSI EN 319 102-1: facts, anchors, a policy and a time in; a report out.
//!
//! - [`Context`]: what is trusted, what else is at hand, when, by which [`Policy`].
//! - [`validate`]: the processes for basic signatures (§5.3), time-stamps (§5.4), long-term material (§5.5) and archives
//!   (§5.6), always as far as the document goes; every building block's result is in the [`Report`].
//! - [`Memory`]: optional, makes the second validation cheap.
//!
//! What this does not do: fetch anything, ask for the time, or say what a signature counts as in law (`recognition`).

mod material;
mod memory;
mod outcome;
pub mod policy;
mod verdict;

pub use memory::Memory;
pub use outcome::{ChainReport, EvidenceReport, Report, SignatureReport, TimestampReport, level_name};
pub use policy::{Policy, PolicyError};
pub use verdict::{Block, BlockKind, Check, Conclusion, Indication, SubIndication};

use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::anchors::Anchors;
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
