//! `search_tools`: finds any tool that the endpoint reaches by words.

use super::{Arguments, count, required};
use crate::{Tool, ToolResult, context::Context, shape};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, sync::Arc};

/// Tools answered when no number was given.
const LIMIT: u32 = 6;
/// Tools whose arguments are told, too.
const DETAILED: usize = 3;
/// Words that mean the same here.
const SYNONYMS: [(&str, &str); 22] = [
    ("answer", "reply"),
    ("assignee", "assign"),
    ("client", "contact"),
    ("customer", "contact"),
    ("csat", "rating"),
    ("delete", "remove"),
    ("edit", "update"),
    ("faq", "article"),
    ("find", "search"),
    ("history", "history"),
    ("label", "tag"),
    ("message", "reply"),
    ("modify", "update"),
    ("new", "create"),
    ("note", "note"),
    ("organization", "company"),
    ("people", "contact"),
    ("person", "contact"),
    ("remove", "delete"),
    ("show", "get"),
    ("teammate", "admin"),
    ("user", "contact"),
];
/// Words that tell no tool from another.
const STOP: [&str; 18] = [
    "a", "all", "an", "and", "by", "for", "from", "how", "in", "is", "it", "of", "on", "or",
    "that", "the", "to", "with",
];

/// What a word counts, by where it stands.
const NAME: f64 = 4.0;
const TITLE: f64 = 2.0;
const ABOUT: f64 = 1.0;
const PARAM: f64 = 0.5;

/// Finds tools.
pub(super) fn run(context: &Context<'_>, given: &Arguments) -> ToolResult {
    let limit = count(given, "limit").unwrap_or(LIMIT) as usize;
    let reached: Vec<&Arc<Tool>> = context
        .registry
        .tools()
        .filter(|tool| !tool.is_doorway() && context.reaches(tool))
        .collect();
    let found = ranked(&reached, required(given, "query"));
    let total = found.len();
    let items: Vec<Value> = found
        .into_iter()
        .take(limit)
        .enumerate()
        .map(|(rank, tool)| described(tool, rank < DETAILED))
        .collect();
    if items.is_empty() {
        let toolsets: Vec<String> = context
            .registry
            .toolsets()
            .map(|(name, _, about)| format!("{name}: {about}"))
            .collect();
        return shape::text(
            &json!({"items": [], "total": 0, "note": "no tool fits; try words of these", "toolsets": toolsets}),
        );
    }
    // Sent once: the arguments' schemas are long.
    shape::text(&json!({"items": items, "total": total}))
}

fn described(tool: &Tool, detailed: bool) -> Value {
    let mut item = Map::from_iter([
        ("name".to_owned(), Value::from(tool.name.as_str())),
        ("about".to_owned(), tool.about.as_str().into()),
        ("risk".to_owned(), json!(tool.risk)),
    ]);
    if detailed {
        item.insert("input_schema".into(), tool.input_schema.clone());
    }
    item.into()
}

/// Tools by how well they fit, best first; rare words count more.
fn ranked<'a>(tools: &[&'a Arc<Tool>], query: &str) -> Vec<&'a Arc<Tool>> {
    let wanted: Vec<String> = words(query)
        .flat_map(|word| {
            let synonym = SYNONYMS
                .iter()
                .find(|(from, _)| *from == word)
                .map(|(_, to)| (*to).to_owned());
            std::iter::once(word).chain(synonym)
        })
        .collect();
    let documents: Vec<HashMap<String, f64>> = tools.iter().map(|tool| weights(tool)).collect();
    let rarity = |word: &String| {
        let having = documents
            .iter()
            .filter(|document| document.contains_key(word))
            .count();
        (1.0 + as_float(tools.len()) / (1.0 + as_float(having))).ln()
    };
    let mut scored: Vec<(f64, &'a Arc<Tool>)> = tools
        .iter()
        .zip(&documents)
        .map(|(tool, document)| {
            let score = wanted
                .iter()
                .filter_map(|word| Some(document.get(word)? * rarity(word)))
                .sum();
            (score, *tool)
        })
        .filter(|(score, _)| *score > 0.0)
        .collect();
    scored.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.name.cmp(&other.name)));
    scored.into_iter().map(|(_, tool)| tool).collect()
}

fn weights(tool: &Tool) -> HashMap<String, f64> {
    let mut weights: HashMap<String, f64> = HashMap::new();
    let mut add = |text: &str, weight: f64| {
        for word in words(text) {
            let entry = weights.entry(word).or_default();
            *entry = entry.max(weight);
        }
    };
    // A word of a short name says more of the tool.
    add(
        &tool.name,
        NAME / as_float(words(&tool.name).count().max(1)).sqrt(),
    );
    add(&tool.title, TITLE);
    add(&tool.about, ABOUT);
    tool.params.keys().for_each(|name| add(name, PARAM));
    weights
}

/// Words in lower case, plurals as singulars.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .filter(|word| STOP.binary_search(&word.as_str()).is_err())
        .map(|word| singular(&word))
}

fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) if stem.len() > 2 => format!("{stem}y"),
        _ => match word.strip_suffix('s') {
            Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u']) => stem.to_owned(),
            _ => word.to_owned(),
        },
    }
}

/// Small counts as numbers to reckon with.
fn as_float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;
    use catalog::Catalog;

    #[test]
    fn the_right_tool_comes_first() {
        assert!(STOP.is_sorted());
        let registry = Registry::new(&Catalog::builtin().unwrap()).unwrap();
        let tools: Vec<&Arc<Tool>> = registry.tools().collect();
        for (query, expected) in [
            ("create a ticket", "create_ticket"),
            ("find tickets of a customer", "search_tickets"),
            ("list ticket states", "list_ticket_states"),
            ("merge two contacts", "merge_contact"),
            ("history of a contact", "get_contact_history"),
            ("bad ratings csat", "list_low_rated_conversations"),
            ("set admin away", "set_admin_away"),
            ("delete a conversation", "delete_conversation"),
            ("tag a contact", "attach_tag_to_contact"),
            (
                "turn conversation into ticket",
                "convert_conversation_to_ticket",
            ),
        ] {
            let found: Vec<&str> = ranked(&tools, query)
                .into_iter()
                .take(3)
                .map(|tool| tool.name.as_str())
                .collect();
            assert!(found.contains(&expected), "{query}: {found:?}");
        }
        assert!(ranked(&tools, "zzz").is_empty());
    }
}
