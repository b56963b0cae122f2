//! The types of values, as far as they can be told before a call.

use crate::{Param, ParamType};
use serde_json::Value;

/// Types as far as they can be told apart before a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Text,
    /// An id or a moment: text or a number.
    Scalar,
    Number,
    Boolean,
    List,
    Object,
}

impl Kind {
    pub(super) fn of(param: &Param) -> Self {
        if let Some(schema) = &param.schema {
            return match schema.get("type").and_then(Value::as_str) {
                Some("string") if param.kind == ParamType::Id => Self::Scalar,
                Some("string") => Self::Text,
                Some("integer" | "number") => Self::Scalar,
                Some("boolean") => Self::Boolean,
                Some("array") => Self::List,
                Some("object") => Self::Object,
                _ => Self::Any,
            };
        }
        match param.kind {
            ParamType::String => Self::Text,
            ParamType::Id | ParamType::IntegerId | ParamType::Timestamp => Self::Scalar,
            ParamType::Integer | ParamType::Number => Self::Number,
            ParamType::Boolean => Self::Boolean,
            ParamType::Array => Self::List,
            ParamType::Object | ParamType::Map => Self::Object,
            ParamType::Any | ParamType::Query => Self::Any,
        }
    }

    pub(super) fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Any,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }

    /// Whether a value of that kind fits.
    pub(super) fn takes(self, given: Self) -> bool {
        let plain = [Self::Text, Self::Scalar, Self::Number];
        self == given
            || self == Self::Any
            || given == Self::Any
            || self == Self::Scalar && plain.contains(&given)
            || given == Self::Scalar && plain.contains(&self)
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Text => "text",
            Self::Scalar => "text or a number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}
