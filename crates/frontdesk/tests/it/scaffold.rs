//! What `init` and `deploy` write, and whether a server starts with it.

mod deploy;

use crate::agent::Shop;
use crate::world::{folder, sandbox};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

fn frontdesk(place: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
    command
        .args(words)
        .current_dir(place)
        .env_clear()
        // Without it, no program of Windows opens a socket.
        .envs(std::env::var_os("SystemRoot").map(|root| ("SystemRoot", root)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Whether it ended well, and all that it said.
async fn run(place: &Path, words: &[&str]) -> (bool, String) {
    told(&frontdesk(place, words).output().await.unwrap())
}

fn told(output: &Output) -> (bool, String) {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

async fn good(place: &Path, words: &[&str]) -> String {
    let (ended_well, said) = run(place, words).await;
    assert!(ended_well, "{words:?}: {said}");
    said
}

async fn bad(place: &Path, words: &[&str]) -> String {
    let (ended_well, said) = run(place, words).await;
    assert!(!ended_well, "{words:?}: {said}");
    said
}

/// All files under a folder, by their place with `/`.
fn files(place: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![place.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().unwrap() != ".git" {
                    folders.push(path);
                }
            } else {
                let name = path.strip_prefix(place).unwrap().components();
                let name: Vec<_> = name
                    .map(|part| part.as_os_str().to_str().unwrap())
                    .collect();
                found.insert(name.join("/"), fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

#[tokio::test]
async fn git_takes_no_secret_along() {
    for words in [
        &["deploy", "--platform", "compose"][..],
        &["deploy", "--platform", "compose", "--database", "external"],
        &["init", "--template", "intercom-support"],
    ] {
        let place = folder();
        good(&place, words).await;
        fs::write(place.join(".env"), "A=b\n").ok();
        let git = |words: &[&str]| {
            let output = std::process::Command::new("git")
                .args(words)
                .current_dir(&place)
                .output();
            String::from_utf8(output.unwrap().stdout).unwrap()
        };
        git(&["init", "--quiet"]);
        git(&["add", "--all"]);
        let all = files(&place);
        let kept: Vec<String> = git(&["ls-files"]).lines().map(str::to_owned).collect();
        assert!(kept.len() > 2, "{kept:?}");
        for secret in [
            "secrets/keys",
            "secrets/postgres_password",
            "secrets/database_url",
        ] {
            assert!(!kept.iter().any(|name| name == secret), "{kept:?}");
            let Some(text) = all.get(secret) else {
                continue;
            };
            for name in &kept {
                assert!(!all[name].contains(text.trim()), "{name} holds {secret}");
            }
        }
    }
}

/// A server that was started in a project.
struct Server {
    address: String,
    /// Dropped, they end the server: nobody would read what it says.
    _child: Child,
    _lines: Lines<BufReader<ChildStdout>>,
}

async fn start(place: &Path, upstream: &str) -> Server {
    let words = [
        "--config",
        "frontdesk.yaml",
        "serve",
        "--listen",
        "127.0.0.1:0",
    ];
    let mut child = frontdesk(place, &words)
        .env("INTERCOM_BASE_URL", upstream)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let Some(address) = lines.next_line().await.unwrap() else {
        panic!("{}", told(&child.wait_with_output().await.unwrap()).1);
    };
    Server {
        address,
        _child: child,
        _lines: lines,
    }
}

fn project(template: &str) -> PathBuf {
    folder().join(template)
}

#[tokio::test]
async fn a_project_starts_as_it_is() {
    let sandbox = sandbox().await;
    let mut report = String::new();
    for template in ["desk", "desktop", "intercom-support"] {
        let place = project(template);
        let said = good(
            &std::env::temp_dir(),
            &["init", "--template", template, place.to_str().unwrap()],
        )
        .await;
        assert!(said.contains("README.md"), "{said}");
        let refused = {
            fs::write(place.join("README.md"), "mine").unwrap();
            bad(&place, &["init", "--template", template]).await
        };
        assert!(refused.contains("README.md"), "{refused}");
        for (name, text) in files(&place) {
            let active = text.lines().filter(|line| {
                let line = line.trim();
                name == "frontdesk.yaml"
                    && !line.is_empty()
                    && !line.starts_with('#')
                    && !line.ends_with(':')
            });
            let _ = writeln!(report, "{template}: {name}");
            for line in active {
                let _ = writeln!(report, "    {line}");
            }
        }
        let server = start(&place, &sandbox.url).await;
        let address = &server.address;
        let ready = reqwest::get(format!("{address}/readyz")).await.unwrap();
        assert_eq!(ready.status(), 200, "{template}");
        let listen = address.trim_start_matches("http://");
        good(&place, &["health", "--listen", listen]).await;
        assert!(place.join("state").is_dir(), "{template}");
    }
    insta::assert_snapshot!("init_files", report);
    let said = bad(&folder(), &["health", "--listen", "127.0.0.1:9"]).await;
    assert!(said.contains("does not answer"), "{said}");
}

#[tokio::test]
async fn the_desks_first_steps_are_as_its_readme_has_them() {
    let sandbox = sandbox().await;
    let place = project("desk");
    good(&std::env::temp_dir(), &["init", place.to_str().unwrap()]).await;
    let admin = |words: &[&str]| {
        let words = [&["--config", "frontdesk.yaml", "admin"], words].concat();
        let mut command = frontdesk(&place, &words);
        command.env("INTERCOM_BASE_URL", &sandbox.url);
        command
    };
    let (made, said) = told(
        &admin(&["tenants", "create", "acme"])
            .output()
            .await
            .unwrap(),
    );
    assert!(made, "{said}");
    let mut connecting = admin(&["connections", "create", "acme"]);
    let mut child = connecting.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"sandbox-token\n").await.unwrap();
    drop(input);
    let (made, said) = told(&child.wait_with_output().await.unwrap());
    assert!(made, "{said}");
}

/// What was written answers a customer of the sandbox as its mode says: with a note for a person, and no word to them.
#[tokio::test]
async fn the_support_desks_agent_drafts() {
    let shop = Shop::open().await;
    let place = project("support");
    let words = [
        "init",
        "--template",
        "intercom-support",
        place.to_str().unwrap(),
    ];
    good(&std::env::temp_dir(), &words).await;
    let server = start(&place, &shop.sandbox.url).await;
    shop.tell(server.address.trim_start_matches("http://"));
    let question = shop
        .begin("Hi! I returned a helmet last week. When do I get my refund?")
        .await;
    shop.until_said(&question, 0, 1).await;
    let words = "You charged me twice and nobody answers. Give me a human now!";
    let angry = shop.begin(words).await;
    shop.until_said(&angry, 0, 1).await;
    for conversation in [question, angry] {
        let (said, noted) = shop.said(&conversation).await;
        assert!(said.is_empty(), "a draft is a note: {said:?}");
        assert!(!noted.is_empty());
    }
}

#[tokio::test]
async fn the_support_desks_own_tools_work() {
    let sandbox = sandbox().await;
    let place = project("support");
    let words = [
        "init",
        "--template",
        "intercom-support",
        place.to_str().unwrap(),
    ];
    good(&std::env::temp_dir(), &words).await;
    let call = |words: &[&str]| {
        let words = [
            &["--config", "frontdesk.yaml", "tools", "call"],
            words,
            &["--json"],
        ]
        .concat();
        let mut command = frontdesk(&place, &words);
        command.env("INTERCOM_BASE_URL", &sandbox.url);
        command
    };
    let answer = call(&["next_in_line"]).output().await.unwrap();
    let (called, said) = told(&answer);
    assert!(called, "{said}");
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    let id = answer["id"].as_str().unwrap();
    let conversation = format!("conversation_id={id}");
    let words = [
        "hand_over",
        &conversation,
        "team=Billing",
        "summary=Wants a refund.",
    ];
    let (called, said) = told(&call(&words).output().await.unwrap());
    assert!(called, "{said}");
    let read = call(&["get_conversation", &format!("id={id}")])
        .output()
        .await
        .unwrap();
    let (_, said) = told(&read);
    for expected in ["escalated", "Wants a refund.", "assigned to team"] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let (called, said) = told(
        &call(&["hand_over", &conversation, "team=Nobody", "summary=x"])
            .output()
            .await
            .unwrap(),
    );
    assert!(!called && said.contains("Billing"), "{said}");
}
