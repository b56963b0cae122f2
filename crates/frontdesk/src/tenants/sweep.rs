//! What has ended goes: rows of things that nobody can use any more, and what the audit log keeps no longer.

use super::Tenants;
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use store::{StoreError, System};
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

/// How often.
const EVERY: Duration = Duration::from_mins(10);
const HOUR_MS: i64 = 3_600_000;
/// How long what ended can still be looked at: endpoints, sessions, codes and tokens.
const ENDED_MS: i64 = 24 * HOUR_MS;
/// Idempotency keys are good for a day, and an hour more for clocks that differ.
const IDEMPOTENT_MS: i64 = 25 * HOUR_MS;
/// Replicas that slept longer look at everything again.
const CHANGES_MS: i64 = HOUR_MS;
/// Spans of usage counters, and how long they are kept: minutes for two hours, days for thirteen months.
const USAGE_MS: [(i64, i64); 2] = [(60_000, 2 * HOUR_MS), (24 * HOUR_MS, 400 * 24 * HOUR_MS)];
/// Tenants whose audit logs are shortened at a time.
const TENANTS: i64 = 100;

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
        let system = self.store().system();
        let rows = rows(&system, now).await?;
        let entries = self.shorten(&system, now).await?;
        Ok(Swept { rows, entries })
    }

    /// Shortens the audit logs of all tenants that hold older entries than they keep.
    async fn shorten(&self, system: &System, now: i64) -> Result<i64, StoreError> {
        let mut gone = 0;
        loop {
            let tenants = system.tenants_to_prune(now, TENANTS).await?;
            let mut progress = 0;
            for tenant in &tenants {
                progress += self.store().scope(tenant)?.prune_audit(now).await?;
            }
            gone += progress;
            // Without progress the same tenants would come again: a hold was put on them meanwhile.
            if tenants.is_empty() || progress == 0 {
                return Ok(gone);
            }
        }
    }
}

async fn rows(system: &System, now: i64) -> Result<u64, StoreError> {
    let mut gone = system.sweep_endpoints(now - ENDED_MS).await?;
    gone += system.sweep_sessions(now - ENDED_MS).await?;
    gone += system.sweep_oauth(now - ENDED_MS).await?;
    gone += system.sweep_idempotent(now - IDEMPOTENT_MS).await?;
    gone += system.sweep_changes(now - CHANGES_MS).await?;
    for (span, kept) in USAGE_MS {
        gone += system.sweep_usage(span, now - kept).await?;
    }
    Ok(gone)
}

/// Sweeps now and then, until the tenants are dropped or the task is aborted.
pub(crate) fn start(tenants: &Arc<Tenants>) -> JoinHandle<()> {
    let tenants = Arc::downgrade(tenants);
    tokio::spawn(async move {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if !once(&tenants).await {
                return;
            }
        }
    })
}

async fn once(tenants: &Weak<Tenants>) -> bool {
    let Some(tenants) = tenants.upgrade() else {
        return false;
    };
    match tenants.sweep(store::now()).await {
        Ok(swept) if swept == Swept::default() => {}
        Ok(swept) => tracing::info!(
            rows = swept.rows,
            audit_entries = swept.entries,
            "what has ended is gone"
        ),
        Err(error) => tracing::warn!(%error, "what has ended could not be swept"),
    }
    true
}
