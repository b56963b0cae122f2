//! Operations on visitors: people in the messenger who have not told who they are.

use super::conversations::find_contact;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply, identifier_of},
    world::{
        ObjectId, World,
        people::{Contact, Role},
        settings::Visitor,
    },
};
use serde_json::{Map, Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "get_visitor" => get,
        "update_visitor" => update,
        "convert_visitor" => convert,
        _ => return None,
    })
}

fn missing() -> Fault {
    Fault::missing("not_found", "Visitor Not Found")
}

/// The visitor whose `id` or `user_id` is given.
fn find(world: &World, id: Option<&str>, user_id: Option<&str>) -> Result<String, Fault> {
    let mut all = world.settings.visitors.iter();
    let fits = |key: &str, visitor: &Visitor| match (id, user_id) {
        (Some(id), _) => visitor.id.to_string() == id,
        (None, Some(user_id)) => key == user_id,
        (None, None) => false,
    };
    all.find(|(key, visitor)| fits(key, visitor))
        .map(|(key, _)| key.clone())
        .ok_or_else(missing)
}

fn get(world: &mut World, call: &Call) -> Reply {
    let user_id = call.query("user_id").filter(|id| !id.is_empty());
    let user_id = user_id.ok_or_else(|| Fault::absent("user_id"))?;
    let key = find(world, None, Some(user_id))?;
    Answer::ok(render(world, &key))
}

fn update(world: &mut World, call: &Call) -> Reply {
    let (id, user_id) = (call.identifier("id"), call.identifier("user_id"));
    if id.is_none() && user_id.is_none() {
        return Err(Fault::absent("id or user_id"));
    }
    let key = find(world, id.as_deref(), user_id.as_deref())?;
    let now = world.now();
    if let Some(visitor) = world.settings.visitors.get_mut(&key) {
        if let Some(name) = call.text("name") {
            visitor.name = Some(name.to_owned());
        }
        for (name, value) in call.object_field("custom_attributes").into_iter().flatten() {
            visitor
                .custom_attributes
                .insert(name.clone(), value.clone());
        }
        visitor.updated_at = now;
    }
    Answer::ok(render(world, &key))
}

/// Makes a contact of a visitor, or adds the visitor to one who is known.
fn convert(world: &mut World, call: &Call) -> Reply {
    let role = match call.text("type") {
        Some("user") => Role::User,
        Some("lead") => Role::Lead,
        _ => return Err(Fault::invalid("type must be user or lead").of("type")),
    };
    let named = |name: &str| {
        call.object_field(name)
            .ok_or_else(|| Fault::absent(name).of(name))
    };
    let (user, visitor) = (named("user")?, named("visitor")?);
    let given = |object: &Map<String, Value>, name: &str| object.get(name).and_then(identifier_of);
    let key = find(
        world,
        given(visitor, "id").as_deref(),
        given(visitor, "user_id").as_deref(),
    )?;
    let known = match given(user, "id") {
        Some(id) => {
            let id = id.parse::<ObjectId>().ok();
            let id = id.filter(|id| world.contacts.contains_key(id));
            Some(id.ok_or_else(|| Fault::missing("not_found", "User Not Found"))?)
        }
        None => find_contact(world, user).ok().flatten(),
    };
    let Some(gone) = world.settings.visitors.remove(&key) else {
        return Err(missing());
    };
    let now = world.now();
    let id = known.unwrap_or(gone.id);
    let contact = world.contacts.entry(id).or_insert_with(|| Contact {
        id,
        role,
        external_id: given(user, "user_id").or((role == Role::User).then_some(key)),
        email: given(user, "email"),
        created_at: gone.created_at,
        signed_up_at: Some(now),
        ..Contact::default()
    });
    if contact.name.is_none() {
        contact.name = gone.name;
    }
    contact.updated_at = now;
    for (name, value) in gone.custom_attributes {
        contact.custom_attributes.entry(name).or_insert(value);
    }
    Answer::ok(super::contacts::render(world, &world.contacts[&id]))
}

fn render(world: &World, key: &str) -> Value {
    let visitor = &world.settings.visitors[key];
    json!({
        "type": "visitor",
        "id": visitor.id.to_string(),
        "user_id": key,
        "anonymous": true,
        "email": "",
        "phone": null,
        "name": visitor.name,
        "pseudonym": visitor.pseudonym,
        "avatar": {"type": "avatar", "image_url": null},
        "app_id": world.workspace.id_code,
        "companies": {"type": "company.list", "companies": []},
        "location_data": {
            "type": "location_data",
            "city_name": visitor.city,
            "country_name": visitor.country,
            "country_code": visitor.country_code,
        },
        "last_request_at": visitor.updated_at,
        "created_at": visitor.created_at,
        "remote_created_at": visitor.created_at,
        "signed_up_at": visitor.created_at,
        "updated_at": visitor.updated_at,
        "session_count": visitor.session_count,
        "social_profiles": {"type": "social_profile.list", "social_profiles": []},
        "owner_id": null,
        "unsubscribed_from_emails": false,
        "marked_email_as_spam": false,
        "has_hard_bounced": false,
        "tags": {"type": "tag.list", "tags": []},
        "segments": {"type": "segment.list", "segments": []},
        "custom_attributes": visitor.custom_attributes,
        "referrer": visitor.referrer,
        "utm_campaign": null,
        "utm_content": null,
        "utm_medium": null,
        "utm_source": null,
        "utm_term": null,
        "do_not_track": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, call, contact, fault, world};

    fn with_visitors() -> World {
        let mut world = world();
        for key in ["v-1", "v-2"] {
            let id = world.ids.object(NOW);
            let visitor = Visitor {
                id,
                created_at: NOW,
                ..Visitor::default()
            };
            world.settings.visitors.insert(key.into(), visitor);
        }
        world
    }

    #[test]
    fn visitors_are_found_and_changed() {
        let mut world = with_visitors();
        let body = json!({"user_id": "v-1", "name": "Gus", "custom_attributes": {"bike": "red"}});
        let told = call(&mut world, "update_visitor", "", body).unwrap();
        let found = call(&mut world, "get_visitor", "?user_id=v-1", Value::Null).unwrap();
        assert_eq!(
            (&told, &found["custom_attributes"]["bike"]),
            (&found, &json!("red"))
        );
        for (target, expected) in [
            ("?user_id=v-9", (404, "not_found")),
            ("", (400, "parameter_not_found")),
        ] {
            assert_eq!(
                fault(&mut world, "get_visitor", target, Value::Null),
                expected
            );
        }
    }

    #[test]
    fn a_visitor_becomes_a_contact_or_part_of_one() {
        let mut world = with_visitors();
        let body = json!({"type": "user", "user": {"email": "gus@example.com"}, "visitor": {"user_id": "v-1"}});
        let made = call(&mut world, "convert_visitor", "", body.clone()).unwrap();
        assert_eq!(
            (&made["role"], &made["email"]),
            (&json!("user"), &json!("gus@example.com"))
        );
        assert_eq!(
            fault(&mut world, "convert_visitor", "", body),
            (404, "not_found")
        );
        let ana = contact(&world, "Ana").to_string();
        let body = json!({"type": "user", "user": {"id": ana}, "visitor": {"user_id": "v-2"}});
        let told = call(&mut world, "convert_visitor", "", body).unwrap();
        assert_eq!(
            (told["id"].as_str(), world.contacts.len()),
            (Some(ana.as_str()), 3)
        );
    }
}
