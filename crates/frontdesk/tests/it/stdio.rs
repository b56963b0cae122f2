//! The process that a desktop host starts.

use crate::world::{MODERN, folder, sandbox};
use serde_json::{Value, json};
use std::process::{Output, Stdio};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

struct Host {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
    command
        .arg("stdio")
        .env_clear()
        .env("FRONTDESK_HOME", folder())
        .env("FRONTDESK_TOOLSETS", "all")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

impl Host {
    fn start(variables: &[(&str, &str)]) -> Self {
        let mut child = command(variables).spawn().unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    async fn say(&mut self, message: &Value) {
        let line = format!("{message}\n");
        self.input.write_all(line.as_bytes()).await.unwrap();
    }

    async fn ask(&mut self, id: u32, method: &str, params: Value) -> Value {
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
            .await;
        loop {
            let line = self.output.next_line().await.unwrap().expect("an answer");
            let message: Value = serde_json::from_str(&line)
                .unwrap_or_else(|error| panic!("not the protocol: {error}: {line}"));
            if message["id"] == id {
                return message;
            }
        }
    }

    async fn open(&mut self) {
        let params = json!({"protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "host", "version": "1"}});
        let opened = self.ask(0, "initialize", params).await;
        assert_eq!(opened["result"]["serverInfo"]["name"], "frontdesk");
        self.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
            .await;
    }

    /// Whether the present token is good.
    async fn works(&mut self, id: u32) -> bool {
        let params = json!({"name": "list_tags", "arguments": {}});
        let answered = self.ask(id, "tools/call", params).await;
        answered["result"]["isError"] != json!(true)
    }

    async fn end(self) -> Output {
        drop(self.input);
        let Self { child, .. } = self;
        child.wait_with_output().await.unwrap()
    }
}

#[tokio::test]
async fn without_a_token_it_ends_at_once_and_says_which_variable() {
    let output = command(&[]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("INTERCOM_ACCESS_TOKEN"), "{said}");
}

#[tokio::test]
async fn a_wrong_region_is_one_clear_error() {
    let variables = [("accessToken", "x"), ("intercomRegion", "mars")];
    let output = command(&variables).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("intercomRegion: `mars` is not a region of Intercom: use one of us, eu, au"),
        "{said}"
    );
}

#[tokio::test]
async fn it_speaks_both_eras_and_ends_with_its_input() {
    let sandbox = sandbox().await;
    let variables = [
        ("INTERCOM_ACCESS_TOKEN", "sandbox-token"),
        ("INTERCOM_BASE_URL", &*sandbox.url),
    ];
    let mut old = Host::start(&variables);
    old.open().await;
    assert!(old.works(1).await);
    let listed = old.ask(2, "tools/list", json!({})).await;
    assert!(!listed["result"]["tools"].as_array().unwrap().is_empty());
    let output = old.end().await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");

    let mut modern = Host::start(&variables);
    let meta = json!({"io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {}});
    let found = modern
        .ask(1, "server/discover", json!({"_meta": meta}))
        .await;
    assert!(found["result"]["supportedVersions"].is_array(), "{found}");
    let params = json!({"name": "list_tags", "arguments": {}, "_meta": meta});
    let called = modern.ask(2, "tools/call", params).await;
    assert_eq!(called["result"]["resultType"], "complete", "{called}");
    assert_eq!(modern.end().await.status.code(), Some(0));

    let silent = Host::start(&variables);
    assert_eq!(silent.end().await.status.code(), Some(0));
}

#[tokio::test]
async fn calls_that_run_when_the_input_ends_are_answered() {
    let sandbox = sandbox().await;
    let mut host = Host::start(&[
        ("INTERCOM_ACCESS_TOKEN", "sandbox-token"),
        ("INTERCOM_BASE_URL", &*sandbox.url),
    ]);
    host.open().await;
    let call = json!({"jsonrpc": "2.0", "id": 9, "method": "tools/call",
        "params": {"name": "list_tags", "arguments": {}}});
    host.say(&call).await;
    drop(host.input);
    let line = host.output.next_line().await.unwrap().expect("the answer");
    let answered: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(answered["id"], 9);
    let status = host.child.wait().await.unwrap();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn the_token_changes_by_notification_and_old_ones_are_ignored() {
    let sandbox = sandbox().await;
    let mut host = Host::start(&[
        ("INTERCOM_ACCESS_TOKEN", "wrong"),
        ("INTERCOM_BASE_URL", &*sandbox.url),
    ]);
    let update = |token: &str, key: &str, timestamp: u64| {
        json!({"jsonrpc": "2.0", "method": "notifications/token/update",
            "params": {key: token, "timestamp": timestamp}})
    };
    // Even before the protocol begins.
    host.say(&update("also-wrong", "token", 1_700_000_000))
        .await;
    host.open().await;
    assert!(!host.works(1).await);
    host.say(&update("sandbox-token", "accessToken", 1_700_000_100))
        .await;
    assert!(host.works(2).await);
    host.say(&update("wrong", "accessToken", 1_700_000_050))
        .await;
    assert!(host.works(3).await);
    host.say(&update("wrong", "token", 1_700_000_200)).await;
    assert!(!host.works(4).await);
    let output = host.end().await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("a newer one came before it"), "{said}");
    assert!(!said.contains("sandbox-token"), "{said}");
}

#[tokio::test]
async fn the_token_changes_with_its_file() {
    let sandbox = sandbox().await;
    let file = folder().join("token");
    std::fs::write(&file, "wrong\n").unwrap();
    let mut host = Host::start(&[
        ("FRONTDESK_TOKEN_FILE", file.to_str().unwrap()),
        ("INTERCOM_BASE_URL", &*sandbox.url),
    ]);
    host.open().await;
    assert!(!host.works(1).await);
    std::fs::write(&file, "sandbox-token\n").unwrap();
    let mut id = 2;
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_mins(1);
    while !host.works(id).await {
        assert!(
            tokio::time::Instant::now() < deadline,
            "the new token is not used"
        );
        id += 1;
    }
}
