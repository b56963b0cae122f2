//! Endpoints and connections by id. The configuration fills it with one of each, a desk from its store as they are used.

use crate::principal::identifier;
use crate::{Controls, Narrowing, Principal, TenantId, UserId, error::CallError};
use catalog::Risk;
use intercom::Account;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering},
    },
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
    /// The connection its calls use; none where each caller uses its own.
    pub connection: Option<ConnectionId>,
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
    /// The other server whose names, arguments and answers its clients use.
    pub dialect: Option<String>,
    /// What becomes of a destructive call when its user cannot be asked.
    pub unconfirmed: Unconfirmed,
    /// From when on it is gone.
    pub expires_at: Option<Timestamp>,
    /// Whether its address alone lets nobody in; checked at the door.
    pub needs_second_token: bool,
    /// What its list shows.
    pub mode: Mode,
    /// What its owner asks of its calls besides.
    pub controls: Arc<Controls>,
    /// What a single request is kept to; none in the directory.
    pub narrowed: Option<Narrowing>,
}

/// What an endpoint's list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The tools of its toolsets.
    #[default]
    Tools,
    /// The three tools that find, explain and call all others.
    Meta,
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
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Address, API version and rate budget.
    pub account: Account,
    /// Who the credential acts as, once asked.
    pub(crate) admin: OnceCell<Admin>,
    /// Hears when Intercom refuses the credential; such a connection is then closed.
    guard: Option<Arc<dyn ConnectionGuard>>,
    closed: AtomicBool,
}

/// Keeps watch over the connections of a desk.
pub trait ConnectionGuard: Send + Sync {
    /// Intercom refused the credential of an open connection, which has just been closed.
    fn refused(&self, tenant: &TenantId, connection: &ConnectionId);

    /// What the caller may do to open a closed connection again, as a sentence.
    fn remedy(&self, tenant: &TenantId, connection: &ConnectionId) -> String;
}

impl Connection {
    /// A connection whose admin is not known yet.
    pub fn new(id: ConnectionId, tenant: TenantId, account: Account) -> Self {
        Self {
            id,
            tenant,
            account,
            admin: OnceCell::new(),
            guard: None,
            closed: AtomicBool::new(false),
        }
    }

    /// The same connection under guard: the first refusal of its credential closes it.
    #[must_use]
    pub fn guarded(mut self, guard: Arc<dyn ConnectionGuard>, open: bool) -> Self {
        self.guard = Some(guard);
        self.closed = AtomicBool::new(!open);
        self
    }

    /// What to do about a closed connection; none while it is open.
    pub(crate) fn closed(&self) -> Option<String> {
        let guard = self.guard.as_ref()?;
        self.closed
            .load(Ordering::Acquire)
            .then(|| guard.remedy(&self.tenant, &self.id))
    }

    /// Closes it, where it is guarded; the guard hears of it once.
    pub(crate) fn refuse(&self) {
        if let Some(guard) = &self.guard
            && !self.closed.swap(true, Ordering::AcqRel)
        {
            guard.refused(&self.tenant, &self.id);
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("account", &self.account)
            .finish_non_exhaustive()
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
    own: RwLock<HashMap<(TenantId, UserId), ConnectionId>>,
}

impl Directory {
    /// Adds an endpoint, or puts it in the place of the one with its id.
    pub fn put_endpoint(&self, endpoint: Endpoint) {
        write(&self.endpoints).insert(endpoint.id.clone(), Arc::new(endpoint));
    }

    /// Adds a connection, or puts it in the place of the one with its id.
    pub fn put_connection(&self, connection: Connection) {
        write(&self.connections).insert(connection.id.clone(), Arc::new(connection));
    }

    /// Makes a connection the one that a person's calls use where an endpoint leaves that to its callers.
    pub fn put_own(&self, tenant: TenantId, user: UserId, connection: ConnectionId) {
        write(&self.own).insert((tenant, user), connection);
    }

    /// Forgets an endpoint; calls that begin later do not find it.
    pub fn forget_endpoint(&self, id: &EndpointId) {
        write(&self.endpoints).remove(id);
    }

    /// Forgets a connection, whoever used it.
    pub fn forget_connection(&self, id: &ConnectionId) {
        write(&self.connections).remove(id);
        write(&self.own).retain(|_, own| own != id);
    }

    /// The endpoint of that id.
    pub fn endpoint(&self, id: &EndpointId) -> Result<Arc<Endpoint>, CallError> {
        read(&self.endpoints)
            .get(id)
            .cloned()
            .ok_or(CallError::EndpointGone)
    }

    /// The connection that a call by `who` through this endpoint uses.
    pub(crate) fn connection(
        &self,
        endpoint: &Endpoint,
        who: &Principal,
    ) -> Result<Arc<Connection>, CallError> {
        let own = || {
            let user = who.user.clone()?;
            read(&self.own).get(&(who.tenant.clone(), user)).cloned()
        };
        let id = endpoint.connection.clone().or_else(own);
        id.and_then(|id| read(&self.connections).get(&id).cloned())
            .ok_or(CallError::NoCredential)
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
