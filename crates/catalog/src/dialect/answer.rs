//! How an answer looks in another server's terms.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

/// The form of an answer.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Answer {
    /// As the tool of ours answers.
    #[default]
    Same,
    /// Intercom's own JSON, as text.
    Json,
    /// Intercom's own objects: a list as `result` with `next_cursor`, one object as it is.
    Page,
    /// An object made of parts of Intercom's.
    Object(IndexMap<String, Pick>),
}

/// One value of an answer. Paths go down by dots; a path that begins with `^` starts at the whole answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Pick {
    /// What is there, or null.
    Path(String),
    /// The first that is there and not null.
    FirstOf(Vec<String>),
    /// An object of picks.
    Object(IndexMap<String, Pick>),
    /// A list.
    List(ListOf),
}

/// A list made of what one or several paths hold.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListOf {
    /// Lists or single things, one after the other.
    pub from: Vec<String>,
    /// Only those that have something there.
    #[serde(default)]
    pub having: Option<String>,
    /// Only so many from the beginning.
    #[serde(default)]
    pub first: Option<usize>,
    /// Only so many from the end.
    #[serde(default)]
    pub last: Option<usize>,
    /// What becomes of each.
    pub each: Box<Pick>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    FirstOf(Vec<String>),
    Object(IndexMap<String, Pick>),
    List(ListOf),
}

impl TryFrom<Value> for Answer {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match &value {
            Value::String(word) if word == "same" => Ok(Self::Same),
            Value::String(word) if word == "json" => Ok(Self::Json),
            Value::String(word) if word == "page" => Ok(Self::Page),
            Value::Object(_) => serde_json::from_value(value)
                .map(Self::Object)
                .map_err(|error| error.to_string()),
            other => Err(format!("{other} is none of same, json, page, or an object")),
        }
    }
}

impl TryFrom<Value> for Pick {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        if let Value::String(path) = value {
            return Ok(Self::Path(path));
        }
        let written = serde_json::from_value(value).map_err(|error| {
            format!("a value is a path, or one of first_of, object, list: {error}")
        })?;
        Ok(match written {
            Written::FirstOf(paths) => Self::FirstOf(paths),
            Written::Object(fields) => Self::Object(fields),
            Written::List(list) => Self::List(list),
        })
    }
}
