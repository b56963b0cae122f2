//! Two schemas as one: `allOf`, `oneOf` and `anyOf`.

use super::flat::Flat;
use serde_json::Value;
use std::collections::BTreeSet;

/// Variants of variants multiply; no body has more ways to be complete than this.
const WAYS: usize = 64;

impl Flat {
    /// Both this and that: the meaning of `allOf`.
    pub(super) fn and(mut self, other: Self) -> Self {
        let common = &self.types & &other.types;
        self.types = match (self.types.is_empty(), other.types.is_empty()) {
            (true, _) => other.types,
            (_, true) => self.types,
            // Contradictions are the description's own; what it says first counts.
            _ if common.is_empty() => self.types,
            _ => common,
        };
        self.values = match (self.values, other.values) {
            (Some(mine), Some(theirs)) => {
                let both = |value: &Value| theirs.contains(value);
                Some(mine.into_iter().filter(both).collect())
            }
            (mine, theirs) => mine.or(theirs),
        };
        for (name, field) in other.fields {
            let merged = match self.fields.swap_remove(&name) {
                Some(mine) => mine.and(field),
                None => field,
            };
            self.fields.insert(name, merged);
        }
        let theirs = |mine: &BTreeSet<String>| {
            let pairs = other.ways.iter().map(|theirs| mine | theirs);
            pairs.collect::<Vec<_>>()
        };
        if self.ways.is_empty() {
            self.ways = other.ways;
        } else if !other.ways.is_empty() {
            self.ways = self.ways.iter().flat_map(theirs).take(WAYS).collect();
        }
        for (word, bound) in other.bounds {
            self.bounds.entry(word).or_insert(bound);
        }
        self.nullable |= other.nullable;
        self.read_only |= other.read_only;
        self.about = first(self.about, other.about);
        self.format = first(self.format, other.format);
        self.default = self.default.or(other.default);
        self.items = self.items.or(other.items);
        self.others = self.others.or(other.others);
        self
    }

    /// This or that: the meaning of `oneOf` and `anyOf`.
    pub(super) fn or(mut self, other: Self) -> Self {
        self.types = if self.types.is_empty() || other.types.is_empty() {
            BTreeSet::new()
        } else {
            &self.types | &other.types
        };
        self.values = match (self.values, other.values) {
            (Some(mut mine), Some(theirs)) => {
                mine.extend(theirs);
                Some(mine)
            }
            _ => None,
        };
        for (name, field) in other.fields {
            let merged = match self.fields.swap_remove(&name) {
                Some(mine) => mine.or(field),
                None => field,
            };
            self.fields.insert(name, merged);
        }
        self.ways.extend(other.ways);
        self.ways.truncate(WAYS);
        self.bounds
            .retain(|word, bound| other.bounds.get(word) == Some(bound));
        self.nullable |= other.nullable;
        self.read_only &= other.read_only;
        self.about = first(self.about, other.about);
        self.default = self.default.or(other.default);
        self.items = match (self.items, other.items) {
            (Some(mine), Some(theirs)) => Some(Box::new(mine.or(*theirs))),
            (mine, theirs) => mine.or(theirs),
        };
        self.others = self.others.or(other.others);
        self
    }
}

fn first(mine: String, theirs: String) -> String {
    if mine.is_empty() { theirs } else { mine }
}
