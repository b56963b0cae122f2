//! The wiring: catalog → registry → gateway, and the one connection that the configuration names.

use crate::config::Config;
use crate::support::{LOCAL, Thinkers, Words};
use crate::tenants::{Foundations, Tenants};
use crate::{Error, surface, telemetry::Telemetry, token::TokenSource};
use catalog::Risk;
use gateway::{
    Audit, Connection, ConnectionId, Directory, Endpoint, EndpointId, Gateway, Principal, TenantId,
    ToolRequest, Vault,
};
use intercom::{Account, Client, ClientConfig};
use secrecy::SecretString;
use std::sync::Arc;
use store::Options;

/// The gateway with its one connection, and who may use it.
pub struct App {
    /// The road to Intercom.
    pub gateway: Arc<Gateway>,
    /// The principal of the configured endpoint.
    pub principal: Principal,
    connection: ConnectionId,
    tokens: TokenSource,
    telemetry: Arc<Telemetry>,
    thinkers: Arc<Thinkers>,
}

impl App {
    /// Builds everything that the configuration describes. Nothing is asked of Intercom yet.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let registry = surface::registry(config)?;
        surface::known_names(&registry, &config.toolsets, &config.allow, &config.deny)?;
        if let Some(dialect) = &config.dialect {
            registry.check_dialect(dialect).map_err(Error::Build)?;
        }
        let tenant = TenantId::new(LOCAL);
        let connection = ConnectionId::new("default");
        let endpoint = EndpointId::new("default");
        let directory = Directory::default();
        directory.put_endpoint(Endpoint {
            id: endpoint.clone(),
            tenant: tenant.clone(),
            connection: Some(connection.clone()),
            ceiling: if config.read_only {
                Risk::Read
            } else {
                config.ceiling
            },
            toolsets: config.toolsets.clone(),
            allow: config.allow.clone(),
            deny: config.deny.clone(),
            open_ended: config.open_ended,
            dialect: config.dialect.clone(),
            unconfirmed: config.unconfirmed,
            expires_at: None,
            needs_second_token: false,
            mode: config.mode,
            controls: Arc::default(),
            narrowed: None,
        });
        let mut account = Account::new(config.base()?);
        account.version = config.version;
        directory.put_connection(Connection::new(connection.clone(), tenant.clone(), account));
        let telemetry = Telemetry::start(&config.otel);
        let audit = Audit::open(&config.state_folder().join("audit.jsonl"))?
            .keeping(config.audit_arguments)
            .observed_by(telemetry.meter.clone());
        let gateway = Gateway::new(registry, directory, Vault::default(), audit, client(config));
        gateway
            .archives()
            .keep(connection.clone(), config.archive_file());
        let thinkers = Arc::new(Thinkers::new(&config.agent));
        gateway.assist_with(Words::new(&thinkers, &config.agent));
        let app = Self {
            gateway: Arc::new(gateway),
            principal: Principal {
                tenant,
                user: None,
                endpoint,
                narrowed: None,
            },
            connection,
            tokens: TokenSource::of(config),
            telemetry,
            thinkers,
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

    /// The one connection.
    pub(crate) fn connection(&self) -> &ConnectionId {
        &self.connection
    }

    /// The models of the agent and of tools.
    pub(crate) fn thinkers(&self) -> &Arc<Thinkers> {
        &self.thinkers
    }

    /// What counts the calls.
    pub(crate) fn telemetry(&self) -> &Arc<Telemetry> {
        &self.telemetry
    }

    /// Where the access token comes from.
    pub(crate) fn tokens(&self) -> &TokenSource {
        &self.tokens
    }

    /// Asks Intercom who the token belongs to: one line for a person, or why it does not work.
    pub async fn whoami(&self) -> Result<String, Error> {
        let request = ToolRequest::new("get_me", serde_json::Map::new());
        let answer = self.gateway.call(&self.principal, request).await?;
        let me = answer.value();
        let text = |pointer| Some(me.pointer(pointer)?.as_str()?.to_owned());
        Ok(match (text("/name"), text("/app/name")) {
            (Some(name), Some(workspace)) => format!("{name} in the workspace {workspace}"),
            (Some(name), None) => name,
            _ => "a valid access token".to_owned(),
        })
    }
}

/// The tenants of the database that the configuration names, and a gateway for them.
pub async fn tenants(config: &Config) -> Result<Tenants, Error> {
    tenants_of(config, Options::default()).await
}

/// The same for a command: it waits for a database that others keep busy.
pub(crate) async fn tenants_for_command(config: &Config) -> Result<Tenants, Error> {
    tenants_of(config, Options::patient()).await
}

async fn tenants_of(config: &Config, options: Options) -> Result<Tenants, Error> {
    let foundations = Foundations::open(config, options).await?;
    let gateway = Gateway::new(
        surface::registry(config)?,
        Directory::default(),
        Vault::new(Arc::clone(&foundations.keyring)),
        Audit::in_store(&foundations.store)
            .keeping(config.audit_arguments)
            .observed_by(foundations.telemetry.meter.clone()),
        client(config),
    )
    .metered(&foundations.store);
    Tenants::serve(foundations, Arc::new(gateway), config).await
}

/// A client that calls as the configuration says.
pub(crate) fn client(config: &Config) -> Client {
    Client::new(ClientConfig {
        timeout: config.upstream_timeout,
        authorities: config.authorities.clone(),
        ..ClientConfig::default()
    })
}
