//! Paging by number and by cursor, in the shapes that Intercom gives them.

use crate::call::{Call, Fault};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// A page by its number. A page past the end is empty, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageNumber {
    /// Counted from 1.
    pub page: usize,
    /// Items a page.
    pub per_page: usize,
}

impl PageNumber {
    /// The page that the query string asks for; too large a page is made smaller.
    pub(crate) fn of(call: &Call, default: usize, max: usize) -> Result<Self, Fault> {
        let read = |name: &str, fallback: usize| match call.query(name) {
            None | Some("") => Ok(fallback),
            Some(text) => text
                .parse()
                .ok()
                .filter(|&n| n > 0)
                .ok_or_else(|| Fault::invalid(format!("{name} must be a positive integer"))),
        };
        Ok(Self {
            page: read("page", 1)?,
            per_page: read("per_page", default)?.min(max),
        })
    }

    /// Its items.
    pub(crate) fn slice<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let start = (self.page - 1).saturating_mul(self.per_page).min(all.len());
        &all[start..(start + self.per_page).min(all.len())]
    }

    /// How many pages there are.
    pub(crate) fn total_pages(&self, total: usize) -> usize {
        total.div_ceil(self.per_page)
    }

    /// The `pages` object; `next` is the URL of the next page, or null.
    pub(crate) fn pages(&self, total: usize, address: &str) -> Value {
        let joint = if address.contains('?') { '&' } else { '?' };
        let next = (self.page < self.total_pages(total)).then(|| {
            format!(
                "{address}{joint}page={}&per_page={}",
                self.page + 1,
                self.per_page
            )
        });
        json!({"type": "pages", "next": next, "page": self.page, "per_page": self.per_page, "total_pages": self.total_pages(total)})
    }
}

/// The place after which a page of a cursor begins: sort value, id, number of the page that follows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cursor {
    /// The sort value of the last item.
    pub sort: Value,
    /// The id of the last item.
    pub id: String,
    /// The number of the next page.
    pub page: u64,
}

impl Cursor {
    /// As the client sees it.
    pub(crate) fn encode(&self) -> String {
        STANDARD.encode(json!([self.sort, self.id, self.page]).to_string())
    }

    /// What a client sent back; anything that is not a cursor is a `client_error`.
    pub(crate) fn decode(text: &str) -> Result<Self, Fault> {
        let read = || {
            let Value::Array(mut parts) =
                serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()?
            else {
                return None;
            };
            let page = parts.pop()?.as_u64()?;
            let id = crate::call::identifier_of(&parts.pop()?)?;
            let sort = parts.pop()?;
            parts.is_empty().then_some(Self { sort, id, page })
        };
        let message = "Invalid starting_after param. Please try again using a starting_after value from a paginated response.";
        read().ok_or_else(|| Fault::new(400, "client_error", message))
    }
}

/// The `pages` object of a list with cursors; `next` is left out on the last page.
pub(crate) fn cursor_pages(
    page: u64,
    per_page: usize,
    total: usize,
    next: Option<&Cursor>,
) -> Value {
    let mut pages = json!({"type": "pages", "page": page, "per_page": per_page, "total_pages": total.div_ceil(per_page.max(1))});
    if let Some(cursor) = next {
        pages["next"] =
            json!({"page": cursor.page, "per_page": per_page, "starting_after": cursor.encode()});
    }
    pages
}

/// `per_page` of a query string or of a search's pagination; too large a page is made smaller.
pub(crate) fn per_page(asked: Option<&Value>, default: usize, max: usize) -> Result<usize, Fault> {
    match asked {
        None | Some(Value::Null) => Ok(default),
        Some(value) => crate::call::integer_of(value)
            .and_then(|n| usize::try_from(n).ok())
            .filter(|&n| n > 0)
            .map(|n| n.min(max))
            .ok_or_else(|| Fault::invalid("per_page must be a positive integer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(query: &[(&str, &str)]) -> Call {
        Call {
            query: query
                .iter()
                .map(|&(key, value)| (key.into(), value.into()))
                .collect(),
            ..Call::default()
        }
    }

    #[test]
    fn a_page_past_the_end_is_empty() {
        let items: Vec<u32> = (0..25).collect();
        for (page, expected) in [("1", 10), ("3", 5), ("4", 0), ("4000000000", 0)] {
            let asked = PageNumber::of(&asking(&[("page", page)]), 10, 60).unwrap();
            assert_eq!(asked.slice(&items).len(), expected, "page {page}");
        }
        let second = PageNumber {
            page: 2,
            per_page: 10,
        };
        assert_eq!(
            second.pages(25, "http://x/companies")["next"],
            "http://x/companies?page=3&per_page=10"
        );
        assert_eq!(
            PageNumber {
                page: 3,
                per_page: 10
            }
            .pages(25, "http://x")["next"],
            Value::Null
        );
    }

    #[test]
    fn page_numbers_are_checked_and_page_sizes_capped() {
        assert_eq!(
            PageNumber::of(&asking(&[("per_page", "500")]), 15, 60)
                .unwrap()
                .per_page,
            60
        );
        for bad in ["0", "-1", "two"] {
            assert_eq!(
                PageNumber::of(&asking(&[("page", bad)]), 15, 60)
                    .unwrap_err()
                    .code,
                "parameter_invalid"
            );
        }
    }

    #[test]
    fn cursors_survive_the_journey_and_strangers_are_refused() {
        let cursor = Cursor {
            sort: json!(1_707_930_081_000_i64),
            id: "131".into(),
            page: 2,
        };
        assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
        assert_eq!(
            Cursor::decode("WzE3MDc5MzAwODEwMDAsMTMxLDJd").unwrap().id,
            "131"
        );
        for bad in ["", "nonsense", "W10=", "eyJhIjoxfQ=="] {
            assert_eq!(
                Cursor::decode(bad).unwrap_err().code,
                "client_error",
                "{bad}"
            );
        }
    }
}
