//! A schema folded flat: references followed, `allOf`, `oneOf` and `anyOf` merged, circles and great depth cut, and
//! written again in the few words that every model provider takes.

use super::document::Document;
use crate::node::{Fault, Node};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Values inside values that are still described; deeper ones are plain objects and lists.
const DEPTH: usize = 5;
const BOUNDS: [&str; 6] = [
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
];

/// The JSON types but null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Type {
    String,
    Integer,
    Number,
    Boolean,
    Array,
    Object,
}

/// What a value may be.
#[derive(Clone, Debug, Default)]
pub(super) struct Flat {
    /// Its types; none means any.
    pub(super) types: BTreeSet<Type>,
    pub(super) nullable: bool,
    pub(super) read_only: bool,
    pub(super) about: String,
    pub(super) format: String,
    pub(super) default: Option<Value>,
    /// The fields of an object.
    pub(super) fields: IndexMap<String, Flat>,
    /// The ways to be complete: sets of fields of which one must be there whole.
    pub(super) ways: Vec<BTreeSet<String>>,
    pub(super) values: Option<Vec<Value>>,
    pub(super) bounds: Map<String, Value>,
    pub(super) items: Option<Box<Flat>>,
    /// The values of fields that are not named.
    pub(super) others: Option<Box<Flat>>,
}

/// Reads schemas of one description.
pub(super) struct Reader<'a> {
    document: &'a Document,
    /// The references that lead here.
    trail: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self {
            document,
            trail: Vec::new(),
        }
    }

    /// Folds a schema.
    pub(super) fn read(&mut self, node: &Node<'a>) -> Result<Flat, Fault> {
        self.fold(node, DEPTH)
    }

    fn fold(&mut self, node: &Node<'a>, depth: usize) -> Result<Flat, Fault> {
        if node.value.is_boolean() {
            return Ok(Flat::default());
        }
        node.object()?;
        if node.value.get("$ref").is_some() {
            return self.referred(node, depth);
        }
        let mut flat = self.own(node, depth)?;
        for part in node.list("allOf")? {
            flat = flat.and(self.fold(&part, depth)?);
        }
        for word in ["oneOf", "anyOf"] {
            let mut either: Option<Flat> = None;
            for part in node.list(word)? {
                if part.value.get("type") == Some(&json!("null")) {
                    flat.nullable = true;
                    continue;
                }
                let variant = self.fold(&part, depth)?;
                either = Some(match either {
                    Some(one) => one.or(variant),
                    None => variant,
                });
            }
            if let Some(either) = either {
                flat = flat.and(either);
            }
        }
        flat.fields.retain(|_, field| !field.read_only);
        if flat.types.is_empty() && !flat.fields.is_empty() {
            flat.types.insert(Type::Object);
        }
        Ok(flat)
    }

    fn referred(&mut self, node: &Node<'a>, depth: usize) -> Result<Flat, Fault> {
        let target = self.document.follow(node)?;
        if self.trail.contains(&target.at) {
            return Ok(Flat::of(Type::Object));
        }
        self.trail.push(target.at.clone());
        let folded = self.fold(&target, depth);
        self.trail.pop();
        let mut flat = folded?;
        // OpenAPI 3.1 lets words stand beside a reference.
        if !node.words("description").is_empty() {
            node.words("description").clone_into(&mut flat.about);
        }
        Ok(flat)
    }

    /// What the schema says itself, without its parts.
    fn own(&mut self, node: &Node<'a>, depth: usize) -> Result<Flat, Fault> {
        let value = node.value;
        let mut flat = Flat {
            nullable: value.get("nullable") == Some(&Value::Bool(true)),
            read_only: value.get("readOnly") == Some(&Value::Bool(true)),
            about: node.words("description").to_owned(),
            format: node.words("format").to_owned(),
            default: value.get("default").cloned(),
            ..Flat::default()
        };
        flat.types_of(node)?;
        flat.values = match value.get("const") {
            Some(only) => Some(vec![only.clone()]),
            None => node
                .get("enum")
                .map(|_| node.list("enum"))
                .transpose()?
                .map(|items| items.into_iter().map(|item| item.value.clone()).collect()),
        };
        for word in BOUNDS {
            if let Some(bound) = value.get(word).filter(|bound| bound.is_number()) {
                flat.bounds.insert(word.into(), bound.clone());
            }
        }
        let names = node.list("required").unwrap_or_default();
        let names = names.iter().filter_map(|name| name.value.as_str());
        flat.ways = vec![names.map(str::to_owned).collect()];
        if depth > 0 {
            self.inside(node, depth - 1, &mut flat)?;
        }
        flat.guess_types(value);
        Ok(flat)
    }

    fn inside(&mut self, node: &Node<'a>, depth: usize, flat: &mut Flat) -> Result<(), Fault> {
        if let Some(fields) = node.get("properties") {
            for (name, field) in fields.object()? {
                let field = self.fold(&field, depth)?;
                flat.fields.insert(name.to_owned(), field);
            }
        }
        if let Some(items) = node.get("items") {
            flat.items = Some(Box::new(self.fold(&items, depth)?));
        }
        if let Some(others) = node
            .get("additionalProperties")
            .filter(|node| node.value.is_object())
        {
            flat.others = Some(Box::new(self.fold(&others, depth)?));
        }
        Ok(())
    }
}

impl Flat {
    fn of(kind: Type) -> Self {
        Self {
            types: BTreeSet::from([kind]),
            ..Self::default()
        }
    }

    /// The one type that it has.
    pub(super) fn only(&self) -> Option<Type> {
        let mut types = self.types.iter();
        types.next().copied().filter(|_| types.next().is_none())
    }

    /// Whether it may be a list.
    pub(super) fn is_list(&self) -> bool {
        self.types.contains(&Type::Array)
    }

    /// Whether its items are objects.
    pub(super) fn lists_objects(&self) -> bool {
        self.is_list()
            && self
                .items
                .as_ref()
                .is_some_and(|items| items.only() == Some(Type::Object))
    }

    /// The largest number that it takes.
    pub(super) fn maximum(&self) -> Option<u32> {
        self.bounds.get("maximum")?.as_u64()?.try_into().ok()
    }

    /// The fields that every way of being complete has.
    pub(super) fn required(&self) -> BTreeSet<String> {
        let mut ways = self.ways.iter().cloned();
        let first = ways.next().unwrap_or_default();
        ways.fold(first, |common, way| &common & &way)
    }

    fn types_of(&mut self, node: &Node<'_>) -> Result<(), Fault> {
        let Some(told) = node.get("type") else {
            return Ok(());
        };
        let words = match told.value {
            Value::Array(_) => node.list("type")?,
            _ => vec![told],
        };
        for word in words {
            match word.value.as_str() {
                Some("null") => self.nullable = true,
                other => {
                    let kind = other.and_then(Type::named).ok_or_else(|| {
                        word.fault(&format!("{} is no type of JSON Schema", word.value))
                    })?;
                    self.types.insert(kind);
                }
            }
        }
        Ok(())
    }

    /// The types that the other words imply, where none is told.
    fn guess_types(&mut self, schema: &Value) {
        if !self.types.is_empty() {
            return;
        }
        if schema.get("properties").is_some() || schema.get("additionalProperties").is_some() {
            self.types.insert(Type::Object);
        } else if schema.get("items").is_some() {
            self.types.insert(Type::Array);
        } else {
            for value in self.values.iter().flatten() {
                match value {
                    Value::String(_) => self.types.insert(Type::String),
                    Value::Number(number) if number.is_f64() => self.types.insert(Type::Number),
                    Value::Number(_) => self.types.insert(Type::Integer),
                    Value::Bool(_) => self.types.insert(Type::Boolean),
                    _ => false,
                };
            }
        }
    }
}

impl Type {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "string" => Self::String,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "array" => Self::Array,
            "object" => Self::Object,
            _ => return None,
        })
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    pub(super) fn bounded_by(self, word: &str) -> bool {
        match self {
            Self::String => word.ends_with("Length"),
            Self::Integer | Self::Number => word.ends_with("imum"),
            Self::Array => word.ends_with("Items"),
            Self::Boolean | Self::Object => false,
        }
    }
}
