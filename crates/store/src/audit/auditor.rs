//! The way from calls to the log: entries share commits. Who waits hears of the disk; who does not is written within
//! 10 ms. A log that is behind makes callers wait for room; one that does not move refuses them within a second.

use super::NewEntry;
use crate::{Store, StoreError, System};
use std::{
    error::Error as _,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};

#[cfg(test)]
mod tests;

/// How long entries that nobody waits for wait for company.
const GATHER: Duration = Duration::from_millis(10);
/// How long a commit may take before those who wait, and new callers, are refused.
const PATIENCE: Duration = Duration::from_millis(900);
/// How long the last entries may take when a process ends.
const LAST: Duration = Duration::from_secs(20);
/// How long until a failed batch is tried again.
const RETRY: Duration = Duration::from_millis(250);
/// How long a caller waits at least before the log is looked at again.
const LOOK: Duration = Duration::from_millis(5);
const BATCH: usize = 1024;
/// How many entries may be on their way before callers wait. The ends of calls always have room: there are no more of
/// them than of calls that were let in.
const ROOM: usize = 2 * BATCH;

type Told = Result<(), StoreError>;

/// Records entries in batches. Clones share one queue.
#[derive(Clone)]
pub struct Auditor {
    queue: mpsc::UnboundedSender<Waiting>,
    room: Arc<Semaphore>,
    health: Arc<Health>,
}

#[derive(Default)]
struct Waiting {
    tenant: String,
    entry: Option<NewEntry>,
    tell: Option<oneshot::Sender<Told>>,
    /// Given back when the entry is on disk.
    room: Option<OwnedSemaphorePermit>,
}

/// Where batches go.
trait Log: Send + Sync + 'static {
    fn append(&self, entries: Vec<(String, NewEntry)>) -> impl Future<Output = Told> + Send;
    /// Without those that are there already.
    fn append_again(&self, entries: Vec<(String, NewEntry)>) -> impl Future<Output = Told> + Send;
}

impl Log for System {
    async fn append(&self, entries: Vec<(String, NewEntry)>) -> Told {
        self.append_audit(entries).await
    }

    async fn append_again(&self, entries: Vec<(String, NewEntry)>) -> Told {
        self.append_audit_again(entries).await
    }
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
        Self::start_on(store.system())
    }

    fn start_on(log: impl Log) -> (Self, JoinHandle<()>) {
        let (queue, waiting) = mpsc::unbounded_channel();
        let health = Arc::new(Health {
            started: Instant::now(),
            failing: AtomicBool::new(false),
            writing: AtomicI64::new(-1),
        });
        let task = tokio::spawn(serve(waiting, log, Arc::clone(&health)));
        let room = Arc::new(Semaphore::new(ROOM));
        let auditor = Self {
            queue,
            room,
            health,
        };
        (auditor, task)
    }

    /// Takes an entry that will be on disk soon; waits for room while the log is behind.
    pub async fn note(&self, tenant: &str, entry: NewEntry) -> Result<(), StoreError> {
        let room = self.enter().await?;
        self.push(Waiting {
            tenant: tenant.to_owned(),
            entry: Some(entry),
            room: Some(room),
            tell: None,
        })
    }

    /// Takes an entry about what is done already, also while the database does not take what is there: to refuse it
    /// would undo nothing.
    pub fn note_done(&self, tenant: &str, entry: NewEntry) -> Result<(), StoreError> {
        self.push(Waiting {
            tenant: tenant.to_owned(),
            entry: Some(entry),
            ..Waiting::default()
        })
    }

    /// Takes an entry and waits until it is on disk; after an error it may be there all the same.
    pub async fn record(&self, tenant: &str, entry: NewEntry) -> Result<(), StoreError> {
        let room = self.enter().await?;
        let (tell, told) = oneshot::channel();
        self.push(Waiting {
            tenant: tenant.to_owned(),
            entry: Some(entry),
            room: Some(room),
            tell: Some(tell),
        })?;
        self.while_it_moves(told).await?.map_err(|_| stopped())?
    }

    /// Waits until all that was taken before is on disk; longer than a caller would, because what is left is lost.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.check_failing()?;
        let (tell, told) = oneshot::channel();
        self.push(Waiting {
            tell: Some(tell),
            ..Waiting::default()
        })?;
        let told = timeout(LAST, told).await.map_err(|_| slow())?;
        told.map_err(|_| stopped())?
    }

    /// Whether entries can be recorded.
    pub fn check(&self) -> Result<(), StoreError> {
        self.check_failing()?;
        if self.health.under_way() > PATIENCE {
            return Err(slow());
        }
        Ok(())
    }

    fn check_failing(&self) -> Result<(), StoreError> {
        if self.health.failing.load(Ordering::Relaxed) {
            return Err(StoreError::unavailable("the audit log cannot be written"));
        }
        Ok(())
    }

    /// A place on the way to the log.
    async fn enter(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        self.check()?;
        if let Ok(room) = Arc::clone(&self.room).try_acquire_owned() {
            return Ok(room);
        }
        let room = self.while_it_moves(Arc::clone(&self.room).acquire_owned());
        let room = room.await?.map_err(|_| stopped())?;
        self.check()?;
        Ok(room)
    }

    /// Waits for as long as batches are taken in time.
    async fn while_it_moves<T>(&self, what: impl Future<Output = T>) -> Result<T, StoreError> {
        let mut what = pin!(what);
        loop {
            let left = PATIENCE.saturating_sub(self.health.under_way()).max(LOOK);
            match timeout(left, &mut what).await {
                Ok(done) => return Ok(done),
                Err(_) => self.check()?,
            }
        }
    }

    fn push(&self, waiting: Waiting) -> Result<(), StoreError> {
        self.queue.send(waiting).map_err(|_| stopped())
    }
}

fn slow() -> StoreError {
    StoreError::unavailable("the audit log is too slow")
}

fn stopped() -> StoreError {
    StoreError::unavailable("the audit log's writer has stopped")
}

impl Health {
    fn now(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// How long the batch on its way has been so.
    fn under_way(&self) -> Duration {
        match self.writing.load(Ordering::Relaxed) {
            ..0 => Duration::ZERO,
            since => Duration::from_millis(self.now().saturating_sub(since).unsigned_abs()),
        }
    }
}

async fn serve(mut queue: mpsc::UnboundedReceiver<Waiting>, log: impl Log, health: Arc<Health>) {
    let mut batch = Vec::new();
    while gather(&mut queue, &mut batch).await {
        let mut entries = Vec::with_capacity(batch.len());
        let mut unheard = Vec::new();
        let mut tells = Vec::new();
        let mut rooms = Vec::with_capacity(batch.len());
        for Waiting {
            tenant,
            entry,
            tell,
            room,
        } in batch.drain(..)
        {
            if let Some(entry) = entry {
                if tell.is_none() {
                    unheard.push((tenant.clone(), entry.clone()));
                }
                entries.push((tenant, entry));
            }
            tells.extend(tell);
            rooms.extend(room);
        }
        health.writing.store(health.now(), Ordering::Relaxed);
        let result = append(&log, entries).await;
        health.writing.store(-1, Ordering::Relaxed);
        health.failing.store(result.is_err(), Ordering::Relaxed);
        for tell in tells {
            // A caller that is gone needs no answer.
            let _ = tell.send(result.clone());
        }
        if let Err(error) = result {
            retry(&log, unheard, error, &queue).await;
            health.failing.store(false, Ordering::Relaxed);
        }
    }
}

/// Writes a batch; one event that is recorded already does not keep the others out.
async fn append(log: &impl Log, entries: Vec<(String, NewEntry)>) -> Told {
    let copy = entries.clone();
    match log.append(entries).await {
        Err(StoreError::Conflict { .. }) => log.append_again(copy).await,
        result => result,
    }
}

/// Nobody waits for these, and their calls were answered: they are kept until the database takes them.
async fn retry(
    log: &impl Log,
    entries: Vec<(String, NewEntry)>,
    mut error: StoreError,
    queue: &mpsc::UnboundedReceiver<Waiting>,
) {
    loop {
        tracing::error!(%error, source = ?error.source(), entries = entries.len(), "audit entries cannot be written");
        sleep(RETRY).await;
        match log.append_again(entries.clone()).await {
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
async fn gather(queue: &mut mpsc::UnboundedReceiver<Waiting>, batch: &mut Vec<Waiting>) -> bool {
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
