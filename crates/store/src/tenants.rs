//! Tenants: the unit of isolation.

use crate::{
    StoreError, System, TenantScope,
    sql::{bare, record, sql, words},
};

words! {
    /// Whether a tenant's calls are served.
    pub enum TenantState {
        /// Served.
        Active = "active",
        /// Refused, with all data kept.
        Suspended = "suspended",
    }
}

record! {
    /// A tenant.
    pub struct Tenant {
        /// Its id.
        pub tenant_id: String,
        /// Its name for people.
        pub name: String,
        /// Whether it is served.
        pub state: TenantState,
        /// Its settings, as JSON.
        pub settings: String,
        /// Whether nothing of its audit log may go.
        pub legal_hold: bool,
        /// How many days its audit log is kept.
        pub audit_days: i64,
        /// When it was made.
        pub created_at: i64,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT tenant_id, name, state, settings, legal_hold, audit_days, created_at FROM tenants ",
            $rest
        )
    };
}

/// How many days an audit log is kept unless its tenant says otherwise.
pub(crate) const AUDIT_DAYS: i64 = 90;

impl Tenant {
    /// An active tenant with the usual settings, made now.
    pub fn new(id: &str, name: &str) -> Self {
        Self {
            tenant_id: id.to_owned(),
            name: name.to_owned(),
            state: TenantState::Active,
            settings: "{}".to_owned(),
            legal_hold: false,
            audit_days: AUDIT_DAYS,
            created_at: crate::now(),
        }
    }
}

impl System {
    /// Makes a tenant.
    pub async fn create_tenant(&self, tenant: Tenant) -> Result<(), StoreError> {
        if tenant.tenant_id.is_empty() || tenant.tenant_id == crate::scope::DEPLOYMENT {
            return Err(StoreError::Invalid {
                what: "tenant",
                why: "needs an id other than *",
            });
        }
        self.write(move |tx| {
            Box::pin(async move {
                let id = tenant.tenant_id.clone();
                let insert = bare(
                    "INSERT INTO tenants (tenant_id, name, state, settings, legal_hold, audit_days, created_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7)",
                )
                .bind(tenant.tenant_id)
                .bind(tenant.name)
                .bind(tenant.state)
                .bind(tenant.settings)
                .bind(tenant.legal_hold)
                .bind(tenant.audit_days)
                .bind(tenant.created_at);
                tx.run(insert).await.map_err(|error| error.about("tenant"))?;
                tx.changed_of(&id, "tenant", &id).await
            })
        })
        .await
    }

    /// Tenants after that id, in the order of their ids.
    pub async fn tenants(&self, after: &str, limit: i64) -> Result<Vec<Tenant>, StoreError> {
        let select = bare(select!("WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2"));
        self.all(select.bind(after).bind(limit)).await
    }
}

impl TenantScope {
    /// The tenant itself.
    pub async fn describe(&self) -> Result<Tenant, StoreError> {
        let found = self.one(sql(select!("WHERE tenant_id = $1"))).await?;
        found.ok_or(StoreError::NotFound { what: "tenant" })
    }

    /// Changes everything about the tenant but its id and its birth.
    pub async fn update_tenant(&self, tenant: Tenant) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE tenants SET name = $2, state = $3, settings = $4, legal_hold = $5, audit_days = $6 \
             WHERE tenant_id = $1",
        )
        .bind(tenant.name)
        .bind(tenant.state)
        .bind(tenant.settings)
        .bind(tenant.legal_hold)
        .bind(tenant.audit_days);
        self.alter(update, "tenant", self.tenant()).await
    }
}
