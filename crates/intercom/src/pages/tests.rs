//! Tests of `pages.rs`.

use super::*;
use crate::cursor::tests::paged;
use crate::error::Aside;
use crate::{Certainty, Fault};
use catalog::Method;
use futures_util::TryStreamExt;
use serde_json::json;
use std::cell::RefCell;
use std::future::{Ready, ready};

/// Answers that are given in turn, and what was asked.
struct Script {
    answers: RefCell<VecDeque<Result<Value, u16>>>,
    asked: RefCell<Vec<String>>,
}

impl Script {
    fn new(answers: impl IntoIterator<Item = Result<Value, u16>>) -> Self {
        Self {
            answers: RefCell::new(answers.into_iter().collect()),
            asked: RefCell::default(),
        }
    }

    fn send(&self, request: &Request) -> Ready<Result<Response, Error>> {
        let pairs = request.query.iter();
        let query: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        self.asked.borrow_mut().push(query.join("&"));
        ready(match self.answers.borrow_mut().pop_front() {
            Some(Ok(body)) => Ok(answered(body)),
            Some(Err(status)) => Err(refused(status)),
            None => panic!("one question too many: {query:?}"),
        })
    }

    async fn all(&self, paging: &str) -> Result<Vec<Value>, PageError<Error>> {
        let operation = paged(paging);
        let pages = Pages::new(&operation, Request::new(Method::Get, "/it"), None);
        pages
            .stream(|request| self.send(&request))
            .try_collect()
            .await
    }
}

fn answered(body: Value) -> Response {
    Response {
        status: 200,
        body,
        payload: None,
        request_id: None,
        rate: None,
        location: None,
    }
}

fn refused(status: u16) -> Error {
    let code = if status == 400 {
        "scroll_exists"
    } else {
        "not_found"
    };
    let aside = Aside {
        canonical: None,
        retry_after: None,
        certainty: Certainty::NotDone,
    };
    Error::refused(
        Fault::read(status, &json!({"errors": [{"code": code}]}), None),
        aside,
    )
}

fn scroll(items: &[u32], param: &str) -> Value {
    json!({"data": items, "scroll_param": param})
}

#[tokio::test]
async fn a_stream_reads_to_the_end() {
    let page = |items: Value, next: Value| Ok(json!({"data": items, "pages": {"next": next}}));
    let script = Script::new([
        page(json!([1, 2]), json!({"starting_after": "a"})),
        page(json!([]), json!({"starting_after": "b"})),
        page(json!([3]), Value::Null),
    ]);
    assert_eq!(
        script
            .all("kind: cursor, items: data, max: 60")
            .await
            .unwrap(),
        [1, 2, 3]
    );
    assert_eq!(
        *script.asked.borrow(),
        [
            "per_page=60",
            "per_page=60&starting_after=a",
            "per_page=60&starting_after=b"
        ]
    );
}

#[tokio::test]
async fn a_scroll_that_died_is_begun_anew_without_repeating() {
    let script = Script::new([
        Ok(scroll(&[1, 2], "x")),
        Err(404),
        Ok(scroll(&[1], "y")),
        Ok(scroll(&[2, 3], "y")),
        Err(500),
        Ok(scroll(&[1, 2, 3], "z")),
        Ok(scroll(&[4], "z")),
        Ok(scroll(&[], "z")),
    ]);
    assert_eq!(
        script.all("kind: scroll, items: data").await.unwrap(),
        [1, 2, 3, 4]
    );
}

#[tokio::test]
async fn a_scroll_that_dies_forever_is_an_error() {
    let dying = (0..4).flat_map(|_| [Ok(scroll(&[1], "x")), Err(404)]);
    let script = Script::new(dying);
    let error = script.all("kind: scroll, items: data").await.unwrap_err();
    assert!(
        matches!(error, PageError::Call(Error::NotFound(_))),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_busy_scroll_is_waited_for() {
    let busy = || std::iter::repeat_n(Err(400), 12);
    let script = Script::new(busy().chain([Ok(scroll(&[1], "x")), Ok(scroll(&[], "x"))]));
    assert_eq!(script.all("kind: scroll, items: data").await.unwrap(), [1]);
    let script = Script::new(busy().chain(busy()));
    let error = script.all("kind: scroll, items: data").await.unwrap_err();
    assert!(
        matches!(error, PageError::Call(Error::ScrollBusy(_))),
        "{error:?}"
    );
}

#[tokio::test]
async fn other_errors_end_the_stream() {
    let script = Script::new([
        Ok(json!({"data": [1], "pages": {"next": {"starting_after": "a"}}})),
        Err(404),
    ]);
    let error = script.all("kind: cursor, items: data").await.unwrap_err();
    assert!(
        matches!(error, PageError::Call(Error::NotFound(_))),
        "{error:?}"
    );
    let operation = paged("kind: page");
    let pages = Pages::new(&operation, Request::new(Method::Get, "/it"), None);
    let error = pages
        .page(Some("c:x"), |request| script.send(&request))
        .await
        .unwrap_err();
    assert!(
        matches!(error, PageError::Cursor(CursorError::Foreign)),
        "{error:?}"
    );
}
