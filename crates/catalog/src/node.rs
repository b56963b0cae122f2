//! Parts of a parsed file that know where they stand, so that a fault found late still names its line.

use crate::{LoadError, place};
use serde_json::Value;

/// What is wrong with a file, and where.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) pointer: String,
    pub(crate) reason: String,
}

impl Fault {
    /// The fault with its file and line.
    pub(crate) fn in_file(self, file: &str, text: &str) -> LoadError {
        LoadError {
            file: file.to_owned(),
            line: place::line_of(text, &self.pointer),
            reason: format!("{} (at #{})", self.reason, self.pointer),
        }
    }
}

/// Why a text is no YAML, without the drawing of the place, which file and line tell already.
pub(crate) fn unreadable(file: &str, error: &serde_saphyr::Error) -> LoadError {
    let told = error.to_string();
    let first = told.lines().next().unwrap_or_default();
    let reason = first
        .strip_prefix("error: line ")
        .and_then(|rest| Some(rest.split_once(": ")?.1));
    LoadError {
        file: file.to_owned(),
        line: error
            .location()
            .map_or(1, |place| place.line().try_into().unwrap_or(1)),
        reason: reason.unwrap_or(first).to_owned(),
    }
}

/// A part of a file, and the JSON pointer to it.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    pub(crate) value: &'a Value,
    pub(crate) at: String,
}

impl<'a> Node<'a> {
    /// What stands under a key.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        self.value.get(key).map(|value| Self {
            value,
            at: format!("{}/{}", self.at, place::escaped(key)),
        })
    }

    /// What stands under a key that must be there.
    pub(crate) fn must(&self, key: &str) -> Result<Self, Fault> {
        self.get(key)
            .ok_or_else(|| self.fault(&format!("it has no `{key}`")))
    }

    /// What stands under a key that must be a text.
    pub(crate) fn text(&self, key: &str) -> Result<&'a str, Fault> {
        let node = self.must(key)?;
        node.value
            .as_str()
            .ok_or_else(|| node.fault("this must be a text"))
    }

    /// A text that may be missing.
    pub(crate) fn words(&self, key: &str) -> &'a str {
        self.value
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Its entries, which must be an object's.
    pub(crate) fn object(&self) -> Result<Vec<(&'a str, Self)>, Fault> {
        let object = self
            .value
            .as_object()
            .ok_or_else(|| self.fault("this must be an object"))?;
        let entries = object.iter().map(|(key, value)| {
            let at = format!("{}/{}", self.at, place::escaped(key));
            (key.as_str(), Self { value, at })
        });
        Ok(entries.collect())
    }

    /// The items of a list under a key; none when it is missing.
    pub(crate) fn list(&self, key: &str) -> Result<Vec<Self>, Fault> {
        let Some(node) = self.get(key) else {
            return Ok(Vec::new());
        };
        node.items()
    }

    /// Its items, which must be a list's.
    pub(crate) fn items(&self) -> Result<Vec<Self>, Fault> {
        let items = self
            .value
            .as_array()
            .ok_or_else(|| self.fault("this must be a list"))?;
        let items = items.iter().enumerate().map(|(index, value)| Self {
            value,
            at: format!("{}/{index}", self.at),
        });
        Ok(items.collect())
    }

    /// A fault at this place.
    pub(crate) fn fault(&self, reason: &str) -> Fault {
        Fault {
            pointer: self.at.clone(),
            reason: reason.to_owned(),
        }
    }
}
