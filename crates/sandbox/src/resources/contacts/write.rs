//! Making and changing contacts.

use super::{activities, find, notice, render};
use crate::{
    call::{Answer, Call, Fault, Reply},
    world::{
        Attributes, ObjectId, World,
        people::{Contact, Role},
    },
};
use serde_json::Value;

pub(super) fn create(world: &mut World, call: &Call) -> Reply {
    if !["email", "external_id", "role"]
        .iter()
        .any(|name| call.field(name).is_some())
    {
        return Err(Fault::new(
            400,
            "parameter_not_found",
            "email, external_id or role is required",
        ));
    }
    let now = world.now();
    let mut contact = Contact {
        created_at: now,
        updated_at: now,
        ..Contact::default()
    };
    fill(world, call, &mut contact)?;
    if let Some(twin) = twin(world, &contact) {
        return Err(conflict(twin));
    }
    contact.id = world.ids.object(now);
    let id = contact.id;
    let topic = if contact.role == Role::User {
        "contact.user.created"
    } else {
        "contact.lead.created"
    };
    world.contacts.insert(id, contact);
    world.emit(topic, |world| notice(world, &world.contacts[&id]));
    Answer::ok(render(world, &world.contacts[&id]))
}

pub(super) fn update(world: &mut World, call: &Call) -> Reply {
    let before = find(world, call)?.clone();
    let id = before.id;
    let mut contact = before.clone();
    fill(world, call, &mut contact)?;
    contact.updated_at = world.now();
    let moved = contact.email != before.email
        || contact.external_id != before.external_id
        || contact.role != before.role;
    if let Some(twin) = twin(world, &contact).filter(|_| moved) {
        return Err(conflict(twin));
    }
    let topics = topics(&before, &contact);
    if contact.role != before.role {
        activities::log(world, "contact.role_updated", &contact);
    }
    world.contacts.insert(id, contact);
    for topic in topics {
        world.emit(topic, |world| notice(world, &world.contacts[&id]));
    }
    Answer::ok(render(world, &world.contacts[&id]))
}

/// What a change is told as.
fn topics(before: &Contact, after: &Contact) -> Vec<&'static str> {
    let mut topics = Vec::new();
    if before.email != after.email {
        topics.push(if after.role == Role::Lead && before.email.is_none() {
            "contact.lead.added_email"
        } else {
            "contact.email.updated"
        });
    }
    topics.push(match (before.role, after.role) {
        (Role::Lead, Role::User) => "contact.lead.signed_up",
        (_, Role::User) => "contact.user.updated",
        (_, Role::Lead) => "contact.lead.updated",
    });
    topics
}

fn conflict(id: ObjectId) -> Fault {
    Fault::new(
        409,
        "conflict",
        format!("A contact matching those details already exists with id={id}"),
    )
}

/// The contact that must not exist twice: same external id, or a user's e-mail that no other external id tells apart.
fn twin(world: &World, new: &Contact) -> Option<ObjectId> {
    let same_mail = |known: &Contact| {
        let mails = known.email.as_deref().zip(new.email.as_deref());
        mails.is_some_and(|(known, new)| known.eq_ignore_ascii_case(new))
    };
    let clash = |known: &&Contact| {
        let by_external = new.external_id.is_some() && known.external_id == new.external_id;
        let apart = new.external_id.is_some() && known.external_id.is_some();
        known.id != new.id
            && (by_external
                || new.role == Role::User && known.role == Role::User && !apart && same_mail(known))
    };
    world
        .contacts
        .values()
        .find(clash)
        .map(|contact| contact.id)
}

/// Takes the fields of a body over.
fn fill(world: &World, call: &Call, contact: &mut Contact) -> Result<(), Fault> {
    if let Some(role) = call.field("role") {
        contact.role = match role.as_str() {
            Some("user") => Role::User,
            Some("lead") => Role::Lead,
            _ => return Err(Fault::invalid("role must be user or lead").of("role")),
        };
    }
    if let Some(email) = call.text("email").filter(|email| !well_formed(email)) {
        return Err(Fault::invalid(format!("Email '{email}' is not a valid email")).of("email"));
    }
    for (name, place) in [
        ("external_id", &mut contact.external_id),
        ("email", &mut contact.email),
        ("phone", &mut contact.phone),
        ("name", &mut contact.name),
        ("avatar", &mut contact.avatar_url),
        ("language_override", &mut contact.language_override),
    ] {
        if call.names(name) {
            *place = text(call, name)?;
        }
    }
    for (name, place) in [
        ("signed_up_at", &mut contact.signed_up_at),
        ("last_seen_at", &mut contact.last_seen_at),
    ] {
        if call.names(name) {
            let at = call.field(name).map(|_| {
                call.integer(name).ok_or_else(|| {
                    Fault::invalid(format!("{name} must be a Unix timestamp")).of(name)
                })
            });
            *place = at.transpose()?;
        }
    }
    if call.names("owner_id") {
        contact.owner_id = owner(world, call)?;
    }
    if let Some(flag) = call.field("unsubscribed_from_emails") {
        contact.unsubscribed_from_emails = flag
            .as_bool()
            .ok_or_else(|| wrong_type("unsubscribed_from_emails", "a boolean"))?;
    }
    fill_attributes(call, &mut contact.custom_attributes)
}

fn fill_attributes(call: &Call, attributes: &mut Attributes) -> Result<(), Fault> {
    let Some(given) = call.field("custom_attributes") else {
        return Ok(());
    };
    for (name, value) in given
        .as_object()
        .ok_or_else(|| wrong_type("custom_attributes", "an object"))?
    {
        match value {
            Value::Null => drop(attributes.shift_remove(name)),
            Value::Object(_) => {
                return Err(Fault::invalid(format!(
                    "custom attribute '{name}' cannot be an object"
                ))
                .of("custom_attributes"));
            }
            value => drop(attributes.insert(name.clone(), value.clone())),
        }
    }
    Ok(())
}

/// A text or null; identifiers may come as numbers.
fn text(call: &Call, name: &str) -> Result<Option<String>, Fault> {
    match call.field(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok((!text.trim().is_empty()).then(|| text.trim().to_owned())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        // Version 2.16 shows the avatar as an object; what is shown may be sent back.
        Some(Value::Object(avatar)) if name == "avatar" => Ok(avatar
            .get("image_url")
            .and_then(Value::as_str)
            .map(str::to_owned)),
        Some(_) => Err(wrong_type(name, "a string")),
    }
}

fn wrong_type(name: &str, kind: &str) -> Fault {
    Fault::new(400, "type_mismatch", format!("{name} must be {kind}")).of(name)
}

fn owner(world: &World, call: &Call) -> Result<Option<u64>, Fault> {
    let Some(text) = call.identifier("owner_id") else {
        return Ok(None);
    };
    let admin = text.parse().ok().filter(|id| world.admins.contains_key(id));
    admin
        .map(Some)
        .ok_or_else(|| Fault::missing("admin_not_found", "Admin not found"))
}

fn well_formed(email: &str) -> bool {
    let email = email.trim();
    email.is_empty()
        || email.split_once('@').is_some_and(|(name, domain)| {
            !name.is_empty() && domain.contains('.') && !email.contains(char::is_whitespace)
        })
}

#[cfg(test)]
mod tests {
    use crate::testing::{NOW, call, contact, fault, world};
    use serde_json::json;

    #[test]
    fn a_contact_is_made_and_changed() {
        let mut world = world();
        let body = json!({"email": "new@example.com", "name": "New", "owner_id": 7001, "custom_attributes": {"plan": "pro"}});
        let made = call(&mut world, "create_contact", "", body).unwrap();
        assert_eq!(
            (&made["role"], &made["owner_id"], &made["created_at"]),
            (&json!("user"), &json!("7001"), &json!(NOW))
        );
        let id = made["id"].as_str().unwrap().to_owned();
        let body = json!({"name": null, "custom_attributes": {"plan": null, "seats": 3}});
        let changed = call(&mut world, "update_contact", &id, body).unwrap();
        assert_eq!(
            (
                &changed["name"],
                &changed["custom_attributes"],
                &changed["email"]
            ),
            (
                &json!(null),
                &json!({"seats": 3}),
                &json!("new@example.com")
            )
        );
    }

    #[test]
    fn twins_are_refused_with_the_id_of_the_first() {
        let mut world = world();
        let ana = contact(&world, "Ana");
        for body in [
            json!({"email": "ANA@example.com"}),
            json!({"external_id": "u-77"}),
        ] {
            let fault = call(&mut world, "create_contact", "", body).unwrap_err();
            assert_eq!((fault.status, fault.code), (409, "conflict"));
            assert_eq!(
                fault.message,
                format!("A contact matching those details already exists with id={ana}")
            );
        }
        for body in [
            json!({"email": "ana@example.com", "role": "lead"}),
            json!({"email": "ana@example.com", "external_id": "u-78"}),
        ] {
            call(&mut world, "create_contact", "", body).unwrap();
        }
    }

    #[test]
    fn bad_fields_are_refused() {
        let mut world = world();
        for (body, expected) in [
            (json!({"name": "Nobody"}), (400, "parameter_not_found")),
            (json!({"role": "visitor"}), (400, "parameter_invalid")),
            (json!({"email": "nobody"}), (400, "parameter_invalid")),
            (
                json!({"role": "lead", "owner_id": "1"}),
                (404, "admin_not_found"),
            ),
            (
                json!({"role": "lead", "custom_attributes": 3}),
                (400, "type_mismatch"),
            ),
            (json!({"role": "lead", "name": [1]}), (400, "type_mismatch")),
            (
                json!({"role": "lead", "signed_up_at": "soon"}),
                (400, "parameter_invalid"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "create_contact", "", body.clone()),
                expected,
                "{body}"
            );
        }
        assert_eq!(
            fault(
                &mut world,
                "update_contact",
                "66f0aa00bb11cc22dd33ee55",
                json!({})
            ),
            (404, "not_found")
        );
    }
}
