//! The way from calls to the log: entries share commits. Who waits hears of the disk; who does not is written within
//! 10 ms, and refused at once while the database does not take what is there.

use super::NewEntry;
use crate::{Store, StoreError, System};
use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};

/// How long entries that nobody waits for wait for company.
const GATHER: Duration = Duration::from_millis(10);
/// How long a caller waits for the disk, and how long a commit may take before new calls are refused.
const PATIENCE: Duration = Duration::from_millis(900);
/// How long the last entries may take when a process ends.
const LAST: Duration = Duration::from_secs(20);
/// How long until a failed batch is tried again.
const RETRY: Duration = Duration::from_millis(250);
const BATCH: usize = 1024;
const QUEUE: usize = 16_384;

/// Records entries in batches. Clones share one queue.
#[derive(Clone)]
pub struct Auditor {
    queue: mpsc::Sender<Waiting>,
    health: Arc<Health>,
}

struct Waiting {
    tenant: String,
    entry: Option<NewEntry>,
    tell: Option<oneshot::Sender<Result<(), StoreError>>>,
}

struct Health {
    started: Instant,
    failing: AtomicBool,
    /// Since when a batch is on its way, in milliseconds after `started`; negative when none is.
    writing: AtomicI64,
}

impl Auditor {
    /// Starts the task that writes; it ends when the last clone is dropped and the queue is empty.
    pub fn start(store: &Store) -> (Self, JoinHandle<()>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let health = Arc::new(Health {
            started: Instant::now(),
            failing: AtomicBool::new(false),
            writing: AtomicI64::new(-1),
        });
        let task = tokio::spawn(serve(waiting, store.system(), Arc::clone(&health)));
        (Self { queue, health }, task)
    }

    /// Takes an entry that will be on disk soon.
    pub fn note(&self, tenant: &str, entry: NewEntry) -> Result<(), StoreError> {
        self.send(tenant, Some(entry), None)
    }

    /// Takes an entry about what is done already, also while the database does not take what is there: to refuse it
    /// would undo nothing.
    pub fn note_done(&self, tenant: &str, entry: NewEntry) -> Result<(), StoreError> {
        self.push(tenant, Some(entry), None)
    }

    /// Takes an entry and waits until it is on disk; after an error it may be there all the same.
    pub async fn record(&self, tenant: &str, entry: NewEntry) -> Result<(), StoreError> {
        let (tell, told) = oneshot::channel();
        self.send(tenant, Some(entry), Some(tell))?;
        heard(told, PATIENCE).await
    }

    /// Waits until all that was taken before is on disk; longer than a caller would, because what is left is lost.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.check_failing()?;
        let (tell, told) = oneshot::channel();
        self.push("", None, Some(tell))?;
        heard(told, LAST).await
    }

    /// Whether entries can be recorded.
    pub fn check(&self) -> Result<(), StoreError> {
        self.check_failing()?;
        let since = self.health.writing.load(Ordering::Relaxed);
        if since >= 0 && self.health.now() - since > millis(PATIENCE) {
            return Err(StoreError::unavailable("the audit log is too slow"));
        }
        Ok(())
    }

    fn check_failing(&self) -> Result<(), StoreError> {
        if self.health.failing.load(Ordering::Relaxed) {
            return Err(StoreError::unavailable("the audit log cannot be written"));
        }
        Ok(())
    }

    fn send(
        &self,
        tenant: &str,
        entry: Option<NewEntry>,
        tell: Option<oneshot::Sender<Result<(), StoreError>>>,
    ) -> Result<(), StoreError> {
        self.check()?;
        self.push(tenant, entry, tell)
    }

    fn push(
        &self,
        tenant: &str,
        entry: Option<NewEntry>,
        tell: Option<oneshot::Sender<Result<(), StoreError>>>,
    ) -> Result<(), StoreError> {
        let waiting = Waiting {
            tenant: tenant.to_owned(),
            entry,
            tell,
        };
        self.queue
            .try_send(waiting)
            .map_err(|_| StoreError::unavailable("too many audit entries are waiting"))
    }
}

async fn heard(
    told: oneshot::Receiver<Result<(), StoreError>>,
    patience: Duration,
) -> Result<(), StoreError> {
    timeout(patience, told)
        .await
        .map_err(|_| StoreError::unavailable("the audit log is too slow"))?
        .map_err(|_| StoreError::unavailable("the audit log's writer has stopped"))?
}

impl Health {
    fn now(&self) -> i64 {
        millis(self.started.elapsed())
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

async fn serve(mut queue: mpsc::Receiver<Waiting>, system: System, health: Arc<Health>) {
    let mut batch = Vec::new();
    while gather(&mut queue, &mut batch).await {
        let mut entries = Vec::with_capacity(batch.len());
        let mut unheard = Vec::new();
        let mut tells = Vec::new();
        for Waiting {
            tenant,
            entry,
            tell,
        } in batch.drain(..)
        {
            if let Some(entry) = entry {
                if tell.is_none() {
                    unheard.push((tenant.clone(), entry.clone()));
                }
                entries.push((tenant, entry));
            }
            tells.extend(tell);
        }
        health.writing.store(health.now(), Ordering::Relaxed);
        let result = append(&system, entries).await;
        health.writing.store(-1, Ordering::Relaxed);
        health.failing.store(result.is_err(), Ordering::Relaxed);
        for tell in tells {
            // A caller that is gone needs no answer.
            let _ = tell.send(result.clone());
        }
        if let Err(error) = result {
            retry(&system, unheard, error, &queue).await;
            health.failing.store(false, Ordering::Relaxed);
        }
    }
}

/// Writes a batch; one event that is recorded already does not keep the others out.
async fn append(system: &System, entries: Vec<(String, NewEntry)>) -> Result<(), StoreError> {
    let copy = entries.clone();
    match system.append_audit(entries).await {
        Err(StoreError::Conflict { .. }) => system.append_audit_again(copy).await,
        result => result,
    }
}

/// Nobody waits for these, and their calls were answered: they are kept until the database takes them.
async fn retry(
    system: &System,
    entries: Vec<(String, NewEntry)>,
    mut error: StoreError,
    queue: &mpsc::Receiver<Waiting>,
) {
    loop {
        tracing::error!(%error, source = ?error.source(), entries = entries.len(), "audit entries cannot be written");
        sleep(RETRY).await;
        match system.append_audit_again(entries.clone()).await {
            Ok(()) => return,
            Err(_) if queue.is_closed() => {
                tracing::error!(entries = entries.len(), "audit entries are lost");
                return;
            }
            Err(again) => error = again,
        }
    }
}

/// Waits for entries, and for company until someone waits for them; whether there are any.
async fn gather(queue: &mut mpsc::Receiver<Waiting>, batch: &mut Vec<Waiting>) -> bool {
    let Some(first) = queue.recv().await else {
        return false;
    };
    let end = Instant::now() + GATHER;
    let mut patient = first.tell.is_none();
    batch.push(first);
    while patient && batch.len() < BATCH {
        match timeout_at(end, queue.recv()).await {
            Ok(Some(next)) => {
                patient = next.tell.is_none();
                batch.push(next);
            }
            _ => patient = false,
        }
    }
    while batch.len() < BATCH
        && let Ok(next) = queue.try_recv()
    {
        batch.push(next);
    }
    true
}
