//! Arguments as a model writes them, turned into what the wire wants: other spellings, ids in any form, ISO times;
//! then validated, with one sentence a problem.

use crate::{CallError, Tool};
use catalog::{Param, ParamType, search};
use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value};

/// The arguments, ready for the wire, or everything that is wrong with them.
pub(crate) fn accept(
    tool: &Tool,
    mut given: Map<String, Value>,
) -> Result<Map<String, Value>, CallError> {
    let mut problems = Vec::new();
    for (name, param) in &tool.params {
        for alias in &param.aliases {
            if let Some(value) = given.remove(alias) {
                given.entry(name.clone()).or_insert(value);
            }
        }
        let optional_null =
            given.get(name).is_some_and(Value::is_null) && !param.nullable && !param.required;
        if optional_null {
            // Models write null for "not given".
            given.remove(name);
        }
        if let Some(value) = given.get_mut(name) {
            problems.extend(mend(name, param, value));
        }
    }
    problems.extend(unknown(tool, &given));
    if problems.is_empty() {
        problems.extend(violations(tool, &given));
        problems.extend(hidden_violations(tool, &given));
    }
    if problems.is_empty() {
        problems.extend(missing_set(tool, &given));
    }
    if problems.is_empty() {
        Ok(given)
    } else {
        Err(CallError::BadArguments {
            tool: tool.name.clone(),
            problems,
        })
    }
}

/// Turns one value into its wire form; the answer is what is wrong with it.
fn mend(name: &str, param: &Param, value: &mut Value) -> Option<String> {
    match param.kind {
        ParamType::Id => identify(name, param.of.as_deref(), value),
        ParamType::IntegerId => {
            identify(name, param.of.as_deref(), value).or_else(|| whole(name, value))
        }
        ParamType::Integer if value.is_string() => whole(name, value),
        ParamType::Boolean => {
            match value.as_str() {
                Some("true") => *value = Value::Bool(true),
                Some("false") => *value = Value::Bool(false),
                _ => {}
            }
            None
        }
        ParamType::Timestamp => moment(name, value),
        ParamType::Query => query(name, param.of.as_deref(), value),
        ParamType::Array => {
            let items = param.items.as_deref()?;
            let list = value.as_array_mut()?;
            list.iter_mut()
                .enumerate()
                .find_map(|(index, item)| mend(&format!("{name}[{index}]"), items, item))
        }
        ParamType::Object => {
            let fields = value.as_object_mut()?;
            param.fields.iter().find_map(|(key, field)| {
                let inner = fields.get_mut(key)?;
                mend(&format!("{name}.{key}"), field, inner)
            })
        }
        ParamType::Integer
        | ParamType::String
        | ParamType::Number
        | ParamType::Map
        | ParamType::Any => None,
    }
}

/// An id raw, as a number, prefixed (`conversation_123`) or inside an Intercom URL.
fn identify(name: &str, of: Option<&str>, value: &mut Value) -> Option<String> {
    let text = match &*value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => bare_id(of, text.trim()).to_owned(),
        Value::Null => return None,
        _ => return Some(format!("`{name}` must be an id")),
    };
    if text.is_empty() || text.chars().any(char::is_whitespace) {
        return Some(format!("`{name}` must be one id, without spaces"));
    }
    *value = Value::String(text);
    None
}

fn bare_id<'a>(of: Option<&str>, text: &'a str) -> &'a str {
    let text = if text.starts_with("https://")
        || text.starts_with("http://")
        || text.starts_with("intercom://")
    {
        let path = text.split(['?', '#']).next().unwrap_or(text);
        // Pages of an object may have a name behind the id: `…/users/66f0…/all-conversations`.
        path.rsplit('/')
            .find(|segment| segment.contains(|c: char| c.is_ascii_digit()))
            .unwrap_or(text)
    } else {
        text
    };
    of.and_then(|kind| text.strip_prefix(kind)?.strip_prefix('_'))
        .unwrap_or(text)
}

fn whole(name: &str, value: &mut Value) -> Option<String> {
    let text = value.as_str()?;
    match text.parse::<i64>() {
        Ok(number) => {
            *value = number.into();
            None
        }
        Err(_) => Some(format!("`{name}` must be a whole number, not `{text}`")),
    }
}

/// Unix seconds, or an ISO 8601 date or time, which counts as UTC where it names no zone.
fn moment(name: &str, value: &mut Value) -> Option<String> {
    let text = value.as_str()?;
    match parse_moment(text) {
        Some(seconds) => {
            *value = seconds.into();
            None
        }
        None => Some(format!(
            "`{name}` must be Unix seconds or ISO 8601 such as 2026-11-30T09:00:00Z, not `{text}`"
        )),
    }
}

pub(crate) fn parse_moment(text: &str) -> Option<i64> {
    use jiff::{Timestamp, civil, tz::TimeZone};
    let seconds = text
        .parse::<i64>()
        .ok()
        .or_else(|| text.parse::<Timestamp>().ok().map(Timestamp::as_second));
    seconds.or_else(|| {
        let local = text
            .parse::<civil::DateTime>()
            .or_else(|_| text.parse::<civil::Date>().map(|day| day.at(0, 0, 0, 0)))
            .ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
    })
}

fn query(name: &str, of: Option<&str>, value: &mut Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        // Some clients send objects as JSON text.
        match serde_json::from_str(text) {
            Ok(parsed @ Value::Object(_)) => *value = parsed,
            _ => {
                return Some(format!(
                    "`{name}` must be an object such as {{\"field\": …, \"operator\": …, \"value\": …}}"
                ));
            }
        }
    }
    let what = of.and_then(search::Searchable::named)?;
    read_dates(what, value);
    search::check(what, value)
        .err()
        .map(|error| error.to_string())
}

/// Dates as people write them, where the search compares a date; whatever is none is left to the check.
fn read_dates(what: search::Searchable, node: &mut Value) {
    let is_date = node
        .get("field")
        .and_then(Value::as_str)
        .is_some_and(|field| what.field(field) == Some(search::FieldType::Date));
    match node.get_mut("value") {
        Some(Value::Array(parts)) if !is_date => {
            for part in parts {
                read_dates(what, part);
            }
        }
        Some(Value::Array(dates)) => dates.iter_mut().for_each(read_date),
        Some(date) if is_date => read_date(date),
        _ => {}
    }
}

fn read_date(date: &mut Value) {
    if let Some(seconds) = date.as_str().and_then(parse_moment) {
        *date = seconds.into();
    }
}

fn unknown<'a>(tool: &'a Tool, given: &'a Map<String, Value>) -> impl Iterator<Item = String> + 'a {
    let known = tool
        .input_schema
        .get("properties")
        .and_then(Value::as_object);
    given
        .keys()
        .filter(move |key| {
            !known.is_some_and(|known| known.contains_key(*key)) && !is_hidden(tool, key)
        })
        .map(move |key| {
            let names: Vec<&str> = known
                .into_iter()
                .flatten()
                .map(|(name, _)| name.as_str())
                .collect();
            if names.is_empty() {
                format!("`{key}` is unknown; the tool takes no arguments")
            } else {
                format!("`{key}` is unknown; the tool takes {}", names.join(", "))
            }
        })
}

/// Hidden parameters are accepted from programs that were written for the wire.
fn is_hidden(tool: &Tool, name: &str) -> bool {
    tool.params
        .get(name)
        .is_some_and(|param| param.hidden && param.fixed.is_none())
}

fn violations(tool: &Tool, given: &Map<String, Value>) -> Vec<String> {
    let shown: Map<String, Value> = given
        .iter()
        .filter(|(name, _)| !is_hidden(tool, name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let instance = Value::Object(shown);
    if tool.validator().is_valid(&instance) {
        return Vec::new();
    }
    tool.validator()
        .iter_errors(&instance)
        .take(5)
        .map(|error| missing(tool, &error).unwrap_or_else(|| sentence(&error)))
        .collect()
}

/// Hidden arguments stand in no schema of the tool, yet have a type and limits.
fn hidden_violations<'a>(
    tool: &'a Tool,
    given: &'a Map<String, Value>,
) -> impl Iterator<Item = String> + 'a {
    given
        .iter()
        .filter(|(name, _)| is_hidden(tool, name))
        .filter_map(|(name, value)| {
            let schema = catalog::param_schema(tool.params.get(name)?);
            let error = jsonschema::validate(&schema, value).err()?;
            Some(format!("`{name}`: {}", shortened(error.to_string())))
        })
}

/// An argument that is not there, with what the catalog says of it.
fn missing(tool: &Tool, error: &jsonschema::ValidationError<'_>) -> Option<String> {
    let ValidationErrorKind::Required { property } = error.kind() else {
        return None;
    };
    let name = property.as_str()?;
    let place = error.instance_path().to_string().replace('/', ".");
    let path = format!("{place}.{name}");
    let mut sentence = format!("`{}` is missing", path.trim_start_matches('.'));
    let about = tool.params.get(name).filter(|_| place.is_empty());
    if let Some(param) = about.filter(|param| !param.about.is_empty()) {
        sentence.extend([" (", param.about.trim_end_matches('.'), ")"]);
    }
    Some(sentence)
}

fn sentence(error: &jsonschema::ValidationError<'_>) -> String {
    let place = error.instance_path().to_string();
    let place = place.trim_start_matches('/').replace('/', ".");
    let reason = shortened(error.to_string());
    if place.is_empty() {
        reason
    } else {
        format!("`{place}`: {reason}")
    }
}

/// The message quotes the value; a long one would bury the reason.
fn shortened(mut reason: String) -> String {
    if reason.len() > 300 {
        let cut = reason
            .char_indices()
            .map(|(index, _)| index)
            .take_while(|index| *index <= 300)
            .last()
            .unwrap_or(0);
        reason.truncate(cut);
        reason.push('…');
    }
    reason
}

fn missing_set(tool: &Tool, given: &Map<String, Value>) -> Option<String> {
    let met = tool.needs.is_empty()
        || tool
            .needs
            .iter()
            .any(|set| set.iter().all(|name| given.contains_key(name)));
    if met {
        return None;
    }
    let sets: Vec<String> = tool.needs.iter().map(|set| set.join(" with ")).collect();
    Some(format!("give at least one of: {}", sets.join(", ")))
}
