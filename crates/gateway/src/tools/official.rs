//! Pages in the words of Intercom's own server: `total_in_page`, `pages.next.starting_after` and a note for the model.

use super::{Arguments, count, text};
use crate::shape::Rows;
use crate::{CallError, ToolResult, context::Context, shape};
use catalog::Shape;
use intercom::PageOf;
use serde_json::{Map, Value, json};

/// Rows of a page when none were asked for, as Intercom's own server has it.
const PER_PAGE: u32 = 5;

/// A page of a search, by `per_page` and `starting_after`.
pub(super) async fn page(
    context: &Context<'_>,
    operation: &str,
    given: &Arguments,
    query: Value,
) -> Result<PageOf, CallError> {
    let mut arguments = Map::from_iter([("query".to_owned(), query)]);
    if let Some(sort) = given.get("sort") {
        arguments.insert("sort".into(), sort.clone());
    }
    let limit = count(given, "per_page").unwrap_or(PER_PAGE);
    let cursor = text(given, "starting_after").map(own_cursor);
    context
        .page(operation, arguments, Some(limit), cursor.as_deref())
        .await
}

/// The answer with the rows under the official key.
pub(super) fn answer(key: &str, shape: Shape, page: PageOf) -> ToolResult {
    let (next, total) = (page.next.as_deref().map(bare_cursor), page.total);
    let rows = shape::rows(shape, page.items);
    under(key, rows, next, total)
}

/// The answer with rows that are made already.
pub(super) fn under(key: &str, rows: Rows, next: Option<String>, total: Option<u64>) -> ToolResult {
    let mut beside = Map::from_iter([("total_in_page".to_owned(), Value::from(rows.whole.len()))]);
    if let Some(total) = total {
        beside.insert("total_count".into(), total.into());
    }
    if let Some(next) = next {
        beside.insert("pages".into(), json!({"next": {"starting_after": next}}));
        beside.insert(
            "_note".into(),
            format!("More: call again with starting_after {next}").into(),
        );
    }
    rows.under(key, &beside)
}

/// A page by number, of the operations that count pages.
pub(super) async fn numbered(
    context: &Context<'_>,
    operation: &str,
    given: &Arguments,
    arguments: Arguments,
) -> Result<Numbered, CallError> {
    let per_page = count(given, "per_page");
    let number = count(given, "page").unwrap_or(1);
    let cursor = match per_page {
        Some(size) => format!("p:{number}:{size}"),
        None => format!("p:{number}"),
    };
    let body = context
        .page_body(operation, arguments, per_page, Some(&cursor))
        .await?;
    Ok(Numbered { number, body })
}

/// An answer that counts its pages.
pub(super) struct Numbered {
    number: u32,
    pub(super) body: Value,
}

impl Numbered {
    /// What stands beside the rows.
    pub(super) fn beside(&self, rows: usize) -> Map<String, Value> {
        let told = |pointer: &str| self.body.pointer(pointer).and_then(Value::as_u64);
        let mut beside = Map::from_iter([("total_in_page".to_owned(), Value::from(rows))]);
        if let Some(total) = told("/total_count") {
            beside.insert("total_count".into(), total.into());
        }
        let Some(pages) = told("/pages/total_pages") else {
            return beside;
        };
        let page = u64::from(self.number);
        beside.insert("pages".into(), json!({"page": page, "total_pages": pages}));
        if page < pages {
            beside.insert(
                "_note".into(),
                format!("More: call again with page {}", page + 1).into(),
            );
        }
        beside
    }
}

/// Intercom's cursor as ours; one that came from Intercom itself is welcome.
pub(crate) fn own_cursor(cursor: &str) -> String {
    if cursor.starts_with("c:") {
        cursor.to_owned()
    } else {
        format!("c:{cursor}")
    }
}

/// Our cursor as Intercom's.
pub(super) fn bare_cursor(cursor: &str) -> String {
    cursor.strip_prefix("c:").unwrap_or(cursor).to_owned()
}
