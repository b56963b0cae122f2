//! One budget as this process holds it: a slice at hand, the next one fetched before it is empty.
//!
//! A read that finds nothing at hand does not wait for a commit. It looks how much is spent, which writes nothing, and
//! goes ahead on what it sees while the slice is fetched. So a replica can go over a limit only while another spends
//! the same rest at the same moment, and by one slice at most.

use super::ledger::{Account, Ledger};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::StoreError;
use tokio::sync::Notify;

/// The part of a limit that one slice is.
const PART: i64 = 16;
/// The largest slice.
const LARGEST: i64 = 64;

/// One budget.
pub(super) struct Purse {
    account: Account,
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Default)]
struct State {
    /// The span that all below is about.
    start: i64,
    limit: i64,
    /// What can be taken without asking; below nothing, what reads took ahead of their lease.
    left: i64,
    /// What was not spent when it was last looked up; none before.
    room: Option<i64>,
    /// Counts the slices: what was looked up before the last one came is out of date.
    round: u64,
    /// Whether a slice is being fetched.
    filling: bool,
    /// Whether the ledger had no more.
    spent: bool,
    /// Why the last slice could not be fetched.
    fault: Option<StoreError>,
}

/// What is to be done next.
enum Next {
    Taken { fetch: bool },
    Spent,
    Look { round: u64 },
    Wait { fetch: bool },
}

impl Purse {
    pub(super) fn new(account: Account) -> Self {
        Self {
            account,
            state: Mutex::default(),
            filled: Notify::new(),
        }
    }

    /// Takes one; whether there was one left. A hurried call does not wait for the disk.
    pub(super) async fn take(
        self: &Arc<Self>,
        ledger: &Arc<Ledger>,
        limit: i64,
        now: i64,
        hurried: bool,
    ) -> Result<bool, StoreError> {
        let start = self.account.span.start(now);
        loop {
            let filled = self.filled.notified();
            match self.next(limit, start, hurried) {
                Next::Taken { fetch } => {
                    if fetch {
                        self.fetch(ledger);
                    }
                    return Ok(true);
                }
                Next::Spent => return Ok(false),
                Next::Look { round } => {
                    let spent = ledger.peek(&self.account, start).await?;
                    let mut state = self.state();
                    if state.round == round {
                        state.room = Some(limit - spent);
                    }
                }
                Next::Wait { fetch } => {
                    if fetch {
                        self.fetch(ledger);
                    }
                    filled.await;
                    if let Some(fault) = self.state().fault.clone() {
                        return Err(fault);
                    }
                }
            }
        }
    }

    /// Puts back one that was taken at that time and not used.
    pub(super) fn put_back(&self, now: i64) {
        let mut state = self.state();
        if state.start == self.account.span.start(now) {
            state.left += 1;
            state.spent = false;
        }
    }

    /// Gives the rest of the slice back to the ledger, and of the one on its way.
    pub(super) async fn give_back(&self, ledger: &Ledger) {
        loop {
            let filled = self.filled.notified();
            if !self.state().filling {
                break;
            }
            filled.await;
        }
        let (start, rest) = {
            let mut state = self.state();
            let rest = state.left.max(0);
            state.left -= rest;
            state.room = None;
            (state.start, rest)
        };
        if rest > 0
            && let Err(error) = ledger.give_back(&self.account, start, rest).await
        {
            tracing::warn!(%error, rest, "a slice of a budget could not be given back");
        }
    }

    /// Whether its span has ended.
    pub(super) fn is_over(&self, now: i64) -> bool {
        let state = self.state();
        !state.filling && state.start < self.account.span.start(now)
    }

    fn next(&self, limit: i64, start: i64, hurried: bool) -> Next {
        let mut state = self.state();
        // A clock that is set back does not open an older span again.
        if start > state.start || limit != state.limit {
            let kept = if start > state.start { 0 } else { state.left };
            *state = State {
                start: start.max(state.start),
                limit,
                left: kept.min(limit),
                filling: state.filling && start <= state.start,
                round: state.round + 1,
                ..State::default()
            };
        }
        let slice = slice(limit);
        if state.left > 0 {
            state.left -= 1;
            let fetch = state.left <= slice / 2 && !state.spent && state.begin();
            return Next::Taken { fetch };
        }
        if state.spent {
            return Next::Spent;
        }
        if hurried {
            let Some(room) = state.room else {
                return Next::Look { round: state.round };
            };
            if -state.left < slice.min(room) {
                state.left -= 1;
                let fetch = state.begin();
                return Next::Taken { fetch };
            }
        }
        let fetch = state.begin();
        Next::Wait { fetch }
    }

    /// Fetches a slice, and what reads took ahead, in the background: a caller that goes away does not stop it.
    fn fetch(self: &Arc<Self>, ledger: &Arc<Ledger>) {
        let (purse, ledger) = (Arc::clone(self), Arc::clone(ledger));
        tokio::spawn(async move {
            let (start, limit, wanted) = {
                let state = purse.state();
                let wanted = slice(state.limit) - state.left.min(0);
                (state.start, state.limit, wanted)
            };
            let got = ledger.lease(&purse.account, start, wanted, limit).await;
            purse.settle(start, wanted, got);
            purse.filled.notify_waiters();
        });
    }

    fn settle(&self, start: i64, wanted: i64, got: Result<i64, StoreError>) {
        let mut state = self.state();
        if state.start != start {
            return;
        }
        state.filling = false;
        state.room = None;
        state.round += 1;
        match got {
            Ok(granted) => {
                state.left += granted;
                state.spent = granted < wanted;
            }
            Err(fault) => state.fault = Some(fault),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes that a slice is being fetched; whether nobody does so yet.
    fn begin(&mut self) -> bool {
        self.fault = None;
        !std::mem::replace(&mut self.filling, true)
    }
}

/// How much is leased at a time.
fn slice(limit: i64) -> i64 {
    (limit / PART).clamp(1, LARGEST)
}
