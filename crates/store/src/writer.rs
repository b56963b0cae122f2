//! Group commit for SQLite: one task gathers the writes that wait into one transaction, so that they share its fsync.
//!
//! Each write has a savepoint of its own: what fails is undone alone. Nobody hears of success before the commit.

use crate::{
    StoreError,
    sql::{Tx, Work},
};
use futures_util::future::BoxFuture;
use sqlx::{AnyConnection, Executor};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

/// How many writes share a commit at most.
const BATCH: usize = 256;
/// How many writes may wait before further ones are refused.
const QUEUE: usize = 16_384;

/// Opens a connection for the writer, again after each failure.
pub(crate) type Connect =
    Box<dyn Fn() -> BoxFuture<'static, Result<AnyConnection, StoreError>> + Send + Sync>;

/// The door to the writing task.
pub(crate) struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
    patience: Duration,
}

impl Writer {
    /// Starts the task; it ends when the last door is dropped.
    pub(crate) fn start(connect: Connect, patience: Duration) -> (Self, JoinHandle<()>) {
        let (jobs, queue) = mpsc::channel(QUEUE);
        (Self { jobs, patience }, tokio::spawn(serve(queue, connect)))
    }

    /// Does the work in a transaction, and answers when it is on disk.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        tenant: Option<Arc<str>>,
        work: impl Work<T>,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        let job = Box::new(Pending {
            tenant,
            work: Some(work),
            result: None,
            tell,
        });
        self.jobs
            .try_send(job)
            .map_err(|_| StoreError::unavailable("too many writes are waiting"))?;
        tokio::time::timeout(self.patience, told)
            .await
            .map_err(|_| StoreError::unavailable("the disk is too slow"))?
            .map_err(|_| StoreError::unavailable("the writer has stopped"))?
    }
}

/// A write that waits for company.
trait Job: Send {
    /// Does it; whether it shall stay.
    fn run<'t>(&'t mut self, connection: &'t mut AnyConnection) -> BoxFuture<'t, bool>;
    /// Tells how it ended.
    fn settle(self: Box<Self>, commit: &Result<(), StoreError>);
}

struct Pending<T, W> {
    tenant: Option<Arc<str>>,
    work: Option<W>,
    result: Option<Result<T, StoreError>>,
    tell: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, W: Work<T>> Job for Pending<T, W> {
    fn run<'t>(&'t mut self, connection: &'t mut AnyConnection) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else {
                return false;
            };
            let mut tx = Tx::new(connection, self.tenant.take());
            let result = work(&mut tx).await;
            let stays = result.is_ok();
            self.result = Some(result);
            stays
        })
    }

    fn settle(self: Box<Self>, commit: &Result<(), StoreError>) {
        let result = match (self.result, commit) {
            // Its own fault tells more than that of the commit.
            (Some(Err(fault)), _) => Err(fault),
            (_, Err(fault)) => Err(fault.clone()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(StoreError::unavailable("the write did not run")),
        };
        // A caller that is gone needs no answer.
        let _ = self.tell.send(result);
    }
}

async fn serve(mut queue: mpsc::Receiver<Box<dyn Job>>, connect: Connect) {
    let mut connection = None;
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let outcome = commit(&mut connection, &connect, &mut batch).await;
        if let Err(error) = &outcome {
            tracing::error!(%error, source = ?std::error::Error::source(error), "writes were lost");
            // Whatever transaction was open dies with its connection.
            connection = None;
        }
        for job in batch.drain(..) {
            job.settle(&outcome);
        }
    }
}

async fn commit(
    slot: &mut Option<AnyConnection>,
    connect: &Connect,
    batch: &mut [Box<dyn Job>],
) -> Result<(), StoreError> {
    let connection = match slot {
        Some(connection) => connection,
        None => slot.insert(connect().await?),
    };
    connection.execute(sqlx::query("BEGIN IMMEDIATE")).await?;
    for job in batch {
        connection.execute(sqlx::query("SAVEPOINT own")).await?;
        if !job.run(connection).await {
            connection.execute(sqlx::query("ROLLBACK TO own")).await?;
        }
        connection.execute(sqlx::query("RELEASE own")).await?;
    }
    connection.execute(sqlx::query("COMMIT")).await?;
    Ok(())
}
