//! One argument of an operation or of a native tool.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

/// One argument: where it travels, what it may hold, and what a model should know of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Where it travels; by default the path when the template names it, the query of a GET, else the body.
    #[serde(rename = "in", default)]
    pub place: Option<Place>,
    /// Its name on the wire, where it is not the argument's name.
    #[serde(default)]
    pub wire: Option<String>,
    /// Its type.
    #[serde(rename = "type", default)]
    pub kind: ParamType,
    /// For `type: id`: what it identifies (`conversation`, `contact`, …), so that prefixed ids and inbox URLs are understood.
    #[serde(default)]
    pub of: Option<String>,
    /// What it means, for a model.
    #[serde(default)]
    pub about: String,
    /// Whether a call needs it.
    #[serde(default)]
    pub required: bool,
    /// Whether null is a value of it.
    #[serde(default)]
    pub nullable: bool,
    /// The only values it takes.
    #[serde(rename = "enum", default)]
    pub values: Vec<Value>,
    /// What is sent when a call leaves it out; `$admin` is the connection's admin.
    #[serde(default)]
    pub default: Option<Value>,
    /// The default is sent only when these other arguments, or their defaults, have these values.
    #[serde(default)]
    pub when: IndexMap<String, Value>,
    /// What is always sent; such a parameter is no argument.
    #[serde(default)]
    pub fixed: Option<Value>,
    /// Accepted, but not shown to a model.
    #[serde(default)]
    pub hidden: bool,
    /// Other spellings that are accepted.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Smallest number, or fewest items.
    #[serde(default)]
    pub min: Option<i64>,
    /// Largest number, most items, or most characters.
    #[serde(default)]
    pub max: Option<i64>,
    /// The items of an array, the values of a map.
    #[serde(default)]
    pub items: Option<Box<Param>>,
    /// The fields of an object, by name.
    #[serde(default)]
    pub fields: IndexMap<String, Param>,
    /// A JSON Schema that says it better than all of the above.
    #[serde(default)]
    pub schema: Option<Value>,
}

impl Param {
    /// Whether a model sees it.
    pub fn is_shown(&self) -> bool {
        !self.hidden && self.fixed.is_none()
    }

    /// Whether it is filled with the connection's admin when left out.
    pub fn defaults_to_admin(&self) -> bool {
        self.default.as_ref().and_then(Value::as_str) == Some("$admin")
    }
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the path template.
    Path,
    /// In the query string.
    Query,
    /// As a field of the JSON body.
    Body,
    /// As the JSON body itself.
    Whole,
}

/// Types of parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamType {
    /// Text.
    #[default]
    String,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// True or false.
    Boolean,
    /// Text that names one object; numbers, prefixed ids and inbox URLs are turned into it.
    Id,
    /// Like `Id`, but a number on the wire.
    IntegerId,
    /// A moment: Unix seconds, or ISO 8601 that is turned into them.
    Timestamp,
    /// A list of `items`.
    Array,
    /// An object with `fields`.
    Object,
    /// An object with any keys and `items` as values.
    Map,
    /// Any JSON value.
    Any,
    /// A search of Intercom's search language over `of` (`contacts`, `conversations`, `tickets`).
    Query,
}
