//! The authorization server's memory: states of browsers under way, clients, and, in [`grant`], what people granted.

mod client;
mod grant;

use crate::{
    Hash, Owned, StoreError, System, TenantScope,
    sql::{bare, record, sql},
};
pub use client::OauthClient;
pub use grant::{
    Grant, Granted, KnownToken, NewCode, NewToken, OauthCode, Redeemed, Refreshed, TokenKind,
};

record! {
    /// Where a browser under way shall come back to. Used once.
    pub struct OauthState {
        /// The person, where one is known already.
        pub user_id: Option<String>,
        /// What it is for: `connect`, `sign-in`, …
        pub purpose: String,
        /// The hash of the cookie of the browser that it is bound to.
        pub browser_hash: Option<Vec<u8>>,
        /// What to go on with, as JSON.
        pub payload: String,
        /// When it was made.
        pub created_at: i64,
        /// When it ends.
        pub expires_at: i64,
    }
}

impl TenantScope {
    /// Keeps a state by its hash.
    pub async fn keep_oauth_state(&self, state: OauthState, hash: Hash) -> Result<(), StoreError> {
        let browser = state.browser_hash;
        let insert = sql(
            "INSERT INTO oauth_states \
             (tenant_id, state_hash, user_id, purpose, payload, created_at, expires_at, browser_hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(hash)
        .bind(state.user_id)
        .bind(state.purpose)
        .bind(state.payload)
        .bind(state.created_at)
        .bind(state.expires_at)
        .bind(browser);
        self.run(insert)
            .await
            .map(drop)
            .map_err(|error| error.about("state"))
    }
}

impl System {
    /// A state that is still good, left where it is.
    pub async fn oauth_state(
        &self,
        hash: Hash,
        now: i64,
    ) -> Result<Option<Owned<OauthState>>, StoreError> {
        let select = bare(
            "SELECT tenant_id, user_id, purpose, browser_hash, payload, created_at, expires_at FROM oauth_states \
             WHERE state_hash = $1 AND expires_at > $2",
        );
        self.one(select.bind(hash).bind(now)).await
    }

    /// Takes a state away, so that it is used once; `None` when there is none that is still good.
    pub async fn take_oauth_state(
        &self,
        hash: Hash,
        now: i64,
    ) -> Result<Option<Owned<OauthState>>, StoreError> {
        let delete = bare(
            "DELETE FROM oauth_states WHERE state_hash = $1 RETURNING tenant_id, user_id, purpose, browser_hash, \
             payload, created_at, expires_at",
        );
        let taken: Option<Owned<OauthState>> = self
            .write(move |tx| Box::pin(tx.one(delete.bind(hash))))
            .await?;
        Ok(taken.filter(|state| state.row.expires_at > now))
    }

    /// Deletes what ended before that time: states, codes, tokens, and grants that were revoked or have no token left.
    pub async fn sweep_oauth(&self, before: i64) -> Result<u64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut gone = 0;
                for text in [
                    "DELETE FROM oauth_states WHERE expires_at < $1",
                    "DELETE FROM oauth_codes WHERE expires_at < $1",
                    "DELETE FROM oauth_tokens WHERE expires_at < $1",
                    "DELETE FROM oauth_grants WHERE revoked_at < $1",
                    "DELETE FROM oauth_grants WHERE created_at < $1 AND NOT EXISTS (SELECT 1 FROM oauth_tokens t \
                     WHERE t.tenant_id = oauth_grants.tenant_id AND t.grant_id = oauth_grants.id) \
                     AND NOT EXISTS (SELECT 1 FROM oauth_codes c \
                     WHERE c.tenant_id = oauth_grants.tenant_id AND c.grant_id = oauth_grants.id)",
                ] {
                    gone += tx.run(bare(text).bind(before)).await?;
                }
                Ok(gone)
            })
        })
        .await
    }
}
