//! The contract between the server and the resources: a call in, an answer or a fault out.

use crate::world::{ObjectId, World};
use catalog::ApiVersion;
use serde_json::{Map, Value};

/// What carries out one operation. It runs under the world's lock and does not wait for anything.
pub(crate) type Handler = fn(&mut World, &Call) -> Reply;
/// What a handler gives back.
pub(crate) type Reply = Result<Answer, Fault>;

/// One request, taken apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// What stood in the placeholders of the path, in order, decoded.
    pub path: Vec<String>,
    /// The query string, decoded.
    pub query: Vec<(String, String)>,
    /// The JSON body; null when there was none.
    pub body: Value,
    /// The version asked for. Handlers answer in the shape of 2.16; few need this.
    pub version: ApiVersion,
    /// The admin whose token it is.
    pub caller: u64,
}

impl Call {
    /// What stood in the `n`th placeholder of the path, counted from 0.
    pub(crate) fn id(&self, n: usize) -> &str {
        self.path.get(n).map_or("", String::as_str)
    }

    /// The `n`th placeholder as a number; none when it is not one, so nothing has that id.
    pub(crate) fn number(&self, n: usize) -> Option<u64> {
        self.id(n).parse().ok()
    }

    /// The `n`th placeholder as the id of a contact, a company or a segment.
    pub(crate) fn object(&self, n: usize) -> Option<ObjectId> {
        self.id(n).parse().ok()
    }

    /// A parameter of the query string.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A parameter of the query string that says yes.
    pub(crate) fn query_flag(&self, name: &str) -> bool {
        self.query(name)
            .is_some_and(|value| value == "true" || value == "1")
    }

    /// A field of the body; null counts as absent.
    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// Whether the body names a field at all, even with null.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.body.get(name).is_some()
    }

    /// A text field of the body.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.field(name).and_then(Value::as_str)
    }

    /// A whole number of the body, sent as a number or as digits.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.field(name).and_then(integer_of)
    }

    /// A yes or no of the body.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.field(name).and_then(Value::as_bool)
    }

    /// An identifier of the body, sent as text or as a number.
    pub(crate) fn identifier(&self, name: &str) -> Option<String> {
        self.field(name).and_then(identifier_of)
    }

    /// An object of the body.
    pub(crate) fn object_field(&self, name: &str) -> Option<&Map<String, Value>> {
        self.field(name).and_then(Value::as_object)
    }

    /// A list of the body.
    pub(crate) fn list(&self, name: &str) -> Option<&Vec<Value>> {
        self.field(name).and_then(Value::as_array)
    }
}

/// A whole number, sent as a number or as digits.
pub(crate) fn integer_of(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// An identifier, sent as text or as a number.
pub(crate) fn identifier_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A good answer.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// What is sent.
    pub content: Content,
}

/// What an answer carries.
#[derive(Debug, PartialEq)]
pub(crate) enum Content {
    /// JSON in the shape of 2.16; the server converts it to the version asked for.
    Json(Value),
    /// Nothing.
    Empty,
    /// Nothing here, but at another address.
    Elsewhere(String),
    /// A file: its media type, its name, its bytes.
    File {
        media: &'static str,
        name: String,
        bytes: Vec<u8>,
    },
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a handler ends with one of these, and a handler gives a `Reply`"
)]
impl Answer {
    /// 200 with JSON.
    pub(crate) fn ok(body: Value) -> Reply {
        Ok(Self {
            status: 200,
            content: Content::Json(body),
        })
    }

    /// Another good status with JSON.
    pub(crate) fn with(status: u16, body: Value) -> Reply {
        Ok(Self {
            status,
            content: Content::Json(body),
        })
    }

    /// A status with no body.
    pub(crate) fn empty(status: u16) -> Reply {
        Ok(Self {
            status,
            content: Content::Empty,
        })
    }

    /// A file to download.
    pub(crate) fn file(media: &'static str, name: impl Into<String>, bytes: Vec<u8>) -> Reply {
        Ok(Self {
            status: 200,
            content: Content::File {
                media,
                name: name.into(),
                bytes,
            },
        })
    }
}

/// An error answer; the server puts it into the `error.list` envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The HTTP status.
    pub status: u16,
    /// Intercom's code, such as `not_found`.
    pub code: &'static str,
    /// What Intercom says.
    pub message: String,
    /// The field at fault, where Intercom tells it.
    pub field: Option<String>,
    /// The canonical address of a merged contact.
    pub link: Option<String>,
}

impl Fault {
    /// A fault with a status, a code and a message.
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            field: None,
            link: None,
        }
    }

    /// 404.
    pub(crate) fn missing(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(404, code, message)
    }

    /// 400 `parameter_invalid`.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "parameter_invalid", message)
    }

    /// 400 `parameter_not_found`: something required was not sent.
    pub(crate) fn absent(name: &str) -> Self {
        Self::new(400, "parameter_not_found", format!("{name} is required"))
    }

    /// The same fault with the field at fault named.
    pub(crate) fn of(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }
}
