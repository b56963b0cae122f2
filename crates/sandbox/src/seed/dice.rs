//! Chance that repeats itself: the same seed throws the same dice.

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// A row of dice.
pub(super) struct Dice(StdRng);

impl Dice {
    /// Dice that follow from a seed; `stream` keeps the parts of the seed independent of each other.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        Self(StdRng::seed_from_u64(
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ stream,
        ))
    }

    /// A number below `limit`; 0 when the limit is 0.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        if limit == 0 {
            0
        } else {
            self.0.random_range(0..limit)
        }
    }

    /// A number between two, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// Yes, so many times of a hundred.
    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.0.random_range(0..100) < chance
    }

    /// One of several; the slice is not empty.
    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A number between two in which small ones are much more frequent.
    pub(super) fn skewed(&mut self, low: i64, high: i64) -> i64 {
        let factor = f64::from(self.0.random_range(0..=1000_u32)) / 1000.0;
        let span = i32::try_from(high - low).map_or(f64::from(i32::MAX), f64::from);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the product is below the span, which fits"
        )]
        let offset = (span * factor * factor * factor) as i64;
        low + offset
    }
}
