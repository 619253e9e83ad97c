//! The console: one page that shows both countries, and a page for each logged message with its evidence and the verdict on
//! it. Only for the machine it runs on: it has no login, listens on loopback addresses alone, and answers only requests that
//! name such an address. It shows no personal data (evidence, which is downloaded, holds them) and changes nothing, but that
//! a message may be time-stamped sooner.
//!
//! - [`model`]: what is to be seen, collected; [`exchanges`]: log records put together.
//! - [`overview`], [`message`], [`verdict`]: the pages; [`words`]: their texts; [`named`]: identifiers with their names.
//! - [`evidence`]: the download; [`api`]: the same as JSON.
//! - [`reader`]: in which language; [`failure`]: what went wrong. Who may ask: [`crate::serving::loopback`].

mod api;
mod evidence;
mod exchanges;
mod failure;
mod message;
mod model;
mod named;
mod overview;
mod reader;
#[cfg(test)]
mod tests;
mod verdict;
mod words;

use crate::cli::CommandError;
use crate::demo::world::World;
use crate::node::listener::Listener;
use crate::serving::loopback;
use axum::Router;
use axum::routing::get;
use failure::Failure;
use mekong_base::{Clock, Instant};
use mekong_web::asset;
use model::View;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{Mutex, RwLock, Semaphore, SemaphorePermit};

/// Exports and verifications at a time: each reads a whole message.
const EVIDENCE_AT_ONCE: usize = 4;
/// How long a page waits for a world that is being changed.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a count of a register's persons is good for.
const COUNT_AGE_MAX: Duration = Duration::from_secs(60);

/// What all requests share. The world is not kept alive by it.
struct Console {
    world: Weak<RwLock<World>>,
    clock: Clock,
    evidence: Semaphore,
    people: Mutex<Option<(Instant, Vec<u64>)>>,
}

/// Serves the console.
///
/// # Errors
/// In words, if the address is taken or others than this machine could reach it.
pub(crate) async fn start(
    address: SocketAddr,
    world: Arc<RwLock<World>>,
    clock: Clock,
) -> Result<Listener, CommandError> {
    loopback::check_address(address, "the console has no login and")?;
    let evidence = Semaphore::new(EVIDENCE_AT_ONCE);
    let console = Console { world: Arc::downgrade(&world), clock, evidence, people: Mutex::new(None) };
    Listener::start(address, "the console", router(Arc::new(console))).await
}

fn router(console: Arc<Console>) -> Router {
    Router::new()
        .route("/", get(overview::show))
        .route("/health", get(async || "ok\n"))
        .route("/api/overview.json", get(api::overview))
        .route("/api/messages.json", get(api::messages))
        .route("/messages/{gateway}/{id}", get(message::show))
        .route("/messages/{gateway}/{id}/evidence", get(evidence::download))
        .route("/messages/{gateway}/{id}/verify", get(verdict::show))
        .route("/messages/{gateway}/{id}/verify.json", get(verdict::json))
        .merge(asset::router())
        .fallback(failure::no_such_page)
        .layer(axum::middleware::from_fn(loopback::guard))
        .with_state(console)
}

impl Console {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The world at this moment; nobody waits for us while we draw it.
    async fn view(&self) -> Result<View, Failure> {
        let world = self.world.upgrade().ok_or(Failure::Busy)?;
        let world = tokio::time::timeout(PATIENCE, world.read()).await.map_err(|_| Failure::Busy)?;
        Ok(View::of(&world))
    }

    /// Persons in each register, in the order of the countries; counted once a minute.
    async fn people(&self, view: &View) -> Vec<u64> {
        let now = self.now();
        let mut people = self.people.lock().await;
        if let Some((_, counts)) = people.as_ref().filter(|(at, _)| now.since(*at) < COUNT_AGE_MAX) {
            return counts.clone();
        }
        let counts = view.people().await;
        *people = Some((now, counts.clone()));
        counts
    }

    /// A turn to read a whole message.
    async fn evidence_turn(&self) -> Result<SemaphorePermit<'_>, Failure> {
        let turn = tokio::time::timeout(PATIENCE, self.evidence.acquire()).await;
        turn.ok().and_then(Result::ok).ok_or(Failure::Busy)
    }
}
