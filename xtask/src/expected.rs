//! What a schema of a description allows, with `$ref`, `allOf`, `oneOf` and `anyOf` folded into one answer.

use crate::description::Description;
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::BTreeSet;

/// Schemas that contain themselves, such as that of searches, are cut here.
const DEPTH: u8 = 16;
/// Variants of variants multiply; no body has more ways to be complete than this.
const WAYS: usize = 64;

/// What a value may be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// JSON types; none means any.
    pub(crate) types: BTreeSet<String>,
    /// The only values, without null.
    pub(crate) values: Option<Vec<Value>>,
    pub(crate) nullable: bool,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) default: Option<Value>,
    /// Fields that can be written, by name.
    pub(crate) fields: IndexMap<String, Expected>,
    /// The ways to be complete: sets of fields of which one must be there whole.
    pub(crate) ways: Vec<BTreeSet<String>>,
    /// The items of an array.
    pub(crate) items: Option<Box<Expected>>,
    read_only: bool,
}

impl Expected {
    /// Reads a schema of a description.
    pub(crate) fn read(description: &Description, schema: &Value) -> Self {
        read(description, schema, DEPTH)
    }

    /// The fields that every way of being complete has.
    pub(crate) fn required(&self) -> BTreeSet<String> {
        let mut ways = self.ways.iter().cloned();
        let first = ways.next().unwrap_or_default();
        ways.fold(first, |common, way| &common & &way)
    }

    /// Both this and that: the meaning of `allOf`.
    fn and(mut self, other: Self) -> Self {
        self.types = match (self.types.is_empty(), other.types.is_empty()) {
            (true, _) => other.types,
            (_, true) => self.types,
            _ => &self.types & &other.types,
        };
        self.values = match (self.values, other.values) {
            (Some(mine), Some(theirs)) => Some(
                mine.into_iter()
                    .filter(|value| theirs.contains(value))
                    .collect(),
            ),
            (mine, theirs) => mine.or(theirs),
        };
        for (name, field) in other.fields {
            let merged = self
                .fields
                .swap_remove(&name)
                .map_or_else(|| field.clone(), |mine| mine.and(field.clone()));
            self.fields.insert(name, merged);
        }
        let pairs = self
            .ways
            .iter()
            .flat_map(|mine| other.ways.iter().map(move |theirs| mine | theirs));
        self.ways = pairs.take(WAYS).collect();
        self.nullable |= other.nullable;
        self.read_only |= other.read_only;
        self.min = self.min.or(other.min);
        self.max = self.max.or(other.max);
        self.default = self.default.or(other.default);
        self.items = self.items.or(other.items);
        self
    }

    /// This or that: the meaning of `oneOf` and `anyOf`.
    fn or(mut self, other: Self) -> Self {
        self.types = if self.types.is_empty() || other.types.is_empty() {
            BTreeSet::new()
        } else {
            &self.types | &other.types
        };
        self.values = match (self.values, other.values) {
            (Some(mut mine), Some(theirs)) => {
                mine.extend(
                    theirs
                        .into_iter()
                        .filter(|value| !mine.contains(value))
                        .collect::<Vec<_>>(),
                );
                Some(mine)
            }
            _ => None,
        };
        for (name, field) in other.fields {
            let merged = self
                .fields
                .swap_remove(&name)
                .map_or_else(|| field.clone(), |mine| mine.or(field.clone()));
            self.fields.insert(name, merged);
        }
        self.ways.extend(other.ways);
        self.ways.truncate(WAYS);
        self.nullable |= other.nullable;
        self.read_only &= other.read_only;
        self.min = if self.min == other.min {
            self.min
        } else {
            None
        };
        self.max = if self.max == other.max {
            self.max
        } else {
            None
        };
        self.default = self.default.or(other.default);
        self.items = match (self.items, other.items) {
            (Some(mine), Some(theirs)) => Some(Box::new(mine.or(*theirs))),
            (mine, theirs) => mine.or(theirs),
        };
        self
    }
}

fn read(description: &Description, schema: &Value, depth: u8) -> Expected {
    let schema = description.resolve(schema);
    let mut expected = own(description, schema, depth);
    if depth == 0 {
        return expected;
    }
    let parts = |word: &str| {
        let parts = schema[word].as_array().into_iter().flatten();
        parts
            .map(|part| read(description, part, depth - 1))
            .collect::<Vec<_>>()
            .into_iter()
    };
    for part in parts("allOf") {
        expected = expected.and(part);
    }
    for word in ["oneOf", "anyOf"] {
        if let Some(either) = parts(word).reduce(Expected::or) {
            expected = expected.and(either);
        }
    }
    expected.fields.retain(|_, field| !field.read_only);
    expected
}

/// What the schema says itself, without its parts.
fn own(description: &Description, schema: &Value, depth: u8) -> Expected {
    let mut expected = Expected {
        nullable: schema["nullable"] == true,
        read_only: schema["readOnly"] == true,
        default: schema.get("default").cloned(),
        ..Expected::default()
    };
    let bound = |words: [&str; 3]| words.iter().find_map(|word| schema[*word].as_i64());
    expected.min = bound(["minimum", "minItems", "minLength"]);
    expected.max = bound(["maximum", "maxItems", "maxLength"]);
    if let Some(values) = schema["enum"].as_array() {
        expected.values = Some(
            values
                .iter()
                .filter(|value| !value.is_null())
                .cloned()
                .collect(),
        );
    }
    let names = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    expected.ways = vec![names.map(str::to_owned).collect()];
    if depth > 0 {
        let fields = schema["properties"].as_object().into_iter().flatten();
        expected.fields = fields
            .map(|(name, field)| (name.clone(), read(description, field, depth - 1)))
            .collect();
        expected.items = schema
            .get("items")
            .map(|items| Box::new(read(description, items, depth - 1)));
    }
    expected.types = types(schema, expected.values.as_deref().unwrap_or_default());
    expected
}

/// The types a schema tells, or those its other words imply.
fn types(schema: &Value, values: &[Value]) -> BTreeSet<String> {
    match (
        &schema["type"],
        schema.get("properties"),
        schema.get("items"),
    ) {
        (Value::String(one), ..) => BTreeSet::from([one.clone()]),
        (Value::Array(many), ..) => many
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        (_, Some(_), _) => BTreeSet::from(["object".into()]),
        (_, _, Some(_)) => BTreeSet::from(["array".into()]),
        _ => values
            .iter()
            .map(|value| type_of(value).to_owned())
            .collect(),
    }
}

/// The JSON type of a value.
pub(crate) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn expected(schema: &str) -> Expected {
        let text = format!(
            "paths: {{}}\nschema: {schema}\nbase: {{type: object, required: [kind], properties: {{kind: {{enum: [a]}}}}}}"
        );
        let description = Description::parse(&text).unwrap();
        Expected::read(
            &description,
            description.resolve(&json!({"$ref": "#/schema"})),
        )
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn all_of_joins_and_one_of_widens() {
        let both = expected(
            "{allOf: [{$ref: '#/base'}], required: [x], properties: {x: {type: integer, maximum: 5}}}",
        );
        assert_eq!(both.required(), set(&["kind", "x"]));
        assert_eq!(
            (both.fields["x"].max, both.fields["kind"].values.clone()),
            (Some(5), Some(vec![json!("a")]))
        );

        let either = expected(
            "{oneOf: [{$ref: '#/base'}, {properties: {kind: {enum: [b, null]}, y: {type: string}}, required: [kind, y]}]}",
        );
        assert_eq!(either.required(), set(&["kind"]));
        assert_eq!(either.ways, [set(&["kind"]), set(&["kind", "y"])]);
        assert_eq!(
            either.fields["kind"].values,
            Some(vec![json!("a"), json!("b")])
        );
        assert_eq!(either.types, set(&["object"]));
    }

    #[test]
    fn types_are_told_or_implied() {
        for (schema, types) in [
            ("{enum: [1, null]}", &["integer"][..]),
            ("{items: {type: string}}", &["array"]),
            (
                "{oneOf: [{type: string}, {type: integer}]}",
                &["integer", "string"],
            ),
            (
                "{type: object, anyOf: [{required: [a]}, {required: [b]}]}",
                &["object"],
            ),
            ("{description: free}", &[]),
        ] {
            assert_eq!(expected(schema).types, set(types), "{schema}");
        }
    }

    #[test]
    fn what_only_answers_hold_is_left_out() {
        let fields = expected(
            "{properties: {made_at: {type: integer, readOnly: true}, name: {type: string}}}",
        )
        .fields;
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["name"]);
    }

    #[test]
    fn a_schema_within_itself_ends() {
        assert_eq!(
            expected(
                "{type: object, properties: {value: {type: array, items: {$ref: '#/schema'}}}}"
            )
            .types,
            set(&["object"])
        );
    }
}
