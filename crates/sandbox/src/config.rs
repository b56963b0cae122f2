//! How a sandbox is set up, and what can go wrong when it starts.

use catalog::{ApiVersion, LoadError};
use std::net::SocketAddr;

/// The settings of a sandbox.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The access token of the workspace's first admin, with every scope.
    pub token: String,
    /// Calls a minute that are let through; each ten seconds get a sixth of it.
    pub rate_limit: u64,
    /// The number from which the seeded shop and all ids follow.
    pub seed: u64,
    /// Conversations to make for a load test, instead of the usual shop's.
    pub scale: Option<usize>,
    /// The API version of requests that name none.
    pub default_version: ApiVersion,
    /// Where notifications go.
    pub webhook: Option<Webhook>,
    /// Whether notifications may leave this machine.
    pub webhook_anywhere: bool,
    /// `us`, `eu` or `au`: what `/me` tells.
    pub region: String,
    /// The workspace's time zone, such as `Europe/Lisbon`; it decides where a day begins.
    pub timezone: String,
    /// The OAuth client that may exchange codes.
    pub client_id: String,
    /// Its secret, which also signs webhooks that name no other.
    pub client_secret: String,
    /// Where codes may be sent; any safe address while none is named.
    pub redirect_uris: Vec<String>,
}

/// A listener for notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Where notifications are posted.
    pub url: String,
    /// The key that signs them.
    pub secret: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8788)),
            token: "sandbox-token".into(),
            rate_limit: 10_000,
            seed: 42,
            scale: None,
            default_version: ApiVersion::default(),
            webhook: None,
            webhook_anywhere: false,
            region: "us".into(),
            timezone: "Europe/Lisbon".into(),
            client_id: "sandbox-client".into(),
            client_secret: "sandbox-secret".into(),
            redirect_uris: Vec::new(),
        }
    }
}

/// Why a sandbox does not start or will not do as told.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Choose another address.
    #[error("cannot listen on {addr}")]
    Listen {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Mend the catalog's file.
    #[error("the catalog is not sound")]
    Catalog(#[from] LoadError),
    /// Correct this setting.
    #[error("the setting `{setting}` is wrong: {reason}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What is wrong and what would be right.
        reason: String,
    },
}
