//! `frontdesk tools import`, what becomes of its tools, and files with tools of the user's own.

use crate::world::{World, answer, folder, text};
use axum::{Router, extract::Request, routing::any};
use catalog::Risk;
use serde_json::{Value, json};
use std::{path::Path, process::Stdio};
use tokio::{net::TcpListener, process::Command};

const LAMPS: &str = "
openapi: 3.1.0
info: {title: Lamp API, version: Preview}
servers: [{url: 'https://lamps.example/v1'}]
paths:
  /desks/{id}/lamps:
    post:
      operationId: switchLamp
      summary: Switch a lamp.
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {type: object, required: [on], properties: {on: {type: boolean}}}}}}
";

async fn run(home: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_frontdesk"))
        .args(["tools"])
        .args(arguments)
        .env_clear()
        .env("FRONTDESK_HOME", home)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// An upstream that answers what it was asked; its address.
async fn lamps() -> String {
    let echo = |request: Request| async move {
        let version = request.headers().get("intercom-version").cloned();
        let said = json!({"type": "lamp", "asked": format!("{} {}", request.method(), request.uri()),
            "version": version.and_then(|version| version.to_str().map(str::to_owned).ok())});
        ([("content-type", "application/json")], said.to_string())
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(any(echo));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn an_imported_tool_is_listed_found_and_called_under_the_same_policy() {
    let home = folder();
    let file = home.join("lamps.yaml");
    std::fs::write(&file, LAMPS).unwrap();
    let file = file.to_str().unwrap();
    let kept = home.join("openapi/lamp_api.json");

    let (done, said) = run(&home, &["import", file, "--dry-run"]).await;
    assert!(
        done && said.contains("1 new, 0 already here, 0 left out") && !kept.exists(),
        "{said}"
    );
    let (done, said) = run(&home, &["import", file]).await;
    assert!(
        done && said.contains("switch_lamp") && kept.exists(),
        "{said}"
    );
    // A second import replaces the first.
    let (done, said) = run(&home, &["import", file]).await;
    assert!(done && said.contains("1 new"), "{said}");
    let (done, said) = run(&home, &["list", "--toolsets", "lamp_api"]).await;
    assert!(done && said.contains("switch_lamp   write"), "{said}");
    let (done, said) = run(&home, &["show", "switch_lamp"]).await;
    assert!(done && said.contains("toolsets: lamp_api"), "{said}");

    let upstream = lamps().await;
    let open = World::with(|config| {
        config.home = Some(home.clone());
        config.base_url = Some(upstream.clone());
    })
    .await;
    let found = open
        .call("search_tools", json!({"query": "switch lamp"}))
        .await;
    assert!(text(&found).contains("switch_lamp"), "{found}");
    let lit = open.call("switch_lamp", json!({"id": 7, "on": true})).await;
    let answered = &lit["result"]["structuredContent"];
    assert_eq!(answered["asked"], "POST /v1/desks/7/lamps", "{lit}");
    assert_eq!(answered["version"], "Preview", "{lit}");
    let wrong = open
        .call("switch_lamp", json!({"id": 7, "on": "maybe"}))
        .await;
    assert!(text(&wrong).contains("`on`"), "{wrong}");
    open.app.gateway.flush().await;
    let audit = std::fs::read_to_string(home.join("audit.jsonl")).unwrap();
    assert!(
        audit.contains("\"operation\":\"switch_lamp\",\"status\":200"),
        "{audit}"
    );

    let closed = World::with(|config| {
        config.openapi = vec![kept.clone()];
        config.ceiling = Risk::Read;
    })
    .await;
    let refused = closed
        .call("switch_lamp", json!({"id": 7, "on": true}))
        .await;
    assert!(text(&refused).contains("read-only"), "{refused}");
    let listed = closed.modern("tools/list", json!({}));
    let listed: Value = answer(listed.send().await.unwrap()).await;
    assert!(!listed.to_string().contains("switch_lamp"));
}

#[tokio::test]
async fn a_file_of_ones_own_choice_is_named_in_the_configuration() {
    let home = folder();
    let file = home.join("lamps.yaml");
    std::fs::write(&file, LAMPS).unwrap();
    let own = home.join("own/lamps.json");
    let arguments = [
        "import",
        file.to_str().unwrap(),
        "--write",
        own.to_str().unwrap(),
    ];
    let (done, said) = run(&home, &arguments).await;
    let line = format!("openapi: [{}]", own.display());
    assert!(done && said.contains(&line) && own.exists(), "{said}");
    assert!(!home.join("openapi").exists());
    let config = home.join("config.yaml");
    std::fs::write(&config, format!("tools:\n  {line}\n")).unwrap();
    let (done, said) = run(&home, &["show", "switch_lamp"]).await;
    assert!(done, "{said}");
}

#[tokio::test]
async fn a_broken_description_imports_nothing_and_names_its_place() {
    let home = folder();
    let file = home.join("lamps.yaml");
    std::fs::write(&file, LAMPS.replace("type: boolean", "type: flag")).unwrap();
    let name = file.to_str().unwrap();
    let (done, said) = run(&home, &["import", name]).await;
    assert!(
        !done && said.contains(&format!("{name}:11: \"flag\" is no type")),
        "{said}"
    );
    assert!(
        said.contains("(at #/paths/~1desks~1{id}~1lamps/post/"),
        "{said}"
    );
    assert!(!home.join("openapi").exists());
    let (done, said) = run(&home, &["import", "nowhere.yaml"]).await;
    assert!(!done && said.contains("cannot read nowhere.yaml"), "{said}");
}

#[tokio::test]
async fn a_file_with_tools_of_ones_own_is_checked_at_the_start_and_its_tools_are_called() {
    let home = folder();
    let guide = include_str!("../../../../docs/tools-of-your-own.md");
    let mut files = guide.split("```yaml\n").skip(1);
    let example = files.find(|file| file.starts_with("toolset:")).unwrap();
    let example = example.split("```").next().unwrap();
    let file = home.join("house.yaml");
    let settings = format!(
        "tools:\n  files: [{}]\n  toolsets: [house]\n",
        file.display()
    );
    std::fs::write(home.join("config.yaml"), settings).unwrap();

    std::fs::write(&file, example.replace("tag_conversation", "tag_everything")).unwrap();
    let (done, said) = run(&home, &["list"]).await;
    let place = format!(
        "{}:17: there is no tool or operation `tag_everything`",
        file.display()
    );
    assert!(!done && said.contains(&place), "{said}");

    std::fs::write(&file, example).unwrap();
    let (done, said) = run(&home, &["list"]).await;
    assert!(
        done && said.contains("take_next_conversation  write"),
        "{said}"
    );
    let call = ["call", "take_next_conversation", "tag=vip", "--demo"];
    let (done, said) = run(&home, &call).await;
    assert!(done && said.contains("\"note_id\":"), "{said}");
}
