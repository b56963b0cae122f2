//! The tools: one REST operation as it is, or native work, one file each.

mod add_internal_note;
mod articles;
mod assign_conversation;
mod assist;
mod bulk;
mod call_tool;
mod companies;
mod company;
mod count_conversations;
mod custom;
mod fetch;
mod find_unassigned_conversations;
mod get_contact;
mod get_contact_360;
mod get_contact_history;
mod get_conversation;
mod get_ticket;
mod get_tool_details;
mod insight;
mod list_low_rated_conversations;
mod manage_conversation;
pub(crate) mod names;
mod official;
mod operation;
mod query;
mod reference;
mod reply_to_conversation;
mod search;
mod search_contacts;
mod search_conversations;
mod search_tickets;
mod search_tools;
pub(crate) mod tag_conversation;

pub(crate) use bulk::Plans;
pub(crate) use official::own_cursor;
pub(crate) use operation::{page, whole};
pub(crate) use query::combine as all_filters;

use crate::context::Context;
use crate::request::ToolResult;
use crate::tool::ToolKind;
use crate::{CallError, Tool};
use catalog::Risk;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

/// Arguments that were accepted.
pub(crate) type Arguments = Map<String, Value>;
/// What a native tool's file provides.
pub(crate) type Run =
    for<'a> fn(&'a Context<'a>, Arguments) -> BoxFuture<'a, Result<ToolResult, CallError>>;

/// Runs a tool whose call was allowed.
pub(crate) async fn run(
    tool: &Tool,
    context: &Context<'_>,
    arguments: Arguments,
) -> Result<ToolResult, CallError> {
    let mut answer = match &tool.kind {
        ToolKind::Operation(operation) => operation::run(operation, context, arguments).await,
        ToolKind::Native { run, .. } => run(context, arguments).await,
        ToolKind::Custom(tool) => return custom::run(tool, context, arguments).await,
        ToolKind::Front { .. } => Err(CallError::Refused(
            "a name of a dialect runs nothing itself".into(),
        )),
    }?;
    if tool.risk == Risk::Read && tool.output_schema.is_none() && !context.raw {
        // Nothing structured was promised: what is read is sent once.
        answer.structured = None;
        answer.same = false;
    }
    Ok(answer)
}

/// The code of a native tool.
pub(crate) fn run_of(name: &str) -> Option<Run> {
    let run: Run = match name {
        "search" => |context, given| Box::pin(search::run(context, given)),
        "fetch" => |context, given| Box::pin(fetch::run(context, given)),
        "search_conversations" => {
            |context, given| Box::pin(search_conversations::run(context, given))
        }
        "get_conversation" => |context, given| Box::pin(get_conversation::run(context, given)),
        "search_contacts" => |context, given| Box::pin(search_contacts::run(context, given)),
        "get_contact" => |context, given| Box::pin(get_contact::run(context, given)),
        "list_companies" => |context, given| Box::pin(companies::list(context, given)),
        "get_company" => |context, given| Box::pin(companies::get(context, given)),
        "list_articles" => |context, given| Box::pin(articles::list(context, given)),
        "search_articles" => |context, given| Box::pin(articles::search(context, given)),
        "get_article" => |context, given| Box::pin(articles::get(context, given)),
        "create_article" => |context, given| Box::pin(articles::create(context, given)),
        "update_article" => |context, given| Box::pin(articles::update(context, given)),
        "add_internal_note" => |context, given| Box::pin(add_internal_note::run(context, given)),
        "reply_to_conversation" => {
            |context, given| Box::pin(reply_to_conversation::run(context, given))
        }
        "assign_conversation" => {
            |context, given| Box::pin(assign_conversation::run(context, given))
        }
        "snooze_conversation" => {
            |context, given| Box::pin(manage_conversation::snooze(context, given))
        }
        "close_conversation" => {
            |context, given| Box::pin(manage_conversation::close(context, given))
        }
        "reopen_conversation" => {
            |context, given| Box::pin(manage_conversation::reopen(context, given))
        }
        "tag_conversation" => |context, given| Box::pin(tag_conversation::tag(context, given)),
        "untag_conversation" => |context, given| Box::pin(tag_conversation::untag(context, given)),
        "find_unassigned_conversations" => {
            |context, given| Box::pin(find_unassigned_conversations::run(context, given))
        }
        "count_conversations" => {
            |context, given| Box::pin(count_conversations::run(context, given))
        }
        "list_low_rated_conversations" => {
            |context, given| Box::pin(list_low_rated_conversations::run(context, given))
        }
        "tag_matching_conversations" => |context, given| Box::pin(bulk::tag(context, given)),
        "close_matching_conversations" => |context, given| Box::pin(bulk::close(context, given)),
        "assign_matching_conversations" => |context, given| Box::pin(bulk::assign(context, given)),
        "update_matching_contacts" => |context, given| Box::pin(bulk::update(context, given)),
        "get_contact_360" => |context, given| Box::pin(get_contact_360::run(context, given)),
        "get_ticket" => |context, given| Box::pin(get_ticket::run(context, given)),
        "get_contact_history" => {
            |context, given| Box::pin(get_contact_history::run(context, given))
        }
        "search_tickets" => |context, given| Box::pin(search_tickets::run(context, given)),
        _ => return doorway_of(name),
    };
    Some(run)
}

/// The code of a tool that leads to others.
fn doorway_of(name: &str) -> Option<Run> {
    let run: Run = match name {
        "search_tools" => {
            |context, given| Box::pin(std::future::ready(Ok(search_tools::run(context, &given))))
        }
        "get_tool_details" => {
            |context, given| Box::pin(std::future::ready(get_tool_details::run(context, &given)))
        }
        "call_tool" => |context, _| Box::pin(std::future::ready(Err(call_tool::refuse(context)))),
        _ => return insight::run_of(name).or_else(|| assist::run_of(name)),
    };
    Some(run)
}

/// The object that `json!` made.
fn object(value: Value) -> Arguments {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// An argument that is text.
fn text<'a>(given: &'a Arguments, name: &str) -> Option<&'a str> {
    given.get(name).and_then(Value::as_str)
}

/// An argument that is text and that the schema requires.
fn required<'a>(given: &'a Arguments, name: &str) -> &'a str {
    text(given, name).unwrap_or_default()
}

/// An argument that is a count.
fn count(given: &Arguments, name: &str) -> Option<u32> {
    given.get(name)?.as_u64()?.try_into().ok()
}
