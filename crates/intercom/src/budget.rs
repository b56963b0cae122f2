//! The allowance of one connection, shared by all its calls.

use crate::{Rate, Urgency};
use std::{sync::Arc, time::Duration};

/// The allowance of one connection.
#[derive(Debug, Default)]
pub struct Budget {}

/// What a budget knows, for reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetState {
    /// How many calls a window allows; none before the first answer.
    pub limit: Option<u64>,
    /// How many are left in this window.
    pub remaining: Option<u64>,
    /// How long until the window ends.
    pub opens_in: Duration,
    /// Calls on the way.
    pub in_flight: u64,
    /// Interactive calls that wait.
    pub waiting_interactive: usize,
    /// Bulk calls that wait.
    pub waiting_bulk: usize,
}

/// The right to send one call.
#[must_use]
pub struct Slot {}

impl Budget {
    /// Waits for the right to send one call.
    pub async fn acquire(self: &Arc<Self>, _urgency: Urgency) -> Slot {
        std::future::ready(Slot {}).await
    }

    /// How long calls are held back; zero while there is allowance.
    pub fn opens_in(&self) -> Duration {
        Duration::ZERO
    }

    /// What is known now.
    pub fn state(&self) -> BudgetState {
        BudgetState {
            limit: None,
            remaining: None,
            opens_in: Duration::ZERO,
            in_flight: 0,
            waiting_interactive: 0,
            waiting_bulk: 0,
        }
    }
}

impl Slot {
    pub(crate) fn settle(self, _status: u16, _rate: Option<Rate>, _retry_after: Option<Duration>) {}
    pub(crate) fn unsent(self) {}
}
