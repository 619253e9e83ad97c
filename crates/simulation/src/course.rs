//! What agencies and services saw in the course of a run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What was seen so far. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Course(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// By the id that the agency gave it (`X-Road-Id`).
    pub(crate) requests: BTreeMap<String, Request>,
    /// What should not have happened, as it was seen.
    pub(crate) wrong: Vec<String>,
    /// Faults and restarts.
    pub(crate) events: Vec<String>,
}

/// One request of an agency.
#[derive(Debug, Default, Clone)]
pub(crate) struct Request {
    pub(crate) body: Vec<u8>,
    /// The id of the exchange, when it was acknowledged.
    pub(crate) acknowledged: Option<String>,
    /// How often the service got it without a mark, and with it.
    pub(crate) delivered: u32,
    pub(crate) marked: u32,
}

/// Numbers of one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that agencies sent.
    pub sent: u64,
    /// Requests that were answered with success.
    pub acknowledged: u64,
    /// Times that services were asked again, with the mark.
    pub repeated: u64,
    /// Crashes of machines.
    pub crashes: u64,
}

impl Course {
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn event(&self, what: String) {
        self.seen().events.push(what);
    }

    pub(crate) fn wrong(&self, what: String) {
        self.seen().wrong.push(what);
    }

    pub(crate) fn tally(&self) -> Tally {
        let seen = self.seen();
        Tally {
            sent: seen.requests.len() as u64,
            acknowledged: seen.requests.values().filter(|r| r.acknowledged.is_some()).count() as u64,
            repeated: seen.requests.values().map(|r| u64::from(r.marked)).sum(),
            crashes: seen.events.iter().filter(|e| e.contains("crash")).count() as u64,
        }
    }
}
