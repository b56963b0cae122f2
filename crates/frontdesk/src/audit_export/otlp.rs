//! OTLP logs: a log record an entry.

use super::Event;
use crate::telemetry::otlp::{Message, Value, attribute, attributes};
use gateway::TraceContext;

/// INFO and WARN in OTLP's numbers.
const INFO: (u32, &str) = (9, "INFO");
const WARN: (u32, &str) = (13, "WARN");

/// An `ExportLogsServiceRequest`.
pub(super) fn request(events: &[Event<'_>]) -> Message {
    let scope = Message::default().text(1, "name", "frontdesk.audit").text(
        2,
        "version",
        env!("CARGO_PKG_VERSION"),
    );
    let records = events.iter().map(record).collect();
    let scoped = Message::default()
        .holding(1, "scope", scope)
        .listing(2, "logRecords", records);
    let resource = attributes([("service.name", "frontdesk")].into_iter());
    let all = Message::default()
        .holding(
            1,
            "resource",
            Message::default().listing(1, "attributes", resource),
        )
        .listing(2, "scopeLogs", vec![scoped]);
    Message::default().listing(1, "resourceLogs", vec![all])
}

fn record(event: &Event<'_>) -> Message {
    let entry = event.entry;
    let at = u64::try_from(entry.at).unwrap_or_default() * 1_000_000;
    let (number, word) = if event.is_failure() { WARN } else { INFO };
    let body = Message::default().text(1, "stringValue", entry.body.as_str());
    let mut message = Message::default()
        .time(1, "timeUnixNano", at)
        .with(2, "severityNumber", Value::Small(number))
        .text(3, "severityText", word)
        .holding(5, "body", body)
        .listing(6, "attributes", described(event));
    // The log keeps the trace alone; which span it was, the trace's own spans tell.
    let trace = format!("00-{}-0000000000000001-01", event.text("trace"));
    if let Some(context) = TraceContext::parse(&trace) {
        message = message.with(9, "traceId", Value::Id(context.trace.to_vec()));
    }
    message.time(11, "observedTimeUnixNano", at).text(
        12,
        "eventName",
        format!("frontdesk.audit.{}", entry.kind),
    )
}

fn described(event: &Event<'_>) -> Vec<Message> {
    let entry = event.entry;
    let hash = crate::tenants::hex(&entry.hash);
    let operation = if event.is_act() {
        "frontdesk.operation"
    } else {
        "gen_ai.tool.name"
    };
    let mut all = attributes(
        [
            ("event.id", entry.event_id.as_str()),
            ("frontdesk.tenant", event.tenant),
            ("frontdesk.call", &entry.call_id),
            ("user.id", entry.user_id.as_deref().unwrap_or_default()),
            (
                "frontdesk.endpoint",
                entry.endpoint_id.as_deref().unwrap_or_default(),
            ),
            (operation, entry.tool.as_deref().unwrap_or_default()),
            ("client.address", event.text("client_ip")),
            ("frontdesk.role", event.text("role")),
            ("frontdesk.object", event.text("object")),
            ("frontdesk.risk", event.text("risk")),
            ("frontdesk.decision", event.text("decision")),
            ("frontdesk.reason", event.text("reason")),
            (
                "frontdesk.outcome",
                entry.outcome.as_deref().unwrap_or_default(),
            ),
            ("frontdesk.client", event.text("client")),
            ("frontdesk.arguments_sha256", event.text("arguments_sha256")),
            ("frontdesk.hash", &hash),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty()),
    );
    all.push(attribute("frontdesk.seq", Value::Int(entry.seq)));
    let (status, _) = event.upstream();
    for (key, number) in [
        ("http.response.status_code", status),
        ("frontdesk.duration_ms", event.duration_ms()),
        ("frontdesk.tokens_out", event.number("tokens_out")),
    ] {
        if let Some(number) = number {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            all.push(attribute(key, Value::Int(number)));
        }
    }
    all
}
