//! Operations on who may come in: the addresses the workspace is opened from, and the secrets that vouch for customers.

use super::activity;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{World, settings::Secret},
};
use serde_json::{Value, json};
use std::net::IpAddr;

/// The address that every call of the sandbox comes from.
const CALLER: &str = "127.0.0.1";

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "get_ip_allowlist" => allowlist,
        "update_ip_allowlist" => set_allowlist,
        "list_identity_secrets" => secrets,
        "create_identity_secret" => create_secret,
        "delete_identity_secret" => delete_secret,
        _ => return None,
    })
}

fn allowlist(world: &mut World, _: &Call) -> Reply {
    let list = &world.settings.allowlist;
    Answer::ok(
        json!({"type": "ip_allowlist", "enabled": list.enabled, "ip_allowlist": list.entries}),
    )
}

fn set_allowlist(world: &mut World, call: &Call) -> Reply {
    let mut list = world.settings.allowlist.clone();
    if let Some(enabled) = call.flag("enabled") {
        list.enabled = enabled;
    }
    if let Some(entries) = call.list("ip_allowlist") {
        list.entries = entries.iter().map(checked).collect::<Result<_, _>>()?;
    }
    if list.enabled && !list.entries.iter().any(|entry| covers(entry, CALLER)) {
        let message = format!(
            "Your IP ({CALLER}) is not on the allowlist. Saving would lock you out of this workspace."
        );
        return Err(Fault::new(422, "parameter_invalid", message));
    }
    world.settings.allowlist = list;
    activity::log(
        world,
        call.caller,
        "security_settings_change",
        "The IP allowlist was changed.".into(),
        json!({"setting_type": "ip_allowlist"}),
    );
    allowlist(world, call)
}

fn checked(entry: &Value) -> Result<String, Fault> {
    let text = entry.as_str().unwrap_or_default();
    range(text).map(|_| text.to_owned()).ok_or_else(|| {
        let message = format!("{entry} is not an IP address or a range in CIDR notation");
        Fault::new(422, "parameter_invalid", message).of("ip_allowlist")
    })
}

/// An address as bits at the upper end of a number, and how many of them count.
fn range(text: &str) -> Option<(u128, u32, bool)> {
    let (address, length) = text
        .split_once('/')
        .map_or((text, None), |(address, length)| (address, Some(length)));
    let (bits, width, four) = match address.parse().ok()? {
        IpAddr::V4(four) => (u128::from(four.to_bits()) << 96, 32, true),
        IpAddr::V6(six) => (six.to_bits(), 128, false),
    };
    let length = match length {
        None => width,
        Some(text) => text.parse().ok().filter(|length| *length <= width)?,
    };
    Some((bits, length, four))
}

fn covers(entry: &str, address: &str) -> bool {
    let (Some((network, length, four)), Some((own, _, own_four))) = (range(entry), range(address))
    else {
        return false;
    };
    let differing = network ^ own;
    four == own_four && (length == 0 || differing >> (128 - length) == 0)
}

fn secrets(world: &mut World, _: &Call) -> Reply {
    let data: Vec<Value> = world.settings.secrets.values().map(render).collect();
    Answer::ok(json!({"type": "list", "data": data}))
}

/// The secret itself is told this once.
fn create_secret(world: &mut World, call: &Call) -> Reply {
    let name = call.text("name").map(str::trim).unwrap_or_default();
    if name.is_empty() {
        return Err(Fault::new(422, "parameter_invalid", "name is required").of("name"));
    }
    let supports = ["supports_android", "supports_ios", "supports_web"]
        .map(|platform| call.flag(platform).unwrap_or(false));
    let (id, material) = (world.ids.small(), world.ids.word(40));
    let secret = Secret {
        id,
        name: name.to_owned(),
        supports,
        created_at: world.now(),
    };
    let mut body = render(&secret);
    body["secret"] = json!(material);
    world.settings.secrets.insert(id, secret);
    Answer::with(201, body)
}

fn delete_secret(world: &mut World, call: &Call) -> Reply {
    let gone = call
        .number(0)
        .and_then(|id| world.settings.secrets.remove(&id));
    if gone.is_some() {
        return Answer::empty(204);
    }
    let message = "Identity verification secret not found";
    Err(Fault::missing(
        "identity_verification_secret_not_found",
        message,
    ))
}

fn render(secret: &Secret) -> Value {
    let [android, ios, web] = secret.supports;
    json!({
        "type": "identity_verification_secret",
        "id": secret.id.to_string(),
        "name": secret.name,
        "supports_android": android,
        "supports_ios": ios,
        "supports_web": web,
        "created_at": secret.created_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, fault, world};

    #[test]
    fn nobody_locks_themselves_out() {
        let mut world = world();
        for (entries, good) in [
            (json!(["203.0.113.7"]), false),
            (json!(["203.0.113.7", "127.0.0.0/8"]), true),
            (json!(["0.0.0.0/0"]), true),
            (json!(["::/0"]), false),
            (json!(["127.0.0.0/33"]), false),
            (json!(["home"]), false),
        ] {
            let body = json!({"enabled": true, "ip_allowlist": entries});
            let told = call(&mut world, "update_ip_allowlist", "", body);
            assert_eq!(told.is_ok(), good, "{entries}");
        }
        let told = call(&mut world, "get_ip_allowlist", "", Value::Null).unwrap();
        assert_eq!(
            told,
            json!({"type": "ip_allowlist", "enabled": true, "ip_allowlist": ["0.0.0.0/0"]})
        );
    }

    #[test]
    fn a_secret_is_told_once() {
        let mut world = world();
        let made = call(
            &mut world,
            "create_identity_secret",
            "",
            json!({"name": "App", "supports_ios": true}),
        )
        .unwrap();
        assert_eq!(made["secret"].as_str().unwrap().len(), 40);
        let list = call(&mut world, "list_identity_secrets", "", Value::Null).unwrap();
        assert_eq!(
            (
                &list["data"][0]["supports_ios"],
                list["data"][0].get("secret")
            ),
            (&json!(true), None)
        );
        let id = made["id"].as_str().unwrap();
        call(&mut world, "delete_identity_secret", id, Value::Null).unwrap();
        assert_eq!(
            fault(&mut world, "delete_identity_secret", id, Value::Null),
            (404, "identity_verification_secret_not_found")
        );
        assert_eq!(
            fault(&mut world, "create_identity_secret", "", json!({})),
            (422, "parameter_invalid")
        );
    }
}
