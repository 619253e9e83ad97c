//! How long exchanges took: counted in classes of time, as programs that watch a gateway want it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper ends of the classes, in microseconds; what takes longer is in none, and counted.
const BOUNDS: [u64; 15] = [
    1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000,
    10_000_000, 30_000_000, 60_000_000,
];

/// What is counted.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    classes: [AtomicU64; BOUNDS.len()],
    longer: AtomicU64,
    sum: AtomicU64,
}

/// How long something took, as counted at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Durations {
    /// Upper ends of the classes, and how many took that long or less, rising.
    pub up_to: Vec<(Duration, u64)>,
    /// How many there were.
    pub count: u64,
    /// How long all of them took.
    pub sum: Duration,
}

impl Histogram {
    pub(super) fn note(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let class = BOUNDS.partition_point(|bound| *bound < micros);
        self.classes.get(class).unwrap_or(&self.longer).fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(micros, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Durations {
        let mut count = 0;
        let classes = BOUNDS.iter().zip(&self.classes);
        let up_to = classes.map(|(bound, class)| {
            count += class.load(Ordering::Relaxed);
            (Duration::from_micros(*bound), count)
        });
        let up_to = up_to.collect();
        count += self.longer.load(Ordering::Relaxed);
        Durations { up_to, count, sum: Duration::from_micros(self.sum.load(Ordering::Relaxed)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_every_class_that_ends_with_it_or_later() {
        let histogram = Histogram::default();
        for micros in [0, 1_000, 1_001, 60_000_000, 60_000_001] {
            histogram.note(Duration::from_micros(micros));
        }
        let read = histogram.read();
        let classes: Vec<u64> = read.up_to.iter().map(|(_, count)| *count).collect();
        assert_eq!((classes[0], classes[1], classes[13], classes[14], read.count), (2, 3, 3, 4, 5));
        assert_eq!(read.sum, Duration::from_micros(120_002_002));
    }
}
