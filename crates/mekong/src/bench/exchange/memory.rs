//! Memory of each gateway: its peak under many clients, and after one body of 100 MB.

use super::apart::Apart;
use super::question::Question;
use super::{ExchangeOptions, LogKind, load};
use crate::bench::{rounded, tell, usage};
use crate::cli::CommandError;
use crate::soak::gateway;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;
use tokio::process::Child;

/// Clients, at least.
const CLIENTS_MIN: u32 = 256;
/// Bytes of their bodies.
const SMALL: u64 = 1_000;
/// Bytes of the one that is large.
const LARGE: u64 = 100_000_000;

/// What is reported; peaks of resident memory (`VmHWM`) in MiB.
#[derive(Serialize)]
struct Report {
    case: &'static str,
    consumer_peak_rss_mb: f64,
    provider_peak_rss_mb: f64,
    consumer_peak_rss_mb_after_body: f64,
    provider_peak_rss_mb_after_body: f64,
    body_bytes: u64,
    round_trips: u64,
    failed: u64,
    key: &'static str,
    message_log: &'static str,
    gateways: u8,
    clients: u32,
    seconds: f64,
    machine: String,
    version: &'static str,
}

/// Measures and tells; whether no round trip failed.
pub(super) async fn run(options: &ExchangeOptions, dir: &Path) -> Result<bool, CommandError> {
    let apart = Apart::start(dir, options.key.key_type(), |_| Ok(())).await?;
    let provider = apart.gateway(&apart.keeper()).await?;
    let consumer = apart.gateway(&apart.asker()).await?;
    let clients = options.clients.max(CLIENTS_MIN);
    let question = Question::with_body(&apart.file, SMALL)?;
    let load = load::run(&question.across, clients, Duration::from_secs(options.seconds), u64::MAX).await;
    let peaks = || [&consumer, &provider].map(peak);
    let [consumer_before, provider_before] = peaks();
    let question = Question::with_body(&apart.file, LARGE)?;
    let body = load::run(&question.across, 1, Duration::ZERO, 1).await;
    let [consumer_after, provider_after] = peaks();
    for process in [consumer, provider] {
        gateway::end(process).await?;
    }
    apart.stop().await;
    let report = Report {
        case: "memory",
        consumer_peak_rss_mb: consumer_before,
        provider_peak_rss_mb: provider_before,
        consumer_peak_rss_mb_after_body: consumer_after,
        provider_peak_rss_mb_after_body: provider_after,
        body_bytes: LARGE,
        round_trips: load.latencies.len() as u64,
        failed: load.failed + body.failed,
        key: options.key.name(),
        message_log: LogKind::Files.name(),
        gateways: 1,
        clients,
        seconds: rounded(load.elapsed.as_secs_f64()),
        machine: usage::machine(),
        version: env!("CARGO_PKG_VERSION"),
    };
    tell(&report, options.json, text)?;
    Ok(report.failed == 0)
}

fn peak(process: &Child) -> f64 {
    rounded(process.id().map_or(0.0, usage::peak_memory_mib_of))
}

fn text(report: &Report) -> String {
    format!(
        "memory of gateways, {} clients, {:.1} s, on {}   ({} answered, {} failed)\n\
         consumer's, peak      {:>10.1} MiB, {:.1} MiB after a body of 100 MB\n\
         provider's, peak      {:>10.1} MiB, {:.1} MiB after a body of 100 MB\n",
        report.clients,
        report.seconds,
        report.machine,
        report.round_trips,
        report.failed,
        report.consumer_peak_rss_mb,
        report.consumer_peak_rss_mb_after_body,
        report.provider_peak_rss_mb,
        report.provider_peak_rss_mb_after_body,
    )
}
