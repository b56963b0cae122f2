//! Operations on macros: saved replies with placeholders.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::per_page,
    search::plain_text,
    world::{Time, World, office::Macro},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::cmp::Reverse;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_macros" => list,
        "get_macro" => get,
        _ => return None,
    })
}

fn render(saved: &Macro) -> Value {
    let ids: Vec<String> = saved.team_ids.iter().map(ToString::to_string).collect();
    json!({
        "type": "macro",
        "id": saved.id.to_string(),
        "name": saved.name,
        "body": with_elements(&saved.body),
        "body_text": plain_text(&saved.body),
        "created_at": iso(saved.created_at),
        "updated_at": iso(saved.updated_at),
        "visible_to": if ids.is_empty() { "everyone" } else { "specific_teams" },
        "visible_to_team_ids": ids,
        "available_on": saved.available_on,
    })
}

fn iso(at: Time) -> String {
    jiff::Timestamp::from_second(at).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

/// HTML whose `{{key | fallback: "words"}}` became `<attribute key="key" default="words"/>`.
fn with_elements(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inner, after)) = after.split_once("}}") else {
            break;
        };
        let (key, fallback) = inner.split_once('|').unwrap_or((inner, ""));
        let fallback = fallback.trim().strip_prefix("fallback:").map(str::trim);
        out.extend([before, "<attribute key=\"", &escaped(key.trim()), "\""]);
        if let Some(words) = fallback {
            let words = words.trim_matches(['"', '\'']);
            out.extend([" default=\"", &escaped(words), "\""]);
        }
        out.push_str("/>");
        rest = after;
    }
    out.push_str(rest);
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Whether the caller sees it: everybody does, or a team of the caller's.
fn visible(world: &World, call: &Call, saved: &Macro) -> bool {
    let teams = world.admins.get(&call.caller).map(|admin| &admin.team_ids);
    let shared = || teams.is_some_and(|own| own.iter().any(|team| saved.team_ids.contains(team)));
    saved.team_ids.is_empty() || shared()
}

fn list(world: &mut World, call: &Call) -> Reply {
    let asked = call.query("per_page").map(Value::from);
    let size = per_page(asked.as_ref(), 50, 150)?;
    let since: Option<Time> = match call.query("updated_since") {
        None | Some("") => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| Fault::invalid("Invalid updated_since timestamp"))?,
        ),
    };
    let after = match call.query("starting_after") {
        None | Some("") => None,
        Some(text) => Some(place(text)?),
    };
    let mut macros: Vec<&Macro> = world
        .office
        .macros
        .values()
        .filter(|saved| visible(world, call, saved))
        .filter(|saved| since.is_none_or(|since| saved.updated_at > since))
        .collect();
    macros.sort_by_key(|saved| Reverse((saved.updated_at, saved.id)));
    macros.retain(|saved| after.is_none_or(|after| (saved.updated_at, saved.id) < after));
    let shown = &macros[..size.min(macros.len())];
    let next = shown
        .last()
        .filter(|_| macros.len() > size)
        .map(|last| json!({"starting_after": STANDARD.encode(json!([last.updated_at, last.id.to_string()]).to_string())}));
    let data: Vec<Value> = shown.iter().map(|saved| render(saved)).collect();
    Answer::ok(
        json!({"type": "list", "data": data, "pages": {"type": "pages", "per_page": size, "next": next}}),
    )
}

fn get(world: &mut World, call: &Call) -> Reply {
    let saved = call
        .number(0)
        .and_then(|id| world.office.macros.get(&id))
        .filter(|saved| visible(world, call, saved))
        .ok_or_else(|| Fault::missing("not_found", "Macro not found"))?;
    Answer::ok(render(saved))
}

/// The time and the id of the last macro of the page before.
fn place(cursor: &str) -> Result<(Time, u64), Fault> {
    let read = || {
        let parts: (Time, String) = serde_json::from_slice(&STANDARD.decode(cursor).ok()?).ok()?;
        Some((parts.0, parts.1.parse().ok()?))
    };
    read().ok_or_else(|| Fault::invalid("Invalid starting_after cursor").of("starting_after"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{BILLING, NOW, call, fault, world};

    fn with_macros() -> World {
        let mut world = world();
        for (id, team_ids) in [
            (1, vec![]),
            (2, vec![BILLING]),
            (3, vec![5599]),
            (4, vec![]),
        ] {
            let saved = Macro {
                id,
                name: format!("Macro {id}"),
                body: "<p>Hi {{user.first_name | fallback: 'you & yours'}},</p><p>Order {{order.number}}</p>".into(),
                created_at: NOW - 100,
                updated_at: NOW - 10 * i64::try_from(id).unwrap(),
                team_ids,
                available_on: vec!["inbox"],
            };
            world.office.macros.insert(id, saved);
        }
        world
    }

    #[test]
    fn macros_are_listed_latest_first_and_only_to_their_teams() {
        let mut world = with_macros();
        let ids = |list: &Value| -> Vec<String> {
            let data = list["data"].as_array().unwrap().iter();
            data.map(|saved| saved["id"].as_str().unwrap().to_owned())
                .collect()
        };
        let first = call(&mut world, "list_macros", "?per_page=2", Value::Null).unwrap();
        assert_eq!(ids(&first), ["1", "2"]);
        let after = first["pages"]["next"]["starting_after"].as_str().unwrap();
        let after: String = url::form_urlencoded::byte_serialize(after.as_bytes()).collect();
        let target = format!("?per_page=2&starting_after={after}");
        let second = call(&mut world, "list_macros", &target, Value::Null).unwrap();
        assert_eq!(
            (ids(&second), &second["pages"]["next"]),
            (vec!["4".to_owned()], &Value::Null)
        );
        let since = format!("?updated_since={}", NOW - 20);
        assert_eq!(
            ids(&call(&mut world, "list_macros", &since, Value::Null).unwrap()),
            ["1"]
        );
        assert_eq!(
            fault(&mut world, "get_macro", "3", Value::Null),
            (404, "not_found")
        );
    }

    #[test]
    fn placeholders_are_told_in_two_ways() {
        let mut world = with_macros();
        let saved = call(&mut world, "get_macro", "2", Value::Null).unwrap();
        assert_eq!(
            saved["body"],
            "<p>Hi <attribute key=\"user.first_name\" default=\"you &amp; yours\"/>,</p><p>Order <attribute key=\"order.number\"/></p>"
        );
        assert_eq!(
            saved["body_text"],
            "Hi {{user.first_name | fallback: 'you & yours'}},\nOrder {{order.number}}"
        );
        assert_eq!(
            (&saved["visible_to"], &saved["created_at"]),
            (&json!("specific_teams"), &json!("2026-09-21T14:11:40.000Z"))
        );
        assert_eq!(with_elements("a {{ b"), "a {{ b");
    }

    #[test]
    fn bad_pages_are_refused() {
        let mut world = with_macros();
        for query in ["?updated_since=monday", "?starting_after=x", "?per_page=0"] {
            assert_eq!(
                fault(&mut world, "list_macros", query, Value::Null),
                (400, "parameter_invalid"),
                "{query}"
            );
        }
    }
}
