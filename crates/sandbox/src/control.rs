//! The control surface under `/__sandbox`: reset, clock, faults, request log, state, tokens, OAuth, webhook.

use crate::{
    call::{Call, Content, integer_of},
    config::Webhook,
    desk::Desk,
    exchange::Received,
    faults::Script,
    journal::Wanted,
    resources,
    response::{self, HttpResponse},
    server::Sandbox,
    world::World,
};
use serde_json::{Value, json};

/// Entries of the request log that are told unless more are asked for.
const LOG_PAGE: usize = 1_000;

type Outcome = Result<Value, (u16, String)>;

/// Answers a request of the control surface.
pub(crate) fn answer(sandbox: &Sandbox, request: &Received<'_>) -> HttpResponse {
    let outcome = match parsed(request) {
        Ok(body) => control(sandbox, request, &body),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(body) => response::json_response(200, &body),
        Err((status, error)) => response::json_response(status, &json!({"error": error})),
    }
}

fn parsed(request: &Received<'_>) -> Outcome {
    if request.body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(&request.body)
        .map_err(|error| bad(format!("the body is not JSON: {error}")))
}

fn bad(reason: impl Into<String>) -> (u16, String) {
    (400, reason.into())
}

fn control(sandbox: &Sandbox, request: &Received<'_>, body: &Value) -> Outcome {
    let mut desk = sandbox.desk();
    let desk = &mut *desk;
    let place = request
        .path
        .trim_start_matches("/__sandbox")
        .trim_matches('/');
    match (request.method, place) {
        ("GET", "") => Ok(overview(sandbox, desk)),
        ("POST", "reset") => reset(sandbox, desk),
        ("GET", "clock") => Ok(clock(desk)),
        ("POST", "clock") => set_clock(sandbox, desk, body),
        ("GET", "faults") => Ok(desk.faults.list()),
        ("POST", "faults") => add_faults(desk, body),
        ("DELETE", "faults") => {
            desk.faults.clear();
            Ok(desk.faults.list())
        }
        ("GET", "requests") => requests(desk, request),
        ("DELETE", "requests") => {
            desk.journal.clear();
            Ok(desk.journal.summary())
        }
        ("POST", "tokens") => tokens(desk, body),
        ("GET", "oauth") => Ok(oauth(desk)),
        ("POST", "oauth") => {
            desk.consent.set(body);
            Ok(oauth(desk))
        }
        ("POST", "webhook") => webhook(sandbox, desk, body),
        ("DELETE", "webhook") => {
            desk.listen(None);
            Ok(json!({"url": null}))
        }
        ("GET", place) if place.starts_with("state") => state(&mut desk.world, place),
        _ => Err((404, "no such control: reset, clock, faults, requests, state/{collection}/{id}, tokens, oauth, webhook".into())),
    }
}

fn overview(sandbox: &Sandbox, desk: &Desk) -> Value {
    let without: Vec<&str> = sandbox.routes.unhandled().collect();
    json!({
        "workspace": desk.world.workspace.id_code,
        "clock": clock(desk),
        "conversations": desk.world.conversations.len(),
        "contacts": desk.world.contacts.len(),
        "operations_without_handler": without,
    })
}

/// Everything as it was at the start, the webhook and the clock too.
fn reset(sandbox: &Sandbox, desk: &mut Desk) -> Outcome {
    let base_url = desk.world.workspace.base_url.clone();
    *desk = Desk::open(&sandbox.config, &base_url).map_err(|error| (500, error.to_string()))?;
    sandbox.courier.clock_changed();
    Ok(overview(sandbox, desk))
}

/// The person before the consent page, and how many tokens the app has.
fn oauth(desk: &Desk) -> Value {
    let mut told = desk.consent.told();
    told["tokens"] = desk.tokens.of_app().into();
    told
}

fn clock(desk: &Desk) -> Value {
    json!({"now": desk.world.now(), "paused": desk.world.clock.is_paused()})
}

fn set_clock(sandbox: &Sandbox, desk: &mut Desk, body: &Value) -> Outcome {
    if let Some(pause) = body.get("paused") {
        desk.world.clock.pause(
            pause
                .as_bool()
                .ok_or_else(|| bad("paused must be true or false"))?,
        );
    }
    if let Some(now) = body.get("now") {
        desk.world
            .clock
            .set(integer_of(now).ok_or_else(|| bad("now must be Unix seconds"))?);
    }
    if let Some(seconds) = body.get("advance") {
        desk.world
            .clock
            .advance(integer_of(seconds).ok_or_else(|| bad("advance must be seconds"))?);
    }
    desk.world.tick();
    sandbox.courier.take(&mut desk.world.outbox);
    sandbox.courier.clock_changed();
    Ok(clock(desk))
}

fn add_faults(desk: &mut Desk, body: &Value) -> Outcome {
    let scripts = match body {
        Value::Array(list) => list.iter().map(Script::read).collect::<Result<Vec<_>, _>>(),
        one => Script::read(one).map(|script| vec![script]),
    };
    for script in scripts.map_err(bad)? {
        desk.faults.add(script);
    }
    Ok(desk.faults.list())
}

fn requests(desk: &Desk, request: &Received<'_>) -> Outcome {
    let pairs = request.pairs();
    let asked = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    if asked("summary").is_some_and(|value| value != "0" && value != "false") {
        return Ok(desk.journal.summary());
    }
    let number = |name: &str| match asked(name) {
        None => Ok(None),
        Some(text) => text
            .parse::<u64>()
            .map(Some)
            .map_err(|_| bad(format!("{name} must be a number"))),
    };
    let wanted = Wanted {
        after: number("after")?.unwrap_or(0),
        limit: number("limit")?
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(LOG_PAGE),
        operation: asked("operation").map(str::to_owned),
        status: number("status")?.and_then(|status| u16::try_from(status).ok()),
    };
    Ok(desk.journal.list(&wanted))
}

fn tokens(desk: &mut Desk, body: &Value) -> Outcome {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if let Some(token) = text("revoke") {
        return if desk.tokens.revoke(token) {
            Ok(json!({"revoked": true}))
        } else {
            Err((404, "no such token".into()))
        };
    }
    let token = text("token").map_or_else(|| desk.world.ids.word(40), str::to_owned);
    let first = desk.world.admins.keys().next().copied().unwrap_or_default();
    let admin = body.get("admin_id").map_or(Ok(first), |id| {
        integer_of(id)
            .and_then(|id| u64::try_from(id).ok())
            .filter(|id| desk.world.admins.contains_key(id))
            .ok_or_else(|| bad("admin_id is no admin's id"))
    })?;
    let scopes = match body.get("scopes") {
        None | Some(Value::Null) => None,
        Some(list) => Some(
            serde_json::from_value::<Vec<String>>(list.clone())
                .map_err(|_| bad("scopes must be a list of words"))?,
        ),
    };
    desk.tokens.give(&token, admin, scopes.clone());
    Ok(json!({"token": token, "admin_id": admin, "scopes": scopes}))
}

fn webhook(sandbox: &Sandbox, desk: &mut Desk, body: &Value) -> Outcome {
    let url = body
        .get("url")
        .and_then(Value::as_str)
        .ok_or_else(|| bad("url is missing"))?;
    sandbox.courier.may_send_to(url).map_err(bad)?;
    let secret = body
        .get("secret")
        .and_then(Value::as_str)
        .unwrap_or(&sandbox.config.client_secret);
    desk.listen(Some(Webhook {
        url: url.to_owned(),
        secret: secret.to_owned(),
    }));
    Ok(json!({"url": url}))
}

/// `state/{collection}` tells the ids, `state/{collection}/{id}` the object in the shape of 2.16.
fn state(world: &mut World, place: &str) -> Outcome {
    let mut parts = place.split('/').skip(1);
    let collection = parts.next().unwrap_or_default();
    let Some((operation, ids)) = collection_of(world, collection) else {
        return Err((404, format!("no collection `{collection}`")));
    };
    let Some(id) = parts.next() else {
        return Ok(json!({"count": ids.len(), "ids": ids}));
    };
    let call = Call {
        path: vec![id.to_owned()],
        caller: world.admins.keys().next().copied().unwrap_or_default(),
        ..Call::default()
    };
    let handler = resources::handler(operation)
        .ok_or_else(|| (501, format!("`{operation}` has no handler")))?;
    match handler(world, &call) {
        Ok(answer) => match answer.content {
            Content::Json(body) => Ok(body),
            _ => Ok(Value::Null),
        },
        Err(fault) => Err((fault.status, fault.message)),
    }
}

fn collection_of(world: &World, name: &str) -> Option<(&'static str, Vec<String>)> {
    fn words<'a, K: ToString + 'a>(keys: impl Iterator<Item = &'a K>) -> Vec<String> {
        keys.map(ToString::to_string).collect()
    }
    Some(match name {
        "admins" => ("get_admin", words(world.admins.keys())),
        "teams" => ("get_team", words(world.teams.keys())),
        "contacts" => ("get_contact", words(world.contacts.keys())),
        "companies" => ("get_company", words(world.companies.keys())),
        "conversations" => ("get_conversation", words(world.conversations.keys())),
        "tickets" => ("get_ticket", words(world.tickets.keys())),
        "ticket_types" => ("get_ticket_type", words(world.ticket_types.keys())),
        "tags" => ("get_tag", words(world.tags.keys())),
        "segments" => ("get_segment", words(world.segments.keys())),
        "notes" => ("get_note", words(world.notes.keys())),
        "articles" => ("get_article", words(world.articles.keys())),
        "internal_articles" => (
            "get_internal_article",
            words(world.internal_articles.keys()),
        ),
        "collections" => ("get_collection", words(world.collections.keys())),
        "help_centers" => ("get_help_center", words(world.help_centers.keys())),
        _ => return None,
    })
}
