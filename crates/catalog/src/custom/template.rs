//! Values with placeholders: `{{ name }}` for an argument, `{{ steps.find.items.0.id }}` for what a call answered.

use crate::node::{Fault, Node};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A value that is known when the tool runs.
#[derive(Clone, Debug)]
pub enum Template {
    /// A value as it stands.
    Plain(Value),
    /// One placeholder and nothing else: the value keeps its type.
    Whole(Reference),
    /// Placeholders inside a text.
    Text(Vec<Piece>),
    /// A list of values.
    List(Vec<Template>),
    /// An object of values.
    Object(IndexMap<String, Template>),
}

/// A part of a text.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Words as they stand.
    Plain(String),
    /// What a placeholder names.
    Value(Reference),
}

/// What a placeholder names.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The argument, or the step.
    pub(super) of: Source,
    /// The way into its value.
    pub(super) path: Vec<String>,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Argument(String),
    Step(String),
}

/// What placeholders can name at one place.
pub(super) struct Names<'a> {
    pub(super) arguments: Vec<&'a str>,
    /// The steps before this place.
    pub(super) before: Vec<&'a str>,
    pub(super) all_steps: Vec<&'a str>,
}

/// What there is when a template is filled.
pub struct Scope<'a> {
    /// The tool's arguments.
    pub arguments: &'a Map<String, Value>,
    /// What the steps answered, by their ids.
    pub steps: &'a IndexMap<String, Value>,
}

impl Template {
    /// Reads a value; a placeholder that names nothing is a fault.
    pub(super) fn read(node: &Node<'_>, names: &Names<'_>) -> Result<Self, Fault> {
        Ok(match node.value {
            Value::String(text) => read_text(text, names).map_err(|reason| node.fault(&reason))?,
            Value::Array(_) => {
                let items = node.items()?;
                let items = items.iter().map(|item| Self::read(item, names));
                Self::List(items.collect::<Result<_, _>>()?)
            }
            Value::Object(_) => {
                let mut fields = IndexMap::new();
                for (name, field) in node.object()? {
                    fields.insert(name.to_owned(), Self::read(&field, names)?);
                }
                Self::Object(fields)
            }
            other => Self::Plain(other.clone()),
        })
    }

    /// The argument of that name as it is.
    pub(super) fn argument(name: &str) -> Self {
        Self::Whole(Reference {
            of: Source::Argument(name.to_owned()),
            path: Vec::new(),
        })
    }

    /// The value; none when it is an argument that was not given.
    pub fn fill(&self, scope: &Scope<'_>) -> Result<Option<Value>, String> {
        Ok(Some(match self {
            Self::Plain(value) => value.clone(),
            Self::Whole(reference) => return reference.find(scope).map(Option::<&Value>::cloned),
            Self::Text(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Plain(plain) => text.push_str(plain),
                        Piece::Value(reference) => {
                            text.push_str(&in_text(reference.find(scope)?));
                        }
                    }
                }
                text.into()
            }
            Self::List(items) => {
                let filled = items.iter().filter_map(|item| item.fill(scope).transpose());
                Value::Array(filled.collect::<Result<_, _>>()?)
            }
            Self::Object(fields) => {
                let mut object = Map::new();
                for (name, field) in fields {
                    if let Some(value) = field.fill(scope)? {
                        object.insert(name.clone(), value);
                    }
                }
                object.into()
            }
        }))
    }

    /// The arguments that it names; with `needed`, only those it cannot do without.
    pub(super) fn arguments(&self, needed: bool) -> BTreeSet<&str> {
        match self {
            Self::Plain(_) => BTreeSet::new(),
            Self::Whole(reference) => reference
                .argument()
                .filter(|_| !needed || !reference.path.is_empty())
                .into_iter()
                .collect(),
            Self::Text(pieces) => pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Plain(_) => None,
                    Piece::Value(reference) => reference.argument(),
                })
                .collect(),
            Self::List(items) => items
                .iter()
                .flat_map(|item| item.arguments(needed))
                .collect(),
            Self::Object(fields) => {
                let fields = fields.values();
                fields.flat_map(|field| field.arguments(needed)).collect()
            }
        }
    }
}

impl Reference {
    fn argument(&self) -> Option<&str> {
        match &self.of {
            Source::Argument(name) => Some(name),
            Source::Step(_) => None,
        }
    }

    /// What it names; none for an argument that was not given.
    fn find<'a>(&self, scope: &'a Scope<'_>) -> Result<Option<&'a Value>, String> {
        let (root, said) = match &self.of {
            Source::Argument(name) => match scope.arguments.get(name) {
                Some(value) => (value, format!("`{name}`")),
                None => return Ok(None),
            },
            Source::Step(id) => {
                let answer = scope.steps.get(id);
                let answer = answer.ok_or_else(|| format!("the step `{id}` has not run"))?;
                (answer, format!("the answer of step `{id}`"))
            }
        };
        let mut here = root;
        for (depth, part) in self.path.iter().enumerate() {
            let inner = match here {
                Value::Array(items) => part.parse::<usize>().ok().and_then(|at| items.get(at)),
                other => other.get(part),
            };
            here = inner.ok_or_else(|| {
                let place = match depth {
                    0 => said.clone(),
                    _ => format!("`{}` in {said}", self.path[..depth].join(".")),
                };
                format!("{place} has no `{part}`: it {}", holds(here))
            })?;
        }
        Ok(Some(here))
    }
}

/// What a value holds, without its words: these may be a customer's.
fn holds(value: &Value) -> String {
    match value {
        Value::Array(items) if items.is_empty() => "is an empty list".into(),
        Value::Array(items) => format!("is a list of {}", items.len()),
        Value::Object(fields) => {
            let names: Vec<&str> = fields.keys().take(12).map(String::as_str).collect();
            format!("has {}", names.join(", "))
        }
        Value::Null => "is null".into(),
        _ => "is a plain value".into(),
    }
}

fn in_text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn read_text(text: &str, names: &Names<'_>) -> Result<Template, String> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        if let Some(before) = before.strip_suffix('\\') {
            // `\{{` is meant for Intercom, which has placeholders of its own.
            plain.push_str(before);
            plain.push_str("{{");
            rest = behind;
            continue;
        }
        let (inside, tail) = behind
            .split_once("}}")
            .ok_or("a placeholder is not closed: `{{` needs its `}}`, and `\\{{` is text")?;
        plain.push_str(before);
        if !plain.is_empty() {
            pieces.push(Piece::Plain(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Value(refer(inside.trim(), names)?));
        rest = tail;
    }
    plain.push_str(rest);
    if pieces.is_empty() {
        return Ok(Template::Plain(plain.into()));
    }
    if !plain.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
    match <[Piece; 1]>::try_from(pieces) {
        Ok([Piece::Value(only)]) => Ok(Template::Whole(only)),
        Ok(pieces) => Ok(Template::Text(pieces.into())),
        Err(pieces) => Ok(Template::Text(pieces)),
    }
}

fn refer(text: &str, names: &Names<'_>) -> Result<Reference, String> {
    let mut parts = text.split('.').map(str::to_owned);
    let first = parts.next().unwrap_or_default();
    let of = if first == "steps" {
        let id = parts.next().unwrap_or_default();
        if !names.before.contains(&id.as_str()) {
            let late = names.all_steps.contains(&id.as_str());
            return Err(if late {
                format!("`{{{{ {text} }}}}` names the step `{id}`, which has not run by then")
            } else {
                format!(
                    "`{{{{ {text} }}}}` names no step: before this one there are {}",
                    listed(&names.before)
                )
            });
        }
        Source::Step(id)
    } else if names.arguments.contains(&first.as_str()) {
        Source::Argument(first)
    } else {
        return Err(format!(
            "`{{{{ {text} }}}}` names nothing: there are the parameters {}, and steps as `steps.ID`",
            listed(&names.arguments)
        ));
    };
    Ok(Reference {
        of,
        path: parts.collect(),
    })
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "(none)".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> Result<Template, String> {
        let node = Node {
            value,
            at: String::new(),
        };
        let names = Names {
            arguments: vec!["id", "late", "who"],
            before: vec!["find"],
            all_steps: vec!["find", "close"],
        };
        Template::read(&node, &names).map_err(|fault| fault.reason)
    }

    fn filled(value: &Value) -> Result<Option<Value>, String> {
        let arguments = json!({"id": 7, "who": {"name": "Ana"}});
        let steps = json!({"find": {"items": [{"id": "c1", "open": true}], "none": []}});
        let scope = Scope {
            arguments: arguments.as_object().unwrap(),
            steps: &steps.as_object().unwrap().clone().into_iter().collect(),
        };
        read(value).unwrap().fill(&scope)
    }

    #[test]
    fn placeholders_keep_types_alone_and_become_text_in_text() {
        for (value, expected) in [
            (json!("{{ id }}"), json!(7)),
            (json!("{{id}}"), json!(7)),
            (
                json!("no. {{ id }} of {{ who.name }}"),
                json!("no. 7 of Ana"),
            ),
            (json!("{{ steps.find.items.0.open }}"), json!(true)),
            (
                json!("{{ steps.find.items.0 }}"),
                json!({"id": "c1", "open": true}),
            ),
            (
                json!({"a": ["{{ id }}", "{{ late }}", 1], "b": "{{ late }}"}),
                json!({"a": [7, 1]}),
            ),
            (
                json!("Hello \\{{ first_name }}"),
                json!("Hello {{ first_name }}"),
            ),
            (json!("plain"), json!("plain")),
        ] {
            assert_eq!(filled(&value), Ok(Some(expected)), "{value}");
        }
        assert_eq!(filled(&json!("{{ late }}")), Ok(None));
    }

    #[test]
    fn what_is_not_there_is_told() {
        for (value, expected) in [
            (
                json!("{{ steps.find.items.1.id }}"),
                "`items` in the answer of step `find` has no `1`: it is a list of 1",
            ),
            (json!("{{ steps.find.none.0 }}"), "it is an empty list"),
            (
                json!("{{ steps.find.rows }}"),
                "the answer of step `find` has no `rows`: it has items, none",
            ),
            (
                json!("a {{ who.mail }}"),
                "`who` has no `mail`: it has name",
            ),
        ] {
            let error = filled(&value).unwrap_err();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("Ana"), "{error}");
        }
        for (value, expected) in [
            (
                json!("{{ nobody }}"),
                "names nothing: there are the parameters id, late, who",
            ),
            (json!("{{ steps.close.id }}"), "has not run by then"),
            (
                json!(["{{ steps.open }}"]),
                "names no step: before this one there are find",
            ),
            (json!("{{ id"), "is not closed"),
        ] {
            let error = read(&value).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
