//! The configuration: documented defaults, then the file, then the environment, then flags; parsed once.
//!
//! One table, `keys::all`, holds every setting: its place in the file, its variable, its default, its meaning.

mod file;
mod keys;
mod page;
mod sample;
#[cfg(test)]
mod tests;
mod value;

use crate::Error;
use crate::outbound::Networks;
use crate::telemetry::OtelSettings;
use catalog::{ApiVersion, Risk};
use gateway::{Arguments, Mode, Unconfirmed};
use intercom::{BaseUrl, Certificates, PlainHttp, Region};
use secrecy::SecretString;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use store::Place;
use tracing::level_filters::LevelFilter;

pub use crate::audit_export::SinkSetting;
pub use keys::{AgentConfig, Authorization, Connect, Key, Model};
pub(crate) use keys::{find, is_secret};
pub use page::reference;
pub(crate) use sample::{Filled, sample, variables};

/// All settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// The Intercom access token, where it is not in a file of its own.
    pub access_token: Option<SecretString>,
    /// The file that holds the access token.
    pub token_file: Option<PathBuf>,
    /// Where the workspace lives.
    pub region: Region,
    /// Another address than the region's.
    pub base_url: Option<String>,
    /// Whether that address may be plain `http` beyond this machine.
    pub plain_http: bool,
    /// The `Intercom-Version` that is asked for.
    pub version: ApiVersion,
    /// Time for one call to Intercom over all.
    pub upstream_timeout: Duration,
    /// Certificate authorities that are trusted besides the system's.
    pub authorities: Certificates,
    /// Where `serve` and `demo` listen.
    pub listen: SocketAddr,
    /// The bearer token of the server's own clients; a random one where none is set.
    pub token: Option<SecretString>,
    /// Further names that the server is reached by.
    pub allowed_hosts: Vec<String>,
    /// Web sites whose pages may call the server.
    pub allowed_origins: Vec<String>,
    /// Proxies whose word for a client's address counts.
    pub trusted_proxies: Networks,
    /// The largest request body in bytes.
    pub max_body: usize,
    /// The toolsets whose tools are listed.
    pub toolsets: Vec<String>,
    /// Whether these tools are listed, or those that find and call all others.
    pub mode: Mode,
    /// Where not empty, the only tools there are.
    pub allow: Vec<String>,
    /// Tools that are taken away.
    pub deny: Vec<String>,
    /// The worst that a call may do.
    pub ceiling: Risk,
    /// Whether only reading is allowed, whatever the ceiling.
    pub read_only: bool,
    /// What becomes of a destructive call when the client cannot ask its user.
    pub unconfirmed: Unconfirmed,
    /// Whether tools that are not listed can be found and called.
    pub open_ended: bool,
    /// `OpenAPI` descriptions whose operations become tools.
    pub openapi: Vec<PathBuf>,
    /// Files with tools of the user's own.
    pub tool_files: Vec<PathBuf>,
    /// The database of a server of many tenants: a `postgres://` URL or a file.
    pub database: Option<SecretString>,
    /// Redis or Valkey, where several replicas share the rate allowances.
    pub redis: Option<SecretString>,
    /// The keys that seal stored credentials, where they are not in a file.
    pub keys: Option<SecretString>,
    /// The file with those keys.
    pub key_file: Option<PathBuf>,
    /// The service that wraps the keys of that file.
    pub kms: Option<String>,
    /// Where people and clients reach the server, such as `https://desk.example`.
    pub public_url: Option<String>,
    /// What is set about connecting by OAuth.
    pub connect: Connect,
    /// What is set about the support agent.
    pub agent: AgentConfig,
    /// What is set about MCP authorization.
    pub authorization: Authorization,
    /// The other server whose names, arguments and answers clients use.
    pub dialect: Option<String>,
    /// The folder of the audit log; the XDG state folder where none is set.
    pub home: Option<PathBuf>,
    /// The file that exports fill and insight reads; `archive.sqlite` in that folder where none is set.
    pub archive: Option<PathBuf>,
    /// How much is logged; each command has its own default.
    pub log: Option<LevelFilter>,
    /// In which form.
    pub log_format: LogFormat,
    /// How long calls under way may take to end when the server stops.
    pub grace: Duration,
    /// What the audit log keeps of arguments, where a tenant says nothing itself.
    pub audit_arguments: Arguments,
    /// Where the audit log is exported to while the server serves.
    pub audit_sinks: Vec<SinkSetting>,
    /// An address of its own for the metrics.
    pub metrics_listen: Option<SocketAddr>,
    /// What opens the metrics on the server's own address.
    pub metrics_token: Option<SecretString>,
    /// Where traces and metrics are sent.
    pub otel: OtelSettings,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            access_token: None,
            token_file: None,
            region: Region::Us,
            base_url: None,
            plain_http: false,
            version: ApiVersion::default(),
            upstream_timeout: Duration::from_secs(20),
            authorities: Certificates::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
            token: None,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            trusted_proxies: Networks::default(),
            max_body: 1 << 20,
            toolsets: vec!["inbox".into()],
            mode: Mode::Tools,
            allow: Vec::new(),
            deny: Vec::new(),
            ceiling: Risk::Destructive,
            read_only: false,
            unconfirmed: Unconfirmed::Deny,
            open_ended: true,
            openapi: Vec::new(),
            tool_files: Vec::new(),
            database: None,
            redis: None,
            keys: None,
            key_file: None,
            kms: None,
            public_url: None,
            connect: Connect::default(),
            agent: AgentConfig::default(),
            authorization: Authorization::default(),
            dialect: None,
            home: None,
            archive: None,
            log: None,
            log_format: LogFormat::Text,
            grace: Duration::from_secs(25),
            audit_arguments: Arguments::default(),
            audit_sinks: Vec::new(),
            metrics_listen: None,
            metrics_token: None,
            otel: OtelSettings::default(),
        }
    }
}

/// Where settings come from.
pub struct Sources<'a> {
    /// The file named on the command line.
    pub file: Option<&'a Path>,
    /// Looks a variable up.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Flags, as (flag, key, value).
    pub flags: &'a [(&'static str, &'static str, String)],
}

impl Config {
    /// Reads all sources in their order and checks what they say together.
    pub fn read(sources: &Sources<'_>) -> Result<Self, Error> {
        let mut config = Self::default();
        let named = sources
            .file
            .map(Path::to_owned)
            .or_else(|| (sources.variable)("FRONTDESK_CONFIG").map(PathBuf::from));
        if let Some(path) = named {
            file::apply(&mut config, &path)?;
        } else {
            let path = usual_file(sources.variable);
            if path.exists() {
                file::apply(&mut config, &path)?;
            }
        }
        for key in keys::all() {
            for variable in key.variables() {
                if let Some((value, place)) = given(key, variable, sources.variable)? {
                    key.set(&mut config, &value, &place)?;
                    break;
                }
            }
        }
        for (flag, path, value) in sources.flags {
            keys::find(path)
                .ok_or_else(|| Error::Build(format!("the flag {flag} sets no setting")))?
                .set(&mut config, value, flag)?;
        }
        config.otel = OtelSettings::read(sources.variable)?;
        config.base()?;
        Ok(config)
    }

    /// The address of Intercom's API.
    pub fn base(&self) -> Result<BaseUrl, Error> {
        let Some(text) = &self.base_url else {
            return Ok(self.region.base_url());
        };
        let plain = if self.plain_http {
            PlainHttp::Anywhere
        } else {
            PlainHttp::Loopback
        };
        BaseUrl::parse(text, plain).map_err(|error| Error::Setting {
            place: "INTERCOM_BASE_URL".into(),
            reason: error.to_string(),
        })
    }

    /// The host of the public URL, with its port where it has one.
    pub(crate) fn public_host(&self) -> Option<String> {
        let (_, rest) = self.public_url.as_ref()?.split_once("://")?;
        rest.split('/').next().map(str::to_owned)
    }

    /// The database: the one that is named, else a file in the folder of the state.
    pub fn place(&self) -> Place {
        match &self.database {
            Some(text) => Place::parse(secrecy::ExposeSecret::expose_secret(text)),
            None => Place::File(self.state_folder().join("frontdesk.db")),
        }
    }

    /// The file with the keys that seal stored credentials.
    pub fn key_file(&self) -> PathBuf {
        self.key_file
            .clone()
            .unwrap_or_else(|| self.state_folder().join("keys"))
    }

    /// The file that exports fill and insight reads.
    pub fn archive_file(&self) -> PathBuf {
        let usual = || self.state_folder().join("archive.sqlite");
        self.archive.clone().unwrap_or_else(usual)
    }

    /// The folder where state is kept.
    pub fn state_folder(&self) -> PathBuf {
        self.home.clone().unwrap_or_else(|| {
            xdg(
                &|name| std::env::var(name).ok(),
                "XDG_STATE_HOME",
                ".local/state",
            )
        })
    }
}

/// What a variable says, or the file that it names with `_FILE`, and which of the two it was.
fn given(
    key: &Key,
    variable: &str,
    look: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<(String, String)>, Error> {
    let filled = |name: &str| look(name).filter(|value| !value.is_empty());
    if let Some(value) = filled(variable) {
        return Ok(Some((value, variable.to_owned())));
    }
    let name = format!("{variable}_FILE");
    // FRONTDESK_TOKEN_FILE is a setting of its own.
    if !key.is_secret() || keys::all().any(|key| key.variables().any(|other| other == name)) {
        return Ok(None);
    }
    let Some(path) = filled(&name).map(PathBuf::from) else {
        return Ok(None);
    };
    let text =
        std::fs::read_to_string(&path).map_err(|source| Error::Unreadable { path, source })?;
    if text.trim().is_empty() {
        let reason = "the file that it names is empty".to_owned();
        return Err(Error::Setting {
            place: name,
            reason,
        });
    }
    Ok(Some((text, name)))
}

/// Looks a variable up in the environment.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn usual_file(variable: &dyn Fn(&str) -> Option<String>) -> PathBuf {
    let folder = match variable("FRONTDESK_HOME") {
        Some(home) => PathBuf::from(home),
        None => xdg(variable, "XDG_CONFIG_HOME", ".config"),
    };
    folder.join("config.yaml")
}

fn xdg(variable: &dyn Fn(&str) -> Option<String>, name: &str, usual: &str) -> PathBuf {
    let base = variable(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(usual)));
    base.unwrap_or_else(std::env::temp_dir).join("frontdesk")
}
