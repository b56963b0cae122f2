//! OpenTelemetry over OTLP/HTTP, set up by the standard `OTEL_*` variables: spans, metrics, and logs for the audit export.
//!
//! Written here and not taken from the SDK: three message types and a POST are a tenth of the SDK's dependencies.

mod message;
mod metrics;
mod sender;
mod settings;
mod spans;

pub(crate) use message::{Message, Value, attribute, attributes};
pub(crate) use metrics::{Span as MetricsSpan, request as metrics_request};
pub(crate) use sender::Sender;
pub use settings::OtelSettings;
pub(crate) use settings::Signal;
pub(crate) use spans::{Spans, nanoseconds};
