//! Our arguments out of another server's.

use super::{Case, people};
use crate::Tool;
use crate::tools::{Arguments, all_filters, own_cursor};
use catalog::dialect::{Argument, Filter};
use serde_json::{Map, Value, json};

/// The arguments of what a case runs.
pub(super) fn arguments(
    case: &Case,
    front: &Tool,
    mut given: Arguments,
) -> Result<Arguments, String> {
    for (name, param) in &front.params {
        if let Some(default) = &param.default
            && !case.passes.contains(name)
            && !given.contains_key(name)
        {
            given.insert(name.clone(), default.clone());
        }
    }
    let mut filled = Arguments::new();
    if let Some(spread) = &case.run.spread {
        scatter(&given, &spread.from, &spread.rest, case, &mut filled);
    }
    for (name, argument) in &case.run.args {
        if let Some(value) = value(argument, &given)? {
            filled.insert(name.clone(), value);
        }
    }
    for name in &case.passes {
        if let Some(value) = given.remove(name) {
            filled.insert(name.clone(), value);
        }
    }
    Ok(filled)
}

fn value(argument: &Argument, given: &Arguments) -> Result<Option<Value>, String> {
    Ok(match argument {
        Argument::Given(path) => at(given, path).cloned(),
        Argument::Value(value) => Some(value.clone()),
        Argument::Object(fields) => object(fields, given)?,
        Argument::Search { filters, query } => {
            let whole = query.as_ref().and_then(|path| at(given, path)).cloned();
            Some(all_filters(whole, met(filters, given)?)?)
        }
        Argument::After(path) => at(given, path)
            .and_then(Value::as_str)
            .map(|after| own_cursor(after).into()),
        Argument::Page { number, size } => {
            let size = at(given, size)
                .map(|size| format!(":{size}"))
                .unwrap_or_default();
            at(given, number).map(|number| format!("p:{number}{size}").into())
        }
        Argument::People { query, field } => {
            let text = |path: &str| at(given, path).and_then(Value::as_str).unwrap_or_default();
            Some(people::search(
                text(query),
                text(field),
                crate::shape::moment::now(),
            )?)
        }
    })
}

fn object<'a>(
    fields: impl IntoIterator<Item = (&'a String, &'a Argument)>,
    given: &Arguments,
) -> Result<Option<Value>, String> {
    let mut filled = Map::new();
    for (name, field) in fields {
        if let Some(value) = value(field, given)? {
            filled.insert(name.clone(), value);
        }
    }
    Ok((!filled.is_empty()).then(|| filled.into()))
}

/// The filters whose values were given.
fn met(filters: &[Filter], given: &Arguments) -> Result<Vec<Value>, String> {
    let mut met = Vec::new();
    for Filter {
        field,
        operator,
        value: argument,
    } in filters
    {
        if let Some(value) = value(argument, given)? {
            met.push(json!({"field": field, "operator": operator, "value": value}));
        }
    }
    Ok(met)
}

/// Makes the fields of an object arguments; those that are none go into one.
fn scatter(given: &Arguments, from: &str, rest: &str, case: &Case, filled: &mut Arguments) {
    let fields = given.get(from).and_then(Value::as_object);
    let mut strangers = Map::new();
    for (name, value) in fields.into_iter().flatten() {
        if name == rest || !case.tool.params.contains_key(name) || case.run.args.contains_key(name)
        {
            match value {
                Value::Object(inner) if name == rest => strangers.extend(inner.clone()),
                _ => {
                    strangers.insert(name.clone(), value.clone());
                }
            }
        } else {
            filled.insert(name.clone(), value.clone());
        }
    }
    if !strangers.is_empty() {
        filled.insert(rest.to_owned(), strangers.into());
    }
}

/// What a path of names leads to, if it is there.
fn at<'a>(given: &'a Arguments, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.');
    let first = given.get(names.next()?)?;
    names
        .try_fold(first, |value, name| value.get(name))
        .filter(|value| !value.is_null())
}
