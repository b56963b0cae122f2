//! How far an export is, for whoever watches it.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The rate is that of this much time: a whole window of Intercom's allowance, and a half.
const SPAN: Duration = Duration::from_secs(15);

/// What an export is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Reading from Intercom.
    #[default]
    Pull,
    /// Asking what was deleted.
    Deletions,
    /// Writing files.
    Write,
}

/// Counts what was done.
#[derive(Debug, Default)]
pub struct Meter {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    phase: Phase,
    done: u64,
    total: Option<u64>,
    notes: Vec<String>,
    /// Moments, and what was done by then.
    seen: VecDeque<(Duration, u64)>,
}

/// What the meter shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// What is being done.
    pub phase: Phase,
    /// Objects or files done in this phase.
    pub done: u64,
    /// Of how many, where that is known.
    pub total: Option<u64>,
    /// How many a second, of late.
    pub rate: f64,
    /// Time left at this rate, where it can be told.
    pub left: Option<Duration>,
}

impl Meter {
    /// Begins a phase.
    pub(crate) fn begin(&self, phase: Phase, total: Option<u64>) {
        let mut counts = self.lock();
        (counts.phase, counts.done, counts.total) = (phase, 0, total);
        counts.seen.clear();
    }

    /// Learns how many there are.
    pub(crate) fn expect(&self, total: u64) {
        let mut counts = self.lock();
        counts.total = Some(counts.total.unwrap_or(0).max(total));
    }

    /// Counts what was done.
    pub(crate) fn add(&self, done: u64) {
        self.lock().done += done;
    }

    /// Something that the one who started the export should know.
    pub(crate) fn note(&self, line: impl Into<String>) {
        self.lock().notes.push(line.into());
    }

    /// What was noted since the last time.
    pub fn notes(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().notes)
    }

    /// What it shows now; `elapsed` is any clock that only goes forward.
    pub fn read(&self, elapsed: Duration) -> Reading {
        let mut counts = self.lock();
        let done = counts.done;
        counts.seen.push_back((elapsed, done));
        while counts.seen.len() > 2 && counts.seen[1].0 + SPAN < elapsed {
            counts.seen.pop_front();
        }
        let (since, before) = counts.seen[0];
        let seconds = elapsed.saturating_sub(since).as_secs_f64();
        let rate = if seconds > 0.0 {
            float(done.saturating_sub(before)) / seconds
        } else {
            0.0
        };
        let left = counts.total.filter(|_| rate > 0.0).and_then(|total| {
            Duration::try_from_secs_f64(float(total.saturating_sub(done)) / rate).ok()
        });
        Reading {
            phase: counts.phase,
            done,
            total: counts.total,
            rate,
            left,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people's eyes")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_late_and_tells_the_time_left() {
        let meter = Meter::default();
        let at = |seconds| meter.read(Duration::from_secs(seconds));
        meter.begin(Phase::Pull, None);
        assert_eq!((at(0).rate, at(0).left), (0.0, None));
        meter.expect(1_000);
        for second in 1..=40 {
            meter.add(if second <= 20 { 30 } else { 10 });
            at(second);
        }
        let reading = at(40);
        assert_eq!((reading.done, reading.total), (800, Some(1_000)));
        assert!((reading.rate - 10.0).abs() < 0.5, "{reading:?}");
        assert_eq!(reading.left.unwrap().as_secs(), 20);
        meter.begin(Phase::Write, Some(3));
        assert_eq!(at(41).done, 0);
    }
}
