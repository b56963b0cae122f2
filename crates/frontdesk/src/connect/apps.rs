//! Intercom apps: one by configuration, others of the deployment or of a tenant in the store, their secrets sealed.

use crate::{Error, tenants::Tenants};
use gateway::vault::{Place, SealedCredential};
use intercom::{OauthClient, Region};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::{App, StoreError, TenantScope};
use url::Url;

/// The column of an app's client secret.
pub(super) const CLIENT_SECRET: &str = "apps.client_secret";
/// The id of the configuration's app.
const CONFIGURED: &str = "default";

/// An app to be kept.
pub struct NewApp {
    /// Its name for people.
    pub name: Option<String>,
    /// Its id at Intercom.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// The region whose page of consent its people see first.
    pub region: Region,
    /// Where its people may be sent back to, beside the pages of the configuration.
    pub return_to: Vec<String>,
}

/// What the store keeps of an app beside its columns.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AppSettings {
    /// Where its people may be sent back to.
    pub(crate) return_to: Vec<String>,
}

/// An app that people connect with.
#[derive(Clone, Debug)]
pub(super) struct OauthApp {
    pub(super) id: String,
    pub(super) client_id: String,
    pub(super) region: Region,
    pub(super) return_to: Vec<Url>,
    /// The tenant, or `*`, whose row it is; none for the configuration's.
    tenant: Option<String>,
}

impl OauthApp {
    /// The configuration's.
    pub(super) fn configured(client_id: &str, region: Region) -> Self {
        Self {
            id: CONFIGURED.into(),
            client_id: client_id.to_owned(),
            region,
            return_to: Vec::new(),
            tenant: None,
        }
    }

    fn stored(tenant: &str, row: App) -> Result<Self, Error> {
        let corrupt = || StoreError::Corrupt {
            what: format!("the app {}", row.id),
        };
        let settings: AppSettings = serde_json::from_str(&row.settings).map_err(|_| corrupt())?;
        let pages = settings.return_to.iter().map(|page| super::page(page));
        Ok(Self {
            region: row.region.parse().map_err(|_| corrupt())?,
            return_to: pages.collect::<Result<_, _>>().map_err(|_| corrupt())?,
            id: row.id,
            client_id: row.client_id,
            tenant: Some(tenant.to_owned()),
        })
    }
}

impl Tenants {
    /// Keeps an app of a tenant, or of the deployment. One with the same client id is changed, and keeps its id.
    pub async fn keep_app(&self, scope: &TenantScope, new: NewApp) -> Result<App, Error> {
        if new.client_id.is_empty() {
            return Err(Error::Usage("the client id is empty".into()));
        }
        for text in &new.return_to {
            super::page(text).map_err(Error::Usage)?;
        }
        let known = scope.apps().await?;
        let known = known.into_iter().find(|app| app.client_id == new.client_id);
        let now = store::now();
        let settings = AppSettings {
            return_to: new.return_to,
        };
        let app = App {
            id: known
                .as_ref()
                .map_or_else(store::new_id, |app| app.id.clone()),
            name: new.name.unwrap_or_else(|| new.client_id.clone()),
            client_id: new.client_id,
            region: new.region.name().to_owned(),
            settings: serde_json::to_string(&settings)
                .map_err(|error| Error::Build(error.to_string()))?,
            created_at: known.as_ref().map_or(now, |app| app.created_at),
            updated_at: now,
        };
        // The secret first: an app without one would be of no use.
        let place = place(scope.tenant(), &app.id);
        let sealed = self.keyring().seal(&place, &new.client_secret).await?;
        let bytes = sealed.as_bytes().to_vec();
        scope
            .keep_credential(&app.id, CLIENT_SECRET, bytes, sealed.key_id())
            .await?;
        scope.keep_app(app.clone()).await?;
        Ok(app)
    }

    /// The app of that id, of the tenant or of the deployment; without an id, the only one there is to choose.
    pub(super) async fn find_app(
        &self,
        tenant: &TenantScope,
        id: Option<&str>,
    ) -> Result<OauthApp, Error> {
        let configured = self.connecting().app.as_ref().map(|(app, _)| app);
        if let Some(app) = configured.filter(|app| id == Some(app.id.as_str())) {
            return Ok(app.clone());
        }
        let deployment = self.store().deployment();
        if let Some(id) = id {
            for scope in [tenant, &deployment] {
                match scope.app(id).await {
                    Ok(row) => return OauthApp::stored(scope.tenant(), row),
                    Err(StoreError::NotFound { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            return Err(StoreError::NotFound { what: "app" }.into());
        }
        if let Some(app) = only(tenant.tenant(), tenant.apps().await?)? {
            return Ok(app);
        }
        if let Some(app) = configured {
            return Ok(app.clone());
        }
        only(deployment.tenant(), deployment.apps().await?)?.ok_or_else(|| {
            Error::Usage(
                "there is no Intercom app to connect with: set INTERCOM_CLIENT_ID and INTERCOM_CLIENT_SECRET, or add one \
                 with `frontdesk admin apps add`"
                    .into(),
            )
        })
    }

    /// An app with its secret, for one exchange.
    pub(super) async fn opened(&self, app: &OauthApp) -> Result<OauthClient, Error> {
        let id = app.client_id.clone();
        let Some(tenant) = &app.tenant else {
            let secret = self.connecting().app.as_ref().map(|(_, secret)| secret);
            let secret = secret
                .cloned()
                .ok_or(StoreError::NotFound { what: "app" })?;
            return Ok(OauthClient { id, secret });
        };
        let scope = match tenant.as_str() {
            store::DEPLOYMENT => self.store().deployment(),
            tenant => self.store().scope(tenant)?,
        };
        let row = scope.credential(&app.id, CLIENT_SECRET).await?;
        let sealed = SealedCredential::from_bytes(row.sealed)?;
        let secret = self
            .keyring()
            .open(&place(tenant, &app.id), &sealed)
            .await?;
        Ok(OauthClient { id, secret })
    }

    /// The client id that a connection of a tenant was made with, where that is known.
    pub(super) async fn client_of(&self, tenant: &str, app: Option<&str>) -> Option<String> {
        let scope = self.store().scope(tenant).ok()?;
        let found = self.find_app(&scope, Some(app?)).await;
        found.ok().map(|app| app.client_id)
    }

    /// Whether people of a tenant can connect by OAuth.
    pub(crate) async fn has_oauth(&self, tenant: &TenantScope, app: Option<&str>) -> bool {
        self.connecting().public_url.is_some() && self.find_app(tenant, app).await.is_ok()
    }
}

fn only(tenant: &str, mut rows: Vec<App>) -> Result<Option<OauthApp>, Error> {
    match rows.len() {
        0 => Ok(None),
        1 => OauthApp::stored(tenant, rows.remove(0)).map(Some),
        _ => Err(Error::Usage(
            "there are several Intercom apps: name one of them as `app`".into(),
        )),
    }
}

fn place<'a>(tenant: &'a str, app: &'a str) -> Place<'a> {
    Place {
        tenant,
        row: app,
        column: CLIENT_SECRET,
    }
}
