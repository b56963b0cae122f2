//! Objects made of parts of Intercom's, as another server answers them.

use catalog::dialect::{ListOf, Pick};
use indexmap::IndexMap;
use serde_json::Value;

/// The object that the picks make of a body; what is not there is null.
pub(super) fn object(picks: &IndexMap<String, Pick>, body: &Value) -> Value {
    let source = Source {
        root: body,
        own: body,
    };
    source.object(picks)
}

/// Where picks are read.
#[derive(Clone, Copy)]
struct Source<'a> {
    root: &'a Value,
    own: &'a Value,
}

impl<'a> Source<'a> {
    fn object(self, picks: &IndexMap<String, Pick>) -> Value {
        picks
            .iter()
            .map(|(name, pick)| (name.clone(), self.pick(pick)))
            .collect()
    }

    fn pick(self, pick: &Pick) -> Value {
        match pick {
            Pick::Path(path) => self.at(path).cloned().unwrap_or_default(),
            Pick::FirstOf(paths) => {
                let found = paths.iter().find_map(|path| self.at(path));
                found.cloned().unwrap_or_default()
            }
            Pick::Object(fields) => self.object(fields),
            Pick::List(list) => self.list(list),
        }
    }

    fn list(self, list: &ListOf) -> Value {
        let things = list.from.iter().filter_map(|path| self.at(path));
        let mut own: Vec<Source<'_>> = things
            .flat_map(|found| match found {
                Value::Array(items) => items.as_slice(),
                one => std::slice::from_ref(one),
            })
            .map(|own| Source { own, ..self })
            .filter(|item| {
                list.having
                    .as_ref()
                    .is_none_or(|path| item.at(path).is_some())
            })
            .collect();
        if let Some(first) = list.first {
            own.truncate(first);
        }
        if let Some(last) = list.last {
            own.drain(..own.len().saturating_sub(last));
        }
        own.into_iter().map(|item| item.pick(&list.each)).collect()
    }

    /// What is there and says something.
    fn at(self, path: &str) -> Option<&'a Value> {
        let (from, path) = match path.strip_prefix('^') {
            Some(path) => (self.root, path),
            None => (self.own, path),
        };
        path.split('.')
            .try_fold(from, |value, name| value.get(name))
            .filter(|value| !value.is_null() && value.as_str() != Some(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_are_made_of_parts() {
        let body = json!({"id": "7", "title": null, "at": 1, "source": {"subject": "Hi", "body": "a"},
            "parts": [{"body": "b", "at": 2}, {"body": ""}, {"body": "c", "at": 3}], "data": ["x", "y"]});
        for (picks, expected) in [
            (
                json!({"id": "id", "none": "nothing.at.all"}),
                json!({"id": "7", "none": null}),
            ),
            (
                json!({"t": {"first_of": ["title", "source.subject"]}}),
                json!({"t": "Hi"}),
            ),
            (
                json!({"o": {"object": {"s": "source.body"}}}),
                json!({"o": {"s": "a"}}),
            ),
            (
                json!({"l": {"list": {"from": ["data"], "first": 1, "each": {"object": {"of": "^id"}}}}}),
                json!({"l": [{"of": "7"}]}),
            ),
            (
                json!({"m": {"list": {"from": ["source", "parts"], "having": "body", "last": 2, "each": "body"}}}),
                json!({"m": ["b", "c"]}),
            ),
            (
                json!({"m": {"list": {"from": ["source", "parts"], "having": "body",
                    "each": {"object": {"at": {"first_of": ["at", "^at"]}}}}}}),
                json!({"m": [{"at": 1}, {"at": 2}, {"at": 3}]}),
            ),
        ] {
            let picks: IndexMap<String, Pick> = serde_json::from_value(picks).unwrap();
            assert_eq!(object(&picks, &body), expected);
        }
    }
}
