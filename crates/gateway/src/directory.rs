//! Endpoints and connections by id. The configuration fills it today; the store will fill the same types.

use crate::principal::identifier;
use crate::{TenantId, error::CallError};
use catalog::Risk;
use intercom::Account;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, RwLock},
};
use tokio::sync::OnceCell;

identifier! {
    /// One scoped MCP server.
    EndpointId
}
identifier! {
    /// One link to an Intercom workspace.
    ConnectionId
}

/// A scoped MCP server: what may be done through it, and with which connection.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The connection its calls use.
    pub connection: ConnectionId,
    /// The worst that a call may do.
    pub ceiling: Risk,
    /// The toolsets whose tools are listed; `all` lists every one.
    pub toolsets: Vec<String>,
    /// Where not empty, the only tools there are.
    pub allow: Vec<String>,
    /// Tools that are not there.
    pub deny: Vec<String>,
    /// Whether tools that are not listed can be found and called through `search_tools` and `call_tool`.
    pub open_ended: bool,
    /// What becomes of a destructive call when its user cannot be asked.
    pub unconfirmed: Unconfirmed,
}

/// What becomes of a destructive call when the client cannot ask its user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unconfirmed {
    /// It is refused.
    #[default]
    Deny,
    /// It is done.
    Allow,
}

/// A link to one Intercom workspace. Its credential is in the vault, not here.
#[derive(Debug)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Address, API version and rate budget.
    pub account: Account,
    /// Who the credential acts as, once asked.
    pub(crate) admin: OnceCell<Admin>,
}

impl Connection {
    /// A connection whose admin is not known yet.
    pub fn new(id: ConnectionId, tenant: TenantId, account: Account) -> Self {
        Self {
            id,
            tenant,
            account,
            admin: OnceCell::new(),
        }
    }
}

/// The teammate that a credential acts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// The admin's id, sent as `admin_id`.
    pub id: String,
    /// The admin's name.
    pub name: String,
    /// The workspace's id, as in inbox URLs and webhooks.
    pub workspace: String,
}

/// Endpoints and connections by id.
#[derive(Debug, Default)]
pub struct Directory {
    endpoints: RwLock<HashMap<EndpointId, Arc<Endpoint>>>,
    connections: RwLock<HashMap<ConnectionId, Arc<Connection>>>,
}

impl Directory {
    /// Adds an endpoint, or puts it in the place of the one with its id.
    pub fn put_endpoint(&self, endpoint: Endpoint) {
        self.endpoints
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(endpoint.id.clone(), Arc::new(endpoint));
    }

    /// Adds a connection, or puts it in the place of the one with its id.
    pub fn put_connection(&self, connection: Connection) {
        let mut connections = self
            .connections
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        connections.insert(connection.id.clone(), Arc::new(connection));
    }

    /// The endpoint of that id.
    pub fn endpoint(&self, id: &EndpointId) -> Result<Arc<Endpoint>, CallError> {
        let endpoints = self
            .endpoints
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        endpoints.get(id).cloned().ok_or(CallError::EndpointGone)
    }

    /// The connection of that id.
    pub fn connection(&self, id: &ConnectionId) -> Result<Arc<Connection>, CallError> {
        let connections = self
            .connections
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        connections.get(id).cloned().ok_or(CallError::EndpointGone)
    }
}
