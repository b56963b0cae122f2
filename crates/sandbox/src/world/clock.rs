//! The workspace's clock: real time plus an offset, or standing still.

use jiff::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// A clock that tests may set, advance and stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// Milliseconds added to real time; the time itself while stopped.
    shift: i64,
    stopped: bool,
}

impl Clock {
    /// The real time.
    pub(crate) fn real() -> Self {
        Self {
            shift: 0,
            stopped: false,
        }
    }

    /// A clock that stands at a time, in Unix seconds.
    pub(crate) fn stopped_at(seconds: i64) -> Self {
        Self {
            shift: seconds.saturating_mul(1000),
            stopped: true,
        }
    }

    /// Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// Unix milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        if self.stopped {
            self.shift
        } else {
            real_ms().saturating_add(self.shift)
        }
    }

    /// Sets the time, in Unix seconds; the clock goes on running if it ran.
    pub(crate) fn set(&mut self, seconds: i64) {
        let target = seconds.saturating_mul(1000);
        self.shift = if self.stopped {
            target
        } else {
            target.saturating_sub(real_ms())
        };
    }

    /// Moves the time by seconds, forward or back.
    pub(crate) fn advance(&mut self, seconds: i64) {
        self.shift = self.shift.saturating_add(seconds.saturating_mul(1000));
    }

    /// Stops the clock, or lets it run on from where it stands.
    pub(crate) fn pause(&mut self, stop: bool) {
        if stop != self.stopped {
            let now = self.now_ms();
            self.shift = if stop {
                now
            } else {
                now.saturating_sub(real_ms())
            };
            self.stopped = stop;
        }
    }

    /// Whether it stands still.
    pub(crate) fn is_paused(&self) -> bool {
        self.stopped
    }
}

/// A time of the workspace in the ISO 8601 spelling, in UTC.
pub(crate) fn iso(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_string()
}

fn real_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_moves_only_when_told() {
        let mut clock = Clock::stopped_at(1_790_000_000);
        assert_eq!(clock.now(), 1_790_000_000);
        clock.advance(60);
        assert_eq!(clock.now(), 1_790_000_060);
        clock.set(5);
        assert_eq!(
            (clock.now(), clock.now_ms(), clock.is_paused()),
            (5, 5000, true)
        );
    }

    #[test]
    fn a_paused_clock_runs_on_from_where_it_stood() {
        let mut clock = Clock::real();
        clock.set(1000);
        clock.pause(true);
        clock.advance(500);
        clock.pause(false);
        assert!((1500..1510).contains(&clock.now()), "{clock:?}");
    }
}
