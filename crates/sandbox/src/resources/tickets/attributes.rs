//! Values of ticket attributes, checked against the ticket's type.

use crate::{
    call::{Fault, integer_of},
    world::{
        Attributes,
        tickets::{TicketType, TicketTypeAttribute},
    },
};
use serde_json::{Map, Value};

/// Checks values against a type and puts them into the form they are stored in; null clears one.
pub(super) fn check(kind: &TicketType, values: &Map<String, Value>) -> Result<Attributes, Fault> {
    let mut checked = Attributes::new();
    for (name, value) in values {
        let field = kind
            .attributes
            .iter()
            .find(|field| field.name == *name && !field.archived);
        let field = field.ok_or_else(|| {
            Fault::invalid(format!(
                "Attribute '{name}' does not exist on ticket type '{}'",
                kind.name
            ))
        })?;
        let stored = if value.is_null() {
            Some(Value::Null)
        } else {
            stored(field, value)
        };
        checked.insert(name.clone(), stored.ok_or_else(|| wrong(field))?);
    }
    Ok(checked)
}

/// Refuses a new ticket that lacks what its type requires.
pub(super) fn require(kind: &TicketType, values: &Attributes) -> Result<(), Fault> {
    let missing = |field: &&TicketTypeAttribute| {
        let given = values
            .get(&field.name)
            .is_some_and(|value| !value.is_null() && value != "");
        field.required_to_create && !field.archived && !given
    };
    match kind.attributes.iter().find(missing) {
        Some(field) => Err(Fault::invalid("Missing required ticket attributes").of(&field.name)),
        None => Ok(()),
    }
}

/// A value as it is stored; none when it does not fit the attribute.
fn stored(field: &TicketTypeAttribute, value: &Value) -> Option<Value> {
    match field.data_type.as_str() {
        "string" => value.is_string().then(|| value.clone()),
        "integer" => integer_of(value).map(Value::from),
        "decimal" => value
            .as_f64()
            .or_else(|| value.as_str()?.parse().ok())
            .map(Value::from),
        "boolean" => value.is_boolean().then(|| value.clone()),
        "datetime" => moment(value),
        "list" if field.allow_multiple_values => {
            let chosen = value
                .as_array()
                .map_or_else(|| vec![value], |many| many.iter().collect());
            chosen
                .into_iter()
                .map(|one| label(field, one))
                .collect::<Option<Vec<_>>>()
                .map(Value::from)
        }
        "list" => label(field, value),
        _ => (value.is_array() || value.is_object()).then(|| value.clone()),
    }
}

/// Unix seconds, or a moment in ISO 8601, as text in ISO 8601.
fn moment(value: &Value) -> Option<Value> {
    let parsed = match integer_of(value) {
        Some(seconds) => jiff::Timestamp::from_second(seconds).ok()?,
        None => value.as_str()?.parse().ok()?,
    };
    Some(Value::from(parsed.to_string()))
}

/// The label of a list's item that is named by its id or by its label.
fn label(field: &TicketTypeAttribute, value: &Value) -> Option<Value> {
    let chosen = value.as_str()?;
    let (_, label) = field
        .list_items
        .iter()
        .find(|(id, label)| id == chosen || label == chosen)?;
    Some(Value::from(label.as_str()))
}

fn wrong(field: &TicketTypeAttribute) -> Fault {
    let wanted = match field.data_type.as_str() {
        "list" => format!(
            "one of {}",
            field
                .list_items
                .iter()
                .map(|(_, label)| label.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ),
        "datetime" => "a date in ISO 8601 or Unix seconds".to_owned(),
        other => format!("of type {other}"),
    };
    Fault::invalid(format!("Attribute '{}' must be {wanted}", field.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kind() -> TicketType {
        let field = |name: &str, data_type: &str, many| TicketTypeAttribute {
            name: name.into(),
            data_type: data_type.into(),
            list_items: vec![("i1".into(), "Small".into()), ("i2".into(), "Large".into())],
            allow_multiple_values: many,
            required_to_create: name == "s",
            ..TicketTypeAttribute::default()
        };
        let attributes = [
            ("s", "string"),
            ("i", "integer"),
            ("d", "decimal"),
            ("b", "boolean"),
            ("t", "datetime"),
            ("l", "list"),
        ]
        .map(|(name, data_type)| field(name, data_type, false));
        TicketType {
            attributes: attributes
                .into_iter()
                .chain([field("m", "list", true)])
                .collect(),
            ..TicketType::default()
        }
    }

    #[test]
    fn values_are_held_against_their_type() {
        for (name, value, expected) in [
            ("s", json!("x"), Some(json!("x"))),
            ("s", json!(1), None),
            ("s", Value::Null, Some(Value::Null)),
            ("i", json!("12"), Some(json!(12))),
            ("i", json!(1.5), None),
            ("d", json!(1.5), Some(json!(1.5))),
            ("b", json!("true"), None),
            ("t", json!(0), Some(json!("1970-01-01T00:00:00Z"))),
            ("t", json!("soon"), None),
            ("l", json!("i2"), Some(json!("Large"))),
            ("l", json!("Small"), Some(json!("Small"))),
            ("l", json!("Huge"), None),
            ("m", json!(["i1", "Large"]), Some(json!(["Small", "Large"]))),
            ("m", json!(["i1", "i3"]), None),
            ("unknown", json!("x"), None),
        ] {
            let values = Map::from_iter([(name.to_owned(), value.clone())]);
            let checked = check(&kind(), &values);
            assert_eq!(
                checked.as_ref().ok().map(|stored| &stored[name]),
                expected.as_ref(),
                "{name} = {value}"
            );
            assert!(
                checked.is_ok() || checked.is_err_and(|fault| fault.code == "parameter_invalid")
            );
        }
    }

    #[test]
    fn required_values_must_be_there() {
        assert!(require(&kind(), &Map::from_iter([("s".to_owned(), json!("x"))])).is_ok());
        for values in [json!({}), json!({"s": ""}), json!({"s": null})] {
            assert_eq!(
                require(&kind(), values.as_object().unwrap())
                    .unwrap_err()
                    .message,
                "Missing required ticket attributes"
            );
        }
    }
}
