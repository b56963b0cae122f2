//! Operations on conversations.

mod create;
mod manage;
mod merge;
mod message;
mod participants;
mod redact;
mod render;
mod reply;
mod timeline;
mod update;

pub(crate) use message::{attachments, find_contact};
pub(crate) use render::{
    attachments_json, author_json, author_of, durations, notice, part_json, render, whole,
};
pub(crate) use timeline::{Entry, Moment, append};

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::PageNumber,
    search::{self, Found, plain_text},
    world::{World, inbox::Conversation},
};
use serde_json::{Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_conversations" => list,
        "search_conversations" => search,
        "get_conversation" => get,
        "create_conversation" => create::create,
        "update_conversation" => update::update,
        "delete_conversation" => update::delete,
        "list_deleted_conversations" => list_deleted,
        "reply_conversation" => reply::reply,
        "manage_conversation" => manage::manage,
        "attach_contact_to_conversation" => participants::attach,
        "detach_contact_from_conversation" => participants::detach,
        "redact_conversation" => redact::redact,
        "merge_conversation" => merge::merge,
        "convert_conversation_to_ticket" => convert,
        _ => return None,
    })
}

/// The conversation that the first placeholder names.
pub(crate) fn find<'a>(world: &'a World, call: &Call) -> Result<&'a Conversation, Fault> {
    call.number(0)
        .and_then(|id| world.conversations.get(&id))
        .ok_or_else(missing)
}

/// 404, as most of Intercom's endpoints for conversations say it.
pub(crate) fn missing() -> Fault {
    Fault::missing("not_found", "Resource Not Found")
}

/// The whole conversation as an answer, in HTML or, when asked, in plain text.
pub(super) fn answer(world: &World, id: u64, call: &Call) -> Reply {
    let mut body = whole(world, world.conversations.get(&id).ok_or_else(missing)?);
    if matches!(call.query("display_as"), Some("plaintext")) {
        strip(&mut body);
    }
    Answer::ok(body)
}

fn list(world: &mut World, call: &Call) -> Reply {
    let found = search::list(world, world.conversations.values(), call)?;
    Answer::ok(page(world, &found))
}

fn search(world: &mut World, call: &Call) -> Reply {
    let found = search::run(world, world.conversations.values(), call)?;
    Answer::ok(page(world, &found))
}

fn page(world: &World, found: &Found<u64>) -> Value {
    let conversations: Vec<Value> = found
        .ids
        .iter()
        .filter_map(|id| world.conversations.get(id))
        .map(|one| render(world, one))
        .collect();
    json!({"type": "conversation.list", "pages": found.pages(), "total_count": found.total, "conversations": conversations})
}

fn get(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    answer(world, id, call)
}

/// Bodies and the subject without their HTML.
fn strip(conversation: &mut Value) {
    fn flatten(text: &mut Value) {
        if let Value::String(html) = text {
            *html = plain_text(html);
        }
    }
    flatten(&mut conversation["source"]["body"]);
    flatten(&mut conversation["source"]["subject"]);
    if let Some(Value::Array(parts)) =
        conversation.pointer_mut("/conversation_parts/conversation_parts")
    {
        for part in parts {
            flatten(&mut part["body"]);
        }
    }
}

fn list_deleted(world: &mut World, call: &Call) -> Reply {
    let asked = PageNumber::of(call, 20, 150)?;
    let mut gone = world.deleted_conversations.clone();
    gone.sort_by_key(|one| (one.deleted_at, one.id));
    if call.query("order") != Some("asc") {
        gone.reverse();
    }
    let conversations: Vec<Value> = asked
        .slice(&gone)
        .iter()
        .map(|one| json!({"type": "conversation", "id": one.id.to_string(), "deleted_at": one.deleted_at, "metrics_retained": one.metrics_retained}))
        .collect();
    let pages = asked.pages(
        gone.len(),
        &format!("{}/conversations/deleted", world.workspace.base_url),
    );
    Answer::ok(
        json!({"type": "conversations.list", "conversations": conversations, "total_count": gone.len(), "pages": pages}),
    )
}

fn convert(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    super::tickets::from_conversation(world, call, id)
}
