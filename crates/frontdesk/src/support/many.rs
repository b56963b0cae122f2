//! The agents of the tenants of a database. A tenant has one when its settings name the endpoint that it calls by:
//! `{"agent": {"endpoint": "…", "mode": "auto", "teams": {"billing": "Billing"}}}`.

use super::{Shelf, Thinkers};
use crate::tenants::Tenants;
use agent::{
    desk::Desk,
    settings::{Mode, Settings},
    turn::TurnError,
    worker::Staff,
};
use futures_util::future::BoxFuture;
use gateway::CallError;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use store::StoreError;
use tokio::sync::{Mutex, OnceCell};

/// The agents of all tenants.
pub(crate) struct Many {
    tenants: Arc<Tenants>,
    thinkers: Arc<Thinkers>,
    /// What holds where a tenant says nothing.
    settings: Arc<Settings>,
    shelves: Mutex<Shelves>,
}

/// Libraries by tenant and workspace, each filled at its first use.
type Shelves = HashMap<(String, String), Arc<OnceCell<Shelf>>>;

/// What a tenant's settings say of its agent.
#[derive(Deserialize)]
struct Given {
    agent: Option<Own>,
}

#[derive(Deserialize)]
struct Own {
    endpoint: String,
    #[serde(default)]
    mode: Option<String>,
    #[serde(default)]
    teams: BTreeMap<String, String>,
}

impl Many {
    /// Agents with these settings, unless their tenants say otherwise.
    pub(crate) fn new(
        tenants: Arc<Tenants>,
        thinkers: Arc<Thinkers>,
        settings: Arc<Settings>,
    ) -> Self {
        Self {
            tenants,
            thinkers,
            settings,
            shelves: Mutex::default(),
        }
    }

    /// The agent of a tenant, whatever its workspace; none where it has none, or is off.
    pub(crate) async fn of(&self, tenant: &str) -> Result<Option<Arc<Desk>>, TurnError> {
        self.made(tenant, None).await
    }

    async fn made(
        &self,
        tenant: &str,
        workspace: Option<&str>,
    ) -> Result<Option<Arc<Desk>>, TurnError> {
        let scope = self.tenants.store().scope(tenant)?;
        let said = scope.describe().await?.settings;
        let said = serde_json::from_str::<Given>(&said).ok();
        let Some(said) = said.and_then(|given| given.agent) else {
            return Ok(None);
        };
        let settings = Arc::new(said.over(&self.settings));
        if settings.mode == Mode::Off {
            return Ok(None);
        }
        let endpoint = match scope.endpoint(&said.endpoint).await {
            Ok(endpoint) => endpoint,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Some(connection) = endpoint.connection_id else {
            return Ok(None);
        };
        let connection = scope.connection(&connection).await?;
        let (Some(own), Some(admin)) = (connection.workspace_id, connection.admin_id) else {
            return Ok(None);
        };
        if workspace.is_some_and(|workspace| workspace != own) {
            return Ok(None);
        }
        let Ok(who) = self.tenants.principal(tenant, &said.endpoint, None).await else {
            return Err(TurnError::Call(CallError::EndpointGone));
        };
        let gateway = self.tenants.gateway();
        let key = (tenant.to_owned(), own.clone());
        let place = Arc::clone(self.shelves.lock().await.entry(key).or_default());
        let filled = || Shelf::filled(&self.thinkers, gateway, &who);
        let library = Arc::clone(&place.get_or_try_init(filled).await?.library);
        Ok(Some(Arc::new(Desk {
            gateway: Arc::clone(gateway),
            who,
            own: admin,
            workspace: own,
            mind: self.thinkers.mind().await?,
            library,
            settings,
            scope,
        })))
    }
}

impl Own {
    fn over(&self, usual: &Settings) -> Settings {
        let mut settings = usual.clone();
        if let Some(mode) = self.mode.as_deref().and_then(Mode::parse) {
            settings.mode = mode;
        }
        settings.teams.extend(self.teams.clone());
        settings
    }
}

impl Staff for Many {
    fn desk<'a>(
        &'a self,
        tenant: &'a str,
        workspace: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Desk>>, TurnError>> {
        Box::pin(self.made(tenant, Some(workspace)))
    }

    fn article_changed<'a>(&'a self, desk: &'a Arc<Desk>, article: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let key = (desk.who.tenant.as_str().to_owned(), desk.workspace.clone());
            let place = self.shelves.lock().await.get(&key).cloned();
            if let Some(filled) = place.as_ref().and_then(|place| place.get()) {
                filled.renew(&desk.who, article).await;
            }
        })
    }
}
