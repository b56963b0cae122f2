//! Counts calls against the allowance, from what the rate headers say. Knows no waiting: time is an argument.
//!
//! Intercom counts in windows of ten seconds, and answers arrive in another order than calls were counted. So of all
//! answers of a window the lowest `Remaining` holds, less the calls on the way, which may or may not be counted in it.
//! A window is known by its `Reset`. After its end, and before an answer names the next one, little is sent: a wrong
//! clock then costs a few calls, not a burst.

use crate::clock::{Millis, ServerClock};
use crate::share::{Ask, Share};
use crate::{Rate, Urgency};
use std::time::Duration;
use tokio::time::Instant;

/// Calls on the way at once while nothing is known of the window.
const PROBES: u64 = 4;
/// How long after its `Reset` a window is believed to be over: `Reset` is a whole second, and clocks differ.
const MARGIN_MILLIS: Millis = 1_000;
/// Length of a window.
const WINDOW_MILLIS: Millis = 10_000;
/// Longest round trip that is believed.
const MAX_ROUND_TRIP: Duration = Duration::from_secs(1);
/// Two `Reset`s that differ by less are the same window, told with other rounding.
const SAME_WINDOW: u64 = 5;
/// How long calls are held back after a 429 that does not say.
const BLIND_HOLD: Duration = Duration::from_secs(2);
/// The part of the allowance that bulk work leaves to others; it shrinks to nothing until the window's end.
const BULK_RESERVE: u64 = 10;
/// The part of the allowance that is given up, at most, because others use it too.
const FOREIGN_RESERVE: u64 = 25;

/// Whether a call may leave now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Open,
    /// Not before this moment, unless an answer comes earlier.
    Closed(Instant),
}

/// One call on the books.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    sent: Instant,
    generation: u32,
    probe: bool,
}

/// What an answer tells of the allowance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt {
    pub(crate) status: u16,
    pub(crate) rate: Option<Rate>,
    pub(crate) retry_after: Option<Duration>,
}

/// The books.
#[derive(Debug)]
pub(crate) struct Ledger {
    clock: ServerClock,
    phase: Phase,
    /// Counts windows.
    generation: u32,
    in_flight: u64,
    probes: Probes,
    hold: Option<Instant>,
    round_trip: Duration,
    /// Our part of the window, where others call for the same connection.
    share: Option<Share>,
}

#[derive(Debug)]
enum Phase {
    /// No answer yet.
    Unknown,
    /// Good answers come without rate headers.
    Unmetered,
    Metered(Window),
}

#[derive(Debug)]
struct Window {
    limit: u64,
    remaining: u64,
    reset: u64,
    /// Our calls that may be counted in it.
    ours: u64,
    /// Calls a second that are not ours, in the window before and in this one.
    foreign_before: u64,
    foreign: u64,
}

/// Calls sent into the unknown.
#[derive(Debug)]
struct Probes {
    in_flight: u64,
    since: Instant,
    max: u64,
}

impl Ledger {
    pub(crate) fn new(now: Instant, unix: Millis) -> Self {
        Self {
            clock: ServerClock::new(now, unix),
            phase: Phase::Unknown,
            generation: 0,
            in_flight: 0,
            probes: Probes {
                in_flight: 0,
                since: now,
                max: PROBES,
            },
            hold: None,
            round_trip: Duration::from_millis(50),
            share: None,
        }
    }

    /// Books of a process that shares the allowance with others.
    pub(crate) fn shared(mut self) -> Self {
        self.share = Some(Share::new(0));
        self
    }

    /// The part of the window to ask for now, for calls that are at hand.
    pub(crate) fn ask(&mut self, now: Instant) -> Option<Ask> {
        let Phase::Metered(window) = &self.phase else {
            return None;
        };
        if self.is_over(window, now) {
            return None;
        }
        let (reset, limit) = (window.reset, window.limit);
        self.share.as_mut()?.ask(reset, limit, now)
    }

    /// Books what the tally said; nothing when it is of a window that was before.
    pub(crate) fn answered(&mut self, ask: Ask, taken: Option<u64>) {
        if let (Phase::Metered(window), Some(share)) = (&self.phase, &mut self.share)
            && window.reset == ask.window
        {
            share.answered(ask, taken);
        }
    }

    /// Whether a call may leave now, and if not, when to look again.
    pub(crate) fn room(&self, urgency: Urgency, now: Instant) -> Room {
        if let Some(hold) = self.hold.filter(|hold| *hold > now) {
            return Room::Closed(hold);
        }
        let Phase::Metered(window) = &self.phase else {
            return if matches!(self.phase, Phase::Unmetered) {
                Room::Open
            } else {
                self.probes.room(now)
            };
        };
        let available = window.remaining.saturating_sub(self.in_flight);
        let end = window.reset_at();
        let sharing = self.share.as_ref().filter(|share| share.counts());
        if let Some(share) = sharing {
            if self.is_over(window, now) {
                return self.probes.room(now);
            }
            if let Some(until) = share.empty_until(self.clock.moment(end + MARGIN_MILLIS)) {
                return Room::Closed(until);
            }
        }
        // Those who share the allowance are no strangers.
        let foreign = match sharing {
            Some(_) => 0,
            None => window.foreign_reserve(self.round_trip),
        };
        let left = end.saturating_sub(self.clock.at(now)).max(0).unsigned_abs();
        let reserve = if urgency == Urgency::Bulk {
            window.bulk_reserve(left)
        } else {
            0
        };
        if available > foreign + reserve {
            return Room::Open;
        }
        if self.is_over(window, now) {
            return self.probes.room(now);
        }
        let over = self.clock.moment(end + MARGIN_MILLIS);
        let until = match available.saturating_sub(foreign) {
            0 => over,
            spare => over.min(self.clock.moment(window.bulk_opens_at(spare))),
        };
        Room::Closed(until)
    }

    /// Books a call that leaves now.
    pub(crate) fn admit(&mut self, now: Instant) -> Ticket {
        let probe = match &self.phase {
            Phase::Unknown => true,
            Phase::Unmetered => false,
            Phase::Metered(window) => self.is_over(window, now),
        };
        self.in_flight += 1;
        if probe {
            self.probes.enter(now);
        } else if let Some(share) = &mut self.share {
            share.take();
        }
        if let Phase::Metered(window) = &mut self.phase {
            window.ours += 1;
        }
        Ticket {
            sent: now,
            generation: self.generation,
            probe,
        }
    }

    /// Books an answer.
    pub(crate) fn settle(&mut self, ticket: Ticket, receipt: Receipt, now: Instant) {
        self.leave(ticket);
        self.round_trip =
            (self.round_trip * 7 + now.duration_since(ticket.sent).min(MAX_ROUND_TRIP)) / 8;
        match receipt.rate {
            Some(rate) => self.learn(ticket, rate, now),
            None if receipt.status < 400 && self.tells_nothing(now) => {
                self.phase = Phase::Unmetered;
            }
            None => self.charge(),
        }
        let spent = receipt.rate.is_none_or(|rate| rate.remaining == 0);
        if receipt.status == 429
            && spent
            && (receipt.rate.is_none() || receipt.retry_after.is_some())
        {
            let hold = now
                + receipt
                    .retry_after
                    .unwrap_or(BLIND_HOLD)
                    .min(Duration::from_hours(1));
            self.hold = Some(self.hold.map_or(hold, |other| other.max(hold)));
        }
    }

    /// Books a call that never left.
    pub(crate) fn cancel(&mut self, ticket: Ticket) {
        self.leave(ticket);
        if ticket.generation != self.generation {
            return;
        }
        if let Phase::Metered(window) = &mut self.phase {
            window.ours = window.ours.saturating_sub(1);
        }
        if let Some(share) = self.share.as_mut().filter(|_| !ticket.probe) {
            share.give_back();
        }
    }

    /// Books a call whose answer never came: it may be counted.
    pub(crate) fn lose(&mut self, ticket: Ticket) {
        self.leave(ticket);
        self.charge();
    }

    pub(crate) fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// Allowance and rest of the window, once known and until it is over.
    pub(crate) fn window(&self, now: Instant) -> Option<(u64, u64)> {
        match &self.phase {
            Phase::Metered(window) if self.is_over(window, now) => {
                Some((window.limit, window.limit.saturating_sub(self.in_flight)))
            }
            Phase::Metered(window) => Some((
                window.limit,
                window.remaining.saturating_sub(self.in_flight),
            )),
            Phase::Unknown | Phase::Unmetered => None,
        }
    }

    fn learn(&mut self, ticket: Ticket, rate: Rate, now: Instant) {
        let same_generation = ticket.generation == self.generation;
        let Phase::Metered(window) = &mut self.phase else {
            return self.adopt(ticket, rate, now, 0);
        };
        let same_window = rate.reset.abs_diff(window.reset) < SAME_WINDOW;
        if same_window && rate.limit == window.limit {
            window.remaining = window.remaining.min(rate.remaining);
            let start = window.reset_at() - WINDOW_MILLIS;
            window.see_foreign(self.clock.at(now).saturating_sub(start));
            let end = window.reset_at();
            if ticket.probe && same_generation {
                // The window that we thought was over is not.
                self.probes.max = 1;
            }
            self.clock.not_after(ticket.sent, end);
        } else if rate.reset > window.reset || same_generation {
            let foreign = window.foreign;
            self.adopt(ticket, rate, now, foreign);
        }
        // Else an answer of an older window, late.
    }

    fn adopt(&mut self, ticket: Ticket, rate: Rate, now: Instant, foreign_before: u64) {
        let Rate {
            limit,
            remaining,
            reset,
        } = rate;
        let ours = self.in_flight + 1;
        let window = Window {
            limit,
            remaining,
            reset,
            ours,
            foreign_before,
            foreign: 0,
        };
        self.clock.not_after(ticket.sent, window.reset_at());
        self.clock
            .not_before(now, window.reset_at() - WINDOW_MILLIS);
        self.phase = Phase::Metered(window);
        self.share = self.share.take().map(|_| Share::new(ours));
        self.generation = self.generation.wrapping_add(1);
        self.probes = Probes {
            in_flight: 0,
            since: now,
            max: PROBES,
        };
    }

    fn leave(&mut self, ticket: Ticket) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if ticket.probe && ticket.generation == self.generation {
            self.probes.in_flight = self.probes.in_flight.saturating_sub(1);
        }
    }

    fn charge(&mut self) {
        if let Phase::Metered(window) = &mut self.phase {
            window.remaining = window.remaining.saturating_sub(1);
        }
    }

    fn tells_nothing(&self, now: Instant) -> bool {
        match &self.phase {
            Phase::Unknown | Phase::Unmetered => true,
            Phase::Metered(window) => self.is_over(window, now),
        }
    }

    fn is_over(&self, window: &Window, now: Instant) -> bool {
        self.clock.at(now) >= window.reset_at() + MARGIN_MILLIS
    }
}

impl Window {
    fn reset_at(&self) -> Millis {
        Millis::try_from(self.reset)
            .unwrap_or(Millis::MAX / 2_000)
            .min(Millis::MAX / 2_000)
            * 1_000
    }

    /// Counts what is used and not ours; `elapsed` is the window's age.
    fn see_foreign(&mut self, elapsed: Millis) {
        let used = self.limit.saturating_sub(self.remaining);
        let foreign = used.saturating_sub(self.ours);
        let seconds = elapsed.clamp(1_000, WINDOW_MILLIS).unsigned_abs();
        self.foreign = foreign.saturating_mul(1_000).div_ceil(seconds);
    }

    /// What others may use up while our calls are on the way.
    fn foreign_reserve(&self, round_trip: Duration) -> u64 {
        let rate = self.foreign.max(self.foreign_before);
        if rate == 0 {
            return 0;
        }
        let millis = u64::try_from(round_trip.as_millis()).unwrap_or(1_000);
        (1 + rate.saturating_mul(2 * millis).div_ceil(1_000)).min(self.limit / FOREIGN_RESERVE)
    }

    fn bulk_reserve(&self, left: u64) -> u64 {
        let left = u128::from(left.min(WINDOW_MILLIS.unsigned_abs()));
        let reserve =
            u128::from(self.limit / BULK_RESERVE) * left / u128::from(WINDOW_MILLIS.unsigned_abs());
        u64::try_from(reserve).unwrap_or(u64::MAX)
    }

    /// When the shrinking reserve lets bulk work have one of `spare` calls.
    fn bulk_opens_at(&self, spare: u64) -> Millis {
        let full = u128::from((self.limit / BULK_RESERVE).max(1));
        let left = u128::from(spare) * u128::from(WINDOW_MILLIS.unsigned_abs()) / full;
        self.reset_at()
            - Millis::try_from(left)
                .unwrap_or(WINDOW_MILLIS)
                .min(WINDOW_MILLIS)
            + 1
    }
}

impl Probes {
    /// A few at once, and as many again each second, lest a call without answer hold up all others.
    fn room(&self, now: Instant) -> Room {
        let seconds = now.saturating_duration_since(self.since).as_secs();
        if self.in_flight == 0 || self.in_flight < self.max * (1 + seconds) {
            return Room::Open;
        }
        Room::Closed(self.since + Duration::from_secs(seconds + 1))
    }

    fn enter(&mut self, now: Instant) {
        if self.in_flight == 0 {
            self.since = now;
        }
        self.in_flight += 1;
    }
}

#[cfg(test)]
mod tests;
