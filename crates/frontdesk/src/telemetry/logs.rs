//! Logs on standard error. Only our own crates are heard above warnings, and the MCP library not at all: it logs whole
//! messages, which hold customers' words.

use crate::config::LogFormat;
use std::{io::IsTerminal, sync::OnceLock};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry, filter::Targets, fmt::MakeWriter, layer::SubscriberExt, reload,
    util::SubscriberInitExt,
};

/// The crates that the log level applies to.
const OURS: [&str; 7] = [
    "frontdesk",
    "gateway",
    "intercom",
    "store",
    "export",
    "sandbox",
    "catalog",
];

/// The filter of the process, once logging was started.
static FILTER: OnceLock<reload::Handle<Targets, Registry>> = OnceLock::new();

/// Starts logging; a second start is ignored.
pub(crate) fn start(level: LevelFilter, format: LogFormat) {
    let (filter, handle) = reload::Layer::new(filter(level));
    let ansi = std::io::stderr().is_terminal();
    let started = Registry::default()
        .with(filter)
        .with(lines(format, ansi, std::io::stderr))
        .try_init();
    match started {
        Ok(()) => drop(FILTER.set(handle)),
        Err(error) => tracing::debug!(%error, "logging was started before"),
    }
}

/// Logs as much as this from now on.
pub(crate) fn set_level(level: LevelFilter) {
    if let Some(handle) = FILTER.get()
        && let Err(error) = handle.reload(filter(level))
    {
        tracing::error!(%error, "the log level stays as it is");
    }
}

/// What would be logged at that level, written elsewhere: for tests of what is in it.
pub fn subscriber<W>(
    level: LevelFilter,
    format: LogFormat,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    Registry::default()
        .with(filter(level))
        .with(lines(format, false, writer))
}

fn filter(level: LevelFilter) -> Targets {
    OURS.iter().fold(
        Targets::new()
            .with_default(LevelFilter::WARN.min(level))
            .with_target("rmcp", LevelFilter::OFF),
        |filter, target| filter.with_target(*target, level),
    )
}

fn lines<S, W>(format: LogFormat, ansi: bool, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    match format {
        LogFormat::Text => Box::new(lines.with_ansi(ansi)),
        LogFormat::Json => Box::new(lines.json().with_ansi(false)),
    }
}
