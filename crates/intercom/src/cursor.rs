//! Where a list goes on: one opaque text for every kind of paging that Intercom has.

use crate::{Error, Request};
use catalog::{Operation, PagingKind};
use serde_json::{Map, Value, json};
use std::fmt;

/// Longest cursor accepted, in bytes.
const MAX_CURSOR: usize = 4_096;

/// The place of a page in a list.
///
/// Its text is a letter, a colon, and what Intercom itself takes: `c:` after, `p:` page, `s:` scroll, `t:` time,
/// `n:` token, `o:` offset.
#[derive(Clone, PartialEq, Eq)]
pub struct PageCursor {
    pub(crate) kind: PagingKind,
    pub(crate) position: Position,
    /// The page size to ask for; none leaves it to Intercom.
    pub(crate) size: Option<u32>,
}

/// A cursor that cannot be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// It is not of this list, or was changed.
    #[error(
        "the cursor is not one of this list: pass the next_cursor of the page before unchanged, or leave it out to start again"
    )]
    Foreign,
    /// The operation answers no list.
    #[error("this is not a list, so it has no cursor")]
    NoList,
}

/// A place in a list, by the kind of paging.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Position {
    /// The beginning.
    Start,
    /// `c:` then what `starting_after` takes.
    After(String),
    /// `p:` page number and page size: the size must stay, or items would be missed.
    Page { page: u64, size: Option<u32> },
    /// `s:` items delivered, items that this scroll has passed, and its parameter (none: begin a new one).
    Scroll {
        delivered: u64,
        passed: u64,
        param: Option<String>,
    },
    /// `t:` the parameter (`before` or `since`) and its value.
    Moment { param: &'static str, value: String },
    /// `n:` then what `cursor` takes.
    Token(String),
    /// `o:` items delivered, of a list that comes whole.
    Offset(u64),
}

impl PageCursor {
    /// The first page of an operation's list, or the one that a cursor names; `limit` is the size wished for.
    pub fn resume(
        operation: &Operation,
        limit: Option<u32>,
        cursor: Option<&str>,
    ) -> Result<Self, CursorError> {
        let kind = operation.paging.kind;
        if kind == PagingKind::None {
            return Err(CursorError::NoList);
        }
        let position = match cursor.filter(|text| !text.is_empty()) {
            Some(text) => Position::parse(kind, text).ok_or(CursorError::Foreign)?,
            None => Position::Start,
        };
        let wished = limit.map(|limit| limit.clamp(1, operation.page_max().unwrap_or(u32::MAX)));
        let size = match position {
            Position::Page { size, .. } => size.or(wished),
            _ => wished,
        };
        Ok(Self {
            kind,
            position,
            size,
        })
    }

    /// Makes a request of the operation ask for this page.
    pub fn apply(&self, request: &mut Request) {
        match self.kind {
            PagingKind::None | PagingKind::Whole => {}
            PagingKind::Scroll => {
                // Asking again after a lost answer would skip a page.
                request.repeatable = false;
                if let Position::Scroll {
                    param: Some(param), ..
                } = &self.position
                {
                    request.set_query("scroll_param", param);
                }
            }
            PagingKind::Search => self.apply_to_body(request),
            PagingKind::Cursor | PagingKind::Page | PagingKind::Timeline | PagingKind::Token => {
                if let Some(size) = self.size {
                    request.set_query("per_page", size.to_string());
                }
                match &self.position {
                    Position::After(after) => request.set_query("starting_after", after),
                    Position::Page { page, .. } => request.set_query("page", page.to_string()),
                    Position::Moment { param, value } => request.set_query(param, value),
                    Position::Token(token) => request.set_query("cursor", token),
                    Position::Start | Position::Scroll { .. } | Position::Offset(_) => {}
                }
            }
        }
    }

    /// Where to go on when the call for this page failed with `error`: a scroll whose parameter died, or whose page was
    /// lost on the way, begins anew and passes over what was delivered. None when the error must be told.
    pub fn revive(&self, error: &Error) -> Option<Self> {
        let Position::Scroll {
            delivered,
            param: Some(_),
            ..
        } = self.position
        else {
            return None;
        };
        let lost = matches!(
            error,
            Error::NotFound(_)
                | Error::Unavailable { .. }
                | Error::Interrupted { .. }
                | Error::Timeout { .. }
        );
        lost.then(|| Self {
            position: Position::Scroll {
                delivered,
                passed: 0,
                param: None,
            },
            ..self.clone()
        })
    }

    fn apply_to_body(&self, request: &mut Request) {
        let mut pagination = Map::new();
        if let Some(size) = self.size {
            pagination.insert("per_page".into(), size.into());
        }
        if let Position::After(after) = &self.position {
            pagination.insert("starting_after".into(), after.as_str().into());
        }
        if pagination.is_empty() {
            return;
        }
        let body = request.body.get_or_insert_with(|| json!({}));
        if let Some(body) = body.as_object_mut() {
            body.insert("pagination".into(), Value::Object(pagination));
        }
    }
}

impl Position {
    fn parse(kind: PagingKind, text: &str) -> Option<Self> {
        if text.len() > MAX_CURSOR || text.chars().any(char::is_control) {
            return None;
        }
        let (letter, rest) = text.split_once(':')?;
        let some = (!rest.is_empty()).then(|| rest.to_owned());
        match (kind, letter) {
            (PagingKind::Cursor | PagingKind::Search, "c") => some.map(Self::After),
            (PagingKind::Token, "n") => some.map(Self::Token),
            (PagingKind::Whole, "o") => rest.parse().ok().map(Self::Offset),
            (PagingKind::Page, "p") => {
                let (page, size) = rest.split_once(':').unwrap_or((rest, ""));
                let size = if size.is_empty() {
                    None
                } else {
                    Some(size.parse().ok().filter(|size| *size > 0)?)
                };
                page.parse()
                    .ok()
                    .filter(|page| *page > 0)
                    .map(|page| Self::Page { page, size })
            }
            (PagingKind::Timeline, "t") => {
                let (param, value) = rest
                    .split_once(':')
                    .filter(|(_, value)| !value.is_empty())?;
                let param = ["before", "since"]
                    .into_iter()
                    .find(|known| *known == param)?;
                Some(Self::Moment {
                    param,
                    value: value.to_owned(),
                })
            }
            (PagingKind::Scroll, "s") => {
                let (delivered, rest) = rest.split_once(':')?;
                let (passed, param) = rest.split_once(':')?;
                let param = (!param.is_empty()).then(|| param.to_owned());
                Some(Self::Scroll {
                    delivered: delivered.parse().ok()?,
                    passed: passed.parse().ok()?,
                    param,
                })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => Ok(()),
            Self::After(after) => write!(f, "c:{after}"),
            Self::Page { page, size: None } => write!(f, "p:{page}"),
            Self::Page {
                page,
                size: Some(size),
            } => write!(f, "p:{page}:{size}"),
            Self::Scroll {
                delivered,
                passed,
                param,
            } => {
                write!(
                    f,
                    "s:{delivered}:{passed}:{}",
                    param.as_deref().unwrap_or_default()
                )
            }
            Self::Moment { param, value } => write!(f, "t:{param}:{value}"),
            Self::Token(token) => write!(f, "n:{token}"),
            Self::Offset(offset) => write!(f, "o:{offset}"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
