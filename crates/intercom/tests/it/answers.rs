//! What answers become.

use crate::world::{Upstream, answer};
use intercom::{Certainty, Error, Rate};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn good_answers_are_read() {
    let rate = [
        ("x-ratelimit-limit", "1666"),
        ("x-ratelimit-remaining", "1665"),
        ("x-ratelimit-reset", "1790000010"),
        ("x-request-id", "r1"),
    ];
    for (status, headers, body, expected) in [
        (200, rate.as_slice(), r#"{"id": "1"}"#, json!({"id": "1"})),
        (202, &[], "", Value::Null),
        (200, &[], " \n", Value::Null),
        (204, &[], "", Value::Null),
        (
            200,
            &[("content-type", "application/vnd.api+json")],
            "[1]",
            json!([1]),
        ),
        (200, &[("content-type", "")], "{}", json!({})),
    ] {
        let response = Upstream::new([answer(status, headers, body)])
            .await
            .get()
            .await
            .unwrap();
        assert_eq!(
            (response.status, &response.body, response.text()),
            (status, &expected, None),
            "{body}"
        );
        if !headers.is_empty() && headers.len() == rate.len() {
            assert_eq!(
                response.rate,
                Some(Rate {
                    limit: 1666,
                    remaining: 1665,
                    reset: 1_790_000_010
                })
            );
            assert_eq!(response.request_id.as_deref(), Some("r1"));
        }
    }
}

#[tokio::test]
async fn text_is_kept_as_text() {
    let upstream = Upstream::new([answer(
        200,
        &[("content-type", "text/plain; charset=utf-8")],
        "Agent: hello",
    )])
    .await;
    let response = upstream.get().await.unwrap();
    assert_eq!(
        (response.text(), &response.body),
        (Some("Agent: hello"), &Value::Null)
    );
}

#[tokio::test]
async fn errors_are_typed_by_status_and_code() {
    let list = |code: &str| {
        format!(
            r#"{{"type": "error.list", "request_id": "r9", "errors": [{{"code": "{code}", "message": "no", "field": "f"}}]}}"#
        )
    };
    for (status, code, variant) in [
        (400, "parameter_invalid", "Invalid"),
        (400, "scroll_exists", "ScrollBusy"),
        (401, "unauthorized", "Unauthorized"),
        (401, "token_unauthorized", "MissingScope"),
        (403, "api_plan_restricted", "PlanRestricted"),
        (403, "forbidden", "Forbidden"),
        (404, "not_found", "NotFound"),
        (409, "conflict", "Conflict"),
        (410, "contact_merged", "Gone"),
        (422, "data_invalid", "Invalid"),
    ] {
        let upstream = Upstream::new([answer(status, &[], &list(code))]).await;
        let error = upstream.post().await.unwrap_err();
        assert!(
            format!("{error:?}").starts_with(variant),
            "{status} {code}: {error:?}"
        );
        let fault = error.fault().unwrap();
        assert_eq!(
            (fault.status, fault.code.as_deref(), fault.field.as_deref()),
            (status, Some(code), Some("f"))
        );
        assert_eq!(
            (
                fault.message.as_str(),
                error.request_id(),
                error.certainty()
            ),
            ("no", Some("r9"), Certainty::NotDone)
        );
        assert_eq!(upstream.asked().len(), 1, "{status} {code}");
    }
}

#[tokio::test]
async fn a_merged_contact_names_its_heir() {
    let body =
        r#"{"type": "error.list", "errors": [{"code": "contact_merged", "message": "merged"}]}"#;
    let headers = [
        ("link", r#"</contacts/65f0abc>; rel="canonical""#),
        ("x-request-id", "r7"),
    ];
    let error = Upstream::new([answer(410, &headers, body)])
        .await
        .get()
        .await
        .unwrap_err();
    assert_eq!(error.request_id(), Some("r7"));
    assert!(
        matches!(error, Error::Gone { canonical: Some(ref id), .. } if id == "65f0abc"),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_is_not_of_the_api_is_malformed() {
    let html = [("content-type", "text/html; charset=utf-8")];
    for (headers, body, what) in [
        (html.as_slice(), "<html>login</html>", "a web page"),
        (&[], r#"{"id": "#, "broken JSON"),
        (&[], "customer words", "broken JSON"),
    ] {
        let upstream = Upstream::new([answer(200, headers, body)]).await;
        let read = upstream.get().await.unwrap_err();
        let write = upstream.post().await.unwrap_err();
        assert!(read.to_string().contains(what), "{read}");
        assert_eq!(
            (read.certainty(), write.certainty()),
            (Certainty::NotDone, Certainty::MaybeDone)
        );
        assert_eq!((read.status(), upstream.asked().len()), (Some(200), 2));
    }
}

#[tokio::test]
async fn a_web_page_with_an_error_status_is_that_error() {
    let html = [("content-type", "text/html"), ("retry-after", "60")];
    for (status, variant) in [(404, "NotFound"), (403, "Forbidden"), (502, "Unavailable")] {
        let error = Upstream::new([answer(status, &html, "<html>customer words</html>")])
            .await
            .get()
            .await
            .unwrap_err();
        assert!(format!("{error:?}").starts_with(variant), "{error:?}");
        if status == 502 {
            assert_eq!(error.retry_after(), Some(Duration::from_mins(1)));
        }
    }
}

#[tokio::test]
async fn a_large_answer_hits_the_cap() {
    let body = format!("[\"{}\"]", "x".repeat(200_000));
    let upstream = Upstream::new([answer(200, &[], &body)]).await;
    let error = upstream.post().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooLarge {
                limit: 100_000,
                certainty: Certainty::MaybeDone
            }
        ),
        "{error:?}"
    );
    let error = upstream.get().await.unwrap_err();
    assert_eq!(error.certainty(), Certainty::NotDone);
}
