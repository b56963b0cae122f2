//! What no healthy server does: raw sockets that hang up, stall, or are not there.

use crate::world::{Upstream, account, answer, client, credential, send};
use catalog::Method;
use intercom::{Account, Certainty, Client, ClientConfig, Error, Request};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

fn get() -> Request {
    Request::new(Method::Get, "/it")
}

fn post() -> Request {
    Request::new(Method::Post, "/it").with_body(json!({"note": "customer words"}))
}

/// A socket that reads each request, writes `bytes`, and hangs up; counts the requests.
async fn hanging_up(bytes: &'static [u8]) -> (Account, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let account = account(&format!("http://{}", listener.local_addr().unwrap()));
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            read_request(&mut socket).await;
            counter.fetch_add(1, Ordering::SeqCst);
            socket.write_all(bytes).await.unwrap();
            let _ = socket.shutdown().await;
        }
    });
    (account, count)
}

/// Reads up to the end of the head, and the body that our requests have.
async fn read_request(socket: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        let count = socket.read(&mut buffer).await.unwrap_or(0);
        seen.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&seen);
        let whole = text
            .split_once("\r\n\r\n")
            .is_some_and(|(head, body)| !head.starts_with("POST") || body.ends_with('}'));
        if count == 0 || whole {
            return;
        }
    }
}

#[tokio::test]
async fn a_dropped_connection_repeats_reads_and_never_writes() {
    for bytes in [
        b"".as_slice(),
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"id\":",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{\"id\":\r\n",
    ] {
        let (account, count) = hanging_up(bytes).await;
        let error = send(&account, post()).await.unwrap_err();
        assert!(matches!(error, Error::Interrupted { certainty: Certainty::MaybeDone, .. }), "{error:?}");
        assert_eq!(count.load(Ordering::SeqCst), 1, "a write is not sent twice");
        let error = send(&account, get()).await.unwrap_err();
        assert!(matches!(error, Error::Interrupted { certainty: Certainty::NotDone, .. }), "{error:?}");
        assert_eq!(count.load(Ordering::SeqCst), 1 + 4, "a read is tried three times more");
    }
}

#[tokio::test]
async fn server_trouble_repeats_reads_and_never_writes() {
    let trouble = || {
        answer(
            503,
            &[],
            r#"{"type": "error.list", "request_id": "r5", "errors": [{"code": "service_unavailable"}]}"#,
        )
    };
    let upstream = Upstream::new([trouble(), trouble(), answer(200, &[], "{}")]).await;
    assert_eq!(upstream.get().await.unwrap().status, 200);
    assert_eq!(upstream.asked().len(), 3);
    for status in [408, 500, 502, 504] {
        let upstream = Upstream::new([answer(status, &[], "")]).await;
        let error = upstream.post().await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::Unavailable {
                    certainty: Certainty::MaybeDone,
                    ..
                }
            ),
            "{error:?}"
        );
        assert_eq!(upstream.asked().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable_and_even_a_write_tries_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let account = account(&format!("http://{address}"));
    let error = send(&account, post()).await.unwrap_err();
    assert!(
        error.to_string().contains(&format!(
            "cannot be reached at http://{address}: Connection refused"
        )),
        "{error}"
    );
    assert_eq!(
        (error.certainty(), account.budget.state().in_flight),
        (Certainty::NotDone, 0)
    );

    // Somebody moves in while the write is being tried again.
    let client = Client::new(ClientConfig {
        max_retries: 30,
        ..ClientConfig::default()
    });
    let moving_in = tokio::spawn(async move {
        let listener = loop {
            if let Ok(listener) = TcpListener::bind(address).await {
                break listener;
            }
            tokio::task::yield_now().await;
        };
        let (mut socket, _) = listener.accept().await.unwrap();
        read_request(&mut socket).await;
        socket
            .write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
            .await
            .unwrap();
        socket
    });
    assert_eq!(
        client
            .send(&account, &credential(), post())
            .await
            .unwrap()
            .status,
        202
    );
    moving_in.await.unwrap();
}

/// A socket that reads each request, tells of it, and answers nothing or half; tells again when it is closed.
async fn stalling(bytes: &'static [u8]) -> (Account, mpsc::UnboundedReceiver<&'static str>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let account = account(&format!("http://{}", listener.local_addr().unwrap()));
    let (told, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let told = told.clone();
            tokio::spawn(async move {
                read_request(&mut socket).await;
                socket.write_all(bytes).await.unwrap();
                told.send("asked").unwrap();
                while socket.read(&mut [0; 64]).await.unwrap_or(0) > 0 {}
                told.send("closed").unwrap();
            });
        }
    });
    (account, heard)
}

#[tokio::test]
async fn a_stalled_upstream_ends_with_one_timeout_at_the_timeout() {
    // Long, so that a busy machine is not taken for a second try.
    let timeout = Duration::from_secs(1);
    let client = Client::new(ClientConfig {
        timeout,
        ..ClientConfig::default()
    });
    for bytes in [
        b"".as_slice(),
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    ] {
        let (account, mut heard) = stalling(bytes).await;
        for (request, certainty) in [(get(), Certainty::NotDone), (post(), Certainty::MaybeDone)] {
            let start = Instant::now();
            let error = client
                .send(&account, &credential(), request)
                .await
                .unwrap_err();
            assert!(
                matches!(error, Error::Timeout { .. }) && error.certainty() == certainty,
                "{error:?}"
            );
            assert!(
                start.elapsed() >= timeout && start.elapsed() < 2 * timeout,
                "{:?}",
                start.elapsed()
            );
            assert_eq!(
                (heard.recv().await, heard.recv().await),
                (Some("asked"), Some("closed")),
                "sent once, then let go"
            );
        }
        assert_eq!(account.budget.state().in_flight, 0);
    }
}

#[tokio::test]
async fn dropping_the_call_ends_it_upstream() {
    let (account, mut heard) = stalling(b"").await;
    let running = account.clone();
    let call = tokio::spawn(async move { client().send(&running, &credential(), post()).await });
    assert_eq!(heard.recv().await, Some("asked"));
    assert_eq!(account.budget.state().in_flight, 1);
    call.abort();
    assert_eq!(heard.recv().await, Some("closed"));
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(account.budget.state().in_flight, 0);
}
