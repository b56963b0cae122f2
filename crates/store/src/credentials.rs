//! Sealed credentials: opaque bytes with the id of the key that wraps them, exchanged only against their former value.

use crate::{
    Owned, StoreError, System, TenantScope,
    sql::{Tx, bare, record, sql},
};

record! {
    /// A credential as the vault sealed it.
    pub struct SealedCredential {
        /// The connection, or the app, whose it is.
        pub owner_id: String,
        /// Which secret of its owner: `access_token`, `client_secret`, …
        pub kind: String,
        /// What the vault made of it.
        pub sealed: Vec<u8>,
        /// The key that wraps it.
        pub key_id: String,
        /// How often it was replaced.
        pub version: i64,
    }
}

impl TenantScope {
    /// Keeps a credential in place of the one before.
    pub async fn keep_credential(
        &self,
        owner: &str,
        kind: &str,
        sealed: Vec<u8>,
        key_id: &str,
    ) -> Result<(), StoreError> {
        let credential = SealedCredential {
            owner_id: owner.to_owned(),
            kind: kind.to_owned(),
            sealed,
            key_id: key_id.to_owned(),
            version: 1,
        };
        let owner = owner.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                hold_keys(tx).await?;
                keep(tx, credential).await?;
                tx.changed("credential", &owner).await
            })
        })
        .await
    }

    /// One credential.
    pub async fn credential(
        &self,
        owner: &str,
        kind: &str,
    ) -> Result<SealedCredential, StoreError> {
        let select = sql(
            "SELECT owner_id, kind, sealed, key_id, version FROM credentials \
             WHERE tenant_id = $1 AND owner_id = $2 AND kind = $3",
        );
        let found = self.one(select.bind(owner).bind(kind)).await?;
        found.ok_or(StoreError::NotFound { what: "credential" })
    }

    /// Destroys all credentials of a connection or an app; how many there were.
    pub async fn destroy_credentials(&self, owner: &str) -> Result<u64, StoreError> {
        let owner = owner.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let delete = sql("DELETE FROM credentials WHERE tenant_id = $1 AND owner_id = $2");
                let gone = tx.run(delete.bind(owner.as_str())).await?;
                tx.changed("credential", &owner).await?;
                Ok(gone)
            })
        })
        .await
    }
}

impl System {
    /// Credentials that another key than this one wraps, for rotation; resumes by itself, because done ones drop out.
    pub async fn credentials_not_under(
        &self,
        key_id: &str,
        limit: i64,
    ) -> Result<Vec<Owned<SealedCredential>>, StoreError> {
        let select = bare(
            "SELECT tenant_id, owner_id, kind, sealed, key_id, version FROM credentials WHERE key_id <> $1 \
             ORDER BY key_id, tenant_id, owner_id, kind LIMIT $2",
        );
        self.all(select.bind(key_id).bind(limit)).await
    }

    /// The keys that credentials are sealed under.
    pub async fn keys_in_use(&self) -> Result<Vec<String>, StoreError> {
        self.all(bare(
            "SELECT DISTINCT key_id FROM credentials ORDER BY key_id",
        ))
        .await
    }

    /// How many credentials this key still wraps; at none it can be retired.
    pub async fn count_under(&self, key_id: &str) -> Result<i64, StoreError> {
        let count = bare("SELECT count(*) FROM credentials WHERE key_id = $1").bind(key_id);
        Ok(self.one(count).await?.unwrap_or(0))
    }

    /// Credentials that this key wraps, after that [place](credential_place), in the order of their places.
    pub async fn credentials_under(
        &self,
        key_id: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Owned<SealedCredential>>, StoreError> {
        let mut place = after.splitn(3, PLACE).chain(std::iter::repeat(""));
        let mut next = || place.next().unwrap_or_default().to_owned();
        let select = bare(
            "SELECT tenant_id, owner_id, kind, sealed, key_id, version FROM credentials WHERE key_id = $1 \
             AND (tenant_id, owner_id, kind) > ($2, $3, $4) ORDER BY tenant_id, owner_id, kind LIMIT $5",
        )
        .bind(key_id)
        .bind(next())
        .bind(next())
        .bind(next())
        .bind(limit);
        self.all(select).await
    }

    /// Sees to it that nothing is ever kept under this key again, where nothing is now; else how many there are. All
    /// replicas then read their credentials anew.
    pub async fn release_key(&self, key_id: &str) -> Result<i64, StoreError> {
        let key = key_id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                hold_keys(tx).await?;
                let count = bare("SELECT count(*) FROM credentials WHERE key_id = $1");
                let left = tx.one::<i64>(count.bind(key.as_str())).await?.unwrap_or(0);
                if left == 0 {
                    let release = bare(
                        "INSERT INTO released_keys (key_id, at) VALUES ($1, $2) ON CONFLICT (key_id) DO NOTHING",
                    );
                    tx.run(release.bind(key.as_str()).bind(crate::now())).await?;
                    tx.changed_of(crate::scope::DEPLOYMENT, "tenant", &key).await?;
                }
                Ok(left)
            })
        })
        .await
    }

    /// Puts the rewrapped bytes in place of those that were read; `false` when they changed meanwhile.
    pub async fn rewrap_credential(
        &self,
        read: &Owned<SealedCredential>,
        sealed: Vec<u8>,
        key_id: &str,
    ) -> Result<bool, StoreError> {
        let update = bare(
            "UPDATE credentials SET sealed = $1, key_id = $2, updated_at = $3 \
             WHERE tenant_id = $4 AND owner_id = $5 AND kind = $6 AND sealed = $7",
        )
        .bind(sealed)
        .bind(key_id)
        .bind(crate::now())
        .bind(read.tenant.as_str())
        .bind(read.row.owner_id.as_str())
        .bind(read.row.kind.as_str())
        .bind(read.row.sealed.as_slice());
        // No change is told: the secret inside is the same, and a reader of the old bytes still opens them.
        Ok(self.run(update).await? == 1)
    }
}

/// What parts the pieces of a place; no id holds it.
const PLACE: char = '\u{1f}';

/// Where a credential stands in the order of [`System::credentials_under`].
pub fn credential_place(credential: &Owned<SealedCredential>) -> String {
    let row = &credential.row;
    [credential.tenant.as_str(), &row.owner_id, &row.kind].join(&PLACE.to_string())
}

/// Keeps a credential in the transaction of what it belongs to, which [holds the keys](hold_keys).
pub(crate) async fn keep(tx: &mut Tx<'_>, credential: SealedCredential) -> Result<(), StoreError> {
    let released = bare("SELECT key_id FROM released_keys WHERE key_id = $1");
    let released = released.bind(credential.key_id.as_str());
    if tx.one::<String>(released).await?.is_some() {
        // Sealed before the last rotation: seal it again.
        return Err(StoreError::Conflict {
            what: "the sealing key",
        });
    }
    let upsert = sql(
        "INSERT INTO credentials (tenant_id, owner_id, kind, sealed, key_id, version, updated_at) \
         VALUES ($1, $2, $3, $4, $5, 1, $6) ON CONFLICT (tenant_id, owner_id, kind) DO UPDATE SET \
         sealed = excluded.sealed, key_id = excluded.key_id, version = credentials.version + 1, \
         updated_at = excluded.updated_at",
    )
    .bind(credential.owner_id)
    .bind(credential.kind)
    .bind(credential.sealed)
    .bind(credential.key_id)
    .bind(crate::now());
    let kept = tx.run(upsert).await;
    kept.map(drop).map_err(|error| error.about("credential"))
}

/// Keeping a credential and releasing a key exclude each other: whoever comes second sees what the first did.
pub(crate) async fn hold_keys(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let lock = bare("UPDATE changes_head SET id = id WHERE name = 'changes'");
    tx.run(lock).await.map(drop)
}
