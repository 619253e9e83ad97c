//! `mekong bench exchange`: both countries in this process, clients that ask for persons across the border as fast as they
//! are answered, and the cryptographic floor timed in the same run. Times are of this machine; the ratio travels.

mod floor;
mod load;
mod trust;
mod usage;

pub(crate) use trust::{TrustOptions, run as run_trust};

use crate::cli::{CommandError, CommandResult, Context};
use crate::demo::world::World;
use clap::{Args, ValueEnum};
use mekong_base::Clock;
use mekong_crypto::KeyType;
use serde::Serialize;
use std::process::ExitCode;
use std::time::Duration;

/// Residents in the registers of a bench.
const PEOPLE: u32 = 1_000;
/// How long the floor is timed.
const FLOOR_BUDGET: Duration = Duration::from_secs(1);
/// Load before anything is measured: connections are opened and chains verified.
const WARM_UP: Duration = Duration::from_secs(1);

/// Options of `mekong bench exchange`.
#[derive(Args)]
pub(crate) struct ExchangeOptions {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// How long to measure.
    #[arg(long, value_name = "S", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// Clients that ask at the same time, each with one connection.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=4_096))]
    clients: u32,
    /// Kind of the gateways' keys.
    #[arg(long, value_enum, default_value_t = Key::P256)]
    key: Key,
}

/// Kinds of keys that can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Key {
    /// ECDSA P-256.
    P256,
    /// RSA of 2048 bits.
    Rsa2048,
}

impl Key {
    const fn key_type(self) -> KeyType {
        match self {
            Self::P256 => KeyType::P256,
            Self::Rsa2048 => KeyType::Rsa(2048),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::Rsa2048 => "rsa2048",
        }
    }
}

/// What is reported.
#[derive(Serialize)]
struct Report {
    round_trips_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_ms_per_round_trip: f64,
    floor_ms_per_round_trip: f64,
    cpu_over_floor: f64,
    peak_rss_mb: f64,
    round_trips: u64,
    failed: u64,
    key: &'static str,
    clients: u32,
    seconds: f64,
    body_bytes: u32,
    message_log: &'static str,
    machine: String,
    version: &'static str,
}

/// Runs the command.
pub(crate) async fn run(options: ExchangeOptions) -> CommandResult {
    let dir = std::env::temp_dir().join(format!("mekong-bench-{}", std::process::id()));
    let outcome = measure(&options, &dir).await;
    let removed = std::fs::remove_dir_all(&dir);
    let report = outcome?;
    removed.context(|| format!("remove {}", dir.display()))?;
    tell(&report, options.json, text)?;
    Ok(if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Prints a report: one line of JSON, or text.
fn tell<R: Serialize>(report: &R, json: bool, text: impl FnOnce(&R) -> String) -> Result<(), CommandError> {
    match json {
        true => println!("{}", serde_json::to_string(report).context(|| "write the report")?),
        false => print!("{}", text(report)),
    }
    Ok(())
}

async fn measure(options: &ExchangeOptions, dir: &std::path::Path) -> Result<Report, CommandError> {
    let key_type = options.key.key_type();
    let floor = tokio::task::block_in_place(|| floor::measure(key_type, FLOOR_BUDGET)).context(|| "time the floor")?;
    let world = World::start(dir, Some(PEOPLE), Some(1), key_type, &Clock::system()).await?;
    let question = load::Question::of(&world).await?;
    load::run(&question, options.clients, WARM_UP).await;
    let cpu_before = usage::cpu_time();
    let load = load::run(&question, options.clients, Duration::from_secs(options.seconds)).await;
    let cpu = usage::cpu_time().saturating_sub(cpu_before);
    world.stop().await;
    let round_trips = load.latencies.len() as u64;
    let cpu_ms = cpu.as_secs_f64() * 1_000.0 / (round_trips.max(1) as f64);
    Ok(Report {
        round_trips_per_second: rounded(round_trips as f64 / load.elapsed.as_secs_f64()),
        p50_ms: rounded(load.percentile_ms(50.0)),
        p99_ms: rounded(load.percentile_ms(99.0)),
        cpu_ms_per_round_trip: rounded(cpu_ms),
        floor_ms_per_round_trip: rounded(floor),
        cpu_over_floor: rounded(cpu_ms / floor),
        peak_rss_mb: rounded(usage::peak_memory_mib()),
        round_trips,
        failed: load.failed,
        key: options.key.name(),
        clients: options.clients,
        seconds: rounded(load.elapsed.as_secs_f64()),
        body_bytes: 0,
        message_log: "sqlite",
        machine: usage::machine(),
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Three decimals.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

fn text(report: &Report) -> String {
    format!(
        "exchange between two countries, {key} keys, {clients} clients, {seconds:.1} s, on {machine}\n\
         round trips a second  {rate:>10.1}   ({count} answered, {failed} failed)\n\
         latency               {p50:>10.2} ms median, {p99:.2} ms 99th percentile\n\
         CPU a round trip      {cpu:>10.3} ms (clients, both gateways, register, trust services)\n\
         cryptographic floor   {floor:>10.3} ms (2 signatures, 2 verifications, digests)\n\
         CPU over floor        {ratio:>10.2}\n\
         peak memory           {memory:>10.1} MiB\n",
        key = report.key,
        clients = report.clients,
        seconds = report.seconds,
        machine = report.machine,
        rate = report.round_trips_per_second,
        count = report.round_trips,
        failed = report.failed,
        p50 = report.p50_ms,
        p99 = report.p99_ms,
        cpu = report.cpu_ms_per_round_trip,
        floor = report.floor_ms_per_round_trip,
        ratio = report.cpu_over_floor,
        memory = report.peak_rss_mb,
    )
}
