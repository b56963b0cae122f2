//! The configuration: documented defaults, then the file, then the environment, then flags; parsed once.
//!
//! One table, `keys::KEYS`, holds every setting: its place in the file, its variable, its default, its meaning.

mod file;
mod keys;
#[cfg(test)]
mod tests;

use crate::Error;
use catalog::{ApiVersion, Risk};
use gateway::Unconfirmed;
use intercom::{BaseUrl, PlainHttp, Region};
use secrecy::SecretString;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tracing::level_filters::LevelFilter;

pub use keys::{KEYS, Key, reference};

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
    /// Where `serve` and `demo` listen.
    pub listen: SocketAddr,
    /// The bearer token of the server's own clients; a random one where none is set.
    pub token: Option<SecretString>,
    /// Further names that the server is reached by.
    pub allowed_hosts: Vec<String>,
    /// Web sites whose pages may call the server.
    pub allowed_origins: Vec<String>,
    /// The largest request body in bytes.
    pub max_body: usize,
    /// The toolsets whose tools are listed.
    pub toolsets: Vec<String>,
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
    /// The folder of the audit log; the XDG state folder where none is set.
    pub home: Option<PathBuf>,
    /// How much is logged; each command has its own default.
    pub log: Option<LevelFilter>,
    /// In which form.
    pub log_format: LogFormat,
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
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
            token: None,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            max_body: 1 << 20,
            toolsets: vec!["inbox".into()],
            allow: Vec::new(),
            deny: Vec::new(),
            ceiling: Risk::Destructive,
            read_only: false,
            unconfirmed: Unconfirmed::Deny,
            open_ended: true,
            home: None,
            log: None,
            log_format: LogFormat::Text,
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
        for key in KEYS {
            for variable in key.variables() {
                if let Some(value) = (sources.variable)(variable).filter(|value| !value.is_empty())
                {
                    key.set(&mut config, &value, variable)?;
                    break;
                }
            }
        }
        for (flag, path, value) in sources.flags {
            keys::find(path)
                .ok_or_else(|| Error::Build(format!("the flag {flag} sets no setting")))?
                .set(&mut config, value, flag)?;
        }
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
