//! Reports on validation: why (JSON), and what other validators exchange (ETSI TS 119 102-2, XML).
//!
//! - [`detailed`]: every building block with its checks.
//! - [`etsi`]: the validation report of ETSI TS 119 102-2.
//!
//! Inner types are not serialisable; what is written has types of its own here. The verdict itself as JSON is
//! `verdict::line`, which knows of recognition too.

pub mod detailed;
pub mod etsi;

use crate::facts::Weight;

const fn weight_name(weight: Weight) -> &'static str {
    match weight {
        Weight::Information => "information",
        Weight::Warning => "warning",
        Weight::Error => "error",
    }
}
