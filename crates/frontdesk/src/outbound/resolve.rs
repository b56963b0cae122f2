//! Names to addresses: looked up once, all of them checked, and connected to as they were checked.

use super::address::{Networks, is_public};
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// What turns a name into addresses.
pub(super) trait Lookup: Send + Sync + 'static {
    /// All addresses of a name.
    fn look_up(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The system's own.
pub(super) struct SystemLookup;

impl Lookup for SystemLookup {
    fn look_up(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// What may be connected to.
#[derive(Clone)]
pub(super) struct Rules {
    /// Reached although they are not public.
    pub(super) networks: Arc<Networks>,
    /// Whether public addresses are reached.
    pub(super) public: bool,
}

impl Rules {
    /// Whether this address may be connected to.
    pub(super) fn allow(&self, address: IpAddr) -> bool {
        self.networks.hold(address) || self.public && is_public(address)
    }
}

/// Why a name was not connected to.
#[derive(Debug, thiserror::Error)]
#[error("not a public address")]
pub(super) struct NotPublic;

/// The resolver of the HTTP client: it connects to what comes from here, and asks once a connection.
pub(super) struct Checked {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) rules: Rules,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, rules) = (Arc::clone(&self.lookup), self.rules.clone());
        Box::pin(async move {
            let found = lookup.look_up(name.as_str().to_owned()).await?;
            // One bad address spoils all: who answers so wants the other one tried.
            if found.is_empty() || !found.iter().all(|address| rules.allow(*address)) {
                return Err(NotPublic.into());
            }
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found) as Addrs)
        })
    }
}
