//! Completions: names of teammates, teams and tags for the arguments of prompts.

use super::{Desk, client_name};
use gateway::{Principal, ToolRequest};
use rmcp::{
    ErrorData, RoleServer,
    model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference},
    service::RequestContext,
};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long names are kept.
const KEPT: Duration = Duration::from_mins(1);
/// The most that one answer may hold.
const MOST: usize = 100;

/// Names by principal and kind, kept for a short while.
#[derive(Default)]
pub(super) struct Names {
    kept: Mutex<HashMap<(Principal, &'static str), Kept>>,
}

struct Kept {
    since: Instant,
    names: Arc<[String]>,
}

/// Answers `completion/complete`; arguments that are neither teammate, team nor tag have no completions.
pub(super) async fn complete(
    desk: &Desk,
    who: &Principal,
    request: &CompleteRequestParams,
    cx: &RequestContext<RoleServer>,
) -> Result<CompleteResult, ErrorData> {
    let tool = match (&request.r#ref, request.argument.name.as_str()) {
        (Reference::Prompt(_), "admin") => "list_admins",
        (Reference::Prompt(_), "team") => "list_teams",
        (Reference::Prompt(_), "tag") => "list_tags",
        _ => return Ok(CompleteResult::default()),
    };
    let names = names(desk, who, tool, cx).await;
    Ok(CompleteResult::new(matching(
        &names,
        &request.argument.value,
    )))
}

/// A list that cannot be had completes nothing: a completion is never worth an error.
async fn names(
    desk: &Desk,
    who: &Principal,
    tool: &'static str,
    cx: &RequestContext<RoleServer>,
) -> Arc<[String]> {
    let key = (who.clone(), tool);
    if let Some(kept) = desk.names.lock().get(&key)
        && kept.since.elapsed() < KEPT
    {
        return Arc::clone(&kept.names);
    }
    let request = ToolRequest {
        client: cx
            .client_info()
            .map(|client| client_name(&client.name, &client.version)),
        cancel: cx.ct.clone(),
        ..ToolRequest::new(tool, Map::new())
    };
    let answer = match desk.gateway.call(who, request).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::debug!(kind = ?error.kind(), tool, "no names for completions");
            return Arc::default();
        }
    };
    let names: Arc<[String]> = answer
        .structured
        .as_ref()
        .map(named)
        .unwrap_or_default()
        .into();
    let kept = Kept {
        since: Instant::now(),
        names: Arc::clone(&names),
    };
    desk.names.lock().insert(key, kept);
    names
}

impl Names {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(Principal, &'static str), Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The names in an answer, whichever key its list has.
fn named(answer: &Value) -> Vec<String> {
    let lists = answer
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.values());
    lists
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|item| item.get("name")?.as_str())
        .map(str::to_owned)
        .collect()
}

/// Names that begin with the text come first, then those that hold it.
fn matching(names: &[String], typed: &str) -> CompletionInfo {
    let typed = typed.to_lowercase();
    let mut found: Vec<(bool, &String)> = names
        .iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            lower
                .contains(&typed)
                .then(|| (!lower.starts_with(&typed), name))
        })
        .collect();
    found.sort();
    found.dedup();
    let total = u32::try_from(found.len()).ok();
    let values: Vec<String> = found
        .iter()
        .take(MOST)
        .map(|(_, name)| (*name).clone())
        .collect();
    let more = found.len() > MOST;
    CompletionInfo::with_pagination(values, total, more).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_that_begin_with_the_text_come_first() {
        let names = named(&json!({"items": [
            {"name": "Repairs"}, {"name": "Spare parts"}, {"name": "Pre-sales"}, {"id": 1}, {"name": "Pre-sales"}
        ], "total": 3}));
        assert_eq!(
            matching(&names, "p").values,
            ["Pre-sales", "Repairs", "Spare parts"]
        );
        assert_eq!(matching(&names, "SPARE").values, ["Spare parts"]);
        assert!(matching(&names, "x").values.is_empty());
    }
}
