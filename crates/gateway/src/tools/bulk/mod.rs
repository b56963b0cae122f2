//! Changes to everything that a search finds, with a safety catch: a call without a token tells what would be done and
//! freezes it, a call with the token does just that, and its answer has a token that takes it back.

mod account;
mod carry_out;
mod change;
mod plan;
mod plans;
mod rehearse;
mod undo;

pub(crate) use plans::Plans;

use super::names::{self, Named};
use super::{Arguments, object, search_contacts, search_conversations, tag_conversation, text};
use crate::{CallError, ToolResult, context::Context};
use change::{Change, Label};
use rehearse::Wanted;
use serde_json::Value;

/// `tag_matching_conversations`.
pub(super) async fn tag(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    if let Some(token) = text(&given, "token") {
        return carry_out::run(context, token, &given).await;
    }
    let wanted = needed(context, &given, "add_tag")?;
    let tag = label(tag_conversation::existing(context, &wanted).await?);
    conversations(context, given, Change::Tag(tag), Vec::new()).await
}

/// `close_matching_conversations`.
pub(super) async fn close(
    context: &Context<'_>,
    given: Arguments,
) -> Result<ToolResult, CallError> {
    if let Some(token) = text(&given, "token") {
        return carry_out::run(context, token, &given).await;
    }
    conversations(context, given, Change::Close, Vec::new()).await
}

/// `assign_matching_conversations`.
pub(super) async fn assign(
    context: &Context<'_>,
    given: Arguments,
) -> Result<ToolResult, CallError> {
    if let Some(token) = text(&given, "token") {
        return carry_out::run(context, token, &given).await;
    }
    let kind = match (given.get("team"), given.get("admin")) {
        (Some(_), None) => "team",
        (None, Some(_)) => "admin",
        (Some(_), Some(_)) => {
            return Err(context
                .bad("give `team` or `admin`, not both: one change at a time can be taken back"));
        }
        (None, None) => return Err(context.bad("`team` or `admin` is missing: whom to assign to")),
    };
    let Some(to) = names::assignee(context, kind, &given).await? else {
        return Err(context.bad(format!("`{kind}` is empty")));
    };
    let list = if kind == "team" {
        "list_teams"
    } else {
        "list_admins"
    };
    let known = names::all(context, list).await?;
    let change = Change::Assign {
        kind: kind.to_owned(),
        to: label(to),
    };
    conversations(
        context,
        given,
        change,
        known.into_iter().map(label).collect(),
    )
    .await
}

/// `update_matching_contacts`.
pub(super) async fn update(
    context: &Context<'_>,
    mut given: Arguments,
) -> Result<ToolResult, CallError> {
    if let Some(token) = text(&given, "token") {
        return carry_out::run(context, token, &given).await;
    }
    let fields = match given.get("set") {
        Some(Value::Object(fields)) => fields.clone(),
        _ => return Err(context.bad("`set` is missing: the fields to set")),
    };
    let frozen = given.clone();
    let query = search_contacts::query(context, &mut given).await?;
    let wanted = Wanted {
        operation: "search_contacts",
        query,
        change: Change::Update(fields),
        names: Vec::new(),
    };
    rehearse::run(context, frozen, wanted).await
}

async fn conversations(
    context: &Context<'_>,
    mut given: Arguments,
    change: Change,
    names: Vec<Label>,
) -> Result<ToolResult, CallError> {
    let frozen = given.clone();
    let query = search_conversations::query(context, &mut given).await?;
    let wanted = Wanted {
        operation: "search_conversations",
        query,
        change,
        names,
    };
    rehearse::run(context, frozen, wanted).await
}

fn needed(context: &Context<'_>, given: &Arguments, name: &str) -> Result<String, CallError> {
    let value = text(given, name)
        .map(str::trim)
        .filter(|text| !text.is_empty());
    value
        .map(str::to_owned)
        .ok_or_else(|| context.bad(format!("`{name}` is missing")))
}

fn label(named: Named) -> Label {
    Label {
        id: named.id,
        name: named.name,
    }
}
