//! Searches for people as gantz writes them: a value of one field, or conditions such as `last_seen_at < 7_days_ago`.

use catalog::search::{Searchable, check};
use serde_json::{Value, json};

/// Longer operators first: the shorter ones begin like them.
const OPERATORS: [&str; 6] = ["!=", "<=", ">=", "<", ">", "="];
const UNITS: [(&str, i64); 5] = [
    ("minute", 60),
    ("hour", 3_600),
    ("day", 86_400),
    ("week", 7 * 86_400),
    ("month", 30 * 86_400),
];

/// The search; `now` is what `7_days_ago` counts from.
pub(super) fn search(query: &str, field: &str, now: i64) -> Result<Value, String> {
    let conditions: Option<Vec<Value>> = query
        .split(" AND ")
        .map(|part| condition(part, now))
        .collect();
    let search = match conditions {
        Some(mut several) if several.len() > 1 => {
            json!({"operator": "AND", "value": std::mem::take(&mut several)})
        }
        Some(mut one) => one.remove(0),
        None => {
            json!({"field": field, "operator": if field == "name" { "~" } else { "=" }, "value": query.trim()})
        }
    };
    check(Searchable::Contacts, &search).map_err(|error| format!("`query`: {error}"))?;
    Ok(search)
}

/// `field operator value`, where the field is one by its looks.
fn condition(text: &str, now: i64) -> Option<Value> {
    let (at, operator) = OPERATORS
        .iter()
        .filter_map(|operator| Some((text.find(operator)?, *operator)))
        .min_by_key(|(at, _)| *at)?;
    let field = text[..at].trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    if field.is_empty() || !field.chars().all(plain) {
        return None;
    }
    let value = text[at + operator.len()..].trim().trim_matches(['"', '\'']);
    if value.is_empty() {
        return None;
    }
    let value = match moment(value, now) {
        Some(moment) => moment.into(),
        None => match value.parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => Value::from(value),
        },
    };
    Some(json!({"field": field, "operator": operator, "value": value}))
}

/// `7_days_ago` or `7 days ago`.
fn moment(text: &str, now: i64) -> Option<i64> {
    let text = text.replace(' ', "_");
    let (number, unit) = text.strip_suffix("_ago")?.split_once('_')?;
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    now.checked_sub(number.parse::<i64>().ok()?.checked_mul(*seconds)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_conditions_become_searches() {
        let now = 1_790_000_000;
        let filter = |field: &str, operator: &str, value: Value| json!({"field": field, "operator": operator, "value": value});
        for (query, field, expected) in [
            (
                "a@b.example",
                "email",
                filter("email", "=", "a@b.example".into()),
            ),
            ("Ann", "name", filter("name", "~", "Ann".into())),
            (
                "last_seen_at < 7_days_ago",
                "email",
                filter("last_seen_at", "<", (now - 604_800).into()),
            ),
            (
                "created_at>2 hours ago",
                "email",
                filter("created_at", ">", (now - 7_200).into()),
            ),
            ("role = lead", "email", filter("role", "=", "lead".into())),
            (
                "role = user AND last_seen_at < 1_day_ago",
                "email",
                json!({"operator": "AND", "value": [filter("role", "=", "user".into()), filter("last_seen_at", "<", (now - 86_400).into())]}),
            ),
        ] {
            assert_eq!(search(query, field, now), Ok(expected), "{query}");
        }
        for (query, field, expected) in [
            ("x", "shoe_size", "shoe_size"),
            ("shoe_size > 40", "email", "shoe_size"),
        ] {
            let error = search(query, field, now).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
