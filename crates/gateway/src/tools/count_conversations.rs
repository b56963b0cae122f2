//! `count_conversations`: one counting request a group.

use super::query::Filters;
use super::{Arguments, names, object, required};
use crate::{CallError, ToolResult, context::Context, shape};
use catalog::{ApiVersion, search::Searchable};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value, json};

/// Counting requests under way at a time.
const AT_ONCE: usize = 8;

struct Group {
    id: Option<String>,
    name: String,
    field: &'static str,
    value: Value,
}

/// Counts.
pub(super) async fn run(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let group_by = required(&given, "group_by");
    let groups = groups(context, group_by).await?;
    let total = Some(groups.len() as u64);
    let counted = stream::iter(groups)
        .map(|group| async {
            let count = count(context, &given, &group).await?;
            Ok::<_, CallError>((group, count))
        })
        .buffered(AT_ONCE);
    let mut done = 0;
    let counted: Vec<(Group, u64)> = counted
        .inspect_ok(|(group, _)| {
            done += 1;
            context.report(done, total, &format!("counted {}", group.name));
        })
        .try_collect()
        .await?;
    Ok(answer(group_by, counted))
}

fn answer(group_by: &str, mut counted: Vec<(Group, u64)>) -> ToolResult {
    // A conversation has one state, team, admin and priority, but any number of tags.
    let disjoint = group_by != "tag";
    if !disjoint {
        counted.retain(|(_, count)| *count > 0);
    }
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let sum: u64 = counted.iter().map(|(_, count)| count).sum();
    let items: Vec<Value> = counted
        .into_iter()
        .map(|(group, count)| {
            let mut item = Map::from_iter([
                ("name".to_owned(), Value::from(group.name)),
                ("count".to_owned(), count.into()),
            ]);
            if let Some(id) = group.id {
                item.insert("id".into(), id.into());
            }
            item.into()
        })
        .collect();
    let mut answer = Map::from_iter([
        ("group_by".to_owned(), Value::from(group_by)),
        ("items".to_owned(), items.into()),
    ]);
    if disjoint {
        answer.insert("total".into(), sum.into());
    }
    shape::both(answer.into())
}

async fn count(context: &Context<'_>, given: &Arguments, group: &Group) -> Result<u64, CallError> {
    let mut filters = Filters::new(Searchable::Conversations);
    filters.add_given(given, "state", "state", "=");
    filters.add(group.field, "=", group.value.clone());
    let query = filters.with(context, given.get("query").cloned())?;
    let page = context
        .page(
            "search_conversations",
            object(json!({"query": query})),
            Some(1),
            None,
        )
        .await?;
    Ok(page.total.unwrap_or(page.items.len() as u64))
}

async fn groups(context: &Context<'_>, group_by: &str) -> Result<Vec<Group>, CallError> {
    let fixed = |field: &'static str, words: &[&str]| {
        words
            .iter()
            .map(|word| Group {
                id: None,
                name: (*word).to_owned(),
                field,
                value: (*word).into(),
            })
            .collect()
    };
    let (operation, field) = match group_by {
        "state" => return Ok(fixed("state", &["open", "snoozed", "closed"])),
        "priority" if context.connection.account.version < ApiVersion::V2_16 => {
            return Ok(fixed("priority", &["priority", "not_priority"]));
        }
        "priority" => {
            return Ok(fixed(
                "priority",
                &["urgent", "high", "medium", "low", "none"],
            ));
        }
        "team" => ("list_teams", "team_assignee_id"),
        "admin" => ("list_admins", "admin_assignee_id"),
        _ => ("list_tags", "tag_ids"),
    };
    let mut groups: Vec<Group> = names::all(context, operation)
        .await?
        .into_iter()
        .map(|one| Group {
            value: number(&one.id, field),
            id: Some(one.id),
            name: one.name,
            field,
        })
        .collect();
    if field != "tag_ids" {
        groups.push(Group {
            id: None,
            name: format!("no {group_by}"),
            field,
            value: 0.into(),
        });
    }
    Ok(groups)
}

/// Assignees are whole numbers in a search, tags are text.
fn number(id: &str, field: &str) -> Value {
    match id.parse::<i64>() {
        Ok(number) if field != "tag_ids" => number.into(),
        _ => id.into(),
    }
}
