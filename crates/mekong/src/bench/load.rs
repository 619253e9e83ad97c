//! Clients that ask across the border, one after the other on one connection each.

use crate::cli::CommandError;
use crate::demo::journey::{AgencySystem, Expected, Scene, Step};
use crate::demo::network::CLIENT_PORT;
use crate::demo::{question_of, world::World};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// What is asked, and of whom.
#[derive(Clone)]
pub(crate) struct Question {
    gateway: String,
    step: Step,
}

/// What came of it.
pub(crate) struct Load {
    /// Of every answered round trip, ascending.
    pub(crate) latencies: Vec<Duration>,
    /// Round trips that did not end as they must.
    pub(crate) failed: u64,
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
}

impl Question {
    /// A Lao system asks the Vietnamese register for one person.
    ///
    /// # Errors
    /// In words, if there is nobody to ask for.
    pub(crate) async fn of(world: &World) -> Result<Self, CommandError> {
        let step = question_of(world).await?;
        debug_assert!(step.scene == Scene::Normal && step.expected == Expected::Answer(200));
        let gateway = SocketAddr::new(world.country(step.from).addresses.asker(), CLIENT_PORT).to_string();
        Ok(Self { gateway, step })
    }
}

impl Load {
    /// The latency that `percent` of the round trips do not exceed, in milliseconds.
    pub(crate) fn percentile_ms(&self, percent: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let index = (percent / 100.0 * last as f64).round() as usize;
        self.latencies.get(index).map_or(0.0, |d| d.as_secs_f64() * 1_000.0)
    }
}

/// Asks with `clients` at the same time for `time`.
pub(crate) async fn run(question: &Question, clients: u32, time: Duration) -> Load {
    let started = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let question = question.clone();
            tokio::spawn(async move { one_client(&question, started + time).await })
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

async fn one_client(question: &Question, until: Instant) -> (Vec<Duration>, u64) {
    let system = AgencySystem::new();
    let (mut latencies, mut failed) = (Vec::new(), 0);
    while Instant::now() < until {
        match system.exchange(&question.gateway, &question.step).await {
            Ok(ended) if question.step.is_as_expected(&ended) => latencies.push(ended.duration),
            Ok(_) | Err(_) => failed += 1,
        }
    }
    (latencies, failed)
}
