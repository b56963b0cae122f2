//! The allowance, over real sockets.

use crate::world::{Upstream, answer, client, credential};
use catalog::Method;
use intercom::{Certainty, Client, ClientConfig, Error, Request};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const LIST: &str = r#"{"type": "error.list", "errors": [{"code": "rate_limit_exceeded", "message": "Exceeded rate limit of 167 in 10_seconds"}]}"#;

fn in_seconds(seconds: u64) -> String {
    (SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        + seconds)
        .to_string()
}

#[tokio::test]
async fn a_refused_write_waits_for_the_reset_and_is_sent_again() {
    let reset = in_seconds(1);
    let spent = [
        ("x-ratelimit-limit", "167"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", reset.as_str()),
    ];
    let upstream = Upstream::new([answer(429, &spent, LIST), answer(202, &[], "")]).await;
    assert_eq!(upstream.post().await.unwrap().status, 202);
    let now: u64 = in_seconds(0).parse().unwrap();
    assert!(now >= reset.parse().unwrap(), "it waited for the reset");
    assert_eq!(upstream.asked().len(), 2);
}

#[tokio::test]
async fn retry_after_is_honored() {
    let upstream = Upstream::new([
        answer(429, &[("retry-after", "1")], LIST),
        answer(200, &[], "{}"),
    ])
    .await;
    let start = Instant::now();
    upstream.post().await.unwrap();
    assert!(
        start.elapsed() >= Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_reset_beyond_the_timeout_is_told_at_once() {
    let reset = in_seconds(9);
    let spent = [
        ("x-ratelimit-limit", "167"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", reset.as_str()),
    ];
    let upstream = Upstream::new([answer(429, &spent, LIST)]).await;
    let client = Client::new(ClientConfig {
        timeout: Duration::from_secs(2),
        ..ClientConfig::default()
    });
    let start = Instant::now();
    let error = client
        .send(
            &upstream.account,
            &credential(),
            Request::new(Method::Post, "/it"),
        )
        .await
        .unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5));
    let wait = error.retry_after().unwrap().as_secs();
    assert!((6..=10).contains(&wait), "{error}");
    // The next call knows, and does not even leave.
    let error = client
        .send(
            &upstream.account,
            &credential(),
            Request::new(Method::Post, "/it"),
        )
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::RateLimited { fault: None, .. }),
        "{error:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(5), "nor wait in vain");
    assert_eq!(
        (error.certainty(), upstream.asked().len()),
        (Certainty::NotDone, 1)
    );
}

#[tokio::test]
async fn a_limit_of_unfinished_jobs_is_told_at_once() {
    let body = r#"{"type": "error.list", "errors": [{"code": "rate_limit_exceeded", "message": "Exceeded rate limit of 1 pending message data export jobs"}]}"#;
    let reset = in_seconds(9);
    let rate = [
        ("x-ratelimit-limit", "167"),
        ("x-ratelimit-remaining", "160"),
        ("x-ratelimit-reset", reset.as_str()),
    ];
    let upstream = Upstream::new([answer(429, &rate, body)]).await;
    let error = upstream.post().await.unwrap_err();
    assert!(
        matches!(error, Error::RateLimited { fault: Some(_), .. }),
        "{error:?}"
    );
    assert_eq!(upstream.asked().len(), 1);
    assert_eq!(
        upstream.account.budget.opens_in(),
        Duration::ZERO,
        "others may go on"
    );
}

#[tokio::test]
async fn a_first_burst_sends_little_and_then_everything() {
    let reset = in_seconds(8);
    let rate = [
        ("x-ratelimit-limit", "100000000"),
        ("x-ratelimit-remaining", "99999999"),
        ("x-ratelimit-reset", reset.as_str()),
    ];
    let upstream = Arc::new(Upstream::new([answer(200, &rate, "{}")]).await);
    let client = Arc::new(client());
    let done = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let calls: Vec<_> = (0..32)
        .map(|_| {
            let (upstream, client, done) = (
                Arc::clone(&upstream),
                Arc::clone(&client),
                Arc::clone(&done),
            );
            tokio::spawn(async move {
                for _ in 0..25 {
                    client
                        .send(
                            &upstream.account,
                            &credential(),
                            Request::new(Method::Get, "/it"),
                        )
                        .await
                        .unwrap();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(done.load(Ordering::Relaxed), 800);
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "nothing is held back: {:?}",
        start.elapsed()
    );
    let state = upstream.account.budget.state();
    assert_eq!((state.limit, state.in_flight), (Some(100_000_000), 0));
}
