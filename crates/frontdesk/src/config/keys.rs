//! Every setting in one table.

use super::{Config, LogFormat};
use crate::Error;
use catalog::Risk;
use gateway::Unconfirmed;
use std::{fmt::Write, path::PathBuf, str::FromStr, time::Duration};

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
pub const KEYS: &[Key] = &[
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
        path: "intercom.upstream_timeout",
        variable: "FRONTDESK_UPSTREAM_TIMEOUT",
        also: None,
        default: "20",
        meaning: "Seconds for one call to Intercom over all: waiting for the allowance, sending, trying again, reading.",
        set: |config, value| seconds(value).map(|timeout| config.upstream_timeout = timeout),
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
        path: "tools.allow",
        variable: "FRONTDESK_ALLOW",
        also: None,
        default: "none",
        meaning: "Tools by name; where some are named, they are the only ones there are.",
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
        path: "state.home",
        variable: "FRONTDESK_HOME",
        also: None,
        default: "`$XDG_STATE_HOME/frontdesk`, else `~/.local/state/frontdesk`",
        meaning: "The folder of the audit log, and of `config.yaml` where the variable is set.",
        set: |config, value| {
            config.home = Some(PathBuf::from(value));
            Ok(())
        },
    },
    Key {
        path: "log.level",
        variable: "FRONTDESK_LOG",
        also: None,
        default: "info; warn for `stdio` and `tools`",
        meaning: "How much is logged on standard error: `off`, `error`, `warn`, `info`, `debug` or `trace`.",
        set: |config, value| {
            let level = value.parse();
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

/// The setting at a place of the file.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The sections of the file.
pub(super) fn sections() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    KEYS.iter().filter_map(move |key| {
        let (section, _) = key.path.split_once('.')?;
        (section != std::mem::replace(&mut last, section)).then_some(section)
    })
}

/// What a section holds, as a sentence.
pub(super) fn of_section(section: &str) -> String {
    let names: Vec<&str> = KEYS
        .iter()
        .filter_map(|key| key.path.strip_prefix(section)?.strip_prefix('.'))
        .collect();
    format!("`{section}` holds {}", names.join(", "))
}

/// `docs/config.md`.
pub fn reference() -> String {
    let mut text = String::from(INTRODUCTION);
    for section in sections() {
        let _ = write!(
            text,
            "\n## {section}\n\n| in the file | variable | default | meaning |\n|---|---|---|---|\n"
        );
        for key in KEYS {
            if let Some(name) = key
                .path
                .strip_prefix(section)
                .and_then(|rest| rest.strip_prefix('.'))
            {
                let variables: Vec<String> =
                    key.variables().map(|name| format!("`{name}`")).collect();
                let _ = writeln!(
                    text,
                    "| `{name}` | {} | {} | {} |",
                    variables.join(", "),
                    key.default,
                    key.meaning
                );
            }
        }
    }
    text
}

const INTRODUCTION: &str = "\
# Configuration

Nothing needs a file: an access token in the environment is enough. Settings are taken in this order, the later one \
wins: the defaults below, the file, the environment, flags (`frontdesk <command> --help`).

The file is the one that `--config` or `FRONTDESK_CONFIG` names, else `$FRONTDESK_HOME/config.yaml`, else \
`$XDG_CONFIG_HOME/frontdesk/config.yaml` (`~/.config/frontdesk/config.yaml`). An unknown key or a wrong value is an \
error that names the file and the line. Lists are YAML lists in the file and separated by commas in the environment.

```yaml
intercom:
  region: eu
  token_file: /run/secrets/intercom-token
server:
  listen: 0.0.0.0:8787
  allowed_hosts: [desk.example]
tools:
  toolsets: [inbox, tickets]
  risk_ceiling: write
```

This page is generated from `crates/frontdesk/src/config/keys.rs`; a test holds it up to date.
";

fn parse<T: FromStr>(value: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    value.parse().map_err(|error: T::Err| error.to_string())
}

fn switch(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(choice(value, "true, false")),
    }
}

fn seconds(value: &str) -> Result<Duration, String> {
    value
        .parse::<f64>()
        .ok()
        .filter(|seconds| (0.1..=3600.0).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("`{value}` is not a number of seconds from 0.1 to 3600"))
}

fn address(value: &str) -> Result<std::net::SocketAddr, String> {
    let text = value
        .strip_prefix("localhost:")
        .map_or_else(|| value.to_owned(), |port| format!("127.0.0.1:{port}"));
    text.parse()
        .map_err(|_| format!("`{value}` is not an address: write it like 127.0.0.1:8787"))
}

fn list(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

fn choice(value: &str, choices: &str) -> String {
    format!("`{value}` is none of: {choices}")
}
