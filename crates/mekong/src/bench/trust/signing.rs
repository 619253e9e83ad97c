//! Signatures of level B, beside the key operation alone.

use super::country::Country;
use super::document::{self, Key};
use super::timing;
use crate::bench::rounded;
use crate::cli::CommandError;
use serde::Serialize;
use std::time::Duration;

/// One format.
#[derive(Serialize)]
pub(super) struct Signing {
    /// Format and level.
    pub(super) name: &'static str,
    /// Kind of key.
    pub(super) key: &'static str,
    /// On one thread.
    pub(super) signatures_per_second: f64,
    /// Of one signature: prepared, signed, and the value verified before the document is given out.
    pub(super) ms: f64,
    /// Of the key operation over the same bytes.
    pub(super) floor_ms: f64,
    /// `ms` in floors.
    pub(super) over_floor: f64,
}

/// XAdES, PAdES and CAdES.
///
/// # Errors
/// In words, if one cannot be made.
pub(super) fn measure(country: &Country, budget: Duration) -> Result<Vec<Signing>, CommandError> {
    let pdf = document::small_pdf();
    let make = |name: &str, key: Key<'_>| match name {
        "xades-b" => document::xades(country, key),
        "pades-b" => document::pades(country, &pdf, key),
        _ => document::cades(country, key),
    };
    let mut all = Vec::new();
    for name in ["xades-b", "pades-b", "cades-b"] {
        let mut message = Vec::new();
        make(name, &mut |to_be_signed| {
            message = to_be_signed.to_vec();
            country.sign(to_be_signed)
        })?;
        let floor_ms = timing::best(budget, || {
            let _ = std::hint::black_box(country.sign(&message));
        });
        let ms = timing::best(budget, || {
            let _ = std::hint::black_box(make(name, &mut |to_be_signed| country.sign(to_be_signed)));
        });
        all.push(Signing {
            name,
            key: country.keys.name(),
            signatures_per_second: rounded(1_000.0 / ms),
            ms: rounded(ms),
            floor_ms: rounded(floor_ms),
            over_floor: rounded(ms / floor_ms),
        });
    }
    Ok(all)
}
