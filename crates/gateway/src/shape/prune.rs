//! Any answer made short without knowing what it is: null and empty left out, wrappers of lists opened, times readable,
//! HTML as Markdown.

use super::{html, moment};
use serde_json::{Map, Value};

/// Values of `type` that say nothing that the place does not say.
const PLAIN_TYPES: [&str; 28] = [
    "activity_log",
    "article",
    "article_statistics",
    "article_translated_content",
    "avatar",
    "collection",
    "company",
    "contact",
    "conversation",
    "conversation_part",
    "conversation_statistics",
    "data_attribute",
    "event",
    "help_center",
    "internal_article",
    "location",
    "note",
    "pages",
    "plan",
    "role",
    "segment",
    "social_profile",
    "subscription",
    "tag",
    "ticket",
    "ticket_state",
    "ticket_type",
    "ticket_type_attribute",
];
/// Fields that no tool and no person at a desk needs.
const NOISE: [&str; 5] = [
    "workspace_id",
    "app_id",
    "avatar",
    "translated_content",
    "body_markdown",
];

/// Shortens a value in place.
pub(crate) fn prune(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(items) = wrapped_list(map) {
                *value = items;
                return prune(value);
            }
            map.retain(|key, inner| keeps(key, inner));
            for (key, inner) in map.iter_mut() {
                prune_field(key, inner);
            }
            map.retain(|_, inner| !is_empty(inner));
        }
        Value::Array(items) => {
            items.iter_mut().for_each(prune);
            items.retain(|item| !is_empty(item));
        }
        Value::String(text) => {
            if text.contains('<')
                && let std::borrow::Cow::Owned(markdown) = html::readable(text)
            {
                *text = markdown;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The pruned value.
pub(crate) fn pruned(mut value: Value) -> Value {
    prune(&mut value);
    value
}

/// Whether there is nothing in it.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn prune_field(key: &str, value: &mut Value) {
    if moment::is_named_moment(key)
        && let Some(readable) = value.as_i64().and_then(moment::iso)
    {
        *value = Value::String(readable);
        return;
    }
    prune(value);
}

fn keeps(key: &str, value: &Value) -> bool {
    if is_empty(value) || NOISE.contains(&key) {
        return false;
    }
    match (key, value) {
        ("type", Value::String(kind)) => {
            !(kind.ends_with("list") || PLAIN_TYPES.binary_search(&kind.as_str()).is_ok())
        }
        // The address of a list inside the API, not a page.
        ("url" | "resource_url", Value::String(url)) => !url.starts_with('/'),
        ("admin_assignee_id" | "team_assignee_id", assignee) => !is_nobody(assignee),
        _ => true,
    }
}

/// Whether an assignee's id stands for nobody; versions say null, 0 or "0".
pub(crate) fn is_nobody(id: &Value) -> bool {
    id.is_null() || id.as_i64() == Some(0) || matches!(id.as_str(), Some("" | "0"))
}

/// The list inside `{type: "…list", data: […]}`; one that was cut says so.
fn wrapped_list(map: &mut Map<String, Value>) -> Option<Value> {
    let kind = map.get("type")?.as_str()?;
    if !kind.ends_with("list") {
        return None;
    }
    let mut lists = map.values_mut().filter(|value| value.is_array());
    let items = lists.next()?.take();
    if lists.next().is_some() {
        return None;
    }
    let has_more = map.get("has_more").and_then(Value::as_bool) == Some(true);
    Some(match map.get("total_count").filter(|_| has_more) {
        Some(total) => serde_json::json!({"first": items, "total": total}),
        None => items,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_says_nothing_is_left_out() {
        assert!(PLAIN_TYPES.is_sorted());
        for (value, expected) in [
            (
                json!({"type": "contact", "id": "1", "name": null, "tags": {"type": "list", "data": [], "url": "/contacts/1/tags"}}),
                json!({"id": "1"}),
            ),
            (
                json!({"created_at": 1_790_000_000, "last_seen_at": null}),
                json!({"created_at": "2026-09-21T14:13Z"}),
            ),
            (
                json!({"tags": {"type": "list", "data": [{"type": "tag", "id": "9", "url": "/tags/9"}], "total_count": 12, "has_more": true}}),
                json!({"tags": {"first": [{"id": "9"}], "total": 12}}),
            ),
            (
                json!({"author": {"type": "admin", "id": "7"}}),
                json!({"author": {"type": "admin", "id": "7"}}),
            ),
            (
                json!({"body": "<p>a<br>b</p>", "note": "1 < 2"}),
                json!({"body": "a\nb", "note": "1 < 2"}),
            ),
            (
                json!({"admin_assignee_id": 0, "team_assignee_id": 5, "open": false, "count": 0}),
                json!({"team_assignee_id": 5, "open": false, "count": 0}),
            ),
            (
                json!({"custom_attributes": {"plan": "pro", "seats": 0, "old": null}}),
                json!({"custom_attributes": {"plan": "pro", "seats": 0}}),
            ),
            (
                json!({"url": "https://help.example/a"}),
                json!({"url": "https://help.example/a"}),
            ),
        ] {
            assert_eq!(pruned(value.clone()), expected, "{value}");
        }
    }
}
