//! The feed of changes: each write to what replicas cache bumps one number, in the order of the commits.

use crate::{
    StoreError, System,
    sql::{Tx, bare, record},
};

record! {
    /// Something that replicas must look at again.
    pub struct Change {
        /// Its place in the feed.
        pub id: i64,
        /// Whose it is.
        pub tenant_id: String,
        /// The kind of thing: `tenant`, `connection`, `endpoint`, …
        pub kind: String,
        /// Its id.
        pub subject: String,
    }
}

/// What happened since a place in the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The place to ask from the next time.
    pub head: i64,
    /// What to look at again; `None` when the feed no longer reaches back so far, and everything must be.
    pub since: Option<Vec<Change>>,
}

/// How many changes one question answers; with more, all is looked at again.
const MOST: i64 = 1000;

impl Tx<'_> {
    /// Tells all replicas. Last in its transaction, because it holds the feed until the commit.
    pub(crate) async fn changed(&mut self, kind: &str, subject: &str) -> Result<(), StoreError> {
        let tenant = self.tenant().to_owned();
        self.changed_of(&tenant, kind, subject).await
    }

    /// As [`Tx::changed`], for the system on behalf of a tenant.
    pub(crate) async fn changed_of(
        &mut self,
        tenant: &str,
        kind: &str,
        subject: &str,
    ) -> Result<(), StoreError> {
        let bump = bare("UPDATE changes_head SET id = id + 1 WHERE name = 'changes' RETURNING id");
        let id: i64 = self.one(bump).await?.ok_or_else(|| StoreError::Corrupt {
            what: "the head of the feed of changes is gone".into(),
        })?;
        let change = bare(
            "INSERT INTO changes (id, tenant_id, kind, subject, at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id)
        .bind(tenant)
        .bind(kind)
        .bind(subject)
        .bind(crate::now());
        self.run(change).await.map(drop)
    }
}

impl System {
    /// What changed since that place; ask from the `head` of the last answer.
    pub async fn changes(&self, since: i64) -> Result<Changes, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                // The head comes first: what is committed between the two is seen twice, never missed.
                let head: Option<i64> =
                    tx.one(bare("SELECT id FROM changes_head WHERE name = 'changes'")).await?;
                let head = head.unwrap_or(0);
                if head == since {
                    return Ok(Changes {
                        head,
                        since: Some(Vec::new()),
                    });
                }
                let select = "SELECT id, tenant_id, kind, subject FROM changes WHERE id > $1 ORDER BY id LIMIT $2";
                let rows: Vec<Change> = tx.all(bare(select).bind(since).bind(MOST)).await?;
                // The feed has no gaps: anything but the next number means that older ones were swept away.
                let whole = rows.first().is_some_and(|first| first.id == since + 1)
                    && rows.last().is_some_and(|last| last.id >= head);
                Ok(Changes {
                    head: rows.last().map_or(head, |last| last.id.max(head)),
                    since: whole.then_some(rows),
                })
            })
        })
        .await
    }

    /// Forgets changes from before that time; replicas that slept longer look at everything again.
    pub async fn sweep_changes(&self, before: i64) -> Result<u64, StoreError> {
        self.run(bare("DELETE FROM changes WHERE at < $1").bind(before))
            .await
    }
}
