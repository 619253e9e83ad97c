//! `mekong bench`: what the product does on this machine, each figure beside its floor in the same run. Times are of this
//! machine; the ratios travel.
//!
//! - [`exchange`]: round trips between two countries; [`trust`]: signatures and lists; [`usage`]: CPU and memory.

mod exchange;
mod trust;
mod usage;

pub(crate) use exchange::{ExchangeOptions, run};
pub(crate) use trust::{TrustOptions, run as run_trust};

use crate::cli::{CommandError, Context};
use serde::Serialize;

/// Prints a report: one line of JSON, or text.
fn tell<R: Serialize>(report: &R, json: bool, text: impl FnOnce(&R) -> String) -> Result<(), CommandError> {
    match json {
        true => println!("{}", serde_json::to_string(report).context(|| "write the report")?),
        false => print!("{}", text(report)),
    }
    Ok(())
}

/// Three decimals.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
