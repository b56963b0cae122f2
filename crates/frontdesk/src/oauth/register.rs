//! Dynamic client registration (RFC 7591), for clients that publish no metadata document. What they say of themselves
//! is proved by nothing, and the consent page says so.

use super::{
    Authorization,
    client::{Client, REGISTERED},
    redirect,
    refusal::Refusal,
};
use crate::client_address::ClientAddress;
use crate::tenants::{hash, hex};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The most redirect URIs of one client.
const URIS: usize = 10;
/// The longest name in characters.
const NAME: usize = 80;
/// The span that registrations are counted in: an hour, in milliseconds.
const SPAN: i64 = 60 * 60 * 1000;
/// How often to try again when there were too many, in seconds.
const AGAIN: u64 = 600;

/// What a client says of itself; everything else is left aside.
#[derive(Deserialize)]
struct Asked {
    redirect_uris: Vec<String>,
    client_name: Option<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
}

/// `POST /register`
pub(super) async fn register(
    State(authorization): State<Arc<Authorization>>,
    from: ClientAddress,
    body: Bytes,
) -> Result<Response, Refusal> {
    if authorization.registrations == 0 {
        return Err(Refusal::closed());
    }
    authorization.admit(from)?;
    let asked: Asked = serde_json::from_slice(&body).map_err(|_| {
        Refusal::metadata("a registration is a JSON object with `redirect_uris`, a list of URIs.")
    })?;
    let method = checked(&asked)?;
    let (system, now) = (authorization.tenants.store().system(), store::now());
    let taken = system.count_oauth_clients(REGISTERED, now - SPAN).await?;
    if taken >= i64::from(authorization.registrations) {
        return Err(Refusal::busy(
            AGAIN,
            "too many clients registered within the last hour",
        ));
    }
    let secret = (method != "none").then(|| random("fdcs_"));
    let client = Client {
        id: random("fdc_"),
        name: asked.client_name.as_deref().and_then(clean_name),
        redirect_uris: asked.redirect_uris,
        secret: secret.as_deref().map(|secret| hex(&hash(secret))),
        read_at: None,
    };
    system
        .keep_oauth_client(client.row(REGISTERED, now)?)
        .await?;
    Ok(told(&client, method, secret.as_deref(), now))
}

/// The way of authentication that the client gets, or what is wrong with what it asks for.
fn checked(asked: &Asked) -> Result<&'static str, Refusal> {
    if asked.redirect_uris.is_empty() || asked.redirect_uris.len() > URIS {
        return Err(Refusal::redirect(format!(
            "`redirect_uris` has 1 to {URIS} URIs."
        )));
    }
    for uri in &asked.redirect_uris {
        redirect::check(uri).map_err(|why| Refusal::redirect(format!("{why}.")))?;
    }
    let lacks = |list: &Option<Vec<String>>, word: &str| {
        list.as_ref()
            .is_some_and(|list| !list.iter().any(|known| known == word))
    };
    if lacks(&asked.grant_types, "authorization_code") || lacks(&asked.response_types, "code") {
        return Err(Refusal::metadata(
            "this server knows the grant type authorization_code and the response type code.",
        ));
    }
    match asked.token_endpoint_auth_method.as_deref() {
        // What the RFC takes for granted is a secret; what MCP clients are without saying so is public.
        None | Some("none") => Ok("none"),
        Some("client_secret_post") => Ok("client_secret_post"),
        Some("client_secret_basic") => Ok("client_secret_basic"),
        Some(_) => Err(Refusal::metadata(
            "`token_endpoint_auth_method` is none, client_secret_post or client_secret_basic.",
        )),
    }
}

fn told(client: &Client, method: &str, secret: Option<&str>, now: i64) -> Response {
    let mut body = json!({
        "client_id": client.id,
        "client_id_issued_at": now / 1000,
        "redirect_uris": client.redirect_uris,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
    });
    if let Some(name) = &client.name {
        body["client_name"] = json!(name);
    }
    if let Some(secret) = secret {
        body["client_secret"] = json!(secret);
        // It does not end before the client does.
        body["client_secret_expires_at"] = json!(0);
    }
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (StatusCode::CREATED, headers, Json(body)).into_response()
}

/// A name as it may be shown: no control characters, none that turn the text around, and not too long.
pub(super) fn clean_name(name: &str) -> Option<String> {
    let turns = |letter: char| matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let clean: String = name
        .chars()
        .filter(|letter| !letter.is_control() && !turns(*letter))
        .take(NAME)
        .collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

fn random(prefix: &str) -> String {
    prefix.to_owned() + &BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned() {
        for (name, expected) in [
            ("Claude", Some("Claude")),
            (" Claude\n ", Some("Claude")),
            ("Cla\u{202e}edu", Some("Claedu")),
            ("\u{200b}", None),
            ("", None),
        ] {
            assert_eq!(clean_name(name).as_deref(), expected, "{name:?}");
        }
        assert_eq!(clean_name(&"x".repeat(500)).unwrap().len(), NAME);
    }
}
