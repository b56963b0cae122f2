//! Holds one parameter of the catalog against what a description expects of it.

use crate::{
    compare::Aspect,
    expected::{Expected, type_of},
};
use catalog::{Param, ParamType, Place};
use serde_json::Value;

/// Takes each difference: where, what, and in words.
pub(crate) type Sink<'a> = dyn FnMut(&str, Aspect, String) + 'a;

/// Tells every difference between a parameter and what is expected of it.
pub(crate) fn hold(
    name: &str,
    param: &Param,
    expected: &Expected,
    place: Place,
    tell: &mut Sink<'_>,
) {
    if let Some(value) = &param.fixed {
        let right_type = expected.types.is_empty() || expected.types.contains(type_of(value));
        if !right_type
            || expected
                .values
                .as_ref()
                .is_some_and(|values| !values.contains(value))
        {
            tell(
                name,
                Aspect::Enum,
                format!("is fixed to {value}, which they do not take"),
            );
        }
        return;
    }
    if place == Place::Body && param.nullable != expected.nullable {
        tell(
            name,
            Aspect::Nullable,
            format!("ours says {}, theirs {}", param.nullable, expected.nullable),
        );
    }
    // A schema of its own says more than the witness can compare.
    if param.schema.is_some() {
        return;
    }
    if let Some(told) = type_fault(param.kind, expected, place) {
        tell(name, Aspect::Type, told);
        return;
    }
    hold_values(name, param, expected, tell);
    if let (Some(ours), Some(theirs)) = (&param.items, &expected.items) {
        hold(&format!("{name}[]"), ours, theirs, place, tell);
    }
    if !param.fields.is_empty() && !expected.fields.is_empty() {
        hold_fields(name, param, expected, place, tell);
    }
}

/// Tells whether a parameter that must be there is one that may be left out, or the reverse.
pub(crate) fn hold_required(name: &str, param: &Param, required: bool, tell: &mut Sink<'_>) {
    let filled = param.fixed.is_some() || required && param.default.is_some();
    if !filled && param.required != required {
        tell(
            name,
            Aspect::Required,
            format!("ours says {}, theirs {required}", param.required),
        );
    }
}

fn hold_values(name: &str, param: &Param, expected: &Expected, tell: &mut Sink<'_>) {
    let sorted = |values: &[Value]| {
        let mut words: Vec<String> = values
            .iter()
            .filter(|value| !value.is_null())
            .map(Value::to_string)
            .collect();
        words.sort_unstable();
        words.join(", ")
    };
    let (ours, theirs) = (
        sorted(&param.values),
        expected.values.as_deref().map(sorted).unwrap_or_default(),
    );
    if ours != theirs {
        tell(
            name,
            Aspect::Enum,
            format!("ours takes [{ours}], theirs [{theirs}]"),
        );
    }
    for (word, ours, theirs) in [
        ("min", param.min, expected.min),
        ("max", param.max, expected.max),
    ] {
        if theirs.is_some() && ours != theirs {
            tell(
                name,
                Aspect::Limit,
                format!("{word} is {} with them", theirs.unwrap_or_default()),
            );
        }
    }
}

fn hold_fields(name: &str, param: &Param, expected: &Expected, place: Place, tell: &mut Sink<'_>) {
    let required = expected.required();
    for (field, ours) in &param.fields {
        let wire = ours.wire_name(field);
        let inner = format!("{name}.{wire}");
        match expected.fields.get(wire) {
            None => tell(&inner, Aspect::Unknown, "is not in the description".into()),
            Some(theirs) => {
                hold_required(&inner, ours, required.contains(wire), tell);
                hold(&inner, ours, theirs, place, tell);
            }
        }
    }
    for theirs in expected.fields.keys().filter(|theirs| {
        !param
            .fields
            .iter()
            .any(|(field, ours)| ours.wire_name(field) == *theirs)
    }) {
        tell(
            &format!("{name}.{theirs}"),
            Aspect::Missing,
            "is in the description only".into(),
        );
    }
}

fn type_fault(kind: ParamType, expected: &Expected, place: Place) -> Option<String> {
    // A number and its digits look alike in a path or a query string.
    let digits = if place == Place::Body {
        "string"
    } else {
        "integer"
    };
    let accepted: &[&str] = match kind {
        ParamType::String => &["string"],
        ParamType::Id => &["string", digits],
        ParamType::Integer | ParamType::IntegerId | ParamType::Timestamp => &["integer"],
        ParamType::Number => &["number"],
        ParamType::Boolean => &["boolean"],
        ParamType::Array => &["array"],

        ParamType::Any if expected.types.len() != 1 => return None,
        ParamType::Any => &[],
        ParamType::Query if !expected.fields.contains_key("operator") => {
            return Some("is no search in the description".into());
        }
        ParamType::Object | ParamType::Map | ParamType::Query => &["object"],
    };
    let fits =
        expected.types.is_empty() || accepted.iter().any(|one| expected.types.contains(*one));
    (!fits).then(|| {
        let theirs: Vec<_> = expected.types.iter().map(String::as_str).collect();
        format!("ours is {kind:?}, theirs {}", theirs.join(" or "))
    })
}
