//! How long the database takes, counted as it answers.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Upper bounds of the counts, in microseconds; the last count has none.
pub const LATENCY_BOUNDS_US: [u64; 10] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 500_000, 2_500_000,
];

/// How often the database took how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// How many answers took at most the bound of that place, and more than the one before.
    pub counts: [u64; 11],
    /// All of them together, in microseconds.
    pub sum_us: u64,
}

/// Counts answers.
#[derive(Default)]
pub(crate) struct Clock {
    counts: [AtomicU64; 11],
    sum_us: AtomicU64,
}

impl Clock {
    pub(crate) fn count(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = LATENCY_BOUNDS_US.partition_point(|bound| *bound < us);
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Latency {
        Latency {
            counts: std::array::from_fn(|place| {
                self.counts
                    .get(place)
                    .map_or(0, |count| count.load(Ordering::Relaxed))
            }),
            sum_us: self.sum_us.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_where_they_belong() {
        let clock = Clock::default();
        for us in [0, 250, 251, 2_500_000, 9_000_000] {
            clock.count(Duration::from_micros(us));
        }
        let read = clock.read();
        assert_eq!(read.counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(read.sum_us, 11_500_501);
    }
}
