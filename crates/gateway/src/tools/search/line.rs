//! The line that `search` takes: `key:value`, `key:op:value`, all of which must hold.

use crate::arguments::parse_moment;
use crate::tools::query::Filters;
use catalog::search::{FieldType, Searchable};
use serde_json::Value;

/// What a line asks for.
pub(super) struct Line {
    pub(super) what: Searchable,
    pub(super) filters: Filters,
    pub(super) limit: Option<u32>,
    pub(super) starting_after: Option<String>,
}

/// Operators by their words.
const OPERATORS: [(&str, &str); 9] = [
    ("eq", "="),
    ("neq", "!="),
    ("gt", ">"),
    ("gte", ">="),
    ("lt", "<"),
    ("lte", "<="),
    ("in", "IN"),
    ("nin", "NIN"),
    ("contains", "~"),
];
/// Largest page.
const MAX_LIMIT: u32 = 150;
/// Words of free text that are looked at.
const MAX_WORDS: usize = 6;

/// Reads a line, or says how to mend it.
pub(super) fn parse(line: &str) -> Result<Line, String> {
    let tokens = split(line)?;
    let what = object_type(&tokens)?;
    let mut parsed = Line {
        what,
        filters: Filters::new(what),
        limit: None,
        starting_after: None,
    };
    let mut words = Vec::new();
    for token in &tokens {
        let Some((key, rest)) = token.split_once(':') else {
            words.extend(token.split_whitespace());
            continue;
        };
        match key {
            "object_type" => {}
            "q" => words.extend(rest.split_whitespace()),
            "starting_after" => parsed.starting_after = Some(rest.to_owned()),
            "limit" => {
                let limit = rest
                    .parse()
                    .ok()
                    .filter(|limit| (1..=MAX_LIMIT).contains(limit));
                parsed.limit = Some(limit.ok_or_else(|| {
                    format!("`limit:{rest}`: the limit is a whole number from 1 to {MAX_LIMIT}")
                })?);
            }
            _ => add(&mut parsed.filters, what, key, rest)?,
        }
    }
    free_text(&mut parsed.filters, what, &words);
    Ok(parsed)
}

/// Splits at white space outside quotes; the quotes themselves go.
fn split(line: &str) -> Result<Vec<String>, String> {
    let (mut tokens, mut token, mut quoted, mut begun) = (Vec::new(), String::new(), false, false);
    for character in line.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                begun = true;
            }
            space if space.is_whitespace() && !quoted => {
                if begun {
                    tokens.push(std::mem::take(&mut token));
                    begun = false;
                }
            }
            other => {
                token.push(other);
                begun = true;
            }
        }
    }
    if quoted {
        return Err("a quotation mark is not closed".into());
    }
    if begun {
        tokens.push(token);
    }
    Ok(tokens)
}

fn object_type(tokens: &[String]) -> Result<Searchable, String> {
    let named = tokens
        .iter()
        .find_map(|token| token.strip_prefix("object_type:"));
    match named {
        Some("conversations" | "conversation") => Ok(Searchable::Conversations),
        Some("contacts" | "contact") => Ok(Searchable::Contacts),
        Some(other) => Err(format!(
            "`object_type:{other}`: write object_type:conversations or object_type:contacts"
        )),
        None => Err("the line must have object_type:conversations or object_type:contacts".into()),
    }
}

fn add(filters: &mut Filters, what: Searchable, key: &str, rest: &str) -> Result<(), String> {
    let field = field(what, key)?;
    let (operator, value) = match rest.split_once(':') {
        Some((word, value)) => match OPERATORS.iter().find(|(known, _)| *known == word) {
            Some((_, operator)) => (*operator, value),
            // The colon belongs to the value, as in a URL or a time.
            None => ("=", rest),
        },
        None => ("=", rest),
    };
    let kind = what.field(&field).unwrap_or(FieldType::String);
    if matches!(operator, "IN" | "NIN") {
        let values: Vec<Value> = value
            .split(',')
            .map(|one| typed(kind, key, one.trim()))
            .collect::<Result<_, _>>()?;
        filters.add(&field, operator, values);
    } else {
        filters.add(&field, operator, typed(kind, key, value)?);
    }
    Ok(())
}

/// The field of the search language: dots for the underscores that keys are flattened with.
fn field(what: Searchable, key: &str) -> Result<String, String> {
    let attribute = key
        .strip_prefix("custom_attributes.")
        .or_else(|| key.strip_prefix("custom_attributes_"));
    if let Some(name) = attribute {
        return Ok(format!("custom_attributes.{name}"));
    }
    let known = what
        .field_names()
        .find(|name| *name == key || name.replace('.', "_") == key);
    known.map(str::to_owned).ok_or_else(|| {
        let near: Vec<String> = what
            .field_names()
            .filter(|name| {
                key.split('_')
                    .any(|word| word.len() > 2 && name.contains(word))
            })
            .take(6)
            .map(|name| name.replace('.', "_"))
            .collect();
        let hint = if near.is_empty() {
            "see the tool's description".into()
        } else {
            format!("near it: {}", near.join(", "))
        };
        format!("`{key}` is no key of {}; {hint}", what.name())
    })
}

fn typed(kind: FieldType, key: &str, text: &str) -> Result<Value, String> {
    if text == "null" {
        return Ok(Value::Null);
    }
    match kind {
        FieldType::Date => parse_moment(text)
            .map(Value::from)
            .ok_or_else(|| format!("`{key}`: `{text}` must be Unix seconds or ISO 8601")),
        FieldType::Integer => text
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| format!("`{key}`: `{text}` must be a whole number")),
        FieldType::Boolean => text
            .parse::<bool>()
            .map(Value::from)
            .map_err(|_| format!("`{key}`: `{text}` must be true or false")),
        FieldType::String | FieldType::Any => Ok(text.into()),
    }
}

/// Free text: in a conversation's first message every word, in a contact the name, or the e-mail where it looks like one.
fn free_text(filters: &mut Filters, what: Searchable, words: &[&str]) {
    for word in words.iter().take(MAX_WORDS) {
        let field = match what {
            Searchable::Contacts if word.contains('@') => "email",
            Searchable::Contacts => "name",
            _ => "source.body",
        };
        filters.add(field, "~", *word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(line: &str, expected: &Value) {
        let parsed = parse(line).unwrap_or_else(|problem| panic!("{line}: {problem}"));
        assert_eq!(&parsed.filters.shown(), expected, "{line}");
    }

    #[test]
    fn lines_become_filters() {
        let filter = |field: &str, operator: &str, value: Value| json!({"field": field, "operator": operator, "value": value});
        check(
            "object_type:conversations state:open source_type:email limit:20",
            &json!([
                filter("state", "=", json!("open")),
                filter("source.type", "=", json!("email"))
            ]),
        );
        check(
            "object_type:contacts email_domain:\"acme.example\"",
            &json!([filter("email_domain", "=", json!("acme.example"))]),
        );
        check(
            "object_type:conversations source_body:contains:\"two words\" updated_at:gt:1790000000",
            &json!([
                filter("source.body", "~", json!("two words")),
                filter("updated_at", ">", json!(1_790_000_000))
            ]),
        );
        check(
            "object_type:conversations statistics_time_to_admin_reply:gte:3600",
            &json!([filter("statistics.time_to_admin_reply", ">=", json!(3600))]),
        );
        check(
            "object_type:conversations id:in:1,2 open:true",
            &json!([
                filter("id", "IN", json!(["1", "2"])),
                filter("open", "=", json!(true))
            ]),
        );
        check(
            "object_type:contacts custom_attributes.plan:pro created_at:gt:2026-09-21",
            &json!([
                filter("custom_attributes.plan", "=", json!("pro")),
                filter("created_at", ">", json!(1_789_948_800))
            ]),
        );
        check(
            "object_type:conversations q:\"password reset\"",
            &json!([
                filter("source.body", "~", json!("password")),
                filter("source.body", "~", json!("reset"))
            ]),
        );
        check(
            "object_type:contacts ana@example.com",
            &json!([filter("email", "~", json!("ana@example.com"))]),
        );
        let parsed = parse("object_type:contacts limit:3 starting_after:WzE=").unwrap();
        assert_eq!(
            (parsed.limit, parsed.starting_after.as_deref()),
            (Some(3), Some("WzE="))
        );
    }

    #[test]
    fn bad_lines_are_explained() {
        for (line, expected) in [
            ("state:open", "must have object_type"),
            ("object_type:tickets", "write object_type:conversations"),
            ("object_type:conversations limit:1000", "from 1 to 150"),
            ("object_type:conversations q:\"open", "not closed"),
            (
                "object_type:conversations assignee:7",
                "`assignee` is no key of conversations; near it: admin_assignee_id",
            ),
            (
                "object_type:conversations admin_assignee_id:Rui",
                "must be a whole number",
            ),
            ("object_type:contacts created_at:gt:yesterday", "ISO 8601"),
        ] {
            let problem = parse(line).err().unwrap_or_default();
            assert!(
                problem.contains(expected),
                "{line}: {problem} lacks {expected}"
            );
        }
    }
}
