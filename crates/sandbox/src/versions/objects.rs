//! What each older version changes in each type of object.

use super::Object;
use serde_json::{Value, json};

const NEW_IN_ARTICLES: [&str; 11] = [
    "body_markdown",
    "has_unpublished_changes",
    "draft_updated_at",
    "ai_chatbot_availability",
    "ai_copilot_availability",
    "ai_sales_agent_availability",
    "created_by_id",
    "updated_by_id",
    "exclude_from_article_suggestions",
    "help_center_audience",
    "audience_ids",
];

/// Turns one object of Preview into one of 2.16.
pub(super) fn to_2_16(kind: &str, object: &mut Object) {
    match kind {
        "article" => remove(object, &["folder_id"]),
        "internal_article" => remove(object, &["folder_id", "tags"]),
        _ => {}
    }
}

/// Turns one object of 2.16 into one of 2.15.
pub(super) fn to_2_15(kind: &str, object: &mut Object) {
    match kind {
        "conversation" => conversation_to_2_15(object),
        "ticket" => {
            remove(object, &["previous_ticket_state_id"]);
            for key in ["admin_assignee_id", "team_assignee_id"] {
                change(object, key, |id| Value::from(id.to_string()));
            }
        }
        "contact" => {
            remove(object, &["merge_history"]);
            change(object, "owner_id", |id| {
                id.as_str()
                    .and_then(|text| text.parse::<i64>().ok())
                    .map_or(Value::Null, Value::from)
            });
        }
        "admin" => remove(object, &["role"]),
        "company" => remove(object, &["notes"]),
        "note" => remove(object, &["company"]),
        "article" => article_to_2_15(object),
        "article_content" | "internal_article" => remove(object, &NEW_IN_ARTICLES),
        "article_statistics" => remove(
            object,
            &["fin_involvements", "fin_resolutions", "fin_resolution_rate"],
        ),
        _ => {}
    }
}

/// Turns one object of 2.15 into one of 2.14.
pub(super) fn to_2_14(kind: &str, object: &mut Object) {
    match kind {
        "conversation" => {
            remove(object, &["company"]);
            if let Some(agent) = inner(object, "ai_agent") {
                change(agent, "resolution_state", |state| match state.as_str() {
                    Some("escalated" | "negative_feedback" | "procedure_handoff") => {
                        json!("routed_to_team")
                    }
                    _ => state.clone(),
                });
            }
        }
        "content_import_source" => remove(object, &["audience_ids"]),
        "conversation_part" => {
            if let Some(email) = inner(object, "email_message_metadata") {
                remove(email, &["message_id"]);
            }
            if let Some(value) =
                inner(object, "event_details").and_then(|details| inner(details, "value"))
            {
                remove(value, &["previous"]);
            }
        }
        _ => {}
    }
}

/// Turns one object of 2.14 into one of 2.11.
pub(super) fn to_2_11(kind: &str, object: &mut Object) {
    match kind {
        "conversation" => conversation_to_2_11(object),
        "conversation_part" => {
            remove(
                object,
                &[
                    "email_message_metadata",
                    "metadata",
                    "state",
                    "tags",
                    "event_details",
                    "app_package_code",
                ],
            );
            strip_ai_marks(object);
        }
        "ticket" => ticket_to_2_11(object),
        "ticket_part" => remove(object, &["app_package_code", "updated_attribute_data"]),
        "ticket_type" => remove(object, &["ticket_states"]),
        "admin" => {
            remove(object, &["away_status_reason_id"]);
            change(object, "avatar", |avatar| {
                if avatar.is_string() {
                    json!({"image_url": avatar})
                } else {
                    avatar.clone()
                }
            });
        }
        "team" => remove(object, &["assignment_limit", "distribution_method"]),
        "article" => remove(object, &["tags"]),
        "conversation_statistics" => remove(
            object,
            &[
                "assigned_team_first_response_time",
                "assigned_team_first_response_time_in_office_hours",
                "handling_time",
                "adjusted_handling_time",
            ],
        ),
        _ => {}
    }
}

/// Takes keys out of an object, keeping the order of the others.
pub(super) fn remove(object: &mut Object, keys: &[&str]) {
    for key in keys {
        object.shift_remove(*key);
    }
}

fn conversation_to_2_15(object: &mut Object) {
    remove(
        object,
        &[
            "sales_agent_participated",
            "sales_agent",
            "channel",
            "external_references",
            "monitor_evaluations",
            "scorecards",
        ],
    );
    change(object, "priority", |priority| match priority.as_str() {
        Some("high" | "urgent") => json!("priority"),
        _ => json!("not_priority"),
    });
    for key in ["admin_assignee_id", "team_assignee_id"] {
        change(object, key, |id| {
            if id == &json!(0) {
                Value::Null
            } else {
                id.clone()
            }
        });
    }
    if let Some(source) = inner(object, "source") {
        remove(
            source,
            &["recipients", "reply_to", "email_message_metadata"],
        );
    }
}

fn conversation_to_2_11(object: &mut Object) {
    if let Some(agent) = inner(object, "ai_agent") {
        remove(agent, &["created_at", "updated_at"]);
    }
    if let Some(rating) = inner(object, "conversation_rating") {
        remove(rating, &["updated_at"]);
    }
    if let Some(source) = inner(object, "source") {
        strip_ai_marks(source);
    }
}

fn strip_ai_marks(object: &mut Object) {
    if let Some(author) = inner(object, "author") {
        remove(author, &["from_ai_agent", "is_ai_answer"]);
    }
}

fn ticket_to_2_11(object: &mut Object) {
    let Some(state) = object
        .get("ticket_state")
        .filter(|state| state.is_object())
        .cloned()
    else {
        return;
    };
    object.insert("ticket_state".into(), state["category"].clone());
    object.insert(
        "ticket_state_internal_label".into(),
        state["internal_label"].clone(),
    );
    object.insert(
        "ticket_state_external_label".into(),
        state["external_label"].clone(),
    );
}

fn article_to_2_15(object: &mut Object) {
    remove(object, &NEW_IN_ARTICLES);
    remove(object, &["scheduled_publish_at", "scheduled_unpublish_at"]);
    if let Some(parent) = object
        .get("parent_ids")
        .and_then(Value::as_array)
        .map(|ids| ids.first().cloned())
    {
        object.insert(
            "parent_type".into(),
            parent.as_ref().map_or(Value::Null, |_| json!("collection")),
        );
        object.insert("parent_id".into(), parent.unwrap_or_default());
    }
}

fn inner<'a>(object: &'a mut Object, key: &str) -> Option<&'a mut Object> {
    object.get_mut(key)?.as_object_mut()
}

/// Changes a value that is there and not null.
fn change(object: &mut Object, key: &str, to: impl Fn(&Value) -> Value) {
    if let Some(value) = object.get_mut(key).filter(|value| !value.is_null()) {
        *value = to(value);
    }
}
