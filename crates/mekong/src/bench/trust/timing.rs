//! How things are timed.

use std::time::{Duration, Instant};

/// How long one batch should take at least, so that the clock's own cost does not count.
const BATCH: Duration = Duration::from_millis(5);
/// Most repetitions in a batch.
const REPETITIONS_MAX: u32 = 10_000;

/// Milliseconds of one repetition: the best of the batches that fit into `budget`, at least one, so that another process on
/// the machine does not count. One repetition goes before, unmeasured.
pub(super) fn best(budget: Duration, mut what: impl FnMut()) -> f64 {
    let once = Instant::now();
    what();
    let once = once.elapsed().max(Duration::from_nanos(1));
    let repetitions = (BATCH.as_nanos() / once.as_nanos()).clamp(1, u128::from(REPETITIONS_MAX)) as u32;
    let (started, mut best) = (Instant::now(), f64::INFINITY);
    loop {
        let batch = Instant::now();
        (0..repetitions).for_each(|_| what());
        best = best.min(milliseconds(batch.elapsed()) / f64::from(repetitions));
        if started.elapsed() >= budget {
            return best;
        }
    }
}

/// Milliseconds with their fraction.
pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The middle one; 0 of none.
pub(super) fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}
