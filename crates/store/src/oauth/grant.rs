//! Grants with their codes and tokens. A code or a refresh token that comes back after its use ends the whole grant.

use crate::{
    Hash, Owned, StoreError, System, TenantScope,
    sql::{Tx, bare, record, sql, words},
};

words! {
    /// What a token is for.
    pub enum TokenKind {
        /// To call.
        Access = "access",
        /// To get the next tokens, once.
        Refresh = "refresh",
    }
}

record! {
    /// What a person granted to a client.
    pub struct Grant {
        /// Its id.
        pub id: String,
        /// The client.
        pub client_id: String,
        /// The person.
        pub user_id: String,
        /// The endpoint.
        pub endpoint_id: String,
        /// The scope, as granted.
        pub scope: String,
        /// The address that its tokens are for.
        pub resource: String,
        /// When it was made.
        pub created_at: i64,
        /// When it was revoked.
        pub revoked_at: Option<i64>,
        /// Why it was revoked.
        pub reason: Option<String>,
    }
}

record! {
    /// What a code promised.
    pub struct OauthCode {
        /// The grant.
        pub grant_id: String,
        /// Where the browser must have come back to.
        pub redirect_uri: String,
        /// The PKCE challenge (S256).
        pub challenge: String,
    }
}

record! {
    /// What a token stands for.
    pub struct Granted {
        /// The grant.
        pub grant_id: String,
        /// The client.
        pub client_id: String,
        /// The person.
        pub user_id: String,
        /// The endpoint.
        pub endpoint_id: String,
        /// The scope, as granted.
        pub scope: String,
        /// The address that it is for.
        pub resource: String,
        /// When the token ends.
        pub expires_at: i64,
    }
}

record! {
    /// All that is kept of a token, be it used, expired or revoked.
    pub struct KnownToken {
        /// What it is for.
        pub kind: TokenKind,
        /// The grant.
        pub grant_id: String,
        /// The client.
        pub client_id: String,
        /// The person.
        pub user_id: String,
        /// The endpoint.
        pub endpoint_id: String,
        /// The address that it is for.
        pub resource: String,
        /// When it ends.
        pub expires_at: i64,
        /// When it was used up.
        pub used_at: Option<i64>,
        /// When its grant was revoked.
        pub revoked_at: Option<i64>,
    }
}

/// A code to keep.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// The hash of its text.
    pub hash: Hash,
    /// Where the browser goes back to.
    pub redirect_uri: String,
    /// The PKCE challenge (S256).
    pub challenge: String,
    /// When it ends.
    pub expires_at: i64,
}

/// A token to keep.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// The hash of its text.
    pub hash: Hash,
    /// What it is for.
    pub kind: TokenKind,
    /// When it ends.
    pub expires_at: i64,
}

/// What became of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It is used now, for the first time.
    Fresh(Owned<OauthCode>),
    /// It was used before: this grant of it is revoked.
    Replayed(Owned<String>),
    /// There is none, or it is too late.
    Unknown,
}

/// What became of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// It is used now, and the new tokens are kept.
    Fresh(Owned<Granted>),
    /// It was used before: its grant is revoked.
    Reused,
    /// There is none, it is too late, or its grant is revoked.
    Unknown,
}

record! {
    struct Family {
        tenant_id: String,
        grant_id: String,
        used_at: Option<i64>,
    }
}

macro_rules! granted {
    ($rest:literal) => {
        concat!(
            "SELECT t.tenant_id, t.grant_id, g.client_id, g.user_id, g.endpoint_id, g.scope, g.resource, t.expires_at \
             FROM oauth_tokens t JOIN oauth_grants g ON g.tenant_id = t.tenant_id AND g.id = t.grant_id ",
            $rest
        )
    };
}

impl TenantScope {
    /// Makes a grant with the code that the client will redeem.
    pub async fn create_grant(&self, grant: Grant, code: NewCode) -> Result<(), StoreError> {
        let id = grant.id.clone();
        let made = grant.created_at;
        let insert = sql(
            "INSERT INTO oauth_grants (tenant_id, id, client_id, user_id, endpoint_id, scope, resource, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(grant.id)
        .bind(grant.client_id)
        .bind(grant.user_id)
        .bind(grant.endpoint_id)
        .bind(grant.scope)
        .bind(grant.resource)
        .bind(made);
        let keep = sql(
            "INSERT INTO oauth_codes (tenant_id, code_hash, grant_id, redirect_uri, challenge, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(code.hash)
        .bind(id)
        .bind(code.redirect_uri)
        .bind(code.challenge)
        .bind(made)
        .bind(code.expires_at);
        self.write(move |tx| {
            Box::pin(async move {
                tx.run(insert).await.map_err(|error| error.about("grant"))?;
                tx.run(keep)
                    .await
                    .map(drop)
                    .map_err(|error| error.about("code"))
            })
        })
        .await
    }

    /// A person's grants, newest first.
    pub async fn grants_of(&self, user: &str) -> Result<Vec<Grant>, StoreError> {
        let select = sql(
            "SELECT id, client_id, user_id, endpoint_id, scope, resource, created_at, revoked_at, reason \
             FROM oauth_grants WHERE tenant_id = $1 AND user_id = $2 ORDER BY created_at DESC, id DESC",
        );
        self.all(select.bind(user)).await
    }

    /// One grant, be it revoked.
    pub async fn grant(&self, id: &str) -> Result<Grant, StoreError> {
        let select = sql(
            "SELECT id, client_id, user_id, endpoint_id, scope, resource, created_at, revoked_at, reason \
             FROM oauth_grants WHERE tenant_id = $1 AND id = $2",
        );
        let found = self.one(select.bind(id)).await?;
        found.ok_or(StoreError::NotFound { what: "grant" })
    }

    /// Keeps the tokens of a grant that is not revoked.
    pub async fn issue_tokens(
        &self,
        grant: &str,
        tokens: Vec<NewToken>,
        now: i64,
    ) -> Result<(), StoreError> {
        let grant = grant.to_owned();
        let tenant = self.tenant().to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                // Locked, so that a revocation comes wholly before or after.
                let lock = sql(
                    "UPDATE oauth_grants SET scope = scope WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
                );
                if tx.run(lock.bind(grant.as_str())).await? == 0 {
                    return Err(StoreError::NotFound { what: "grant" });
                }
                keep_tokens(tx, &tenant, &grant, tokens, now).await
            })
        })
        .await
    }

    /// Revokes a grant with all its tokens; the first time counts.
    pub async fn revoke_grant(&self, id: &str, reason: &str, now: i64) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE oauth_grants SET reason = CASE WHEN revoked_at IS NULL THEN $3 ELSE reason END, \
             revoked_at = coalesce(revoked_at, $4) WHERE tenant_id = $1 AND id = $2",
        );
        self.alter(update.bind(id).bind(reason).bind(now), "grant", id)
            .await
    }
}

impl System {
    /// Uses a code up.
    pub async fn redeem_code(&self, hash: Hash, now: i64) -> Result<Redeemed, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let take = bare(
                    "UPDATE oauth_codes SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $2 \
                     RETURNING tenant_id, grant_id, redirect_uri, challenge",
                );
                if let Some(code) = tx.one(take.bind(hash).bind(now)).await? {
                    return Ok(Redeemed::Fresh(code));
                }
                let select = bare(
                    "SELECT tenant_id, grant_id, used_at FROM oauth_codes WHERE code_hash = $1",
                );
                let ended = end_family(tx, select.bind(hash), "code replayed", now).await?;
                Ok(ended.map_or(Redeemed::Unknown, Redeemed::Replayed))
            })
        })
        .await
    }

    /// Uses a refresh token up and keeps its successors.
    pub async fn refresh(
        &self,
        hash: Hash,
        successors: Vec<NewToken>,
        now: i64,
    ) -> Result<Refreshed, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let take = bare(
                    "UPDATE oauth_tokens SET used_at = $2 WHERE token_hash = $1 AND kind = 'refresh' \
                     AND used_at IS NULL AND expires_at > $2 RETURNING token_hash",
                );
                if tx.one::<Vec<u8>>(take.bind(hash).bind(now)).await?.is_some() {
                    let select = bare(granted!("WHERE t.token_hash = $1 AND g.revoked_at IS NULL"));
                    let Some(granted) = tx.one::<Owned<Granted>>(select.bind(hash)).await? else {
                        return Ok(Refreshed::Unknown);
                    };
                    keep_tokens(tx, &granted.tenant, &granted.row.grant_id, successors, now).await?;
                    return Ok(Refreshed::Fresh(granted));
                }
                let select = bare(
                    "SELECT tenant_id, grant_id, used_at FROM oauth_tokens WHERE token_hash = $1 AND kind = 'refresh'",
                );
                let reused = end_family(tx, select.bind(hash), "refresh token reused", now).await?;
                Ok(if reused.is_some() { Refreshed::Reused } else { Refreshed::Unknown })
            })
        })
        .await
    }

    /// What an access token stands for, while its grant is not revoked; the caller compares the time.
    pub async fn access_token(&self, hash: Hash) -> Result<Option<Owned<Granted>>, StoreError> {
        let select = bare(granted!(
            "WHERE t.token_hash = $1 AND t.kind = 'access' AND g.revoked_at IS NULL"
        ));
        self.one(select.bind(hash)).await
    }

    /// What is known of a token of either kind, without using it.
    pub async fn oauth_token(&self, hash: Hash) -> Result<Option<Owned<KnownToken>>, StoreError> {
        let select = bare(
            "SELECT t.tenant_id, t.kind, t.grant_id, g.client_id, g.user_id, g.endpoint_id, g.resource, t.expires_at, \
             t.used_at, g.revoked_at FROM oauth_tokens t \
             JOIN oauth_grants g ON g.tenant_id = t.tenant_id AND g.id = t.grant_id WHERE t.token_hash = $1",
        );
        self.one(select.bind(hash)).await
    }

    /// Revokes the grant of any of its tokens; whether there was one.
    pub async fn revoke_token(&self, hash: Hash, now: i64) -> Result<bool, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                // Any token counts as used: its holder wants the family to end.
                let select = bare(
                    "SELECT tenant_id, grant_id, created_at AS used_at FROM oauth_tokens WHERE token_hash = $1",
                );
                let ended = end_family(tx, select.bind(hash), "revoked by the client", now).await?;
                Ok(ended.is_some())
            })
        })
        .await
    }
}

/// Revokes the grant of what was used before; whether it was.
async fn end_family(
    tx: &mut Tx<'_>,
    select: crate::sql::Sql,
    reason: &str,
    now: i64,
) -> Result<Option<Owned<String>>, StoreError> {
    let family: Option<Family> = tx.one(select).await?;
    let Some(family) = family.filter(|family| family.used_at.is_some()) else {
        return Ok(None);
    };
    let revoke = bare(
        "UPDATE oauth_grants SET revoked_at = $3, reason = $4 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
    )
    .bind(family.tenant_id.as_str())
    .bind(family.grant_id.as_str())
    .bind(now)
    .bind(reason);
    if tx.run(revoke).await? > 0 {
        tx.changed_of(&family.tenant_id, "grant", &family.grant_id)
            .await?;
    }
    Ok(Some(Owned {
        tenant: family.tenant_id,
        row: family.grant_id,
    }))
}

async fn keep_tokens(
    tx: &mut Tx<'_>,
    tenant: &str,
    grant: &str,
    tokens: Vec<NewToken>,
    now: i64,
) -> Result<(), StoreError> {
    for token in tokens {
        let insert = bare(
            "INSERT INTO oauth_tokens (tenant_id, grant_id, token_hash, kind, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(tenant)
        .bind(grant)
        .bind(token.hash)
        .bind(token.kind)
        .bind(now)
        .bind(token.expires_at);
        tx.run(insert).await.map_err(|error| error.about("token"))?;
    }
    Ok(())
}
