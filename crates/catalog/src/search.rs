//! Intercom's search language: which fields exist, which operators their types take, and a check that says how to mend a query.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;
use std::{fmt, sync::LazyLock};

/// Filters that one AND or OR may hold.
pub const MAX_FILTERS: usize = 15;
/// Groups that may stand inside each other.
pub const MAX_DEPTH: usize = 2;

/// What can be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Searchable {
    /// `POST /contacts/search`: dates count as whole days of the workspace's time zone.
    Contacts,
    /// `POST /conversations/search`: dates count to the second.
    Conversations,
    /// `POST /tickets/search`: dates count to the second.
    Tickets,
    /// `POST /companies/search`, which Preview alone has: dates count to the second and take no lists.
    Companies,
}

impl Searchable {
    /// The searchable named by a parameter's `of`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "contacts" => Self::Contacts,
            "conversations" => Self::Conversations,
            "tickets" => Self::Tickets,
            "companies" => Self::Companies,
            _ => return None,
        })
    }

    /// Its name, as in the path.
    pub fn name(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Conversations => "conversations",
            Self::Tickets => "tickets",
            Self::Companies => "companies",
        }
    }

    /// The type of a field, where the field exists.
    pub fn field(self, name: &str) -> Option<FieldType> {
        let table = &FIELDS[self.name()];
        let open = table.open.iter().any(|prefix| {
            name.strip_prefix(prefix.as_str())
                .is_some_and(|rest| !rest.is_empty())
        });
        if open {
            return Some(FieldType::Any);
        }
        [
            (&table.string, FieldType::String),
            (&table.integer, FieldType::Integer),
            (&table.boolean, FieldType::Boolean),
            (&table.date, FieldType::Date),
        ]
        .into_iter()
        .find_map(|(names, kind)| names.iter().any(|known| known == name).then_some(kind))
    }

    /// All fields by name, without those of open families such as `custom_attributes.*`.
    pub fn field_names(self) -> impl Iterator<Item = &'static str> {
        let table = &FIELDS[self.name()];
        [&table.string, &table.integer, &table.boolean, &table.date]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

/// Types of searchable fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// Unix seconds.
    Date,
    /// A custom attribute: its type is the workspace's business.
    Any,
}

impl FieldType {
    /// The operators that a field of this type takes in a search of `what`.
    pub fn operators(self, what: Searchable, field: &str) -> &'static [&'static str] {
        const DAY: &[&str] = &["=", ">", "<"];
        const MOMENT: &[&str] = &["=", "!=", "IN", "NIN", ">", "<", ">=", "<="];
        const TEXT: &[&str] = &["=", "!=", "IN", "NIN", "~", "!~", "^", "$"];
        const WHOLE: &[&str] = &["=", "!=", "IN", "NIN", ">", "<", ">=", "<="];
        const ANY: &[&str] = &[
            "=", "!=", "IN", "NIN", "~", "!~", "^", "$", ">", "<", ">=", "<=",
        ];
        match (self, what) {
            (_, Searchable::Contacts | Searchable::Companies) if field == "tag_id" => &["=", "!="],
            (Self::Date, Searchable::Contacts) => DAY,
            (Self::Date, Searchable::Companies) => &["=", "!=", ">", "<"],
            (Self::Date, _) => MOMENT,
            (Self::String, _) => TEXT,
            (Self::Integer, _) => WHOLE,
            (Self::Boolean, _) => &["=", "!=", "IN", "NIN"],
            (Self::Any, _) => ANY,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    string: Vec<String>,
    integer: Vec<String>,
    boolean: Vec<String>,
    date: Vec<String>,
    open: Vec<String>,
}

static FIELDS: LazyLock<IndexMap<String, Fields>> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("../../../catalog/search.yaml"))
        .expect("search.yaml is checked by the tests")
});

/// What is wrong with a query, where, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// The place, such as `query.value[2].operator`.
    pub place: String,
    /// What is wrong and what would be right.
    pub reason: String,
    /// Whether the field is the trouble; Intercom calls that `invalid_field`.
    pub unknown_field: bool,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

/// Checks a query: fields, operators by type, at most two levels and fifteen filters a group.
pub fn check(what: Searchable, query: &Value) -> Result<(), QueryError> {
    check_node(what, query, "query", 1)
}

fn check_node(what: Searchable, node: &Value, place: &str, depth: usize) -> Result<(), QueryError> {
    let wrong = |place: String, reason: String| QueryError {
        place,
        reason,
        unknown_field: false,
    };
    let Some(object) = node.as_object() else {
        return Err(wrong(
            place.into(),
            "must be {field, operator, value} or {operator: AND|OR, value: [...]}".into(),
        ));
    };
    let operator = object.get("operator").and_then(Value::as_str);
    if object.contains_key("field") || !matches!(operator, Some("AND" | "OR")) {
        return check_filter(what, object, place);
    }
    if depth > MAX_DEPTH {
        return Err(wrong(
            place.into(),
            format!(
                "groups may stand at most {MAX_DEPTH} levels deep: flatten this one, or make two searches"
            ),
        ));
    }
    let Some(parts) = object.get("value").and_then(Value::as_array) else {
        return Err(wrong(
            format!("{place}.value"),
            "must be the list of filters of this group".into(),
        ));
    };
    if parts.is_empty() || parts.len() > MAX_FILTERS {
        return Err(wrong(
            format!("{place}.value"),
            format!(
                "has {} filters; a group takes 1 to {MAX_FILTERS}: use IN with a list of values, or nest a second group",
                parts.len()
            ),
        ));
    }
    parts.iter().enumerate().try_for_each(|(index, part)| {
        check_node(what, part, &format!("{place}.value[{index}]"), depth + 1)
    })
}

fn check_filter(
    what: Searchable,
    filter: &serde_json::Map<String, Value>,
    place: &str,
) -> Result<(), QueryError> {
    let wrong = |place: String, reason: String, unknown_field| QueryError {
        place,
        reason,
        unknown_field,
    };
    let Some(field) = filter.get("field").and_then(Value::as_str) else {
        return Err(wrong(
            format!("{place}.field"),
            "is missing: a filter is {field, operator, value}".into(),
            false,
        ));
    };
    let Some(kind) = what.field(field) else {
        let near = nearest(field, what)
            .map(|name| format!("; did you mean `{name}`?"))
            .unwrap_or_default();
        return Err(wrong(
            format!("{place}.field"),
            format!("`{field}` cannot be searched in {}{near}", what.name()),
            true,
        ));
    };
    let allowed = kind.operators(what, field);
    let operator = filter
        .get("operator")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !allowed.contains(&operator) {
        return Err(wrong(
            format!("{place}.operator"),
            format!(
                "`{operator}` does not fit `{field}`: use one of {}",
                allowed.join(" ")
            ),
            false,
        ));
    }
    let Some(value) = filter.get("value") else {
        return Err(wrong(format!("{place}.value"), "is missing".into(), false));
    };
    match value_fault(kind, operator, value) {
        Some(reason) => Err(wrong(
            format!("{place}.value"),
            format!("`{field}` {reason}"),
            false,
        )),
        None => Ok(()),
    }
}

fn value_fault(kind: FieldType, operator: &str, value: &Value) -> Option<String> {
    if matches!(operator, "IN" | "NIN") {
        return match value.as_array() {
            None => Some(format!(
                "must be a list, because the operator is {operator}"
            )),
            Some(list) => list.iter().find_map(|one| value_fault(kind, "=", one)),
        };
    }
    let whole = |value: &Value| {
        value.is_i64()
            || value
                .as_str()
                .is_some_and(|text| text.parse::<i64>().is_ok())
    };
    match (kind, value) {
        (_, Value::Array(_)) => Some("is a list: that takes the operator IN or NIN".into()),
        (_, Value::Object(_)) => Some("must be text, a number, true, false or null".into()),
        (_, Value::Null) => None,
        (FieldType::Date, other) if !whole(other) => Some("must be Unix seconds".into()),
        (FieldType::Integer, other) if !whole(other) => Some("must be a whole number".into()),
        (FieldType::Boolean, other)
            if !matches!(other, Value::Bool(_))
                && !matches!(other.as_str(), Some("true" | "false")) =>
        {
            Some("must be true or false".into())
        }
        _ => None,
    }
}

/// The known field that a wrong one was probably meant to be.
fn nearest(field: &str, what: Searchable) -> Option<&'static str> {
    let tail = field.rsplit('.').next().unwrap_or(field);
    what.field_names()
        .find(|name| name.replace('.', "_") == field || name.rsplit('.').next() == Some(tail))
        .or_else(|| {
            what.field_names()
                .find(|name| name.contains(tail) || tail.contains(*name))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reason(what: Searchable, query: &Value) -> String {
        check(what, query).map_or_else(|error| error.to_string(), |()| "ok".into())
    }

    #[test]
    fn good_queries_pass() {
        use Searchable::{Companies, Contacts, Conversations, Tickets};
        for (what, query) in [
            (
                Contacts,
                json!({"field": "email", "operator": "=", "value": "a@b.c"}),
            ),
            (
                Contacts,
                json!({"field": "custom_attributes.plan", "operator": "~", "value": "pro"}),
            ),
            (
                Contacts,
                json!({"field": "created_at", "operator": ">", "value": "1306054154"}),
            ),
            (
                Conversations,
                json!({"field": "team_assignee_id", "operator": "=", "value": null}),
            ),
            (
                Companies,
                json!({"field": "remote_created_at", "operator": "!=", "value": 1_306_054_154}),
            ),
            (
                Tickets,
                json!({"operator": "AND", "value": [
                {"operator": "OR", "value": [{"field": "open", "operator": "=", "value": true}]},
                {"field": "ticket_attribute.12", "operator": "=", "value": "x"}]}),
            ),
        ] {
            assert_eq!(reason(what, &query), "ok", "{query}");
        }
    }

    #[test]
    fn bad_queries_say_where_and_how() {
        let deep = json!({"operator": "AND", "value": [{"operator": "OR", "value": [{"operator": "AND", "value": []}]}]});
        let many: Vec<_> = (0..16)
            .map(|_| json!({"field": "email", "operator": "=", "value": "a"}))
            .collect();
        for (query, expected) in [
            (
                deep,
                "query.value[0].value[0]: groups may stand at most 2 levels",
            ),
            (json!({"operator": "OR", "value": many}), "has 16 filters"),
            (
                json!({"field": "created_at", "operator": ">=", "value": 1}),
                "query.operator: `>=` does not fit `created_at`: use one of = > <",
            ),
            (
                json!({"field": "tag_id", "operator": "IN", "value": ["1"]}),
                "use one of = !=",
            ),
            (
                json!({"field": "mail", "operator": "=", "value": "a"}),
                "did you mean `email`?",
            ),
            (
                json!({"field": "created_at", "operator": ">", "value": "yesterday"}),
                "must be Unix seconds",
            ),
            (
                json!({"field": "email", "operator": "IN", "value": "a"}),
                "must be a list",
            ),
            (
                json!({"operator": "=", "value": "a"}),
                "query.field: is missing",
            ),
            (json!("email"), "query: must be {field, operator, value}"),
        ] {
            let got = reason(Searchable::Contacts, &query);
            assert!(got.contains(expected), "{got} lacks {expected}");
        }
        let days = json!({"field": "created_at", "operator": "IN", "value": [1]});
        let got = reason(Searchable::Companies, &days);
        assert!(got.contains("use one of = != > <"), "{got}");
    }
}
