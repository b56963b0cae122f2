//! What happens when Intercom refuses a credential: the connection is closed here at once, and in the store, from which
//! all replicas learn of it. A probe and a notice to the owner follow from that, in the same transaction.

use super::Tenants;
use crate::connect::{Event, EventKind, probe};
use gateway::{ConnectionGuard, ConnectionId, TenantId};
use std::sync::Arc;
use store::{Connection, ConnectionState, Moved, Store, StoreError, TenantScope};
use tokio::sync::mpsc;

/// Keeps watch over all tenants' connections.
pub(super) struct Guard {
    refused: mpsc::UnboundedSender<Refused>,
}

/// A connection whose credential was refused.
struct Refused {
    tenant: TenantId,
    connection: ConnectionId,
    /// Where it can be made again.
    link: Option<String>,
}

/// Keeps watch over one connection.
struct Watched {
    guard: Arc<Guard>,
    /// Where its person makes it again; none where OAuth is not set up.
    link: Option<String>,
}

impl Guard {
    /// Starts the task that writes refusals down.
    pub(super) fn start(store: &Store) -> Arc<Self> {
        let (refused, mut waiting) = mpsc::unbounded_channel::<Refused>();
        let store = store.clone();
        tokio::spawn(async move {
            while let Some(refused) = waiting.recv().await {
                if let Err(error) = quarantine(&store, &refused).await {
                    let Refused {
                        tenant, connection, ..
                    } = refused;
                    tracing::error!(%tenant, %connection, %error, "a refused connection stays open in the store");
                }
            }
        });
        Arc::new(Self { refused })
    }
}

impl Tenants {
    /// The guard of one connection, who knows where it can be made again.
    pub(super) async fn watched(
        &self,
        scope: &TenantScope,
        row: &Connection,
    ) -> Arc<dyn ConnectionGuard> {
        Arc::new(Watched {
            guard: Arc::clone(&self.guard),
            link: self.again_link(scope, row).await,
        })
    }

    /// Where a connection is made again by its person: the address opens nothing by itself, for only the same teammate's
    /// consent at Intercom brings the trip to its end.
    pub(crate) async fn again_link(&self, scope: &TenantScope, row: &Connection) -> Option<String> {
        let public = self.connecting.public_url.as_ref()?;
        let app = row.app_id.as_deref();
        let possible = self.has_oauth(scope, app).await || self.has_oauth(scope, None).await;
        possible.then(|| format!("{public}/connect/again/{}/{}", scope.tenant(), row.id))
    }
}

impl ConnectionGuard for Watched {
    fn refused(&self, tenant: &TenantId, connection: &ConnectionId) {
        tracing::warn!(%tenant, %connection, "Intercom refused the credential: the connection is quarantined");
        // The task ends with the process alone.
        let _ = self.guard.refused.send(Refused {
            tenant: tenant.clone(),
            connection: connection.clone(),
            link: self.link.clone(),
        });
    }

    fn remedy(&self, tenant: &TenantId, connection: &ConnectionId) -> String {
        match &self.link {
            Some(link) => format!("Connect it again: {link}"),
            None => format!(
                "Ask the owner to connect it again: `frontdesk admin connections reconnect {tenant} {connection}`, or the same by the REST API."
            ),
        }
    }
}

async fn quarantine(store: &Store, refused: &Refused) -> Result<(), StoreError> {
    let scope = store.scope(refused.tenant.as_str())?;
    let id = refused.connection.as_str();
    let row = scope.connection(id).await?;
    let reason = "Intercom refused the access token";
    let at = store::now();
    let event = Event {
        kind: EventKind::Quarantined,
        reason,
        link: refused.link.as_deref(),
    };
    let moved = Moved {
        from: ConnectionState::Active,
        to: ConnectionState::Quarantined,
        reason: Some(reason),
        at,
    };
    let following = vec![probe(id, at), event.errand(scope.tenant(), &row, at)];
    // Another replica may have been faster.
    scope.move_connection(id, moved, following).await.map(drop)
}
