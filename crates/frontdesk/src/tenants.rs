//! Many tenants: their people, connections and endpoints, kept in the store and brought to the gateway as calls come.
//!
//! What is brought is read again when the feed of changes says so, within a quarter of a second on every replica; while the feed cannot be read, nobody is let in.

mod accounts;
mod acts;
mod admit;
mod bring;
mod connect;
mod endpoints;
mod guard;
mod keys;
mod rotation;
mod settings;
mod sweep;
mod tally;
mod tokens;
pub(crate) mod usage;

pub(crate) use acts::{Act, Manager, Outcome};
pub(crate) use admit::Entry;
pub use connect::NewConnection;
pub(crate) use connect::Owner;
pub use endpoints::{EndpointChange, NewEndpoint};
pub use settings::EndpointSettings;
pub(crate) use settings::{audit_arguments, with_audit_arguments};
pub use sweep::Swept;
pub(crate) use sweep::start as start_sweeping;
pub(crate) use tokens::hash;
pub use tokens::{Secret, TokenKind};

use crate::{
    Error, audit_export::SinkSetting, config::Config, connect::Connecting, telemetry::Telemetry,
};
use admit::Admitted;
use catalog::ApiVersion;
use gateway::{BudgetState, ConnectionId, Gateway, Keyring};
use intercom::Budget;
use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};
use store::{ApiKey, Options, Role, Store, TenantScope, Watch};
use tally::Tallies;

/// The tenants of a deployment.
pub struct Tenants {
    store: Store,
    gateway: Arc<Gateway>,
    keyring: Arc<Keyring>,
    admitted: Arc<Admitted>,
    guard: Arc<guard::Guard>,
    watch: Watch,
    /// One a connection, so that what is known of its allowance outlives a change of its row.
    budgets: Mutex<HashMap<ConnectionId, Arc<Budget>>>,
    /// What replicas took of them, where there are several.
    tallies: Option<Tallies>,
    version: ApiVersion,
    /// What connecting by OAuth needs.
    connecting: Connecting,
    telemetry: Arc<Telemetry>,
    /// Where the audit log is exported to while this serves.
    sinks: Vec<SinkSetting>,
}

/// What must be there before a gateway is made.
pub struct Foundations {
    /// The database.
    pub store: Store,
    /// The keys of its credentials.
    pub keyring: Arc<Keyring>,
    /// What counts the calls.
    pub telemetry: Arc<Telemetry>,
}

impl Foundations {
    /// Opens the database and the keys that the configuration names.
    pub async fn open(config: &Config, options: Options) -> Result<Self, Error> {
        let store = Store::open(&config.place(), options).await?;
        let keyring = if let Some(list) = &config.keys {
            Keyring::from_list(list)?
        } else {
            let service = config.kms.as_deref().map(|setting| {
                gateway::vault::key_service(setting, &|name| std::env::var(name).ok())
            });
            Keyring::from_file(config.key_file(), service.transpose()?).await?
        };
        let keyring = Arc::new(keyring);
        keys::check(&store, &keyring).await?;
        Ok(Self {
            store,
            keyring,
            telemetry: Telemetry::start(&config.otel),
        })
    }
}

impl Tenants {
    /// Serves the tenants of this database through this gateway.
    pub async fn serve(
        foundations: Foundations,
        gateway: Arc<Gateway>,
        config: &Config,
    ) -> Result<Self, Error> {
        let Foundations {
            store,
            keyring,
            telemetry,
        } = foundations;
        let admitted = Arc::new(Admitted::default());
        let watch = {
            let admitted = Arc::clone(&admitted);
            Watch::start(&store, move |changes| admitted.forget(changes)).await?
        };
        Ok(Self {
            guard: guard::Guard::start(&store),
            store,
            gateway,
            keyring,
            admitted,
            watch,
            budgets: Mutex::default(),
            tallies: config.redis.as_ref().map(Tallies::new).transpose()?,
            version: config.version,
            connecting: Connecting::of(config)?,
            telemetry,
            sinks: config.audit_sinks.clone(),
        })
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The keys of the sealed credentials.
    pub fn keyring(&self) -> &Arc<Keyring> {
        &self.keyring
    }

    /// The road to Intercom.
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// What connecting by OAuth needs.
    pub(crate) fn connecting(&self) -> &Connecting {
        &self.connecting
    }

    /// What counts the calls.
    pub(crate) fn telemetry(&self) -> &Arc<Telemetry> {
        &self.telemetry
    }

    /// Where the audit log is exported to while this serves.
    pub(crate) fn sink_settings(&self) -> &[SinkSetting] {
        &self.sinks
    }

    /// The names of those.
    pub(crate) fn sinks(&self) -> impl Iterator<Item = &str> {
        self.sinks.iter().map(|sink| sink.name.as_str())
    }

    /// What is left of Intercom's windows to each connection that was used.
    pub(crate) fn allowances(&self) -> Vec<BudgetState> {
        let budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        budgets.values().map(|budget| budget.state()).collect()
    }

    /// Whether anybody can be let in now.
    pub(crate) fn is_ready(&self) -> bool {
        self.watch.is_fresh()
    }

    fn budget(&self, connection: &ConnectionId) -> Arc<Budget> {
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || match &self.tallies {
            Some(tallies) => Arc::new(Budget::default().shared(tallies.of(connection))),
            None => Arc::default(),
        };
        Arc::clone(budgets.entry(connection.clone()).or_insert_with(made))
    }
}

/// Whether a text may be a tenant's id.
pub(crate) fn check_id(id: &str) -> Result<(), Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if id.is_empty() || id.len() > 64 || !id.bytes().all(plain) {
        return Err(Error::Usage(
            "a tenant's id has letters, digits, - and _, at most 64 of them".into(),
        ));
    }
    Ok(())
}

/// Makes an API key in a scope; its text is told this once.
pub(crate) async fn new_api_key(
    scope: &TenantScope,
    name: &str,
    role: &str,
    expires_at: Option<i64>,
) -> Result<(ApiKey, Secret), Error> {
    let role = [Role::Owner, Role::Developer, Role::Auditor]
        .into_iter()
        .find(|known| known.as_str() == role)
        .ok_or_else(|| Error::Usage(format!("`{role}` is not one of owner, developer, auditor")))?;
    let key = ApiKey {
        id: store::new_id(),
        name: name.to_owned(),
        role,
        created_at: store::now(),
        expires_at,
        revoked_at: None,
    };
    let token = TokenKind::ApiKey.mint();
    scope.create_api_key(key.clone(), token.hash).await?;
    Ok((key, token))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
