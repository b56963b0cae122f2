//! Takes deliveries from the queue and sees to it that each is dealt with: once, in the order of its conversation, and
//! again after a crash.

use crate::act::Target;
use crate::approval;
use crate::desk::Desk;
use crate::event::{self, Author, Event, Notification};
use crate::lease::Lease;
use crate::reach;
use crate::turn::{self, TurnError};
use futures_util::future::BoxFuture;
use std::{error::Error as _, sync::Arc, time::Duration};
use store::{Counter, DAY, Delivery, Owned, Store, StoreError, TenantScope, TurnState};
use tokio::{
    sync::{Notify, Semaphore},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// Who serves which workspace.
pub trait Staff: Send + Sync {
    /// The agent of a workspace; none where it has none. Fails where that cannot be told now.
    fn desk<'a>(
        &'a self,
        tenant: &'a str,
        workspace: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Desk>>, TurnError>>;

    /// Hears that an article was written, changed or taken away.
    fn article_changed<'a>(&'a self, desk: &'a Arc<Desk>, article: &'a str) -> BoxFuture<'a, ()>;
}

/// How a worker works.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Turns at the same time.
    pub turns: usize,
    /// How long a crash keeps others from a delivery, in milliseconds.
    pub lease_ms: i64,
    /// How often a delivery is tried before it is left to a person.
    pub attempts: i64,
}

/// Works until it is told to stop.
pub struct Worker {
    store: Store,
    staff: Arc<dyn Staff>,
    arrived: Arc<Notify>,
    pace: Pace,
}

/// A delivery, and the name of this very claim: whoever lost its lease can renew nothing, in this process too.
struct Claim {
    name: String,
    delivery: Owned<Delivery>,
}

/// What becomes of a delivery.
enum Fate {
    /// It is dealt with, and so are these.
    Done(Vec<String>),
    /// It waits until that time for more words of the customer.
    Later(i64),
}

/// Loops that take from the queue; on SQLite their commits are shared.
const CLAIMERS: usize = 3;
/// How long a sleeping worker trusts that it will be woken.
const NAP: Duration = Duration::from_millis(250);
/// The longest time between two attempts, in milliseconds.
const LONGEST: i64 = 60_000;
/// How long a database is left alone that did not answer, in milliseconds.
const STORE_PAUSE: i64 = 2_000;

impl Default for Pace {
    fn default() -> Self {
        Self {
            turns: 16,
            lease_ms: 10_000,
            attempts: 9,
        }
    }
}

impl Worker {
    /// A worker over this store's queue; `arrived` wakes it.
    pub fn new(store: Store, staff: Arc<dyn Staff>, arrived: Arc<Notify>, pace: Pace) -> Self {
        Self {
            store,
            staff,
            arrived,
            pace,
        }
    }

    /// Works until `stop` fires; what is under way then is finished.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let room = Arc::new(Semaphore::new(self.pace.turns));
        let mut claimers = JoinSet::new();
        for _ in 0..CLAIMERS {
            let (worker, room, stop) = (Arc::clone(&self), Arc::clone(&room), stop.clone());
            claimers.spawn(async move { worker.claim(&room, &stop).await });
        }
        while claimers.join_next().await.is_some() {}
    }

    async fn claim(self: Arc<Self>, room: &Arc<Semaphore>, stop: &CancellationToken) {
        let mut working = JoinSet::new();
        while !stop.is_cancelled() {
            while working.try_join_next().is_some() {}
            let Ok(place) = Arc::clone(room).acquire_owned().await else {
                break;
            };
            if let Some(claimed) = self.next().await {
                let worker = Arc::clone(&self);
                working.spawn(async move {
                    worker.work(claimed).await;
                    drop(place);
                    // Its lane is free now.
                    worker.arrived.notify_one();
                });
                continue;
            }
            drop(place);
            tokio::select! {
                () = self.arrived.notified() => {}
                () = tokio::time::sleep(self.nap().await) => {}
                () = stop.cancelled() => {}
            }
        }
        while working.join_next().await.is_some() {}
    }

    /// What may be worked on now.
    async fn next(&self) -> Option<Claim> {
        let (system, lease) = (self.store.system(), self.pace.lease_ms);
        // Looking costs no write, as claiming does.
        let due = system.next_delivery_due().await.ok().flatten();
        due.filter(|due| *due <= store::now())?;
        let name = store::new_id();
        let claimed = system.claim_delivery(&name, store::now(), lease).await;
        let claimed = claimed.unwrap_or_else(|error| {
            tracing::warn!(%error, "the queue cannot be read");
            None
        });
        claimed.map(|delivery| Claim { name, delivery })
    }

    /// How long nothing will be due.
    async fn nap(&self) -> Duration {
        let due = self.store.system().next_delivery_due().await.ok().flatten();
        let wait = due.and_then(|due| u64::try_from(due - store::now()).ok());
        wait.map_or(NAP, |wait| Duration::from_millis(wait.max(10)).min(NAP))
    }

    async fn work(&self, claim: Claim) {
        let Claim { name, delivery } = claim;
        let Owned { tenant, row } = delivery;
        let system = self.store.system();
        let lease = Lease::new(system, row.id.clone(), name, self.pace.lease_ms);
        let result = tokio::select! {
            result = self.deal(&tenant, &row, &lease) => result,
            lost = self.keep(&lease) => Err(lost),
        };
        if let Err(error) = self.close(&tenant, &row, &lease, result).await {
            // Its lease runs out, and it is taken up again: nothing is done twice.
            tracing::warn!(delivery = row.id, %error, "what became of a delivery was not written down");
        }
    }

    /// Writes down what became of a delivery.
    async fn close(
        &self,
        tenant: &str,
        row: &Delivery,
        lease: &Lease,
        result: Result<Fate, TurnError>,
    ) -> Result<(), StoreError> {
        let system = self.store.system();
        let error = match result {
            Ok(Fate::Done(covered)) => return self.settle(tenant, lease, covered).await,
            Ok(Fate::Later(due)) => {
                return system.postpone_delivery(&row.id, lease.worker(), due).await;
            }
            Err(TurnError::Gone) => return self.settle(tenant, lease, Vec::new()).await,
            Err(TurnError::Lost) => return Ok(()),
            Err(error) => error,
        };
        // What a crash cut off counts as an attempt, too: a database that is slow for once must not be the end of it.
        let passes = matches!(&error, TurnError::Store(StoreError::Unavailable { .. }));
        let wait = if passes {
            STORE_PAUSE
        } else {
            (500_i64 << row.attempts.clamp(0, 10)).min(LONGEST)
        };
        let tries = passes || row.attempts < self.pace.attempts;
        let again = tries.then(|| store::now() + wait);
        let dead = again.is_none();
        let why = match error.source() {
            Some(source) if matches!(error, TurnError::Store(_)) => format!("{error}: {source}"),
            _ => error.to_string(),
        };
        tracing::warn!(
            delivery = row.id,
            attempts = row.attempts,
            dead,
            error = why,
            "a delivery failed"
        );
        system
            .fail_delivery(&row.id, lease.worker(), &why, again)
            .await
    }

    async fn settle(
        &self,
        tenant: &str,
        lease: &Lease,
        covered: Vec<String>,
    ) -> Result<(), StoreError> {
        if !covered.is_empty() {
            self.store
                .scope(tenant)?
                .cover_deliveries(covered, store::now())
                .await?;
        }
        self.store
            .system()
            .finish_delivery(lease.delivery(), lease.worker(), store::now())
            .await
    }

    /// Keeps others from the delivery until the lease is lost.
    async fn keep(&self, lease: &Lease) -> TurnError {
        let pause = u64::try_from(self.pace.lease_ms / 3).unwrap_or(1);
        loop {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            if let Err(lost @ TurnError::Lost) = lease.hold().await {
                return lost;
            }
        }
    }

    async fn deal(&self, tenant: &str, row: &Delivery, lease: &Lease) -> Result<Fate, TurnError> {
        let done = Ok(Fate::Done(Vec::new()));
        let Ok(notification) = Notification::parse(row.body.as_bytes()) else {
            return done;
        };
        let event = notification.event();
        let Some(desk) = self.staff.desk(tenant, &row.app_id).await? else {
            tracing::debug!(
                workspace = row.app_id,
                "a webhook of a workspace for which no agent works"
            );
            return done;
        };
        match event {
            Event::CustomerWrote(message) => {
                self.turn(
                    &desk,
                    row,
                    lease,
                    Target::conversation(&message.conversation),
                )
                .await
            }
            Event::TicketWrote(message, Author::Customer) => {
                let target = Target {
                    ticket: true,
                    ..Target::conversation(&message.conversation)
                };
                self.turn(&desk, row, lease, target).await
            }
            Event::Asked(conversation) => {
                let target = Target::conversation(&conversation);
                self.turn(&desk, row, lease, target).await
            }
            Event::Approved(id) => {
                approval::carry_out(&desk, lease, &id).await?;
                done
            }
            Event::Reach { approval, contact } => {
                let whom = (approval.as_str(), contact.as_str());
                let later = reach::send(&desk, lease, whom, row.attempts > 1).await?;
                Ok(later.map_or(Fate::Done(Vec::new()), Fate::Later))
            }
            Event::Rated {
                conversation,
                score,
            } => {
                rated(&desk.scope, &conversation, score).await?;
                done
            }
            Event::ArticleChanged(article) => {
                self.staff.article_changed(&desk, &article).await;
                done
            }
            _ => done,
        }
    }

    async fn turn(
        &self,
        desk: &Desk,
        row: &Delivery,
        lease: &Lease,
        target: Target,
    ) -> Result<Fate, TurnError> {
        if let Some(later) = self.quiet(desk, row).await? {
            return Ok(Fate::Later(later));
        }
        let ended = turn::run(desk, lease, &target, row.attempts > 1).await?;
        tracing::info!(
            conversation = target.conversation,
            outcome = ended.outcome,
            "a turn ended"
        );
        Ok(Fate::Done(ended.covered))
    }

    /// Until when to wait, because the customer has only just written; none when it has been quiet, or long enough.
    async fn quiet(&self, desk: &Desk, row: &Delivery) -> Result<Option<i64>, StoreError> {
        let settings = &desk.settings;
        if row.attempts > 1 {
            return Ok(None);
        }
        let waiting = desk.scope.waiting_in(&row.lane).await?;
        // Work of our own may wait for days, and nobody waits for it.
        let theirs = waiting.iter().filter(|one| !event::is_own(&one.topic));
        let newest = theirs.map(|one| one.due_at).max();
        let end = newest
            .unwrap_or(0)
            .min(row.received_at + settings.patience_ms);
        Ok((end > store::now()).then_some(end))
    }
}

/// Counts the rating of a conversation that the agent answered.
async fn rated(scope: &TenantScope, id: &str, stars: i64) -> Result<(), StoreError> {
    let turns = scope.turns_of(id).await?;
    let spoke = |outcome: &str| ["answered", "offered", "escalated"].contains(&outcome);
    let handled = turns
        .iter()
        .any(|turn| turn.state == TurnState::Done && turn.outcome.as_deref().is_some_and(spoke));
    if !handled {
        return Ok(());
    }
    let satisfied = i64::from(stars >= 4);
    for (metric, amount) in [
        ("ratings", 1),
        ("rating_sum", stars),
        ("satisfied", satisfied),
    ] {
        let counter = Counter {
            subject: "agent",
            metric,
            span_ms: DAY,
        };
        scope.count(counter, amount, store::now()).await?;
    }
    Ok(())
}
