//! What time it is at Intercom, as its answers let us know.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// Unix milliseconds.
pub(crate) type Millis = i64;

/// A hundred years: further than that only nonsense is ahead, and adding more would overflow.
const MAX_AHEAD: Millis = 3_155_760_000_000;

/// The server's clock: ours, until answers prove it wrong. Goes on steadily, whatever our wall clock does.
#[derive(Debug)]
pub(crate) struct ServerClock {
    origin: Instant,
    origin_at: Millis,
}

impl ServerClock {
    pub(crate) fn new(now: Instant, unix: Millis) -> Self {
        Self {
            origin: now,
            origin_at: unix,
        }
    }

    /// Our wall clock.
    pub(crate) fn wall() -> Millis {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, millis)
    }

    pub(crate) fn at(&self, moment: Instant) -> Millis {
        match moment.checked_duration_since(self.origin) {
            Some(after) => self.origin_at.saturating_add(millis(after)),
            None => self
                .origin_at
                .saturating_sub(millis(self.origin.duration_since(moment))),
        }
    }

    /// The moment of a server time; the same whenever it is asked, so that it can be compared.
    pub(crate) fn moment(&self, at: Millis) -> Instant {
        let ahead = at.saturating_sub(self.origin_at).clamp(0, MAX_AHEAD);
        self.origin + Duration::from_millis(ahead.unsigned_abs())
    }

    /// The server says that at `moment` it was not later than `latest`.
    pub(crate) fn not_after(&mut self, moment: Instant, latest: Millis) {
        self.origin_at = self
            .origin_at
            .saturating_sub(self.at(moment).saturating_sub(latest).max(0));
    }

    /// The server says that at `moment` it was not earlier than `earliest`.
    pub(crate) fn not_before(&mut self, moment: Instant, earliest: Millis) {
        self.origin_at = self
            .origin_at
            .saturating_add(earliest.saturating_sub(self.at(moment)).max(0));
    }
}

fn millis(duration: Duration) -> Millis {
    duration.as_millis().try_into().unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_moves_the_clock_no_further_than_it_must() {
        let start = Instant::now();
        let later = start + Duration::from_secs(5);
        let mut clock = ServerClock::new(start, 100_000);
        clock.not_after(later, 110_000);
        clock.not_before(later, 100_000);
        assert_eq!(clock.at(later), 105_000, "nothing contradicts it");
        clock.not_after(later, 103_000);
        assert_eq!((clock.at(later), clock.at(start)), (103_000, 98_000));
        clock.not_before(start, 99_000);
        assert_eq!(clock.moment(105_000), start + Duration::from_secs(6));
        assert_eq!(
            clock.moment(1_000),
            start,
            "before the beginning is the beginning"
        );
        assert!(
            clock.moment(Millis::MAX) > later,
            "nonsense does not overflow"
        );
        assert_eq!(
            clock.at(start.checked_sub(Duration::from_secs(1)).unwrap()),
            98_000
        );
    }
}
