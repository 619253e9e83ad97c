//! Signatures of an XML document to facts.

mod bag;
mod certificate_refs;
mod claims;
mod counter;
mod coverage;
mod document;
mod evidence;
mod identity;
mod imprint;
mod level;
mod name_text;
mod policy;
mod proofs;
mod references;
mod signature;
mod stamps;

pub(crate) use coverage::NARROWED;
pub(crate) use document::Outside;
pub(super) use document::signature_elements;
pub use document::{LIMITS, SIGNATURES_MAX, looks_like, read, read_signatures};
pub(super) use imprint::Imprints;
pub(super) use signature::{Context, Read, read as read_one};
