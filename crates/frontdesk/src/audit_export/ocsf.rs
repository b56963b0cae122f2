//! OCSF: an API Activity event (class 6003 of category 6) an entry, version 1.6 of the schema.

use super::Event;
use serde_json::{Map, Value, json};

const CLASS: u64 = 6_003;
const CATEGORY: u64 = 6;
const SCHEMA: &str = "1.6.0";

/// What the call was about to do or did, in OCSF's numbers.
fn activity(event: &Event<'_>) -> (u64, &'static str) {
    if event.is_act() {
        let action = event.entry.tool.as_deref().unwrap_or_default();
        return match action.split('_').next() {
            Some("create" | "allow" | "connect") => (1, "Create"),
            Some("delete" | "revoke" | "remove" | "retire") => (4, "Delete"),
            Some("sign") => (99, "Other"),
            _ => (3, "Update"),
        };
    }
    match (event.entry.kind.as_str(), event.text("risk")) {
        ("begin" | "finish", "read") => (2, "Read"),
        ("begin" | "finish", "write") => (3, "Update"),
        ("begin" | "finish", "destructive") | ("prune", _) => (4, "Delete"),
        _ => (99, "Other"),
    }
}

/// How it ended, in OCSF's numbers; a call that only began has no status yet.
fn status(event: &Event<'_>) -> (u64, &'static str) {
    match (event.entry.kind.as_str(), event.entry.outcome.as_deref()) {
        ("finish" | "admin_finish", Some("ok")) | ("prune", _) => (1, "Success"),
        ("finish" | "admin_finish", Some(_)) => (2, "Failure"),
        ("begin" | "admin_begin", _) => (99, "Begun"),
        _ => (0, "Unknown"),
    }
}

/// The event.
pub(super) fn object(event: &Event<'_>) -> Value {
    let entry = event.entry;
    let (activity_id, activity_name) = activity(event);
    let (status_id, status) = status(event);
    let refused = matches!(event.text("decision"), "deny" | "ask");
    let mut object = json!({
        "class_uid": CLASS,
        "class_name": "API Activity",
        "category_uid": CATEGORY,
        "category_name": "Application Activity",
        "type_uid": CLASS * 100 + activity_id,
        "type_name": format!("API Activity: {activity_name}"),
        "activity_id": activity_id,
        "activity_name": activity_name,
        "severity_id": if refused { 2 } else { 1 },
        "severity": if refused { "Low" } else { "Informational" },
        "status_id": status_id,
        "status": status,
        "time": entry.at,
        "metadata": metadata(event),
        "actor": actor(event),
        "api": api(event),
        "src_endpoint": source(event),
        "unmapped": unmapped(event),
    });
    if let Some(fields) = object.as_object_mut() {
        optional(fields, event);
    }
    object
}

fn optional(fields: &mut Map<String, Value>, event: &Event<'_>) {
    if let Some(outcome) = event.entry.outcome.as_deref() {
        fields.insert("status_code".into(), outcome.into());
    }
    let reason = event.text("reason");
    if !reason.is_empty() {
        fields.insert("status_detail".into(), reason.into());
    }
    if let Some(duration) = event.duration_ms() {
        fields.insert("duration".into(), duration.into());
    }
    if let (Some(status), _) = event.upstream() {
        fields.insert("http_response".into(), json!({"code": status}));
    }
    let object = event.text("object");
    let resource = match &event.entry.endpoint_id {
        _ if !object.is_empty() => json!([{"uid": object}]),
        Some(endpoint) => json!([{"uid": endpoint, "type": "endpoint"}]),
        None => return,
    };
    fields.insert("resources".into(), resource);
}

fn metadata(event: &Event<'_>) -> Value {
    json!({
        "version": SCHEMA,
        "uid": event.entry.event_id,
        "correlation_uid": event.entry.call_id,
        "tenant_uid": event.tenant,
        "sequence": event.entry.seq,
        "log_name": "audit",
        "event_code": event.entry.kind,
        "product": {
            "name": "Frontdesk",
            "vendor_name": "Frontdesk",
            "version": env!("CARGO_PKG_VERSION"),
        },
    })
}

/// Who acted: the person that the call was for, by the client program.
fn actor(event: &Event<'_>) -> Value {
    let client = event.text("client");
    let app = if client.is_empty() {
        "frontdesk"
    } else {
        client
    };
    match &event.entry.user_id {
        // Whom a change is about did not make it: the holder of the key did. In a browser people act for themselves.
        _ if event.is_act() && client != "browser" => {
            let id = client.strip_prefix("frontdesk-api/").unwrap_or(app);
            json!({"app_name": app, "user": {"uid": id, "type_id": 2, "type": "Admin"}})
        }
        Some(user) => json!({"app_name": app, "user": {"uid": user, "type_id": 1, "type": "User"}}),
        None => json!({"app_name": app}),
    }
}

fn api(event: &Event<'_>) -> Value {
    let operation = match &event.entry.tool {
        Some(tool) => tool.clone(),
        None => format!("audit.{}", event.entry.kind),
    };
    let mut api = json!({
        "operation": operation,
        "service": {"name": if event.is_act() { "Frontdesk" } else { "Intercom" }},
    });
    let (status, request) = event.upstream();
    if !request.is_empty() {
        api["request"] = json!({"uid": request});
    }
    if let Some(status) = status {
        api["response"] = json!({"code": status});
    }
    api
}

/// Where it came from: the client's address, as far as the log knows, and the endpoint that a call came in by.
fn source(event: &Event<'_>) -> Value {
    let mut source = match &event.entry.endpoint_id {
        Some(endpoint) if !event.is_act() => json!({"uid": endpoint, "svc_name": "mcp"}),
        _ => json!({"svc_name": "frontdesk"}),
    };
    let ip = event.text("client_ip");
    if !ip.is_empty() {
        source["ip"] = ip.into();
    }
    source
}

fn unmapped(event: &Event<'_>) -> Value {
    let mut unmapped = Map::new();
    for name in [
        "risk",
        "decision",
        "tokens_out",
        "arguments_sha256",
        "arguments",
        "upstream",
        "trace",
        "given",
        "role",
    ] {
        let value = &event.body[name];
        if !value.is_null() {
            unmapped.insert(name.to_owned(), value.clone());
        }
    }
    unmapped.insert("hash".into(), crate::tenants::hex(&event.entry.hash).into());
    Value::Object(unmapped)
}
