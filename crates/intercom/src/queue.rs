//! Who waits for the allowance: first come, first served, interactive calls before bulk ones.

use crate::Urgency;
use crate::ledger::Ticket;
use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use tokio::{sync::Notify, time::Instant};

/// One call that waits.
#[derive(Debug, Default)]
pub(crate) struct Waiter {
    /// Rings when the ticket is there, and when it is this waiter's turn to watch the time.
    pub(crate) bell: Notify,
    ticket: OnceLock<Ticket>,
}

/// The calls that wait.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    interactive: VecDeque<Arc<Waiter>>,
    bulk: VecDeque<Arc<Waiter>>,
    /// Until when the first in line was told to sleep.
    watch: Option<Instant>,
}

impl Waiter {
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        self.ticket.get().copied()
    }
}

impl Queue {
    /// Whether a call that comes now would be the next.
    pub(crate) fn lets_pass(&self, urgency: Urgency) -> bool {
        self.interactive.is_empty() && (urgency == Urgency::Interactive || self.bulk.is_empty())
    }

    pub(crate) fn join(&mut self, urgency: Urgency) -> Arc<Waiter> {
        let waiter = Arc::new(Waiter::default());
        self.line(urgency).push_back(Arc::clone(&waiter));
        waiter
    }

    pub(crate) fn leave(&mut self, urgency: Urgency, waiter: &Arc<Waiter>) {
        if self.is_first(waiter) {
            // The next in line has to be told to watch.
            self.watch = None;
        }
        self.line(urgency)
            .retain(|other| !Arc::ptr_eq(other, waiter));
    }

    /// The urgency of the first in line.
    pub(crate) fn next(&self) -> Option<Urgency> {
        if !self.interactive.is_empty() {
            return Some(Urgency::Interactive);
        }
        (!self.bulk.is_empty()).then_some(Urgency::Bulk)
    }

    /// Lets the first in line go.
    pub(crate) fn serve(&mut self, ticket: Ticket) {
        let first = self
            .interactive
            .pop_front()
            .or_else(|| self.bulk.pop_front());
        self.watch = None;
        if let Some(waiter) = first {
            // Nobody else sets it: a waiter is served once, when it leaves the line.
            let _ = waiter.ticket.set(ticket);
            waiter.bell.notify_one();
        }
    }

    /// Tells the first in line until when to sleep, if that is news; only the first watches the time.
    pub(crate) fn watch(&mut self, until: Instant) {
        if self.watch == Some(until) {
            return;
        }
        if let Some(first) = self.first() {
            first.bell.notify_one();
            self.watch = Some(until);
        }
    }

    /// Until when a waiter has to watch the time; none for all but the first.
    pub(crate) fn watched_by(&self, waiter: &Arc<Waiter>) -> Option<Instant> {
        self.watch.filter(|_| self.is_first(waiter))
    }

    pub(crate) fn lengths(&self) -> (usize, usize) {
        (self.interactive.len(), self.bulk.len())
    }

    fn first(&self) -> Option<&Arc<Waiter>> {
        self.interactive.front().or_else(|| self.bulk.front())
    }

    fn is_first(&self, waiter: &Arc<Waiter>) -> bool {
        self.first().is_some_and(|first| Arc::ptr_eq(first, waiter))
    }

    fn line(&mut self, urgency: Urgency) -> &mut VecDeque<Arc<Waiter>> {
        match urgency {
            Urgency::Interactive => &mut self.interactive,
            Urgency::Bulk => &mut self.bulk,
        }
    }
}
