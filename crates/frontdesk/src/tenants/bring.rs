//! What a call needs, from the store into the gateway: the endpoint, its connection, the sealed credential.

use super::{EndpointSettings, Tenants, admit::unsure};
use crate::auth::Refused;
use gateway::vault::{SealedCredential, TOKEN};
use gateway::{Connection, ConnectionId, Controls, Endpoint, Principal, Registry, UserId};
use intercom::{Account, BaseUrl, Region};
use jiff::Timestamp;
use store::{ConnectionState, EndpointState, StoreError, TenantScope, TenantState};

/// How often what is brought is brought again, because something changed meanwhile.
const TRIES: usize = 3;

/// Why an endpoint was not brought.
enum Unfit {
    /// It does not exist, or its tenant or person may not use it.
    Gone,
    /// Its address alone is not enough.
    Alone,
    Store(StoreError),
}

impl From<StoreError> for Unfit {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => Self::Gone,
            error => Self::Store(error),
        }
    }
}

impl Tenants {
    /// Sees to it that the gateway knows the endpoint, and the connection that this caller uses there.
    pub(super) async fn bring(&self, who: &Principal, alone: bool) -> Result<(), Refused> {
        if self.admitted.has_at_hand(who)
            && let Ok(endpoint) = self.gateway.directory().endpoint(&who.endpoint)
        {
            return enough(&endpoint, alone).map_err(turned_away);
        }
        for _ in 0..TRIES {
            let age = self.admitted.age();
            let brought = self.brought(who, alone).await;
            if self.admitted.age() != age {
                continue;
            }
            if brought.is_ok() {
                self.admitted.put_at_hand(who, age);
            }
            return brought.map_err(turned_away);
        }
        Err(Refused::Unsure)
    }

    async fn brought(&self, who: &Principal, alone: bool) -> Result<(), Unfit> {
        let scope = self.store.scope(who.tenant.as_str())?;
        let row = self.open_endpoint(&scope, who).await;
        if let Err(Unfit::Gone) = &row {
            self.gateway.directory().forget_endpoint(&who.endpoint);
        }
        let row = row?;
        if let Some(user) = &who.user
            && !self.is_welcome(&scope, user).await?
        {
            return Err(Unfit::Gone);
        }
        match &row.connection_id {
            Some(id) => {
                self.bring_connection(&scope, who, &ConnectionId::new(id))
                    .await?;
            }
            None => self.bring_own(&scope, who).await?,
        }
        let endpoint = endpoint(who, &row, self.gateway.registry())?;
        enough(&endpoint, alone)?;
        self.gateway.directory().put_endpoint(endpoint);
        Ok(())
    }

    /// The endpoint's row, while it and its tenant are open: what is closed here is closed for everybody.
    async fn open_endpoint(
        &self,
        scope: &TenantScope,
        who: &Principal,
    ) -> Result<store::Endpoint, Unfit> {
        let tenant = scope.describe().await?;
        if tenant.state != TenantState::Active {
            return Err(Unfit::Gone);
        }
        let kept = super::audit_arguments(&tenant.settings);
        self.gateway.audit().keep(&who.tenant, kept);
        let row = scope.endpoint(who.endpoint.as_str()).await?;
        if row.state == EndpointState::Active {
            Ok(row)
        } else {
            Err(Unfit::Gone)
        }
    }

    /// The newest open connection of the caller; without one, the call itself says what is missing.
    async fn bring_own(&self, scope: &TenantScope, who: &Principal) -> Result<(), Unfit> {
        let Some(user) = &who.user else {
            return Err(Unfit::Alone);
        };
        let own = scope.connections_of(user.as_str()).await?;
        let usable = |state| own.iter().find(|connection| connection.state == state);
        let chosen =
            usable(ConnectionState::Active).or_else(|| usable(ConnectionState::Quarantined));
        if let Some(chosen) = chosen {
            let id = ConnectionId::new(&chosen.id);
            self.bring_connection(scope, who, &id).await?;
            self.own(who, user, id);
        }
        Ok(())
    }

    fn own(&self, who: &Principal, user: &UserId, connection: ConnectionId) {
        self.gateway
            .directory()
            .put_own(who.tenant.clone(), user.clone(), connection);
    }

    async fn bring_connection(
        &self,
        scope: &TenantScope,
        who: &Principal,
        id: &ConnectionId,
    ) -> Result<(), Unfit> {
        let row = scope.connection(id.as_str()).await?;
        if row.state == ConnectionState::Revoked {
            self.gateway.vault().forget(id);
            self.gateway.directory().forget_connection(id);
            return Err(Unfit::Gone);
        }
        let sealed = scope.credential(id.as_str(), TOKEN).await?;
        let sealed = SealedCredential::from_bytes(sealed.sealed).map_err(|error| {
            tracing::error!(connection = %id, %error, "a sealed credential cannot be read");
            Unfit::Gone
        })?;
        let mut account = Account::new(self.base_of(&row)?);
        account.version = self.version;
        account.budget = self.budget(id);
        let guard = self.watched(scope, &row).await;
        let connection = Connection::new(id.clone(), who.tenant.clone(), account)
            .guarded(guard, row.state == ConnectionState::Active);
        self.gateway
            .vault()
            .keep_sealed(who.tenant.clone(), id.clone(), sealed);
        self.gateway.directory().put_connection(connection);
        Ok(())
    }

    /// Where a connection's workspace lives.
    pub(crate) fn base_of(&self, row: &store::Connection) -> Result<BaseUrl, StoreError> {
        let corrupt = |_| StoreError::Corrupt {
            what: format!("the region of the connection {}", row.id),
        };
        let region: Region = row.region.parse().map_err(corrupt)?;
        Ok(self.connecting.places.api(region))
    }
}

fn turned_away(unfit: Unfit) -> Refused {
    match unfit {
        Unfit::Gone => Refused::Wrong,
        Unfit::Alone => Refused::Alone,
        Unfit::Store(error) => unsure(&error),
    }
}

/// Whether the tokens at hand are enough for this endpoint.
fn enough(endpoint: &Endpoint, alone: bool) -> Result<(), Unfit> {
    if alone && endpoint.needs_second_token {
        Err(Unfit::Alone)
    } else {
        Ok(())
    }
}

fn endpoint(
    who: &Principal,
    row: &store::Endpoint,
    registry: &Registry,
) -> Result<Endpoint, StoreError> {
    let settings: EndpointSettings =
        serde_json::from_str(&row.settings).map_err(|error| StoreError::Corrupt {
            what: format!("the settings of the endpoint {}: {error}", row.id),
        })?;
    // Controls that cannot be read let nothing through.
    let controls = settings.controls(registry).unwrap_or_else(|reason| {
        tracing::error!(
            endpoint = row.id,
            reason,
            "an endpoint's rules cannot be read"
        );
        Controls::closed(reason)
    });
    Ok(Endpoint {
        controls: std::sync::Arc::new(controls),
        id: who.endpoint.clone(),
        tenant: who.tenant.clone(),
        connection: row.connection_id.as_deref().map(ConnectionId::new),
        ceiling: settings.ceiling,
        toolsets: settings.toolsets,
        allow: settings.allow,
        deny: settings.deny,
        open_ended: settings.open_ended,
        dialect: settings.dialect,
        unconfirmed: settings.unconfirmed,
        expires_at: row
            .expires_at
            .and_then(|end| Timestamp::from_millisecond(end).ok()),
        needs_second_token: row.require_api_token,
        mode: settings.mode,
        narrowed: None,
    })
}
