//! How long messages may flow while no time-stamp is to be had, and which messages will still be proven by one.
//!
//! Evidence is judged at the time of its time-stamp: the certificate of who signed must be good then, by OCSP responses that
//! are still fresh then (X-Road: an hour). So a message is accepted only if its responses stay fresh until it is stamped:
//! until the next regular time-stamp, or, while there are none, as long as they may stay away. Else a sender could make its
//! messages worthless as evidence by sending them with responses about to expire.

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

/// How long time-stamps may stay away so that honest messages are still proven when they are back. X-Road's gateways renew
/// their OCSP responses every 20 minutes, as ours do, so that 40 minutes of an hour are left; less [`SLACK`], and rounded down.
pub const PROVABLE_DELAY: Duration = Duration::from_secs(20 * 60);
/// How far the time in a token may be from our own. Evidence is judged by the time in it, so that one far off would make
/// good messages worthless, or date them wrongly.
pub(super) const TIME_DIFFERENCE_MAX: Duration = Duration::from_secs(5 * 60);
/// What may pass between the time at which a message should be stamped and that in its time-stamp: the difference of the
/// clocks, and as much again for logging, batches and an authority that takes a moment.
const SLACK: Duration = Duration::from_secs(2 * TIME_DIFFERENCE_MAX.as_secs());

/// A message is refused because its certificate would no longer be proven when it is time-stamped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the signature's certificate is proven until {until}, by its OCSP responses and its validity, and must be until {needed}, \
     when the message has its time-stamp for certain: have the gateway that signed it fetch new OCSP responses in time"
)]
pub struct Unprovable {
    /// The certificates and OCSP responses hold until then.
    pub until: Instant,
    /// They must hold until then.
    pub needed: Instant,
}

/// Since when time-stamping fails, and why.
#[derive(Debug)]
pub(super) struct Timeliness {
    allowed: Duration,
    /// Between regular time-stamps.
    interval: Duration,
    failing: Mutex<Option<(Instant, String)>>,
}

impl Timeliness {
    /// `since` is what was remembered from before a restart.
    pub(super) fn new(allowed: Duration, interval: Duration, since: Option<Instant>) -> Self {
        let failing = since.map(|since| (since, "the one before the restart".to_owned()));
        Self { allowed, interval, failing: Mutex::new(failing) }
    }

    /// Whether a chain that holds until `until`, with responses that are fresh for `freshness`, will hold when a message of
    /// now is time-stamped. Where a country wants responses so fresh that an honest one could not, half of that is enough.
    pub(super) fn check_proof(&self, until: Instant, freshness: Duration, now: Instant) -> Result<(), Unprovable> {
        let back = self.failing_since().map(|since| since + self.allowed.min(PROVABLE_DELAY));
        let stamped_in = back.map_or(Duration::ZERO, |back| back.since(now)).max(self.interval);
        let needed = now + (stamped_in + SLACK).min(freshness / 2);
        if until < needed { Err(Unprovable { until, needed }) } else { Ok(()) }
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
        let timeliness = Timeliness::new(4 * HOUR, HOUR / 60, None);
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
        let timeliness = Timeliness::new(HOUR, HOUR / 60, Some(start));
        assert!(timeliness.check(start + 2 * HOUR).is_err());
    }

    #[test]
    fn proofs_must_last_until_the_time_stamp() {
        let start = Instant::from_unix_seconds(1_800_000_000);
        let minute = HOUR / 60;
        for (allowed, provable) in [(20, 20), (10, 10), (240, 20)] {
            let timeliness = Timeliness::new(allowed * minute, minute, None);
            // How many minutes of the proof must be left.
            let check = |needed: u32, freshness: Duration, now: Instant| {
                assert_eq!(timeliness.check_proof(now + needed * minute, freshness, now), Ok(()));
                let refused = timeliness.check_proof(now + needed * minute - Duration::from_secs(1), freshness, now);
                assert_eq!(refused.map_err(|e| e.needed), Err(now + needed * minute));
            };
            check(11, HOUR, start);
            check(5, 10 * minute, start);
            timeliness.failed(start, "silent".into());
            check(provable + 10, HOUR, start);
            check(provable + 5, HOUR, start + 5 * minute);
            check(11, HOUR, start + (provable - 1) * minute);
            check(11, HOUR, start + 100 * minute);
            timeliness.succeeded();
            check(11, HOUR, start);
        }
    }
}
