//! Where budgets are kept: in the store, or in this process alone.

use super::budgets::{Span, What};
use crate::{EndpointId, TenantId};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use store::{Counter, Store, StoreError};

/// Whose budget, and of what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Account {
    pub(super) tenant: TenantId,
    pub(super) endpoint: EndpointId,
    pub(super) what: What,
    pub(super) span: Span,
}

/// What is spent of all budgets.
pub(super) enum Ledger {
    /// For as long as the process lives.
    Memory(Mutex<HashMap<(Account, i64), i64>>),
    /// For all replicas.
    Store(Store),
}

impl Default for Ledger {
    fn default() -> Self {
        Self::Memory(Mutex::default())
    }
}

impl Ledger {
    /// What is spent already; nothing is written, and nobody waits for the disk.
    pub(super) async fn peek(&self, account: &Account, start: i64) -> Result<i64, StoreError> {
        match self {
            Self::Memory(spent) => Ok(lock(spent)
                .get(&(account.clone(), start))
                .copied()
                .unwrap_or_default()),
            Self::Store(store) => {
                let scope = store.scope(account.tenant.as_str())?;
                scope.spent(account.counter(), start).await
            }
        }
    }

    /// Takes up to `wanted` of what is left below the limit; answers how much it took.
    pub(super) async fn lease(
        &self,
        account: &Account,
        start: i64,
        wanted: i64,
        limit: i64,
    ) -> Result<i64, StoreError> {
        match self {
            Self::Memory(spent) => {
                let mut spent = lock(spent);
                spent.retain(|(_, begun), _| *begun + Span::Day.millis() * 2 > start);
                let amount = spent.entry((account.clone(), start)).or_default();
                let granted = (limit - *amount).clamp(0, wanted);
                *amount += granted;
                Ok(granted)
            }
            Self::Store(store) => {
                let scope = store.scope(account.tenant.as_str())?;
                scope.lease(account.counter(), wanted, limit, start).await
            }
        }
    }

    /// Puts back what was leased and not used.
    pub(super) async fn give_back(
        &self,
        account: &Account,
        start: i64,
        amount: i64,
    ) -> Result<(), StoreError> {
        match self {
            Self::Memory(spent) => {
                *lock(spent).entry((account.clone(), start)).or_default() -= amount;
                Ok(())
            }
            Self::Store(store) => {
                let scope = store.scope(account.tenant.as_str())?;
                scope.count(account.counter(), -amount, start).await
            }
        }
    }
}

impl Account {
    fn counter(&self) -> Counter<'_> {
        Counter {
            subject: self.endpoint.as_str(),
            metric: self.what.metric(),
            span_ms: self.span.millis(),
        }
    }
}

fn lock(
    spent: &Mutex<HashMap<(Account, i64), i64>>,
) -> MutexGuard<'_, HashMap<(Account, i64), i64>> {
    spent.lock().unwrap_or_else(PoisonError::into_inner)
}
