//! A replica's eye on the feed of changes: it drops what it cached, and knows when it no longer sees.

use crate::{Change, Store, StoreError, System};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::Mutex,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// How old the last look may be before nothing cached may be trusted.
const FRESH: Duration = Duration::from_secs(1);
/// How often to look.
const EVERY: Duration = Duration::from_millis(200);

/// Follows the feed until it is dropped.
pub struct Watch {
    eye: Arc<Eye>,
    task: JoinHandle<()>,
}

/// Called with each change, or with `None` when all that is cached must go.
type Dropping = Box<dyn Fn(Option<&[Change]>) + Send + Sync>;

struct Eye {
    system: System,
    drop_cached: Dropping,
    started: Instant,
    /// When the last look that succeeded began, in milliseconds after `started`.
    seen_at: AtomicI64,
    /// Whether the last look failed.
    blind: AtomicBool,
    /// How far the feed was read; one looks at a time.
    head: Mutex<i64>,
}

impl Watch {
    /// Follows the feed from now on: `drop_cached` hears of each change, or of `None` when all that is cached must go.
    pub async fn start(
        store: &Store,
        drop_cached: impl Fn(Option<&[Change]>) + Send + Sync + 'static,
    ) -> Result<Self, StoreError> {
        let system = store.system();
        let started = Instant::now();
        // Any place does to learn the head: nothing is cached yet.
        let head = system.changes(-1).await?.head;
        let eye = Arc::new(Eye {
            system,
            drop_cached: Box::new(drop_cached),
            started,
            seen_at: AtomicI64::new(0),
            blind: AtomicBool::new(false),
            head: Mutex::new(head),
        });
        let task = tokio::spawn(follow(Arc::clone(&eye)));
        Ok(Self { eye, task })
    }

    /// Whether the feed was seen within the last second.
    pub fn is_fresh(&self) -> bool {
        self.eye.is_fresh()
    }

    /// The same, after a look where it was only too long ago; while it is not so, calls must be refused.
    pub async fn sees(&self) -> bool {
        self.eye.is_fresh() || self.eye.sees().await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Eye {
    fn now(&self) -> i64 {
        millis(self.started.elapsed())
    }

    fn is_fresh(&self) -> bool {
        self.now() - self.seen_at.load(Ordering::Acquire) <= millis(FRESH)
    }

    /// A machine that was busy or asleep has looked too long ago; a database that does not answer is known by its last look.
    async fn sees(&self) -> bool {
        if self.blind.load(Ordering::Acquire) {
            return false;
        }
        let mut head = self.head.lock().await;
        if !self.is_fresh() && !self.blind.load(Ordering::Acquire) {
            self.look(&mut head).await;
        }
        self.is_fresh()
    }

    async fn look(&self, head: &mut i64) {
        let began = self.now();
        let seen = match timeout(FRESH, self.system.changes(*head)).await {
            Ok(Ok(changes)) => {
                *head = changes.head;
                if changes.since.as_ref().is_none_or(|since| !since.is_empty()) {
                    (self.drop_cached)(changes.since.as_deref());
                }
                self.seen_at.store(began, Ordering::Release);
                true
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, source = ?std::error::Error::source(&error), "the feed of changes cannot be read");
                false
            }
            Err(_) => {
                tracing::warn!("the feed of changes does not answer");
                false
            }
        };
        self.blind.store(!seen, Ordering::Release);
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

async fn follow(eye: Arc<Eye>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        eye.look(&mut *eye.head.lock().await).await;
    }
}
