//! JSON Schemas of arguments, made from parameters.

use crate::{Operation, PagingKind, Param, ParamType};
use serde_json::{Map, Value, json};

/// The argument schema of parameters, with `limit` and `cursor` where the list is paged.
///
/// Built for few tokens: nothing is said twice and no default that a model need not know.
pub fn input_schema<'a>(
    params: impl IntoIterator<Item = (&'a String, &'a Param)>,
    page_max: Option<u32>,
) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut searches = false;
    for (name, param) in params.into_iter().filter(|(_, param)| param.is_shown()) {
        searches |= param.kind == ParamType::Query && param.schema.is_none();
        properties.insert(name.clone(), param_schema(param));
        if param.required && param.default.is_none() {
            required.push(Value::from(name.as_str()));
        }
    }
    if let Some(max) = page_max {
        properties.insert(
            "limit".into(),
            json!({"type": "integer", "minimum": 1, "maximum": max}),
        );
        properties.insert(
            "cursor".into(),
            json!({"type": "string", "description": "next_cursor of the page before"}),
        );
    }
    let mut schema = Map::new();
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), properties.into());
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    schema.insert("additionalProperties".into(), false.into());
    if searches {
        schema.insert("$defs".into(), json!({"query": query_schema()}));
    }
    schema.into()
}

impl Operation {
    /// The schema of the arguments that a tool for this operation takes.
    pub fn input_schema(&self) -> Value {
        input_schema(&self.params, self.page_max())
    }

    /// The largest `limit`, where the answer comes in pages.
    pub fn page_max(&self) -> Option<u32> {
        let paged = !matches!(self.paging.kind, PagingKind::None | PagingKind::Whole);
        paged.then(|| self.paging.max.unwrap_or(150))
    }
}

/// The schema of one parameter.
pub fn param_schema(param: &Param) -> Value {
    let mut schema = match &param.schema {
        Some(Value::Object(given)) => given.clone(),
        _ => typed(param),
    };
    if param.nullable
        && let Some(kind) = schema.get_mut("type")
    {
        *kind = match kind.take() {
            Value::Array(mut kinds) => {
                kinds.push("null".into());
                kinds.into()
            }
            one => json!([one, "null"]),
        };
    }
    if !param.about.is_empty() {
        schema.insert("description".into(), param.about.as_str().into());
    }
    schema.into()
}

fn typed(param: &Param) -> Map<String, Value> {
    let mut schema = Map::new();
    let (kind, min, max) = match param.kind {
        ParamType::String | ParamType::Id => ("string", "minLength", "maxLength"),
        ParamType::Integer | ParamType::IntegerId => ("integer", "minimum", "maximum"),
        ParamType::Number => ("number", "minimum", "maximum"),
        ParamType::Boolean => ("boolean", "", ""),
        ParamType::Array => ("array", "minItems", "maxItems"),
        ParamType::Object | ParamType::Map => ("object", "minProperties", "maxProperties"),
        ParamType::Timestamp => {
            schema.insert("type".into(), json!(["integer", "string"]));
            return schema;
        }
        ParamType::Any => return schema,
        ParamType::Query => {
            schema.insert("$ref".into(), "#/$defs/query".into());
            return schema;
        }
    };
    schema.insert("type".into(), kind.into());
    for (word, bound) in [(min, param.min), (max, param.max)] {
        if let Some(bound) = bound {
            schema.insert(word.into(), bound.into());
        }
    }
    if !param.values.is_empty() {
        schema.insert("enum".into(), param.values.clone().into());
    }
    match (&param.items, param.kind) {
        (Some(items), ParamType::Array) => {
            schema.insert("items".into(), param_schema(items));
        }
        (Some(values), ParamType::Map) => {
            schema.insert("additionalProperties".into(), param_schema(values));
        }
        _ => {}
    }
    if !param.fields.is_empty() {
        let fields: Map<String, Value> = param
            .fields
            .iter()
            .map(|(name, field)| (name.clone(), param_schema(field)))
            .collect();
        let required: Vec<&String> = param
            .fields
            .iter()
            .filter(|(_, field)| field.required)
            .map(|(name, _)| name)
            .collect();
        schema.insert("properties".into(), fields.into());
        if !required.is_empty() {
            schema.insert("required".into(), json!(required));
        }
    }
    schema
}

/// Intercom's search language, once a schema.
fn query_schema() -> Value {
    json!({"anyOf": [
        {"type": "object",
         "properties": {
            "field": {"type": "string"},
            "operator": {"enum": ["=", "!=", "IN", "NIN", "<", ">", "<=", ">=", "~", "!~", "^", "$"]},
            "value": {}},
         "required": ["field", "operator", "value"]},
        {"type": "object",
         "properties": {
            "operator": {"enum": ["AND", "OR"]},
            "value": {"type": "array", "maxItems": 15, "items": {"$ref": "#/$defs/query"}}},
         "required": ["operator", "value"]}]})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(yaml: &str, expected: &Value) {
        let param: Param = serde_saphyr::from_str(yaml).unwrap();
        assert_eq!(&param_schema(&param), expected, "{yaml}");
    }

    #[test]
    fn parameters_become_schemas() {
        check(
            "{type: string, about: Words., max: 10}",
            &json!({"type": "string", "maxLength": 10, "description": "Words."}),
        );
        check("{type: id, of: contact}", &json!({"type": "string"}));
        check(
            "{type: integer, min: 1, nullable: true}",
            &json!({"type": ["integer", "null"], "minimum": 1}),
        );
        check("{type: timestamp}", &json!({"type": ["integer", "string"]}));
        check(
            "{type: timestamp, nullable: true}",
            &json!({"type": ["integer", "string", "null"]}),
        );
        check(
            "{enum: [a, b]}",
            &json!({"type": "string", "enum": ["a", "b"]}),
        );
        check(
            "{type: array, items: {type: id}, max: 10}",
            &json!({"type": "array", "maxItems": 10, "items": {"type": "string"}}),
        );
        check(
            "{type: object, fields: {id: {required: true}}}",
            &json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}),
        );
        check("{schema: {const: 1}}", &json!({"const": 1}));
    }

    #[test]
    fn hidden_and_fixed_parameters_are_no_arguments() {
        let params: indexmap::IndexMap<String, Param> =
            serde_saphyr::from_str("{a: {required: true}, b: {hidden: true}, c: {fixed: x}, q: {type: query, of: contacts}}").unwrap();
        let schema = input_schema(&params, Some(150));
        let names: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["a", "q", "limit", "cursor"]);
        assert_eq!(schema["required"], json!(["a"]));
        assert!(schema["$defs"]["query"].is_object());
    }
}
