//! What has ended goes: rows of things that nobody can use any more, and what the audit log keeps no longer. This is the
//! one place that says how long anything is kept.

use super::Tenants;
use std::time::Duration;
use store::{Store, StoreError, System};
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

/// How often.
const EVERY: Duration = Duration::from_mins(10);
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// How long what ended can still be looked at: endpoints, sessions, codes and tokens.
const ENDED_MS: i64 = DAY_MS;
/// Programs that nobody let in, and that nobody uses any more.
const CLIENTS_MS: (i64, i64) = (DAY_MS, 90 * DAY_MS);
/// The texts of webhooks that are dealt with, or were given up, and those that the agent wrote. The webhooks' ids stay for
/// ever: they are what stops a replay.
const TEXTS_MS: i64 = 30 * DAY_MS;
/// Idempotency keys are good for a day, and an hour more for clocks that differ.
const IDEMPOTENT_MS: i64 = 25 * HOUR_MS;
/// Replicas that slept longer look at everything again.
const CHANGES_MS: i64 = HOUR_MS;
/// Spans of usage counters, and how long they are kept: minutes for two hours, days for thirteen months.
const USAGE_MS: [(i64, i64); 2] = [(60_000, 2 * HOUR_MS), (DAY_MS, 400 * DAY_MS)];
/// Tenants whose audit logs are shortened at a time, and plans that are read at a time.
const AT_ONCE: i64 = 100;

/// How much went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Rows of things that ended.
    pub rows: u64,
    /// Entries of audit logs.
    pub entries: i64,
}

impl Tenants {
    /// Deletes what ended long enough before `now`, in milliseconds since 1970. Replicas may sweep at once.
    pub async fn sweep(&self, now: i64) -> Result<Swept, StoreError> {
        sweep(self.store(), now).await
    }
}

async fn sweep(store: &Store, now: i64) -> Result<Swept, StoreError> {
    let rows = rows(&store.system(), now).await?;
    let entries = shorten(store, now).await?;
    Ok(Swept { rows, entries })
}

/// Shortens the deployment's audit log, and those of all tenants that hold older entries than they keep.
async fn shorten(store: &Store, now: i64) -> Result<i64, StoreError> {
    let mut gone = store.deployment().prune_audit(now).await?;
    loop {
        let tenants = store.system().tenants_to_prune(now, AT_ONCE).await?;
        let mut progress = 0;
        for tenant in &tenants {
            progress += store.scope(tenant)?.prune_audit(now).await?;
        }
        gone += progress;
        // Without progress the same tenants would come again: a hold was put on them meanwhile.
        if tenants.is_empty() || progress == 0 {
            return Ok(gone);
        }
    }
}

async fn rows(system: &System, now: i64) -> Result<u64, StoreError> {
    let mut gone = system.sweep_endpoints(now - ENDED_MS).await?;
    gone += system.sweep_sessions(now - ENDED_MS).await?;
    gone += system.sweep_oauth(now - ENDED_MS).await?;
    gone += system
        .sweep_oauth_clients(now - CLIENTS_MS.0, now - CLIENTS_MS.1)
        .await?;
    gone += system.sweep_deliveries(now - TEXTS_MS).await?;
    gone += plans(system, now - TEXTS_MS).await?;
    gone += system.sweep_idempotent(now - IDEMPOTENT_MS).await?;
    gone += system.sweep_changes(now - CHANGES_MS).await?;
    for (span, kept) in USAGE_MS {
        gone += system.sweep_usage(span, now - kept).await?;
    }
    Ok(gone)
}

/// Takes the words out of the agent's plans.
async fn plans(system: &System, before: i64) -> Result<u64, StoreError> {
    let mut gone = 0;
    loop {
        let plans = system.worded_plans(before, AT_ONCE).await?;
        if plans.is_empty() {
            return Ok(gone);
        }
        for plan in plans {
            let figures = agent::journal::wordless(&plan.row.intent);
            system.keep_wordless(&plan, &figures).await?;
            gone += 1;
        }
    }
}

/// Sweeps now and then, until the task is aborted.
pub(crate) fn start(store: &Store) -> JoinHandle<()> {
    let store = store.clone();
    tokio::spawn(async move {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            once(&store).await;
        }
    })
}

async fn once(store: &Store) {
    match sweep(store, store::now()).await {
        Ok(swept) if swept == Swept::default() => {}
        Ok(swept) => tracing::info!(
            rows = swept.rows,
            audit_entries = swept.entries,
            "what has ended is gone"
        ),
        Err(error) => tracing::warn!(%error, "what has ended could not be swept"),
    }
}
