//! The official descriptions: operations, and their schemas as JSON Schema.

use super::exceptions::{EXCEPTIONS, Exception, Instead};
use catalog::ApiVersion;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

const REF: &str = "#/components/schemas/";

/// The description of one version, with its components ready for validation.
pub(crate) struct Description {
    pub(crate) version: ApiVersion,
    paths: Value,
    definitions: Map<String, Value>,
}

/// What an operation answers with, by the description.
pub(crate) struct Described {
    pub(crate) status: u16,
    /// None where the answer has no JSON body.
    pub(crate) schema: Option<Value>,
}

/// The folder of the descriptions, where it is there.
pub(crate) fn folder() -> Option<PathBuf> {
    let beside = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/intercom/openapi"
    );
    let folder = std::env::var_os("FRONTDESK_DESCRIPTIONS")
        .map_or_else(|| PathBuf::from(beside), PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// The descriptions of the versions that the sandbox speaks, oldest first.
pub(crate) fn load() -> Option<Vec<Description>> {
    let folder = folder()?;
    let versions = [
        ApiVersion::V2_11,
        ApiVersion::V2_14,
        ApiVersion::V2_15,
        ApiVersion::V2_16,
        ApiVersion::Preview,
    ];
    let documents: Vec<(ApiVersion, Value)> = versions
        .into_iter()
        .map(|version| {
            let file = format!("{version}.yaml").to_lowercase();
            let text = std::fs::read_to_string(folder.join(file)).unwrap();
            (version, serde_saphyr::from_str(&text).unwrap())
        })
        .collect();
    Some(
        (0..documents.len())
            .map(|index| Description::build(&documents, index))
            .collect(),
    )
}

impl Description {
    fn build<'d>(documents: &'d [(ApiVersion, Value)], index: usize) -> Self {
        let (version, document) = &documents[index];
        let mut definitions = Map::new();
        for (name, schema) in components(document) {
            let mut schema = schema.clone();
            require_what_the_oldest_requires(&mut schema, components(&documents[0].1).get(name));
            let of = |(_, other): &'d (ApiVersion, Value)| components(other).get(name);
            let newer = documents[index + 1..].iter().filter_map(of);
            let older: Vec<&Value> = documents[..index].iter().filter_map(of).collect();
            forbid_what_is_newer(&mut schema, newer, &older);
            for exception in EXCEPTIONS
                .iter()
                .filter(|exception| exception.component == name)
            {
                apply(exception, &mut schema, index == 0);
            }
            definitions.insert(name.clone(), converted(&schema));
        }
        Self {
            version: *version,
            paths: document["paths"].clone(),
            definitions,
        }
    }

    /// The good answer of an operation; none when this version has no such operation. An operation may send the
    /// caller elsewhere, and one describes no answer at all, which is taken for a plain 200.
    pub(crate) fn success(&self, method: &str, path: &str) -> Option<Described> {
        let responses = self.operation(method, path)?["responses"].as_object()?;
        let starting = |digit: char| {
            let mut all = responses.iter();
            all.find(|(status, _)| status.starts_with(digit))
        };
        match starting('2').or_else(|| starting('3')) {
            Some((status, response)) => Some(Described {
                status: status.parse().ok()?,
                schema: json_schema(response),
            }),
            None => Some(Described {
                status: 200,
                schema: None,
            }),
        }
    }

    /// The schema of an operation's error, or of errors in general where the operation does not tell one.
    pub(crate) fn error(&self, method: &str, path: &str, status: u16) -> Value {
        let response = self
            .operation(method, path)
            .map(|operation| &operation["responses"][status.to_string()]);
        let told = response
            .and_then(json_schema)
            .filter(|schema| schema.get("$ref").is_some());
        told.unwrap_or_else(|| json!({"$ref": format!("{REF}error")}))
    }

    /// A validator of a schema that may point to components.
    pub(crate) fn validator(&self, schema: &Value) -> Validator {
        let mut root = converted(schema);
        let mut wanted = BTreeSet::new();
        self.collect(&root, &mut wanted);
        let definitions: Map<String, Value> = wanted
            .into_iter()
            .map(|name| (name.clone(), self.definition(&name).clone()))
            .collect();
        if let Some(object) = root.as_object_mut() {
            object.insert("$defs".into(), Value::Object(definitions));
        }
        jsonschema::draft202012::new(&root).unwrap()
    }

    fn collect(&self, schema: &Value, wanted: &mut BTreeSet<String>) {
        match schema {
            Value::Object(object) => {
                let name = object
                    .get("$ref")
                    .and_then(Value::as_str)
                    .and_then(|text| text.strip_prefix("#/$defs/"));
                if let Some(name) = name.filter(|name| wanted.insert((*name).to_owned())) {
                    self.collect(self.definition(name), wanted);
                }
                object
                    .values()
                    .for_each(|inner| self.collect(inner, wanted));
            }
            Value::Array(items) => items.iter().for_each(|inner| self.collect(inner, wanted)),
            _ => {}
        }
    }

    /// A component; some descriptions point to components that they do not have, which say nothing.
    fn definition(&self, name: &str) -> &Value {
        self.definitions.get(name).unwrap_or(&Value::Bool(true))
    }

    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let (_, methods) = self
            .paths
            .as_object()?
            .iter()
            .find(|(known, _)| anonymous(known) == anonymous(path))?;
        methods.get(method.to_lowercase())
    }
}

/// What a body breaks, each with its place; empty when it is as described.
pub(crate) fn faults(validator: &Validator, body: &Value) -> Vec<String> {
    validator
        .iter_errors(body)
        .map(|error| {
            format!(
                "{}: {}",
                error.instance_path(),
                shortened(&error.to_string())
            )
        })
        .collect()
}

fn shortened(text: &str) -> String {
    text.chars().take(300).collect()
}

fn components(document: &Value) -> &Map<String, Value> {
    document["components"]["schemas"].as_object().unwrap()
}

fn json_schema(response: &Value) -> Option<Value> {
    response["content"]["application/json"]
        .get("schema")
        .cloned()
}

/// A path without the names of its placeholders, which differ between versions.
fn anonymous(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

/// The newer descriptions require next to nothing; what 2.11 requires and they still have is held to be required.
fn require_what_the_oldest_requires(schema: &mut Value, oldest: Option<&Value>) {
    let Some(required) = oldest.and_then(|oldest| oldest["required"].as_array()) else {
        return;
    };
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    let kept: Vec<Value> = required
        .iter()
        .filter(|name| {
            name.as_str()
                .is_some_and(|name| properties.contains_key(name))
        })
        .cloned()
        .collect();
    schema["required"] = Value::from(kept);
}

/// A field that only newer versions have must not show in an older answer; one that an older version has too was
/// forgotten in this one.
fn forbid_what_is_newer<'a>(
    schema: &mut Value,
    newer: impl Iterator<Item = &'a Value>,
    older: &[&Value],
) {
    let newer: BTreeMap<&String, &Value> = newer
        .filter_map(|schema| schema["properties"].as_object())
        .flatten()
        .collect();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for name in newer.into_keys() {
        let known = older
            .iter()
            .any(|schema| !schema["properties"][name.as_str()].is_null());
        if !known && !properties.contains_key(name) {
            properties.insert(name.clone(), Value::Bool(false));
        }
    }
}

fn apply(exception: &Exception, schema: &mut Value, oldest: bool) {
    let drops = match exception.instead {
        Instead::MayBeMissing => true,
        Instead::OnlyOldestRequires => !oldest,
        Instead::OrNull | Instead::Anything => false,
    };
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !drops || !exception.properties.iter().any(|known| name == known));
    }
    for name in exception.properties {
        let property = schema
            .get_mut("properties")
            .and_then(|all| all.get_mut(*name));
        match (exception.instead, property) {
            (Instead::OrNull, Some(property @ Value::Object(_))) => {
                *property = json!({"anyOf": [{"enum": [null]}, property]});
            }
            (Instead::Anything, Some(property)) => *property = json!({}),
            _ => {}
        }
    }
}

/// A schema of the description as one of JSON Schema.
fn converted(schema: &Value) -> Value {
    let object = match schema {
        Value::Object(object) => object,
        Value::Array(items) => return items.iter().map(converted).collect(),
        other => return other.clone(),
    };
    if let Some(name) = object
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|text| text.strip_prefix(REF))
    {
        return json!({"$ref": format!("#/$defs/{name}")});
    }
    let mut out = Map::new();
    for (key, value) in object {
        match key.as_str() {
            "type" | "enum" | "required" | "minimum" | "maximum" | "maxLength" | "minItems"
            | "maxItems" => {
                out.insert(key.clone(), value.clone());
            }
            "items" | "additionalProperties" | "allOf" | "anyOf" => {
                out.insert(key.clone(), converted(value));
            }
            // Its alternatives overlap, so more than one may hold.
            "oneOf" => {
                out.insert("anyOf".into(), converted(value));
            }
            "properties" => {
                let properties = value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, schema)| (name.clone(), converted(schema)));
                out.insert(key.clone(), Value::Object(properties.collect()));
            }
            _ => {}
        }
    }
    if object.get("nullable") == Some(&Value::Bool(true)) {
        return nullable(out);
    }
    Value::Object(out)
}

/// The same schema, which null fits too; said so that an error still tells the inner fault.
fn nullable(mut schema: Map<String, Value>) -> Value {
    let plain = ["allOf", "anyOf"]
        .iter()
        .all(|key| !schema.contains_key(*key));
    match schema.get("type").cloned() {
        Some(Value::String(kind)) if plain => {
            schema.insert("type".into(), json!([kind, "null"]));
            if let Some(Value::Array(values)) = schema.get_mut("enum") {
                values.push(Value::Null);
                values.dedup();
            }
            Value::Object(schema)
        }
        _ => json!({"anyOf": [{"type": "null"}, schema]}),
    }
}
