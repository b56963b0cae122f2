//! Finds tools by words: BM25 over the fields of a tool, each with its weight, made once a registry.

mod query;
mod words;

use crate::Tool;
use catalog::{Operation, Param, Risk, Synonym};
use indexmap::IndexMap;
use query::Phrases;
use std::{collections::HashMap, sync::Arc};
use words::stems;

/// How soon a word that is repeated stops to count more.
const SATURATION: f64 = 1.2;
/// What a tool of ours counts more than a plain operation of equal words: it was made for the question.
const NATIVE: f64 = 1.12;
/// What a tool that reads counts more when the text asks for something.
const READS: f64 = 1.2;
/// What a tool that acts counts more when the text tells to do something.
const ACTS: f64 = 1.3;

/// A part of a tool's description, and what its words count.
struct Field {
    weight: f64,
    /// How much a long text is held against its words, from 0 to 1.
    length: f64,
}

const FIELDS: [Field; 5] = [NAME, TITLE, ABOUT, PARAMS, TOOLSET];
const NAME: Field = Field {
    weight: 5.0,
    length: 0.7,
};
const TITLE: Field = Field {
    weight: 2.0,
    length: 0.6,
};
const ABOUT: Field = Field {
    weight: 0.8,
    length: 0.6,
};
const PARAMS: Field = Field {
    weight: 0.2,
    length: 0.6,
};
const TOOLSET: Field = Field {
    weight: 0.3,
    length: 0.5,
};

/// What a tool says of itself.
pub(crate) struct Described<'a> {
    pub(crate) tool: &'a Tool,
    /// The operation that hides behind a native tool of its name, whose words are good for both.
    pub(crate) hidden: Option<&'a Arc<Operation>>,
    /// Title and sentence of its toolset.
    pub(crate) toolset: String,
}

/// The words of all tools, ready to be searched.
pub(crate) struct Index {
    /// By word: the tools that have it, each with what the word counts there.
    postings: HashMap<String, Vec<(usize, f64)>>,
    tools: Vec<Entry>,
    phrases: Phrases,
}

struct Entry {
    name: String,
    native: bool,
    reads: bool,
}

impl Index {
    /// Reads all tools.
    pub(crate) fn new(tools: &[Described<'_>]) -> Self {
        let documents: Vec<[Vec<String>; FIELDS.len()]> = tools.iter().map(fields).collect();
        let entry = |one: &Described<'_>| Entry {
            name: one.tool.name.clone(),
            native: one.tool.is_native(),
            reads: one.tool.risk == Risk::Read,
        };
        Self {
            postings: postings(&documents),
            tools: tools.iter().map(entry).collect(),
            phrases: Phrases::new(Synonym::builtin()),
        }
    }

    /// The names of the tools that fit, best first; equally good ones by name.
    pub(crate) fn search(&self, text: &str) -> Vec<&str> {
        let mut totals = vec![0.0; self.tools.len()];
        let mut best = vec![0.0; self.tools.len()];
        for concept in self.phrases.concepts(text) {
            best.fill(0.0);
            for words in &concept {
                self.raise(words, &mut best);
            }
            for (total, best) in totals.iter_mut().zip(&best) {
                *total += best;
            }
        }
        let asks = query::asks(text);
        let mut found: Vec<(f64, &str)> = totals
            .into_iter()
            .zip(&self.tools)
            .map(|(total, tool)| (total * tool.prior(asks), tool.name.as_str()))
            .filter(|(score, _)| *score > 0.0)
            .collect();
        found.sort_unstable_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.cmp(other)));
        found.into_iter().map(|(_, name)| name).collect()
    }

    /// Raises `best` where these words fit better than other words of their concept.
    fn raise(&self, words: &[String], best: &mut [f64]) {
        let mut sums = vec![0.0; best.len()];
        for word in words {
            for (place, counts) in self.postings.get(word).into_iter().flatten() {
                sums[*place] += counts;
            }
        }
        let share = as_float(words.len().max(1)).sqrt();
        for (best, sum) in best.iter_mut().zip(sums) {
            *best = best.max(sum / share);
        }
    }
}

impl Entry {
    /// What the tool counts before any word of the text.
    fn prior(&self, asks: bool) -> f64 {
        let kind = match (asks, self.reads) {
            (true, true) => READS,
            (false, false) => ACTS,
            _ => 1.0,
        };
        kind * if self.native { NATIVE } else { 1.0 }
    }
}

/// The words of each field, in the order of `FIELDS`.
fn fields(one: &Described<'_>) -> [Vec<String>; FIELDS.len()] {
    let tool = one.tool;
    let mut title = stems(&tool.title);
    let mut about = stems(&without_names(&tool.about));
    let mut params = Vec::new();
    parameters(&tool.params, &mut params);
    if let Some(hidden) = one.hidden {
        title.extend(stems(&hidden.title));
        about.extend(stems(&without_names(&hidden.about)));
        parameters(&hidden.params, &mut params);
    }
    [
        stems(&tool.name),
        title,
        about,
        params,
        stems(&without_names(&one.toolset)),
    ]
}

/// Names, meanings and choices of parameters, and of the fields inside them.
fn parameters(params: &IndexMap<String, Param>, words: &mut Vec<String>) {
    for (name, param) in params {
        words.extend(stems(name));
        meaning(param, words);
    }
}

fn meaning(param: &Param, words: &mut Vec<String>) {
    words.extend(stems(&without_names(&param.about)));
    for value in &param.values {
        words.extend(value.as_str().map(stems).unwrap_or_default());
    }
    if let Some(items) = &param.items {
        meaning(items, words);
    }
    parameters(&param.fields, words);
}

/// A text without the names of other tools: they tell what this one is not.
fn without_names(text: &str) -> String {
    let kept = text.split_whitespace().filter(|word| !word.contains('_'));
    kept.collect::<Vec<_>>().join(" ")
}

fn postings(documents: &[[Vec<String>; FIELDS.len()]]) -> HashMap<String, Vec<(usize, f64)>> {
    let count = as_float(documents.len());
    let usual: Vec<f64> = (0..FIELDS.len())
        .map(|field| {
            let words: usize = documents.iter().map(|fields| fields[field].len()).sum();
            (as_float(words) / count.max(1.0)).max(1.0)
        })
        .collect();
    let mut postings: HashMap<String, Vec<(usize, f64)>> = HashMap::new();
    for (place, fields) in documents.iter().enumerate() {
        let mut counts: IndexMap<&str, f64> = IndexMap::new();
        for ((words, field), usual) in fields.iter().zip(&FIELDS).zip(&usual) {
            let long = 1.0 - field.length + field.length * as_float(words.len()) / usual;
            for word in words {
                *counts.entry(word).or_default() += field.weight / long;
            }
        }
        for (word, weight) in counts {
            let counted = weight * (SATURATION + 1.0) / (SATURATION + weight);
            postings
                .entry(word.to_owned())
                .or_default()
                .push((place, counted));
        }
    }
    for having in postings.values_mut() {
        let with = as_float(having.len());
        let rarity = (1.0 + (count - with + 0.5) / (with + 0.5)).ln();
        for (_, counts) in having {
            *counts *= rarity;
        }
    }
    postings
}

/// Small counts as numbers to reckon with.
fn as_float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use crate::Registry;
    use catalog::Catalog;

    #[test]
    fn the_right_tool_comes_first() {
        let registry = Registry::new(&Catalog::builtin().unwrap()).unwrap();
        for (text, expected) in [
            ("create a ticket", "create_ticket"),
            ("creating tickets", "create_ticket"),
            ("find tickets of a customer", "search_tickets"),
            ("list ticket states", "list_ticket_states"),
            ("merge two contacts", "merge_contact"),
            ("history of a contact", "get_contact_history"),
            ("bad ratings csat", "list_low_rated_conversations"),
            ("set admin away", "set_admin_away"),
            ("delete a conversation", "delete_conversation"),
            ("tag a contact", "attach_tag_to_contact"),
            ("snoozed_until", "manage_conversation"),
        ] {
            let found = registry.index().search(text);
            assert!(
                found.iter().take(2).any(|name| *name == expected),
                "{text}: {:?}",
                &found[..3]
            );
            assert_eq!(found, registry.index().search(text));
        }
        assert!(registry.index().search("zzz of the").is_empty());
        assert!(registry.index().search("").is_empty());
    }
}
