//! What a field of a record holds, and how it compares with the value of a filter.

use super::words::{Ends, begins, ends, holds, html_holds, same};
use crate::{
    call::{identifier_of, integer_of},
    world::{ObjectId, people::Applied},
};
use serde_json::Value;
use std::borrow::Cow;

/// What a field of a record holds.
#[derive(Clone, Debug)]
pub(crate) enum Cell<'a> {
    Unset,
    Number(i64),
    Flag(bool),
    Text(Cow<'a, str>),
    /// HTML that is matched word by word.
    Html(&'a str),
    Objects(&'a [ObjectId]),
    Numbers(&'a [u64]),
    Tags(&'a [Applied]),
}

impl<'a> Cell<'a> {
    /// A text that may be missing.
    pub(crate) fn text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Unset, |text| Self::Text(Cow::Borrowed(text)))
    }

    /// A text made for the occasion.
    pub(crate) fn made(text: &(impl ToString + ?Sized)) -> Self {
        Self::Text(Cow::Owned(text.to_string()))
    }

    /// A number that may be missing.
    pub(crate) fn number(number: Option<impl Into<i64>>) -> Self {
        number.map_or(Self::Unset, |number| Self::Number(number.into()))
    }

    /// An id that may be missing, compared as a number.
    pub(crate) fn id(id: Option<u64>) -> Self {
        id.and_then(|id| i64::try_from(id).ok())
            .map_or(Self::Unset, Self::Number)
    }

    /// A value of a custom attribute.
    pub(crate) fn json(value: Option<&'a Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::Unset,
            Some(Value::Bool(flag)) => Self::Flag(*flag),
            Some(Value::String(text)) => Self::Text(Cow::Borrowed(text)),
            Some(Value::Number(number)) => number
                .as_i64()
                .map_or_else(|| Self::made(number), Self::Number),
            Some(other) => Self::made(other),
        }
    }

    /// Its text, or its first one.
    pub(super) fn first_text(&self) -> Option<Cow<'_, str>> {
        self.texts().next()
    }

    /// Whether it holds nothing.
    pub(super) fn is_unset(&self) -> bool {
        match self {
            Self::Unset => true,
            Self::Objects(list) => list.is_empty(),
            Self::Numbers(list) => list.is_empty(),
            Self::Tags(list) => list.is_empty(),
            _ => false,
        }
    }

    /// Whether it equals a value, or one of its elements does.
    pub(super) fn equals(&self, operand: &Operand) -> bool {
        match self {
            Self::Unset => operand.null,
            Self::Number(number) => operand.number == Some(*number),
            Self::Flag(flag) => operand.flag == Some(*flag),
            Self::Text(text) => !operand.null && same(text, &operand.lower),
            Self::Html(html) => !operand.null && html_holds(html, &operand.lower, Ends::Both),
            Self::Objects(list) if operand.null => list.is_empty(),
            Self::Objects(list) => operand.object.is_some_and(|id| list.contains(&id)),
            Self::Numbers(list) if operand.null => list.is_empty(),
            Self::Numbers(list) => operand.id().is_some_and(|id| list.contains(&id)),
            Self::Tags(list) if operand.null => list.is_empty(),
            Self::Tags(list) => operand
                .id()
                .is_some_and(|id| list.iter().any(|tag| tag.tag == id)),
        }
    }

    /// Whether it holds a text somewhere.
    pub(super) fn contains(&self, operand: &Operand) -> bool {
        match self {
            Self::Html(html) => html_holds(html, &operand.lower, Ends::None),
            other => other.texts().any(|text| holds(&text, &operand.lower)),
        }
    }

    /// Whether it, or one of its words, begins with a text.
    pub(super) fn begins(&self, operand: &Operand) -> bool {
        match self {
            Self::Html(html) => html_holds(html, &operand.lower, Ends::Start),
            other => other.texts().any(|text| begins(&text, &operand.lower)),
        }
    }

    /// Whether it, or one of its words, ends with a text.
    pub(super) fn ends(&self, operand: &Operand) -> bool {
        match self {
            Self::Html(html) => html_holds(html, &operand.lower, Ends::Stop),
            other => other.texts().any(|text| ends(&text, &operand.lower)),
        }
    }

    /// Its number, for greater and less.
    pub(super) fn as_number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn texts(&self) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
        let owned = |text: String| Cow::Owned(text);
        match self {
            Self::Unset => Box::new(std::iter::empty()),
            Self::Number(number) => Box::new(std::iter::once(owned(number.to_string()))),
            Self::Flag(flag) => Box::new(std::iter::once(owned(flag.to_string()))),
            Self::Text(text) => Box::new(std::iter::once(Cow::Borrowed(text.as_ref()))),
            Self::Html(html) => Box::new(std::iter::once(Cow::Borrowed(*html))),
            Self::Objects(list) => Box::new(list.iter().map(move |id| owned(id.to_string()))),
            Self::Numbers(list) => Box::new(list.iter().map(move |id| owned(id.to_string()))),
            Self::Tags(list) => Box::new(list.iter().map(move |tag| owned(tag.tag.to_string()))),
        }
    }
}

/// The value of a filter, in every reading that it allows.
#[derive(Clone, Debug, Default)]
pub(super) struct Operand {
    pub null: bool,
    pub lower: String,
    pub number: Option<i64>,
    flag: Option<bool>,
    object: Option<ObjectId>,
}

impl Operand {
    /// Reads a filter's value.
    pub(super) fn of(value: &Value) -> Self {
        let text = identifier_of(value).unwrap_or_default();
        let flag = value.as_bool().or_else(|| text.parse().ok());
        Self {
            null: value.is_null(),
            lower: flag.map_or_else(|| text.to_lowercase(), |flag| flag.to_string()),
            number: integer_of(value).or(flag.map(i64::from)),
            flag,
            object: text.parse().ok(),
        }
    }

    fn id(&self) -> Option<u64> {
        self.number.and_then(|number| number.try_into().ok())
    }
}
