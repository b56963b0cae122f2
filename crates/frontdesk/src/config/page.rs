//! The page of all settings, `docs/config.md`.

use super::keys::{all, sections};
use std::fmt::Write;

/// `docs/config.md`.
pub fn reference() -> String {
    let mut text = String::from(INTRODUCTION);
    for section in sections() {
        let _ = write!(
            text,
            "\n## {section}\n\n| in the file | variable | default | meaning |\n|---|---|---|---|\n"
        );
        for key in all() {
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
error that names the file and the line. Lists are YAML lists in the file and separated by commas in the environment. \
What is secret (tokens, secrets, keys, addresses of databases) may lie in a file of its own, which its variable with \
`_FILE` behind it names: `FRONTDESK_DATABASE_FILE`, `FRONTDESK_KEYS_FILE`, `INTERCOM_ACCESS_TOKEN_FILE` and so on; only \
`FRONTDESK_TOKEN` has none.

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

A request over HTTP may ask for less than its endpoint offers, never for more: `Frontdesk-Toolsets` and `Frontdesk-Tools` \
name what it is kept to, separated by commas, and `Frontdesk-Read-Only: true` keeps it to reading. `X-MCP-Toolsets`, \
`X-MCP-Tools` and `X-MCP-Readonly` mean the same.

This page is generated from `crates/frontdesk/src/config/keys.rs`; a test holds it up to date.
";
