//! The wiring: catalog → registry → gateway, and the one connection that the configuration names.

use crate::config::Config;
use crate::{Error, token::TokenSource};
use catalog::{Catalog, Risk};
use gateway::{
    Audit, Connection, ConnectionId, Directory, Endpoint, EndpointId, Gateway, Principal, Registry,
    TenantId, ToolRequest, Vault,
};
use intercom::{Account, Client, ClientConfig};
use secrecy::SecretString;
use std::sync::Arc;

/// The gateway with its one connection, and who may use it.
pub struct App {
    /// The road to Intercom.
    pub gateway: Arc<Gateway>,
    /// The principal of the configured endpoint.
    pub principal: Principal,
    connection: ConnectionId,
    tokens: TokenSource,
}

impl App {
    /// Builds everything that the configuration describes. Nothing is asked of Intercom yet.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let registry = registry()?;
        known_names(config, &registry)?;
        let tenant = TenantId::new("local");
        let connection = ConnectionId::new("default");
        let endpoint = EndpointId::new("default");
        let directory = Directory::default();
        directory.put_endpoint(Endpoint {
            id: endpoint.clone(),
            tenant: tenant.clone(),
            connection: connection.clone(),
            ceiling: if config.read_only {
                Risk::Read
            } else {
                config.ceiling
            },
            toolsets: config.toolsets.clone(),
            allow: config.allow.clone(),
            deny: config.deny.clone(),
            open_ended: config.open_ended,
            unconfirmed: config.unconfirmed,
        });
        let mut account = Account::new(config.base()?);
        account.version = config.version;
        directory.put_connection(Connection::new(connection.clone(), tenant.clone(), account));
        let audit = Audit::open(&config.state_folder().join("audit.jsonl"))?;
        let client = Client::new(ClientConfig {
            timeout: config.upstream_timeout,
            ..ClientConfig::default()
        });
        let app = Self {
            gateway: Arc::new(Gateway::new(
                registry,
                directory,
                Vault::default(),
                audit,
                client,
            )),
            principal: Principal {
                tenant,
                user: None,
                endpoint,
            },
            connection,
            tokens: TokenSource::of(config),
        };
        if let Some(token) = app.tokens.current()? {
            app.use_token(token);
        }
        Ok(app)
    }

    /// Calls that start from now on use this access token.
    pub fn use_token(&self, token: SecretString) {
        self.gateway.vault().keep(self.connection.clone(), token);
    }

    /// Where the access token comes from.
    pub(crate) fn tokens(&self) -> &TokenSource {
        &self.tokens
    }

    /// Asks Intercom who the token belongs to: one line for a person, or why it does not work.
    pub async fn whoami(&self) -> Result<String, Error> {
        let request = ToolRequest::new("get_me", serde_json::Map::new());
        let answer = self.gateway.call(&self.principal, request).await?;
        let text = |pointer| {
            let found = answer.structured.as_ref()?.pointer(pointer)?.as_str()?;
            Some(found.to_owned())
        };
        Ok(match (text("/name"), text("/app/name")) {
            (Some(name), Some(workspace)) => format!("{name} in the workspace {workspace}"),
            (Some(name), None) => name,
            _ => "a valid access token".to_owned(),
        })
    }
}

/// The tools of the built-in catalog.
pub(crate) fn registry() -> Result<Registry, Error> {
    let catalog = Catalog::builtin().map_err(|error| Error::Build(error.to_string()))?;
    Registry::new(&catalog).map_err(Error::Build)
}

/// A misspelled toolset or tool would silently change what is allowed.
fn known_names(config: &Config, registry: &Registry) -> Result<(), Error> {
    let toolsets: Vec<&str> = registry.toolsets().map(|(name, ..)| name).collect();
    for name in &config.toolsets {
        if name != "all" && !toolsets.contains(&name.as_str()) {
            return Err(Error::Setting {
                place: "toolsets".into(),
                reason: format!(
                    "there is no toolset `{name}`; there are all, {}",
                    toolsets.join(", ")
                ),
            });
        }
    }
    for (place, names) in [("allow", &config.allow), ("deny", &config.deny)] {
        for name in names {
            if registry.get(name).is_none() {
                return Err(Error::Setting {
                    place: place.into(),
                    reason: format!(
                        "there is no tool `{name}`; `frontdesk tools list --toolsets all` shows them"
                    ),
                });
            }
        }
    }
    Ok(())
}
