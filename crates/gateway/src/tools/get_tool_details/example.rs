//! Arguments that a tool would take, made from its parameters.

use crate::Tool;
use catalog::{Param, ParamType};
use serde_json::{Map, Value, json};

/// The arguments that a call needs, and no others.
pub(super) fn arguments(tool: &Tool) -> Map<String, Value> {
    let shown = |name: &String| tool.params.get(name).is_some_and(Param::is_shown);
    let chosen = tool
        .needs
        .iter()
        .find(|set| set.iter().all(shown))
        .or(tool.needs.first());
    tool.params
        .iter()
        .filter(|(name, param)| {
            let wanted = param.required && param.default.is_none() && param.is_shown();
            wanted || chosen.is_some_and(|set| set.contains(name))
        })
        .map(|(name, param)| (name.clone(), value(param)))
        .collect()
}

fn value(param: &Param) -> Value {
    if let Some(first) = param.values.first() {
        return first.clone();
    }
    if let Some(schema) = &param.schema {
        return of_schema(schema);
    }
    match param.kind {
        ParamType::String => long_enough("text", param),
        ParamType::Id => long_enough("123", param),
        ParamType::IntegerId => 123.into(),
        ParamType::Integer | ParamType::Number => param.min.unwrap_or(1).max(1).into(),
        ParamType::Boolean => true.into(),
        ParamType::Timestamp => "2027-01-31T09:00:00Z".into(),
        ParamType::Array => param.items.as_deref().map(value).into_iter().collect(),
        ParamType::Object => fields(param),
        ParamType::Map => match &param.items {
            Some(items) => json!({"key": value(items)}),
            None => json!({}),
        },
        ParamType::Any => "value".into(),
        ParamType::Query => query(param.of.as_deref()),
    }
}

fn long_enough(text: &str, param: &Param) -> Value {
    let least = param.min.and_then(|least| usize::try_from(least).ok());
    format!("{text:0<width$}", width = least.unwrap_or_default()).into()
}

/// The fields that the object needs; where it needs none, its first.
fn fields(param: &Param) -> Value {
    let needed = param.fields.values().any(|field| field.required);
    param
        .fields
        .iter()
        .filter(|(_, field)| field.required || !needed)
        .take(if needed { usize::MAX } else { 1 })
        .map(|(name, field)| (name.clone(), value(field)))
        .collect::<Map<_, _>>()
        .into()
}

fn query(of: Option<&str>) -> Value {
    match of {
        Some("contacts") => json!({"field": "email", "operator": "=", "value": "ana@example.com"}),
        Some("companies") => json!({"field": "name", "operator": "=", "value": "Example"}),
        _ => json!({"field": "updated_at", "operator": ">", "value": 1_800_000_000}),
    }
}

/// The simplest value of a schema.
fn of_schema(schema: &Value) -> Value {
    if let Some(fixed) = schema.get("const") {
        return fixed.clone();
    }
    if let Some(first) = schema.pointer("/enum/0") {
        return first.clone();
    }
    if let Some(first) = schema.pointer("/anyOf/0").or(schema.pointer("/oneOf/0")) {
        return of_schema(first);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => needed_properties(schema),
        Some("array") => schema.get("items").map(of_schema).into_iter().collect(),
        Some("integer" | "number") => 1.into(),
        Some("boolean") => true.into(),
        _ => "text".into(),
    }
}

fn needed_properties(schema: &Value) -> Value {
    let required = schema.get("required").and_then(Value::as_array);
    required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|name| {
            let property = schema.get("properties").and_then(|all| all.get(name));
            (name.to_owned(), property.map_or("text".into(), of_schema))
        })
        .collect::<Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Registry, arguments::accept};
    use catalog::Catalog;

    #[test]
    fn every_tool_accepts_its_example() {
        let registry = Registry::new(&Catalog::builtin().unwrap()).unwrap();
        let faults: Vec<String> = registry
            .tools()
            .filter_map(|tool| Some(accept(tool, arguments(tool)).err()?.to_string()))
            .collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
