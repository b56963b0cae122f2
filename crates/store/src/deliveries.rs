//! Received webhooks: each notification once, for ever; each claimed by one worker at a time, whose lease runs out.

use crate::{
    Owned, StoreError, System, TenantScope,
    sql::{Sql, bare, record, sql, words},
};

words! {
    /// How far a delivery is.
    pub enum DeliveryState {
        /// It waits for a worker.
        Pending = "pending",
        /// A worker has it until its lease ends.
        Running = "running",
        /// It is dealt with.
        Done = "done",
        /// It failed too often; a person must look.
        Dead = "dead",
    }
}

record! {
    /// A received webhook.
    pub struct Delivery {
        /// Its id.
        pub id: String,
        /// The app that Intercom sent it to.
        pub app_id: String,
        /// Intercom's id of the notification.
        pub notification_id: String,
        /// What it is about.
        pub topic: String,
        /// Deliveries of one lane are worked on one after the other; empty where order does not matter.
        pub lane: String,
        /// Its text; empty once it was swept.
        pub body: String,
        /// How far it is.
        pub state: DeliveryState,
        /// How often it was claimed.
        pub attempts: i64,
        /// When it may be claimed; of a running one, when its lease ends.
        pub due_at: i64,
        /// Who has it.
        pub worker: Option<String>,
        /// Why it last failed.
        pub error: Option<String>,
        /// When it was received.
        pub received_at: i64,
        /// When it was last changed.
        pub updated_at: i64,
    }
}

/// A webhook to keep.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// The app that Intercom sent it to.
    pub app_id: String,
    /// Intercom's id of the notification.
    pub notification_id: String,
    /// What it is about.
    pub topic: String,
    /// What must not be worked on twice at the same time, such as a conversation; empty where that does not matter.
    pub lane: String,
    /// Its text.
    pub body: String,
    /// When it was received.
    pub received_at: i64,
    /// When a worker may have it.
    pub due_at: i64,
}

macro_rules! columns {
    () => {
        "id, app_id, notification_id, topic, lane, body, state, attempts, due_at, worker, error, received_at, updated_at"
    };
}
/// What a worker may have at the time `$2`: what is due, in a lane where nothing else runs.
macro_rules! claimable {
    () => {
        "due_at <= $2 AND (lane = '' OR NOT EXISTS (SELECT 1 FROM deliveries other WHERE other.tenant_id = one.tenant_id \
         AND other.lane = one.lane AND other.state = 'running' AND other.id <> one.id))"
    };
}
/// The first of those in a state. Each state is asked for alone: only then do both engines read the index in its order,
/// and take from a long queue as fast as from a short one.
macro_rules! first {
    ($state:literal) => {
        concat!(
            "SELECT id, due_at FROM (SELECT id, due_at FROM deliveries one WHERE state = '",
            $state,
            "' AND ",
            claimable!(),
            " ORDER BY due_at, id LIMIT 1) AS ",
            $state
        )
    };
}
/// How often a worker that lost a race looks again before it goes back to sleep.
const LOOKS: usize = 8;

impl TenantScope {
    /// Keeps a webhook; `false` when this notification was received before.
    pub async fn receive(&self, delivery: NewDelivery) -> Result<bool, StoreError> {
        let insert = sql(
            "INSERT INTO deliveries (tenant_id, id, app_id, notification_id, topic, lane, body, state, attempts, due_at, \
             received_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', 0, $8, $9, $9) \
             ON CONFLICT (tenant_id, app_id, notification_id) DO NOTHING",
        )
        .bind(crate::new_id())
        .bind(delivery.app_id)
        .bind(delivery.notification_id)
        .bind(delivery.topic)
        .bind(delivery.lane)
        .bind(delivery.body)
        .bind(delivery.due_at)
        .bind(delivery.received_at);
        Ok(self.run(insert).await? == 1)
    }

    /// Deliveries in that state, newest first; go on with `before` the last one's id.
    pub async fn deliveries(
        &self,
        state: DeliveryState,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM deliveries WHERE tenant_id = $1 AND state = $2 AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4"
        ));
        self.all(
            select
                .bind(state)
                .bind(before.unwrap_or_default())
                .bind(limit),
        )
        .await
    }

    /// One delivery.
    pub async fn delivery(&self, id: &str) -> Result<Delivery, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM deliveries WHERE tenant_id = $1 AND id = $2"
        ));
        let found = self.one(select.bind(id)).await?;
        found.ok_or(StoreError::NotFound { what: "delivery" })
    }

    /// What waits in a lane, oldest first.
    pub async fn waiting_in(&self, lane: &str) -> Result<Vec<Delivery>, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM deliveries WHERE tenant_id = $1 AND lane = $2 AND state = 'pending' ORDER BY received_at, id"
        ));
        self.all(select.bind(lane)).await
    }

    /// Says that waiting deliveries are dealt with, because the work on another one took them in.
    pub async fn cover_deliveries(&self, ids: Vec<String>, now: i64) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                for id in ids {
                    let update = sql("UPDATE deliveries SET state = 'done', updated_at = $3 \
                         WHERE tenant_id = $1 AND id = $2 AND state = 'pending'");
                    tx.run(update.bind(id).bind(now)).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Puts a delivery that is done or dead back into the queue; its text must still be there.
    pub async fn revive_delivery(&self, id: &str, now: i64) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE deliveries SET state = 'pending', attempts = 0, due_at = $3, updated_at = $3 \
             WHERE tenant_id = $1 AND id = $2 AND state IN ('done', 'dead') AND body <> ''",
        );
        match self.run(update.bind(id).bind(now)).await? {
            0 => Err(StoreError::NotFound {
                what: "delivery that is done or dead and whose text is kept",
            }),
            _ => Ok(()),
        }
    }
}

impl System {
    /// Gives a worker what is due longest, or what another worker's lease ran out on; of each lane one at a time.
    pub async fn claim_delivery(
        &self,
        worker: &str,
        now: i64,
        lease_ms: i64,
    ) -> Result<Option<Owned<Delivery>>, StoreError> {
        for _ in 0..LOOKS {
            match self.claim(worker.to_owned(), now, now + lease_ms).await {
                // Another worker took a delivery of the same lane in the same moment.
                Err(StoreError::Conflict { .. }) => {}
                answer => return answer,
            }
        }
        Ok(None)
    }

    async fn claim(
        &self,
        worker: String,
        now: i64,
        until: i64,
    ) -> Result<Option<Owned<Delivery>>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                for _ in 0..LOOKS {
                    // The condition stands twice: the outer one is asked again when another worker was faster.
                    let claim = bare(concat!(
                        "UPDATE deliveries SET state = 'running', worker = $1, attempts = attempts + 1, due_at = $3, \
                         updated_at = $2 WHERE id = (SELECT id FROM (",
                        first!("pending"),
                        " UNION ALL ",
                        first!("running"),
                        ") AS either ORDER BY due_at, id LIMIT 1) AND state IN ('pending', 'running') AND due_at <= $2 RETURNING tenant_id, ",
                        columns!()
                    ));
                    let claim = claim.bind(worker.as_str()).bind(now).bind(until);
                    let claimed = tx.one(claim).await?;
                    let due = bare(concat!(
                        "SELECT id FROM deliveries one WHERE $1 <> '' AND state IN ('pending', 'running') AND ",
                        claimable!(),
                        " LIMIT 1"
                    ));
                    let due = due.bind(worker.as_str()).bind(now);
                    if claimed.is_some() || tx.one::<String>(due).await?.is_none() {
                        return Ok(claimed);
                    }
                }
                Ok(None)
            })
        })
        .await
    }

    /// Gives a claimed delivery back as if it had not been claimed, to be claimed from that time on.
    pub async fn postpone_delivery(
        &self,
        id: &str,
        worker: &str,
        due_at: i64,
    ) -> Result<(), StoreError> {
        let update = bare(
            "UPDATE deliveries SET state = 'pending', attempts = attempts - 1, due_at = $3 \
             WHERE id = $1 AND worker = $2 AND state = 'running'",
        );
        self.held(update.bind(id).bind(worker).bind(due_at)).await
    }

    /// When the next delivery is due, or the next lease runs out.
    pub async fn next_delivery_due(&self) -> Result<Option<i64>, StoreError> {
        let select = bare(
            "SELECT min(due_at) FROM (SELECT min(due_at) AS due_at FROM deliveries WHERE state = 'pending' \
             UNION ALL SELECT min(due_at) FROM deliveries WHERE state = 'running') AS soonest",
        );
        Ok(self.one::<Option<i64>>(select).await?.flatten())
    }

    /// Prolongs a worker's lease.
    pub async fn renew_delivery(
        &self,
        id: &str,
        worker: &str,
        until: i64,
    ) -> Result<(), StoreError> {
        let update = bare(
            "UPDATE deliveries SET due_at = $3 WHERE id = $1 AND worker = $2 AND state = 'running'",
        );
        self.held(update.bind(id).bind(worker).bind(until)).await
    }

    /// Says that a delivery is dealt with.
    pub async fn finish_delivery(
        &self,
        id: &str,
        worker: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let update = bare(
            "UPDATE deliveries SET state = 'done', error = NULL, updated_at = $3 \
             WHERE id = $1 AND worker = $2 AND state = 'running'",
        );
        self.held(update.bind(id).bind(worker).bind(now)).await
    }

    /// Says that a delivery failed: to be tried again at that time, or never when there is none.
    pub async fn fail_delivery(
        &self,
        id: &str,
        worker: &str,
        error: &str,
        again_at: Option<i64>,
    ) -> Result<(), StoreError> {
        let state = match again_at {
            Some(_) => DeliveryState::Pending,
            None => DeliveryState::Dead,
        };
        let now = crate::now();
        let update = bare(
            "UPDATE deliveries SET state = $3, error = $4, due_at = $5, updated_at = $6 \
             WHERE id = $1 AND worker = $2 AND state = 'running'",
        )
        .bind(id)
        .bind(worker)
        .bind(state)
        .bind(error)
        .bind(again_at.unwrap_or(now))
        .bind(now);
        self.held(update).await
    }

    /// Empties what was done or given up before that time; the rows stay, because they are what stops a replay.
    pub async fn sweep_deliveries(&self, before: i64) -> Result<u64, StoreError> {
        let update = bare(
            "UPDATE deliveries SET body = '' WHERE state IN ('done', 'dead') AND updated_at < $1 AND body <> ''",
        );
        self.run(update.bind(before)).await
    }

    /// A change by the worker that holds the lease.
    async fn held(&self, update: Sql) -> Result<(), StoreError> {
        match self.run(update).await? {
            0 => Err(StoreError::Conflict { what: "lease" }),
            _ => Ok(()),
        }
    }
}
