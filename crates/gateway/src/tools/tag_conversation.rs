//! `tag_conversation` and `untag_conversation`: by name or id; a new name becomes a new tag where the caller may make one.

use super::names::{self, Choice, Named};
use super::{Arguments, object, required};
use crate::{CallError, ToolResult, context::Context, shape};
use serde_json::json;

/// The operation that makes tags, which is a tool of its own.
const CREATE: &str = "create_or_update_tag";

/// Puts a tag on a conversation.
pub(super) async fn tag(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let wanted = required(&given, "tag").trim();
    let tags = names::all(context, "list_tags").await?;
    let (id, name, done) = match exact(wanted, &tags) {
        Some(tag) => (tag.id.clone(), tag.name.clone(), "Tagged"),
        None if may_create(context, wanted) => {
            let made = context
                .operation(CREATE, object(json!({"name": wanted})))
                .await?
                .body;
            let id = shape::id_of(&made).unwrap_or_default().into_owned();
            (id, wanted.to_owned(), "Tagged with a new tag")
        }
        None => return Err(unclear(context, wanted, &tags)),
    };
    let asked = json!({"conversation_id": required(&given, "conversation_id"), "tag_id": id});
    context
        .operation("attach_tag_to_conversation", object(asked))
        .await?;
    Ok(confirmed(&given, done, &name, &id))
}

/// Takes a tag off a conversation.
pub(super) async fn untag(
    context: &Context<'_>,
    given: Arguments,
) -> Result<ToolResult, CallError> {
    let tag = existing(context, required(&given, "tag")).await?;
    let asked = json!({"conversation_id": required(&given, "conversation_id"), "tag_id": tag.id});
    context
        .operation("detach_tag_from_conversation", object(asked))
        .await?;
    Ok(confirmed(&given, "Untagged", &tag.name, &tag.id))
}

/// The tag of that very name or id.
pub(super) async fn existing(context: &Context<'_>, wanted: &str) -> Result<Named, CallError> {
    let wanted = wanted.trim();
    let tags = names::all(context, "list_tags").await?;
    exact(wanted, &tags)
        .cloned()
        .ok_or_else(|| unclear(context, wanted, &tags))
}

/// Tags are never guessed by a part of their name: that would put the wrong one on.
pub(crate) fn exact<'a>(wanted: &str, tags: &'a [Named]) -> Option<&'a Named> {
    let low = wanted.to_lowercase();
    let bare = wanted.strip_prefix("tag_").unwrap_or(wanted);
    tags.iter()
        .find(|tag| tag.id == bare)
        .or_else(|| tags.iter().find(|tag| tag.name.to_lowercase() == low))
}

fn may_create(context: &Context<'_>, wanted: &str) -> bool {
    let reached = context
        .registry
        .get(CREATE)
        .is_some_and(|tool| context.reaches(tool));
    // A number that is no tag's id is a wrong id, not a name.
    reached && !wanted.is_empty() && !names::is_id(wanted)
}

fn unclear(context: &Context<'_>, wanted: &str, tags: &[Named]) -> CallError {
    match names::choose("tag", wanted, tags) {
        Choice::One(near) => context.bad(format!(
            "`tag`: there is no tag `{wanted}`; did you mean `{}`?",
            near.name
        )),
        Choice::Unclear(problem) => context.bad(problem),
    }
}

fn confirmed(given: &Arguments, done: &str, name: &str, id: &str) -> ToolResult {
    shape::both(
        json!({"id": required(given, "conversation_id"), "done": done, "tag": name, "tag_id": id}),
    )
}
