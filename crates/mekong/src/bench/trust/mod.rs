//! `mekong bench trust`: signatures validated and made, lists and revocation lists loaded, beside what the key operations and
//! the hashing cost alone in the same run. Everything is made here; nothing is fetched.

mod big;
mod command;
mod country;
mod crl;
mod document;
mod floor;
mod lists;
mod signing;
mod text;
mod timing;
mod validation;

use super::usage;
use crate::cli::{CommandError, CommandResult, Context};
use clap::Args;
use country::{Country, Keys};
use mekong_base::Clock;
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Options of `mekong bench trust`.
#[derive(Args)]
pub(crate) struct TrustOptions {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// How long each timing goes on; 0 takes everything once.
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=600))]
    seconds: u64,
    /// Megabytes of content in the large container and the large PDF, on disk in the folder for temporary files; 1024 is the
    /// size that the figures are promised for, 0 leaves them out.
    #[arg(long, value_name = "MB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(..=3_072))]
    big: u64,
    /// Megabytes of XML in 30 trusted lists; 0 leaves them out.
    #[arg(long, value_name = "MB", default_value_t = 27, value_parser = clap::value_parser!(u32).range(..=500))]
    lists: u32,
    /// Entries of the revocation list; 0 leaves it out.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(..=1_500_000))]
    crl: u32,
}

/// What is reported.
#[derive(Serialize)]
struct Report {
    cases: Vec<validation::Case>,
    signing: Vec<signing::Signing>,
    big: Vec<big::Big>,
    lists: Option<lists::Lists>,
    crl: Option<crl::RevocationList>,
    seconds: u64,
    machine: String,
    version: &'static str,
}

/// Runs the command.
pub(crate) fn run(options: &TrustOptions) -> CommandResult {
    let dir = std::env::temp_dir().join(format!("mekong-bench-trust-{}", std::process::id()));
    std::fs::create_dir(&dir).context(|| format!("make {}", dir.display()))?;
    let outcome = measure(options, &dir);
    let removed = std::fs::remove_dir_all(&dir);
    let report = outcome?;
    removed.context(|| format!("remove {}", dir.display()))?;
    super::tell(&report, options.json, text::of)?;
    Ok(ExitCode::SUCCESS)
}

fn measure(options: &TrustOptions, dir: &Path) -> Result<Report, CommandError> {
    let budget = Duration::from_secs(options.seconds);
    let now = Clock::system().now();
    let (mut cases, mut signing, mut countries) = (Vec::new(), Vec::new(), Vec::new());
    for keys in Keys::ALL {
        countries.push(Country::new(keys, now)?);
    }
    let country = countries.last().ok_or_else(|| CommandError::new("no country"))?;
    let big = big::measure(country, dir, options.big)?;
    for country in &countries {
        cases.extend(validation::measure(country, dir, budget)?);
        signing.extend(signing::measure(country, budget)?);
    }
    Ok(Report {
        cases,
        signing,
        big,
        lists: lists::measure(country, options.lists)?,
        crl: crl::measure(country, options.crl, budget)?,
        seconds: options.seconds,
        machine: usage::machine(),
        version: env!("CARGO_PKG_VERSION"),
    })
}
