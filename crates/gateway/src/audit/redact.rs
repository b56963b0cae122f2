//! Arguments as they may be kept: ids, numbers, times and choices stay, and of every text only its length.
//!
//! What stays is decided by the parameter's type *and* by how the value looks, because a model puts a customer's words
//! anywhere.

use crate::Tool;
use catalog::{Param, ParamType};
use serde_json::{Map, Value};

/// The longest id and the longest time that are kept, in bytes.
const ID: usize = 64;
/// How many items of a list are kept.
const ITEMS: usize = 20;

/// The arguments of a call of this tool, without a word of them.
pub(super) fn arguments(tool: Option<&Tool>, given: &Map<String, Value>) -> Value {
    let mut kept = Map::new();
    let mut unknown = 0;
    for (name, value) in given {
        let param = tool.and_then(|tool| tool.params.get(name));
        if let Some(param) = param {
            kept.insert(name.clone(), shown(param, value));
        } else {
            // A name that is no parameter's may be anything.
            unknown += 1;
        }
    }
    if unknown > 0 {
        kept.insert("[others]".into(), unknown.into());
    }
    Value::Object(kept)
}

fn shown(param: &Param, value: &Value) -> Value {
    if param.values.contains(value) || is_plain(param.kind, value) {
        return value.clone();
    }
    match (param.kind, value) {
        (ParamType::Array, Value::Array(items)) => match &param.items {
            Some(item) if items.len() <= ITEMS => {
                items.iter().map(|value| shown(item, value)).collect()
            }
            _ => outline(value),
        },
        (ParamType::Object, Value::Object(fields)) => {
            let known = fields.iter().filter_map(|(name, value)| {
                Some((name.clone(), shown(param.fields.get(name)?, value)))
            });
            Value::Object(known.collect())
        }
        _ => outline(value),
    }
}

/// Whether a value of that type says nothing that a customer wrote.
fn is_plain(kind: ParamType, value: &Value) -> bool {
    use ParamType::{Id, Integer, IntegerId, Number, Timestamp};
    match (kind, value) {
        (_, Value::Null | Value::Bool(_))
        | (Integer | Number | Timestamp | Id | IntegerId, Value::Number(_)) => true,
        (Id | IntegerId, Value::String(text)) => is_id(text),
        (Timestamp, Value::String(text)) => is_time(text),
        _ => false,
    }
}

/// How large a value is, and nothing of what it says.
fn outline(value: &Value) -> Value {
    match value {
        Value::String(text) => format!("[{} characters]", text.chars().count()).into(),
        Value::Array(items) => format!("[{} items]", items.len()).into(),
        Value::Object(fields) => format!("[{} fields]", fields.len()).into(),
        Value::Number(_) => "[number]".into(),
        Value::Null | Value::Bool(_) => value.clone(),
    }
}

/// Ids of Intercom are numbers, hexadecimal, or a word and a number; a long row of letters may be a secret.
fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let (word, number) = text.rsplit_once('_').unwrap_or(("", text));
    let named = word
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let hex = number
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    text.len() <= ID && text.bytes().all(plain) && named && hex && digits > 0
}

fn is_time(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_digit() || b"-:.+TZ ".contains(&byte);
    text.len() <= ID && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn param(kind: ParamType) -> Param {
        Param {
            kind,
            ..Param::default()
        }
    }

    fn kept(param: &Param, given: &Value, expected: &Value) {
        assert_eq!(shown(param, given), *expected, "{given}");
    }

    #[test]
    fn only_what_says_nothing_is_kept() {
        use ParamType::{Any, Id, Integer, Map, Number, Query, String, Timestamp};
        for (kind, same) in [
            (Id, json!("215470000000042")),
            (Id, json!("conversation_42")),
            (Id, json!("6657a1b2c3d4e5f6")),
            (Id, json!(42)),
            (Integer, json!(42)),
            (Number, json!(1.5)),
            (Timestamp, json!("2026-11-21T10:00:00Z")),
            (Any, json!(true)),
            (String, json!(null)),
        ] {
            kept(&param(kind), &same, &same);
        }
        for (kind, given, outline) in [
            (String, json!("Dear Ana,"), "[9 characters]"),
            (Id, json!("ana@example.com"), "[15 characters]"),
            (Id, json!("dG9rOmFiY2RlZg"), "[14 characters]"),
            (Id, json!("Ana"), "[3 characters]"),
            (Integer, json!("forty"), "[5 characters]"),
            (String, json!(4_915_112_345_i64), "[number]"),
            (Timestamp, json!("when Ana is back"), "[16 characters]"),
            (Map, json!({"iban": "DE1"}), "[1 fields]"),
            (Query, json!({"value": "x"}), "[1 fields]"),
            (Any, json!(["x"]), "[1 items]"),
        ] {
            kept(&param(kind), &given, &json!(outline));
        }
    }

    #[test]
    fn what_is_in_a_list_or_an_object_is_judged_by_itself() {
        let choice = Param {
            values: vec![json!("open"), json!("closed")],
            ..Param::default()
        };
        kept(&choice, &json!("open"), &json!("open"));
        kept(&choice, &json!("Ana"), &json!("[3 characters]"));
        let ids = Param {
            items: Some(Box::new(param(ParamType::Id))),
            ..param(ParamType::Array)
        };
        kept(&ids, &json!(["1", "Ana"]), &json!(["1", "[3 characters]"]));
        let object = Param {
            fields: [("id", ParamType::Id), ("name", ParamType::String)]
                .map(|(name, kind)| (name.to_owned(), param(kind)))
                .into_iter()
                .collect(),
            ..param(ParamType::Object)
        };
        let given = json!({"id": "7", "name": "Ana", "Ana": 1});
        kept(
            &object,
            &given,
            &json!({"id": "7", "name": "[3 characters]"}),
        );
    }

    #[test]
    fn names_that_are_no_parameters_are_counted() {
        let given = json!({"Ana Ortiz": 1, "sk-123": true});
        let kept = arguments(None, given.as_object().unwrap());
        assert_eq!(kept, json!({"[others]": 2}));
    }
}
