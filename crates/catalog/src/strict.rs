//! What the function schemas of all big model providers have in common: a tool that breaks none of these rules can be
//! given to `OpenAI`, Anthropic and Gemini as it is.

use serde_json::{Map, Value};

/// Values inside values, as deep as the strictest provider allows.
const DEPTH: usize = 10;
/// Fields of all objects together.
const FIELDS: usize = 5_000;
/// Values of one list of values.
const VALUES: usize = 500;
/// The words that all of them understand or pass over.
const WORDS: [&str; 17] = [
    "type",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "anyOf",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minProperties",
    "maxProperties",
    "title",
];
const TYPES: [&str; 7] = [
    "string", "integer", "number", "boolean", "array", "object", "null",
];

/// What is wrong with a tool's name and the schema of its arguments, each with its place; empty when all is well.
pub fn faults(name: &str, schema: &Value) -> Vec<String> {
    let mut check = Check::default();
    if !is_name(name) {
        check.tell("", "the name is not 1 to 64 letters, digits, `_` and `-`");
    }
    check.root(schema);
    if check.fields > FIELDS {
        check.tell("", "it has more fields than a provider takes");
    }
    check.faults
}

/// Whether every provider takes this name of a field.
pub(crate) fn is_property(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (1..=64).contains(&name.len()) && name.chars().all(letter)
}

fn is_name(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    (1..=64).contains(&name.len())
        && name.chars().all(letter)
        && !name.starts_with(|first: char| first.is_ascii_digit() || first == '-')
}

#[derive(Default)]
struct Check {
    faults: Vec<String>,
    fields: usize,
}

impl Check {
    fn tell(&mut self, place: &str, reason: impl std::fmt::Display) {
        let place = if place.is_empty() { "/" } else { place };
        self.faults.push(format!("{place}: {reason}"));
    }

    fn root(&mut self, schema: &Value) {
        if schema.get("type") != Some(&"object".into()) {
            self.tell("", "the arguments are not `type: object`");
        }
        if !schema.get("properties").is_some_and(Value::is_object) {
            self.tell("", "the arguments have no `properties`");
        }
        for word in ["anyOf", "oneOf", "allOf", "not", "enum"] {
            if schema.get(word).is_some() {
                self.tell("", format!("`{word}` stands at the top"));
            }
        }
        self.schema("", schema, 0);
    }

    fn schema(&mut self, place: &str, schema: &Value, depth: usize) {
        let Some(map) = schema.as_object() else {
            return self.tell(place, "a schema must be an object");
        };
        if depth > DEPTH {
            return self.tell(place, format!("it is deeper than {DEPTH} levels"));
        }
        for word in map.keys().filter(|word| !WORDS.contains(&word.as_str())) {
            self.tell(place, format!("not every provider takes `{word}`"));
        }
        match (map.get("type"), map.get("anyOf")) {
            (Some(Value::String(kind)), None) if TYPES.contains(&kind.as_str()) => {
                self.typed(place, kind, map, depth);
            }
            (None, Some(Value::Array(ways))) if !ways.is_empty() => {
                for (index, way) in ways.iter().enumerate() {
                    self.schema(&format!("{place}/anyOf/{index}"), way, depth + 1);
                }
            }
            (Some(Value::Array(_)), _) => self.tell(place, "`type` is a list: write `anyOf`"),
            (Some(_), Some(_)) => self.tell(place, "it has both `type` and `anyOf`"),
            (Some(other), None) => self.tell(place, format!("{other} is no type")),
            // A reference has been told already.
            (None, _) if map.contains_key("$ref") => {}
            (None, _) => self.tell(place, "it has neither `type` nor `anyOf`"),
        }
    }

    fn typed(&mut self, place: &str, kind: &str, map: &Map<String, Value>, depth: usize) {
        if let Some(values) = map.get("enum") {
            self.values(place, kind, values);
        }
        match (kind, map.get("items")) {
            ("array", Some(items)) => self.schema(&format!("{place}/items"), items, depth + 1),
            ("array", None) => self.tell(place, "a list without `items`"),
            (_, Some(_)) => self.tell(place, "`items` of what is no list"),
            _ => {}
        }
        if kind == "object" {
            self.object(place, map, depth);
        }
    }

    fn values(&mut self, place: &str, kind: &str, values: &Value) {
        let Some(values) = values.as_array().filter(|values| !values.is_empty()) else {
            return self.tell(place, "`enum` is no list of values");
        };
        if values.len() > VALUES {
            self.tell(place, format!("`enum` has more than {VALUES} values"));
        }
        for value in values {
            let fits = match kind {
                "string" => value.as_str().is_some_and(|text| !text.is_empty()),
                "integer" => value.is_i64() || value.is_u64(),
                "number" => value.is_number(),
                "boolean" => value.is_boolean(),
                _ => false,
            };
            if !fits {
                self.tell(place, format!("{value} in `enum` is no {kind}"));
            }
        }
    }

    fn object(&mut self, place: &str, map: &Map<String, Value>, depth: usize) {
        let fields = map.get("properties").and_then(Value::as_object);
        if depth > 0 && fields.is_some_and(Map::is_empty) {
            self.tell(place, "`properties` is empty: leave it out");
        }
        for (name, field) in fields.into_iter().flatten() {
            self.fields += 1;
            let inner = format!("{place}/properties/{name}");
            if !is_property(name) {
                self.tell(
                    &inner,
                    "the name is not 1 to 64 letters, digits, `_`, `.` and `-`",
                );
            }
            self.schema(&inner, field, depth + 1);
        }
        for name in map
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let known = name
                .as_str()
                .is_some_and(|name| fields.is_some_and(|fields| fields.contains_key(name)));
            if !known {
                self.tell(place, format!("{name} is required, but no property"));
            }
        }
        if let Some(others) = map
            .get("additionalProperties")
            .filter(|one| !one.is_boolean())
        {
            self.schema(&format!("{place}/additionalProperties"), others, depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A schema with this field.
    fn with(field: &Value) -> Value {
        json!({"type": "object", "properties": {"f": field}})
    }

    #[test]
    fn what_every_provider_takes_has_no_fault() {
        for field in [
            json!({"type": "string", "enum": ["a"], "maxLength": 3, "description": "D"}),
            json!({"type": "array", "items": {"type": "integer", "minimum": 1}}),
            json!({"type": "object"}),
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"type": "object", "properties": {"a.b-c": {"type": "boolean"}}, "required": ["a.b-c"]}),
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ] {
            assert_eq!(faults("a-tool_1", &with(&field)), Vec::<String>::new());
        }
        let none = json!({"type": "object", "properties": {}, "additionalProperties": false});
        assert_eq!(faults("none", &none), Vec::<String>::new());
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases is long")]
    fn every_rule_tells_its_breach_and_its_place() {
        let deep = (0..12).fold(
            json!({"type": "string"}),
            |inner, _| json!({"type": "array", "items": inner}),
        );
        for (field, expected) in [
            (json!({}), "/properties/f: it has neither"),
            (
                json!({"type": ["string", "null"]}),
                "/properties/f: `type` is a list",
            ),
            (json!({"type": "text"}), "\"text\" is no type"),
            (
                json!({"$ref": "#/$defs/x"}),
                "not every provider takes `$ref`",
            ),
            (json!({"type": "string", "format": "uri"}), "takes `format`"),
            (json!({"oneOf": [{"type": "string"}]}), "takes `oneOf`"),
            (json!({"type": "array"}), "a list without `items`"),
            (json!({"type": "string", "items": {}}), "of what is no list"),
            (
                json!({"type": "string", "enum": [1]}),
                "1 in `enum` is no string",
            ),
            (json!({"type": "string", "enum": [""]}), "\"\" in `enum`"),
            (json!({"type": "integer", "enum": []}), "no list of values"),
            (json!({"type": "object", "properties": {}}), "leave it out"),
            (
                json!({"type": "object", "required": ["a"]}),
                "\"a\" is required, but",
            ),
            (
                json!({"type": "object", "properties": {"a b": {"type": "string"}}}),
                "f/properties/a b: the name",
            ),
            (
                json!({"type": "object", "additionalProperties": {}}),
                "f/additionalProperties: it has neither",
            ),
            (
                json!({"type": "string", "anyOf": []}),
                "both `type` and `anyOf`",
            ),
            (deep, "deeper than 10"),
        ] {
            let found = faults("tool", &with(&field)).join("\n");
            assert!(found.contains(expected), "{field}: {found}");
        }
        for (name, schema, expected) in [
            ("a b", with(&json!({"type": "string"})), "/: the name"),
            ("1st", with(&json!({"type": "string"})), "/: the name"),
            (
                &"x".repeat(65),
                with(&json!({"type": "string"})),
                "/: the name",
            ),
            ("t", json!({"type": "string"}), "/: the arguments are not"),
            ("t", json!({"type": "object"}), "have no `properties`"),
            (
                "t",
                json!({"type": "object", "properties": {}, "anyOf": [{"type": "object"}]}),
                "`anyOf` stands at the top",
            ),
        ] {
            let found = faults(name, &schema).join("\n");
            assert!(found.contains(expected), "{name}: {found}");
        }
    }

    /// What the shipped tools keep, to be short: a list of types in place of `anyOf`, any value as `{}`, and the search
    /// language, which refers to itself.
    const KEPT: [&str; 3] = ["`type` is a list", "neither `type` nor", "takes `$ref`"];

    #[test]
    fn the_shipped_tools_break_no_rule_but_those_known() {
        let catalog = crate::Catalog::builtin().unwrap();
        let operations = catalog.operations();
        let operations = operations.map(|(_, one)| (&one.name, one.input_schema()));
        let native = catalog.toolsets().iter().flat_map(|set| &set.tools);
        let native = native.map(|tool| (&tool.name, crate::input_schema(&tool.params, None)));
        for (name, mut schema) in operations.chain(native) {
            // Only what the search language refers to.
            schema.as_object_mut().unwrap().remove("$defs");
            let mut faults = faults(name, &schema);
            faults.retain(|fault| !KEPT.iter().any(|kept| fault.contains(kept)));
            assert!(faults.is_empty(), "{name}: {faults:?}");
        }
    }
}
