//! A naming rule: names for every operation, out of its method and path.

use super::{Answer, Argument, DialectTool, Run};
use crate::{Catalog, Method, Operation, PagingKind, Param};
use indexmap::IndexMap;
use serde::Deserialize;

/// The longest name that clients take.
const LONGEST: usize = 64;

/// Patterns of names. `{things}` is the path without its ids, `{thing}` the same with its last word in the singular,
/// `{verb}` the last word, `{by_id}` is `_by_id` where the path has an id.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamingRule {
    list: String,
    search: String,
    get: String,
    create: String,
    update: String,
    delete: String,
    other: String,
    /// Names that are listed whatever toolsets an endpoint has.
    #[serde(default)]
    listed: Vec<String>,
    /// Operations that are named apart from the rule.
    #[serde(default)]
    names: IndexMap<String, String>,
}

impl NamingRule {
    /// A tool for every operation of a catalog.
    pub(super) fn apply(&self, catalog: &Catalog) -> Result<Vec<DialectTool>, String> {
        if let Some(stranger) = self
            .names
            .keys()
            .find(|name| catalog.operation(name).is_none())
        {
            return Err(format!("names `{stranger}`, which is no operation"));
        }
        let tools: Vec<DialectTool> = catalog
            .operations()
            .map(|(_, operation)| self.tool(operation))
            .collect();
        match self
            .listed
            .iter()
            .find(|name| tools.iter().all(|tool| tool.name != **name))
        {
            Some(stranger) => Err(format!("lists `{stranger}`, which the rule does not make")),
            None => Ok(tools),
        }
    }

    fn tool(&self, operation: &Operation) -> DialectTool {
        let name = self
            .names
            .get(&operation.name)
            .cloned()
            .unwrap_or_else(|| self.name(operation));
        let mut args = IndexMap::new();
        let mut params = IndexMap::new();
        let own = own_id(operation);
        for (param, mut told) in operation.params.clone() {
            if told.fixed.is_some() {
                continue;
            }
            if own == Some(param.as_str()) {
                told.aliases.push(param.clone());
                args.insert(param, Argument::Given("id".into()));
                params.insert("id".to_owned(), told);
            } else {
                params.insert(param, told);
            }
        }
        if let Some(max) = operation.page_max() {
            params.insert("limit".into(), limit(max));
            params.insert("next_cursor".into(), Param::default());
            args.insert("cursor".into(), Argument::Given("next_cursor".into()));
        }
        DialectTool {
            by_rule: !self.listed.contains(&name),
            name,
            about: String::new(),
            params,
            same: Vec::new(),
            accepts: Vec::new(),
            one_of: Vec::new(),
            runs: vec![Run::operation(&operation.name, args)],
            answer: Answer::Page,
        }
    }

    fn name(&self, operation: &Operation) -> String {
        let words = Words::of(operation);
        let whole = words.fill(self.pattern(operation, &words), &words.literals);
        if whole.len() <= LONGEST {
            return whole;
        }
        // What it belongs to falls away.
        let own = &words.literals[words.literals.len() - 1..];
        words.fill(self.pattern(operation, &words), own)
    }

    fn pattern(&self, operation: &Operation, words: &Words<'_>) -> &str {
        let last = words.last();
        let lists = operation.paging.kind != PagingKind::None;
        match operation.method() {
            Method::Post if last == "search" => &self.search,
            Method::Get | Method::Post if lists => &self.list,
            Method::Get => &self.get,
            Method::Delete => &self.delete,
            Method::Put | Method::Patch if words.ends_with_id || is_plural(last) => &self.update,
            Method::Post if is_plural(last) => &self.create,
            _ => &self.other,
        }
    }
}

/// A path, taken apart.
struct Words<'a> {
    literals: Vec<&'a str>,
    has_id: bool,
    ends_with_id: bool,
}

impl<'a> Words<'a> {
    fn of(operation: &'a Operation) -> Self {
        let is_id = |segment: &&str| segment.starts_with('{');
        let segments = || {
            operation
                .path()
                .split('/')
                .filter(|segment| !segment.is_empty())
        };
        Self {
            literals: segments().filter(|segment| !is_id(segment)).collect(),
            has_id: segments().any(|segment| is_id(&segment)),
            ends_with_id: segments()
                .next_back()
                .is_some_and(|segment| is_id(&segment)),
        }
    }

    fn last(&self) -> &'a str {
        self.literals.last().copied().unwrap_or_default()
    }

    fn fill(&self, pattern: &str, literals: &[&str]) -> String {
        let (last, before) = literals.split_last().unwrap_or((&"", &[]));
        // A pattern that tells the verb, or searches, speaks of what stands before it.
        let apart = pattern.contains("{verb}") || pattern.contains("search_{things}");
        let things = if apart {
            before.join("_")
        } else {
            literals.join("_")
        };
        let thing = [before, &[singular(last).as_str()]].concat().join("_");
        pattern
            .replace("{things}", &things)
            .replace("{thing}", &thing)
            .replace("{verb}", last)
            .replace("{by_id}", if self.has_id { "_by_id" } else { "" })
    }
}

/// The argument that the others' servers call `id`: the last one of the path.
fn own_id(operation: &Operation) -> Option<&str> {
    let last = operation.placeholders().last()?;
    let several = operation.placeholders().count() > 1;
    let ends = operation.path().ends_with('}');
    let (name, _) = operation
        .params
        .iter()
        .find(|(name, param)| param.wire_name(name) == last)?;
    (ends || !several).then_some(name.as_str())
}

fn limit(max: u32) -> Param {
    Param {
        kind: crate::ParamType::Integer,
        min: Some(1),
        max: Some(max.into()),
        ..Param::default()
    }
}

fn is_plural(word: &str) -> bool {
    word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us")
}

fn singular(word: &str) -> String {
    if !is_plural(word) {
        return word.to_owned();
    }
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_their_plural() {
        for (plural, expected) in [
            ("companies", "company"),
            ("news_items", "news_item"),
            ("status", "status"),
            ("me", "me"),
            ("summaries", "summary"),
        ] {
            assert_eq!(singular(plural), expected);
        }
    }
}
