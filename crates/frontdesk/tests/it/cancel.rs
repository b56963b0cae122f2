//! Cancellation reaches the upstream: the request to Intercom ends when nobody waits for it any more.

use crate::world::{TOKEN, World, config};
use frontdesk::{app::App, server::Server};
use serde_json::json;
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

/// What the upstream saw.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Asked,
    Gone,
}

/// An upstream that takes requests and never answers.
async fn silent() -> (String, mpsc::UnboundedReceiver<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let read = stream.read(&mut buffer).await.unwrap_or(0);
                if read == 0 {
                    return;
                }
                tell.send(Seen::Asked).unwrap();
                while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
                let _ = stream.shutdown().await;
                let _ = tell.send(Seen::Gone);
            });
        }
    });
    (url, told)
}

async fn against(upstream: &str) -> World {
    let sandbox = crate::world::sandbox().await;
    let config = config(upstream);
    let app = Arc::new(App::new(&config).unwrap());
    let server = Server::start(Arc::clone(&app), &config, &TOKEN.into())
        .await
        .unwrap();
    World {
        sandbox,
        server,
        app,
        http: reqwest::Client::new(),
        home: config.home.unwrap(),
    }
}

#[tokio::test]
async fn a_modern_client_that_hangs_up_cancels() {
    let (upstream, mut seen) = silent().await;
    let world = against(&upstream).await;
    for meta in [json!({}), json!({"progressToken": 1})] {
        let params = json!({"name": "list_tags", "arguments": {}, "_meta": meta});
        let call = tokio::spawn(world.modern("tools/call", params).send());
        assert_eq!(seen.recv().await, Some(Seen::Asked));
        call.abort();
        assert_eq!(seen.recv().await, Some(Seen::Gone), "{meta}");
    }
}

#[tokio::test]
async fn a_notification_cancels_in_a_session() {
    let (upstream, mut seen) = silent().await;
    let world = against(&upstream).await;
    let session = world.session("2025-06-18", json!({})).await;
    for (id, accept) in [
        (json!(41), "application/json, text/event-stream"),
        (
            json!("forty-two"),
            "application/json;q=1, text/event-stream",
        ),
    ] {
        let message = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
            "params": {"name": "list_tags", "arguments": {}}});
        let mut request = world.legacy(&session, &message).build().unwrap();
        request
            .headers_mut()
            .insert("accept", accept.parse().unwrap());
        let call = tokio::spawn(world.http.execute(request));
        assert_eq!(seen.recv().await, Some(Seen::Asked));
        let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
            "params": {"requestId": id, "reason": "enough"}});
        let noted = world.legacy(&session, &cancel).send().await.unwrap();
        assert_eq!(noted.status(), 202);
        assert_eq!(seen.recv().await, Some(Seen::Gone), "{id}");
        call.abort();
    }
}
