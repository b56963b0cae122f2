//! The OAuth of an app: consent that is given or refused as told, codes for tokens, uninstalling.

use crate::{
    auth::bearer,
    call::Fault,
    desk::Desk,
    exchange::Received,
    response::{self, HttpResponse},
    server::Sandbox,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use url::Url;

/// Seconds that a code lives.
const CODE_LIVES: i64 = 300;

/// The person before the consent page, and what they gave.
#[derive(Debug, Default)]
pub(crate) struct Consent {
    /// Codes that were not yet exchanged, with the time of giving.
    codes: HashMap<String, i64>,
    /// Whether the person refuses.
    denied: bool,
    /// Whether the token and uninstall addresses fail.
    down: bool,
    /// Who consents; the first admin where nobody is named.
    admin: Option<u64>,
}

impl Consent {
    /// Changes the person's mind, or breaks and mends the addresses, as the control surface says.
    pub(crate) fn set(&mut self, told: &Value) {
        let switch = |name: &str, old| told.get(name).and_then(Value::as_bool).unwrap_or(old);
        self.denied = switch("denied", self.denied);
        self.down = switch("down", self.down);
        if let Some(admin) = told.get("admin_id") {
            self.admin = admin.as_u64();
        }
    }

    /// What is set.
    pub(crate) fn told(&self) -> Value {
        json!({"denied": self.denied, "down": self.down, "admin_id": self.admin})
    }
}

/// Answers the three addresses of OAuth.
pub(crate) fn answer(sandbox: &Sandbox, request: &Received<'_>) -> HttpResponse {
    let mut desk = sandbox.desk();
    let result = match (request.method, request.path) {
        ("POST", _) if desk.consent.down => {
            Err(Fault::new(503, "service_unavailable", "Try again later"))
        }
        ("GET", "/oauth") => authorize(sandbox, &mut desk, request),
        ("POST", "/auth/eagle/token") => exchange(sandbox, &mut desk, request),
        ("POST", "/auth/uninstall") => uninstall(&mut desk, request),
        _ => Err(Fault::missing("not_found", "Resource Not Found")),
    };
    result.unwrap_or_else(|fault| {
        response::json_response(
            fault.status,
            &response::fault_body(&fault, &desk.request_id()),
        )
    })
}

fn authorize(
    sandbox: &Sandbox,
    desk: &mut Desk,
    request: &Received<'_>,
) -> Result<HttpResponse, Fault> {
    let pairs: HashMap<String, String> = request.pairs().into_iter().collect();
    if pairs.get("client_id").map(String::as_str) != Some(sandbox.config.client_id.as_str()) {
        return Err(Fault::new(401, "unauthorized", "Unknown client_id").of("client_id"));
    }
    let mut back = pairs
        .get("redirect_uri")
        .and_then(|uri| Url::parse(uri).ok())
        .filter(may_return_to)
        .ok_or_else(|| {
            Fault::invalid(
                "redirect_uri must be an https address, or an http address of this machine",
            )
            .of("redirect_uri")
        })?;
    let registered = &sandbox.config.redirect_uris;
    if !registered.is_empty() && !registered.iter().any(|uri| uri == back.as_str()) {
        return Err(
            Fault::invalid("redirect_uri is not registered for this app").of("redirect_uri"),
        );
    }
    if desk.consent.denied {
        back.query_pairs_mut().append_pair("error", "access_denied");
    } else {
        let code = give_code(desk);
        back.query_pairs_mut().append_pair("code", &code);
    }
    if let Some(state) = pairs.get("state") {
        back.query_pairs_mut().append_pair("state", state);
    }
    let mut answer = response::empty_response(302);
    response::add_header(&mut answer, "location", back.as_str());
    Ok(answer)
}

fn give_code(desk: &mut Desk) -> String {
    let code = format!("{}=", desk.world.ids.word(40));
    let now = desk.world.now();
    desk.consent
        .codes
        .retain(|_, given| now - *given < CODE_LIVES);
    desk.consent.codes.insert(code.clone(), now);
    code
}

fn may_return_to(uri: &Url) -> bool {
    let local = matches!(uri.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    uri.scheme() == "https" || uri.scheme() == "http" && local
}

fn exchange(
    sandbox: &Sandbox,
    desk: &mut Desk,
    request: &Received<'_>,
) -> Result<HttpResponse, Fault> {
    let sent = fields(request);
    let is = |name: &str, wanted: &str| sent.get(name).is_some_and(|value| value == wanted);
    let bad = || Fault::new(401, "unauthorized", "Unauthorized Code");
    if !is("client_id", &sandbox.config.client_id)
        || !is("client_secret", &sandbox.config.client_secret)
    {
        return Err(bad());
    }
    let given = sent
        .get("code")
        .and_then(|code| desk.consent.codes.remove(code))
        .ok_or_else(bad)?;
    if desk.world.now() - given >= CODE_LIVES {
        return Err(bad());
    }
    let token = format!("dG9rOi{}", desk.world.ids.word(38));
    let first = desk.world.admins.keys().next().copied();
    let admin = desk.consent.admin.or(first).unwrap_or_default();
    desk.tokens.give_to_app(&token, admin);
    Ok(response::json_response(
        200,
        &json!({"token_type": "Bearer", "token": token, "access_token": token}),
    ))
}

fn uninstall(desk: &mut Desk, request: &Received<'_>) -> Result<HttpResponse, Fault> {
    let header = request.header("authorization");
    desk.tokens.check(header)?;
    if let Some(token) = header.and_then(bearer) {
        desk.tokens.revoke(token);
        desk.tokens.uninstall();
    }
    Ok(response::json_response(200, &json!({"success": true})))
}

/// The fields of a form or of a JSON object.
fn fields(request: &Received<'_>) -> HashMap<String, String> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(object)) => object
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
        _ => url::form_urlencoded::parse(&request.body)
            .into_owned()
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_return_only_to_safe_addresses() {
        for (uri, safe) in [
            ("https://app.example/callback", true),
            ("http://127.0.0.1:9000/callback", true),
            ("http://localhost/callback", true),
            ("http://app.example/callback", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(may_return_to(&Url::parse(uri).unwrap()), safe, "{uri}");
        }
    }
}
