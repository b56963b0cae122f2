//! What is told of a plan: before it is carried out, and after.

use super::plan::{Fate, Item, Plan};
use super::rehearse::Found;
use crate::context::Context;
use crate::shape;
use catalog::Shape;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// Items that are shown whole before.
const SAMPLES: usize = 5;
/// Groups of a summary, and items that an answer names.
const GROUPS: usize = 20;
const NAMED: usize = 50;

/// What would be done.
pub(super) fn of_rehearsal(context: &Context<'_>, plan: &Plan, found: &Found) -> Value {
    let items = plan.items();
    let mut answer = Map::from_iter([
        ("dry_run".to_owned(), Value::Bool(true)),
        ("would".to_owned(), plan.title.as_str().into()),
        ("matching".to_owned(), found.matching.into()),
        ("items".to_owned(), items.len().into()),
    ]);
    let read = found.objects.len();
    if read > items.len() {
        answer.insert("already_so".into(), (read - items.len()).into());
    }
    answer.insert("changes".into(), changes(&items, plan));
    answer.insert("samples".into(), samples(context, &items, found).into());
    let note = if found.matching > read as u64 {
        format!(
            "Nothing was changed. More match than the {read} that one run takes, oldest first: narrow the search, or run again afterwards."
        )
    } else {
        "Nothing was changed.".to_owned()
    };
    answer.insert("_note".into(), note.into());
    answer.into()
}

/// Adds the token, and what it is for.
pub(super) fn with_token(context: &Context<'_>, mut answer: Value, token: &str) -> Value {
    let note = answer["_note"].as_str().unwrap_or_default();
    let how = format!(
        "{note} Show this to the user; to do it, call {} with `token` alone within 15 minutes.",
        context.permit.tool()
    );
    answer["token"] = token.into();
    answer["_note"] = how.into();
    answer
}

/// What was done, and what was not.
pub(super) fn of_execution(plan: &Plan, stopped: Option<String>, undo: Option<Value>) -> Value {
    let items = plan.items();
    let count = |fits: fn(&Fate) -> bool| items.iter().filter(|item| fits(&item.fate)).count();
    let left = count(|fate| matches!(fate, Fate::Waiting | Fate::UnderWay));
    let mut answer = Map::from_iter([
        ("plan".to_owned(), Value::from(plan.title.as_str())),
        ("done".to_owned(), count(|fate| *fate == Fate::Done).into()),
        ("left".to_owned(), left.into()),
    ]);
    for (key, reason_of) in KINDS {
        let told: Vec<Value> = items
            .iter()
            .filter_map(|item| Some(json!({"id": item.id, "reason": reason_of(&item.fate)?})))
            .collect();
        if told.is_empty() {
            continue;
        }
        if told.len() > NAMED {
            answer.insert(format!("{key}_count"), told.len().into());
        }
        let shown: Vec<Value> = told.into_iter().take(NAMED).collect();
        answer.insert(key.into(), shown.into());
    }
    if let Some(reason) = stopped {
        answer.insert("stopped".into(), reason.into());
    }
    if left > 0 {
        let note = "Call again with the same token to go on; nothing is done twice.";
        answer.insert("_note".into(), note.into());
    }
    if let Some(undo) = undo {
        answer.insert("undo".into(), undo);
    }
    answer.into()
}

type Reason = fn(&Fate) -> Option<&str>;

/// What was not done, by kind.
const KINDS: [(&str, Reason); 3] = [
    ("skipped", |fate| match fate {
        Fate::Skipped(reason) => Some(reason),
        _ => None,
    }),
    ("failed", |fate| match fate {
        Fate::Failed(reason) => Some(reason),
        _ => None,
    }),
    ("uncertain", |fate| match fate {
        Fate::Uncertain(reason) => Some(reason),
        _ => None,
    }),
];

/// How many stand how today, the most frequent first.
fn changes(items: &[Item], plan: &Plan) -> Value {
    let mut groups: IndexMap<(String, String), usize> = IndexMap::new();
    for item in items {
        let from = item.change.kind_of(&item.before, &plan.names);
        *groups.entry((from, item.change.words())).or_default() += 1;
    }
    groups.sort_by(|_, one, _, other| other.cmp(one));
    groups
        .into_iter()
        .take(GROUPS)
        .map(|((from, change), count)| json!({"now": from, "change": change, "count": count}))
        .collect()
}

/// The first items as rows of a list.
fn samples(context: &Context<'_>, items: &[Item], found: &Found) -> Vec<Value> {
    let is_contact = context.permit.covers("search_contacts");
    let kind = if is_contact {
        Shape::Contact
    } else {
        Shape::Conversation
    };
    let chosen = found.objects.iter().filter(|object| {
        let id = shape::id_of(object);
        items
            .iter()
            .any(|item| Some(item.id.as_str()) == id.as_deref())
    });
    shape::rows(kind, chosen.take(SAMPLES).cloned().collect()).whole
}
