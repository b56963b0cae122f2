//! What one piece of work is bound to: the tools that it may call, and the values that their arguments may have.
//!
//! Everything else is refused. Whoever does the work fixes this before it reads what others wrote, so that no text can
//! make it touch another conversation, another person, or another tool.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The only tools and arguments there are; nothing unless it is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bound {
    tools: BTreeMap<String, BTreeMap<String, Allowed>>,
}

/// What an argument may be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Allowed {
    /// Anything that the tool takes.
    Any,
    /// One of these texts, or the number of the same digits.
    Only(Vec<String>),
    /// An object with no other fields than these, and no other values.
    Fields(Map<String, Value>),
}

impl Allowed {
    /// An object with at most this one field, of this value.
    pub fn field(name: &str, value: impl Into<Value>) -> Self {
        Self::Fields(Map::from_iter([(name.to_owned(), value.into())]))
    }

    /// This one text.
    pub fn only(text: impl Into<String>) -> Self {
        Self::Only(vec![text.into()])
    }

    fn admits(&self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Only(texts) => match value {
                Value::String(text) => texts.contains(text),
                Value::Number(number) => texts.contains(&number.to_string()),
                _ => false,
            },
            Self::Fields(fields) => value.as_object().is_some_and(|given| {
                given
                    .iter()
                    .all(|(name, value)| fields.get(name) == Some(value))
            }),
        }
    }
}

impl Bound {
    /// Allows a tool with these arguments and no others.
    #[must_use]
    pub fn allow<const N: usize>(mut self, tool: &str, arguments: [(&str, Allowed); N]) -> Self {
        let allowed = self.tools.entry(tool.to_owned()).or_default();
        for (name, what) in arguments {
            allowed.insert(name.to_owned(), what);
        }
        self
    }

    /// Whether the tool may be called at all.
    pub(crate) fn has(&self, tool: &str) -> bool {
        cfg!(feature = "mutant-unbound") || self.tools.contains_key(tool)
    }

    /// Why a call may not be made. The answer names the argument and never its value.
    pub(crate) fn refusal(&self, tool: &str, given: &Map<String, Value>) -> Option<String> {
        if cfg!(feature = "mutant-unbound") {
            return None;
        }
        let Some(allowed) = self.tools.get(tool) else {
            return Some("the work at hand is bound to other tools".into());
        };
        let stray = given
            .iter()
            .find(|(name, value)| !allowed.get(*name).is_some_and(|what| what.admits(value)))?;
        Some(format!(
            "the work at hand is bound to other values of `{}`",
            stray.0
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_is_allowed_but_what_was_named() {
        let bound = Bound::default()
            .allow(
                "reply",
                [("id", Allowed::only("42")), ("body", Allowed::Any)],
            )
            .allow(
                "update",
                [
                    ("contact", Allowed::only("a")),
                    ("attributes", Allowed::field("churn_risk", "high")),
                ],
            );
        for (tool, given, allowed) in [
            ("reply", json!({"id": "42", "body": "hello"}), true),
            ("reply", json!({"id": 42}), true),
            ("reply", json!({"id": "43", "body": "hello"}), false),
            ("reply", json!({"id": ["42"]}), false),
            ("reply", json!({"id": "42", "attachment_urls": []}), false),
            (
                "update",
                json!({"attributes": {"churn_risk": "high"}}),
                true,
            ),
            ("update", json!({"attributes": {"churn_risk": "x"}}), false),
            ("update", json!({"attributes": {"plan": "free"}}), false),
            ("update", json!({"attributes": "churn_risk"}), false),
            ("delete", json!({}), false),
        ] {
            let given = given.as_object().unwrap();
            assert_eq!(
                bound.refusal(tool, given).is_none(),
                allowed,
                "{tool} {given:?}"
            );
        }
    }
}
