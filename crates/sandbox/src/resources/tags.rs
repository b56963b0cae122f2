//! Operations on tags, and on tags of contacts, conversations and tickets.

mod bulk;

use super::contacts;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{
        World,
        people::{Applied, Role, Tag},
    },
};
use serde_json::{Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_tags" => list,
        "get_tag" => get,
        "create_or_update_tag" => bulk::create_or_update,
        "delete_tag" => delete,
        "list_contact_tags" => list_of_contact,
        "attach_tag_to_contact" => attach_to_contact,
        "detach_tag_from_contact" => detach_from_contact,
        "attach_tag_to_conversation" => attach_to_conversation,
        "detach_tag_from_conversation" => detach_from_conversation,
        "attach_tag_to_ticket" => attach_to_ticket,
        "detach_tag_from_ticket" => detach_from_ticket,
        _ => return None,
    })
}

/// A tag by itself.
pub(crate) fn render(tag: &Tag) -> Value {
    json!({"type": "tag", "id": tag.id.to_string(), "name": tag.name})
}

/// A tag on an object: when it came there, and by whom.
pub(crate) fn applied(world: &World, applied: &Applied) -> Option<Value> {
    let mut body = render(world.tags.get(&applied.tag)?);
    body["applied_at"] = json!(applied.at);
    body["applied_by"] = json!({"type": "admin", "id": applied.by.to_string()});
    Some(body)
}

/// The tag that the body's `id` names.
pub(crate) fn of_body<'a>(world: &'a World, call: &Call) -> Result<&'a Tag, Fault> {
    let id = call.identifier("id").ok_or_else(|| Fault::absent("id"))?;
    id.parse()
        .ok()
        .and_then(|id| world.tags.get(&id))
        .ok_or_else(missing)
}

/// Puts a tag on an object; a tag that is there already stays as it is.
pub(crate) fn apply(tags: &mut Vec<Applied>, new: Applied) -> Applied {
    if let Some(there) = tags.iter().find(|there| there.tag == new.tag) {
        return *there;
    }
    tags.push(new);
    new
}

/// Takes a tag off an object.
pub(crate) fn take_off(tags: &mut Vec<Applied>, tag: Option<u64>) -> Result<Applied, Fault> {
    let place = tags
        .iter()
        .position(|there| Some(there.tag) == tag)
        .ok_or_else(missing)?;
    Ok(tags.remove(place))
}

fn missing() -> Fault {
    Fault::missing("not_found", "Resource Not Found")
}

fn of_path(world: &World, call: &Call) -> Result<Tag, Fault> {
    call.number(0)
        .and_then(|id| world.tags.get(&id))
        .cloned()
        .ok_or_else(missing)
}

fn list(world: &mut World, _: &Call) -> Reply {
    let tags: Vec<Value> = world.tags.values().map(render).collect();
    Answer::ok(json!({"type": "list", "data": tags}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(&of_path(world, call)?))
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = of_path(world, call)?.id;
    world.tags.remove(&id);
    let off = |tags: &mut Vec<Applied>| tags.retain(|tag| tag.tag != id);
    world
        .contacts
        .values_mut()
        .for_each(|contact| off(&mut contact.tags));
    world
        .companies
        .values_mut()
        .for_each(|company| off(&mut company.tags));
    world
        .conversations
        .values_mut()
        .for_each(|conversation| off(&mut conversation.tags));
    world
        .tickets
        .values_mut()
        .for_each(|ticket| off(&mut ticket.tags));
    world
        .articles
        .values_mut()
        .for_each(|article| off(&mut article.tags));
    world
        .internal_articles
        .values_mut()
        .for_each(|article| off(&mut article.tags));
    world
        .content
        .snippets
        .values_mut()
        .for_each(|snippet| off(&mut snippet.tags));
    world
        .content
        .pages
        .values_mut()
        .for_each(|page| off(&mut page.tags));
    world
        .content
        .files
        .values_mut()
        .for_each(|file| off(&mut file.tags));
    Answer::empty(200)
}

fn list_of_contact(world: &mut World, call: &Call) -> Reply {
    let contact = contacts::find(world, call)?;
    let tags: Vec<Value> = contact
        .tags
        .iter()
        .filter_map(|tag| world.tags.get(&tag.tag))
        .map(render)
        .collect();
    Answer::ok(json!({"type": "list", "data": tags}))
}

fn attach_to_contact(world: &mut World, call: &Call) -> Reply {
    let id = contacts::find(world, call)?.id;
    let tag = of_body(world, call)?.clone();
    let new = Applied {
        tag: tag.id,
        at: world.now(),
        by: call.caller,
    };
    let contact = world.contacts.get_mut(&id).ok_or_else(missing)?;
    let topic = if contact.role == Role::User {
        "contact.user.tag.created"
    } else {
        "contact.lead.tag.created"
    };
    let there = apply(&mut contact.tags, new);
    contacts::tell_tag(world, topic, id, &tag);
    Answer::ok(json!(applied(world, &there)))
}

fn detach_from_contact(world: &mut World, call: &Call) -> Reply {
    let id = contacts::find(world, call)?.id;
    let contact = world.contacts.get_mut(&id).ok_or_else(missing)?;
    let topic = if contact.role == Role::User {
        "contact.user.tag.deleted"
    } else {
        "contact.lead.tag.deleted"
    };
    let gone = take_off(&mut contact.tags, call.number(1))?;
    let tag = world.tags.get(&gone.tag).cloned().ok_or_else(missing)?;
    contacts::tell_tag(world, topic, id, &tag);
    Answer::ok(json!(applied(world, &gone)))
}

/// The admin who tags: required for conversations and tickets.
fn tagger(world: &World, call: &Call) -> Result<u64, Fault> {
    let text = call
        .identifier("admin_id")
        .ok_or_else(|| Fault::absent("admin_id"))?;
    text.parse()
        .ok()
        .filter(|id| world.admins.contains_key(id))
        .ok_or_else(|| Fault::missing("admin_not_found", "Admin for admin_id not found"))
}

fn attach_to_conversation(world: &mut World, call: &Call) -> Reply {
    let id = super::conversations::find(world, call)?.id;
    let by = tagger(world, call)?;
    let new = Applied {
        tag: of_body(world, call)?.id,
        at: world.now(),
        by,
    };
    let conversation = world.conversations.get_mut(&id).ok_or_else(missing)?;
    let there = apply(&mut conversation.tags, new);
    conversation.updated_at = conversation.updated_at.max(new.at);
    let body = applied(world, &there);
    let told = body.clone();
    world.emit("conversation_part.tag.created", |world| {
        json!({"type": "conversation_part_tag", "tag": told, "conversation": super::conversations::notice(world, &world.conversations[&id], &[])})
    });
    Answer::ok(json!(body))
}

fn detach_from_conversation(world: &mut World, call: &Call) -> Reply {
    let id = super::conversations::find(world, call)?.id;
    tagger(world, call)?;
    let now = world.now();
    let conversation = world.conversations.get_mut(&id).ok_or_else(missing)?;
    let gone = take_off(&mut conversation.tags, call.number(1))?;
    conversation.updated_at = conversation.updated_at.max(now);
    Answer::ok(json!(applied(world, &gone)))
}

fn ticket(world: &World, call: &Call) -> Result<u64, Fault> {
    call.number(0)
        .filter(|id| world.tickets.contains_key(id))
        .ok_or_else(|| Fault::missing("ticket_not_found", "Ticket not found"))
}

fn attach_to_ticket(world: &mut World, call: &Call) -> Reply {
    let id = ticket(world, call)?;
    let by = tagger(world, call)?;
    let new = Applied {
        tag: of_body(world, call)?.id,
        at: world.now(),
        by,
    };
    let there = world
        .tickets
        .get_mut(&id)
        .map(|ticket| apply(&mut ticket.tags, new))
        .ok_or_else(missing)?;
    Answer::ok(json!(applied(world, &there)))
}

fn detach_from_ticket(world: &mut World, call: &Call) -> Reply {
    let id = ticket(world, call)?;
    tagger(world, call)?;
    let ticket = world.tickets.get_mut(&id).ok_or_else(missing)?;
    let gone = take_off(&mut ticket.tags, call.number(1))?;
    Answer::ok(json!(applied(world, &gone)))
}

#[cfg(test)]
mod tests {
    use crate::testing::{NOW, RUI, TAG, call, contact, conversation, fault, world};
    use serde_json::json;

    #[test]
    fn tags_come_and_go_on_conversations() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        let got = call(
            &mut world,
            "attach_tag_to_conversation",
            &id,
            json!({"id": TAG.to_string(), "admin_id": RUI.to_string()}),
        )
        .unwrap();
        assert_eq!(
            got,
            json!({"type": "tag", "id": "9001", "name": "billing", "applied_at": NOW, "applied_by": {"type": "admin", "id": "7001"}})
        );
        let target = format!("{id}/{TAG}");
        call(
            &mut world,
            "detach_tag_from_conversation",
            &target,
            json!({"admin_id": RUI}),
        )
        .unwrap();
        assert_eq!(
            fault(
                &mut world,
                "detach_tag_from_conversation",
                &target,
                json!({"admin_id": RUI})
            ),
            (404, "not_found")
        );
        assert_eq!(
            fault(
                &mut world,
                "detach_tag_from_conversation",
                &target,
                json!(null)
            ),
            (400, "parameter_not_found")
        );
        assert_eq!(
            fault(
                &mut world,
                "attach_tag_to_conversation",
                &id,
                json!({"id": "5", "admin_id": RUI})
            ),
            (404, "not_found")
        );
    }

    #[test]
    fn a_deleted_tag_is_gone_everywhere() {
        let mut world = world();
        let ana = contact(&world, "Ana").to_string();
        call(
            &mut world,
            "attach_tag_to_contact",
            &ana,
            json!({"id": TAG.to_string()}),
        )
        .unwrap();
        assert_eq!(
            call(&mut world, "list_contact_tags", &ana, json!(null)).unwrap()["data"][0]["name"],
            "billing"
        );
        assert_eq!(
            call(&mut world, "delete_tag", &TAG.to_string(), json!(null)).unwrap(),
            json!(null)
        );
        assert_eq!(
            call(&mut world, "get_contact", &ana, json!(null)).unwrap()["tags"]["total_count"],
            0
        );
        assert_eq!(
            fault(&mut world, "get_tag", &TAG.to_string(), json!(null)),
            (404, "not_found")
        );
    }
}
