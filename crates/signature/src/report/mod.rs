//! Reports on validation: what programs read (JSON) and what other validators exchange (ETSI TS 119 102-2, XML).
//!
//! - [`simple`]: one object a document, the contract of `mekong verify --json`.
//! - [`detailed`]: every building block with its checks.
//! - [`etsi`]: the validation report of ETSI TS 119 102-2.
//!
//! Inner types are not serialisable; what is written has types of its own here.

pub mod detailed;
pub mod etsi;
pub mod simple;

use crate::facts::{Format, Weight};

/// The name of a form as reports write it: `ASiC-E/XAdES`.
pub const fn format_name(format: Format) -> &'static str {
    match format {
        Format::Xades => "XAdES",
        Format::Cades => "CAdES",
        Format::Pades => "PAdES",
        Format::Jades => "JAdES",
        Format::AsicSXades => "ASiC-S/XAdES",
        Format::AsicSCades => "ASiC-S/CAdES",
        Format::AsicSTimestamp => "ASiC-S/time-stamp",
        Format::AsicEXades => "ASiC-E/XAdES",
        Format::AsicECades => "ASiC-E/CAdES",
        Format::Timestamp => "time-stamp",
        Format::EvidenceRecord => "evidence record",
    }
}

const fn weight_name(weight: Weight) -> &'static str {
    match weight {
        Weight::Information => "information",
        Weight::Warning => "warning",
        Weight::Error => "error",
    }
}
