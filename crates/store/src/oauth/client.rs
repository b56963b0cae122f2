//! Programs that people may let in: they registered themselves, or publish a metadata document.

use crate::{
    StoreError, System,
    sql::{bare, record},
};

record! {
    /// A program that people may let in.
    pub struct OauthClient {
        /// Its id; for a client-id metadata document, the address of that document.
        pub client_id: String,
        /// How it became known: `document`, `registered`, …
        pub kind: String,
        /// Its metadata, as JSON.
        pub metadata: String,
        /// When it became known.
        pub created_at: i64,
        /// When it was last used.
        pub last_used_at: Option<i64>,
    }
}

impl System {
    /// Makes a client known, or renews what is known of it.
    pub async fn keep_oauth_client(&self, client: OauthClient) -> Result<(), StoreError> {
        let upsert = bare(
            "INSERT INTO oauth_clients (client_id, kind, metadata, created_at, last_used_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (client_id) DO UPDATE SET kind = excluded.kind, \
             metadata = excluded.metadata, last_used_at = excluded.last_used_at",
        )
        .bind(client.client_id)
        .bind(client.kind)
        .bind(client.metadata)
        .bind(client.created_at)
        .bind(client.last_used_at);
        self.run(upsert).await.map(drop)
    }

    /// One client.
    pub async fn oauth_client(&self, client_id: &str) -> Result<OauthClient, StoreError> {
        let select = bare(
            "SELECT client_id, kind, metadata, created_at, last_used_at FROM oauth_clients WHERE client_id = $1",
        );
        let found = self.one(select.bind(client_id)).await?;
        found.ok_or(StoreError::NotFound { what: "client" })
    }

    /// Notes that a client was used.
    pub async fn touch_oauth_client(&self, client_id: &str, now: i64) -> Result<(), StoreError> {
        let update = bare("UPDATE oauth_clients SET last_used_at = $2 WHERE client_id = $1");
        self.run(update.bind(client_id).bind(now)).await.map(drop)
    }

    /// How many clients of a kind became known since that time.
    pub async fn count_oauth_clients(&self, kind: &str, since: i64) -> Result<i64, StoreError> {
        let select =
            bare("SELECT count(*) FROM oauth_clients WHERE kind = $1 AND created_at >= $2");
        let count: Option<i64> = self.one(select.bind(kind).bind(since)).await?;
        Ok(count.unwrap_or(0))
    }

    /// Forgets clients that became known before the first time and were never used, or were last used before the
    /// second, unless a grant that is not revoked is theirs.
    pub async fn sweep_oauth_clients(
        &self,
        unused_before: i64,
        used_before: i64,
    ) -> Result<u64, StoreError> {
        let delete = bare(
            "DELETE FROM oauth_clients WHERE ((last_used_at IS NULL AND created_at < $1) OR last_used_at < $2) \
             AND NOT EXISTS (SELECT 1 FROM oauth_grants g WHERE g.client_id = oauth_clients.client_id \
             AND g.revoked_at IS NULL)",
        );
        self.run(delete.bind(unused_before).bind(used_before)).await
    }
}
