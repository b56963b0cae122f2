//! The end of a server, and what it reads again while it serves.

use crate::world::{MODERN, TOKEN, folder, sandbox};
use serde_json::{Value, json};
use std::{
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

struct Process {
    child: Child,
    url: String,
    http: reqwest::Client,
    /// Kept open: a server that cannot say where it listens does not serve.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    async fn start(upstream: &str, config: &std::path::Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_frontdesk"))
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(config)
            .env_clear()
            .env("FRONTDESK_HOME", folder())
            .env("FRONTDESK_TOKEN", TOKEN)
            .env("INTERCOM_ACCESS_TOKEN", "sandbox-token")
            .env("INTERCOM_BASE_URL", upstream)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.next_line().await.unwrap().unwrap();
        Self {
            child,
            url,
            http: reqwest::Client::new(),
            _lines: lines,
        }
    }

    async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill")
            .args([name, &id])
            .status()
            .await
            .unwrap();
        assert!(sent.success());
    }

    /// A call with so many further bytes; its status and its answer.
    async fn call(&self, bytes: usize) -> (u16, Value) {
        let meta = json!({"io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": {}, "padding": "x".repeat(bytes)});
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "list_tags", "arguments": {}, "_meta": meta}});
        let answer = self
            .http
            .post(format!("{}/mcp", self.url))
            .bearer_auth(TOKEN)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", MODERN)
            .header("mcp-method", "tools/call")
            .header("mcp-name", "list_tags")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    async fn ready(&self) -> u16 {
        let answer = self.http.get(format!("{}/readyz", self.url)).send().await;
        answer.map_or(0, |answer| answer.status().as_u16())
    }
}

async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !so().await {
        assert!(start.elapsed() < Duration::from_mins(1), "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_call_under_way_is_finished_and_a_new_one_refused() {
    let sandbox = sandbox().await;
    let config = folder().join("config.yaml");
    std::fs::write(&config, "server:\n  grace_period: 60\n").unwrap();
    let mut process = Process::start(&sandbox.url, &config).await;
    assert_eq!(process.call(0).await.0, 200);
    let http = reqwest::Client::new();
    let control = async |place: &str, body: Option<Value>| {
        let url = format!("{}/__sandbox/{place}", sandbox.url);
        let request = match body {
            Some(body) => http.post(url).body(body.to_string()),
            None => http.get(url),
        };
        request.send().await.unwrap().text().await.unwrap()
    };
    let late = json!({"kind": "delay", "delay_ms": 4_000, "path": "/tags"});
    control("faults", Some(late)).await;
    let slow = process.call(0);
    let around = async {
        // The fault is used up when the request is there.
        until("the call is under way", async || {
            !control("faults", None).await.contains("Delay")
        })
        .await;
        process.signal("-TERM").await;
        until("it says that it ends", async || {
            process.ready().await == 503
        })
        .await;
        process.call(0).await.0
    };
    let ((status, answer), refused) = tokio::join!(slow, around);
    assert_eq!(refused, 503, "a new call is let in");
    assert_eq!(
        (status, &answer["result"]["isError"]),
        (200, &json!(false)),
        "{answer}"
    );
    let ended = tokio::time::timeout(Duration::from_secs(30), process.child.wait()).await;
    assert!(ended.expect("it ends").unwrap().success());
}

#[tokio::test]
async fn a_hangup_has_the_limits_and_the_log_level_read_again() {
    let sandbox = sandbox().await;
    let config = folder().join("config.yaml");
    std::fs::write(&config, "log:\n  level: error\n").unwrap();
    let mut process = Process::start(&sandbox.url, &config).await;
    assert_eq!(process.call(2_000).await.0, 200);
    std::fs::write(&config, "server:\n  max_body: 1500\nlog:\n  level: info\n").unwrap();
    process.signal("-HUP").await;
    until("the limit counts", async || {
        process.call(2_000).await.0 == 413
    })
    .await;
    assert_eq!(process.call(0).await.0, 200);
    // What is wrong changes nothing.
    std::fs::write(&config, "server:\n  max_body: many\n").unwrap();
    process.signal("-HUP").await;
    process.signal("-TERM").await;
    assert!(process.child.wait().await.unwrap().success());
    let mut said = String::new();
    process
        .child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .await
        .unwrap();
    assert!(said.contains("as the configuration says now"), "{said}");
}
