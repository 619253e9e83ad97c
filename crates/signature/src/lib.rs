//! Electronic signatures of every form: made, augmented, validated, reported. No IO.
//!
//! ```text
//! bytes -> read (one shelf a format) -> facts -> validation (EN 319 102-1, a policy, anchors, time) -> report
//! ```
//!
//! - [`read`]: any file, its form found out by content.
//! - [`facts`]: what a document says of its signatures: the one shape that all readers fill and validation judges.
//! - [`xades`]: signatures in XML.
//! - [`extend`]: higher levels for what is signed already, whatever its form.
//! - [`validation`]: what the facts amount to by ETSI EN 319 102-1 and a policy; [`report`]: how it is told to programs.
//! - [`making`]: what makers share: what the signer says, two steps, the services that long-term levels need.
//!
//! Standards: ETSI EN 319 132 (XAdES), EN 319 122 (CAdES), EN 319 142 (PAdES), TS 119 182 (JAdES), EN 319 162 (ASiC),
//! RFC 4998 and RFC 6283 (evidence records), EN 319 102-1 (validation), TS 119 102-2 (reports).

pub mod asic;
pub mod cades;
pub mod evidence_record;
pub mod extend;
pub mod facts;
pub mod jades;
pub mod making;
pub mod pades;
pub mod read;
pub mod report;
mod revoked;
mod uri;
pub mod validation;
pub mod xades;
pub mod zip;

pub use facts::{Document, Format, Level};
pub use read::{ReadError, Reading, read};
