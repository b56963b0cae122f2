//! What is told of the work: log lines, metrics, traces. None of it holds a secret or a customer's words.

mod families;
pub mod logs;
mod meter;
pub(crate) mod otlp;
mod prometheus;
mod watch;

pub use otlp::OtelSettings;

pub(crate) use prometheus::{CONTENT_TYPE, page};
pub(crate) use watch::start_metrics;

use meter::Meter;
use otlp::Spans;
use std::sync::Arc;

/// The counters and the tracer of a process.
pub struct Telemetry {
    pub(crate) meter: Arc<Meter>,
    settings: OtelSettings,
}

impl Telemetry {
    /// Counts from now on; traces go out where the settings name a collector. Within a Tokio runtime.
    pub(crate) fn start(settings: &OtelSettings) -> Arc<Self> {
        let spans = settings
            .traces
            .as_ref()
            .map(|traces| Spans::start(settings, traces));
        Arc::new(Self {
            meter: Arc::new(Meter::new(spans)),
            settings: settings.clone(),
        })
    }

    /// Sends the spans that wait.
    pub(crate) async fn flush(&self) {
        self.meter.flush().await;
    }
}
