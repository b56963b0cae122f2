//! Answers that have no shape of their own: what is said twice, or goes without saying, is left out.

use super::prune::pruned;
use serde_json::{Map, Value};

/// Flags that are off unless a row says so.
const OFF: [&str; 20] = [
    "archived",
    "away_mode_reassign",
    "default",
    "deleted",
    "deliver_silently",
    "exclude_from_article_suggestions",
    "has_children",
    "has_unpublished_changes",
    "is_default",
    "is_internal",
    "multiline",
    "recurring_annually",
    "redacted",
    "required",
    "required_to_create",
    "required_to_create_for_contacts",
    "retry",
    "sandbox_mode",
    "test",
    "twenty_four_seven",
];
/// What the text copy of a row says, of what the row has.
const ESSENTIAL: [&str; 16] = [
    "type",
    "id",
    "external_id",
    "name",
    "title",
    "label",
    "event_name",
    "email",
    "model",
    "data_type",
    "category",
    "internal_label",
    "state",
    "contact_id",
    "conversation_id",
    "view_id",
];
/// Where a row without a name says what it is about, and how much of it the text copy tells.
const WORDS: [&str; 5] = [
    "body",
    "activity_description",
    "description",
    "text",
    "summary",
];
const SNIPPET: usize = 80;
/// Lists that say what the list beside them says, where both are equal.
const ECHOES: [(&str, &str, &str); 2] = [
    ("admin_priority_level", "primary_admin_ids", "admin_ids"),
    ("team_priority_level", "primary_team_ids", "team_ids"),
];

/// One object.
pub(super) fn object(value: Value) -> Value {
    let mut object = pruned(value);
    if let Some(map) = object.as_object_mut() {
        say_once(map);
    }
    object
}

/// The rows of a list; of rows of several types each tells its own.
pub(super) fn rows(items: Vec<Value>) -> Vec<Value> {
    let kind = |item: &Value| item.get("type").cloned();
    let mixed = items
        .windows(2)
        .any(|pair| kind(&pair[0]) != kind(&pair[1]));
    items
        .into_iter()
        .map(|item| {
            let kind = kind(&item).filter(|_| mixed);
            let mut row = row(item);
            if let Some(map) = row.as_object_mut() {
                go_without(map);
                if let Some(kind) = kind {
                    map.insert("type".into(), kind);
                }
            }
            row
        })
        .collect()
}

/// What the text copy of a list says of a row.
pub(super) fn brief(row: &Value) -> Value {
    let Some(map) = row.as_object() else {
        return row.clone();
    };
    let mut told = super::pick(map, &ESSENTIAL);
    let is_named = ["name", "title", "event_name", "internal_label"]
        .iter()
        .any(|key| told.contains_key(*key));
    if !is_named && let Some(key) = WORDS.iter().find(|key| map.contains_key(**key)) {
        let words = map[*key].as_str().unwrap_or_default();
        told.insert((*key).into(), super::snippet(words, SNIPPET).into());
    }
    if told.len() < 2 {
        row.clone()
    } else {
        told.into()
    }
}

/// One row of a list; its type is that of the list.
pub(super) fn row(item: Value) -> Value {
    let mut row = object(item);
    let Some(map) = row.as_object_mut() else {
        return row;
    };
    map.retain(|key, value| key != "type" && !is_off(key, value));
    for key in ["created_at", "updated_at"] {
        let own = map.get(key);
        let told = map
            .iter()
            .any(|(other, value)| other != key && other.ends_with("_at") && Some(value) == own);
        if told {
            map.shift_remove(key);
        }
    }
    row
}

/// What a list of settings or of one person's events need not say in every row.
fn go_without(row: &mut Map<String, Value>) {
    let of_the_contact = row.contains_key("event_name");
    let is_setting = row.contains_key("name") && !row.contains_key("email");
    row.retain(|key, _| match key.as_str() {
        "created_at" | "updated_at" => !is_setting,
        "intercom_user_id" | "user_id" | "email" => !of_the_contact,
        _ => true,
    });
}

fn is_off(key: &str, value: &Value) -> bool {
    value == &Value::Bool(false) && OFF.contains(&key)
}

fn say_once(map: &mut Map<String, Value>) {
    if let Some(text) = map.shift_remove("body_text") {
        // The plain text keeps the placeholders that HTML hides.
        map.insert("body".into(), text);
    }
    for (level, inner, own) in ECHOES {
        let known = map.get(own).cloned();
        if let Some(level) = map.get_mut(level).and_then(Value::as_object_mut)
            && level.get(inner) == known.as_ref()
        {
            level.shift_remove(inner);
        }
    }
    let only = map.get("default_translation").map(std::slice::from_ref);
    if only.is_some()
        && map
            .get("translations")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            == only
    {
        map.shift_remove("translations");
    }
    if let Some(author) = map.get_mut("author").and_then(Value::as_object_mut) {
        author.retain(|key, _| matches!(key.as_str(), "type" | "id" | "name" | "email"));
    }
    for (key, inner) in map.iter_mut() {
        for object in inner.as_array_mut().into_iter().flatten() {
            if let Some(object) = object.as_object_mut() {
                belong(key, object);
            }
        }
    }
    map.retain(|_, value| !super::prune::is_empty(value));
}

/// What is listed inside another object needs neither its own dates nor what is usual.
fn belong(list: &str, object: &mut Map<String, Value>) {
    if list == "ticket_types" {
        // Each has a tool of its own; here it is only named.
        object.retain(|key, _| matches!(key.as_str(), "id" | "name" | "category"));
    }
    if list == "ticket_type_attributes" {
        object.shift_remove("ticket_type_id");
        object.shift_remove("order");
    }
    if object.contains_key("id") {
        object.retain(|key, value| {
            !(matches!(key.as_str(), "created_at" | "updated_at") || is_off(key, value))
        });
    }
    if let Some(options) = object
        .get_mut("input_options")
        .and_then(Value::as_object_mut)
    {
        options.retain(|_, value| value != &Value::Bool(false));
        if options.is_empty() {
            object.shift_remove("input_options");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_is_said_twice() {
        for (item, expected) in [
            (
                json!({"type": "team", "id": "1", "name": "Billing", "admin_ids": [7, 8], "admin_priority_level": {"primary_admin_ids": [7, 8], "secondary_admin_ids": [9]}}),
                json!({"id": "1", "name": "Billing", "admin_ids": [7, 8], "admin_priority_level": {"secondary_admin_ids": [9]}}),
            ),
            (
                json!({"type": "macro", "id": "1", "name": "Hi", "body": "<p>Hi ,</p>", "body_text": "Hi {{name}},"}),
                json!({"id": "1", "name": "Hi", "body": "Hi {{name}},"}),
            ),
            (
                json!({"id": "1", "default_translation": {"name": "News"}, "translations": [{"name": "News"}]}),
                json!({"id": "1", "default_translation": {"name": "News"}}),
            ),
            (
                json!({"id": "1", "initiated_at": 1_790_000_000, "created_at": 1_790_000_000, "updated_at": 1_790_000_000, "archived": false, "required": true}),
                json!({"id": "1", "initiated_at": "2026-09-21T14:13Z", "required": true}),
            ),
            (
                json!({"id": "1", "ticket_types": {"type": "list", "data": [{"type": "ticket_type", "id": "2", "name": "Bug", "category": "Customer", "icon": "x"}]},
                    "ticket_type_attributes": {"type": "list", "data": [{"id": "3", "name": "Size", "ticket_type_id": 1, "archived": false, "required_to_create": true, "input_options": {"multiline": false}, "created_at": 1_790_000_000}]}}),
                json!({"id": "1", "ticket_types": [{"id": "2", "name": "Bug", "category": "Customer"}],
                    "ticket_type_attributes": [{"id": "3", "name": "Size", "required_to_create": true}]}),
            ),
        ] {
            assert_eq!(rows(vec![item.clone()]), [expected], "{item}");
        }
    }

    #[test]
    fn settings_and_events_go_without_what_their_list_says() {
        for (item, expected) in [
            (
                json!({"id": "1", "name": "VIPs", "created_at": 1_790_000_000}),
                json!({"id": "1", "name": "VIPs"}),
            ),
            (
                json!({"id": "1", "event_name": "rode", "created_at": 1_790_000_000, "email": "a@b.example", "user_id": "u-1"}),
                json!({"id": "1", "event_name": "rode", "created_at": "2026-09-21T14:13Z"}),
            ),
            (
                json!({"id": "1", "body": "x", "author": {"type": "admin", "id": "7", "name": "Rui", "team_ids": [1]}}),
                json!({"id": "1", "body": "x", "author": {"type": "admin", "id": "7", "name": "Rui"}}),
            ),
        ] {
            assert_eq!(rows(vec![item.clone()]), [expected], "{item}");
        }
    }

    #[test]
    fn rows_of_several_types_tell_their_own() {
        let items = vec![
            json!({"type": "article", "id": "1", "title": "Refunds"}),
            json!({"type": "snippet", "id": "1", "title": "Wheels"}),
        ];
        assert_eq!(rows(items.clone()), items);
    }

    #[test]
    fn the_copy_says_what_a_row_is_about() {
        for (row, expected) in [
            (
                json!({"id": "1", "name": "vip", "created_at": "x"}),
                json!({"id": "1", "name": "vip"}),
            ),
            (
                json!({"id": "1", "body": "Likes red bikes", "author": {"id": "7"}}),
                json!({"id": "1", "body": "Likes red bikes"}),
            ),
            (json!({"id": "1", "used": 4}), json!({"id": "1", "used": 4})),
            (json!("text"), json!("text")),
        ] {
            assert_eq!(brief(&row), expected, "{row}");
        }
    }
}
