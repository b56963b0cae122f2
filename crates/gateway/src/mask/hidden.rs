//! Values of masked fields, gathered from Intercom's answers, so that they are found where their name is gone.

use super::MaskRules;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

/// The shortest value that is looked for in other texts; shorter ones are too common a word.
const SHORTEST: usize = 4;
/// The most values that are kept of one call.
const MOST: usize = 2_000;

/// What one call must not show. Clones share one set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hidden(Arc<Mutex<BTreeSet<String>>>);

impl Hidden {
    /// Gathers the values of fields that these rules name.
    pub(crate) fn gather(&self, rules: &MaskRules, body: &Value) {
        if !rules.fields.is_empty() {
            let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            gather(rules, body, false, &mut found);
        }
    }

    /// The text without them; none where it holds none.
    pub(super) fn replaced(&self, text: &str, instead: &str) -> Option<String> {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut replaced: Option<String> = None;
        // From behind, so that a value goes before one that it begins with.
        for value in values.iter().rev() {
            let now = replaced.as_deref().unwrap_or(text);
            if now.contains(value.as_str()) {
                replaced = Some(now.replace(value.as_str(), instead));
            }
        }
        replaced
    }
}

fn gather(rules: &MaskRules, value: &Value, named: bool, found: &mut BTreeSet<String>) {
    let mut keep = |text: String| {
        if named && text.chars().count() >= SHORTEST && found.len() < MOST {
            found.insert(text);
        }
    };
    match value {
        Value::String(text) => keep(text.trim().to_owned()),
        Value::Number(number) => keep(number.to_string()),
        Value::Array(items) => items
            .iter()
            .for_each(|item| gather(rules, item, named, found)),
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| gather(rules, value, named || rules.names(key), found)),
        Value::Null | Value::Bool(_) => {}
    }
}
