//! Merging one conversation into another.

use super::{Entry, Moment, answer, append};
use crate::{
    call::{Call, Fault, Reply, integer_of},
    world::{
        World,
        inbox::{Author, Conversation, Part, State},
    },
};

/// Marks a conversation whose words moved elsewhere.
const MERGED: &str = "conversation_merged";

pub(super) fn merge(world: &mut World, call: &Call) -> Reply {
    let from = super::find(world, call)?;
    let from_id = from.id;
    let failed = |message: &str| Fault::new(422, "merge_failed", message);
    let into = call
        .field("merge_into_conversation_id")
        .and_then(integer_of)
        .and_then(|id| u64::try_from(id).ok());
    let into = into.ok_or_else(|| {
        Fault::invalid("merge_into_conversation_id must be a valid integer conversation ID")
    })?;
    if into == from_id {
        return Err(failed("Cannot merge a conversation into itself"));
    }
    if !world.conversations.contains_key(&into) {
        return Err(failed("Primary conversation not found"));
    }
    if from.parts.iter().any(|part| part.kind == MERGED) {
        return Err(failed("Secondary conversation has already been merged"));
    }
    let moved = words_of(from);
    let contacts = from.contacts.clone();
    if let Some(primary) = world.conversations.get_mut(&into) {
        primary.parts.extend(moved);
        primary.parts.sort_by_key(|part| (part.created_at, part.id));
        primary.contacts.extend(
            contacts
                .iter()
                .filter(|id| !primary.contacts.contains(id))
                .copied()
                .collect::<Vec<_>>(),
        );
    }
    let at = world.now();
    append(
        world,
        into,
        Entry::silent(MERGED, Author::Admin(call.caller), at, Moment::Mention),
    );
    append(
        world,
        from_id,
        Entry::silent("close", Author::Admin(call.caller), at, Moment::Close),
    );
    append(
        world,
        from_id,
        Entry::silent(MERGED, Author::Admin(call.caller), at, Moment::Mention),
    );
    answer(world, into, call)
}

/// The first message and the parts of a conversation, as parts of another one.
fn words_of(from: &Conversation) -> Vec<Part> {
    let source = Part {
        id: from.source.id,
        kind: "comment",
        body: Some(from.source.body.clone()),
        created_at: from.created_at,
        author: from.source.author,
        assigned_to: None,
        attachments: from.source.attachments.clone(),
        redacted: from.source.redacted,
        state: State::Open,
        tags: Vec::new(),
        by_app: false,
        reply_options: Vec::new(),
        event_details: None,
    };
    std::iter::once(source)
        .chain(
            from.parts
                .iter()
                .filter(|part| part.body.is_some())
                .cloned(),
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, conversation, fault, world};
    use serde_json::json;

    #[test]
    fn the_words_move_and_the_rest_is_closed() {
        let mut world = world();
        let (first, second) = (
            conversation(&mut world, "One"),
            conversation(&mut world, "Two"),
        );
        let into = json!({"merge_into_conversation_id": first.parse::<u64>().unwrap()});
        let got = call(&mut world, "merge_conversation", &second, into.clone()).unwrap();
        assert_eq!(
            (
                &got["id"],
                &got["conversation_parts"]["conversation_parts"][0]["body"]
            ),
            (&json!(first), &json!("<p>Two</p>"))
        );
        assert_eq!(
            call(&mut world, "get_conversation", &second, json!(null)).unwrap()["state"],
            "closed"
        );
        assert_eq!(
            fault(&mut world, "merge_conversation", &second, into),
            (422, "merge_failed")
        );
        for (into, expected) in [
            (json!(first), (422, "merge_failed")),
            (json!(1), (422, "merge_failed")),
            (json!("one"), (400, "parameter_invalid")),
        ] {
            assert_eq!(
                fault(
                    &mut world,
                    "merge_conversation",
                    &first,
                    json!({"merge_into_conversation_id": into})
                ),
                expected
            );
        }
    }
}
