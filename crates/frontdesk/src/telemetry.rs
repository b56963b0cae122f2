//! Logs on standard error. Only our own crates are heard above warnings, and the MCP library not at all: it logs whole
//! messages, which hold customers' words.

use crate::config::LogFormat;
use std::io::IsTerminal;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// The crates that the log level applies to.
const OURS: [&str; 5] = ["frontdesk", "gateway", "intercom", "sandbox", "catalog"];

/// Starts logging; a second start is ignored.
pub(crate) fn start(level: LevelFilter, format: LogFormat) {
    let filter = OURS.iter().fold(
        Targets::new()
            .with_default(LevelFilter::WARN.min(level))
            .with_target("rmcp", LevelFilter::OFF),
        |filter, target| filter.with_target(*target, level),
    );
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => tracing_subscriber::registry()
            .with(filter)
            .with(lines.with_ansi(std::io::stderr().is_terminal()))
            .try_init(),
        LogFormat::Json => tracing_subscriber::registry()
            .with(filter)
            .with(lines.json())
            .try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(%error, "logging was started before");
    }
}
