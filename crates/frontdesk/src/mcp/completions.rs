//! Completions: names of teammates, teams and tags for the arguments of prompts, and ids for those of prompts and
//! resources, found by what the latest conversations, contacts and articles are called.

use super::{Desk, request_of, resources};
use gateway::Principal;
use rmcp::{
    ErrorData, RoleServer,
    model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference},
    service::RequestContext,
};
use serde_json::{Map, Value};
use std::{
    cmp::Ordering,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long names are kept.
const KEPT: Duration = Duration::from_mins(1);
/// The most that one answer may hold.
const MOST: usize = 100;
/// How many of the latest conversations, contacts or articles ids come from.
const LATEST: u32 = 50;

/// Names by principal and kind, kept for a short while.
#[derive(Default)]
pub(super) struct Names {
    kept: Mutex<HashMap<(Principal, &'static str), Kept>>,
}

struct Kept {
    since: Instant,
    choices: Arc<[Choice]>,
}

/// One thing to choose.
#[derive(Debug, PartialEq, Eq)]
struct Choice {
    /// What is filled in.
    value: String,
    /// What it is found by.
    words: String,
}

/// Where choices come from.
#[derive(Clone, Copy)]
enum Source {
    /// A list whose names are filled in.
    Names(&'static str),
    /// A search without a filter, whose latest ids are filled in.
    Ids(&'static str),
}

/// Answers `completion/complete`; arguments that are neither a name nor an id that we know have no completions.
pub(super) async fn complete(
    desk: &Desk,
    who: &Principal,
    request: &CompleteRequestParams,
    cx: &RequestContext<RoleServer>,
) -> Result<CompleteResult, ErrorData> {
    let source = match (&request.r#ref, request.argument.name.as_str()) {
        (Reference::Prompt(_), "admin") => Some(Source::Names("list_admins")),
        (Reference::Prompt(_), "team") => Some(Source::Names("list_teams")),
        (Reference::Prompt(_), "tag") => Some(Source::Names("list_tags")),
        (Reference::Prompt(_), "conversation_id") => Some(Source::Ids("search_conversations")),
        (Reference::Resource(template), "id") => resources::latest(&template.uri).map(Source::Ids),
        _ => None,
    };
    let Some(source) = source else {
        return Ok(CompleteResult::default());
    };
    let choices = choices(desk, who, source, cx).await;
    Ok(CompleteResult::new(matching(
        &choices,
        &request.argument.value,
    )))
}

/// A list that cannot be had completes nothing: a completion is never worth an error.
async fn choices(
    desk: &Desk,
    who: &Principal,
    source: Source,
    cx: &RequestContext<RoleServer>,
) -> Arc<[Choice]> {
    let (Source::Names(tool) | Source::Ids(tool)) = source;
    let key = (who.clone(), tool);
    if let Some(kept) = desk.names.lock().get(&key)
        && kept.since.elapsed() < KEPT
    {
        return Arc::clone(&kept.choices);
    }
    let arguments = match source {
        Source::Names(_) => Map::new(),
        Source::Ids(_) => Map::from_iter([("per_page".to_owned(), LATEST.into())]),
    };
    let request = request_of(cx, tool, arguments);
    let answer = match desk.gateway.call(who, request).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::debug!(kind = ?error.kind(), tool, "nothing to complete from");
            return Arc::default();
        }
    };
    let rows = answer.structured.iter().flat_map(rows);
    let choices: Arc<[Choice]> = rows.filter_map(|row| choice(source, row)).collect();
    let kept = Kept {
        since: Instant::now(),
        choices: Arc::clone(&choices),
    };
    // Clients make up what requests are kept to, and could fill the memory with it.
    if who.narrowed.is_none() {
        desk.names.lock().insert(key, kept);
    }
    choices
}

impl Names {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(Principal, &'static str), Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows of an answer, whichever key its list has.
fn rows(answer: &Value) -> impl Iterator<Item = &Value> {
    let lists = answer
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.values());
    lists.filter_map(Value::as_array).flatten()
}

fn choice(source: Source, row: &Value) -> Option<Choice> {
    let text = |key: &str| row.get(key).and_then(Value::as_str);
    let (value, words) = match source {
        Source::Names(_) => (text("name")?, text("name")?.to_owned()),
        Source::Ids(_) => {
            let called: Vec<&str> = ["id", "title", "name", "email", "text", "from"]
                .into_iter()
                .filter_map(text)
                .collect();
            (text("id")?, called.join(" "))
        }
    };
    Some(Choice {
        value: value.to_owned(),
        words,
    })
}

/// Choices that begin with the text come first, then those that hold it; names by the alphabet, ids by their list.
fn matching(choices: &[Choice], typed: &str) -> CompletionInfo {
    let typed = typed.to_lowercase();
    let mut found: Vec<(bool, &str)> = choices
        .iter()
        .filter_map(|choice| {
            let lower = choice.words.to_lowercase();
            lower
                .contains(&typed)
                .then(|| (!lower.starts_with(&typed), choice.value.as_str()))
        })
        .collect();
    let named = choices.iter().all(|choice| choice.value == choice.words);
    found.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then_with(|| if named { a.1.cmp(b.1) } else { Ordering::Equal })
    });
    found.dedup();
    let total = u32::try_from(found.len()).ok();
    let values: Vec<String> = found
        .iter()
        .take(MOST)
        .map(|(_, value)| (*value).to_owned())
        .collect();
    let more = found.len() > MOST;
    CompletionInfo::with_pagination(values, total, more).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(source: Source, answer: &Value) -> Vec<Choice> {
        rows(answer).filter_map(|row| choice(source, row)).collect()
    }

    #[test]
    fn names_that_begin_with_the_text_come_first() {
        let names = read(
            Source::Names("list_teams"),
            &json!({"items": [
            {"name": "Repairs"}, {"name": "Spare parts"}, {"name": "Pre-sales"}, {"id": 1}, {"name": "Pre-sales"}
        ], "total": 3}),
        );
        assert_eq!(
            matching(&names, "p").values,
            ["Pre-sales", "Repairs", "Spare parts"]
        );
        assert_eq!(matching(&names, "SPARE").values, ["Spare parts"]);
        assert!(matching(&names, "x").values.is_empty());
    }

    #[test]
    fn ids_are_found_by_number_and_by_words_latest_first() {
        let ids = read(
            Source::Ids("search_conversations"),
            &json!({"conversations": [
                {"id": "42", "title": "Refund", "from": "Ana <ana@example.com>"}, {"id": "7", "text": "A refund, please"}, {"id": "9"}
            ]}),
        );
        for (typed, expected) in [
            ("", vec!["42", "7", "9"]),
            ("4", vec!["42"]),
            ("refund", vec!["42", "7"]),
            ("ANA@", vec!["42"]),
            ("zzz", vec![]),
        ] {
            assert_eq!(matching(&ids, typed).values, expected, "{typed}");
        }
    }
}
