//! Every setting in one table.

mod agent;
mod authorization;
mod connect;
mod look;
mod operations;
mod reach;

pub use agent::{AgentConfig, Model};
pub use authorization::Authorization;
pub use connect::Connect;
pub(crate) use look::{find, is_secret};
pub(super) use look::{of_section, sections};

use self::authorization::AUTHORIZATION;
use super::value::{address, choice, list, parse, paths, seconds, switch};
use super::{Config, LogFormat};
use crate::Error;
use catalog::Risk;
use gateway::{Mode, Unconfirmed};
use intercom::Certificates;
use std::{path::PathBuf, time::Duration};

/// One setting.
pub struct Key {
    /// Its place in the file: section and name.
    pub path: &'static str,
    /// Its environment variable.
    pub variable: &'static str,
    /// Another variable that is understood too.
    pub also: Option<&'static str>,
    /// Its default, in words.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
    set: fn(&mut Config, &str) -> Result<(), String>,
}

impl Key {
    /// The variables that set it, the first one found wins.
    pub(super) fn variables(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.variable).chain(self.also)
    }

    /// Sets it; `place` says where the value stands.
    pub(super) fn set(&self, config: &mut Config, value: &str, place: &str) -> Result<(), Error> {
        (self.set)(config, value.trim()).map_err(|reason| Error::Setting {
            place: place.to_owned(),
            reason,
        })
    }
}

/// All settings, in the order of their documentation.
pub(super) fn all() -> impl Iterator<Item = &'static Key> {
    let groups = [
        KEYS,
        connect::CONNECT,
        agent::AGENT,
        reach::REACH,
        AUTHORIZATION,
    ];
    groups.into_iter().flatten()
}

const KEYS: &[Key] = &[
    Key {
        path: "intercom.access_token",
        variable: "INTERCOM_ACCESS_TOKEN",
        also: Some("accessToken"),
        default: "none",
        meaning: "The workspace's access token, from Intercom's Developer Hub. Better in the environment or in a file of its own than in the configuration file.",
        set: |config, value| {
            config.access_token = Some(value.into());
            Ok(())
        },
    },
    Key {
        path: "intercom.token_file",
        variable: "FRONTDESK_TOKEN_FILE",
        also: None,
        default: "none",
        meaning: "A file that holds the access token and nothing else. It is read again when it changes, without a restart.",
        set: |config, value| {
            config.token_file = Some(PathBuf::from(value));
            Ok(())
        },
    },
    Key {
        path: "intercom.region",
        variable: "INTERCOM_REGION",
        also: Some("intercomRegion"),
        default: "us",
        meaning: "Where the workspace lives: `us`, `eu` or `au`.",
        set: |config, value| parse(value).map(|region| config.region = region),
    },
    Key {
        path: "intercom.base_url",
        variable: "INTERCOM_BASE_URL",
        also: None,
        default: "the region's",
        meaning: "Another address of the API: scheme, host and port, such as the sandbox's.",
        set: |config, value| {
            config.base_url = Some(value.to_owned());
            Ok(())
        },
    },
    Key {
        path: "intercom.plain_http",
        variable: "FRONTDESK_PLAIN_HTTP",
        also: None,
        default: "false",
        meaning: "Whether `base_url` may be plain `http` on another machine, which sends the token unencrypted.",
        set: |config, value| switch(value).map(|on| config.plain_http = on),
    },
    Key {
        path: "intercom.version",
        variable: "INTERCOM_VERSION",
        also: None,
        default: "2.16",
        meaning: "The `Intercom-Version` that is asked for, in quotes in the file; `Preview` for the moving one.",
        set: |config, value| parse(value).map(|version| config.version = version),
    },
    Key {
        path: "intercom.upstream_timeout_ms",
        variable: "INTERCOM_API_TIMEOUT",
        also: None,
        default: "20000",
        meaning: "The time below in milliseconds, as dunialabs' server has it; the one below wins.",
        set: |config, value| {
            let milliseconds: u64 = value
                .parse()
                .map_err(|_| format!("`{value}` is not a number of milliseconds"))?;
            let timeout = Duration::from_millis(milliseconds)
                .as_secs_f64()
                .to_string();
            seconds(&timeout).map(|timeout| config.upstream_timeout = timeout)
        },
    },
    Key {
        path: "intercom.upstream_timeout",
        variable: "FRONTDESK_UPSTREAM_TIMEOUT",
        also: None,
        default: "20",
        meaning: "Seconds for one call to Intercom over all: waiting for the allowance, sending, trying again, reading. Read again on SIGHUP.",
        set: |config, value| seconds(value).map(|timeout| config.upstream_timeout = timeout),
    },
    Key {
        path: "intercom.ca_file",
        variable: "FRONTDESK_CA_FILE",
        also: None,
        default: "none",
        meaning: "A PEM file of certificate authorities that are trusted besides the system's, such as a company proxy's.",
        set: |config, value| {
            let pem = std::fs::read(value).map_err(|error| format!("`{value}`: {error}"))?;
            config.authorities = Certificates::from_pem(&pem)
                .map_err(|error| format!("`{value}` is not a PEM file of certificates: {error}"))?;
            Ok(())
        },
    },
    Key {
        path: "server.listen",
        variable: "FRONTDESK_LISTEN",
        also: None,
        default: "127.0.0.1:8787",
        meaning: "The address that `serve` and `demo` listen on; port 0 takes a free one.",
        set: |config, value| address(value).map(|listen| config.listen = listen),
    },
    Key {
        path: "server.token",
        variable: "FRONTDESK_TOKEN",
        also: None,
        default: "a random one, printed at the start",
        meaning: "The bearer token that the server's own clients send. Not the Intercom token.",
        set: |config, value| {
            if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err("a token has only visible ASCII characters and no spaces".into());
            }
            config.token = Some(value.into());
            Ok(())
        },
    },
    Key {
        path: "server.allowed_hosts",
        variable: "FRONTDESK_ALLOWED_HOSTS",
        also: None,
        default: "this machine and the address listened on",
        meaning: "Further host names that the server is reached by, with a port where only that one counts.",
        set: |config, value| {
            config.allowed_hosts = list(value);
            Ok(())
        },
    },
    Key {
        path: "server.allowed_origins",
        variable: "FRONTDESK_ALLOWED_ORIGINS",
        also: None,
        default: "pages of the allowed hosts",
        meaning: "Web sites whose pages may call the server, such as `https://app.example`.",
        set: |config, value| {
            config.allowed_origins = list(value);
            Ok(())
        },
    },
    operations::TRUSTED_PROXIES,
    Key {
        path: "server.max_body",
        variable: "FRONTDESK_MAX_BODY",
        also: None,
        default: "1048576",
        meaning: "The largest request body in bytes.",
        set: |config, value| {
            config.max_body = value
                .parse()
                .ok()
                .filter(|bytes| (1024..=64 << 20).contains(bytes))
                .ok_or_else(|| {
                    format!("`{value}` is not a number of bytes from 1024 to 67108864")
                })?;
            Ok(())
        },
    },
    Key {
        path: "server.public_url",
        variable: "FRONTDESK_PUBLIC_URL",
        also: None,
        default: "none",
        meaning: "Where people and clients reach the server, such as `https://desk.example`: for links that it gives out.",
        set: |config, value| {
            let url = value.trim_end_matches('/');
            if !(url.starts_with("https://") || url.starts_with("http://")) {
                return Err(format!(
                    "`{value}` is not a URL: write it like https://desk.example"
                ));
            }
            config.public_url = Some(url.to_owned());
            Ok(())
        },
    },
    operations::GRACE_PERIOD,
    Key {
        path: "desk.database",
        variable: "FRONTDESK_DATABASE",
        also: None,
        default: "frontdesk.db in FRONTDESK_HOME",
        meaning: "The database of a server of many tenants: a `postgres://` URL, or the path of a SQLite file.",
        set: |config, value| {
            config.database = Some(value.into());
            Ok(())
        },
    },
    Key {
        path: "desk.redis",
        variable: "FRONTDESK_REDIS",
        also: None,
        default: "none",
        meaning: "A `redis://` or `rediss://` URL of Redis or Valkey, by which several servers over one database share Intercom's rate allowance.",
        set: |config, value| {
            config.redis = Some(value.into());
            Ok(())
        },
    },
    Key {
        path: "desk.key_file",
        variable: "FRONTDESK_KEY_FILE",
        also: None,
        default: "keys in FRONTDESK_HOME",
        meaning: "The file with the keys that seal stored credentials, made with a new key where it is missing. Keep a copy apart from the database.",
        set: |config, value| {
            config.key_file = Some(PathBuf::from(value));
            Ok(())
        },
    },
    Key {
        path: "desk.keys",
        variable: "FRONTDESK_KEYS",
        also: None,
        default: "the key file's",
        meaning: "Those keys themselves, as `id:base64,…`, 32 bytes each; the first seals, the others still open.",
        set: |config, value| {
            config.keys = Some(value.into());
            Ok(())
        },
    },
    Key {
        path: "desk.kms",
        variable: "FRONTDESK_KMS",
        also: None,
        default: "none",
        meaning: "The service that wraps the keys of the key file: `aws-kms:REGION:KEY` or `transit:https://ADDRESS/MOUNT/KEY`, where the program was built with the feature `kms-aws` or `kms-transit`. `frontdesk admin keys protect` wraps a file that is there already.",
        set: |config, value| {
            config.kms = Some(value.into());
            Ok(())
        },
    },
    Key {
        path: "tools.toolsets",
        variable: "FRONTDESK_TOOLSETS",
        also: None,
        default: "inbox",
        meaning: "The toolsets whose tools are listed; `all` lists every tool. `frontdesk tools list --toolsets all` shows them.",
        set: |config, value| {
            config.toolsets = list(value);
            Ok(())
        },
    },
    Key {
        path: "tools.mode",
        variable: "FRONTDESK_MODE",
        also: None,
        default: "tools",
        meaning: "What is listed: `tools` lists the tools of the toolsets; `meta` lists `search_tools`, `get_tool_details` and `call_tool` alone, which find, explain and call all that may be called.",
        set: |config, value| {
            config.mode = match value {
                "tools" => Mode::Tools,
                "meta" => Mode::Meta,
                _ => return Err(choice(value, "tools, meta")),
            };
            Ok(())
        },
    },
    Key {
        path: "tools.allow",
        variable: "FRONTDESK_ALLOW",
        also: None,
        default: "none",
        meaning: "Tools by name; where some are named, they are the only ones there are. `create_identity_secret`, whose answer is a secret, is there only where it is named.",
        set: |config, value| {
            config.allow = list(value);
            Ok(())
        },
    },
    Key {
        path: "tools.deny",
        variable: "FRONTDESK_DENY",
        also: None,
        default: "none",
        meaning: "Tools by name that are taken away.",
        set: |config, value| {
            config.deny = list(value);
            Ok(())
        },
    },
    Key {
        path: "tools.risk_ceiling",
        variable: "FRONTDESK_RISK_CEILING",
        also: None,
        default: "destructive",
        meaning: "The worst that a call may do: `read`, `write` or `destructive`.",
        set: |config, value| {
            config.ceiling = match value {
                "read" => Risk::Read,
                "write" => Risk::Write,
                "destructive" => Risk::Destructive,
                _ => return Err(choice(value, "read, write, destructive")),
            };
            Ok(())
        },
    },
    Key {
        path: "tools.read_only",
        variable: "FRONTDESK_READ_ONLY",
        also: None,
        default: "false",
        meaning: "`true` allows reading alone, whatever `risk_ceiling` says.",
        set: |config, value| switch(value).map(|on| config.read_only = on),
    },
    Key {
        path: "tools.unconfirmed",
        variable: "FRONTDESK_UNCONFIRMED",
        also: None,
        default: "deny",
        meaning: "What becomes of a destructive call when the client cannot ask its user first: `allow` or `deny`.",
        set: |config, value| {
            config.unconfirmed = match value {
                "allow" => Unconfirmed::Allow,
                "deny" => Unconfirmed::Deny,
                _ => return Err(choice(value, "allow, deny")),
            };
            Ok(())
        },
    },
    Key {
        path: "tools.open_ended",
        variable: "FRONTDESK_OPEN_ENDED",
        also: None,
        default: "true",
        meaning: "Whether tools that are not listed can be found with `search_tools` and called with `call_tool`.",
        set: |config, value| switch(value).map(|on| config.open_ended = on),
    },
    Key {
        path: "tools.openapi",
        variable: "FRONTDESK_OPENAPI",
        also: None,
        default: "none",
        meaning: "OpenAPI descriptions (files) whose operations become tools where the catalog lacks them; see docs/tools-of-your-own.md.",
        set: |config, value| {
            config.openapi = paths(value);
            Ok(())
        },
    },
    Key {
        path: "tools.files",
        variable: "FRONTDESK_TOOL_FILES",
        also: None,
        default: "none",
        meaning: "Files with tools of your own, each made of calls of other tools; see docs/tools-of-your-own.md.",
        set: |config, value| {
            config.tool_files = paths(value);
            Ok(())
        },
    },
    Key {
        path: "tools.dialect",
        variable: "FRONTDESK_DIALECT",
        also: None,
        default: "none",
        meaning: "Another server whose tools are offered in place of our own, by its names, with its arguments and answers: `official`, `dunia`, `gantz`, `scalekit` or `truto`. [dialects.md](dialects.md) has them.",
        set: |config, value| {
            config.dialect = match value {
                "none" => None,
                name if catalog::Dialect::names().any(|known| known == name) => {
                    Some(name.to_owned())
                }
                _ => {
                    let names: Vec<&str> = catalog::Dialect::names().collect();
                    return Err(choice(value, &format!("none, {}", names.join(", "))));
                }
            };
            Ok(())
        },
    },
    Key {
        path: "state.home",
        variable: "FRONTDESK_HOME",
        also: None,
        default: "`$XDG_STATE_HOME/frontdesk`, else `~/.local/state/frontdesk`",
        meaning: "The folder of the audit log and of imported descriptions, and of `config.yaml` where the variable is set.",
        set: |config, value| {
            config.home = Some(PathBuf::from(value));
            Ok(())
        },
    },
    Key {
        path: "state.archive",
        variable: "FRONTDESK_ARCHIVE",
        also: None,
        default: "`archive.sqlite` in the folder of the state",
        meaning: "The archive that `frontdesk export` fills and the insight tools read, a SQLite file.",
        set: |config, value| {
            config.archive = Some(PathBuf::from(value));
            Ok(())
        },
    },
    operations::AUDIT_ARGUMENTS,
    operations::AUDIT_SINKS,
    operations::METRICS_LISTEN,
    operations::METRICS_TOKEN,
    Key {
        path: "log.level",
        variable: "FRONTDESK_LOG",
        also: Some("LOG_LEVEL"),
        default: "info; warn for `stdio` and `tools`",
        meaning: "How much is logged on standard error: `off`, `error`, `warn`, `info`, `debug` or `trace`.",
        set: |config, value| {
            // Other programs read LOG_LEVEL too, with words of their own.
            let word = match value.to_ascii_lowercase().as_str() {
                "silent" => "off",
                "fatal" | "critical" => "error",
                "warning" => "warn",
                "notice" => "info",
                "verbose" => "debug",
                _ => value,
            };
            let level = word.parse();
            config.log =
                Some(level.map_err(|_| choice(value, "off, error, warn, info, debug, trace"))?);
            Ok(())
        },
    },
    Key {
        path: "log.format",
        variable: "FRONTDESK_LOG_FORMAT",
        also: None,
        default: "text",
        meaning: "The form of log lines: `text` or `json`.",
        set: |config, value| {
            config.log_format = match value {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => return Err(choice(value, "text, json")),
            };
            Ok(())
        },
    },
];
