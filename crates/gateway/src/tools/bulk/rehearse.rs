//! The dry run: what a search finds, what the change would do to it, and a token that freezes both.

use super::change::{Change, Label};
use super::plan::{Fate, Item, Owner, Plan};
use super::{account, object, plans::LIFE};
use crate::shape;
use crate::tools::Arguments;
use crate::{CallError, ToolResult, context::Context};
use serde_json::{Value, json};

/// Items that one plan holds.
const MOST: usize = 1_000;
/// Rows that are asked for at a time.
const PAGE: u32 = 150;

/// What is to be done, and to what.
pub(super) struct Wanted {
    /// The operation that finds the items.
    pub(super) operation: &'static str,
    pub(super) query: Value,
    pub(super) change: Change,
    /// Names of what ids stand for, for words about the items.
    pub(super) names: Vec<Label>,
}

/// What the search found.
pub(super) struct Found {
    /// How many match in all.
    pub(super) matching: u64,
    /// Those that were read, in the order in which they were made.
    pub(super) objects: Vec<Value>,
}

/// Finds, freezes and tells; changes nothing.
pub(super) async fn run(
    context: &Context<'_>,
    arguments: Arguments,
    wanted: Wanted,
) -> Result<ToolResult, CallError> {
    let found = gather(context, &wanted).await?;
    let items: Vec<Item> = found
        .objects
        .iter()
        .filter_map(|object| item(&wanted.change, object))
        .collect();
    let title = title(&wanted, items.len());
    let plan = Plan::new(owner(context), arguments, title, items).naming(wanted.names);
    let answer = account::of_rehearsal(context, &plan, &found);
    Ok(shape::both(if plan.items().is_empty() {
        answer
    } else {
        let token = context.plans.keep(plan, LIFE);
        account::with_token(context, answer, &token)
    }))
}

/// Whose plan the calling tool makes.
pub(super) fn owner(context: &Context<'_>) -> Owner {
    Owner {
        principal: context.who.clone(),
        connection: context.connection.id.clone(),
        tool: context.permit.tool().to_owned(),
    }
}

async fn gather(context: &Context<'_>, wanted: &Wanted) -> Result<Found, CallError> {
    // Oldest first: what is made or changed while the pages are read moves nothing.
    let sort = json!({"field": "created_at", "order": "ascending"});
    let asked = object(json!({"query": wanted.query, "sort": sort}));
    let mut found = Found {
        matching: 0,
        objects: Vec::new(),
    };
    let mut cursor = None;
    loop {
        let page = context
            .page(
                wanted.operation,
                asked.clone(),
                Some(PAGE),
                cursor.as_deref(),
            )
            .await?;
        found.objects.extend(page.items);
        found.matching = page.total.unwrap_or(found.objects.len() as u64);
        let read = found.objects.len();
        context.report(
            read as u64,
            Some(found.matching.min(MOST as u64)),
            "looked up what matches",
        );
        match page.next {
            Some(next) if read < MOST => cursor = Some(next),
            _ => break,
        }
    }
    found.objects.truncate(MOST);
    Ok(found)
}

/// An object that the change would change.
fn item(change: &Change, object: &Value) -> Option<Item> {
    let before = change.standing(object);
    let id = shape::id_of(object)?.into_owned();
    (!change.is_met(&before)).then(|| Item {
        id,
        change: change.clone(),
        before,
        after: None,
        fate: Fate::Waiting,
    })
}

/// Such as `Close 12 conversations`.
fn title(wanted: &Wanted, count: usize) -> String {
    let what = if wanted.operation == "search_contacts" {
        "contact"
    } else {
        "conversation"
    };
    let plural = if count == 1 { "" } else { "s" };
    let words = wanted.change.words();
    let mut letters = words.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{first}{}: {count} {what}{plural}", letters.as_str())
}
