//! The documents by which clients find their way: RFC 9728 for endpoints, RFC 8414 for the authorization server.

use super::{Authorization, refusal::Refusal, resource::canonical, scope::Scope, site::path_of};
use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::{Value, json};
use std::sync::Arc;

/// Ways in which clients show who they are at `/token` and `/revoke`.
const METHODS: [&str; 3] = ["none", "client_secret_post", "client_secret_basic"];

/// `GET /.well-known/oauth-protected-resource`
pub(super) async fn resource(
    State(authorization): State<Arc<Authorization>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let base = authorization.base(&uri, &headers);
    document(&about(&base, &base, Scope::Write, "Frontdesk"))
}

/// `GET /.well-known/oauth-protected-resource/{path of the resource}`
pub(super) async fn resource_at(
    State(authorization): State<Arc<Authorization>>,
    Path(path): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let base = authorization.base(&uri, &headers);
    let prefix = path_of(&base).trim_start_matches('/');
    let path = path.strip_prefix(prefix).unwrap_or(&path);
    let path = path.trim_matches('/');
    if path == "mcp" || path.is_empty() {
        let resource = canonical(&base, None);
        return Ok(document(&about(
            &base,
            &resource,
            Scope::Write,
            "Frontdesk",
        )));
    }
    let segment = path
        .strip_prefix("mcp/")
        .filter(|segment| super::resource::is_segment(segment));
    let target = match segment {
        Some(segment) => authorization.endpoint_at(segment).await?,
        None => None,
    };
    let (Some(segment), Some(target)) = (segment, target) else {
        return Ok((
            StatusCode::NOT_FOUND,
            "Not found: there is no such endpoint.\n",
        )
            .into_response());
    };
    // The address as the client was given it: it compares the two to the letter.
    let resource = canonical(&base, Some(segment));
    let name = if target.name.is_empty() {
        "Frontdesk"
    } else {
        &target.name
    };
    Ok(document(&about(
        &base,
        &resource,
        Scope::of(target.ceiling),
        name,
    )))
}

/// `GET /.well-known/oauth-authorization-server`, `GET /.well-known/openid-configuration`
pub(super) async fn server(
    State(authorization): State<Arc<Authorization>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let base = authorization.base(&uri, &headers);
    document(&server_of(&base, authorization.registrations > 0))
}

/// The same, with the path of the issuer.
pub(super) async fn server_at(
    state: State<Arc<Authorization>>,
    Path(path): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let own = {
        let base = state.base(&uri, &headers);
        path_of(&base).trim_matches('/') == path.trim_matches('/')
    };
    if own {
        server(state, uri, headers).await
    } else {
        (
            StatusCode::NOT_FOUND,
            "Not found: the issuer of this server has another path.\n",
        )
            .into_response()
    }
}

/// `GET /jwks`: our tokens are random and signed with nothing.
pub(super) async fn no_keys() -> Response {
    document(&json!({"keys": []}))
}

fn about(base: &str, resource: &str, scope: Scope, name: &str) -> Value {
    json!({
        "resource": resource,
        "authorization_servers": [base],
        "scopes_supported": scope.words(),
        "bearer_methods_supported": ["header"],
        "resource_name": name,
    })
}

fn server_of(base: &str, registers: bool) -> Value {
    let mut document = json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "revocation_endpoint": format!("{base}/revoke"),
        "scopes_supported": Scope::Write.words(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "client_id_metadata_document_supported": true,
        // For clients that read this as OpenID Connect's document, which these fields belong to.
        "jwks_uri": format!("{base}/jwks"),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [],
    });
    if registers {
        document["registration_endpoint"] = json!(format!("{base}/register"));
    }
    document
}

fn document(body: &Value) -> Response {
    let headers = [(header::CACHE_CONTROL, "max-age=300")];
    (headers, Json(body)).into_response()
}
