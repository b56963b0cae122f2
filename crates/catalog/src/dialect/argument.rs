//! Where an argument of ours comes from, in terms of another server's arguments.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

/// The source of one argument.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Argument {
    /// An argument as it is; dots go into objects.
    Given(String),
    /// Always this.
    Value(Value),
    /// An object of those fields that have a value.
    Object(IndexMap<String, Argument>),
    /// A search of filters that must all be met, beside a search that was given whole.
    Search {
        /// The filters; one whose value was not given falls away.
        filters: Vec<Filter>,
        /// The argument with a whole search.
        query: Option<String>,
    },
    /// A cursor out of Intercom's own `starting_after`.
    After(String),
    /// A cursor out of a page's number, and its size where one was given.
    Page {
        /// The argument with the number.
        number: String,
        /// The argument with the size.
        size: String,
    },
    /// A search for people by one field's value, or by a condition with a time such as `7_days_ago`.
    People {
        /// The argument with the value or the condition.
        query: String,
        /// The argument with the field.
        field: String,
    },
}

/// One filter of a search.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// The field.
    pub field: String,
    /// The operator.
    pub operator: String,
    /// The value.
    pub value: Argument,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    Value(Value),
    Object(IndexMap<String, Argument>),
    Search {
        filters: Vec<Filter>,
        #[serde(default)]
        query: Option<String>,
    },
    After(String),
    Page {
        number: String,
        size: String,
    },
    People {
        query: String,
        field: String,
    },
}

impl TryFrom<Value> for Argument {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        if let Value::String(path) = value {
            return Ok(Self::Given(path));
        }
        let written = serde_json::from_value(value).map_err(|error| {
            format!("an argument is a name, or one of value, object, search, after, page, people: {error}")
        })?;
        Ok(match written {
            Written::Value(value) => Self::Value(value),
            Written::Object(fields) => Self::Object(fields),
            Written::Search { filters, query } => Self::Search { filters, query },
            Written::After(path) => Self::After(path),
            Written::Page { number, size } => Self::Page { number, size },
            Written::People { query, field } => Self::People { query, field },
        })
    }
}

impl Argument {
    /// The arguments that it reads.
    pub(super) fn heads<'a>(&'a self, heads: &mut Vec<&'a str>) {
        let head = |path: &'a str| path.split_once('.').map_or(path, |(head, _)| head);
        match self {
            Self::Given(path) | Self::After(path) => heads.push(head(path)),
            Self::Value(_) => {}
            Self::Object(fields) => fields.values().for_each(|field| field.heads(heads)),
            Self::Search { filters, query } => {
                for filter in filters {
                    filter.value.heads(heads);
                }
                heads.extend(query.as_deref().map(head));
            }
            Self::Page {
                number: one,
                size: other,
            }
            | Self::People {
                query: one,
                field: other,
            } => {
                heads.extend([head(one), head(other)]);
            }
        }
    }
}
