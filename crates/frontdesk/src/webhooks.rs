//! Webhooks in: `POST /webhooks/intercom/{app}`.
//!
//! The signature is checked over the raw body, the notification is kept once and for ever, and then it is answered; all
//! work comes later. `{app}` is the app's client id at Intercom, and names the secret; the workspace that the signed text
//! names says whose notification it is. For the one connection of a configuration `{app}` is `default`.

use crate::config::Config;
use crate::router::Front;
use crate::tenants::{Tenants, hex};
use agent::event::{Event, Notification};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    response::{IntoResponse, Response},
    routing::post,
};
use gateway::vault::{CLIENT_SECRET, Place, SealedCredential};
use http::{HeaderMap, StatusCode, header};
use intercom::verify_signature;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, sync::Arc};
use store::{Counter, DAY, DEPLOYMENT, NewDelivery, StoreError, TenantScope};
use tokio::sync::Notify;

/// The name of the configuration's own app in the address.
const OWN: &str = "default";

/// Where webhooks come in.
pub(crate) struct Webhooks {
    pub(crate) gate: Gate,
    /// How long to wait for more messages of a customer who has just written, in milliseconds.
    pub(crate) quiet_ms: i64,
    /// Rings when something was kept.
    pub(crate) arrived: Arc<Notify>,
}

/// Whose apps send webhooks here.
pub(crate) enum Gate {
    /// The one that the configuration names.
    One(SecretString, TenantScope),
    /// Those of a database, and the one that the configuration names: its client id and secret.
    Many(Arc<Tenants>, Option<(String, SecretString)>),
}

/// Why a webhook was not taken.
#[derive(Debug)]
enum Refused {
    /// Nobody here knows the app, or the signature is not its own.
    Unsigned,
    Malformed(agent::event::NotAWebhook),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The route of webhooks; `HEAD` is how Intercom tries an address.
pub(crate) fn routes(max_body: usize) -> Router<Arc<Front>> {
    let route = post(receive).head(async || StatusCode::OK);
    Router::new()
        .route("/webhooks/intercom/{app}", route)
        .layer(DefaultBodyLimit::max(max_body))
}

async fn receive(
    State(front): State<Arc<Front>>,
    Path(app): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(webhooks) = &front.webhooks else {
        let text = "No webhooks are taken here: set INTERCOM_CLIENT_SECRET.\n";
        return (StatusCode::NOT_FOUND, text).into_response();
    };
    match webhooks.take(&app, &headers, &body).await {
        Ok(()) => "ok\n".into_response(),
        Err(refused) => refused.into_response(),
    }
}

impl Webhooks {
    async fn take(&self, app: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), Refused> {
        let signature = headers
            .get("x-hub-signature")
            .and_then(|value| value.to_str().ok())
            .ok_or(Refused::Unsigned)?;
        let signer = self.gate.signer(app, body, signature).await?;
        let notification = Notification::received(body).map_err(Refused::Malformed)?;
        let event = notification.event();
        if event == Event::Ping {
            return Ok(());
        }
        let scopes = self.gate.whose(&signer, &notification.workspace).await?;
        if scopes.is_empty() {
            tracing::debug!(
                topic = notification.topic,
                "a webhook of a workspace that is not connected"
            );
        }
        for scope in scopes {
            self.keep(&scope, &notification, &event, body).await?;
        }
        self.arrived.notify_one();
        Ok(())
    }

    /// On disk before the answer; sent again, it changes nothing.
    async fn keep(
        &self,
        scope: &TenantScope,
        notification: &Notification,
        event: &Event,
        body: &[u8],
    ) -> Result<(), Refused> {
        let now = store::now();
        let wait = match event {
            Event::CustomerWrote(_) => self.quiet_ms,
            _ => 0,
        };
        let id = notification.id.clone();
        let delivery = NewDelivery {
            app_id: notification.workspace.clone(),
            notification_id: id.unwrap_or_else(|| format!("body:{}", hex(&Sha256::digest(body)))),
            topic: notification.topic.clone(),
            lane: notification.conversation().unwrap_or_default(),
            body: String::from_utf8_lossy(body).into_owned(),
            received_at: now,
            due_at: now + wait,
        };
        let topic = notification.topic.as_str();
        if scope.receive(delivery).await? && *event == Event::Unknown {
            tracing::info!(
                topic,
                "a webhook of a topic that this version does not know is kept"
            );
            let counter = Counter {
                subject: topic,
                metric: "unknown_webhooks",
                span_ms: DAY,
            };
            scope.count(counter, 1, now).await?;
        }
        Ok(())
    }
}

/// The app that signed: a tenant's, or one of the deployment, by its id here.
struct Signer {
    tenant: String,
    id: String,
}

impl Signer {
    /// The configuration's, which is the deployment's.
    fn own() -> Self {
        Self {
            tenant: DEPLOYMENT.into(),
            id: OWN.into(),
        }
    }
}

impl Gate {
    /// The apps of these tenants, of their deployment, and of the configuration.
    pub(crate) fn many(tenants: Arc<Tenants>, config: &Config) -> Self {
        let set = &config.connect;
        let own = set.client_id.clone().zip(set.client_secret.clone());
        Self::Many(tenants, own)
    }

    /// The app that signed this body; a wrong signature takes as long as a right one.
    async fn signer(&self, app: &str, body: &[u8], signature: &str) -> Result<Signer, Refused> {
        let signs = |secret: &SecretString| {
            verify_signature(secret.expose_secret().as_bytes(), body, signature).is_ok()
        };
        let tenants = match self {
            Self::One(secret, _) if app == OWN && signs(secret) => return Ok(Signer::own()),
            Self::Many(_, Some((id, secret))) if (app == OWN || app == id) && signs(secret) => {
                return Ok(Signer::own());
            }
            Self::One(..) => return Err(Refused::Unsigned),
            Self::Many(tenants, _) => tenants,
        };
        for owned in tenants.store().system().apps_with_client(app).await? {
            let secret = client_secret(tenants, &owned.tenant, &owned.row.id).await?;
            if secret.as_ref().is_some_and(signs) {
                return Ok(Signer {
                    tenant: owned.tenant,
                    id: owned.row.id,
                });
            }
        }
        Err(Refused::Unsigned)
    }

    /// The tenants that hear of a workspace from this app: a tenant's own app speaks to that tenant alone.
    async fn whose(&self, signer: &Signer, workspace: &str) -> Result<Vec<TenantScope>, Refused> {
        let tenants = match self {
            Self::One(_, scope) => return Ok(vec![scope.clone()]),
            Self::Many(tenants, _) => tenants,
        };
        let connected = tenants.store().system().connections_to(workspace).await?;
        let hears = connected.into_iter().filter(|connection| {
            if signer.tenant == DEPLOYMENT {
                connection.row.app_id.as_ref() == Some(&signer.id)
            } else {
                connection.tenant == signer.tenant
            }
        });
        let names: BTreeSet<String> = hears.map(|connection| connection.tenant).collect();
        let scopes = names.iter().map(|name| tenants.store().scope(name));
        Ok(scopes.collect::<Result<_, _>>()?)
    }
}

/// The client secret of an app, opened for this one check.
async fn client_secret(
    tenants: &Tenants,
    tenant: &str,
    app: &str,
) -> Result<Option<SecretString>, StoreError> {
    let store = tenants.store();
    let scope = if tenant == DEPLOYMENT {
        store.deployment()
    } else {
        store.scope(tenant)?
    };
    let row = match scope.credential(app, CLIENT_SECRET).await {
        Ok(row) => row,
        Err(StoreError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let place = Place {
        tenant,
        row: app,
        column: CLIENT_SECRET,
    };
    let opened = match SealedCredential::from_bytes(row.sealed) {
        Ok(sealed) => tenants.keyring().open(&place, &sealed).await,
        Err(error) => Err(error),
    };
    opened.map(Some).or_else(|error| {
        tracing::error!(
            app,
            error = &error as &dyn std::error::Error,
            "a client secret cannot be opened"
        );
        Ok(None)
    })
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Unsigned => {
                let text = "Unauthorized: X-Hub-Signature must be sha1=… over the body, with the client secret of \
                            the app that the address names.\n";
                (StatusCode::UNAUTHORIZED, text).into_response()
            }
            Self::Malformed(error) => {
                (StatusCode::BAD_REQUEST, format!("Bad request: {error}.\n")).into_response()
            }
            Self::Store(error) => {
                tracing::warn!(%error, "a webhook could not be kept");
                let text = "Unavailable: the notification could not be kept. Send it again.\n";
                let again = [(header::RETRY_AFTER, "60")];
                (StatusCode::SERVICE_UNAVAILABLE, again, text).into_response()
            }
        }
    }
}
