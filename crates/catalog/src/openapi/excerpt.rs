//! The part of a description that some operations need: their paths, and whatever those refer to.

use crate::place;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A description of these operations alone, each as its path and lower-case method.
pub(super) fn excerpt(root: &Value, operations: &[(String, String)]) -> Value {
    let mut paths = Map::new();
    for (path, method) in operations {
        let item = &root["paths"][path];
        let Some(operation) = item.get(method) else {
            // The path item is itself a reference.
            return root.clone();
        };
        let entry = paths
            .entry(path.clone())
            .or_insert_with(|| match item.get("parameters") {
                Some(shared) => json!({"parameters": shared}),
                None => json!({}),
            });
        entry[method] = operation.clone();
    }
    let paths = Value::Object(paths);
    let mut wanted = BTreeSet::new();
    let mut waiting = references(&paths);
    while let Some(pointer) = waiting.pop() {
        let Some(component) = component_of(&pointer) else {
            // It refers into another operation: only the whole is sure to be whole.
            return root.clone();
        };
        if let Some(value) = root.pointer(&component)
            && wanted.insert(component)
        {
            waiting.extend(references(value));
        }
    }
    let mut components = Map::new();
    for pointer in &wanted {
        let mut parts = pointer.split('/').skip(2);
        if let (Some(kind), Some(name), Some(value)) =
            (parts.next(), parts.next(), root.pointer(pointer))
        {
            let group = components.entry(kind).or_insert_with(|| json!({}));
            group[place::unescaped(name)] = value.clone();
        }
    }
    let mut whole = Map::new();
    for key in ["openapi", "info", "servers"] {
        if let Some(value) = root.get(key) {
            whole.insert(key.into(), value.clone());
        }
    }
    whole.insert("paths".into(), paths);
    whole.insert("components".into(), components.into());
    whole.into()
}

/// `/components/kind/name` of a pointer that leads there or deeper.
fn component_of(pointer: &str) -> Option<String> {
    let mut parts = pointer.strip_prefix("/components/")?.split('/');
    let (kind, name) = (parts.next()?, parts.next()?);
    Some(format!("/components/{kind}/{name}"))
}

/// The pointers of all references in a value.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(entries) => {
            let own = entries.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|reference| reference.strip_prefix('#'));
            let inner = entries.values().flat_map(references);
            own.map(str::to_owned).into_iter().chain(inner).collect()
        }
        _ => Vec::new(),
    }
}
