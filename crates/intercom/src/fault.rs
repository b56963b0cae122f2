//! What Intercom says is wrong, read from every shape of error body that it uses.

use serde_json::{Map, Value};
use std::fmt;

/// Longest message kept, in characters.
const MAX_MESSAGE: usize = 2_000;

/// An error answer of Intercom.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault {
    /// The HTTP status.
    pub status: u16,
    /// The code, such as `parameter_invalid`.
    pub code: Option<String>,
    /// Intercom's own words, which may quote what was sent: for the caller, never for a log.
    pub message: String,
    /// The field that is wrong, where Intercom says so.
    pub field: Option<String>,
    /// What Intercom's support asks for.
    pub request_id: Option<String>,
}

impl Fault {
    /// Reads an error body; `request_id` is the one of the headers.
    pub(crate) fn read(status: u16, body: &Value, request_id: Option<String>) -> Self {
        let mut fault = Self {
            status,
            code: None,
            message: String::new(),
            field: None,
            request_id,
        };
        if let Some(id) = body.get("request_id").and_then(Value::as_str) {
            fault.request_id = Some(id.to_owned());
        }
        match body.get("errors") {
            Some(Value::Array(items)) => items.iter().for_each(|item| fault.add(item)),
            Some(Value::Object(fields)) => fault.add_fields(fields),
            _ => fault.add(
                body.get("error")
                    .filter(|error| !error.is_null())
                    .unwrap_or(body),
            ),
        }
        if let Some((end, _)) = fault.message.char_indices().nth(MAX_MESSAGE) {
            fault.message.truncate(end);
        }
        fault
    }

    /// Whether the code is one of these.
    pub(crate) fn has_code(&self, codes: &[&str]) -> bool {
        self.code
            .as_deref()
            .is_some_and(|code| codes.contains(&code))
    }

    fn add(&mut self, item: &Value) {
        let text = |key: &str| {
            item.get(key)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        // Old answers say `type` where today's say `code`; the envelope's own type is no code.
        let code = text("code").or_else(|| text("type").filter(|kind| *kind != "error.list"));
        self.code = self.code.take().or_else(|| code.map(str::to_owned));
        self.field = self
            .field
            .take()
            .or_else(|| text("field").map(str::to_owned));
        if let Some(message) = text("message").or_else(|| item.as_str()) {
            self.say(message);
        }
    }

    /// `{"errors": {"<field>": "text"}}`, where `base` is the whole and no field.
    fn add_fields(&mut self, fields: &Map<String, Value>) {
        for (field, words) in fields {
            if field != "base" {
                self.field.get_or_insert_with(|| field.clone());
            }
            let words = words
                .as_array()
                .map_or(std::slice::from_ref(words), Vec::as_slice);
            for text in words.iter().filter_map(Value::as_str) {
                self.say(text);
            }
        }
    }

    fn say(&mut self, message: &str) {
        if !self.message.is_empty() {
            self.message.push_str("; ");
        }
        self.message.push_str(message);
    }
}

/// For the caller: with Intercom's words.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        let parts = [
            (" ", &self.code),
            (", field ", &self.field),
            (", request ", &self.request_id),
        ];
        for (label, text) in parts
            .into_iter()
            .filter_map(|(label, text)| Some((label, text.as_deref()?)))
        {
            write!(f, "{label}{text}")?;
        }
        if self.message.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.message)
        }
    }
}

/// For logs: without Intercom's words, which may be a customer's.
impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            code,
            field,
            request_id,
            message: _,
        } = self;
        f.debug_struct("Fault")
            .field("status", status)
            .field("code", code)
            .field("field", field)
            .field("request_id", request_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_envelope_is_understood() {
        let none = None::<&str>;
        for (body, code, message, field, request_id) in [
            (
                json!({"type": "error.list", "request_id": "r1", "errors": [{"code": "parameter_invalid", "message": "no", "field": "body"}]}),
                Some("parameter_invalid"),
                "no",
                Some("body"),
                Some("r1"),
            ),
            (
                json!({"type": "error.list", "errors": [{"type": "not_found", "message": null}]}),
                Some("not_found"),
                "",
                none,
                Some("h1"),
            ),
            (
                json!({"errors": [{"code": "a", "message": "one"}, {"code": "b", "message": "two", "field": "f"}]}),
                Some("a"),
                "one; two",
                Some("f"),
                Some("h1"),
            ),
            (
                json!({"errors": {"base": "closed", "rating": ["low", "odd"]}}),
                none,
                "closed; low; odd",
                Some("rating"),
                Some("h1"),
            ),
            (
                json!({"errors": ["plain"], "request_id": null}),
                none,
                "plain",
                none,
                Some("h1"),
            ),
            (
                json!({"error": {"code": "c", "message": "m"}}),
                Some("c"),
                "m",
                none,
                Some("h1"),
            ),
            (json!({"error": "words"}), none, "words", none, Some("h1")),
            (json!({"type": "error.list"}), none, "", none, Some("h1")),
            (json!([1]), none, "", none, Some("h1")),
            (Value::Null, none, "", none, Some("h1")),
        ] {
            let fault = Fault::read(422, &body, Some("h1".into()));
            let got = (
                fault.code.as_deref(),
                fault.message.as_str(),
                fault.field.as_deref(),
                fault.request_id.as_deref(),
            );
            assert_eq!(got, (code, message, field, request_id), "{body}");
        }
    }

    #[test]
    fn only_display_shows_words_of_intercom() {
        let body = json!({"request_id": "r", "errors": [{"code": "conflict", "message": "ana@example.com exists"}]});
        let fault = Fault::read(409, &body, None);
        assert_eq!(
            fault.to_string(),
            "409 conflict, request r: ana@example.com exists"
        );
        assert!(!format!("{fault:?}").contains("ana@"));
        let long = Fault::read(400, &json!({"errors": ["ä".repeat(3_000)]}), None);
        assert_eq!(long.message.chars().count(), MAX_MESSAGE);
    }
}
