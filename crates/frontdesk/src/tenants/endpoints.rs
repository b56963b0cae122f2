//! Endpoints: made, changed, given new addresses, taken away.

use super::{EndpointSettings, Secret, Tenants, TokenKind};
use crate::{Error, surface};
use std::time::Duration;
use store::{Endpoint, EndpointState, SessionToken};

/// An endpoint to be made.
#[derive(Clone, Debug, Default)]
pub struct NewEndpoint {
    /// Its name for people.
    pub name: String,
    /// The connection it uses; none where each caller uses its own.
    pub connection: Option<String>,
    /// What it allows.
    pub settings: EndpointSettings,
    /// Whether its address alone is not enough.
    pub require_api_token: bool,
    /// When it is gone, in milliseconds since 1970.
    pub expires_at: Option<i64>,
}

/// What changes about an endpoint; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct EndpointChange {
    /// Its name for people.
    pub name: Option<String>,
    /// What it allows.
    pub settings: Option<EndpointSettings>,
    /// Whether its address alone is not enough.
    pub require_api_token: Option<bool>,
    /// Whether it is refused, with all that belongs to it kept.
    pub disabled: Option<bool>,
    /// When it is gone, in milliseconds since 1970, or that it has no end.
    pub expires_at: Option<Option<i64>>,
}

/// The longest life of a session token.
const SESSION: Duration = Duration::from_hours(24);

impl Tenants {
    /// Makes an endpoint; its token is told this once.
    pub async fn create_endpoint(
        &self,
        tenant: &str,
        new: NewEndpoint,
    ) -> Result<(Endpoint, Secret), Error> {
        let scope = self.store.scope(tenant)?;
        scope.describe().await?;
        self.known_names(&new.settings)?;
        if let Some(connection) = &new.connection {
            scope.connection(connection).await?;
        }
        let now = store::now();
        let endpoint = Endpoint {
            id: store::new_id(),
            name: new.name,
            connection_id: new.connection,
            settings: written(&new.settings)?,
            require_api_token: new.require_api_token,
            state: EndpointState::Active,
            expires_at: new.expires_at,
            created_at: now,
            updated_at: now,
        };
        scope.create_endpoint(endpoint.clone()).await?;
        let token = TokenKind::Endpoint.mint();
        scope
            .rotate_endpoint_token(&endpoint.id, token.hash, now, now)
            .await?;
        Ok((endpoint, token))
    }

    /// Changes an endpoint; its tokens stay.
    pub async fn change_endpoint(
        &self,
        tenant: &str,
        id: &str,
        change: EndpointChange,
    ) -> Result<Endpoint, Error> {
        let scope = self.store.scope(tenant)?;
        let mut endpoint = scope.endpoint(id).await?;
        if let Some(settings) = &change.settings {
            self.known_names(settings)?;
            endpoint.settings = written(settings)?;
        }
        if let Some(disabled) = change.disabled {
            endpoint.state = if disabled {
                EndpointState::Disabled
            } else {
                EndpointState::Active
            };
        }
        endpoint.name = change.name.unwrap_or(endpoint.name);
        endpoint.require_api_token = change
            .require_api_token
            .unwrap_or(endpoint.require_api_token);
        endpoint.expires_at = change.expires_at.unwrap_or(endpoint.expires_at);
        endpoint.updated_at = store::now();
        scope.update_endpoint(endpoint.clone()).await?;
        Ok(endpoint)
    }

    /// Gives an endpoint a new token; the ones before end after `grace`.
    pub async fn rotate_endpoint(
        &self,
        tenant: &str,
        id: &str,
        grace: Duration,
    ) -> Result<Secret, Error> {
        let scope = self.store.scope(tenant)?;
        scope.endpoint(id).await?;
        let token = TokenKind::Endpoint.mint();
        let now = store::now();
        let end = now.saturating_add(i64::try_from(grace.as_millis()).unwrap_or(i64::MAX));
        scope
            .rotate_endpoint_token(id, token.hash, now, end)
            .await?;
        Ok(token)
    }

    /// Lets a person use an endpoint for a while; the token is told this once.
    pub async fn create_session(
        &self,
        tenant: &str,
        user: &str,
        endpoint: &str,
        life: Duration,
    ) -> Result<(SessionToken, Secret), Error> {
        if life.is_zero() || life > SESSION {
            return Err(Error::Usage(
                "a session token lives at most 24 hours".into(),
            ));
        }
        let scope = self.store.scope(tenant)?;
        scope.user(user).await?;
        scope.endpoint(endpoint).await?;
        let now = store::now();
        let session = SessionToken {
            id: store::new_id(),
            user_id: user.to_owned(),
            endpoint_id: endpoint.to_owned(),
            created_at: now,
            expires_at: now.saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX)),
            revoked_at: None,
        };
        let token = TokenKind::Session.mint();
        scope.create_session(session.clone(), token.hash).await?;
        Ok((session, token))
    }

    fn known_names(&self, settings: &EndpointSettings) -> Result<(), Error> {
        let registry = self.gateway.registry();
        settings.controls(registry).map_err(Error::Usage)?;
        if let Some(dialect) = &settings.dialect {
            registry.check_dialect(dialect).map_err(Error::Usage)?;
        }
        surface::known_names(
            registry,
            &settings.toolsets,
            &settings.allow,
            &settings.deny,
        )
    }
}

fn written(settings: &EndpointSettings) -> Result<String, Error> {
    serde_json::to_string(settings).map_err(|error| Error::Build(error.to_string()))
}
