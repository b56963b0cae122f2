//! What an operation answers, and how its list is paged.

use super::document::Document;
use super::flat::{Flat, Reader, Type};
use super::inputs::{Given, is_json};
use crate::node::{Fault, Node};
use crate::{Method, Paging, PagingKind, Place};

/// The answer of success.
pub(super) enum Answer {
    Json(Box<Flat>),
    File,
}

/// What the first answer of success holds.
pub(super) fn answer_of(document: &Document, node: &Node<'_>) -> Result<Option<Answer>, Fault> {
    let Some(responses) = node.get("responses") else {
        return Ok(None);
    };
    for (code, response) in responses.object()? {
        if !code.starts_with('2') && code != "default" {
            continue;
        }
        let response = document.resolve(response)?;
        let Some(content) = response.get("content") else {
            continue;
        };
        let content = content.object()?;
        if content.is_empty() {
            continue;
        }
        return match content.iter().find(|(kind, _)| is_json(kind)) {
            Some((_, media)) => match media.get("schema") {
                Some(schema) => Ok(Some(Answer::Json(Box::new(
                    Reader::new(document).read(&schema)?,
                )))),
                None => Ok(None),
            },
            None => Ok(Some(Answer::File)),
        };
    }
    Ok(None)
}

/// The key of the answer that holds the items; empty when the answer is the list itself.
pub(super) fn list_key(flat: &Flat) -> Option<String> {
    if flat.only() == Some(Type::Array) {
        return Some(String::new());
    }
    let usual = ["data", "items"].into_iter().find(|name| {
        let field = flat.fields.get(*name);
        field.is_some_and(Flat::is_list)
    });
    let first = || {
        let mut fields = flat.fields.iter();
        fields.find_map(|(name, field)| field.lists_objects().then_some(name.as_str()))
    };
    usual.or_else(first).map(str::to_owned)
}

/// The kind of paging that the arguments betray.
pub(super) fn paging(method: Method, items: String, given: &[Given]) -> Paging {
    let find = |place: Place, name: &str| {
        let mut all = given.iter();
        all.find(|one| one.place == place && one.wire == name)
    };
    let query = |name: &str| find(Place::Query, name).is_some();
    let kind = if method == Method::Post && find(Place::Body, "pagination").is_some() {
        PagingKind::Search
    } else if method != Method::Get {
        PagingKind::None
    } else if query("starting_after") && query("per_page") {
        PagingKind::Cursor
    } else if query("scroll_param") {
        PagingKind::Scroll
    } else if query("cursor") && query("per_page") {
        PagingKind::Token
    } else if query("page") && query("per_page") {
        PagingKind::Page
    } else {
        PagingKind::None
    };
    if kind == PagingKind::None {
        return Paging::default();
    }
    let size = find(Place::Query, "per_page").map(|one| &one.flat);
    let default = size.and_then(|flat| flat.default.as_ref()?.as_u64());
    Paging {
        kind,
        items: (!items.is_empty()).then_some(items),
        default: default.and_then(|size| size.try_into().ok()),
        max: size.and_then(Flat::maximum),
    }
}

/// What `limit` and `cursor` stand for.
pub(super) fn implied(kind: PagingKind) -> &'static [&'static str] {
    match kind {
        PagingKind::Cursor => &["starting_after", "per_page"],
        PagingKind::Search => &["pagination"],
        PagingKind::Page => &["page", "per_page"],
        PagingKind::Scroll => &["scroll_param"],
        PagingKind::Token => &["cursor", "per_page"],
        PagingKind::Timeline | PagingKind::Whole | PagingKind::None => &[],
    }
}
