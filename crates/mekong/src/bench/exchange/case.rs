//! Round trips with bodies of one size, everything in this process.

use super::postgres::Postgres;
use super::question::{Question, Sink};
use super::world::Measured;
use super::{ExchangeOptions, floor, load};
use crate::bench::{rounded, tell, usage};
use crate::cli::{CommandError, Context};
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// How long the floor is timed.
const FLOOR_BUDGET: Duration = Duration::from_secs(1);
/// Load before anything is measured: connections are opened and chains verified.
const WARM_UP: Duration = Duration::from_secs(1);
/// How long the service is asked without gateways, at most.
const DIRECT: Duration = Duration::from_secs(2);
/// Bytes of bodies sent in one case, at most: each is kept in both message logs.
const BODIES_MAX: u64 = 4 << 30;
/// Bodies from here on are large, and clients that send them few.
const LARGE: u64 = 10_000_000;
/// Clients that send large bodies, at most.
const LARGE_CLIENTS: u32 = 4;

/// What is sent.
#[derive(Clone, Copy)]
pub(super) struct BodyCase {
    /// Its name in the report.
    pub(super) name: &'static str,
    /// Bytes of each body; 0: the register is asked for a person.
    pub(super) bytes: u64,
}

/// What is reported.
#[derive(Serialize)]
struct Report {
    case: &'static str,
    round_trips_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Latency without the latency of the same question asked at the service directly.
    added_p50_ms: f64,
    added_p99_ms: f64,
    cpu_ms_per_round_trip: f64,
    floor_ms_per_round_trip: f64,
    cpu_over_floor: f64,
    peak_rss_mb: f64,
    round_trips: u64,
    failed: u64,
    key: &'static str,
    clients: u32,
    seconds: f64,
    body_bytes: u64,
    message_log: &'static str,
    /// On each side.
    gateways: u8,
    /// CPU of the database's processes, which are not in `cpu_ms_per_round_trip`; null for files.
    database_cpu_ms_per_round_trip: Option<f64>,
    machine: String,
    version: &'static str,
}

/// Measures and tells one case; whether no round trip failed.
pub(super) async fn run(case: BodyCase, options: &ExchangeOptions, dir: &Path) -> Result<bool, CommandError> {
    let report = measure(case, options, dir).await?;
    tell(&report, options.json, text)?;
    Ok(report.failed == 0)
}

async fn measure(case: BodyCase, options: &ExchangeOptions, dir: &Path) -> Result<Report, CommandError> {
    let key_type = options.key.key_type();
    let floor = tokio::task::block_in_place(|| floor::measure(key_type, case.bytes, FLOOR_BUDGET));
    let floor = floor.context(|| "time the floor")?;
    let measured = Measured::start(dir, options, case.bytes > 0).await?;
    let world = &measured.world;
    let sink = if case.bytes > 0 { Some(Sink::start(&world.file).await?) } else { None };
    let question = match case.bytes {
        0 => Question::of(world).await?,
        bytes => Question::with_body(&world.file, bytes)?,
    };
    let question = question.through(&world.file, options.gateways);
    let clients = if case.bytes >= LARGE { options.clients.min(LARGE_CLIENTS) } else { options.clients };
    let most = BODIES_MAX.checked_div(case.bytes).unwrap_or(u64::MAX);
    let time = Duration::from_secs(options.seconds);
    let direct = load::run(&question.direct, clients, time.min(DIRECT), most).await;
    load::run(&question.across, clients, WARM_UP, most / 20).await;
    usage::forget_peak();
    let of_database = || measured.database.as_ref().map(Postgres::cpu_time);
    let (cpu_before, database_before) = (usage::cpu_time(), of_database());
    let load = load::run(&question.across, clients, time, most).await;
    let cpu = usage::cpu_time().saturating_sub(cpu_before);
    let database = of_database().zip(database_before).map(|(after, before)| after.saturating_sub(before));
    if let Some(sink) = sink {
        sink.stop().await;
    }
    measured.stop().await?;
    let round_trips = load.latencies.len() as u64;
    let each = |cpu: Duration| cpu.as_secs_f64() * 1_000.0 / (round_trips.max(1) as f64);
    let cpu_ms = each(cpu);
    let added = |percent| rounded(load.percentile_ms(percent) - direct.percentile_ms(percent));
    Ok(Report {
        case: case.name,
        round_trips_per_second: rounded(round_trips as f64 / load.elapsed.as_secs_f64()),
        p50_ms: rounded(load.percentile_ms(50.0)),
        p99_ms: rounded(load.percentile_ms(99.0)),
        added_p50_ms: added(50.0),
        added_p99_ms: added(99.0),
        cpu_ms_per_round_trip: rounded(cpu_ms),
        floor_ms_per_round_trip: rounded(floor),
        cpu_over_floor: rounded(cpu_ms / floor),
        peak_rss_mb: rounded(usage::peak_memory_mib()),
        round_trips,
        failed: load.failed + direct.failed,
        key: options.key.name(),
        clients,
        seconds: rounded(load.elapsed.as_secs_f64()),
        body_bytes: case.bytes,
        message_log: options.message_log.name(),
        gateways: options.gateways,
        database_cpu_ms_per_round_trip: database.map(|cpu| rounded(each(cpu))),
        machine: usage::machine(),
        version: env!("CARGO_PKG_VERSION"),
    })
}

fn text(report: &Report) -> String {
    let database = report.database_cpu_ms_per_round_trip;
    let database =
        database.map_or_else(String::new, |cpu| format!("CPU of the database   {cpu:>10.3} ms a round trip\n"));
    format!(
        "exchange between two countries, {case}, {key} keys, {clients} clients, {seconds:.1} s, on {machine}\n\
         log in {log}, {gateways} on each side\n\
         round trips a second  {rate:>10.1}   ({count} answered, {failed} failed)\n\
         latency               {p50:>10.2} ms median, {p99:.2} ms 99th percentile\n\
         added by gateways     {added50:>10.2} ms median, {added99:.2} ms 99th percentile\n\
         CPU a round trip      {cpu:>10.3} ms (clients, both gateways, service, trust services)\n\
         cryptographic floor   {floor:>10.3} ms (2 signatures, 2 verifications, digests)\n\
         CPU over floor        {ratio:>10.2}\n\
         {database}\
         peak memory           {memory:>10.1} MiB\n",
        log = if report.message_log == "files" { "files" } else { "PostgreSQL" },
        gateways = if report.gateways == 1 { "one gateway" } else { "two gateways" },
        case = report.case,
        key = report.key,
        clients = report.clients,
        seconds = report.seconds,
        machine = report.machine,
        rate = report.round_trips_per_second,
        count = report.round_trips,
        failed = report.failed,
        p50 = report.p50_ms,
        p99 = report.p99_ms,
        added50 = report.added_p50_ms,
        added99 = report.added_p99_ms,
        cpu = report.cpu_ms_per_round_trip,
        floor = report.floor_ms_per_round_trip,
        ratio = report.cpu_over_floor,
        memory = report.peak_rss_mb,
    )
}
