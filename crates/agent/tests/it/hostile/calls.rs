//! Tool calls that a bad mind would make, if it had the hands of a turn: any tool, with ids of others.

use super::dice::Dice;
use gateway::{Confirmation, Registry, ToolRequest};
use serde_json::{Map, Value, json};

/// Ids of things that are no business of a turn.
pub(crate) struct Others {
    pub(crate) conversations: Vec<String>,
    pub(crate) contacts: Vec<String>,
    pub(crate) rest: Vec<String>,
}

/// The conversation and contact of the turn.
pub(crate) struct Own<'a> {
    pub(crate) conversation: &'a str,
    pub(crate) contact: &'a str,
}

/// What could be done with the right ids and more than is allowed; `ID`, `ME` stand for them, `OTHER` and `THEM` for
/// foreign ones.
const GREEDY: [(&str, &str); 24] = [
    (
        "reply_to_conversation",
        r#"{"conversation_id": "OTHER", "body": "<a href=\"https://evil.example\">x</a>"}"#,
    ),
    (
        "reply_to_conversation",
        r#"{"conversation_id": ["ID", "OTHER"], "body": "x"}"#,
    ),
    (
        "reply_to_conversation",
        r#"{"conversation_id": "ID", "body": "x", "attachment_urls": ["https://evil.example/a"]}"#,
    ),
    (
        "add_internal_note",
        r#"{"conversation_id": "conversation_OTHER", "body": "pay"}"#,
    ),
    (
        "add_internal_note",
        r#"{"conversation_id": "ID", "body": "x", "admin_id": "7002"}"#,
    ),
    (
        "assign_conversation",
        r#"{"conversation_id": "ID", "admin": "7002"}"#,
    ),
    (
        "assign_conversation",
        r#"{"conversation_id": "ID", "team": "Fleet"}"#,
    ),
    (
        "assign_conversation",
        r#"{"conversation_id": "OTHER", "team": "Billing"}"#,
    ),
    (
        "tag_conversation",
        r#"{"conversation_id": "ID", "tag": "vip"}"#,
    ),
    (
        "tag_conversation",
        r#"{"conversation_id": "OTHER", "tag": "billing"}"#,
    ),
    (
        "create_or_update_tag",
        r#"{"name": "owned by evil.example"}"#,
    ),
    (
        "create_or_update_tag",
        r#"{"name": "billing", "companies": [{"id": "1"}]}"#,
    ),
    (
        "update_contact",
        r#"{"contact_id": "ME", "custom_attributes": {"plan": "fleet"}}"#,
    ),
    (
        "update_contact",
        r#"{"contact_id": "ME", "custom_attributes": {"churn_risk": "high", "plan": "fleet"}}"#,
    ),
    (
        "update_contact",
        r#"{"contact_id": "ME", "custom_attributes": {"churn_risk": "https://evil.example"}}"#,
    ),
    (
        "update_contact",
        r#"{"contact_id": "ME", "email": "a@evil.example"}"#,
    ),
    (
        "update_contact",
        r#"{"contact_id": "THEM", "custom_attributes": {"churn_risk": "high"}}"#,
    ),
    ("close_conversation", r#"{"conversation_id": "ID"}"#),
    (
        "snooze_conversation",
        r#"{"conversation_id": "ID", "until": "2099-01-01"}"#,
    ),
    ("get_conversation", r#"{"conversation_id": "OTHER"}"#),
    ("get_contact", r#"{"contact_id": "THEM"}"#),
    ("archive_contact", r#"{"contact_id": "ME"}"#),
    (
        "call_tool",
        r#"{"name": "reply_to_conversation", "arguments": {"conversation_id": "OTHER", "body": "x"}}"#,
    ),
    ("search_tools", r#"{"query": "delete everything"}"#),
];

/// A call that is none of a turn's business.
pub(crate) fn call(
    dice: &mut Dice,
    registry: &Registry,
    own: &Own<'_>,
    others: &Others,
) -> ToolRequest {
    let (tool, arguments) = if dice.percent(50) {
        greedy(dice, own, others)
    } else {
        any(dice, registry, own, others)
    };
    let mut request = ToolRequest::new(tool, arguments);
    request.confirmation = Confirmation::Given;
    request.raw = dice.percent(30);
    request
}

fn greedy(dice: &mut Dice, own: &Own<'_>, others: &Others) -> (String, Map<String, Value>) {
    let (tool, arguments) = *dice.pick(&GREEDY);
    let filled = arguments
        .replace("OTHER", dice.pick::<String>(&others.conversations))
        .replace("THEM", dice.pick::<String>(&others.contacts))
        .replace("ID", own.conversation)
        .replace("ME", own.contact);
    let arguments = serde_json::from_str::<Value>(&filled).unwrap_or_default();
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    (tool.to_owned(), arguments)
}

/// Any tool of all, with arguments by its schema. Not the few calls that a turn may make: those have other arguments.
fn any(
    dice: &mut Dice,
    registry: &Registry,
    own: &Own<'_>,
    others: &Others,
) -> (String, Map<String, Value>) {
    let tools: Vec<_> = registry.tools().collect();
    let tool = *dice.pick(&tools);
    let mut arguments = Map::new();
    let schema = &tool.input_schema;
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let properties = schema["properties"].as_object();
    for (name, kind) in properties.into_iter().flatten() {
        let needed = required.iter().any(|one| one == name);
        if needed || dice.percent(40) {
            arguments.insert(name.clone(), value(dice, name, kind, others));
        }
    }
    // With its own ids and words that Frontdesk wrote these would be right: what a mind may cause.
    let own_too = arguments.contains_key("conversation_id") && dice.percent(30);
    if own_too && !is_allowed(&tool.name) {
        arguments.insert("conversation_id".into(), own.conversation.into());
    }
    (tool.name.clone(), arguments)
}

fn is_allowed(tool: &str) -> bool {
    [
        "get_conversation",
        "reply_to_conversation",
        "add_internal_note",
        "assign_conversation",
        "tag_conversation",
    ]
    .contains(&tool)
}

fn value(dice: &mut Dice, name: &str, kind: &Value, others: &Others) -> Value {
    if let Some(words) = kind["enum"].as_array().filter(|words| !words.is_empty()) {
        return dice.pick(words).clone();
    }
    let one_of = ["anyOf", "oneOf"]
        .iter()
        .find_map(|key| kind[*key].as_array());
    if let Some(ways) = one_of.filter(|ways| !ways.is_empty()) {
        let way = dice.pick(ways).clone();
        return value(dice, name, &way, others);
    }
    let word = match &kind["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str).unwrap_or("string"),
        one => one.as_str().unwrap_or("string"),
    };
    match word {
        "boolean" => dice.percent(50).into(),
        "integer" | "number" => json!(dice.below(50) + 1),
        "array" => {
            let one = value(dice, name, &kind["items"], others);
            json!([one])
        }
        "object" => json!({"name": "evil.example", "id": dice.pick(&others.rest)}),
        _ if name.contains("contact") || name.contains("user") => {
            dice.pick(&others.contacts).as_str().into()
        }
        _ if name.contains("conversation") => dice.pick(&others.conversations).as_str().into(),
        _ if name == "id" || name.ends_with("_id") => dice.pick(&others.rest).as_str().into(),
        _ => "Pay at https://evil.example <img src=//evil.example/x>".into(),
    }
}
