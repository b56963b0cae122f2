//! The allowance of one connection, shared by all its calls.

use crate::clock::{Millis, ServerClock};
use crate::ledger::{Ledger, Receipt, Room, Ticket};
use crate::queue::{Queue, Waiter};
use crate::share::{Ask, PATIENCE, Tally};
use crate::{Rate, Urgency};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

/// The allowance of one connection: learned from the rate headers, so that no burst earns a 429.
///
/// While there is allowance, a call leaves at once. When it is used up, calls wait in line for the next window:
/// interactive ones first, bulk ones behind them and with a reserve left to the others.
#[derive(Debug)]
pub struct Budget {
    books: Mutex<Books>,
    /// What all have taken, where other processes call for the same connection.
    tally: Option<Arc<dyn Tally>>,
}

/// What a budget knows, for reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetState {
    /// How many calls a window of ten seconds allows; none until Intercom says so.
    pub limit: Option<u64>,
    /// How many of them may still be sent.
    pub remaining: Option<u64>,
    /// How long calls are held back; zero while there is allowance.
    pub opens_in: Duration,
    /// Calls on the way.
    pub in_flight: u64,
    /// Interactive calls that wait.
    pub waiting_interactive: usize,
    /// Bulk calls that wait.
    pub waiting_bulk: usize,
}

/// The right to send one call; dropped without an answer, the call counts as sent.
#[must_use = "a slot that is dropped counts as a call sent"]
pub struct Slot {
    budget: Arc<Budget>,
    ticket: Option<Ticket>,
}

#[derive(Debug)]
struct Books {
    ledger: Ledger,
    queue: Queue,
}

impl Default for Budget {
    fn default() -> Self {
        Self::starting_at(ServerClock::wall())
    }
}

impl Budget {
    /// Waits for the right to send one call. Dropping the future gives the place in line back.
    pub async fn acquire(self: &Arc<Self>, urgency: Urgency) -> Slot {
        match self.enter(urgency) {
            Ok(slot) => slot,
            Err(place) => place.wait().await,
        }
    }

    /// Like [`Budget::acquire`], but until a deadline; at once none when the gate is known to open after it.
    pub async fn acquire_by(self: &Arc<Self>, urgency: Urgency, deadline: Instant) -> Option<Slot> {
        match self.enter(urgency) {
            Ok(slot) => Some(slot),
            Err(place) if place.opens > deadline => None,
            Err(place) => timeout_at(deadline, place.wait()).await.ok(),
        }
    }

    /// How long calls are held back; zero while there is allowance.
    pub fn opens_in(&self) -> Duration {
        let now = Instant::now();
        match self.books().ledger.room(Urgency::Interactive, now) {
            Room::Open => Duration::ZERO,
            Room::Closed(until) => until.saturating_duration_since(now),
        }
    }

    /// What is known now.
    pub fn state(&self) -> BudgetState {
        let opens_in = self.opens_in();
        let books = self.books();
        let (limit, remaining) = books.ledger.window(Instant::now()).unzip();
        let (waiting_interactive, waiting_bulk) = books.queue.lengths();
        BudgetState {
            limit,
            remaining,
            opens_in,
            in_flight: books.ledger.in_flight(),
            waiting_interactive,
            waiting_bulk,
        }
    }

    /// A budget for which it is now this Unix time.
    fn starting_at(unix: Millis) -> Self {
        Self {
            books: Mutex::new(Books {
                ledger: Ledger::new(Instant::now(), unix),
                queue: Queue::default(),
            }),
            tally: None,
        }
    }

    /// The same allowance shared with other processes.
    #[must_use]
    pub fn shared(self, tally: Arc<dyn Tally>) -> Self {
        let Books { ledger, queue } = self
            .books
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Self {
            books: Mutex::new(Books {
                ledger: ledger.shared(),
                queue,
            }),
            tally: Some(tally),
        }
    }

    /// Lets go who may go, and asks for more of the window where calls are at hand.
    fn serve(self: &Arc<Self>, books: &mut Books, now: Instant) {
        books.serve(now);
        if books.queue.next().is_some() {
            self.top_up(books, now);
        }
    }

    fn top_up(self: &Arc<Self>, books: &mut Books, now: Instant) {
        if let Some(tally) = &self.tally
            && let Some(ask) = books.ledger.ask(now)
        {
            tokio::spawn(Arc::clone(self).ask(Arc::clone(tally), ask));
        }
    }

    async fn ask(self: Arc<Self>, tally: Arc<dyn Tally>, ask: Ask) {
        let taken = timeout(PATIENCE, tally.add(ask.window, ask.calls())).await;
        let mut books = self.books();
        books.ledger.answered(ask, taken.ok().flatten());
        self.serve(&mut books, Instant::now());
    }

    /// A slot, or a place in line.
    fn enter(self: &Arc<Self>, urgency: Urgency) -> Result<Slot, Place<'_>> {
        let mut books = self.books();
        let now = Instant::now();
        self.top_up(&mut books, now);
        let room = books.ledger.room(urgency, now);
        if room == Room::Open && books.queue.lets_pass(urgency) {
            return Ok(self.slot(books.ledger.admit(now)));
        }
        let opens = if let Room::Closed(until) = room {
            until
        } else {
            now
        };
        let waiter = books.queue.join(urgency);
        self.serve(&mut books, now);
        Err(Place {
            budget: self,
            urgency,
            waiter,
            opens,
            taken: false,
        })
    }

    fn slot(self: &Arc<Self>, ticket: Ticket) -> Slot {
        Slot {
            budget: Arc::clone(self),
            ticket: Some(ticket),
        }
    }

    /// Counters stay counters, even if a thread died while it held them.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Books what the answer says.
    pub(crate) fn settle(mut self, status: u16, rate: Option<Rate>, retry_after: Option<Duration>) {
        let receipt = Receipt {
            status,
            rate,
            retry_after,
        };
        self.close(|ledger, ticket, now| ledger.settle(ticket, receipt, now));
    }

    /// Gives the slot back: the call never left.
    pub(crate) fn unsent(mut self) {
        self.close(|ledger, ticket, _| ledger.cancel(ticket));
    }

    fn close(&mut self, book: impl FnOnce(&mut Ledger, Ticket, Instant)) {
        if let Some(ticket) = self.ticket.take() {
            let now = Instant::now();
            let mut books = self.budget.books();
            book(&mut books.ledger, ticket, now);
            self.budget.serve(&mut books, now);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.close(|ledger, ticket, _| ledger.lose(ticket));
    }
}

impl Books {
    /// Lets go who may go, and tells the next in line when to look again.
    fn serve(&mut self, now: Instant) {
        while let Some(urgency) = self.queue.next() {
            match self.ledger.room(urgency, now) {
                Room::Open => {
                    let ticket = self.ledger.admit(now);
                    self.queue.serve(ticket);
                }
                Room::Closed(until) => return self.queue.watch(until),
            }
        }
    }
}

/// A place in line.
struct Place<'a> {
    budget: &'a Arc<Budget>,
    urgency: Urgency,
    waiter: Arc<Waiter>,
    /// When the gate opened at the earliest, as known when the line was joined.
    opens: Instant,
    taken: bool,
}

impl Place<'_> {
    async fn wait(mut self) -> Slot {
        let waiter = Arc::clone(&self.waiter);
        loop {
            let watch = {
                let mut books = self.budget.books();
                if waiter.ticket().is_none() && books.queue.watched_by(&waiter).is_some() {
                    self.budget.serve(&mut books, Instant::now());
                }
                books.queue.watched_by(&waiter)
            };
            if let Some(ticket) = waiter.ticket() {
                self.taken = true;
                return self.budget.slot(ticket);
            }
            match watch {
                Some(until) => tokio::select! {
                    () = waiter.bell.notified() => {}
                    () = sleep_until(until) => {}
                },
                None => waiter.bell.notified().await,
            }
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        let mut books = self.budget.books();
        match self.waiter.ticket() {
            Some(ticket) => books.ledger.cancel(ticket),
            None => books.queue.leave(self.urgency, &self.waiter),
        }
        self.budget.serve(&mut books, Instant::now());
    }
}

#[cfg(test)]
mod tests;
