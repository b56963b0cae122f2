//! The agent by command and by API: what it would do, what waits for a person, what it achieved.

use crate::house::House;
use crate::world::{folder, sandbox};
use agent::approval::{self, Question};
use reqwest::Method;
use sandbox::Running;
use serde_json::{Value, json};
use std::path::Path;
use store::{ApprovalState, Role, TenantScope};

/// Asks the sandbox as an app does.
async fn ask(sandbox: &Running, method: &str, path: &str, body: Value) -> Value {
    let url = format!("{}{path}", sandbox.url);
    let request = reqwest::Client::new().request(method.parse().unwrap(), url);
    let request = request
        .bearer_auth("sandbox-token")
        .header("intercom-version", "2.16");
    let request = match body {
        Value::Null => request,
        body => request
            .header("content-type", "application/json")
            .body(body.to_string()),
    };
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path} {error}: {text}"))
}

/// What the command says; it must succeed.
async fn run(sandbox: &Running, home: &Path, words: &[&str]) -> String {
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_frontdesk"))
        .arg("agent")
        .args(words)
        .env("INTERCOM_ACCESS_TOKEN", "sandbox-token")
        .env("INTERCOM_BASE_URL", &sandbox.url)
        .env("FRONTDESK_HOME", home)
        .env("FRONTDESK_AGENT", "auto")
        .env("FRONTDESK_AGENT_TEAMS", "default=Technical")
        // A busy machine is no failure.
        .env("FRONTDESK_UPSTREAM_TIMEOUT", "120")
        .output()
        .await
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

async fn json(sandbox: &Running, home: &Path, words: &[&str]) -> Value {
    let text = run(sandbox, home, words).await;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// How often the conversation was answered by an admin.
async fn answers(sandbox: &Running, id: &str) -> usize {
    let path = format!("/__sandbox/state/conversations/{id}");
    let conversation = ask(sandbox, "GET", &path, Value::Null).await;
    let parts = conversation
        .pointer("/conversation_parts/conversation_parts")
        .unwrap();
    let said = |part: &&Value| part["part_type"] == "comment" && part["author"]["type"] == "admin";
    parts.as_array().unwrap().iter().filter(said).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_tell_first_and_act_when_they_are_told_to() {
    let (sandbox, home) = (sandbox().await, folder());
    let contacts = ask(&sandbox, "GET", "/__sandbox/state/contacts", Value::Null).await;
    let body = json!({"from": {"type": "contact", "id": contacts["ids"][0]}, "body": "When do I get my refund?"});
    let begun = ask(&sandbox, "POST", "/conversations", body).await;
    let id = begun["conversation_id"].as_str().unwrap();

    let told = json(&sandbox, &home, &["run", id, "--json"]).await;
    assert_eq!(told[0]["conversation"], id, "{told}");
    assert!(
        ["answered", "offered"].contains(&told[0]["outcome"].as_str().unwrap()),
        "{told}"
    );
    assert_eq!(answers(&sandbox, id).await, 0, "told, and not done");
    run(&sandbox, &home, &["run", id, id, "--send"]).await;
    assert_eq!(answers(&sandbox, id).await, 1, "once");

    reported(&sandbox, &home).await;
    let before = ask(
        &sandbox,
        "GET",
        &format!("/__sandbox/state/conversations/{id}"),
        Value::Null,
    )
    .await;
    let replay = json(
        &sandbox,
        &home,
        &[
            "replay",
            "--from",
            "2020-01-01",
            "--to",
            "2100-01-01",
            "--limit",
            "3",
            "--json",
        ],
    )
    .await;
    assert!(replay.as_array().unwrap().len() <= 3, "{replay}");
    let reach = json(&sandbox, &home, &["reach", "--limit", "2", "--json"]).await;
    assert!(
        reach["messages"].as_array().unwrap().len() <= 2 && reach["skipped"].is_object(),
        "{reach}"
    );
    let after = ask(
        &sandbox,
        "GET",
        &format!("/__sandbox/state/conversations/{id}"),
        Value::Null,
    )
    .await;
    assert_eq!(before, after);
    let approvals = run(&sandbox, &home, &["approvals"]).await;
    assert_eq!(approvals.trim(), "Nothing is pending.");
}

/// The report as JSON, as a table and as a chart.
async fn reported(sandbox: &Running, home: &Path) {
    let report = json(sandbox, home, &["report", "--json"]).await;
    assert_eq!(
        (&report["conversations"], &report["answered"]),
        (&json!(1), &json!(1)),
        "{report}"
    );
    let table = run(sandbox, home, &["report"]).await;
    assert!(
        table.contains("resolution rate") && table.contains("embedded"),
        "{table}"
    );
    let chart = home.join("chart.svg");
    let file = chart.to_str().unwrap();
    run(
        sandbox,
        home,
        &["report", "--chart", file, "--of", "outcomes"],
    )
    .await;
    let drawn = std::fs::read_to_string(&chart).unwrap();
    assert!(
        drawn.starts_with("<svg") && drawn.contains("answered by the agent"),
        "{drawn}"
    );
}

async fn asked(scope: &TenantScope, id: &str) -> String {
    let arguments = json!({"conversation_id": "1"});
    let question = Question {
        id,
        workspace: "w1abc2",
        conversation: "1",
        tool: "close_conversation",
        arguments: &arguments,
        about: "what a customer asked for",
    };
    approval::ask(scope, &question).await.unwrap();
    scope.approval(id).await.unwrap().digest
}

#[tokio::test]
async fn an_owner_decides_by_api_on_what_was_seen() {
    let house = House::new().await;
    let owner = house.key_of("acme", Role::Owner).await;
    let developer = house.key_of("acme", Role::Developer).await;
    let stranger = house.key_of("globex", Role::Owner).await;
    let scope = house.tenants.store().scope("acme").unwrap();
    let digest = asked(&scope, "a1").await;
    asked(&scope, "a2").await;
    let listed = house
        .api(&developer, Method::GET, "/agent/approvals", Value::Null)
        .await;
    assert_eq!(
        listed.body["items"].as_array().unwrap().len(),
        2,
        "{}",
        listed.body
    );
    assert_eq!(listed.body["items"][1]["arguments"]["conversation_id"], "1");
    let say = async |key: &str, what: &str, digest: &str| {
        let word = json!({"by": "ana", "digest": digest});
        let path = format!("/agent/approvals/{what}");
        house.api(key, Method::POST, &path, word).await.status
    };
    for (key, what, seen, expected) in [
        (&developer, "a1/approve", digest.as_str(), 403),
        (&stranger, "a1/approve", &digest, 404),
        (&owner, "a1/approve", "another", 409),
        (&owner, "a3/approve", &digest, 404),
        (&owner, "a1/approve", &digest, 202),
        (&owner, "a1/reject", &digest, 409),
        (&owner, "a2/reject", &digest, 204),
        (&owner, "a2/approve", &digest, 409),
    ] {
        assert_eq!(say(key, what, seen).await, expected, "{what} {seen}");
    }
    let kept = scope.approval("a1").await.unwrap();
    assert_eq!(kept.decided_by.as_deref(), Some("ana"));
    assert_eq!(
        scope.approval("a2").await.unwrap().state,
        ApprovalState::Rejected
    );
    told(&house, &developer).await;
}

/// The report by API, and a wrong question.
async fn told(house: &House, developer: &str) {
    let report = house
        .api(
            developer,
            Method::GET,
            "/agent/report?from=2026-01-01",
            Value::Null,
        )
        .await;
    assert_eq!(
        (report.status, &report.body["conversations"]),
        (200, &json!(0)),
        "{}",
        report.body
    );
    let wrong = house
        .api(
            developer,
            Method::GET,
            "/agent/report?from=yesterday",
            Value::Null,
        )
        .await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
}
