//! API keys and session tokens, known by their hashes alone. Who reads one compares its times with the clock.

use crate::{
    Hash, Owned, StoreError, System, TenantScope,
    sql::{bare, record, sql, words},
};

words! {
    /// What an API key may do.
    pub enum Role {
        /// Everything.
        Owner = "owner",
        /// Everything but tenants, keys and the audit log.
        Developer = "developer",
        /// Read the audit log and the usage.
        Auditor = "auditor",
    }
}

record! {
    /// An API key of a tenant, or of the deployment.
    pub struct ApiKey {
        /// Its id.
        pub id: String,
        /// Its name for people.
        pub name: String,
        /// What it may do.
        pub role: Role,
        /// When it was made.
        pub created_at: i64,
        /// When it ends.
        pub expires_at: Option<i64>,
        /// When it was revoked.
        pub revoked_at: Option<i64>,
    }
}

record! {
    /// A short-lived token that lets a person use an endpoint.
    pub struct SessionToken {
        /// Its id.
        pub id: String,
        /// The person.
        pub user_id: String,
        /// The endpoint.
        pub endpoint_id: String,
        /// When it was made.
        pub created_at: i64,
        /// When it ends.
        pub expires_at: i64,
        /// When it was revoked.
        pub revoked_at: Option<i64>,
    }
}

impl TenantScope {
    /// Keeps an API key by the hash of its text.
    pub async fn create_api_key(&self, key: ApiKey, hash: Hash) -> Result<(), StoreError> {
        let insert = sql(
            "INSERT INTO api_keys (tenant_id, key_hash, id, name, role, created_at, expires_at, revoked_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(hash)
        .bind(key.id)
        .bind(key.name)
        .bind(key.role)
        .bind(key.created_at)
        .bind(key.expires_at)
        .bind(key.revoked_at);
        self.run(insert)
            .await
            .map(drop)
            .map_err(|error| error.about("API key"))
    }

    /// All API keys of the scope, oldest first.
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.all(sql(
            "SELECT id, name, role, created_at, expires_at, revoked_at FROM api_keys WHERE tenant_id = $1 \
             ORDER BY created_at, id",
        ))
        .await
    }

    /// Revokes an API key; the first time counts.
    pub async fn revoke_api_key(&self, id: &str, now: i64) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3) WHERE tenant_id = $1 AND id = $2",
        );
        self.alter(update.bind(id).bind(now), "API key", id).await
    }

    /// Keeps a session token by its hash.
    pub async fn create_session(
        &self,
        session: SessionToken,
        hash: Hash,
    ) -> Result<(), StoreError> {
        let insert = sql("INSERT INTO session_tokens \
             (tenant_id, token_hash, id, user_id, endpoint_id, created_at, expires_at, revoked_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(hash)
        .bind(session.id)
        .bind(session.user_id)
        .bind(session.endpoint_id)
        .bind(session.created_at)
        .bind(session.expires_at)
        .bind(session.revoked_at);
        self.run(insert)
            .await
            .map(drop)
            .map_err(|error| error.about("session token"))
    }

    /// Revokes one session token; the first time counts.
    pub async fn revoke_session(&self, id: &str, now: i64) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE session_tokens SET revoked_at = coalesce(revoked_at, $3) WHERE tenant_id = $1 AND id = $2",
        );
        self.alter(update.bind(id).bind(now), "session token", id)
            .await
    }

    /// Revokes all session tokens of a person; how many were still good.
    pub async fn revoke_sessions_of(&self, user: &str, now: i64) -> Result<u64, StoreError> {
        let user = user.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let update = sql(
                    "UPDATE session_tokens SET revoked_at = $3 \
                     WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3",
                );
                let ended = tx.run(update.bind(user.as_str()).bind(now)).await?;
                tx.changed("user", &user).await?;
                Ok(ended)
            })
        })
        .await
    }
}

impl System {
    /// The API key with this hash, be it revoked or expired.
    pub async fn api_key(&self, hash: Hash) -> Result<Option<Owned<ApiKey>>, StoreError> {
        let select = bare(
            "SELECT tenant_id, id, name, role, created_at, expires_at, revoked_at FROM api_keys WHERE key_hash = $1",
        );
        self.one(select.bind(hash)).await
    }

    /// The session token with this hash, be it revoked or expired.
    pub async fn session(&self, hash: Hash) -> Result<Option<Owned<SessionToken>>, StoreError> {
        let select = bare(
            "SELECT tenant_id, id, user_id, endpoint_id, created_at, expires_at, revoked_at FROM session_tokens \
             WHERE token_hash = $1",
        );
        self.one(select.bind(hash)).await
    }

    /// Deletes session tokens that ended before that time.
    pub async fn sweep_sessions(&self, before: i64) -> Result<u64, StoreError> {
        self.run(bare("DELETE FROM session_tokens WHERE expires_at < $1").bind(before))
            .await
    }
}
