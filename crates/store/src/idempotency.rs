//! Idempotency keys: the same request twice has one effect and one answer; another request under the same key has none.

use crate::{
    Hash, StoreError, System, TenantScope,
    sql::{bare, record, sql},
};

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Idempotent {
    /// Nothing: go on, and keep the answer.
    New,
    /// The same request is under way, or was cut off: its fate is not known.
    UnderWay,
    /// The same request was answered so.
    Answered {
        /// The HTTP status.
        status: i64,
        /// The body.
        body: String,
    },
    /// The key belongs to another request.
    Mismatch,
}

record! {
    struct Known {
        request_hash: Vec<u8>,
        status: Option<i64>,
        body: Option<String>,
    }
}

impl TenantScope {
    /// Claims a key for a request.
    pub async fn begin_idempotent(
        &self,
        key: &str,
        request: Hash,
        now: i64,
    ) -> Result<Idempotent, StoreError> {
        let key = key.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let insert = sql(
                    "INSERT INTO idempotency_keys (tenant_id, idempotency_key, request_hash, created_at) \
                     VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, idempotency_key) DO NOTHING",
                );
                if tx.run(insert.bind(key.as_str()).bind(request).bind(now)).await? == 1 {
                    return Ok(Idempotent::New);
                }
                let select = sql(
                    "SELECT request_hash, status, body FROM idempotency_keys \
                     WHERE tenant_id = $1 AND idempotency_key = $2",
                );
                let known: Option<Known> = tx.one(select.bind(key)).await?;
                Ok(match known {
                    Some(known) if known.request_hash != request => Idempotent::Mismatch,
                    Some(Known { status: Some(status), body, .. }) => Idempotent::Answered {
                        status,
                        body: body.unwrap_or_default(),
                    },
                    _ => Idempotent::UnderWay,
                })
            })
        })
        .await
    }

    /// Keeps the answer for those who ask again.
    pub async fn finish_idempotent(
        &self,
        key: &str,
        status: i64,
        body: &str,
    ) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE idempotency_keys SET status = $3, body = $4 WHERE tenant_id = $1 AND idempotency_key = $2",
        );
        self.run(update.bind(key).bind(status).bind(body))
            .await
            .map(drop)
    }

    /// Frees a key whose request certainly had no effect.
    pub async fn forget_idempotent(&self, key: &str) -> Result<(), StoreError> {
        let delete =
            sql("DELETE FROM idempotency_keys WHERE tenant_id = $1 AND idempotency_key = $2");
        self.run(delete.bind(key)).await.map(drop)
    }
}

impl System {
    /// Deletes keys from before that time, which should be a day ago or more.
    pub async fn sweep_idempotent(&self, before: i64) -> Result<u64, StoreError> {
        self.run(bare("DELETE FROM idempotency_keys WHERE created_at < $1").bind(before))
            .await
    }
}
