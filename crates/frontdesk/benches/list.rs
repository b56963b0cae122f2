//! How long tools/list of every tool takes, over HTTP and all pages, written by the server and read by a client.
//!
//! Prints the middle and the 99th of a hundred; the middle stays below 5 ms.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and one that cannot go on is to fail"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use frontdesk::{app::App, config::Config, server::Server};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

const TOKEN: &str = "a-token-of-the-bench";
const VERSION: &str = "2026-07-28";
/// Lists that are timed.
const ROUNDS: usize = 500;

fn list(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let home = std::env::temp_dir().join(format!("list-bench-{}", std::process::id()));
    let config = Config {
        base_url: Some("http://127.0.0.1:9".into()),
        access_token: Some("no-token".into()),
        listen: ([127, 0, 0, 1], 0).into(),
        toolsets: vec!["all".into()],
        home: Some(home.clone()),
        ..Config::default()
    };
    let app = Arc::new(App::new(&config).unwrap());
    let server = runtime
        .block_on(Server::start(app, &config, &TOKEN.into()))
        .unwrap();
    let client = reqwest::Client::new();
    let url = format!("http://{}/mcp", server.addr);
    let whole = || runtime.block_on(pages(&client, &url));
    let started = Instant::now();
    let (tools, bytes) = whole();
    println!(
        "the first list, which describes the tools: {:?}",
        started.elapsed()
    );
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            whole();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |of_hundred: usize| times[(times.len() - 1) * of_hundred / 100];
    println!(
        "tools/list of {tools} tools, {bytes} bytes in all pages: p50 {:?}, p99 {:?}",
        at(50),
        at(99)
    );
    assert!(at(50) <= Duration::from_millis(5));
    criterion.bench_function("tools/list of all", |bencher| bencher.iter(whole));
    std::fs::remove_dir_all(home).unwrap();
}

/// How many tools there are, and what all pages weigh.
async fn pages(client: &reqwest::Client, url: &str) -> (usize, usize) {
    let (mut tools, mut bytes) = (0, 0);
    let mut params = json!({"_meta": {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    }});
    loop {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": params});
        let response = client
            .post(url)
            .bearer_auth(TOKEN)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", VERSION)
            .header("mcp-method", "tools/list")
            .body(message.to_string());
        let text = response.send().await.unwrap().text().await.unwrap();
        let page: Value = serde_json::from_str(&text).unwrap();
        bytes += text.len();
        tools += page["result"]["tools"].as_array().unwrap().len();
        match page["result"]["nextCursor"].as_str() {
            Some(cursor) => params["cursor"] = cursor.into(),
            None => return (tools, bytes),
        }
    }
}

criterion_group!(benches, list);
criterion_main!(benches);
