//! How long messages may flow while no time-stamp is to be had.

use mekong_base::Instant;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Messages are refused because the evidence could not be stamped for too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no message is accepted, because messages could not be time-stamped since {since}, longer than the allowed {} \
     minutes; last failure: {reason}. See that the time-stamping authority answers; messages flow again by themselves \
     after the next time-stamp",
    .allowed.as_secs() / 60
)]
pub struct TimestampsOverdue {
    /// The first failure after the last success.
    pub since: Instant,
    /// How long that may last.
    pub allowed: Duration,
    /// The last failure.
    pub reason: String,
}

/// Since when time-stamping fails, and why.
#[derive(Debug)]
pub(super) struct Timeliness {
    allowed: Duration,
    failing: Mutex<Option<(Instant, String)>>,
}

impl Timeliness {
    /// `since` is what was remembered from before a restart.
    pub(super) fn new(allowed: Duration, since: Option<Instant>) -> Self {
        let failing = since.map(|since| (since, "the one before the restart".to_owned()));
        Self { allowed, failing: Mutex::new(failing) }
    }

    pub(super) fn check(&self, now: Instant) -> Result<(), TimestampsOverdue> {
        match &*self.lock() {
            Some((since, reason)) if now.since(*since) > self.allowed => {
                Err(TimestampsOverdue { since: *since, allowed: self.allowed, reason: reason.clone() })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn failing_since(&self) -> Option<Instant> {
        self.lock().as_ref().map(|(since, _)| *since)
    }

    /// Notes a failure; the first one after a success sets the time. Says whether it was the first.
    pub(super) fn failed(&self, at: Instant, reason: String) -> bool {
        let mut failing = self.lock();
        let since = failing.as_ref().map(|(since, _)| *since);
        *failing = Some((since.unwrap_or(at), reason));
        since.is_none()
    }

    /// Takes over what another gateway notes.
    pub(super) fn follow(&self, since: Option<Instant>) {
        *self.lock() = since.map(|since| (since, "that of the gateway which takes the time-stamps".to_owned()));
    }

    /// Notes a success. Says whether there had been a failure.
    pub(super) fn succeeded(&self) -> bool {
        self.lock().take().is_some()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Instant, String)>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn refuses_only_when_failures_lasted_too_long() {
        let start = Instant::from_unix_seconds(1_800_000_000);
        let timeliness = Timeliness::new(4 * HOUR, None);
        assert_eq!(timeliness.check(start + 1000 * HOUR), Ok(()));
        assert!(timeliness.failed(start, "refused".into()));
        assert!(!timeliness.failed(start + HOUR, "silent".into()));
        assert_eq!(timeliness.check(start + 4 * HOUR), Ok(()));
        let error = timeliness.check(start + 5 * HOUR).map_err(|e| e.to_string());
        assert!(
            error.as_ref().is_err_and(|e| e.contains(&start.to_string()) && e.contains("240 minutes")),
            "{error:?}"
        );
        assert!(error.is_err_and(|e| e.contains("silent")));
        assert!(timeliness.succeeded());
        assert_eq!(timeliness.check(start + 5 * HOUR), Ok(()));
    }

    #[test]
    fn remembers_over_a_restart() {
        let start = Instant::from_unix_seconds(1_800_000_000);
        let timeliness = Timeliness::new(HOUR, Some(start));
        assert!(timeliness.check(start + 2 * HOUR).is_err());
    }
}
