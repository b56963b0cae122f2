//! One part of a thread as a line: a message, an internal note, or what happened.

use super::people::{People, id_of};
use super::{html, moment};
use serde_json::Value;

/// The first message of a conversation, which Intercom keeps outside the parts.
pub(crate) fn source(source: &Value, people: &People<'_>) -> String {
    let author = people.call(source.get("author").unwrap_or(&Value::Null));
    let mut line = format!("{author}: ");
    line.push_str(&content(source));
    line
}

/// A part, without its time.
pub(crate) fn line(part: &Value, people: &People<'_>) -> String {
    let kind = text(part, "part_type").unwrap_or("event");
    let author = people.call(part.get("author").unwrap_or(&Value::Null));
    let said = content(part);
    let happened = event(part, kind, people);
    let mut line = if said.is_empty() {
        let happened = happened.unwrap_or_else(|| kind.replace('_', " "));
        format!("- {happened} ({author})")
    } else if kind.starts_with("note") {
        let happened = happened
            .map(|event| format!(", {event}"))
            .unwrap_or_default();
        format!("{author} (internal note{happened}): {said}")
    } else {
        let happened = happened
            .map(|event| format!(" ({event})"))
            .unwrap_or_default();
        format!("{author}{happened}: {said}")
    };
    if let Some(tags) = names(part.get("tags")) {
        line.extend([" [tags: ", &tags, "]"]);
    }
    line
}

/// What was said: body, attachments, buttons.
fn content(part: &Value) -> String {
    let mut said = text(part, "body").map(html::message).unwrap_or_default();
    while said.contains("\n\n") {
        said = said.replace("\n\n", "\n");
    }
    let redacted = part.get("redacted").and_then(Value::as_bool) == Some(true);
    if redacted && said.is_empty() {
        said.push_str("[redacted]");
    }
    for file in list(part.get("attachments")) {
        let name = text(file, "name").unwrap_or("file");
        let url = text(file, "url").unwrap_or_default();
        separate(&mut said);
        said.extend(["[attachment ", name, " ", url, "]"]);
    }
    let copied = list(part.pointer("/email_message_metadata/email_address_headers"))
        .filter(|header| matches!(text(header, "type"), Some("cc" | "bcc")))
        .filter_map(|header| text(header, "email_address"));
    for address in copied {
        separate(&mut said);
        said.extend(["[cc ", address, "]"]);
    }
    let options: Vec<&str> = list(part.pointer("/metadata/quick_reply_options"))
        .filter_map(|option| text(option, "text"))
        .collect();
    if !options.is_empty() {
        separate(&mut said);
        said.extend(["[buttons: ", &options.join(", "), "]"]);
    }
    said
}

/// What happened beside words; none for a plain message.
fn event(part: &Value, kind: &str, people: &People<'_>) -> Option<String> {
    Some(match kind {
        "comment" | "note" | "quick_reply" => return None,
        "open" | "note_and_reopen" => "reopened".into(),
        "close" => "closed".into(),
        "snoozed" => snoozed(part),
        "unsnoozed" | "note_and_unsnooze" => "woke up".into(),
        "timer_unsnooze" => "woke up, snooze over".into(),
        "assignment" | "default_assignment" => assigned(part, "", people),
        "workflow_assignment" => assigned(part, " by workflow", people),
        "away_mode_assignment" => assigned(part, " as the assignee is away", people),
        "assign_and_unsnooze" => assigned(part, " and woke up", people),
        "assign_and_reopen" => assigned(part, " and reopened", people),
        "ticket_state_updated_by_admin" => moved(part),
        _ => any_event(part, kind),
    })
}

fn snoozed(part: &Value) -> String {
    let until = ["/metadata/snoozed_until", "/event_details/snoozed_until"]
        .iter()
        .find_map(|place| part.pointer(place)?.as_i64())
        .and_then(moment::iso);
    until.map_or_else(
        || "snoozed".into(),
        |until| format!("snoozed until {until}"),
    )
}

fn assigned(part: &Value, way: &str, people: &People<'_>) -> String {
    match assignee(part, people) {
        Some(name) => format!("assigned to {name}{way}"),
        None => format!("unassigned{way}"),
    }
}

fn moved(part: &Value) -> String {
    let to = text(part, "ticket_state").unwrap_or_default();
    match text(part, "previous_ticket_state").filter(|from| *from != to) {
        Some(from) => format!("state set to {to} from {from}"),
        None => format!("state set to {to}"),
    }
}

/// Kinds that are not listed here: their name, and whatever they tell.
fn any_event(part: &Value, kind: &str) -> String {
    let detail = |places: [&str; 2]| {
        places
            .iter()
            .find_map(|place| part.pointer(place))
            .map(flat)
            .filter(|text| !text.is_empty())
    };
    let name = detail([
        "/event_details/attribute/name",
        "/updated_attribute_data/attribute/label",
    ]);
    let value = detail([
        "/event_details/value/name",
        "/updated_attribute_data/value/label",
    ]);
    let before = detail([
        "/event_details/value/previous",
        "/updated_attribute_data/value/previous",
    ]);
    let workflow = detail(["/event_details/workflow/name", "/event_details/workflow"]);
    let mut line = kind.replace('_', " ");
    match (name, workflow) {
        (Some(name), workflow) => {
            line.extend([": ", &name, " = ", value.as_deref().unwrap_or("nothing")]);
            if let Some(before) = before {
                line.extend([" (was ", &before, ")"]);
            }
            if let Some(workflow) = workflow {
                line.extend([", workflow ", &workflow]);
            }
        }
        (None, Some(workflow)) => line.extend([": ", &workflow]),
        (None, None) => {
            let told = part.get("event_details").map(flat).unwrap_or_default();
            if !told.is_empty() {
                line.extend([": ", &told]);
            }
        }
    }
    line
}

fn assignee(part: &Value, people: &People<'_>) -> Option<String> {
    let to = part.get("assigned_to")?;
    let id = id_of(to).filter(|id| id != "0")?;
    let kind = text(to, "type").unwrap_or("admin");
    Some(match text(to, "name") {
        Some(name) => name.to_owned(),
        None => people.name_of(kind, &id),
    })
}

/// The leaves of a value, in order.
fn flat(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let parts: Vec<String> = map
                .values()
                .map(flat)
                .filter(|text| !text.is_empty())
                .collect();
            parts.join(" ")
        }
        Value::Array(items) => {
            let parts: Vec<String> = items
                .iter()
                .map(flat)
                .filter(|text| !text.is_empty())
                .collect();
            parts.join(", ")
        }
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn names(list_of: Option<&Value>) -> Option<String> {
    let names: Vec<&str> = list(list_of).filter_map(|tag| text(tag, "name")).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value
        .get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn separate(said: &mut String) {
    if !said.is_empty() {
        said.push(' ');
    }
}
