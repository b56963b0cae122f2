//! Masks personal data in answers: e-mail addresses, phone numbers and payment card numbers, wherever text holds them.
//!
//! Structure, ids and times stay as they are. A number counts as a card's only where issuer, length and check digit fit, as
//! a phone's only where it is written like one, is called one, or stands in a field of that name. Fields that the owner
//! names are masked whole, and their values wherever else the same call would show them.

mod echo;
mod email;
mod hidden;
mod number;

pub(crate) use hidden::Hidden;

use crate::ToolResult;
use number::{Kind, Run};
use serde_json::Value;
use std::borrow::Cow;

/// What is masked.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MaskRules {
    /// E-mail addresses: `j***@example.com`.
    pub email: bool,
    /// Phone numbers: `+** ** **** **58`.
    pub phone: bool,
    /// Payment card numbers: `**** **** **** 1111`.
    pub card: bool,
    /// Fields by name, such as custom attributes, whatever they hold: `[masked]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// What stands in the place of a field that is masked by its name.
const WHOLE: &str = "[masked]";

impl MaskRules {
    /// Whether nothing is masked.
    pub fn is_empty(&self) -> bool {
        !(self.email || self.phone || self.card) && self.fields.is_empty()
    }

    /// Masks a tool's answer, its structure and its text.
    pub fn apply(&self, result: &mut ToolResult) {
        self.apply_with(result, &Hidden::default());
    }

    /// Masks a tool's answer; values of masked fields that were seen on the way are masked wherever they stand.
    pub(crate) fn apply_with(&self, result: &mut ToolResult, hidden: &Hidden) {
        if self.is_empty() {
            return;
        }
        if let Some(structured) = &mut result.structured {
            self.value(structured, Field::Other, hidden);
            if result.same {
                result.text = structured.to_string();
                return;
            }
        }
        // A text that is JSON has fields, too.
        let json = result.text.starts_with(['{', '[']);
        let read = json.then(|| serde_json::from_str::<Value>(&result.text).ok());
        if let Some(mut value) = read.flatten() {
            self.value(&mut value, Field::Other, hidden);
            result.text = value.to_string();
        } else if let Cow::Owned(masked) = self.shown(&result.text, hidden) {
            result.text = masked;
        }
    }

    /// Masks a text.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.masked(text, Field::Other)
    }

    /// Masks a text, and the values that were seen on the way.
    pub(crate) fn shown<'a>(&self, text: &'a str, hidden: &Hidden) -> Cow<'a, str> {
        match hidden.replaced(text, WHOLE) {
            Some(text) => self.text(&text).into_owned().into(),
            None => self.text(text),
        }
    }

    /// Whether the owner named this field.
    fn names(&self, key: &str) -> bool {
        let last = key.rsplit('.').next().unwrap_or(key);
        let plain = |name: &str| -> String {
            name.chars()
                .filter(|letter| letter.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect()
        };
        !self.fields.is_empty() && self.fields.iter().any(|name| plain(name) == plain(last))
    }

    fn value(&self, value: &mut Value, field: Field, hidden: &Hidden) {
        match value {
            Value::String(_) | Value::Number(_) | Value::Bool(_) if field == Field::Whole => {
                *value = Value::String(WHOLE.into());
            }
            Value::String(text) => {
                if let Some(replaced) = hidden.replaced(text, WHOLE) {
                    *text = replaced;
                }
                if let Cow::Owned(masked) = self.masked(text, field) {
                    *text = masked;
                }
            }
            Value::Number(number) if field == Field::Phone && self.phone => {
                *value = Value::String(number::starred(&number.to_string(), Kind::Phone));
            }
            Value::Array(items) => items
                .iter_mut()
                .for_each(|item| self.value(item, field, hidden)),
            Value::Object(map) => {
                for (key, value) in map {
                    let named = field == Field::Whole || self.names(key);
                    let field = if named { Field::Whole } else { Field::of(key) };
                    self.value(value, field, hidden);
                }
            }
            _ => {}
        }
    }

    fn masked<'a>(&self, text: &'a str, field: Field) -> Cow<'a, str> {
        if field == Field::Phone && self.phone && number::could_be_phone(text) {
            return number::starred(text, Kind::Phone).into();
        }
        let mut copy = Copy::new(text);
        let mut at = 0;
        while let Some(found) = text.as_bytes()[at..]
            .iter()
            .position(|byte| interesting(*byte))
        {
            at = self.mask_at(&mut copy, at + found, field);
        }
        copy.finish()
    }

    /// Masks what is around an interesting byte; answers where to go on.
    fn mask_at(&self, copy: &mut Copy<'_>, at: usize, field: Field) -> usize {
        let text = copy.text;
        if let Some(sign) = email::sign(text, at) {
            if self.email
                && let Some(address) = email::around(text, copy.done, at, sign)
            {
                copy.put(address.local_start + 1, address.local_end, "***");
                return address.end;
            }
            return at + sign;
        }
        let Some(run) = Run::at(text, at) else {
            return at + 1;
        };
        if field != Field::Id {
            for (kind, wanted) in [(Kind::Card, self.card), (Kind::Phone, self.phone)] {
                if wanted && let Some((start, end)) = run.find(kind) {
                    copy.put(start, end, &number::starred(&text[start..end], kind));
                    return end;
                }
            }
        }
        run.end()
    }
}

/// What a field's name says of its content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    /// Ids, times and addresses: their digits are no one's number.
    Id,
    Phone,
    /// Named by the owner: nothing of it is shown.
    Whole,
    Other,
}

impl Field {
    fn of(key: &str) -> Self {
        let key = key.to_ascii_lowercase();
        if ["phone", "mobile", "whatsapp"]
            .iter()
            .any(|word| key.contains(word))
        {
            Self::Phone
        } else if ["id", "ids", "url", "cursor"].contains(&key.as_str())
            || ["_id", "_ids", "_at", "_url", "cursor"]
                .iter()
                .any(|end| key.ends_with(end))
        {
            Self::Id
        } else {
            Self::Other
        }
    }
}

/// The text as it becomes: copied only once something is masked.
struct Copy<'a> {
    text: &'a str,
    masked: String,
    done: usize,
}

impl<'a> Copy<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            masked: String::new(),
            done: 0,
        }
    }

    /// Puts something in the place of a part that lies behind all earlier ones.
    fn put(&mut self, start: usize, end: usize, instead: &str) {
        self.masked.push_str(&self.text[self.done..start]);
        self.masked.push_str(instead);
        self.done = end;
    }

    fn finish(mut self) -> Cow<'a, str> {
        if self.done == 0 {
            return self.text.into();
        }
        self.masked.push_str(&self.text[self.done..]);
        self.masked.into()
    }
}

/// Bytes that an address or a number can be found by.
fn interesting(byte: u8) -> bool {
    matches!(byte, b'@' | b'%' | b'&' | b'+' | b'(' | b'0'..=b'9')
}

#[cfg(test)]
mod tests;
