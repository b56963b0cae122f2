//! Whose data a query may touch: one tenant's, or, for the few queries of the system, anyone's.

use crate::{
    Store, StoreError,
    sql::{Field, Record, Sql, Work},
};
use sqlx::any::AnyRow;
use std::{ops::Deref, sync::Arc};

/// The tenant of what belongs to the deployment itself: its apps and its API keys.
pub const DEPLOYMENT: &str = "*";

/// The data of one tenant; only [`Store::scope`] makes it.
#[derive(Clone)]
pub struct TenantScope(Access);

/// The queries that know no tenant yet; only [`Store::system`] makes it.
#[derive(Clone)]
pub struct System(Access);

/// A row, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned<T> {
    /// The tenant.
    pub tenant: String,
    /// The row.
    pub row: T,
}

impl Store {
    /// The scope of a tenant; `*` and the empty text name none.
    pub fn scope(&self, tenant: &str) -> Result<TenantScope, StoreError> {
        if tenant.is_empty() || tenant == DEPLOYMENT {
            return Err(StoreError::Invalid {
                what: "tenant",
                why: "must be a tenant's id",
            });
        }
        Ok(TenantScope(Access::new(self, Some(tenant.into()))))
    }

    /// What belongs to the deployment and no tenant: its apps and its API keys.
    pub fn deployment(&self) -> TenantScope {
        TenantScope(Access::new(self, Some(DEPLOYMENT.into())))
    }

    /// The queries of authentication, the worker, the sweeps and the feed of changes.
    pub fn system(&self) -> System {
        System(Access::new(self, None))
    }
}

impl TenantScope {
    /// The tenant's id.
    pub fn tenant(&self) -> &str {
        self.0.tenant.as_deref().unwrap_or(DEPLOYMENT)
    }
}

impl Deref for TenantScope {
    type Target = Access;

    fn deref(&self) -> &Access {
        &self.0
    }
}

impl Deref for System {
    type Target = Access;

    fn deref(&self) -> &Access {
        &self.0
    }
}

/// A store with the tenant that all statements are bound to.
#[derive(Clone)]
pub struct Access {
    store: Store,
    tenant: Option<Arc<str>>,
}

impl Access {
    fn new(store: &Store, tenant: Option<Arc<str>>) -> Self {
        Self {
            store: store.clone(),
            tenant,
        }
    }

    pub(crate) async fn one<T: Record + Send + 'static>(
        &self,
        sql: Sql,
    ) -> Result<Option<T>, StoreError> {
        self.read(move |tx| Box::pin(tx.one(sql))).await
    }

    pub(crate) async fn all<T: Record + Send + 'static>(
        &self,
        sql: Sql,
    ) -> Result<Vec<T>, StoreError> {
        self.read(move |tx| Box::pin(tx.all(sql))).await
    }

    /// One writing statement, and how many rows it touched.
    pub(crate) async fn run(&self, sql: Sql) -> Result<u64, StoreError> {
        self.write(move |tx| Box::pin(tx.run(sql))).await
    }

    /// One writing statement that must touch a row, told to all replicas.
    pub(crate) async fn alter(
        &self,
        sql: Sql,
        what: &'static str,
        subject: &str,
    ) -> Result<(), StoreError> {
        let subject = subject.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                if tx.run(sql).await.map_err(|error| error.about(what))? == 0 {
                    return Err(StoreError::NotFound { what });
                }
                tx.changed(what, &subject).await
            })
        })
        .await
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl Work<T>,
    ) -> Result<T, StoreError> {
        self.store.read(self.tenant.clone(), work).await
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl Work<T>,
    ) -> Result<T, StoreError> {
        self.store.write(self.tenant.clone(), work).await
    }
}

impl<T: Record> Record for Owned<T> {
    fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: String::take(row, "tenant_id")?,
            row: T::read(row)?,
        })
    }
}

/// The planted bug: the statement no longer asks whose row it is.
#[cfg(feature = "mutant-unscoped")]
pub(crate) fn forget_tenant(text: &str) -> String {
    text.replace("tenant_id = $1", "tenant_id <> '' AND $1 <> ''")
}
