//! Clients that ask, one question after the other on one connection each.

use super::question::{Asked, DIFFERENT};
use crate::demo::journey::{AgencySystem, Parts};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What came of it.
pub(super) struct Load {
    /// Of every answered round trip, ascending.
    pub(super) latencies: Vec<Duration>,
    /// Round trips that did not end as they must.
    pub(super) failed: u64,
    /// From the first request to the last answer.
    pub(super) elapsed: Duration,
}

impl Load {
    /// The latency that `percent` of the round trips do not exceed, in milliseconds.
    pub(super) fn percentile_ms(&self, percent: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let index = (percent / 100.0 * last as f64).round() as usize;
        self.latencies.get(index).map_or(0.0, |d| d.as_secs_f64() * 1_000.0)
    }
}

/// Asks with `clients` at the same time for `time`, but each once at least, and about `most` times together at most.
pub(super) async fn run(asked: &Asked, clients: u32, time: Duration, most: u64) -> Load {
    let started = Instant::now();
    let sent = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (asked, sent) = (asked.clone(), Arc::clone(&sent));
            tokio::spawn(async move { one_client(&asked, client, started + time, &sent, most).await })
        })
        .collect();
    let mut load = Load { latencies: Vec::new(), failed: 0, elapsed: Duration::ZERO };
    for task in tasks {
        match task.await {
            Ok((latencies, failed)) => {
                load.latencies.extend(latencies);
                load.failed += failed;
            }
            Err(_) => load.failed += 1,
        }
    }
    load.elapsed = started.elapsed();
    load.latencies.sort_unstable();
    load
}

async fn one_client(asked: &Asked, client: u32, until: Instant, sent: &AtomicU64, most: u64) -> (Vec<Duration>, u64) {
    let system = AgencySystem::new();
    let (mut latencies, mut failed) = (Vec::new(), 0);
    // Clients take the ways in turn.
    let ways = u32::try_from(asked.ways.len()).unwrap_or(1).max(1);
    let Some(way) = asked.ways.get((client % ways) as usize) else { return (latencies, 1) };
    loop {
        let number = sent.fetch_add(1, Ordering::Relaxed);
        match system.exchange_with(&way.place, &asked.step, way.with.as_deref(), body(asked, number)).await {
            Ok(ended) if asked.step.is_as_expected(&ended) => latencies.push(ended.duration),
            Ok(_) | Err(_) => failed += 1,
        }
        if Instant::now() >= until || number >= most {
            return (latencies, failed);
        }
    }
}

/// A body that no other request has.
fn body(asked: &Asked, number: u64) -> Parts {
    if asked.body.is_empty() {
        return Parts::default();
    }
    let different = format!("{number:0width$}", width = DIFFERENT);
    Parts::from([Bytes::from(different), asked.body.clone()])
}
