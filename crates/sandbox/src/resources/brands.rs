//! Operations on brands and on the addresses that mail is sent from.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{
        World,
        office::{Brand, EmailSetting},
    },
};
use serde_json::{Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_brands" => list,
        "get_brand" => get,
        "list_email_settings" => list_emails,
        "get_email_setting" => get_email,
        _ => return None,
    })
}

fn render(brand: &Brand) -> Value {
    let mut out = json!({
        "type": "brand",
        "id": brand.id,
        "name": brand.name,
        "is_default": brand.is_default,
        "created_at": brand.created_at,
        "updated_at": brand.updated_at,
    });
    for (key, id) in [
        ("help_center_id", brand.help_center_id),
        ("default_address_settings_id", brand.email_id),
    ] {
        if let Some(id) = id {
            out[key] = json!(id.to_string());
        }
    }
    out
}

fn render_email(setting: &EmailSetting) -> Value {
    let domain = setting.email.rsplit_once('@').map(|(_, domain)| domain);
    json!({
        "type": "email_setting",
        "id": setting.id.to_string(),
        "email": setting.email,
        "verified": setting.verified,
        "domain": domain.unwrap_or_default(),
        "brand_id": setting.brand_id,
        "forwarding_enabled": setting.forwarding_enabled,
        "forwarded_email_last_received_at": setting.last_forwarded_at,
        "created_at": setting.created_at,
        "updated_at": setting.updated_at,
    })
}

fn list(world: &mut World, _: &Call) -> Reply {
    let mut brands: Vec<&Brand> = world.office.brands.values().collect();
    brands.sort_by_key(|brand| !brand.is_default);
    let data: Vec<Value> = brands.into_iter().map(render).collect();
    Answer::ok(json!({"type": "list", "data": data}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    let brand = world.office.brands.get(call.id(0));
    Answer::ok(render(
        brand.ok_or_else(|| Fault::missing("not_found", "Brand not found"))?,
    ))
}

fn list_emails(world: &mut World, _: &Call) -> Reply {
    let data: Vec<Value> = world.office.emails.values().map(render_email).collect();
    Answer::ok(json!({"type": "list", "data": data}))
}

fn get_email(world: &mut World, call: &Call) -> Reply {
    let setting = call.number(0).and_then(|id| world.office.emails.get(&id));
    Answer::ok(render_email(setting.ok_or_else(|| {
        Fault::missing("not_found", "Email setting not found")
    })?))
}

#[cfg(test)]
mod tests {
    use crate::testing::{NOW, call, fault, world};
    use crate::world::office::{Brand, EmailSetting};
    use serde_json::{Value, json};

    #[test]
    fn the_default_brand_comes_first_and_has_the_workspaces_id() {
        let mut world = world();
        for (id, is_default) in [("3", false), ("w1abc2", true)] {
            let brand = Brand {
                id: id.into(),
                name: format!("Brand {id}"),
                is_default,
                email_id: is_default.then_some(41),
                ..Brand::default()
            };
            world.office.brands.insert(id.into(), brand);
        }
        let list = call(&mut world, "list_brands", "", Value::Null).unwrap();
        assert_eq!(
            (
                &list["data"][0]["id"],
                &list["data"][0]["default_address_settings_id"]
            ),
            (&json!("w1abc2"), &json!("41"))
        );
        let one = call(&mut world, "get_brand", "3", Value::Null).unwrap();
        assert_eq!(one, list["data"][1]);
        assert!(
            one.get("help_center_id").is_none(),
            "it has no site of its own"
        );
        assert_eq!(
            fault(&mut world, "get_brand", "4", Value::Null),
            (404, "not_found")
        );
    }

    #[test]
    fn sender_addresses_tell_their_domain() {
        let mut world = world();
        let setting = EmailSetting {
            id: 41,
            email: "help@shop.example".into(),
            verified: true,
            brand_id: "w1abc2".into(),
            created_at: NOW,
            ..EmailSetting::default()
        };
        world.office.emails.insert(41, setting);
        let one = call(&mut world, "get_email_setting", "41", Value::Null).unwrap();
        assert_eq!(
            (&one["domain"], &one["forwarded_email_last_received_at"]),
            (&json!("shop.example"), &Value::Null)
        );
        assert_eq!(
            call(&mut world, "list_email_settings", "", Value::Null).unwrap()["data"],
            json!([one])
        );
        assert_eq!(
            fault(&mut world, "get_email_setting", "5", Value::Null),
            (404, "not_found")
        );
    }
}
