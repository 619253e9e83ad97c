//! Traces of exchanges, for programs that collect them by OTLP (OpenTelemetry).
//!
//! An exchange is followed by a [`Trail`] that lives in the task that serves it; what it passes marks its steps there with
//! [`begin`]. When it has ended, the trail goes into a queue of bounded length, and a task of its own sends what is in the
//! queue to the collector. Nothing an exchange does ever waits for that; what does not fit is dropped and counted. While
//! telemetry is off there is no trail, and a mark is one look at an empty place.
//!
//! Gateways cannot hand each other a trace context, so both take the id of the trace from what both have: the 128 bits of the
//! `x-road-request-id`. Spans have roles, identifiers of institutions and services, and codes of faults: never a path, a
//! query, a text of a fault or anything else that somebody could have put personal data into.
//!
//! Source: OTLP 1.9 over HTTP; W3C Trace Context Level 2.

mod exporter;
mod otlp;
mod settings;
pub mod traceparent;
mod trail;

pub use exporter::{Counts, Exporter};
pub use settings::{Settings, SettingsError};
pub(crate) use trail::STEPS_MAX;
pub use trail::{Step, StepTime};

use crate::gateway::net::Net;
use crate::messagelog::Side;
use crate::wire::fault::Fault;
use exporter::Queue;
use mekong_base::{Clock, Instant};
use std::cell::RefCell;
use std::sync::Arc;
use trail::Trail;

/// The exchange that a task serves. The steps lie many calls apart, and most of what is between them has no business with
/// telemetry: so the trail goes with the task, not through every hand.
type Slot = RefCell<Option<Box<Trail>>>;

tokio::task_local! {
    static TRAIL: Slot;
}

/// Where the traces of a gateway go. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Telemetry(Option<Arc<On>>);

#[derive(Debug)]
struct On {
    queue: Queue,
    sampling: settings::Sampling,
    clock: Clock,
}

impl Telemetry {
    /// No traces; the same as the default.
    pub const fn off() -> Self {
        Self(None)
    }

    /// Traces are sent to the collector of `settings` over `net`, until the [`Exporter`] is stopped or dropped.
    pub fn start(settings: Settings, net: Net, clock: Clock) -> (Self, Exporter) {
        let sampling = settings.sampling;
        let (queue, exporter) = exporter::start(settings, net);
        (Self(Some(Arc::new(On { queue, sampling, clock }))), exporter)
    }

    /// What was sent and what was dropped; `None` while telemetry is off.
    pub fn counts(&self) -> Option<Counts> {
        self.0.as_ref().map(|on| on.queue.counts())
    }

    /// The work of one exchange, followed from `at`; it ends its trail itself with [`Telemetry::end`].
    pub(crate) fn follow<F: Future>(
        &self,
        side: Side,
        at: Instant,
        work: F,
    ) -> impl Future<Output = F::Output> + use<F> {
        let trail = self.0.as_ref().map(|on| Box::new(Trail::new(side, at, on.clock.clone())));
        TRAIL.scope(RefCell::new(trail), work)
    }

    /// The exchange that this task followed has ended.
    pub(crate) fn end<T>(&self, result: &Result<T, Fault>) {
        let Some(on) = &self.0 else { return };
        let trail = TRAIL.try_with(|slot| slot.try_borrow_mut().ok().and_then(|mut slot| slot.take()));
        let Some(mut trail) = trail.ok().flatten() else { return };
        trail.end(result.as_ref().err().map(|fault| &fault.code));
        if on.sampling.takes(trail.id()) {
            on.queue.push(trail);
        }
    }
}

/// A step of the exchange that this task serves; it ends when this is dropped.
#[must_use]
pub(crate) struct Began(Option<usize>);

/// Begins a step.
pub(crate) fn begin(step: Step) -> Began {
    let mut place = None;
    note(|trail| place = trail.begin(step));
    Began(place)
}

/// How long the steps took so far of the exchange that this task serves; none if nobody follows it.
pub(crate) fn times() -> Vec<StepTime> {
    let mut times = Vec::new();
    note(|trail| times = trail.times());
    times
}

impl Drop for Began {
    fn drop(&mut self) {
        if let Some(place) = self.0 {
            note(|trail| trail.end_step(place));
        }
    }
}

/// Notes something on the trail of the exchange that this task serves, if there is one.
pub(crate) fn note(what: impl FnOnce(&mut Trail)) {
    let _ = TRAIL.try_with(|slot| {
        if let Ok(mut slot) = slot.try_borrow_mut()
            && let Some(trail) = slot.as_mut()
        {
            what(trail);
        }
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
