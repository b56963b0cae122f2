//! What must be done later, and again until it is done. A worker that claims an errand has it until its lease ends; what
//! is done is deleted, what fails too often stays for a person to look at.

use crate::{
    Owned, StoreError, System, TenantScope,
    sql::{Sql, Tx, bare, record, sql, words},
};

words! {
    /// What an errand is for.
    pub enum ErrandKind {
        /// Tell an owner; its id is the event's.
        Notice = "notice",
        /// Try a quarantined connection; its id is the connection's.
        Probe = "probe",
        /// Take a token back at Intercom; its id is the connection's.
        Revocation = "revocation",
    }
}

words! {
    /// How far an errand is.
    pub enum ErrandState {
        /// It waits until it is due.
        Pending = "pending",
        /// It failed too often.
        Dead = "dead",
    }
}

record! {
    /// Something to be done.
    pub struct Errand {
        /// What it is for.
        pub kind: ErrandKind,
        /// Its id among those of its kind.
        pub id: String,
        /// What to know for it, as JSON; no secret.
        pub payload: String,
        /// How far it is.
        pub state: ErrandState,
        /// How often it was claimed.
        pub attempts: i64,
        /// When it may be claimed; of one that was, when the lease ends.
        pub due_at: i64,
        /// Why it last failed.
        pub error: Option<String>,
        /// When it was made.
        pub created_at: i64,
    }
}

/// An errand to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewErrand {
    /// What it is for.
    pub kind: ErrandKind,
    /// Its id among those of its kind; a second one of the same id takes the place of the first.
    pub id: String,
    /// What to know for it, as JSON; no secret.
    pub payload: String,
    /// When it may be claimed first.
    pub due_at: i64,
}

macro_rules! columns {
    () => {
        "kind, id, payload, state, attempts, due_at, error, created_at"
    };
}

/// How often a worker that lost a race looks again before it goes back to sleep.
const LOOKS: usize = 8;

impl TenantScope {
    /// Keeps an errand.
    pub async fn keep_errand(&self, errand: NewErrand) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(async move { keep(tx, errand).await }))
            .await
    }

    /// Errands in that state, oldest first.
    pub async fn errands(&self, state: ErrandState, limit: i64) -> Result<Vec<Errand>, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM errands WHERE tenant_id = $1 AND state = $2 ORDER BY created_at, kind, id LIMIT $3"
        ));
        self.all(select.bind(state).bind(limit)).await
    }

    /// Has a dead errand tried again.
    pub async fn revive_errand(
        &self,
        kind: ErrandKind,
        id: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE errands SET state = 'pending', attempts = 0, due_at = $4, updated_at = $4 \
             WHERE tenant_id = $1 AND kind = $2 AND id = $3 AND state = 'dead'",
        );
        match self.run(update.bind(kind).bind(id).bind(now)).await? {
            0 => Err(StoreError::NotFound {
                what: "dead errand",
            }),
            _ => Ok(()),
        }
    }
}

impl System {
    /// Gives a worker what is due longest, or what another worker's lease ran out on.
    pub async fn claim_errand(
        &self,
        worker: &str,
        now: i64,
        lease_ms: i64,
    ) -> Result<Option<Owned<Errand>>, StoreError> {
        let worker = worker.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                for _ in 0..LOOKS {
                    let due = bare(concat!(
                        "SELECT tenant_id, ",
                        columns!(),
                        " FROM errands WHERE state = 'pending' AND due_at <= $1 \
                         ORDER BY due_at, tenant_id, kind, id LIMIT 1"
                    ));
                    let Some(found) = tx.one::<Owned<Errand>>(due.bind(now)).await? else {
                        return Ok(None);
                    };
                    // Asked again, because another worker may have been faster.
                    let claim = bare(
                        "UPDATE errands SET worker = $1, attempts = attempts + 1, due_at = $2, updated_at = $3 \
                         WHERE tenant_id = $4 AND kind = $5 AND id = $6 AND state = 'pending' AND due_at = $7",
                    )
                    .bind(worker.as_str())
                    .bind(now.saturating_add(lease_ms))
                    .bind(now)
                    .bind(found.tenant.as_str())
                    .bind(found.row.kind)
                    .bind(found.row.id.as_str())
                    .bind(found.row.due_at);
                    if tx.run(claim).await? == 1 {
                        let mut claimed = found;
                        claimed.row.attempts += 1;
                        return Ok(Some(claimed));
                    }
                }
                Ok(None)
            })
        })
        .await
    }

    /// Deletes an errand that is done.
    pub async fn finish_errand(
        &self,
        errand: &Owned<Errand>,
        worker: &str,
    ) -> Result<(), StoreError> {
        let delete = bare(
            "DELETE FROM errands WHERE tenant_id = $1 AND kind = $2 AND id = $3 AND worker = $4",
        );
        let delete = delete
            .bind(errand.tenant.as_str())
            .bind(errand.row.kind)
            .bind(errand.row.id.as_str())
            .bind(worker);
        self.settled(delete).await
    }

    /// Says that an errand failed: to be tried again at that time, or never when there is none.
    pub async fn fail_errand(
        &self,
        errand: &Owned<Errand>,
        worker: &str,
        error: &str,
        again_at: Option<i64>,
    ) -> Result<(), StoreError> {
        let state = again_at.map_or(ErrandState::Dead, |_| ErrandState::Pending);
        let now = crate::now();
        let update = bare(
            "UPDATE errands SET state = $5, error = $6, due_at = $7, worker = NULL, updated_at = $8 \
             WHERE tenant_id = $1 AND kind = $2 AND id = $3 AND worker = $4",
        )
        .bind(errand.tenant.as_str())
        .bind(errand.row.kind)
        .bind(errand.row.id.as_str())
        .bind(worker)
        .bind(state)
        .bind(error)
        .bind(again_at.unwrap_or(now))
        .bind(now);
        self.settled(update).await
    }

    /// When the next errand is due.
    pub async fn next_errand(&self) -> Result<Option<i64>, StoreError> {
        let next = bare("SELECT min(due_at) FROM errands WHERE state = 'pending'");
        Ok(self.one::<Option<i64>>(next).await?.flatten())
    }

    async fn settled(&self, change: Sql) -> Result<(), StoreError> {
        match self.run(change).await? {
            0 => Err(StoreError::Conflict { what: "lease" }),
            _ => Ok(()),
        }
    }
}

/// Keeps an errand in the transaction of what it follows from.
pub(crate) async fn keep(tx: &mut Tx<'_>, errand: NewErrand) -> Result<(), StoreError> {
    let now = crate::now();
    let upsert = sql(
        "INSERT INTO errands (tenant_id, kind, id, payload, state, attempts, due_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, 'pending', 0, $5, $6, $6) ON CONFLICT (tenant_id, kind, id) DO UPDATE SET \
         payload = excluded.payload, state = 'pending', attempts = 0, due_at = excluded.due_at, worker = NULL, \
         error = NULL, updated_at = excluded.updated_at",
    )
    .bind(errand.kind)
    .bind(errand.id)
    .bind(errand.payload)
    .bind(errand.due_at)
    .bind(now);
    tx.run(upsert).await.map(drop)
}
