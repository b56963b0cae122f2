//! Redacting a part or the first message for good.

use super::{answer, render::notice};
use crate::{
    call::{Call, Fault, Reply},
    world::World,
};

/// What is left of words that were redacted.
const DELETED: &str = "<p><i>This message was deleted</i></p>";

pub(super) fn redact(world: &mut World, call: &Call) -> Reply {
    let kind = call.text("type").ok_or_else(|| Fault::absent("type"))?;
    let text = call
        .identifier("conversation_id")
        .ok_or_else(|| Fault::absent("conversation_id"))?;
    let id: u64 = text
        .parse()
        .ok()
        .filter(|id| world.conversations.contains_key(id))
        .ok_or_else(|| Fault::missing("conversation_not_found", "Conversation not found"))?;
    let parts = match kind {
        "conversation_part" => vec![redact_part(world, id, call)?],
        "source" => {
            redact_source(world, id, call)?;
            Vec::new()
        }
        _ => return Err(Fault::invalid("type must be conversation_part or source").of("type")),
    };
    world.emit("conversation_part.redacted", |world| {
        notice(world, &world.conversations[&id], &parts)
    });
    answer(world, id, call)
}

fn redact_part(world: &mut World, id: u64, call: &Call) -> Result<u64, Fault> {
    let wanted = call
        .identifier("conversation_part_id")
        .ok_or_else(|| Fault::absent("conversation_part_id"))?;
    let parts = world
        .conversations
        .get_mut(&id)
        .map(|conversation| conversation.parts.iter_mut());
    let part = parts
        .and_then(|mut parts| parts.find(|part| wanted.parse() == Ok(part.id)))
        .ok_or_else(no_such_part)?;
    if part.body.is_none() && part.attachments.is_empty() {
        return Err(Fault::new(
            400,
            "conversation_part_not_redactable",
            "Conversation part has nothing to redact",
        ));
    }
    part.body = Some(DELETED.into());
    part.attachments.clear();
    part.redacted = true;
    Ok(part.id)
}

fn redact_source(world: &mut World, id: u64, call: &Call) -> Result<(), Fault> {
    let wanted = call
        .identifier("source_id")
        .ok_or_else(|| Fault::absent("source_id"))?;
    let source = world
        .conversations
        .get_mut(&id)
        .map(|conversation| &mut conversation.source);
    let source = source
        .filter(|source| wanted.parse() == Ok(source.id))
        .ok_or_else(no_such_part)?;
    source.body = DELETED.into();
    source.subject = "".into();
    source.attachments.clear();
    source.redacted = true;
    Ok(())
}

fn no_such_part() -> Fault {
    Fault::missing(
        "conversation_part_or_message_not_found",
        "Conversation part or message not found",
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::{RUI, call, conversation, fault, world};
    use serde_json::json;

    #[test]
    fn words_are_gone_for_good() {
        let mut world = world();
        let id = conversation(&mut world, "My card is 4111 1111");
        let got = call(
            &mut world,
            "reply_conversation",
            &id,
            json!({"message_type": "note", "type": "admin", "admin_id": RUI, "body": "secret"}),
        )
        .unwrap();
        let part = got["conversation_parts"]["conversation_parts"][0]["id"].clone();
        let source = got["source"]["id"].clone();
        call(&mut world, "redact_conversation", "", json!({"type": "conversation_part", "conversation_id": id, "conversation_part_id": part})).unwrap();
        let got = call(
            &mut world,
            "redact_conversation",
            "",
            json!({"type": "source", "conversation_id": id, "source_id": source}),
        )
        .unwrap();
        let text = got.to_string();
        assert!(
            !text.contains("4111") && !text.contains("secret") && got["source"]["redacted"] == true,
            "{text}"
        );
    }

    #[test]
    fn what_is_not_there_cannot_be_redacted() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        call(
            &mut world,
            "manage_conversation",
            &id,
            json!({"message_type": "close", "admin_id": RUI}),
        )
        .unwrap();
        let got = call(&mut world, "get_conversation", &id, json!(null)).unwrap();
        let part = got["conversation_parts"]["conversation_parts"][0]["id"].clone();
        for (body, expected) in [
            (
                json!({"type": "conversation_part", "conversation_id": id, "conversation_part_id": part}),
                (400, "conversation_part_not_redactable"),
            ),
            (
                json!({"type": "conversation_part", "conversation_id": id, "conversation_part_id": "1"}),
                (404, "conversation_part_or_message_not_found"),
            ),
            (
                json!({"type": "source", "conversation_id": id, "source_id": "1"}),
                (404, "conversation_part_or_message_not_found"),
            ),
            (
                json!({"type": "source", "conversation_id": "1", "source_id": "1"}),
                (404, "conversation_not_found"),
            ),
            (json!({"conversation_id": id}), (400, "parameter_not_found")),
        ] {
            assert_eq!(
                fault(&mut world, "redact_conversation", "", body.clone()),
                expected,
                "{body}"
            );
        }
    }
}
