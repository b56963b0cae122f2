//! Tests of `page.rs`.

use super::*;
use crate::cursor::tests::paged;
use serde_json::json;

/// Numbers of items, next cursor and total, as one line.
fn read(paging: &str, limit: Option<u32>, cursor: Option<&str>, body: Value) -> String {
    let operation = paged(paging);
    let page = PageCursor::resume(&operation, limit, cursor)
        .unwrap()
        .page_of(&operation, body);
    let items: Vec<String> = page.items.iter().map(Value::to_string).collect();
    format!(
        "{} next {} total {}",
        items.join(","),
        page.next.as_deref().unwrap_or("-"),
        page.total.map_or("-".into(), |total| total.to_string())
    )
}

fn check(paging: &str, cases: &[(Option<&str>, Value, &str)]) {
    for (cursor, body, expected) in cases {
        assert_eq!(
            read(paging, Some(2), *cursor, body.clone()),
            *expected,
            "{paging} {cursor:?} {body}"
        );
    }
}

#[test]
fn cursors_end_where_starting_after_is_missing() {
    let list = |next: Value| json!({"type": "list", "data": [1, 2], "total_count": 5, "pages": {"type": "pages", "next": next}});
    check(
        "kind: cursor, items: data",
        &[
            (
                None,
                list(json!({"page": 2, "starting_after": "W=="})),
                "1,2 next c:W== total 5",
            ),
            (
                Some("c:V"),
                list(json!({"per_page": 2, "starting_after": "W"})),
                "1,2 next c:W total 5",
            ),
            (
                None,
                list(json!(
                    "https://api.intercom.io/contacts?per_page=2&starting_after=W%3D"
                )),
                "1,2 next c:W= total 5",
            ),
            (
                None,
                list(json!({"starting_after": ""})),
                "1,2 next - total 5",
            ),
            (
                None,
                list(json!({"starting_after": null})),
                "1,2 next - total 5",
            ),
            (None, list(Value::Null), "1,2 next - total 5"),
            (
                None,
                json!({"data": [1], "pages": null}),
                "1 next - total -",
            ),
            (
                Some("c:W"),
                list(json!({"starting_after": "W"})),
                "1,2 next - total 5",
            ),
        ],
    );
    let body = json!({"conversations": [7], "total_count": "9", "pages": {"next": {"starting_after": "Z"}}});
    assert_eq!(
        read("kind: search, items: conversations", None, None, body),
        "7 next c:Z total 9"
    );
}

#[test]
fn pages_count_in_many_shapes() {
    check(
        "kind: page, items: data, default: 15",
        &[
            (
                None,
                json!({"data": [1, 2], "pages": {"page": 1, "total_pages": 3, "next": null}}),
                "1,2 next p:2:2 total -",
            ),
            (
                Some("p:3:2"),
                json!({"data": [1], "pages": {"page": 3, "total_pages": 3, "next": null}, "total_count": 5}),
                "1 next - total 5",
            ),
            (
                None,
                json!({"data": [1, 2], "pages": {"next": "https://api.intercom.io/companies?page=2&per_page=2"}}),
                "1,2 next p:2:2 total -",
            ),
            (
                None,
                json!({"data": [1, 2], "pages": {"next": "/companies?page=2"}}),
                "1,2 next p:2:2 total -",
            ),
            (
                None,
                json!({"data": [1, 2], "pages": {"next": {"page": 2, "per_page": 2}}}),
                "1,2 next p:2:2 total -",
            ),
            (
                None,
                json!({"data": [1, 2], "pages": {"next": {"starting_after": "odd"}}}),
                "1,2 next p:2:2 total -",
            ),
            (
                None,
                json!({"data": [1, 2], "page": 1, "per_page": 2, "total_pages": 2, "total_count": 3}),
                "1,2 next p:2:2 total 3",
            ),
            (None, json!({"data": [1, 2]}), "1,2 next p:2:2 total -"),
            (None, json!({"data": [1]}), "1 next - total -"),
            (
                None,
                json!({"data": [1, 2], "pages": {}}),
                "1,2 next - total -",
            ),
            (
                Some("p:9:2"),
                json!({"data": [], "pages": {"page": 9, "total_pages": 12}}),
                " next - total -",
            ),
            (
                Some("p:2:2"),
                json!({"data": [1, 2], "pages": {"next": {"page": 2}}}),
                "1,2 next - total -",
            ),
        ],
    );
}

#[test]
fn items_may_lie_deeper() {
    let deep = json!({"data": {"articles": [1], "highlights": []}, "total_count": 1, "pages": {"page": 1, "total_pages": 1}});
    assert_eq!(
        read("kind: page, items: data.articles", None, None, deep),
        "1 next - total 1"
    );
}

#[test]
fn scrolls_end_and_pass_over_what_was_delivered() {
    check(
        "kind: scroll, items: data",
        &[
            (
                None,
                json!({"data": [1, 2], "pages": null, "total_count": null, "scroll_param": "x"}),
                "1,2 next s:2:2:x total -",
            ),
            (
                Some("s:2:2:x"),
                json!({"data": [3], "scroll_param": "x"}),
                "3 next s:3:3:x total -",
            ),
            (
                Some("s:3:3:x"),
                json!({"data": [], "scroll_param": "x"}),
                " next - total -",
            ),
            (
                Some("s:3:3:x"),
                json!({"data": [4], "scroll_param": null}),
                "4 next - total -",
            ),
            (
                Some("s:3:0:"),
                json!({"data": [1, 2], "scroll_param": "y"}),
                " next s:3:2:y total -",
            ),
            (
                Some("s:3:2:y"),
                json!({"data": [3, 4], "scroll_param": "y"}),
                "4 next s:4:4:y total -",
            ),
        ],
    );
}

#[test]
fn timelines_follow_the_moment_in_the_url() {
    let body = |next: Value| json!({"type": "event.summary", "events": [1], "pages": {"next": next, "since": "https://api.intercom.io/events?since=9"}});
    check(
        "kind: timeline, items: events",
        &[
            (
                None,
                body(json!(
                    "https://api.intercom.io/events?type=user&user_id=1&before=144"
                )),
                "1 next t:before:144 total -",
            ),
            (
                Some("t:before:144"),
                body(json!("https://api.intercom.io/events?since=150")),
                "1 next t:since:150 total -",
            ),
            (
                Some("t:before:144"),
                body(json!("https://api.intercom.io/events?before=144")),
                "1 next - total -",
            ),
            (None, body(Value::Null), "1 next - total -"),
            (
                None,
                json!({"events": [], "pages": {"next": "https://api.intercom.io/events?before=1"}}),
                " next - total -",
            ),
        ],
    );
}

#[test]
fn tokens_and_whole_lists() {
    check(
        "kind: token, items: data",
        &[
            (
                None,
                json!({"data": [1], "next_cursor": "k", "has_more": true}),
                "1 next n:k total -",
            ),
            (
                None,
                json!({"data": [1], "next_cursor": "k"}),
                "1 next n:k total -",
            ),
            (
                Some("n:k"),
                json!({"data": [2], "next_cursor": "l", "has_more": false}),
                "2 next - total -",
            ),
            (
                Some("n:k"),
                json!({"data": [2], "next_cursor": null, "has_more": true}),
                "2 next - total -",
            ),
        ],
    );
    check(
        "kind: whole, items: admins",
        &[
            (
                None,
                json!({"type": "admin.list", "admins": [1, 2, 3]}),
                "1,2 next o:2 total -",
            ),
            (
                Some("o:2"),
                json!({"admins": [1, 2, 3]}),
                "3 next - total -",
            ),
            (
                Some("o:99"),
                json!({"admins": [1, 2, 3]}),
                " next - total -",
            ),
        ],
    );
    assert_eq!(
        read(
            "kind: whole, items: admins",
            None,
            None,
            json!({"admins": [1, 2, 3]})
        ),
        "1,2,3 next - total -"
    );
}

#[test]
fn items_are_found_where_intercom_strays() {
    let items = |body: Value| read("kind: page, items: companies", None, None, body);
    assert_eq!(
        items(json!({"data": [1], "pages": null})),
        "1 next - total -"
    );
    assert_eq!(
        items(json!({"companies": [1], "data": [2]})),
        "1 next - total -"
    );
    assert_eq!(items(json!([1, 2])), "1,2 next - total -");
    assert_eq!(
        items(json!({"type": "company", "id": "c"})),
        "{\"type\":\"company\",\"id\":\"c\"} next - total -"
    );
    assert_eq!(
        items(json!({"type": "list", "rows": [1], "pages": {}})),
        "1 next - total -"
    );
    assert_eq!(items(Value::Null), " next - total -");
}
