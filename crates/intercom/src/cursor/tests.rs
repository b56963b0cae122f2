//! Tests of `cursor.rs`.

use super::*;
use catalog::{Catalog, Method};

/// An operation that is paged in this way.
pub(crate) fn paged(paging: &str) -> Operation {
    let yaml = format!(
        "toolset: tests\ntitle: T\nabout: T.\noperations:\n- name: it\n  title: T\n  about: T.\n  http: GET /it\n  risk: read\n  paging: {{{paging}}}\n"
    );
    Catalog::parse([("tests.yaml", yaml.as_str())])
        .unwrap_or_else(|error| panic!("{error}"))
        .operation("it")
        .unwrap()
        .clone()
}

fn asked(paging: &str, limit: Option<u32>, cursor: Option<&str>) -> String {
    let mut request = Request::new(Method::Get, "/it");
    match PageCursor::resume(&paged(paging), limit, cursor) {
        Ok(cursor) => cursor.apply(&mut request),
        Err(error) => return format!("{error:?}"),
    }
    let query: Vec<String> = request
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let body = request
        .body
        .map(|body| body.to_string())
        .unwrap_or_default();
    format!("{}{body}", query.join("&"))
}

#[test]
fn every_kind_asks_in_its_own_way() {
    for (paging, limit, cursor, expected) in [
        ("kind: cursor", None, None, ""),
        ("kind: cursor, max: 60", Some(500), None, "per_page=60"),
        (
            "kind: cursor",
            Some(0),
            Some("c:WzE3XQ=="),
            "per_page=1&starting_after=WzE3XQ==",
        ),
        ("kind: cursor", Some(5), Some(""), "per_page=5"),
        ("kind: search", None, None, ""),
        (
            "kind: search",
            Some(5),
            None,
            r#"{"pagination":{"per_page":5}}"#,
        ),
        (
            "kind: search",
            Some(5),
            Some("c:x"),
            r#"{"pagination":{"per_page":5,"starting_after":"x"}}"#,
        ),
        ("kind: page", Some(5), None, "per_page=5"),
        ("kind: page", None, Some("p:3:5"), "per_page=5&page=3"),
        ("kind: page", Some(50), Some("p:3:5"), "per_page=5&page=3"),
        ("kind: page", Some(50), Some("p:3"), "per_page=50&page=3"),
        ("kind: scroll", Some(5), None, ""),
        (
            "kind: scroll",
            None,
            Some("s:100:100:ab:c"),
            "scroll_param=ab:c",
        ),
        ("kind: scroll", None, Some("s:100:0:"), ""),
        (
            "kind: timeline",
            Some(5),
            Some("t:before:144"),
            "per_page=5&before=144",
        ),
        ("kind: token", None, Some("n:tok"), "cursor=tok"),
        ("kind: whole", Some(5), Some("o:5"), ""),
    ] {
        assert_eq!(
            asked(paging, limit, cursor),
            expected,
            "{paging} {limit:?} {cursor:?}"
        );
    }
}

#[test]
fn a_scroll_is_never_asked_twice() {
    let mut request = Request::new(Method::Get, "/it");
    PageCursor::resume(&paged("kind: scroll"), None, None)
        .unwrap()
        .apply(&mut request);
    assert!(!request.repeatable);
}

#[test]
fn foreign_cursors_are_refused() {
    for (paging, cursor, expected) in [
        ("kind: none", None, "NoList"),
        ("kind: cursor", Some("p:3"), "Foreign"),
        ("kind: cursor", Some("WzE3XQ=="), "Foreign"),
        ("kind: cursor", Some("c:"), "Foreign"),
        ("kind: cursor", Some("c:a\nb"), "Foreign"),
        ("kind: page", Some("p:0"), "Foreign"),
        ("kind: page", Some("p:-1"), "Foreign"),
        ("kind: page", Some("p:2:x"), "Foreign"),
        ("kind: timeline", Some("t:order:1"), "Foreign"),
        ("kind: scroll", Some("s:1:x"), "Foreign"),
        ("kind: whole", Some("o:"), "Foreign"),
    ] {
        assert_eq!(asked(paging, None, cursor), expected, "{paging} {cursor:?}");
    }
    assert_eq!(
        asked(
            "kind: cursor",
            None,
            Some(&format!("c:{}", "x".repeat(MAX_CURSOR)))
        ),
        "Foreign"
    );
}
