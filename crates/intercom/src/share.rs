//! The part of a window that this process may use, where several processes call for one connection. Each takes small
//! parts as it needs them, so that all together send what the window allows; what a process that died had taken is back
//! with the next window.

use std::{fmt, future::Future, pin::Pin, time::Duration};
use tokio::time::Instant;

/// In how many parts a window is taken, at least.
const PARTS: u64 = 32;
/// What is left of a window is taken in so many parts, so that little lies idle with one process at its end.
const REST: u64 = 8;
/// The next part is asked for when this share of one is left.
const LOW: u64 = 4;
/// One call in so many is left alone: others may be learning about the window, which nobody counts before they know it.
const SPARE: u64 = 100;
/// How long the tally may take; after it, this process goes by Intercom's own figures until the next window.
pub(crate) const PATIENCE: Duration = Duration::from_millis(250);

/// What the processes that share a connection have taken of its windows, counted together.
pub trait Tally: fmt::Debug + Send + Sync {
    /// Adds calls to those of a window, which is named by its end in Unix seconds; how many there are now, or none when
    /// that cannot be told.
    fn add(
        &self,
        window: u64,
        calls: u64,
    ) -> Pin<Box<dyn Future<Output = Option<u64>> + Send + '_>>;
}

/// What a process asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) window: u64,
    limit: u64,
    /// Calls that it has already sent, to learn about the window.
    sent: u64,
    wanted: u64,
}

/// What this process has of the window.
#[derive(Debug)]
pub(crate) struct Share {
    left: u64,
    /// Calls that are not in the tally yet.
    unbooked: u64,
    /// What the tally said last.
    taken: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    /// Since when.
    Asking(Instant),
    /// The window is used up.
    Spent,
    /// There is no tally: Intercom's own figures must do.
    Alone,
}

impl Ask {
    /// How many calls are added to the tally.
    pub(crate) fn calls(&self) -> u64 {
        self.sent + self.wanted
    }

    /// How many of the wanted ones there are, when so many are taken with them.
    fn granted(&self, taken: u64) -> u64 {
        let before = taken.saturating_sub(self.wanted);
        allowed(self.limit).saturating_sub(before).min(self.wanted)
    }
}

fn allowed(limit: u64) -> u64 {
    limit - limit / SPARE
}

impl Share {
    /// Nothing of a window yet, but so many calls already in it.
    pub(crate) fn new(unbooked: u64) -> Self {
        Self {
            left: 0,
            unbooked,
            taken: 0,
            state: State::Idle,
        }
    }

    /// Whether there is a tally to go by.
    pub(crate) fn counts(&self) -> bool {
        self.state != State::Alone
    }

    /// When there may be something to take, if there is nothing now; `over` is the window's end.
    pub(crate) fn empty_until(&self, over: Instant) -> Option<Instant> {
        match self.state {
            _ if self.left > 0 => None,
            State::Asking(since) => Some(over.min(since + 2 * PATIENCE)),
            _ => Some(over),
        }
    }

    pub(crate) fn take(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    pub(crate) fn give_back(&mut self) {
        self.left += 1;
    }

    /// What to ask for now, if anything; it is then being asked for.
    pub(crate) fn ask(&mut self, window: u64, limit: u64, now: Instant) -> Option<Ask> {
        let part = (limit / PARTS).max(1);
        if self.state != State::Idle || self.left > part / LOW {
            return None;
        }
        self.state = State::Asking(now);
        let rest = allowed(limit).saturating_sub(self.taken);
        Some(Ask {
            window,
            limit,
            sent: std::mem::take(&mut self.unbooked),
            wanted: (rest / REST).clamp(1, part),
        })
    }

    /// Books what the tally says.
    pub(crate) fn answered(&mut self, ask: Ask, taken: Option<u64>) {
        let Some(taken) = taken else {
            self.state = State::Alone;
            return;
        };
        self.taken = taken;
        let granted = ask.granted(taken);
        self.left += granted;
        self.state = if granted == 0 {
            State::Spent
        } else {
            State::Idle
        };
    }
}
