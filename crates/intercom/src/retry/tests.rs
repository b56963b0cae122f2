//! Tests of `retry.rs`.

use super::*;
use crate::error::Aside;
use crate::{Certainty, Fault};
use catalog::Method;
use serde_json::json;

const FAR: Duration = Duration::from_mins(1);

fn refused(status: u16, message: &str, retry_after: Option<Duration>) -> Error {
    let fault = Fault::read(
        status,
        &json!({"errors": [{"code": "x", "message": message}]}),
        None,
    );
    Error::refused(
        fault,
        Aside {
            canonical: None,
            retry_after,
            certainty: Certainty::MaybeDone,
        },
    )
}

fn retry(method: Method, left: Duration) -> Retry {
    Retry::new(&Request::new(method, "/"), 3, Instant::now() + left)
}

#[tokio::test(start_paused = true)]
async fn reads_are_tried_again_and_writes_only_when_they_did_not_happen() {
    for (error, read, write) in [
        (refused(408, "", None), true, false),
        (refused(500, "", None), true, false),
        (refused(503, "", None), true, false),
        (
            refused(429, "Exceeded rate limit of 167 in 10_seconds", None),
            true,
            true,
        ),
        (
            refused(
                429,
                "Exceeded rate limit of 1 pending message data export jobs",
                None,
            ),
            false,
            false,
        ),
        (refused(400, "", None), false, false),
        (refused(401, "", None), false, false),
        (refused(404, "", None), false, false),
        (refused(409, "", None), false, false),
        (
            Error::Timeout {
                after: FAR,
                certainty: Certainty::MaybeDone,
            },
            false,
            false,
        ),
        (
            Error::Malformed {
                what: "",
                status: 200,
                certainty: Certainty::MaybeDone,
            },
            false,
            false,
        ),
        (
            Error::RateLimited {
                fault: None,
                retry_after: FAR,
            },
            false,
            false,
        ),
    ] {
        let asks = |method| retry(method, FAR).delay(&error, Duration::ZERO).is_some();
        assert_eq!(
            (asks(Method::Get), asks(Method::Post)),
            (read, write),
            "{error:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn waits_grow_up_to_a_ceiling_and_end() {
    let mut longest = [Duration::ZERO; 3];
    for _ in 0..500 {
        let mut retry = retry(Method::Get, FAR);
        for longest in &mut longest {
            let delay = retry
                .delay(&refused(500, "", None), Duration::ZERO)
                .unwrap();
            *longest = delay.max(*longest);
        }
        assert_eq!(
            retry.delay(&refused(500, "", None), Duration::ZERO),
            None,
            "three retries are enough"
        );
    }
    for (longest, ceiling) in longest.iter().zip([250, 500, 1_000]) {
        assert!(
            *longest <= Duration::from_millis(ceiling)
                && *longest > Duration::from_millis(ceiling / 2),
            "{longest:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn waits_that_are_asked_for_are_kept_or_the_error_is_told_at_once() {
    let asked = |status| refused(status, "", Some(Duration::from_secs(5)));
    for status in [429, 503] {
        let delay = retry(Method::Get, FAR)
            .delay(&asked(status), Duration::ZERO)
            .unwrap();
        assert!((5_000..=5_250).contains(&delay.as_millis()), "{delay:?}");
        assert_eq!(
            retry(Method::Get, Duration::from_secs(4)).delay(&asked(status), Duration::ZERO),
            None
        );
    }
    let window = Duration::from_secs(8);
    assert_eq!(
        retry(Method::Post, FAR).delay(&refused(429, "", None), window),
        Some(Duration::ZERO),
        "the budget waits"
    );
    assert_eq!(
        retry(Method::Post, Duration::from_secs(4)).delay(&refused(429, "", None), window),
        None
    );
}
