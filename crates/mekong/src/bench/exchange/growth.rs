//! What a round trip costs as the message logs grow. The logs are filled with copies of exchanges that were really made, each
//! under an id of its own and with everything that belongs to a record: its place in the Merkle tree, in the index, in the
//! memory of repeated requests.

use super::plot::{Curve, plot};
use super::question::Question;
use super::{ExchangeOptions, LogKind, load};
use crate::bench::{rounded, tell, usage};
use crate::cli::{CommandError, Context};
use crate::demo::country::{LAOS, VIETNAM};
use crate::demo::world::{Making, World};
use crate::progress;
use bytes::Bytes;
use mekong_base::Clock;
use mekong_exchange::messagelog::{Body, Logged, MessageLog, NewRecord, Part, Side};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Residents in the registers.
const PEOPLE: u32 = 1_000;
/// Load before every measurement, which is not counted.
const WARM_UP: Duration = Duration::from_secs(1);
/// Measurements of a size; the one with the middle CPU time counts, as others on the host disturb one or another.
const MEASUREMENTS: usize = 3;
/// Copies that wait for a log at the same time; the ledger takes them in groups.
const AT_ONCE: u64 = 256;
/// The first size that is measured, in messages of one log.
const FIRST: u64 = 10_000;
/// How long a log that was filled may take to bring its index up to date.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// What is reported of one size.
#[derive(Serialize)]
struct Report {
    case: &'static str,
    /// Messages in each of the two logs.
    messages: u64,
    round_trips_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_ms_per_round_trip: f64,
    /// An exchange of before the logs were filled is found by its id.
    find_ms: f64,
    rss_mb: f64,
    /// Of both logs, with their indexes.
    disk_bytes_per_message: f64,
    round_trips: u64,
    failed: u64,
    key: &'static str,
    message_log: &'static str,
    gateways: u8,
    clients: u32,
    machine: String,
    version: &'static str,
}

/// Measures and tells every size; whether no round trip failed.
pub(super) async fn run(options: &ExchangeOptions, dir: &Path) -> Result<bool, CommandError> {
    let making = Making { key_type: options.key.key_type(), echo: false, gateways: 1 };
    let world = World::of(dir, Some(PEOPLE), Some(1), making, &Clock::system()).await?;
    let question = Question::of(&world).await?;
    let logs = [&world.country(LAOS.instance).asker, &world.country(VIETNAM.instance).keeper].map(|node| &node.gateway);
    let [Some(asking), Some(answering)] = logs else {
        return Err(CommandError::new("the countries of the bench have no gateways"));
    };
    let (asking, answering) = (asking.log().clone(), answering.log().clone());
    load::run(&question.across, options.clients, WARM_UP, u64::MAX).await;
    let exchange = Arc::new(Exchange::newest(&answering).await?);
    let oldest = exchange.request.message_id.clone();
    let mut reports = Vec::new();
    for until in sizes(options.messages) {
        let filling = [(&asking, Side::Consumer), (&answering, Side::Provider)]
            .map(|(log, side)| tokio::spawn(fill(log.clone(), Arc::clone(&exchange), side, until)));
        for filled in filling {
            filled.await.context(|| "fill a log")??;
        }
        let report = measure(&question, options, [&asking, &answering], &oldest, dir).await?;
        tell(&report, options.json, text)?;
        reports.push(report);
    }
    world.stop().await;
    if let Some(path) = &options.plot {
        std::fs::write(path, drawn(&reports)).context(|| format!("write {}", path.display()))?;
    }
    Ok(reports.iter().all(|report| report.failed == 0))
}

/// 10,000, 30,000, 100,000 and so on, below `last`, and then that.
fn sizes(last: u64) -> impl Iterator<Item = u64> {
    let tens = std::iter::successors(Some(FIRST), |size| size.checked_mul(10));
    let smaller = tens.flat_map(|size| [size, size.saturating_mul(3)]).take_while(move |size| *size < last);
    smaller.chain([last])
}

async fn measure(
    question: &Question,
    options: &ExchangeOptions,
    logs: [&MessageLog; 2],
    oldest: &str,
    dir: &Path,
) -> Result<Report, CommandError> {
    let mut messages = u64::MAX;
    for log in logs {
        messages = messages.min(log.statistics().await.context(|| "count the messages")?.messages);
    }
    load::run(&question.across, options.clients, WARM_UP, u64::MAX).await;
    let mut measured = Vec::new();
    for _ in 0..MEASUREMENTS {
        let cpu_before = usage::cpu_time();
        let load = load::run(&question.across, options.clients, Duration::from_secs(options.seconds), u64::MAX).await;
        let cpu = usage::cpu_time().saturating_sub(cpu_before);
        measured.push((cpu.as_secs_f64() * 1_000.0 / (load.latencies.len().max(1) as f64), load));
    }
    let failed = measured.iter().map(|(_, load)| load.failed).sum();
    measured.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let (cpu_ms, load) = measured.swap_remove(MEASUREMENTS / 2);
    let round_trips = load.latencies.len() as u64;
    let mut find = Duration::ZERO;
    for log in logs {
        indexed(log).await?;
        let begun = Instant::now();
        let found = log.find(oldest).await.context(|| "find a message")?;
        find += begun.elapsed() / 2;
        if found.is_empty() {
            return Err(CommandError::new(format!("message {oldest} is not in the log any more")));
        }
    }
    Ok(Report {
        case: "growth",
        messages,
        round_trips_per_second: rounded(round_trips as f64 / load.elapsed.as_secs_f64()),
        p50_ms: rounded(load.percentile_ms(50.0)),
        p99_ms: rounded(load.percentile_ms(99.0)),
        cpu_ms_per_round_trip: rounded(cpu_ms),
        find_ms: rounded(find.as_secs_f64() * 1_000.0),
        rss_mb: rounded(usage::memory_mib()),
        disk_bytes_per_message: rounded(usage::bytes_in(dir) as f64 / (2.0 * messages.max(1) as f64)),
        round_trips,
        failed,
        key: options.key.name(),
        message_log: LogKind::Files.name(),
        gateways: 1,
        clients: options.clients,
        machine: usage::machine(),
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// An exchange that was made, as its provider's log has it.
struct Exchange {
    request: NewRecord,
    response: NewRecord,
}

impl Exchange {
    async fn newest(log: &MessageLog) -> Result<Self, CommandError> {
        let missing = || CommandError::new("no exchange is in the log of the bench");
        let records = log.recent(2).await.context(|| "read the newest messages")?;
        let one = records.iter().find(|record| record.status.is_some()).ok_or_else(missing)?;
        let client = one.client.parse().context(|| "read the client")?;
        let seen = log.seen(&client, &one.request_id).await.context(|| "read an exchange")?.ok_or_else(missing)?;
        let (request, answer) = (seen.request.ok_or_else(missing)?, seen.answer.ok_or_else(missing)?);
        let new = async |part, logged: Logged| -> Result<NewRecord, CommandError> {
            let body = logged.body.whole().await.context(|| "read a body")?;
            Ok(NewRecord {
                message_id: one.message_id.clone(),
                request_id: one.request_id.clone(),
                part,
                side: Side::Provider,
                client: client.clone(),
                service: one.service.parse().context(|| "read the service")?,
                peer: one.peer.as_deref().and_then(|peer| peer.parse().ok()),
                operation: one.operation.clone(),
                status: logged.status,
                duration: one.duration,
                signer: one.signer.clone(),
                message: logged.message,
                body: body.map_or(Body::None, Body::Bytes),
                signature: logged.signature,
                steps: Vec::new(),
            })
        };
        Ok(Self { request: new(Part::Request, request).await?, response: new(Part::Response, answer).await? })
    }

    /// The same exchange under other ids, of the same length.
    fn copy(&self, side: Side) -> (NewRecord, NewRecord) {
        let request_id = Uuid::new_v4().to_string();
        let message_id = format!("{}-{}", LAOS.instance, Uuid::new_v4());
        let under = |record: &NewRecord| {
            let message = replaced(&record.message, &record.request_id, &request_id);
            let message = replaced(&message, &record.message_id, &message_id);
            let (message_id, request_id) = (message_id.clone(), request_id.clone());
            NewRecord { message_id, request_id, side, message, ..record.clone() }
        };
        (under(&self.request), under(&self.response))
    }
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Bytes {
    String::from_utf8_lossy(bytes).replace(from, to).into_bytes().into()
}

/// Fills a log until it has so many messages, and waits until they are in its index and time-stamped.
async fn fill(log: MessageLog, exchange: Arc<Exchange>, side: Side, until: u64) -> Result<(), CommandError> {
    let there = log.statistics().await.context(|| "count the messages")?.messages;
    let exchanges = until.saturating_sub(there).div_ceil(2);
    let bar = match side {
        Side::Consumer => progress::bar("filling the consumer's log", exchanges),
        Side::Provider => progress::bar("filling the provider's log", exchanges),
    };
    let begun = AtomicU64::new(0);
    let writers = (0..AT_ONCE).map(|_| async {
        while begun.fetch_add(1, Ordering::Relaxed) < exchanges {
            let (request, response) = exchange.copy(side);
            log.record_exchange(request, response).await.context(|| "fill the log")?;
            bar.inc(1);
        }
        Ok::<(), CommandError>(())
    });
    futures_util::future::try_join_all(writers).await?;
    bar.finish_and_clear();
    indexed(&log).await?;
    // In service stamps keep up with messages; what was filled in a minute must not be stamped while it is measured.
    log.stamp_now().await.context(|| "time-stamp what was filled")?;
    Ok(())
}

/// Waits until the index has everything.
async fn indexed(log: &MessageLog) -> Result<(), CommandError> {
    let give_up = Instant::now() + PATIENCE;
    while log.statistics().await.context(|| "wait for the index")?.behind > 0 {
        if Instant::now() > give_up {
            return Err(CommandError::new("the index of a message log does not get on"));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

fn drawn(reports: &[Report]) -> String {
    let curve = |name, unit, of: fn(&Report) -> f64| {
        let points = reports.iter().map(|report| (report.messages as f64, of(report))).collect();
        Curve { name, unit, points }
    };
    plot(
        "messages in each log",
        &[
            curve("CPU a round trip", "ms", |report| report.cpu_ms_per_round_trip),
            curve("latency, median", "ms", |report| report.p50_ms),
            curve("a message found by its id", "ms", |report| report.find_ms),
        ],
    )
}

fn text(report: &Report) -> String {
    format!(
        "{messages:>12} messages in each log  {rate:>8.1} round trips a second   p50 {p50:>6.2} ms   p99 {p99:>6.2} ms   \
         CPU {cpu:.3} ms   found in {find:.2} ms   {memory:.0} MiB   {bytes:.0} bytes a message on disk\n",
        messages = report.messages,
        rate = report.round_trips_per_second,
        p50 = report.p50_ms,
        p99 = report.p99_ms,
        cpu = report.cpu_ms_per_round_trip,
        find = report.find_ms,
        memory = report.rss_mb,
        bytes = report.disk_bytes_per_message,
    )
}
