//! Tools over the archive: figures, likeness, words, and who waits. None of them calls Intercom.

use super::{Arguments, Run, count, text};
use crate::archives::unreadable;
use crate::shape::{self, moment};
use crate::{CallError, ToolResult, context::Context};
use serde_json::{Map, Value, json};
use store::archive::{Archive, Group, Hit, Scope, Stat, Waiting};

/// Rows when no number was given.
const ROWS: u32 = 10;
const WAITING: u32 = 20;

/// The code of a tool over the archive.
pub(super) fn run_of(name: &str) -> Option<Run> {
    let run: Run = match name {
        "conversation_stats" => |context, given| Box::pin(stats(context, given)),
        "find_similar_conversations" => |context, given| Box::pin(similar(context, given)),
        "search_archive" => |context, given| Box::pin(search(context, given)),
        "list_unanswered" => |context, given| Box::pin(unanswered(context, given)),
        _ => return None,
    };
    Some(run)
}

/// Figures by team, admin, tag, state, channel or day.
async fn stats(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let archive = context.archive().await?;
    let word = text(&given, "group_by").unwrap_or("team");
    let group = Group::ALL
        .into_iter()
        .find(|group| group.word() == word)
        .unwrap_or(Group::Team);
    let moment = |name: &str| given.get(name).and_then(Value::as_i64);
    let scope = Scope {
        since: moment("since"),
        until: moment("until"),
    };
    let stats = archive.stats(group, &scope).await.map_err(unreadable)?;
    answer(
        &archive,
        stats.iter().map(|stat| figures(group, stat)).collect(),
    )
    .await
}

/// Conversations like one that is archived, or like a text.
async fn similar(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let archive = context.archive().await?;
    let limit = count(&given, "limit").unwrap_or(ROWS);
    let hits = match (text(&given, "conversation_id"), text(&given, "text")) {
        (Some(id), None) => archive.similar_to(id, limit).await.map_err(unreadable)?.ok_or_else(|| {
            CallError::Refused(format!("The conversation {id} is not in the archive: it is newer, deleted, or not of this workspace. Give its words as `text`."))
        })?,
        (None, Some(words)) => archive.similar(words, limit).await.map_err(unreadable)?,
        _ => return Err(context.bad("give either `conversation_id` or `text`")),
    };
    answer(&archive, hits.iter().map(hit).collect()).await
}

/// Conversations that hold some words.
async fn search(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let archive = context.archive().await?;
    let limit = count(&given, "limit").unwrap_or(ROWS);
    let words = text(&given, "words").unwrap_or_default();
    let hits = archive.search(words, limit).await.map_err(unreadable)?;
    answer(&archive, hits.iter().map(hit).collect()).await
}

/// Conversations whose customer waits for an answer.
async fn unanswered(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let archive = context.archive().await?;
    let limit = count(&given, "limit").unwrap_or(WAITING);
    let hours = given
        .get("older_than_hours")
        .and_then(Value::as_f64)
        .unwrap_or_default();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "clamped to a million hours"
    )]
    let seconds = (hours.clamp(0.0, 1e6) * 3600.0) as i64;
    let now = moment::now();
    let waiting = archive
        .unanswered(now - seconds, limit)
        .await
        .map_err(unreadable)?;
    answer(
        &archive,
        waiting.iter().map(|one| waits(one, now)).collect(),
    )
    .await
}

/// Rows, and how old they are.
async fn answer(archive: &Archive, items: Vec<Value>) -> Result<ToolResult, CallError> {
    let place = archive.place("conversations").await.map_err(unreadable)?;
    let as_of = moment::iso(place.finished_at)
        .unwrap_or_else(|| "an export that has not come to its end".into());
    Ok(shape::both(json!({"items": items, "as_of": as_of})))
}

fn figures(group: Group, stat: &Stat) -> Value {
    let name = if stat.name.is_empty() {
        "none"
    } else {
        &stat.name
    };
    let csat = (stat.rated > 0).then(|| (stat.satisfied * 100 + stat.rated / 2) / stat.rated);
    told(json!({
        group.word(): name,
        "conversations": stat.conversations,
        "open": stat.open,
        "median_first_answer_seconds": stat.first_answer,
        "median_closing_seconds": stat.closing,
        "rated": stat.rated,
        "csat_percent": csat,
    }))
}

fn hit(hit: &Hit) -> Value {
    told(json!({
        "id": hit.id, "title": hit.title, "from": hit.customer, "state": hit.state,
        "created_at": moment::iso(hit.created_at), "score": (hit.score * 100.0).round() / 100.0, "passage": hit.passage,
    }))
}

fn waits(one: &Waiting, now: i64) -> Value {
    told(json!({
        "id": one.id, "title": one.title, "from": one.customer, "team": one.team, "admin": one.admin,
        "waiting_since": moment::iso(one.waiting_since), "hours": (now - one.waiting_since) / 3_600,
    }))
}

/// Without what is not known.
fn told(row: Value) -> Value {
    let Value::Object(row) = row else { return row };
    let known = |value: &Value| !value.is_null() && value.as_str() != Some("");
    row.into_iter()
        .filter(|(_, value)| known(value))
        .collect::<Map<_, _>>()
        .into()
}
