//! Operations on subscription types and on the consents of contacts.

use super::contacts;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{ObjectId, World, people::SubscriptionType},
};
use serde_json::{Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_subscription_types" => list,
        "list_contact_subscriptions" => of_contact,
        "attach_subscription_to_contact" => attach,
        "detach_subscription_from_contact" => detach,
        _ => return None,
    })
}

/// A kind of message.
pub(crate) fn render(kind: &SubscriptionType) -> Value {
    let words = json!({"name": kind.name, "description": kind.description, "locale": kind.locale});
    json!({
        "type": "subscription",
        "id": kind.id.to_string(),
        "state": kind.state,
        "consent_type": kind.consent_type,
        "default_translation": words,
        "translations": [words],
        "content_types": kind.content_types,
    })
}

fn list(world: &mut World, _: &Call) -> Reply {
    let data: Vec<Value> = world.subscription_types.values().map(render).collect();
    Answer::ok(json!({"type": "list", "data": data}))
}

/// What the contact has agreed to or declined; silence is not listed.
fn of_contact(world: &mut World, call: &Call) -> Reply {
    let contact = contacts::find(world, call)?;
    let kinds = contact
        .subscriptions
        .iter()
        .filter_map(|(id, _)| world.subscription_types.get(id));
    let data: Vec<Value> = kinds.map(render).collect();
    Answer::ok(json!({"type": "list", "data": data}))
}

/// Records a consent (`opt_in`) or a refusal (`opt_out`), whichever the type asks for.
fn attach(world: &mut World, call: &Call) -> Reply {
    let contact = contacts::find(world, call)?.id;
    let id = call
        .identifier("id")
        .ok_or_else(|| Fault::absent("id").of("id"))?;
    let id: u64 = id
        .parse()
        .ok()
        .filter(|id| world.subscription_types.contains_key(id))
        .ok_or_else(missing)?;
    let kind = &world.subscription_types[&id];
    let consent = call
        .text("consent_type")
        .ok_or_else(|| Fault::absent("consent_type").of("consent_type"))?;
    if consent != kind.consent_type {
        let message = format!(
            "consent_type of this subscription type must be {}",
            kind.consent_type
        );
        return Err(Fault::invalid(message).of("consent_type"));
    }
    let agrees = consent == "opt_in";
    if let Some(contact) = world.contacts.get_mut(&contact) {
        contact.subscriptions.retain(|(known, _)| *known != id);
        contact.subscriptions.push((id, agrees));
    }
    tell(world, contact, id, agrees)
}

/// Takes the consent or the refusal back.
fn detach(world: &mut World, call: &Call) -> Reply {
    let contact = contacts::find(world, call)?.id;
    let id = call
        .number(1)
        .filter(|id| world.subscription_types.contains_key(id))
        .ok_or_else(missing)?;
    let subscriptions = world
        .contacts
        .get_mut(&contact)
        .map(|contact| &mut contact.subscriptions);
    let subscriptions = subscriptions.ok_or_else(missing)?;
    let place = subscriptions
        .iter()
        .position(|(known, _)| *known == id)
        .ok_or_else(missing)?;
    let (_, agreed) = subscriptions.remove(place);
    tell(world, contact, id, !agreed)
}

fn tell(world: &mut World, contact: ObjectId, id: u64, subscribed: bool) -> Reply {
    let body = world
        .subscription_types
        .get(&id)
        .map(render)
        .ok_or_else(missing)?;
    let topic = if subscribed {
        "contact.subscribed"
    } else {
        "contact.unsubscribed"
    };
    world.emit(topic, |world| {
        let contact = world
            .contacts
            .get(&contact)
            .map(|contact| contacts::render(world, contact));
        json!({"type": "contact_subscription", "contact": contact, "subscription": body})
    });
    Answer::ok(body)
}

fn missing() -> Fault {
    Fault::missing("not_found", "Resource Not Found")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, contact, fault, world};

    fn with_types() -> (World, String) {
        let mut world = world();
        for (id, consent) in [(31, "opt_out"), (32, "opt_in")] {
            let kind = SubscriptionType {
                id,
                consent_type: consent.into(),
                state: "live".into(),
                locale: "en".into(),
                ..SubscriptionType::default()
            };
            world.subscription_types.insert(id, kind);
        }
        let ana = contact(&world, "Ana").to_string();
        (world, ana)
    }

    #[test]
    fn consents_are_recorded_and_taken_back() {
        let (mut world, ana) = with_types();
        assert_eq!(
            call(&mut world, "list_subscription_types", "", Value::Null).unwrap()["data"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        world.listening = true;
        for (id, consent, topic) in [
            ("31", "opt_out", "contact.unsubscribed"),
            ("32", "opt_in", "contact.subscribed"),
        ] {
            let body = json!({"id": id, "consent_type": consent});
            let kind = call(&mut world, "attach_subscription_to_contact", &ana, body).unwrap();
            assert_eq!(
                (&kind["id"], &kind["type"]),
                (&json!(id), &json!("subscription"))
            );
            assert_eq!(world.outbox.pop().unwrap().topic, topic);
        }
        let both = call(&mut world, "list_contact_subscriptions", &ana, Value::Null).unwrap();
        assert_eq!(both["data"].as_array().unwrap().len(), 2);
        call(
            &mut world,
            "detach_subscription_from_contact",
            &format!("{ana}/31"),
            Value::Null,
        )
        .unwrap();
        let one = call(&mut world, "list_contact_subscriptions", &ana, Value::Null).unwrap();
        assert_eq!(
            (one["data"].as_array().unwrap().len(), &one["data"][0]["id"]),
            (1, &json!("32"))
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (mut world, ana) = with_types();
        for (body, expected) in [
            (
                json!({"consent_type": "opt_in"}),
                (400, "parameter_not_found"),
            ),
            (json!({"id": "32"}), (400, "parameter_not_found")),
            (
                json!({"id": "32", "consent_type": "opt_out"}),
                (400, "parameter_invalid"),
            ),
            (
                json!({"id": "33", "consent_type": "opt_in"}),
                (404, "not_found"),
            ),
        ] {
            assert_eq!(
                fault(
                    &mut world,
                    "attach_subscription_to_contact",
                    &ana,
                    body.clone()
                ),
                expected,
                "{body}"
            );
        }
        let target = format!("{ana}/32");
        assert_eq!(
            fault(
                &mut world,
                "detach_subscription_from_contact",
                &target,
                Value::Null
            ),
            (404, "not_found")
        );
    }
}
