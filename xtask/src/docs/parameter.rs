//! The rows of a parameter: its name, type and meaning, and the same of its fields.

use catalog::{Param, ParamType};
use serde_json::Value;

/// Fields of fields of fields are left to the description of their parent.
const DEPTH: usize = 3;

/// The rows of one argument and of what is in it; none of what is always sent.
pub(super) fn rows(name: &str, param: &Param) -> Vec<String> {
    let mut rows = Vec::new();
    add(&mut rows, name, param, DEPTH);
    rows
}

/// Text for a cell of a table.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace('<', "&lt;")
        .replace('*', "\\*")
        .replace('\n', " ")
}

fn add(rows: &mut Vec<String>, path: &str, param: &Param, depth: usize) {
    if param.fixed.is_some() {
        return;
    }
    let state = match (param.required && param.default.is_none(), param.hidden) {
        (true, _) => "**required**",
        (_, true) => "unlisted",
        _ => "",
    };
    rows.push(format!(
        "| `{path}` | {} | {state} | {} |",
        kind(param),
        meaning(param)
    ));
    if depth == 0 {
        return;
    }
    let inner = match (&param.items, param.kind) {
        (Some(items), ParamType::Array) => Some((format!("{path}[]"), items.as_ref())),
        (Some(items), ParamType::Map) => Some((format!("{path}.…"), items.as_ref())),
        _ => None,
    };
    let (path, fields) = match &inner {
        Some((path, items)) => (path.as_str(), &items.fields),
        None => (path, &param.fields),
    };
    for (name, field) in fields {
        add(rows, &format!("{path}.{name}"), field, depth - 1);
    }
}

fn kind(param: &Param) -> String {
    let mut text = if param.schema.is_some() {
        schema(param.schema.as_ref())
    } else if param.values.is_empty() {
        plain(param)
    } else {
        let values: Vec<String> = param.values.iter().map(code).collect();
        values.join(", ")
    };
    if param.nullable {
        text.push_str(", null");
    }
    text
}

fn plain(param: &Param) -> String {
    let of = param.of.as_deref().unwrap_or_default().replace('_', " ");
    let (word, unit) = match param.kind {
        ParamType::String => ("text".to_owned(), " characters"),
        ParamType::Integer => ("whole number".to_owned(), ""),
        ParamType::Number => ("number".to_owned(), ""),
        ParamType::Boolean => ("true or false".to_owned(), ""),
        ParamType::Id | ParamType::IntegerId => return format!("{of} id").trim().to_owned(),
        ParamType::Timestamp => ("time".to_owned(), ""),
        ParamType::Array => (
            param
                .items
                .as_deref()
                .map_or_else(|| "list".into(), |items| format!("list of {}", kind(items))),
            "",
        ),
        ParamType::Object => ("object".to_owned(), ""),
        ParamType::Map => (
            param
                .items
                .as_deref()
                .map_or_else(|| "map".into(), |items| format!("map to {}", kind(items))),
            "",
        ),
        ParamType::Any => ("any".to_owned(), ""),
        ParamType::Query => (format!("search of {of}"), ""),
    };
    match (param.min, param.max) {
        (None, None) => word,
        (Some(min), Some(max)) if min == max => format!("{word}, {max}{unit}"),
        (Some(min), Some(max)) => format!("{word}, {min} to {max}{unit}"),
        (Some(min), None) => format!("{word}, at least {min}{unit}"),
        (None, Some(max)) => format!("{word}, at most {max}{unit}"),
    }
}

/// The types of a JSON Schema, as far as it names them.
fn schema(schema: Option<&Value>) -> String {
    let kinds = schema.and_then(|schema| schema.get("type"));
    match kinds {
        Some(Value::String(one)) => one.clone(),
        Some(Value::Array(several)) => several
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" or "),
        _ => "any".into(),
    }
}

fn code(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), Into::into);
    format!("`{text}`")
}

fn meaning(param: &Param) -> String {
    let about = cell(&param.about);
    let about = if about.is_empty() || about.ends_with(['.', '!', '?', '…']) {
        about
    } else {
        format!("{about}.")
    };
    // Where the words tell it already, it is not said twice.
    let told = param.about.contains("left out");
    let default = param.default.as_ref().filter(|_| !told).map(|value| {
        let value = if param.defaults_to_admin() {
            "the connected teammate".into()
        } else {
            code(value)
        };
        let when: Vec<String> = param
            .when
            .iter()
            .map(|(name, value)| format!("`{name}` is {}", code(value)))
            .collect();
        let when = if when.is_empty() {
            String::new()
        } else {
            format!(" when {}", when.join(" and "))
        };
        format!("Default{when}: {value}.")
    });
    let aliases =
        (!param.aliases.is_empty()).then(|| format!("Also `{}`.", param.aliases.join("`, `")));
    let parts = [Some(about), default, aliases].into_iter().flatten();
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_rows() {
        for (yaml, expected) in [
            ("{}", vec!["| `a` | text |  |  |"]),
            ("{fixed: 1}", vec![]),
            (
                "{type: id, of: contact, required: true, aliases: [b, c]}",
                vec!["| `a` | contact id | **required** | Also `b`, `c`. |"],
            ),
            (
                "{type: integer, min: 1, max: 9, required: true, default: 3, about: 'Less | more'}",
                vec!["| `a` | whole number, 1 to 9 |  | Less \\| more. Default: `3`. |"],
            ),
            (
                "{enum: [x, 1], nullable: true, hidden: true}",
                vec!["| `a` | `x`, `1`, null | unlisted |  |"],
            ),
            (
                "{type: id, default: $admin, when: {type: admin}}",
                vec!["| `a` | id |  | Default when `type` is `admin`: the connected teammate. |"],
            ),
            (
                "{type: integer_id, of: away_reason, default: 1, about: One when left out.}",
                vec!["| `a` | away reason id |  | One when left out. |"],
            ),
            (
                "{type: array, max: 10, items: {type: object, fields: {b: {max: 5}}}}",
                vec![
                    "| `a` | list of object, at most 10 |  |  |",
                    "| `a[].b` | text, at most 5 characters |  |  |",
                ],
            ),
            (
                "{schema: {type: [object, array]}}",
                vec!["| `a` | object or array |  |  |"],
            ),
        ] {
            let param: Param = serde_saphyr::from_str(yaml).unwrap();
            assert_eq!(rows("a", &param), expected, "{yaml}");
        }
    }
}
