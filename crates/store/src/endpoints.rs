//! Endpoints: scoped MCP servers, and the hashes of the tokens in their addresses.

use crate::{
    Hash, Owned, StoreError, System, TenantScope,
    sql::{Sql, bare, record, sql, words},
};

words! {
    /// Whether an endpoint is served.
    pub enum EndpointState {
        /// Served.
        Active = "active",
        /// Refused, with its settings kept.
        Disabled = "disabled",
    }
}

record! {
    /// An endpoint.
    pub struct Endpoint {
        /// Its id.
        pub id: String,
        /// Its name for people.
        pub name: String,
        /// The connection that it uses; none when it uses that of each caller.
        pub connection_id: Option<String>,
        /// What it allows, as JSON: ceiling, toolsets, rules, budgets.
        pub settings: String,
        /// Whether its address alone is not enough.
        pub require_api_token: bool,
        /// Whether it is served.
        pub state: EndpointState,
        /// When it is gone.
        pub expires_at: Option<i64>,
        /// When it was made.
        pub created_at: i64,
        /// When it was last changed.
        pub updated_at: i64,
    }
}

record! {
    /// Whose address token it is.
    pub struct TokenOwner {
        /// The endpoint.
        pub endpoint_id: String,
        /// When the token ends.
        pub expires_at: Option<i64>,
    }
}

macro_rules! columns {
    () => {
        "id, name, connection_id, settings, require_api_token, state, expires_at, created_at, updated_at"
    };
}

impl TenantScope {
    /// Makes an endpoint.
    pub async fn create_endpoint(&self, endpoint: Endpoint) -> Result<(), StoreError> {
        let id = endpoint.id.clone();
        let insert = sql(concat!(
            "INSERT INTO endpoints (tenant_id, ",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ));
        self.alter(bind(insert, endpoint), "endpoint", &id).await
    }

    /// Changes everything about an endpoint but its id.
    pub async fn update_endpoint(&self, endpoint: Endpoint) -> Result<(), StoreError> {
        let id = endpoint.id.clone();
        let update = sql(
            "UPDATE endpoints SET name = $3, connection_id = $4, settings = $5, require_api_token = $6, state = $7, \
             expires_at = $8, created_at = $9, updated_at = $10 WHERE tenant_id = $1 AND id = $2",
        );
        self.alter(bind(update, endpoint), "endpoint", &id).await
    }

    /// Deletes an endpoint with its tokens.
    pub async fn delete_endpoint(&self, id: &str) -> Result<(), StoreError> {
        let delete = sql("DELETE FROM endpoints WHERE tenant_id = $1 AND id = $2").bind(id);
        self.alter(delete, "endpoint", id).await
    }

    /// One endpoint, be it disabled or expired.
    pub async fn endpoint(&self, id: &str) -> Result<Endpoint, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM endpoints WHERE tenant_id = $1 AND id = $2"
        ));
        let found = self.one(select.bind(id)).await?;
        found.ok_or(StoreError::NotFound { what: "endpoint" })
    }

    /// Endpoints after that id, in the order of their ids.
    pub async fn endpoints(&self, after: &str, limit: i64) -> Result<Vec<Endpoint>, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM endpoints WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3"
        ));
        self.all(select.bind(after).bind(limit)).await
    }

    /// Adds an address token; those before end at `others_end_at`, the end of their grace.
    pub async fn rotate_endpoint_token(
        &self,
        endpoint: &str,
        token: Hash,
        now: i64,
        others_end_at: i64,
    ) -> Result<(), StoreError> {
        let endpoint = endpoint.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let end = sql(
                    "UPDATE endpoint_tokens SET expires_at = $3 WHERE tenant_id = $1 AND endpoint_id = $2 \
                     AND (expires_at IS NULL OR expires_at > $3)",
                );
                tx.run(end.bind(endpoint.as_str()).bind(others_end_at)).await?;
                let insert = sql(
                    "INSERT INTO endpoint_tokens (tenant_id, endpoint_id, token_hash, created_at) \
                     VALUES ($1, $2, $3, $4)",
                );
                tx.run(insert.bind(endpoint.as_str()).bind(token).bind(now))
                    .await
                    .map_err(|error| error.about("endpoint token"))?;
                tx.changed("endpoint", &endpoint).await
            })
        })
        .await
    }
}

impl System {
    /// Everyone's endpoints with this id; ids made here are never the same.
    pub async fn endpoints_with_id(&self, id: &str) -> Result<Vec<Owned<Endpoint>>, StoreError> {
        let select = bare(concat!(
            "SELECT tenant_id, ",
            columns!(),
            " FROM endpoints WHERE id = $1 ORDER BY tenant_id LIMIT 2"
        ));
        self.all(select.bind(id)).await
    }

    /// The endpoint of an address token; the caller compares the times with its clock.
    pub async fn endpoint_token(
        &self,
        token: Hash,
    ) -> Result<Option<Owned<TokenOwner>>, StoreError> {
        let select = bare(
            "SELECT tenant_id, endpoint_id, expires_at FROM endpoint_tokens WHERE token_hash = $1",
        );
        self.one(select.bind(token)).await
    }

    /// Notes that an address token was used.
    pub async fn touch_endpoint_token(&self, token: Hash, now: i64) -> Result<(), StoreError> {
        let update = bare("UPDATE endpoint_tokens SET last_used_at = $2 WHERE token_hash = $1");
        self.run(update.bind(token).bind(now)).await.map(drop)
    }

    /// Deletes endpoints and address tokens that ended before that time.
    pub async fn sweep_endpoints(&self, before: i64) -> Result<u64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let tokens = bare("DELETE FROM endpoint_tokens WHERE expires_at < $1");
                let tokens = tx.run(tokens.bind(before)).await?;
                let endpoints = bare("DELETE FROM endpoints WHERE expires_at < $1");
                Ok(tokens + tx.run(endpoints.bind(before)).await?)
            })
        })
        .await
    }
}

fn bind(statement: Sql, endpoint: Endpoint) -> Sql {
    statement
        .bind(endpoint.id)
        .bind(endpoint.name)
        .bind(endpoint.connection_id)
        .bind(endpoint.settings)
        .bind(endpoint.require_api_token)
        .bind(endpoint.state)
        .bind(endpoint.expires_at)
        .bind(endpoint.created_at)
        .bind(endpoint.updated_at)
}
