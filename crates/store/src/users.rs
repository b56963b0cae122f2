//! The people of a tenant, by the tenant's own identifiers.

use crate::{
    Owned, StoreError, System, TenantScope,
    sql::{bare, record, sql, words},
};

words! {
    /// Whether a person may sign in and be acted for.
    pub enum UserState {
        /// They may.
        Active = "active",
        /// They may not.
        Disabled = "disabled",
    }
}

record! {
    /// A person.
    pub struct User {
        /// The tenant's identifier of them.
        pub id: String,
        /// Their name.
        pub name: Option<String>,
        /// Their e-mail address.
        pub email: Option<String>,
        /// Whether they may sign in and be acted for.
        pub state: UserState,
        /// When they were first seen.
        pub created_at: i64,
        /// When they were last changed.
        pub updated_at: i64,
    }
}

macro_rules! select {
    ($head:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $head,
            "id, name, email, state, created_at, updated_at FROM users ",
            $rest
        )
    };
}

impl TenantScope {
    /// Makes a person, or changes what is known of them.
    pub async fn keep_user(&self, user: User) -> Result<(), StoreError> {
        let id = user.id.clone();
        let upsert = sql(
            "INSERT INTO users (tenant_id, id, name, email, state, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, \
             email = excluded.email, state = excluded.state, updated_at = excluded.updated_at",
        )
        .bind(user.id)
        .bind(user.name)
        .bind(user.email)
        .bind(user.state)
        .bind(user.created_at)
        .bind(user.updated_at);
        self.alter(upsert, "user", &id).await
    }

    /// One person.
    pub async fn user(&self, id: &str) -> Result<User, StoreError> {
        let found = self
            .one(sql(select!("", "WHERE tenant_id = $1 AND id = $2")).bind(id))
            .await?;
        found.ok_or(StoreError::NotFound { what: "user" })
    }

    /// People after that id, in the order of their ids.
    pub async fn users(&self, after: &str, limit: i64) -> Result<Vec<User>, StoreError> {
        let select = sql(select!(
            "",
            "WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3"
        ));
        self.all(select.bind(after).bind(limit)).await
    }

    /// People with this e-mail address, however its letters are written.
    pub async fn users_at(&self, email: &str) -> Result<Vec<User>, StoreError> {
        let select = sql(select!(
            "",
            "WHERE tenant_id = $1 AND lower(email) = lower($2) ORDER BY id"
        ));
        self.all(select.bind(email)).await
    }

    /// Keeps the hash of a person's password (a local account), or takes it away.
    pub async fn set_password_hash(&self, id: &str, hash: Option<&str>) -> Result<(), StoreError> {
        let update = sql("UPDATE users SET password_hash = $3 WHERE tenant_id = $1 AND id = $2");
        self.alter(update.bind(id).bind(hash), "user", id).await
    }

    /// The hash of a person's password, where they have a local account.
    pub async fn password_hash(&self, id: &str) -> Result<Option<String>, StoreError> {
        let select = sql("SELECT password_hash FROM users WHERE tenant_id = $1 AND id = $2");
        Ok(self.one::<Option<String>>(select.bind(id)).await?.flatten())
    }

    /// Deletes a person with their connections, credentials, tokens and grants.
    pub async fn delete_user(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                for text in [
                    "DELETE FROM credentials WHERE tenant_id = $1 AND owner_id IN \
                     (SELECT id FROM connections WHERE tenant_id = $1 AND user_id = $2)",
                    "DELETE FROM connections WHERE tenant_id = $1 AND user_id = $2",
                    "DELETE FROM session_tokens WHERE tenant_id = $1 AND user_id = $2",
                    "DELETE FROM oauth_grants WHERE tenant_id = $1 AND user_id = $2",
                ] {
                    tx.run(sql(text).bind(id.as_str())).await?;
                }
                let user = sql("DELETE FROM users WHERE tenant_id = $1 AND id = $2");
                if tx.run(user.bind(id.as_str())).await? == 0 {
                    return Err(StoreError::NotFound { what: "user" });
                }
                tx.changed("user", &id).await
            })
        })
        .await
    }
}

impl System {
    /// Everyone with this e-mail address, of all tenants, whatever its case: where a sign-in may lead.
    pub async fn users_with_email(&self, email: &str) -> Result<Vec<Owned<User>>, StoreError> {
        let select = bare(select!(
            "tenant_id, ",
            "WHERE lower(email) = $1 ORDER BY tenant_id, id LIMIT 20"
        ));
        self.all(select.bind(email.to_lowercase())).await
    }
}
