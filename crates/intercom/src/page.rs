//! One page out of an answer, whatever kind of paging made it.

use crate::PageCursor;
use crate::cursor::Position;
use catalog::{Operation, PagingKind};
use serde_json::Value;
use url::Url;

/// One page of a list.
#[derive(Clone, Default, PartialEq)]
pub struct PageOf {
    /// The items.
    pub items: Vec<Value>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
    /// How many items the whole list has, where Intercom says so.
    pub total: Option<u64>,
}

impl PageCursor {
    /// Reads the page that an answer holds.
    pub fn page_of(&self, operation: &Operation, mut body: Value) -> PageOf {
        let items = take_items(&mut body, operation.paging.items.as_deref());
        let total = total(&body);
        let answer = Answer {
            cursor: self,
            operation,
            body: &body,
            count: items.len(),
        };
        let next = answer.next().filter(|next| *next != self.position);
        let (items, next) = self.cut(items, next);
        PageOf {
            items,
            next: next.map(|next| next.to_string()),
            total,
        }
    }

    /// Leaves out what was delivered before: of a scroll begun anew, and of a list that comes whole.
    fn cut(&self, mut items: Vec<Value>, next: Option<Position>) -> (Vec<Value>, Option<Position>) {
        match (self.kind, &self.position) {
            (
                PagingKind::Scroll,
                Position::Scroll {
                    delivered, passed, ..
                },
            ) => {
                let stale = delivered.saturating_sub(*passed).min(items.len() as u64);
                items.drain(..usize::try_from(stale).unwrap_or(usize::MAX));
                (items, next)
            }
            (PagingKind::Whole, position) => {
                let start = if let Position::Offset(start) = position {
                    *start
                } else {
                    0
                };
                let start = usize::try_from(start)
                    .unwrap_or(usize::MAX)
                    .min(items.len());
                let end = self.size.map_or(items.len(), |size| {
                    items.len().min(start.saturating_add(size as usize))
                });
                let more = end < items.len();
                items.truncate(end);
                items.drain(..start);
                (items, more.then_some(Position::Offset(end as u64)))
            }
            _ => (items, next),
        }
    }
}

/// Without the items: they are customers' data.
impl std::fmt::Debug for PageOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { items, next, total } = self;
        write!(
            f,
            "PageOf({} items, next {}, total {total:?})",
            items.len(),
            next.is_some()
        )
    }
}

struct Answer<'a> {
    cursor: &'a PageCursor,
    operation: &'a Operation,
    body: &'a Value,
    count: usize,
}

impl Answer<'_> {
    fn next(&self) -> Option<Position> {
        match self.cursor.kind {
            PagingKind::None | PagingKind::Whole => None,
            PagingKind::Cursor | PagingKind::Search => self.next_after(),
            PagingKind::Page => self.next_page(),
            PagingKind::Scroll => self.next_scroll(),
            PagingKind::Timeline => self.next_moment(),
            PagingKind::Token => {
                let more = self
                    .body
                    .get("has_more")
                    .and_then(Value::as_bool)
                    .unwrap_or(true);
                text(self.body.get("next_cursor"))
                    .filter(|_| more)
                    .map(Position::Token)
            }
        }
    }

    /// `pages.next` is an object, a URL, null, or not there.
    fn pages_next(&self) -> Option<&Value> {
        self.body
            .pointer("/pages/next")
            .filter(|next| !next.is_null())
    }

    fn next_after(&self) -> Option<Position> {
        let next = self.pages_next()?;
        let after = text(next.get("starting_after")).or_else(|| url_param(next, "starting_after"));
        after.map(Position::After)
    }

    fn next_page(&self) -> Option<Position> {
        let page = if let Position::Page { page, .. } = self.cursor.position {
            page
        } else {
            1
        };
        let told = |key: &str| {
            self.body
                .pointer(&format!("/pages/{key}"))
                .or_else(|| self.body.get(key))
                .and_then(number)
        };
        let size = told("per_page").and_then(|size| size.try_into().ok());
        let size = self.cursor.size.or(size).or(self.operation.paging.default);
        let next = match self.pages_next() {
            Some(next) => {
                let named = next.get("page").and_then(number);
                Some(
                    named
                        .or_else(|| url_param(next, "page")?.parse().ok())
                        .unwrap_or(page + 1),
                )
            }
            None => match told("total_pages") {
                Some(pages) => (page < pages).then_some(page + 1),
                // No word of pages at all: a full page may have another behind it.
                None => (!self.says_pages()
                    && size.is_some_and(|size| self.count >= size as usize))
                .then_some(page + 1),
            },
        };
        next.filter(|next| *next > page && self.count > 0)
            .map(|page| Position::Page { page, size })
    }

    fn says_pages(&self) -> bool {
        self.body.get("pages").is_some_and(Value::is_object)
    }

    fn next_scroll(&self) -> Option<Position> {
        let param = text(self.body.get("scroll_param")).filter(|_| self.count > 0)?;
        let (delivered, passed) = match self.cursor.position {
            Position::Scroll {
                delivered, passed, ..
            } => (delivered, passed),
            _ => (0, 0),
        };
        let passed = passed + self.count as u64;
        Some(Position::Scroll {
            delivered: delivered.max(passed),
            passed,
            param: Some(param),
        })
    }

    fn next_moment(&self) -> Option<Position> {
        let next = self.pages_next().filter(|_| self.count > 0)?;
        ["before", "since"].into_iter().find_map(|param| {
            Some(Position::Moment {
                param,
                value: url_param(next, param)?,
            })
        })
    }
}

/// The items under the operation's key; where Intercom strays from it, the list that is there instead.
fn take_items(body: &mut Value, key: Option<&str>) -> Vec<Value> {
    let key = key.unwrap_or("data");
    let told = key
        .split('.')
        .try_fold(&*body, |value, name| value.get(name))
        .is_some_and(Value::is_array);
    let found = if body.is_array() {
        Some(&mut *body)
    } else if told {
        key.split('.')
            .try_fold(&mut *body, |value, name| value.get_mut(name))
    } else if body.get("data").is_some_and(Value::is_array) {
        body.get_mut("data")
    } else if body.get("id").is_some() {
        // A list that was asked for one object by name answers that object alone.
        return vec![body.take()];
    } else {
        body.as_object_mut()
            .and_then(|object| object.values_mut().find(|value| value.is_array()))
    };
    match found.map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn total(body: &Value) -> Option<u64> {
    [
        "/total_count",
        "/pages/total_count",
        "/pages/total",
        "/total",
    ]
    .into_iter()
    .find_map(|place| number(body.pointer(place)?))
}

/// A number, also one in quotes.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// A text that is not empty, also a number.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A parameter of a URL that may lack scheme and host.
fn url_param(url: &Value, name: &str) -> Option<String> {
    let base = Url::parse("https://api.intercom.io").ok()?;
    let url = base.join(url.as_str()?).ok()?;
    url.query_pairs()
        .find(|(key, value)| key == name && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests;
