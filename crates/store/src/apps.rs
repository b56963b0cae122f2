//! Intercom apps: of one tenant, or of the deployment. Their client secrets are sealed credentials.

use crate::{
    Owned, StoreError, System, TenantScope,
    sql::{bare, record, sql},
};

record! {
    /// An app.
    pub struct App {
        /// Its id here; its client secret is the credential of this owner.
        pub id: String,
        /// Its name for people.
        pub name: String,
        /// Its id at Intercom.
        pub client_id: String,
        /// The region that it is registered in.
        pub region: String,
        /// What else is known of it, as JSON.
        pub settings: String,
        /// When it was made.
        pub created_at: i64,
        /// When it was last changed.
        pub updated_at: i64,
    }
}

macro_rules! select {
    ($head:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $head,
            "id, name, client_id, region, settings, created_at, updated_at FROM apps ",
            $rest
        )
    };
}

impl TenantScope {
    /// Makes an app, or changes it.
    pub async fn keep_app(&self, app: App) -> Result<(), StoreError> {
        let id = app.id.clone();
        let upsert = sql(
            "INSERT INTO apps (tenant_id, id, name, client_id, region, settings, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, \
             client_id = excluded.client_id, region = excluded.region, settings = excluded.settings, \
             updated_at = excluded.updated_at",
        )
        .bind(app.id)
        .bind(app.name)
        .bind(app.client_id)
        .bind(app.region)
        .bind(app.settings)
        .bind(app.created_at)
        .bind(app.updated_at);
        self.alter(upsert, "app", &id).await
    }

    /// One app.
    pub async fn app(&self, id: &str) -> Result<App, StoreError> {
        let found = self
            .one(sql(select!("", "WHERE tenant_id = $1 AND id = $2")).bind(id))
            .await?;
        found.ok_or(StoreError::NotFound { what: "app" })
    }

    /// All apps of the scope.
    pub async fn apps(&self) -> Result<Vec<App>, StoreError> {
        self.all(sql(select!("", "WHERE tenant_id = $1 ORDER BY id")))
            .await
    }

    /// Deletes an app with its credentials.
    pub async fn delete_app(&self, id: &str) -> Result<(), StoreError> {
        self.destroy_credentials(id).await?;
        let delete = sql("DELETE FROM apps WHERE tenant_id = $1 AND id = $2").bind(id);
        self.alter(delete, "app", id).await
    }
}

impl System {
    /// Who has an app with that id at Intercom: where a signed webhook may belong.
    pub async fn apps_with_client(&self, client_id: &str) -> Result<Vec<Owned<App>>, StoreError> {
        let select = bare(select!(
            "tenant_id, ",
            "WHERE client_id = $1 ORDER BY tenant_id, id"
        ));
        self.all(select.bind(client_id)).await
    }
}
