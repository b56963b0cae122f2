//! Connections: a pasted access token is tried at Intercom, then sealed; disconnecting destroys it.

use super::Tenants;
use crate::Error;
use catalog::Risk;
use gateway::{
    Connection, ConnectionId, Controls, Endpoint, EndpointId, Gateway, Mode, Principal, TenantId,
    ToolRequest, Unconfirmed, UserId, vault::TOKEN,
};
use intercom::{Account, BaseUrl, Region};
use secrecy::SecretString;
use serde_json::{Map, Value};
use store::{ConnectionState, Ended, StoreError};

/// A connection to be made.
pub struct NewConnection {
    /// Whose it is; nobody's when the whole tenant uses it.
    pub user: Option<String>,
    /// The access token.
    pub token: SecretString,
    /// Where the workspace lives; all are tried where it is not known.
    pub region: Option<Region>,
    /// The app that the token came by; none for a pasted one.
    pub app: Option<String>,
}

/// Who a token belongs to, as Intercom says.
pub(crate) struct Owner {
    /// Where the workspace lives.
    pub(crate) region: Region,
    /// The teammate's id.
    pub(crate) admin: Option<String>,
    name: Option<String>,
    /// Their e-mail address, where they have confirmed it.
    pub(crate) email: Option<String>,
    /// The workspace's code.
    pub(crate) workspace: Option<String>,
    workspace_name: Option<String>,
}

/// How often a token is sealed again because the keys were rotated meanwhile.
const SEALINGS: usize = 3;

impl Tenants {
    /// Tries a token at Intercom and keeps it sealed.
    pub async fn connect(
        &self,
        tenant: &str,
        new: NewConnection,
    ) -> Result<store::Connection, Error> {
        let scope = self.store.scope(tenant)?;
        scope.describe().await?;
        if let Some(user) = &new.user {
            scope.user(user).await?;
        }
        let owner = self.owner(tenant, &new).await?;
        self.make(tenant, new, owner).await
    }

    /// Makes a connection of a token that was tried.
    pub(crate) async fn make(
        &self,
        tenant: &str,
        new: NewConnection,
        owner: Owner,
    ) -> Result<store::Connection, Error> {
        let scope = self.store.scope(tenant)?;
        let id = store::new_id();
        self.seal(tenant, &id, &new.token).await?;
        let now = store::now();
        let connection = store::Connection {
            id,
            user_id: new.user,
            app_id: new.app,
            region: owner.region.name().to_owned(),
            base_url: None,
            workspace_id: owner.workspace,
            workspace_name: owner.workspace_name,
            admin_id: owner.admin,
            admin_name: owner.name,
            state: ConnectionState::Active,
            reason: None,
            checked_at: Some(now),
            created_at: now,
            updated_at: now,
        };
        scope.create_connection(connection.clone()).await?;
        Ok(connection)
    }

    /// Gives a connection another token; its endpoints stay as they are.
    pub async fn reconnect(
        &self,
        tenant: &str,
        id: &str,
        new: NewConnection,
    ) -> Result<store::Connection, Error> {
        let scope = self.store.scope(tenant)?;
        let before = scope.connection(id).await?;
        if before.state == ConnectionState::Revoked {
            return Err(Error::Usage(
                "the connection was ended for good: make a new one".into(),
            ));
        }
        let owner = self.owner(tenant, &new).await?;
        if before.workspace_id.is_some() && before.workspace_id != owner.workspace {
            return Err(Error::Usage(
                "the token is of another workspace: make a new connection for that one".into(),
            ));
        }
        self.remake(tenant, before, (new, owner)).await
    }

    /// Gives a connection another token, which was tried.
    pub(crate) async fn remake(
        &self,
        tenant: &str,
        before: store::Connection,
        (new, owner): (NewConnection, Owner),
    ) -> Result<store::Connection, Error> {
        let scope = self.store.scope(tenant)?;
        self.seal(tenant, &before.id, &new.token).await?;
        let now = store::now();
        let connection = store::Connection {
            app_id: new.app,
            region: owner.region.name().to_owned(),
            workspace_id: owner.workspace,
            workspace_name: owner.workspace_name,
            admin_id: owner.admin,
            admin_name: owner.name,
            state: ConnectionState::Active,
            reason: None,
            checked_at: Some(now),
            updated_at: now,
            ..before
        };
        scope.update_connection(connection.clone()).await?;
        Ok(connection)
    }

    /// Ends a connection for good and destroys its sealed credential. One that was made by OAuth is then given back at
    /// Intercom: the errand for that holds a token of its own, sealed for that alone.
    pub async fn disconnect(&self, tenant: &str, id: &str) -> Result<(), Error> {
        let scope = self.store.scope(tenant)?;
        for last in (0..SEALINGS).rev() {
            let left = self.left_to_revoke(&scope, id).await?;
            let ended = Ended {
                reason: "its owner ended it",
                at: store::now(),
                left,
            };
            match scope.end_connection(id, ended).await {
                Err(StoreError::Conflict { .. }) if last > 0 => {}
                ended => return Ok(ended?),
            }
        }
        Ok(())
    }

    async fn seal(&self, tenant: &str, id: &str, token: &SecretString) -> Result<(), Error> {
        let (tenant_id, connection) = (TenantId::new(tenant), ConnectionId::new(id));
        let sealed = self
            .gateway
            .vault()
            .seal(&tenant_id, &connection, token)
            .await?;
        self.store
            .scope(tenant)?
            .keep_credential(id, TOKEN, sealed.as_bytes().to_vec(), sealed.key_id())
            .await?;
        Ok(())
    }

    /// Asks every region that may be right who the token belongs to.
    pub(crate) async fn owner(&self, tenant: &str, new: &NewConnection) -> Result<Owner, Error> {
        let places = &self.connecting.places;
        // Where a pasted token lives, its owner knows; where an app is registered, its people need not live.
        let sure = new.app.is_none();
        let mut refusal = Error::NoToken;
        for region in places.to_ask(new.region, sure) {
            match self.ask(tenant, new, places.api(region)).await {
                Ok(me) => return Ok(owner(region, &me)),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    /// One recorded call of `get_me`, through a connection that lives as long as it.
    pub(crate) async fn ask(
        &self,
        tenant: &str,
        new: &NewConnection,
        base: BaseUrl,
    ) -> Result<Value, Error> {
        let trial = store::new_id();
        let (tenant, connection) = (TenantId::new(tenant), ConnectionId::new(&trial));
        let who = Principal {
            tenant: tenant.clone(),
            user: new.user.as_deref().map(UserId::new),
            endpoint: EndpointId::new(&trial),
            narrowed: None,
        };
        let (directory, vault) = (self.gateway.directory(), self.gateway.vault());
        let mut account = Account::new(base);
        account.version = self.version;
        let _trial = Trial {
            gateway: &self.gateway,
            endpoint: who.endpoint.clone(),
            connection: connection.clone(),
        };
        directory.put_connection(Connection::new(connection.clone(), tenant, account));
        directory.put_endpoint(trial_endpoint(&who, &connection));
        vault.keep(connection, new.token.clone());
        let answer = self
            .gateway
            .call(&who, ToolRequest::new("get_me", Map::new()))
            .await?;
        Ok(answer.value())
    }
}

/// What a trial put into the gateway; it is gone with this, also when the caller goes away before the answer.
struct Trial<'a> {
    gateway: &'a Gateway,
    endpoint: EndpointId,
    connection: ConnectionId,
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        self.gateway.vault().forget(&self.connection);
        self.gateway.directory().forget_endpoint(&self.endpoint);
        self.gateway.directory().forget_connection(&self.connection);
    }
}

fn trial_endpoint(who: &Principal, connection: &ConnectionId) -> Endpoint {
    Endpoint {
        id: who.endpoint.clone(),
        tenant: who.tenant.clone(),
        connection: Some(connection.clone()),
        ceiling: Risk::Read,
        toolsets: Vec::new(),
        allow: vec!["get_me".into()],
        deny: Vec::new(),
        open_ended: false,
        dialect: None,
        unconfirmed: Unconfirmed::Deny,
        expires_at: None,
        needs_second_token: false,
        mode: Mode::Tools,
        controls: std::sync::Arc::new(Controls {
            uncounted: true,
            ..Controls::default()
        }),
        narrowed: None,
    }
}

fn owner(asked: Region, me: &Value) -> Owner {
    let text = |pointer: &str| match me.pointer(pointer) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    Owner {
        region: text("/app/region")
            .and_then(|region| region.parse().ok())
            .unwrap_or(asked),
        admin: text("/id"),
        name: text("/name"),
        email: text("/email").filter(|_| me["email_verified"] == Value::Bool(true)),
        workspace: text("/app/id_code"),
        workspace_name: text("/app/name"),
    }
}
