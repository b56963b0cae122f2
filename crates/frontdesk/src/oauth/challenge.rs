//! How a client that brought no good token, or too small a scope, learns what to do (RFC 6750, RFC 9728).

use super::{resource::is_segment, scope::Scope, site::well_known};
use crate::auth::Refused;
use crate::tenants::TokenKind;
use axum::response::{IntoResponse, Response};
use catalog::Risk;
use gateway::{Gateway, Principal};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A refusal with the way to the metadata of what was asked for; `path` is the part behind `/mcp/`.
pub(crate) fn unauthorized(refused: Refused, base: &str, path: Option<&str>) -> Response {
    let mut response = refused.into_response();
    if response.status() != StatusCode::UNAUTHORIZED {
        return response;
    }
    let before = response.headers().get(header::WWW_AUTHENTICATE);
    let before = before
        .and_then(|value| value.to_str().ok())
        .unwrap_or("Bearer realm=\"frontdesk\"");
    let whole = format!("{before}, {}", way(base, path));
    set(&mut response, &whole);
    response
}

/// The answer to a call that a larger scope would allow: the client asks its person for it.
pub(crate) fn insufficient(base: &str, path: Option<&str>) -> Response {
    let text = "Forbidden: the person let this client read, and this tool changes things. Ask for the scope tools:write.";
    let mut response = (StatusCode::FORBIDDEN, text).into_response();
    let whole = format!(
        "Bearer realm=\"frontdesk\", error=\"insufficient_scope\", \
         error_description=\"the tool changes things\", {}",
        way(base, path)
    );
    set(&mut response, &whole);
    response
}

/// Whether a request calls a tool that the endpoint has, and that the grant's scope alone keeps away.
pub(crate) fn lacks_scope(who: &Principal, body: &[u8], gateway: &Gateway) -> bool {
    // Nothing else narrows a principal as early as this.
    if !who.narrowed.as_ref().is_some_and(|own| own.read_only) {
        return false;
    }
    let Ok(endpoint) = gateway.directory().endpoint(&who.endpoint) else {
        return false;
    };
    let risk = called(body).and_then(|(name, arguments)| {
        let tool = gateway.registry().get(&name)?;
        Some(tool.risk_of(&arguments))
    });
    risk.is_some_and(|risk| risk > Risk::Read && risk <= endpoint.ceiling)
}

#[derive(Deserialize)]
struct Call {
    method: String,
    params: Params,
}

#[derive(Deserialize)]
struct Params {
    name: String,
    #[serde(default)]
    arguments: Map<String, Value>,
}

/// The tool that is called with its arguments; behind `call_tool`, the one that it leads to.
fn called(body: &[u8]) -> Option<(String, Map<String, Value>)> {
    let call: Call = serde_json::from_slice(body).ok()?;
    if call.method != "tools/call" {
        return None;
    }
    let mut params = call.params;
    if params.name != "call_tool" {
        return Some((params.name, params.arguments));
    }
    let name = params.arguments.get("name")?.as_str()?.to_owned();
    let inner = match params.arguments.remove("arguments") {
        Some(Value::Object(inner)) => inner,
        _ => Map::new(),
    };
    Some((name, inner))
}

fn way(base: &str, path: Option<&str>) -> String {
    let path = match path {
        // A token in the address that is not an endpoint's has no business in a header, nor has what is no address.
        Some(segment) if is_segment(segment) && names_endpoint(segment) => {
            format!("/mcp/{segment}")
        }
        _ => "/mcp".to_owned(),
    };
    let metadata = well_known(base, "oauth-protected-resource", &path);
    let scope = Scope::Write.text();
    format!("resource_metadata=\"{metadata}\", scope=\"{scope}\"")
}

fn names_endpoint(segment: &str) -> bool {
    matches!(TokenKind::of(segment), None | Some(TokenKind::Endpoint))
}

fn set(response: &mut Response, challenge: &str) {
    match HeaderValue::from_str(challenge) {
        Ok(value) => {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, value);
        }
        Err(error) => tracing::error!(%error, "a challenge could not be written"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn challenges_lead_to_the_metadata() {
        for (path, expected) in [
            (None, "/mcp\""),
            (Some("0199-a"), "/mcp/0199-a\""),
            (Some("fde_x"), "/mcp/fde_x\""),
            (Some("fds_x"), "/mcp\""),
            (Some("a\"b"), "/mcp\""),
        ] {
            let response = unauthorized(Refused::Missing, "https://desk.example", path);
            let text = response.headers()[header::WWW_AUTHENTICATE]
                .to_str()
                .unwrap();
            let metadata = format!(
                "resource_metadata=\"https://desk.example/.well-known/oauth-protected-resource{expected}"
            );
            assert!(text.contains(&metadata), "{text}");
        }
        let response = unauthorized(Refused::Unsure, "https://desk.example", None);
        assert!(!response.headers().contains_key(header::WWW_AUTHENTICATE));
    }

    #[test]
    fn the_called_tool_is_found_behind_call_tool() {
        for (params, expected) in [
            (json!({"name": "get_me"}), Some("get_me")),
            (
                json!({"name": "call_tool", "arguments": {"name": "tag", "arguments": {"a": 1}}}),
                Some("tag"),
            ),
            (json!({"name": "call_tool", "arguments": {}}), None),
        ] {
            let body = json!({"method": "tools/call", "params": params}).to_string();
            let name = called(body.as_bytes()).map(|(name, _)| name);
            assert_eq!(name.as_deref(), expected, "{body}");
        }
        assert!(called(br#"{"method": "tools/list", "params": {"name": "x"}}"#).is_none());
    }
}
