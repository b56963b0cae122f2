//! Connections: a link from a tenant, or one of its people, to one Intercom workspace.

use crate::{
    NewErrand, Owned, SealedCredential, StoreError, System, TenantScope, credentials, errands,
    sql::{Sql, bare, record, sql, words},
};

words! {
    /// Whether a connection may be used.
    pub enum ConnectionState {
        /// It may.
        Active = "active",
        /// Intercom refused its credential: calls fail until it is connected again.
        Quarantined = "quarantined",
        /// Its person or owner ended it.
        Revoked = "revoked",
    }
}

record! {
    /// A connection.
    pub struct Connection {
        /// Its id.
        pub id: String,
        /// Whose it is; nobody's when the whole tenant uses it.
        pub user_id: Option<String>,
        /// The Intercom app that it was made with; none for a pasted token.
        pub app_id: Option<String>,
        /// Where the workspace lives: `us`, `eu` or `au`.
        pub region: String,
        /// Another address than the region's.
        pub base_url: Option<String>,
        /// Intercom's code of the workspace.
        pub workspace_id: Option<String>,
        /// The workspace's name.
        pub workspace_name: Option<String>,
        /// The teammate that calls act as.
        pub admin_id: Option<String>,
        /// That teammate's name.
        pub admin_name: Option<String>,
        /// Whether it may be used.
        pub state: ConnectionState,
        /// Why it may not.
        pub reason: Option<String>,
        /// When Intercom last confirmed it.
        pub checked_at: Option<i64>,
        /// When it was made.
        pub created_at: i64,
        /// When it was last changed.
        pub updated_at: i64,
    }
}

/// A connection's move from one state to another.
#[derive(Clone, Copy, Debug)]
pub struct Moved<'a> {
    /// The state that it must be in.
    pub from: ConnectionState,
    /// The state that it comes into.
    pub to: ConnectionState,
    /// Why it may not be used there.
    pub reason: Option<&'a str>,
    /// When.
    pub at: i64,
}

/// How a connection ends.
#[derive(Debug)]
pub struct Ended<'a> {
    /// Why.
    pub reason: &'a str,
    /// When.
    pub at: i64,
    /// What is left to do at Intercom, and the token for it, sealed anew for that alone.
    pub left: Option<(NewErrand, SealedCredential)>,
}

macro_rules! columns {
    () => {
        "id, user_id, app_id, region, base_url, workspace_id, workspace_name, admin_id, admin_name, state, reason, \
         checked_at, created_at, updated_at"
    };
}

impl TenantScope {
    /// Makes a connection.
    pub async fn create_connection(&self, connection: Connection) -> Result<(), StoreError> {
        let id = connection.id.clone();
        let insert = sql(concat!(
            "INSERT INTO connections (tenant_id, ",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        ))
        .bind(connection.id.clone());
        let insert = bind_rest(insert, connection);
        self.alter(insert, "connection", &id).await
    }

    /// Changes everything about a connection but its id.
    pub async fn update_connection(&self, connection: Connection) -> Result<(), StoreError> {
        let id = connection.id.clone();
        let update = sql(
            "UPDATE connections SET user_id = $3, app_id = $4, region = $5, base_url = $6, workspace_id = $7, \
             workspace_name = $8, admin_id = $9, admin_name = $10, state = $11, reason = $12, checked_at = $13, \
             created_at = $14, updated_at = $15 WHERE tenant_id = $1 AND id = $2",
        )
        .bind(connection.id.clone());
        self.alter(bind_rest(update, connection), "connection", &id)
            .await
    }

    /// Moves a connection to another state; a revoked one stays revoked.
    pub async fn set_connection_state(
        &self,
        id: &str,
        state: ConnectionState,
        reason: Option<&str>,
        now: i64,
    ) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE connections SET state = $3, reason = $4, checked_at = $5, updated_at = $5 \
             WHERE tenant_id = $1 AND id = $2 AND (state <> 'revoked' OR $3 = 'revoked')",
        )
        .bind(id)
        .bind(state)
        .bind(reason)
        .bind(now);
        self.alter(update, "connection", id).await
    }

    /// Moves a connection from one state to another, with what follows from it, all or nothing; `false` when it is not in
    /// that state any more.
    pub async fn move_connection(
        &self,
        id: &str,
        moved: Moved<'_>,
        following: Vec<NewErrand>,
    ) -> Result<bool, StoreError> {
        let update = sql(
            "UPDATE connections SET state = $3, reason = $4, checked_at = $5, updated_at = $5 \
             WHERE tenant_id = $1 AND id = $2 AND state = $6",
        )
        .bind(id)
        .bind(moved.to)
        .bind(moved.reason)
        .bind(moved.at)
        .bind(moved.from);
        let id = id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                if tx.run(update).await? == 0 {
                    return Ok(false);
                }
                for errand in following {
                    errands::keep(tx, errand).await?;
                }
                tx.changed("connection", &id).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Ends a connection for good and destroys its credentials, all or nothing.
    pub async fn end_connection(&self, id: &str, ended: Ended<'_>) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE connections SET state = 'revoked', reason = $3, checked_at = $4, updated_at = $4 \
             WHERE tenant_id = $1 AND id = $2",
        )
        .bind(id)
        .bind(ended.reason)
        .bind(ended.at);
        let destroy =
            sql("DELETE FROM credentials WHERE tenant_id = $1 AND owner_id = $2").bind(id);
        let (id, left) = (id.to_owned(), ended.left);
        self.write(move |tx| {
            Box::pin(async move {
                credentials::hold_keys(tx).await?;
                if tx.run(update).await? == 0 {
                    return Err(StoreError::NotFound { what: "connection" });
                }
                tx.run(destroy).await?;
                if let Some((errand, credential)) = left {
                    credentials::keep(tx, credential).await?;
                    errands::keep(tx, errand).await?;
                }
                tx.changed("connection", &id).await
            })
        })
        .await
    }

    /// One connection.
    pub async fn connection(&self, id: &str) -> Result<Connection, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM connections WHERE tenant_id = $1 AND id = $2"
        ));
        let found = self.one(select.bind(id)).await?;
        found.ok_or(StoreError::NotFound { what: "connection" })
    }

    /// Connections after that id, in the order of their ids.
    pub async fn connections(
        &self,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Connection>, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM connections WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3"
        ));
        self.all(select.bind(after).bind(limit)).await
    }

    /// A person's connections, newest first.
    pub async fn connections_of(&self, user: &str) -> Result<Vec<Connection>, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM connections WHERE tenant_id = $1 AND user_id = $2 ORDER BY created_at DESC, id DESC"
        ));
        self.all(select.bind(user)).await
    }

    /// Connections that act as that teammate of that workspace, newest first.
    pub async fn connections_as(
        &self,
        workspace: &str,
        admin: &str,
    ) -> Result<Vec<Connection>, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM connections WHERE tenant_id = $1 AND workspace_id = $2 AND admin_id = $3 \
             AND state <> 'revoked' ORDER BY created_at DESC, id DESC"
        ));
        self.all(select.bind(workspace).bind(admin)).await
    }
}

impl System {
    /// How many connections of all tenants are in that state.
    pub async fn count_connections(&self, state: ConnectionState) -> Result<i64, StoreError> {
        let select = bare("SELECT count(*) FROM connections WHERE state = $1");
        Ok(self.one(select.bind(state)).await?.unwrap_or(0))
    }

    /// All tenants' connections to one workspace: where a webhook of that workspace may belong.
    pub async fn connections_to(
        &self,
        workspace: &str,
    ) -> Result<Vec<Owned<Connection>>, StoreError> {
        let select = bare(concat!(
            "SELECT tenant_id, ",
            columns!(),
            " FROM connections WHERE workspace_id = $1 AND state <> 'revoked' ORDER BY tenant_id, id"
        ));
        self.all(select.bind(workspace)).await
    }

    /// Quarantined connections, for the probe.
    pub async fn quarantined(&self, limit: i64) -> Result<Vec<Owned<Connection>>, StoreError> {
        let select = bare(concat!(
            "SELECT tenant_id, ",
            columns!(),
            " FROM connections WHERE state = 'quarantined' ORDER BY checked_at, tenant_id, id LIMIT $1"
        ));
        self.all(select.bind(limit)).await
    }
}

fn bind_rest(statement: Sql, connection: Connection) -> Sql {
    statement
        .bind(connection.user_id)
        .bind(connection.app_id)
        .bind(connection.region)
        .bind(connection.base_url)
        .bind(connection.workspace_id)
        .bind(connection.workspace_name)
        .bind(connection.admin_id)
        .bind(connection.admin_name)
        .bind(connection.state)
        .bind(connection.reason)
        .bind(connection.checked_at)
        .bind(connection.created_at)
        .bind(connection.updated_at)
}
