//! A flat schema as JSON Schema again, in the few words that every model provider takes.

use super::flat::{Flat, Type};
use super::words::short;
use crate::strict;
use serde_json::{Map, Value, json};

/// Characters of what is said of a field.
const WORDS: usize = 120;

impl Flat {
    /// The JSON Schema of it, without what is said of it.
    pub(super) fn schema(&self) -> Value {
        let mut ways: Vec<Value> = self.types.iter().map(|kind| self.typed(*kind)).collect();
        if ways.is_empty() {
            ways = anything();
        }
        if self.nullable {
            ways.push(json!({"type": "null"}));
        }
        match <[Value; 1]>::try_from(ways) {
            Ok([only]) => only,
            Err(ways) => json!({"anyOf": ways}),
        }
    }

    fn described(&self) -> Value {
        let mut schema = self.schema();
        let about = short(&self.about, WORDS);
        if !about.is_empty() {
            schema["description"] = about.into();
        }
        schema
    }

    fn typed(&self, kind: Type) -> Value {
        let mut schema = Map::new();
        schema.insert("type".into(), kind.word().into());
        let values = self.values_of(kind);
        if !values.is_empty() {
            schema.insert("enum".into(), values.into());
        }
        for (word, bound) in &self.bounds {
            if kind.bounded_by(word) {
                schema.insert(word.clone(), bound.clone());
            }
        }
        match kind {
            Type::Array => {
                let items = self
                    .items
                    .as_ref()
                    .map_or_else(|| json!({"anyOf": anything()}), |items| items.described());
                schema.insert("items".into(), items);
            }
            Type::Object => self.write_fields(&mut schema),
            _ => {}
        }
        schema.into()
    }

    fn write_fields(&self, schema: &mut Map<String, Value>) {
        let required = self.required();
        // A field that no provider could name must be missing, or the object stays undescribed.
        if required.iter().any(|name| !strict::is_property(name)) {
            return;
        }
        let fields: Map<String, Value> = self
            .fields
            .iter()
            .filter(|(name, _)| strict::is_property(name))
            .map(|(name, field)| (name.clone(), field.described()))
            .collect();
        let required: Vec<&String> = required
            .iter()
            .filter(|name| fields.contains_key(*name))
            .collect();
        if !required.is_empty() {
            schema.insert("required".into(), json!(required));
        }
        if !fields.is_empty() {
            schema.insert("properties".into(), fields.into());
        }
        if let Some(others) = &self.others {
            schema.insert("additionalProperties".into(), others.schema());
        }
    }

    /// The values it takes of a type; descriptions quote numbers, and leave words unquoted.
    fn values_of(&self, kind: Type) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::new();
        for value in self.values.iter().flatten() {
            let fitting = match (kind, value) {
                (Type::String, Value::String(text)) => (!text.is_empty()).then(|| value.clone()),
                (Type::String, Value::Number(_) | Value::Bool(_)) if self.types.len() == 1 => {
                    Some(value.to_string().into())
                }
                (Type::Integer, Value::String(text)) => text.parse::<i64>().ok().map(Value::from),
                (Type::Integer, Value::Number(number)) if number.is_f64() => None,
                (Type::Integer | Type::Number, Value::Number(_)) => Some(value.clone()),
                _ => None,
            };
            if let Some(value) = fitting
                && !values.contains(&value)
            {
                values.push(value);
            }
        }
        values
    }
}

/// Any value, in words that every provider takes: an empty schema is refused by some.
fn anything() -> Vec<Value> {
    let plain =
        json!([{"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "object"}]);
    let mut ways = plain.as_array().cloned().unwrap_or_default();
    ways.push(json!({"type": "array", "items": {"anyOf": plain}}));
    ways
}
