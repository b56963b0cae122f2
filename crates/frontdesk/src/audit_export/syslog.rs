//! RFC 5424 messages: facility 13 (log audit), the facts as structured data, the entry's body as JSON for the text.

use super::Event;
use std::fmt::Write as _;

/// Log audit.
const FACILITY: u32 = 13;
const NOTICE: u32 = 5;
const INFORMATIONAL: u32 = 6;
/// The number that RFC 5612 keeps for examples: ours is to be asked of IANA.
const ID: &str = "frontdesk@32473";
/// What is longer than every receiver must take (RFC 5425) is cut from the text, never from the facts.
const LONGEST: usize = 8_192;

/// A message, without a frame. It has no line break.
pub(crate) fn message(event: &Event<'_>) -> String {
    let severity = if event.is_failure() {
        NOTICE
    } else {
        INFORMATIONAL
    };
    let mut text = format!(
        "<{}>1 {} {} frontdesk - {} {}",
        FACILITY * 8 + severity,
        event.at(),
        host(),
        plain(&event.entry.kind, 32),
        facts(event)
    );
    let body = event.entry.body.replace(['\n', '\r'], " ");
    if !body.is_empty() && text.len() + body.len() + 4 <= LONGEST {
        // The mark says that the text is UTF-8.
        text.push_str(" \u{feff}");
        text.push_str(&body);
    }
    text
}

/// A message in the frame of RFC 6587 and RFC 5425: its length in octets first.
pub(crate) fn framed(event: &Event<'_>) -> Vec<u8> {
    let message = message(event);
    format!("{} {message}", message.len()).into_bytes()
}

fn facts(event: &Event<'_>) -> String {
    let entry = event.entry;
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let (status, request) = event.upstream();
    let mut text = format!("[{ID}");
    for (name, value) in [
        ("event", entry.event_id.as_str()),
        ("tenant", event.tenant),
        ("seq", &entry.seq.to_string()),
        ("call", &entry.call_id),
        ("user", entry.user_id.as_deref().unwrap_or_default()),
        ("endpoint", entry.endpoint_id.as_deref().unwrap_or_default()),
        ("client", event.text("client")),
        ("client_ip", event.text("client_ip")),
        ("role", event.text("role")),
        ("object", event.text("object")),
        ("tool", entry.tool.as_deref().unwrap_or_default()),
        ("risk", event.text("risk")),
        ("decision", event.text("decision")),
        ("reason", event.text("reason")),
        ("outcome", entry.outcome.as_deref().unwrap_or_default()),
        ("status", &number(status)),
        ("request", request),
        ("duration_ms", &number(event.duration_ms())),
        ("tokens_out", &number(event.number("tokens_out"))),
        ("hash", &crate::tenants::hex(&entry.hash)),
    ] {
        if !value.is_empty() {
            // Writing to a String does not fail.
            let _ = write!(text, " {name}=\"{}\"", escaped(value));
        }
    }
    text.push(']');
    text
}

/// The value of a parameter: quote, backslash and bracket are escaped, and a line break cannot forge a message.
pub(super) fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '"' | '\\' | ']' => text.extend(['\\', letter]),
            letter if letter.is_control() => text.push(' '),
            letter => text.push(letter),
        }
    }
    text
}

/// A word of the header: visible ASCII, not empty.
fn plain(text: &str, longest: usize) -> String {
    let word: String = text
        .chars()
        .filter(char::is_ascii_graphic)
        .take(longest)
        .collect();
    if word.is_empty() { "-".into() } else { word }
}

fn host() -> String {
    plain(&std::env::var("HOSTNAME").unwrap_or_default(), 255)
}
