//! Answers made short: what a model needs, and nothing twice.
//!
//! A list answers whole rows as structured content, and a text with the essential fields of each. A thread answers
//! text alone: nothing would be gained by sending it twice.

pub(crate) mod conversation;
pub(crate) mod html;
pub(crate) mod moment;
mod part;
mod people;
mod plain;
pub(crate) mod prune;
mod row;
mod transcript;

pub(crate) use people::id_of;
pub(crate) use row::ticket_document;
pub(crate) use transcript::Thread;

use crate::ToolResult;
use catalog::Shape;
use intercom::{PageOf, Response};
use serde_json::{Map, Value, json};

/// The words of a message as Markdown, whether it came as HTML or as plain text; quoted mail is folded.
pub fn message_text(body: &str) -> String {
    html::message(body)
}

/// Rows of a list: whole ones, and what the text copy says of each.
pub(crate) struct Rows {
    pub(crate) whole: Vec<Value>,
    pub(crate) brief: Vec<Value>,
}

/// The answer of one operation that is no list.
pub(crate) fn object(shape: Shape, response: Response) -> ToolResult {
    if response.body.is_null() {
        return without_body(&response);
    }
    match shape {
        Shape::Conversation if response.body.get("conversation_parts").is_some() => {
            both(conversation::outcome(&response.body))
        }
        Shape::Ticket if response.body.get("ticket_state").is_some() => {
            text(&row::ticket_document(&response.body, None).unwrap_or_default())
        }
        Shape::Article => text(&prune::pruned(response.body)),
        Shape::Contact => both(prune::pruned(response.body)),
        _ => both(plain::object(response.body)),
    }
}

/// One page of a list under our own keys.
pub(crate) fn list(shape: Shape, page: PageOf) -> ToolResult {
    let rows = rows(shape, page.items);
    let mut beside = Map::new();
    if let Some(next) = page.next {
        beside.insert("next_cursor".into(), next.into());
    }
    if let Some(total) = page.total {
        beside.insert("total".into(), total.into());
    }
    rows.under("items", &beside)
}

/// One object as Intercom gave it; no text beside it, which no program reads.
pub(crate) fn untouched(body: Value) -> ToolResult {
    ToolResult {
        structured: Some(body),
        text: String::new(),
        same: false,
    }
}

/// One page of a list, its items as Intercom gave them.
pub(crate) fn untouched_list(page: PageOf) -> ToolResult {
    let mut answer = Map::new();
    answer.insert("items".into(), page.items.into());
    answer.insert("next_cursor".into(), page.next.into());
    answer.insert("total".into(), page.total.into());
    untouched(answer.into())
}

/// Items as rows.
pub(crate) fn rows(shape: Shape, items: Vec<Value>) -> Rows {
    let (whole, essential): (Vec<Value>, &[&str]) = match shape {
        Shape::Conversation => {
            let whole: Vec<Value> = items.iter().map(conversation::row).collect();
            let brief = whole.iter().map(conversation::brief).collect();
            return Rows { whole, brief };
        }
        Shape::Contact => (items.into_iter().map(row::contact).collect(), &row::CONTACT),
        Shape::Company => (row::companies(items), &row::COMPANY),
        Shape::Ticket => (items.iter().map(row::ticket).collect(), &row::TICKET),
        Shape::Article => (items.into_iter().map(row::article).collect(), &row::ARTICLE),
        _ => {
            let whole = plain::rows(items);
            let brief = whole.iter().map(plain::brief).collect();
            return Rows { whole, brief };
        }
    };
    Rows::new(whole, essential)
}

impl Rows {
    /// Rows whose text copy repeats these fields; no fields mean all.
    pub(crate) fn new(whole: Vec<Value>, essential: &[&str]) -> Self {
        let brief = whole
            .iter()
            .map(|row| match row.as_object() {
                Some(row) if !essential.is_empty() => pick(row, essential).into(),
                _ => row.clone(),
            })
            .collect();
        Self { whole, brief }
    }

    /// The answer with the rows under a key, and more beside them.
    pub(crate) fn under(self, key: &str, beside: &Map<String, Value>) -> ToolResult {
        let document = |rows: Vec<Value>| {
            let mut document = Map::from_iter([(key.to_owned(), Value::Array(rows))]);
            document.extend(beside.clone());
            Value::Object(document)
        };
        ToolResult {
            text: compact(&document(self.brief)),
            structured: Some(document(self.whole)),
            same: false,
        }
    }
}

/// The same JSON as structured content and as text.
pub(crate) fn both(value: Value) -> ToolResult {
    let value = if value.is_object() {
        value
    } else {
        json!({"result": value})
    };
    ToolResult {
        text: compact(&value),
        structured: Some(value),
        same: true,
    }
}

/// The JSON text of a value; `Display` would write it piece by piece through a formatter.
fn compact(value: &Value) -> String {
    // Values always serialize.
    serde_json::to_string(value).unwrap_or_default()
}

/// JSON as text alone.
pub(crate) fn text(value: &Value) -> ToolResult {
    ToolResult {
        text: compact(value),
        structured: None,
        same: false,
    }
}

/// The beginning of a body on one line.
pub(crate) fn snippet(body: &str, characters: usize) -> String {
    let message = html::message(body);
    let mut line = String::new();
    let (mut count, mut words) = (0, message.split_whitespace());
    for word in &mut words {
        count += word.chars().count() + 1;
        if count > characters && !line.is_empty() {
            line.push('…');
            return line;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(characters));
    }
    line
}

/// The names in a list of named things.
fn names(list: Option<&Value>) -> Vec<Value> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|thing| thing.get("name").or_else(|| thing.get("id")).cloned())
        .collect()
}

/// A text or a number as text.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn pick(row: &Map<String, Value>, keys: &[&str]) -> Map<String, Value> {
    keys.iter()
        .filter_map(|key| Some(((*key).to_owned(), row.get(*key)?.clone())))
        .collect()
}

fn without_body(response: &Response) -> ToolResult {
    let mut answer = Map::from_iter([("done".to_owned(), Value::Bool(true))]);
    if let Some(location) = &response.location {
        answer.insert("location".into(), location.as_str().into());
    }
    if let Some(payload) = &response.payload {
        answer.insert("content_type".into(), payload.content_type.as_str().into());
        answer.insert("bytes".into(), payload.bytes.len().into());
        if let Some(text) = response.text() {
            let cut: String = text.chars().take(transcript::PAGE).collect();
            answer.insert("text".into(), cut.into());
        }
    }
    both(answer.into())
}
