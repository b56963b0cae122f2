//! The live export: a task a sink, which reads what the sink did not take yet and gives it. Calls never wait for it: the
//! entries are in the database already, and stay there until retention takes them.
//!
//! At least once: the mark moves when the sink has taken the entries, so a crash between gives them again. Of several
//! replicas one feeds a sink, by a lease in the database.

use super::{
    Event,
    sink::{Sink, SinkSetting},
};
use crate::Error;
use intercom::Certificates;
use std::time::Duration;
use store::{Store, StoreError, System};
use tokio::{task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;

/// Entries given at once.
const BATCH: i64 = 500;
/// How long to wait when there is nothing to give.
const IDLE: Duration = Duration::from_millis(500);
/// The first wait after a failure, and the longest.
const WAIT: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// How long another replica waits for one that went silent: longer than a batch may take.
const LEASE_MS: i64 = 60_000;

/// The tasks of all sinks; they end when this is stopped or dropped.
pub(crate) struct Exports {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Exports {
    /// Starts feeding the sinks.
    pub(crate) fn start(
        store: &Store,
        settings: &[SinkSetting],
        authorities: &Certificates,
    ) -> Result<Self, Error> {
        let stop = CancellationToken::new();
        let mut tasks = Vec::new();
        for setting in settings {
            let feed = Feed {
                system: store.system(),
                name: setting.name.clone(),
                sink: setting.open(authorities)?,
                lease: None,
            };
            let stop = stop.clone();
            tasks.push(tokio::spawn(async move { feed.run(&stop).await }));
        }
        Ok(Self { stop, tasks })
    }

    /// Lets the batches that are being given end, and the leases go.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        for task in self.tasks.drain(..) {
            // A task that panicked holds nothing any more.
            let _ = task.await;
        }
    }
}

impl Drop for Exports {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What feeds one sink.
struct Feed {
    system: System,
    name: String,
    sink: Sink,
    lease: Option<i64>,
}

impl Feed {
    async fn run(mut self, stop: &CancellationToken) {
        let mut wait = WAIT.0;
        while !stop.is_cancelled() {
            let pause = self.turn(&mut wait).await;
            tokio::select! {
                () = stop.cancelled() => break,
                () = sleep(pause) => {}
            }
        }
        if let Some(lease) = self.lease {
            // One that is not given back runs out by itself.
            let _ = self.system.leave_sink(&self.name, lease).await;
        }
    }

    /// One try, and how long to wait after it; `wait` grows with each failure.
    async fn turn(&mut self, wait: &mut Duration) -> Duration {
        match self.step().await {
            Ok(more) => {
                *wait = WAIT.0;
                if more { Duration::ZERO } else { IDLE }
            }
            Err(error) => {
                tracing::warn!(sink = self.name, %error, "audit entries were not taken");
                std::mem::replace(wait, (*wait * 2).min(WAIT.1))
            }
        }
    }

    /// Whether this replica feeds the sink; half the time, it knows without asking.
    async fn leads(&mut self) -> Result<bool, StoreError> {
        let now = store::now();
        if self.lease.is_none_or(|until| until < now + LEASE_MS / 2) {
            let until = now + LEASE_MS;
            self.lease = self
                .system
                .lead_sink(&self.name, self.lease, now, until)
                .await?;
        }
        Ok(self.lease.is_some())
    }

    /// Gives one batch; whether there may be more at once.
    async fn step(&mut self) -> Result<bool, Failure> {
        if !self.leads().await? {
            return Ok(false);
        }
        let entries = self.system.audit_tail(&self.name, BATCH).await?;
        if entries.is_empty() {
            return Ok(false);
        }
        let events: Vec<Event<'_>> = entries
            .iter()
            .map(|entry| Event::read(&entry.tenant, &entry.row))
            .collect();
        self.sink.take(&events).await?;
        self.system.audit_taken(&self.name, &entries).await?;
        Ok(i64::try_from(entries.len()).is_ok_and(|count| count == BATCH))
    }
}

/// Why a batch did not go.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("the sink failed: {0}")]
    Sink(#[from] std::io::Error),
}
