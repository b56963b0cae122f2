//! The metrics of a process as one OTLP message.

use super::{Message, OtelSettings, Value, attributes};
use crate::telemetry::families::{Family, Kind, Point, Reading};

/// Sums and histograms count from the start of the process.
const CUMULATIVE: u32 = 2;

/// When counting began, and now, in nanoseconds since 1970.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) now: u64,
}

/// An `ExportMetricsServiceRequest`.
pub(crate) fn request(settings: &OtelSettings, families: &[Family], span: Span) -> Message {
    let metrics = families.iter().map(|family| metric(family, span)).collect();
    let scope = Message::default().text(1, "name", "frontdesk").text(
        2,
        "version",
        env!("CARGO_PKG_VERSION"),
    );
    let scoped = Message::default()
        .holding(1, "scope", scope)
        .listing(2, "metrics", metrics);
    let resource = Message::default().listing(1, "attributes", attributes(settings.resource()));
    let all = Message::default().holding(1, "resource", resource).listing(
        2,
        "scopeMetrics",
        vec![scoped],
    );
    Message::default().listing(1, "resourceMetrics", vec![all])
}

fn metric(family: &Family, span: Span) -> Message {
    let points: Vec<Message> = family.points.iter().map(|point| of(point, span)).collect();
    let message = Message::default()
        .text(1, "name", family.name)
        .text(2, "description", family.help)
        .text(3, "unit", family.unit);
    let data = Message::default().listing(1, "dataPoints", points);
    let cumulative =
        |data: Message| data.with(2, "aggregationTemporality", Value::Small(CUMULATIVE));
    match family.kind {
        Kind::Gauge => message.holding(5, "gauge", data),
        Kind::Counter => {
            let sum = cumulative(data).with(3, "isMonotonic", Value::Bool(true));
            message.holding(7, "sum", sum)
        }
        Kind::Histogram => message.holding(9, "histogram", cumulative(data)),
    }
}

fn of(point: &Point, span: Span) -> Message {
    let labels = point
        .labels
        .iter()
        .map(|(key, value)| (*key, value.as_str()));
    let labels = attributes(labels);
    let message = Message::default()
        .time(2, "startTimeUnixNano", span.start)
        .time(3, "timeUnixNano", span.now);
    match &point.reading {
        // A sixty-four bit number in both: `as_int` is fixed width.
        Reading::Count(count) => {
            message
                .with(6, "asInt", Value::Fixed(*count))
                .listing(7, "attributes", labels)
        }
        Reading::Level(level) => {
            message
                .with(4, "asDouble", Value::Double(*level))
                .listing(7, "attributes", labels)
        }
        Reading::Sizes {
            bounds,
            counts,
            sum,
        } => message
            .with(4, "count", Value::Fixed(counts.iter().sum()))
            .with(5, "sum", Value::Double(*sum))
            .with(6, "bucketCounts", Value::Fixeds(counts.clone()))
            .with(7, "explicitBounds", Value::Doubles(bounds.clone()))
            .listing(9, "attributes", labels),
    }
}
