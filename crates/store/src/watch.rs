//! A replica's eye on the feed of changes: it drops what it cached, and knows when it no longer sees.

use crate::{Change, Store, StoreError, System};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// How old the last look may be before nothing cached may be trusted.
const FRESH: Duration = Duration::from_secs(1);
/// How often to look.
const EVERY: Duration = Duration::from_millis(200);

/// Follows the feed until it is dropped.
pub struct Watch {
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

struct Seen {
    started: Instant,
    /// When the last look that succeeded began, in milliseconds after `started`.
    at: AtomicI64,
}

impl Watch {
    /// Follows the feed from now on: `drop_cached` hears of each change, or of `None` when all that is cached must go.
    pub async fn start(
        store: &Store,
        drop_cached: impl Fn(Option<&[Change]>) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let system = store.system();
        let seen = Arc::new(Seen {
            started: Instant::now(),
            at: AtomicI64::new(0),
        });
        // Any place does to learn the head: nothing is cached yet.
        let head = system.changes(-1).await?.head;
        let task = tokio::spawn(follow(system, head, Arc::clone(&seen), drop_cached));
        Ok(Self { seen, task })
    }

    /// Whether the feed was seen within the last second; while it was not, calls must be refused.
    pub fn is_fresh(&self) -> bool {
        self.seen.now() - self.seen.at.load(Ordering::Acquire) <= millis(FRESH)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Seen {
    fn now(&self) -> i64 {
        millis(self.started.elapsed())
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

async fn follow(
    system: System,
    mut head: i64,
    seen: Arc<Seen>,
    drop_cached: impl Fn(Option<&[Change]>) + Send + 'static,
) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let began = seen.now();
        match timeout(FRESH, system.changes(head)).await {
            Ok(Ok(changes)) => {
                head = changes.head;
                if changes.since.as_ref().is_none_or(|since| !since.is_empty()) {
                    drop_cached(changes.since.as_deref());
                }
                seen.at.store(began, Ordering::Release);
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, source = ?std::error::Error::source(&error), "the feed of changes cannot be read");
            }
            Err(_) => tracing::warn!("the feed of changes does not answer"),
        }
    }
}
