//! One request: made by hand, or of an operation and its arguments.

use crate::BaseUrl;
use catalog::{ApiVersion, BodyForm, Method, Operation, Param, ParamType, Place, Risk, Shape};
use http::uri::{InvalidUri, Uri};
use indexmap::IndexMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Number, Value};
use std::borrow::Cow;
use url::form_urlencoded;

/// One request, ready to be sent to any account.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The path, percent-encoded, with a slash in front.
    pub path: String,
    /// The query, not yet encoded.
    pub query: Vec<(Cow<'static, str>, String)>,
    /// The body.
    pub body: Option<Value>,
    /// How the body is written.
    pub form: BodyForm,
    /// Who goes first when the allowance is short.
    pub urgency: Urgency,
    /// What it may do; decides whether a failed call may have happened.
    pub risk: Risk,
    /// Whether sending it twice is the same as sending it once; true of reads, except of a scroll's.
    pub repeatable: bool,
    /// Whether the answer is a file.
    pub download: bool,
    /// Whether the answer keeps its null fields, which are left out otherwise.
    pub exact: bool,
    /// The `traceparent` that goes along: random ids, nothing of who calls.
    pub trace: Option<String>,
    /// The first API version that knows the operation.
    pub min_version: ApiVersion,
    /// The last API version that knows the operation; none while it lives on.
    pub max_version: Option<ApiVersion>,
}

/// Who goes first when the allowance is short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Urgency {
    /// Somebody waits for the answer.
    #[default]
    Interactive,
    /// Part of a long job: goes behind the others, leaves them a reserve, and waits as long as that takes.
    Bulk,
}

/// Why arguments make no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A required argument is missing.
    #[error("`{0}` is missing")]
    Missing(String),
    /// No parameter has this name.
    #[error("`{0}` is no argument of this operation")]
    Unknown(String),
    /// The value cannot stand in a path.
    #[error("`{0}` must be an id: text or a number, not empty, and neither `.` nor `..`")]
    BadPathValue(String),
    /// The value cannot stand in a query string.
    #[error("`{0}` must be text, a number, true, false, or a list of these")]
    BadQueryValue(String),
    /// It needs the connection's admin, which is not known.
    #[error("`{0}` is missing, and the connection has no admin to fill it")]
    NoAdmin(String),
}

/// What a path segment holds unescaped: RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl Request {
    /// A request by hand; `path` is percent-encoded already. A GET is a read, everything else a write.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
            form: BodyForm::Json,
            urgency: Urgency::Interactive,
            risk: if method == Method::Get {
                Risk::Read
            } else {
                Risk::Write
            },
            repeatable: method == Method::Get,
            download: false,
            exact: false,
            trace: None,
            min_version: ApiVersion::V2_11,
            max_version: None,
        }
    }

    /// The request of an operation; `limit` and `cursor` of a list are left to [`Pages`](crate::Pages).
    pub fn build(
        operation: &Operation,
        args: &Map<String, Value>,
        admin_id: Option<&str>,
    ) -> Result<Self, RequestError> {
        check_known(operation, args)?;
        let mut request = Self {
            risk: operation.risk,
            repeatable: operation.risk == Risk::Read,
            download: operation.result == Shape::Download,
            form: operation.body,
            min_version: operation.since,
            max_version: operation.until,
            ..Self::new(operation.method(), operation.path())
        };
        let filler = Filler {
            admin_id,
            params: &operation.params,
        };
        let mut body = Map::new();
        let mut has_body = false;
        for (name, param) in &operation.params {
            let place = operation.place_of(name, param);
            has_body |= place == Place::Body && request.method != Method::Delete;
            let Some(value) = filler.value(name, param, args)? else {
                continue;
            };
            match place {
                Place::Path => request.fill_path(name, param.wire_name(name), &value)?,
                Place::Query => request.add_query(name, param.wire_name(name), &value)?,
                Place::Body => put(&mut body, param.wire_name(name), value),
                Place::Whole => request.body = Some(value),
            }
        }
        if has_body || !body.is_empty() {
            request.body = Some(body.into());
        }
        Ok(request)
    }

    /// The same request, of another urgency.
    #[must_use]
    pub fn with_urgency(mut self, urgency: Urgency) -> Self {
        self.urgency = urgency;
        self
    }

    /// The same request, with a JSON body.
    #[must_use]
    pub fn with_body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Sets a parameter of the query, in place of one of the same name.
    pub fn set_query(&mut self, name: &'static str, value: impl Into<String>) {
        self.query.retain(|(other, _)| other != name);
        self.query.push((name.into(), value.into()));
    }

    /// The API version to ask for: the account's, unless the operation is younger or gone by then.
    pub(crate) fn version(&self, wanted: ApiVersion) -> ApiVersion {
        let version = wanted.max(self.min_version);
        self.max_version.map_or(version, |last| version.min(last))
    }

    /// The whole URL.
    pub(crate) fn uri(&self, base: &BaseUrl) -> Result<Uri, InvalidUri> {
        if self.query.is_empty() {
            return base.join(&self.path);
        }
        let mut whole = String::with_capacity(self.path.len() + 1 + 32 * self.query.len());
        whole.push_str(&self.path);
        whole.push('?');
        let start = whole.len();
        let mut query = form_urlencoded::Serializer::for_suffix(whole, start);
        query.extend_pairs(&self.query);
        base.join(&query.finish())
    }

    fn fill_path(&mut self, name: &str, wire: &str, value: &Value) -> Result<(), RequestError> {
        let bad = || RequestError::BadPathValue(name.to_owned());
        let text = plain_text(value)
            .filter(|_| !value.is_boolean())
            .ok_or_else(bad)?;
        // A dot segment would be another endpoint, escaped or not.
        if matches!(text.trim(), "" | "." | "..") {
            return Err(bad());
        }
        let escaped = utf8_percent_encode(&text, SEGMENT).to_string();
        self.path = self.path.replace(&format!("{{{wire}}}"), &escaped);
        Ok(())
    }

    fn add_query(&mut self, name: &str, wire: &str, value: &Value) -> Result<(), RequestError> {
        let bad = || RequestError::BadQueryValue(name.to_owned());
        let text = match value {
            Value::Null => return Ok(()),
            // Intercom describes lists as one comma-separated value.
            Value::Array(items) => items
                .iter()
                .map(|item| plain_text(item).ok_or_else(bad))
                .collect::<Result<Vec<_>, _>>()?
                .join(","),
            // And objects as their fields, one parameter each.
            Value::Object(fields) => {
                return fields
                    .iter()
                    .try_for_each(|(field, value)| self.add_query(name, field, value));
            }
            scalar => plain_text(scalar).ok_or_else(bad)?.into_owned(),
        };
        self.query.push((wire.to_owned().into(), text));
        Ok(())
    }
}

/// Without query and body: both hold customers' data.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("urgency", &self.urgency)
            .finish_non_exhaustive()
    }
}

/// Turns arguments into what is sent: fixed values, defaults, names on the wire, types.
struct Filler<'a> {
    admin_id: Option<&'a str>,
    params: &'a IndexMap<String, Param>,
}

impl Filler<'_> {
    /// What is sent for a parameter; none when it is left out.
    fn value(
        &self,
        name: &str,
        param: &Param,
        args: &Map<String, Value>,
    ) -> Result<Option<Value>, RequestError> {
        if let Some(fixed) = &param.fixed {
            return self.filled(name, param, fixed).map(Some);
        }
        let spellings = std::iter::once(name).chain(param.aliases.iter().map(String::as_str));
        let given = spellings
            .filter_map(|spelling| args.get(spelling))
            .find(|value| param.nullable || !value.is_null());
        match (given, &param.default) {
            (Some(value), _) => self.typed(param, value.clone()).map(Some),
            (None, Some(_)) if !self.applies(param, args) => Ok(None),
            (None, Some(default)) => match self.filled(name, param, default) {
                // An optional admin that is not known is left to Intercom.
                Err(RequestError::NoAdmin(_)) if !param.required => Ok(None),
                filled => filled.map(Some),
            },
            (None, None) if param.required => Err(RequestError::Missing(name.to_owned())),
            (None, None) => Ok(None),
        }
    }

    /// Whether the other arguments are as the default wants them.
    fn applies(&self, param: &Param, args: &Map<String, Value>) -> bool {
        param.when.iter().all(|(other, wanted)| {
            let default = self
                .params
                .get(other)
                .and_then(|param| param.default.as_ref());
            args.get(other).or(default) == Some(wanted)
        })
    }

    /// A fixed or default value, in which `$admin` stands for the connection's admin.
    fn filled(&self, name: &str, param: &Param, value: &Value) -> Result<Value, RequestError> {
        if value.as_str() == Some("$admin") {
            let admin = self
                .admin_id
                .ok_or_else(|| RequestError::NoAdmin(name.to_owned()))?;
            return self.typed(param, admin.into());
        }
        self.typed(param, value.clone())
    }

    fn typed(&self, param: &Param, value: Value) -> Result<Value, RequestError> {
        Ok(match (param.kind, value) {
            (
                ParamType::IntegerId | ParamType::Integer | ParamType::Timestamp,
                Value::String(text),
            ) => text
                .trim()
                .parse::<i64>()
                .map_or(Value::String(text), Value::from),
            (ParamType::Id, Value::Number(number)) => Value::String(number.to_string()),
            (ParamType::Object, Value::Object(object)) if !param.fields.is_empty() => {
                self.object(param, object)?
            }
            (ParamType::Array, Value::Array(items)) => match &param.items {
                Some(kind) => items
                    .into_iter()
                    .map(|item| self.typed(kind, item))
                    .collect::<Result<_, _>>()?,
                None => Value::Array(items),
            },
            (ParamType::Map, Value::Object(entries)) => match &param.items {
                Some(kind) => entries
                    .into_iter()
                    .map(|(key, item)| Ok((key, self.typed(kind, item)?)))
                    .collect::<Result<_, _>>()?,
                None => Value::Object(entries),
            },
            (_, other) => other,
        })
    }

    /// An object's fields by their names on the wire; fields that nobody described go along as they are.
    fn object(&self, param: &Param, mut given: Map<String, Value>) -> Result<Value, RequestError> {
        let mut object = Map::new();
        for (name, field) in &param.fields {
            if let Some(value) = self.value(name, field, &given)? {
                put(&mut object, field.wire_name(name), value);
            }
            given.shift_remove(name);
            for alias in &field.aliases {
                given.shift_remove(alias);
            }
        }
        object.extend(given);
        Ok(object.into())
    }
}

fn check_known(operation: &Operation, args: &Map<String, Value>) -> Result<(), RequestError> {
    let paged = operation.page_max().is_some();
    let known = |name: &str| {
        operation
            .params
            .get(name)
            .is_some_and(|param| param.fixed.is_none())
            || paged && matches!(name, "limit" | "cursor")
            || operation
                .params
                .values()
                .any(|param| param.aliases.iter().any(|alias| alias == name))
    };
    match args.keys().find(|name| !known(name)) {
        Some(stranger) => Err(RequestError::Unknown(stranger.clone())),
        None => Ok(()),
    }
}

/// Puts a value into an object; dots in the name go deeper.
fn put(object: &mut Map<String, Value>, wire: &str, value: Value) {
    let Some((outer, inner)) = wire.split_once('.') else {
        object.insert(wire.to_owned(), value);
        return;
    };
    let entry = object.entry(outer).or_insert_with(|| Map::new().into());
    if !entry.is_object() {
        *entry = Map::new().into();
    }
    if let Some(deeper) = entry.as_object_mut() {
        put(deeper, inner, value);
    }
}

fn plain_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Number(number) => Some(whole(number).into()),
        Value::Bool(truth) => Some(if *truth { "true" } else { "false" }.into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number as text; `12.0`, which some models write, is 12.
fn whole(number: &Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests;
