//! CSV as RFC 4180 has it. A cell that a spreadsheet would take for a formula begins with an apostrophe.

use super::Event;

const COLUMNS: [&str; 25] = [
    "event_id",
    "at",
    "tenant",
    "seq",
    "kind",
    "call",
    "user",
    "endpoint",
    "client",
    "client_ip",
    "tool",
    "risk",
    "decision",
    "reason",
    "outcome",
    "upstream_status",
    "upstream_request_id",
    "duration_ms",
    "tokens_out",
    "arguments_sha256",
    "arguments",
    "trace",
    "role",
    "object",
    "hash",
];

/// The names of the columns.
pub(super) fn head() -> String {
    format!("{}\r\n", COLUMNS.join(","))
}

/// One entry, without the end of the line.
pub(super) fn line(event: &Event<'_>) -> String {
    let entry = event.entry;
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let (status, request) = event.upstream();
    let arguments = event.arguments();
    let cells: [String; COLUMNS.len()] = [
        entry.event_id.clone(),
        event.at(),
        event.tenant.to_owned(),
        entry.seq.to_string(),
        entry.kind.clone(),
        entry.call_id.clone(),
        entry.user_id.clone().unwrap_or_default(),
        entry.endpoint_id.clone().unwrap_or_default(),
        event.text("client").to_owned(),
        event.text("client_ip").to_owned(),
        entry.tool.clone().unwrap_or_default(),
        event.text("risk").to_owned(),
        event.text("decision").to_owned(),
        event.text("reason").to_owned(),
        entry.outcome.clone().unwrap_or_default(),
        number(status),
        request.to_owned(),
        number(event.duration_ms()),
        number(event.number("tokens_out")),
        event.text("arguments_sha256").to_owned(),
        if arguments.is_null() {
            String::new()
        } else {
            arguments.to_string()
        },
        event.text("trace").to_owned(),
        event.text("role").to_owned(),
        event.text("object").to_owned(),
        crate::tenants::hex(&entry.hash),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
    cells.join(",")
}

/// A cell that is data whatever opens it.
pub(super) fn escaped(text: &str) -> String {
    // What a spreadsheet skips does not hide a formula from it.
    let first = text
        .trim_start_matches([' ', '\u{a0}', '\u{feff}'])
        .chars()
        .next();
    let formula = first.is_some_and(|first| "=+-@\t\r\n|%＝＋－＠".contains(first));
    let quoted = formula || text.contains(['"', ',', '\r', '\n', '\'', ';', '\t']);
    if !quoted {
        return text.to_owned();
    }
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}
