//! Filters made into one search of Intercom's search language.

use super::{Arguments, count, object, official, text};
use crate::{CallError, ToolResult, context::Context, shape};
use catalog::{
    Shape,
    search::{self, MAX_FILTERS, Searchable},
};
use serde_json::{Value, json};

/// Rows of a page when none were asked for.
const PAGE: u32 = 20;

/// Filters that must all be met.
pub(super) struct Filters {
    what: Searchable,
    filters: Vec<Value>,
}

impl Filters {
    pub(super) fn new(what: Searchable) -> Self {
        Self {
            what,
            filters: Vec::new(),
        }
    }

    /// Adds one filter.
    pub(super) fn add(&mut self, field: &str, operator: &str, value: impl Into<Value>) {
        self.filters
            .push(json!({"field": field, "operator": operator, "value": value.into()}));
    }

    /// Adds a filter for an argument, where it was given.
    pub(super) fn add_given(&mut self, given: &Arguments, name: &str, field: &str, operator: &str) {
        if let Some(value) = given.get(name) {
            self.add(field, operator, value.clone());
        }
    }

    /// Adds a filter that one of the ids of an argument must meet.
    pub(super) fn add_any(&mut self, given: &Arguments, name: &str, field: &str) {
        match given.get(name).and_then(Value::as_array).map(Vec::as_slice) {
            Some([one]) => self.add(field, "=", one.clone()),
            Some(several) if !several.is_empty() => self.add(field, "IN", several.to_vec()),
            _ => {}
        }
    }

    /// Adds one filter a word: Intercom matches long texts word by word.
    pub(super) fn add_words(&mut self, given: &Arguments, name: &str, field: &str) {
        for word in text(given, name)
            .unwrap_or_default()
            .split_whitespace()
            .take(6)
        {
            self.add(field, "~", word);
        }
    }

    /// The filters as they are.
    #[cfg(test)]
    pub(super) fn shown(&self) -> Value {
        Value::Array(self.filters.clone())
    }

    /// The search: these filters, and the given search beside them; everything where there is neither.
    pub(super) fn with(
        self,
        context: &Context<'_>,
        query: Option<Value>,
    ) -> Result<Value, CallError> {
        let what = self.what;
        let query = combine(query, self.filters).map_err(|problem| context.bad(problem))?;
        search::check(what, &query).map_err(|error| context.bad(error.to_string()))?;
        Ok(query)
    }
}

/// A page of the conversations that meet all filters, by `limit` and `cursor`.
pub(super) async fn list_conversations(
    context: &Context<'_>,
    filters: Filters,
    given: &Arguments,
    sort: Value,
) -> Result<ToolResult, CallError> {
    let asked = json!({"query": filters.with(context, None)?, "sort": sort});
    let limit = count(given, "limit").unwrap_or(PAGE);
    let cursor = text(given, "cursor").map(official::own_cursor);
    let page = context
        .page(
            "search_conversations",
            object(asked),
            Some(limit),
            cursor.as_deref(),
        )
        .await?;
    Ok(shape::list(Shape::Conversation, page))
}

/// One search out of a search and filters that must hold, too.
pub(crate) fn combine(query: Option<Value>, mut filters: Vec<Value>) -> Result<Value, String> {
    let Some(query) = query else {
        if filters.is_empty() {
            filters.push(json!({"field": "created_at", "operator": ">", "value": 0}));
        }
        return Ok(all(filters));
    };
    if filters.is_empty() {
        return Ok(query);
    }
    let members = query
        .get("value")
        .and_then(Value::as_array)
        .filter(|_| query.get("field").is_none());
    let Some(members) = members else {
        filters.insert(0, query);
        return Ok(all(filters));
    };
    let is_and = query["operator"] == "AND";
    let has_groups = members.iter().any(|member| member.get("field").is_none());
    match (is_and, has_groups) {
        (true, false) => Ok(all(members.iter().cloned().chain(filters).collect())),
        (true, true) => {
            let groups: Vec<Value> = members.iter().cloned().map(grouped).chain([all_of(filters)]).collect();
            Ok(all_of(groups))
        }
        (false, false) => Ok(all_of(vec![query, all_of(filters)])),
        (false, true) => Err("`query` is an OR of groups, which leaves no level for the other filters: put them into each group of `query`".into()),
    }
}

/// Intercom's description has groups beside groups only.
fn grouped(member: Value) -> Value {
    if member.get("field").is_some() {
        all_of(vec![member])
    } else {
        member
    }
}

fn all(mut filters: Vec<Value>) -> Value {
    if filters.len() == 1 {
        return filters.remove(0);
    }
    if filters.len() <= MAX_FILTERS {
        return all_of(filters);
    }
    all_of(
        filters
            .chunks(MAX_FILTERS)
            .map(|chunk| all_of(chunk.to_vec()))
            .collect::<Vec<_>>(),
    )
}

fn all_of(filters: impl Into<Value>) -> Value {
    json!({"operator": "AND", "value": filters.into()})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(field: &str) -> Value {
        json!({"field": field, "operator": "=", "value": "x"})
    }

    #[test]
    fn searches_and_filters_become_one_search() {
        let (a, b, c) = (filter("a"), filter("b"), filter("c"));
        let or = json!({"operator": "OR", "value": [a, b]});
        for (query, filters, expected) in [
            (
                None,
                vec![],
                json!({"field": "created_at", "operator": ">", "value": 0}),
            ),
            (None, vec![a.clone()], a.clone()),
            (
                None,
                vec![a.clone(), b.clone()],
                all_of(vec![a.clone(), b.clone()]),
            ),
            (Some(a.clone()), vec![], a.clone()),
            (
                Some(a.clone()),
                vec![b.clone()],
                all_of(vec![a.clone(), b.clone()]),
            ),
            (
                Some(all_of(vec![a.clone(), b.clone()])),
                vec![c.clone()],
                all_of(vec![a.clone(), b.clone(), c.clone()]),
            ),
            (
                Some(or.clone()),
                vec![c.clone()],
                all_of(vec![or.clone(), all_of(vec![c.clone()])]),
            ),
            (
                Some(all_of(vec![or.clone(), a.clone()])),
                vec![c.clone()],
                all_of(vec![
                    or.clone(),
                    all_of(vec![a.clone()]),
                    all_of(vec![c.clone()]),
                ]),
            ),
        ] {
            assert_eq!(combine(query, filters), Ok(expected));
        }
        let or_of_groups = json!({"operator": "OR", "value": [all_of(vec![a])]});
        assert!(
            combine(Some(or_of_groups), vec![b])
                .unwrap_err()
                .contains("into each group")
        );
        let many = all((0..20).map(|_| c.clone()).collect());
        assert_eq!(
            (
                many["value"].as_array().unwrap().len(),
                many["value"][1]["value"].as_array().unwrap().len()
            ),
            (2, 5)
        );
    }
}
