//! Counters of what was used, by tenant, endpoint and day: added up here, written together.

use crate::{EndpointId, Principal, TenantId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use store::{DAY, Metric, Store, Usage};

/// What one call used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// It was let through and may have changed something.
    pub(crate) write: bool,
    /// A rule, a budget or a person kept it back.
    pub(crate) refused: bool,
    /// It failed otherwise.
    pub(crate) error: bool,
    /// The tokens of its answer, at four bytes each.
    pub(crate) tokens_out: i64,
    /// Requests to Intercom.
    pub(crate) upstream_calls: i64,
}

/// The counters that wait to be written.
#[derive(Default)]
pub(super) struct Counts {
    /// None where nothing is counted.
    store: Option<Store>,
    waiting: Mutex<HashMap<Place, [i64; Metric::ALL.len()]>>,
}

type Place = (TenantId, EndpointId, i64);

impl Counts {
    pub(super) fn in_store(store: &Store) -> Self {
        Self {
            store: Some(store.clone()),
            waiting: Mutex::default(),
        }
    }

    /// Counts a call.
    pub(super) fn note(&self, who: &Principal, count: Count) {
        if self.store.is_none() {
            return;
        }
        let now = store::now();
        let place = (
            who.tenant.clone(),
            who.endpoint.clone(),
            now - now.rem_euclid(DAY),
        );
        let mut waiting = self.lock();
        let sums = waiting.entry(place).or_default();
        for (sum, metric) in sums.iter_mut().zip(Metric::ALL) {
            *sum += match metric {
                Metric::Calls => 1,
                Metric::Writes => count.write.into(),
                Metric::Refused => count.refused.into(),
                Metric::Errors => count.error.into(),
                Metric::TokensOut => count.tokens_out,
                Metric::UpstreamCalls => count.upstream_calls,
            };
        }
    }

    /// Writes what waits; what cannot be written waits on.
    pub(super) async fn write(&self) {
        let Some(store) = &self.store else {
            return;
        };
        let taken = std::mem::take(&mut *self.lock());
        if taken.is_empty() {
            return;
        }
        if let Err(error) = store.system().add_usage(rows(&taken)).await {
            tracing::warn!(%error, "usage could not be counted yet");
            let mut waiting = self.lock();
            for (place, sums) in taken {
                let later = waiting.entry(place).or_default();
                later
                    .iter_mut()
                    .zip(sums)
                    .for_each(|(sum, more)| *sum += more);
            }
        }
    }

    /// Writes every so often, for as long as somebody counts.
    pub(super) fn write_every(self: &Arc<Self>, pause: Duration) {
        let counts = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(pause).await;
                let Some(counts) = counts.upgrade() else {
                    return;
                };
                counts.write().await;
            }
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Place, [i64; Metric::ALL.len()]>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn rows(taken: &HashMap<Place, [i64; Metric::ALL.len()]>) -> Vec<(String, Usage)> {
    let rows = taken.iter().flat_map(|((tenant, endpoint, day), sums)| {
        let counted = Metric::ALL.iter().zip(sums).filter(|(_, sum)| **sum > 0);
        counted.map(|(metric, sum)| {
            let usage = Usage {
                subject: endpoint.to_string(),
                metric: metric.as_str().to_owned(),
                span_ms: DAY,
                start_at: *day,
                amount: *sum,
            };
            (tenant.to_string(), usage)
        })
    });
    rows.collect()
}
