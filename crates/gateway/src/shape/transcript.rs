//! A thread as text, one page at a time: a heading a day, a line a part, oldest first.

use super::people::{People, id_of};
use super::{moment, part};
use serde_json::Value;

/// What one page of a thread holds, in bytes; about five thousand tokens.
pub(crate) const PAGE: usize = 20_000;
/// The cursor's word for the first message, which has no part.
const SOURCE: &str = "source";

/// A thread: the first message, and the parts by time.
pub(crate) struct Thread<'a> {
    source: Option<(&'a Value, Option<i64>)>,
    parts: Vec<&'a Value>,
    pub(crate) people: People<'a>,
}

/// One page of a thread.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// The lines.
    pub(crate) text: String,
    /// Where the next page begins; none at the end.
    pub(crate) next: Option<String>,
}

impl<'a> Thread<'a> {
    /// The thread of a conversation.
    pub(crate) fn of_conversation(conversation: &'a Value) -> Self {
        let source = conversation
            .get("source")
            .filter(|source| source.is_object());
        let at = conversation.get("created_at").and_then(Value::as_i64);
        Self::new(
            source.map(|source| (source, at)),
            conversation.pointer("/conversation_parts/conversation_parts"),
        )
    }

    /// The thread of a ticket.
    pub(crate) fn of_ticket(ticket: &'a Value) -> Self {
        Self::new(None, ticket.pointer("/ticket_parts/ticket_parts"))
    }

    fn new(source: Option<(&'a Value, Option<i64>)>, parts: Option<&'a Value>) -> Self {
        let mut parts: Vec<&Value> = parts
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .collect();
        parts.sort_by_key(|part| {
            part.get("created_at")
                .and_then(Value::as_i64)
                .unwrap_or_default()
        });
        let mut people = People::default();
        let authors = source
            .iter()
            .map(|(source, _)| *source)
            .chain(parts.iter().copied());
        authors
            .filter_map(|said| said.get("author"))
            .for_each(|author| people.meet(author));
        Self {
            source,
            parts,
            people,
        }
    }

    /// How many parts came.
    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    /// The lines from a cursor on; none when the cursor is not of this thread.
    pub(crate) fn page(&self, cursor: Option<&str>, budget: usize) -> Option<Page> {
        let (start, skip) = match cursor {
            None => (0, 0),
            Some(cursor) => self.place(cursor)?,
        };
        let mut page = Writer {
            text: String::new(),
            day: String::new(),
        };
        for index in start..self.entries() {
            let (at, mut line) = self.entry(index);
            let skip = if index == start {
                floor(&line, skip)
            } else {
                0
            };
            line.drain(..skip);
            let room = budget.saturating_sub(page.text.len());
            if line.len() > room {
                if !page.text.is_empty() {
                    return Some(page.ending_at(self.cursor(index, skip)));
                }
                // One message larger than a page goes in pieces.
                let cut = floor(&line, budget.max(64));
                let (piece, rest) = line.split_at(cut);
                page.push(at, piece);
                let next = (!rest.is_empty()).then(|| self.cursor(index, skip + cut));
                match next {
                    Some(next) => return Some(page.ending_at(next)),
                    None => continue,
                }
            }
            page.push(at, &line);
        }
        Some(Page {
            text: page.text,
            next: None,
        })
    }

    /// The last parts as lines.
    pub(crate) fn latest(&self, count: usize) -> String {
        let mut page = Writer {
            text: String::new(),
            day: String::new(),
        };
        let entries = self.entries();
        for index in entries.saturating_sub(count)..entries {
            let (at, line) = self.entry(index);
            page.push(at, &line);
        }
        page.text
    }

    /// The parts of a page of the raw object: from a cursor on, at most that many bytes of JSON.
    pub(crate) fn raw_page(
        &self,
        cursor: Option<&str>,
        budget: usize,
    ) -> Option<(Vec<&'a Value>, Option<String>)> {
        let (start, _) = match cursor {
            None => (0, 0),
            Some(cursor) => self.place(cursor)?,
        };
        let first = usize::from(self.source.is_some());
        let (mut size, mut taken) = (0, Vec::new());
        for (offset, part) in self
            .parts
            .iter()
            .enumerate()
            .skip(start.saturating_sub(first))
        {
            size += part.to_string().len();
            if size > budget && !taken.is_empty() {
                return Some((taken, Some(self.cursor(offset + first, 0))));
            }
            taken.push(*part);
        }
        Some((taken, None))
    }

    fn entries(&self) -> usize {
        self.parts.len() + usize::from(self.source.is_some())
    }

    fn entry(&self, index: usize) -> (Option<i64>, String) {
        if let (Some((source, at)), 0) = (&self.source, index) {
            return (*at, part::source(source, &self.people));
        }
        let part = self.parts[index - usize::from(self.source.is_some())];
        let at = part.get("created_at").and_then(Value::as_i64);
        (at, part::line(part, &self.people))
    }

    fn cursor(&self, index: usize, offset: usize) -> String {
        let id = match (&self.source, index) {
            (Some(_), 0) => SOURCE.into(),
            _ => id_of(self.parts[index - usize::from(self.source.is_some())]).unwrap_or_default(),
        };
        if offset == 0 {
            id.into_owned()
        } else {
            format!("{id}+{offset}")
        }
    }

    fn place(&self, cursor: &str) -> Option<(usize, usize)> {
        let (id, offset) = match cursor.split_once('+') {
            Some((id, offset)) => (id, offset.parse().ok()?),
            None => (cursor, 0),
        };
        if id == SOURCE && self.source.is_some() {
            return Some((0, offset));
        }
        let index = self
            .parts
            .iter()
            .position(|part| id_of(part).is_some_and(|own| own == id))?;
        Some((index + usize::from(self.source.is_some()), offset))
    }
}

struct Writer {
    text: String,
    day: String,
}

impl Writer {
    fn push(&mut self, at: Option<i64>, line: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        if let Some((day, clock)) = at.and_then(moment::day_and_clock) {
            if day != self.day {
                self.text.extend(["# ", &day, "\n"]);
                self.day = day;
            }
            self.text.push_str(&clock);
            self.text.push(' ');
        }
        self.text.push_str(line);
    }

    fn ending_at(self, next: String) -> Page {
        Page {
            text: self.text,
            next: Some(next),
        }
    }
}

/// The nearest place at or before an offset where a text may be cut.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn conversation() -> Value {
        let ana = json!({"type": "user", "id": "66f0", "name": "Ana", "email": "ana@example.com"});
        let rui = json!({"type": "admin", "id": "7", "name": "Rui", "email": "rui@acme.example"});
        let part = |id: u32, at: i64, kind: &str, author: &Value, more: Value| {
            let mut part = json!({"id": id.to_string(), "part_type": kind, "created_at": at, "author": author});
            part.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            part
        };
        json!({"id": "42", "created_at": 1_790_000_000, "source": {"author": ana, "body": "<p>My bell is broken</p>",
            "attachments": [{"name": "bell.jpg", "url": "https://files.example/bell.jpg"}]},
        "conversation_parts": {"conversation_parts": [
            part(1, 1_790_000_060, "assignment", &rui, json!({"body": null, "assigned_to": {"type": "admin", "id": "7"}})),
            part(2, 1_790_000_120, "note", &rui, json!({"body": "<p>Third one this week</p>"})),
            part(3, 1_790_090_000, "comment", &rui, json!({"body": "<p>Sorry!</p><p>A new one is on its way.</p>", "tags": [{"name": "bell"}]})),
            part(4, 1_790_090_060, "conversation_attribute_updated_by_admin", &rui, json!({"event_details": {"attribute": {"name": "Product"}, "value": {"name": "Bell", "previous": "None"}}})),
            part(5, 1_790_090_120, "close", &rui, json!({"body": null})),
            part(6, 1_790_090_180, "open", &ana, json!({"body": "<p>Thanks</p>"})),
        ]}})
    }

    const WHOLE: &str = "# 2026-09-21\n14:13 Ana: My bell is broken [attachment bell.jpg https://files.example/bell.jpg]\n\
        14:14 - assigned to Rui (Rui)\n14:15 Rui (internal note): Third one this week\n# 2026-09-22\n\
        15:13 Rui: Sorry!\nA new one is on its way. [tags: bell]\n\
        15:14 - conversation attribute updated by admin: Product = Bell (was None) (Rui)\n15:15 - closed (Rui)\n\
        15:16 Ana (reopened): Thanks";

    #[test]
    fn a_thread_reads_as_one_text() {
        let conversation = conversation();
        let thread = Thread::of_conversation(&conversation);
        assert_eq!(
            thread.page(None, PAGE),
            Some(Page {
                text: WHOLE.into(),
                next: None
            })
        );
        assert_eq!(
            thread.latest(1),
            "# 2026-09-22\n15:16 Ana (reopened): Thanks"
        );
        assert_eq!(thread.page(Some("99"), PAGE), None);
    }

    #[test]
    fn every_word_is_reached_by_cursor_whatever_the_page_holds() {
        let conversation = conversation();
        let thread = Thread::of_conversation(&conversation);
        for budget in [1, 64, 80, 150, 400] {
            let (mut cursor, mut seen, mut pages) = (None, String::new(), 0);
            loop {
                let page = thread.page(cursor.as_deref(), budget).unwrap();
                seen.push_str(&page.text);
                pages += 1;
                assert!(pages < 50, "no end at {budget}");
                match page.next {
                    Some(next) => cursor = Some(next),
                    None => break,
                }
            }
            for fact in [
                "My bell is broken",
                "bell.jpg",
                "Third one this week",
                "A new one is on",
                "Product = Bell",
                "closed (Rui)",
                "Thanks",
            ] {
                let squeezed = seen.split_whitespace().collect::<String>();
                let pieces =
                    fact.split_whitespace().all(|word| squeezed.contains(word)) || budget < 64;
                assert!(pieces, "{fact} is lost at {budget}: {seen}");
            }
        }
    }
}
