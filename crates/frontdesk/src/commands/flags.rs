//! Flags that several commands have; each sets one setting of the configuration.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are help texts, where backticks would show"
)]

use crate::config::{Config, Sources, environment};
use crate::{Error, telemetry};
use clap::Args;
use std::path::PathBuf;
use tracing::level_filters::LevelFilter;

/// What every command has.
pub(super) struct General {
    pub(super) file: Option<PathBuf>,
    pub(super) log: Option<String>,
}

/// Which workspace, and how.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Intercom")]
pub(super) struct ConnectionFlags {
    /// Where the workspace lives: us, eu or au [env: INTERCOM_REGION]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Another address of the API, such as the sandbox's [env: INTERCOM_BASE_URL]
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// The Intercom-Version that is asked for [env: INTERCOM_VERSION]
    #[arg(long, value_name = "VERSION")]
    api_version: Option<String>,
    /// File that holds the access token; read again when it changes [env: FRONTDESK_TOKEN_FILE]
    #[arg(long, value_name = "FILE")]
    token_file: Option<String>,
    /// Seconds for one call to Intercom [env: FRONTDESK_UPSTREAM_TIMEOUT]
    #[arg(long, value_name = "SECONDS")]
    upstream_timeout: Option<String>,
}

/// What may be done.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Tools")]
pub(super) struct ToolFlags {
    /// Toolsets to list, separated by commas; `all` for every one [env: FRONTDESK_TOOLSETS]
    #[arg(long, value_name = "NAMES")]
    toolsets: Option<String>,
    /// List only the tools that find, explain and call all others [env: FRONTDESK_MODE=meta]
    #[arg(long)]
    meta: bool,
    /// Allow reading alone [env: FRONTDESK_READ_ONLY]
    #[arg(long)]
    read_only: bool,
    /// The worst a call may do: read, write or destructive [env: FRONTDESK_RISK_CEILING]
    #[arg(long, value_name = "RISK")]
    risk_ceiling: Option<String>,
    /// Destructive calls where the client cannot ask its user: allow or deny [env: FRONTDESK_UNCONFIRMED]
    #[arg(long, value_name = "POLICY")]
    unconfirmed: Option<String>,
    /// Speak as another server does: official, dunia, gantz, scalekit or truto [env: FRONTDESK_DIALECT]
    #[arg(long, value_name = "NAME")]
    dialect: Option<String>,
}

type Flag = (&'static str, &'static str, String);

/// Flags as the configuration takes them.
pub(super) struct Given(Vec<Flag>);

impl Given {
    /// No flags.
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    /// A flag, where it was given.
    pub(super) fn and(
        mut self,
        flag: &'static str,
        key: &'static str,
        value: Option<&String>,
    ) -> Self {
        self.0.extend(value.map(|value| (flag, key, value.clone())));
        self
    }

    /// The flags of a connection.
    pub(super) fn connection(self, flags: &ConnectionFlags) -> Self {
        self.and("--region", "intercom.region", flags.region.as_ref())
            .and("--base-url", "intercom.base_url", flags.base_url.as_ref())
            .and(
                "--api-version",
                "intercom.version",
                flags.api_version.as_ref(),
            )
            .and(
                "--token-file",
                "intercom.token_file",
                flags.token_file.as_ref(),
            )
            .and(
                "--upstream-timeout",
                "intercom.upstream_timeout",
                flags.upstream_timeout.as_ref(),
            )
    }

    /// The flags of an endpoint.
    pub(super) fn tools(self, flags: &ToolFlags) -> Self {
        let read_only = flags.read_only.then(|| "true".to_owned());
        let mode = flags.meta.then(|| "meta".to_owned());
        self.and("--toolsets", "tools.toolsets", flags.toolsets.as_ref())
            .and("--meta", "tools.mode", mode.as_ref())
            .and("--read-only", "tools.read_only", read_only.as_ref())
            .and(
                "--risk-ceiling",
                "tools.risk_ceiling",
                flags.risk_ceiling.as_ref(),
            )
            .and(
                "--unconfirmed",
                "tools.unconfirmed",
                flags.unconfirmed.as_ref(),
            )
            .and("--dialect", "tools.dialect", flags.dialect.as_ref())
    }

    /// Reads the whole configuration, and nothing else.
    pub(super) fn config(&self, general: &General) -> Result<Config, Error> {
        let log = general
            .log
            .iter()
            .map(|level| ("--log", "log.level", level.clone()));
        let flags: Vec<Flag> = self.0.iter().cloned().chain(log).collect();
        Config::read(&Sources {
            file: general.file.as_deref(),
            variable: &environment,
            flags: &flags,
        })
    }

    /// Reads the whole configuration and starts logging; `quiet` commands log warnings unless told otherwise.
    pub(super) fn read(&self, general: &General, quiet: bool) -> Result<Config, Error> {
        let config = self.config(general)?;
        let usual = if quiet {
            LevelFilter::WARN
        } else {
            LevelFilter::INFO
        };
        telemetry::logs::start(config.log.unwrap_or(usual), config.log_format);
        Ok(config)
    }
}
