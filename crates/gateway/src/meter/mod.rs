//! What calls cost: budgets, which no call passes over, and counters of what was used.
//!
//! A budget is spent in slices that are leased from the database before they are used, so that all replicas share it, a
//! restart forgets nothing, and no call waits for the disk but the one that finds its slice empty. Counters are added up
//! here and written every second.

mod budgets;
mod counts;
mod ledger;
mod purse;

pub use budgets::{Budgets, Limits};
pub(crate) use counts::Count;

use crate::{CallError, EndpointId, Principal, TenantId};
use budgets::{Span, What};
use counts::Counts;
use ledger::{Account, Ledger};
use purse::Purse;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use store::Store;

/// How often counters are written.
const WRITTEN: Duration = Duration::from_secs(1);
/// Purses that one process keeps before it drops those whose time is over.
const MANY: usize = 4_096;

/// Budgets and counters of all endpoints.
pub(crate) struct Meter {
    ledger: Arc<Ledger>,
    purses: Mutex<HashMap<Account, Arc<Purse>>>,
    counts: Arc<Counts>,
}

/// What a call is about to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spending {
    /// A call, and not a part of one.
    pub(crate) call: bool,
    /// It may change something.
    pub(crate) write: bool,
    /// A customer can notice it.
    pub(crate) customer: bool,
}

impl Default for Meter {
    /// Budgets that this process alone spends, until it ends; nothing is counted.
    fn default() -> Self {
        Self::new(Ledger::default(), Counts::default())
    }
}

impl Meter {
    /// Budgets and counters in the store; within a Tokio runtime.
    pub(crate) fn in_store(store: &Store) -> Self {
        let meter = Self::new(Ledger::Store(store.clone()), Counts::in_store(store));
        meter.counts.write_every(WRITTEN);
        meter
    }

    fn new(ledger: Ledger, counts: Counts) -> Self {
        Self {
            ledger: Arc::new(ledger),
            purses: Mutex::default(),
            counts: Arc::new(counts),
        }
    }

    /// Takes what a call needs from its endpoint's budgets, or takes nothing and says when there is some again.
    pub(crate) async fn spend(
        &self,
        who: &Principal,
        budgets: &Budgets,
        spending: Spending,
    ) -> Result<(), CallError> {
        if budgets.is_empty() {
            return Ok(());
        }
        let now = store::now();
        let mut taken = Vec::new();
        for (what, span, limit) in budgets.touched(spending) {
            let purse = self.purse(who, what, span, now);
            let got = purse.take(&self.ledger, limit, now, !spending.write).await;
            if let Ok(true) = got {
                taken.push((purse, now));
                continue;
            }
            for (purse, at) in taken {
                purse.put_back(at);
            }
            return Err(match got {
                Err(error) => CallError::Uncounted(error),
                Ok(_) => CallError::OverBudget {
                    what: what.told(),
                    limit,
                    span: span.told(),
                    retry_after: span.rest(now),
                },
            });
        }
        Ok(())
    }

    /// Counts a call that has ended.
    pub(crate) fn note(&self, who: &Principal, count: Count) {
        self.counts.note(who, count);
    }

    /// Writes what was counted, and gives back what is left of the slices.
    pub(crate) async fn flush(&self) {
        self.counts.write().await;
        let purses: Vec<Arc<Purse>> = self.lock().values().cloned().collect();
        for purse in purses {
            purse.give_back(&self.ledger).await;
        }
    }

    fn purse(&self, who: &Principal, what: What, span: Span, now: i64) -> Arc<Purse> {
        let account = Account {
            tenant: TenantId::clone(&who.tenant),
            endpoint: EndpointId::clone(&who.endpoint),
            what,
            span,
        };
        let mut purses = self.lock();
        if purses.len() >= MANY {
            purses.retain(|_, purse| !purse.is_over(now));
        }
        let purse = purses
            .entry(account.clone())
            .or_insert_with(|| Arc::new(Purse::new(account)));
        Arc::clone(purse)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Account, Arc<Purse>>> {
        self.purses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
