//! The help center as files: pulled, compared, pushed, and never overwritten.

use crate::world::{folder, sandbox};
use sandbox::Running;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tokio::process::Command;

struct Desk {
    sandbox: Running,
    home: PathBuf,
    dir: PathBuf,
}

impl Desk {
    async fn new() -> Self {
        let home = folder();
        Self {
            sandbox: sandbox().await,
            dir: home.join("help"),
            home,
        }
    }

    /// Runs the command; answers whether it succeeded, and what it said.
    async fn try_run(&self, action: &str, flags: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_frontdesk"))
            .args(["articles", action])
            .arg(&self.dir)
            .args(flags)
            .env_clear()
            .env("FRONTDESK_HOME", &self.home)
            .env("INTERCOM_ACCESS_TOKEN", "sandbox-token")
            .env("INTERCOM_BASE_URL", &self.sandbox.url)
            .output()
            .await
            .unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.success(), said.concat())
    }

    async fn run(&self, action: &str, flags: &[&str]) -> String {
        let (good, said) = self.try_run(action, flags).await;
        assert!(good, "{action}: {said}");
        said
    }

    async fn api(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let request = reqwest::Client::new()
            .request(method, format!("{}{path}", self.sandbox.url))
            .bearer_auth("sandbox-token")
            .header("content-type", "application/json")
            .body(if body.is_null() {
                String::new()
            } else {
                body.to_string()
            });
        let text = request.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path} {error}: {text}"))
    }

    async fn article(&self, id: &str) -> Value {
        self.api(
            reqwest::Method::GET,
            &format!("/articles/{id}"),
            Value::Null,
        )
        .await
    }

    async fn edit(&self, id: &str, change: Value) {
        self.api(reqwest::Method::PUT, &format!("/articles/{id}"), change)
            .await;
    }

    /// What was written to Intercom since the log was cleared.
    async fn writes(&self) -> Vec<String> {
        let log = self
            .api(
                reqwest::Method::GET,
                "/__sandbox/requests?limit=10000",
                Value::Null,
            )
            .await;
        let entries = log["requests"].as_array().unwrap().iter();
        let told = entries.map(|entry| {
            format!(
                "{} {}",
                entry["method"].as_str().unwrap(),
                entry["path"].as_str().unwrap()
            )
        });
        told.filter(|line| !line.starts_with("GET ")).collect()
    }

    async fn forget(&self) {
        self.api(reqwest::Method::DELETE, "/__sandbox/requests", Value::Null)
            .await;
    }

    /// All files with articles.
    fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.dir, &mut found);
        found.sort();
        found
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Left behind, the folder only costs space.
        let _ = fs::remove_dir_all(&self.home);
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path);
        }
    }
}

/// A field of a file's head.
fn field(path: &Path, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("{text}"))
        .trim_matches('"')
        .to_owned()
}

fn change(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// Published articles without staged changes, which an edit would join.
async fn published(desk: &Desk) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for path in desk.files() {
        let id = field(&path, "id");
        if field(&path, "state") == "published"
            && desk.article(&id).await["has_unpublished_changes"] == false
        {
            all.push(path);
        }
        if all.len() == 4 {
            break;
        }
    }
    all
}

#[tokio::test]
async fn pulled_files_are_markdown_and_differ_in_nothing() {
    let desk = Desk::new().await;
    let said = desk.run("pull", &[]).await;
    let files = desk.files();
    let listed = desk
        .api(reqwest::Method::GET, "/articles", Value::Null)
        .await["total_count"]
        .as_u64()
        .unwrap();
    assert!(
        said.contains(&format!("{listed} written, 0 left, 0 in conflict")),
        "{said}"
    );
    assert!(
        listed >= 30 && files.len() as u64 == listed,
        "{listed} articles, {} files",
        files.len()
    );
    for path in &files {
        let text = fs::read_to_string(path).unwrap();
        assert!(
            !text.contains("format: html") && !text.contains("<p>") && !text.contains("<li>"),
            "{text}"
        );
        assert!(
            path.parent().unwrap() != desk.dir,
            "{} has a collection",
            path.display()
        );
    }
    assert_eq!(desk.run("diff", &[]).await, "");
    desk.forget().await;
    assert!(desk.run("push", &[]).await.contains("0 sent"));
    assert_eq!(desk.writes().await, Vec::<String>::new());
    let before: Vec<String> = files
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    desk.run("pull", &[]).await;
    let after: Vec<String> = files
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert_eq!(before, after, "a second pull changes no file");
}

#[tokio::test]
async fn one_edit_is_shown_and_sent_alone() {
    let desk = Desk::new().await;
    desk.run("pull", &[]).await;
    let path = published(&desk).await.remove(0);
    let (id, old) = (field(&path, "id"), field(&path, "title"));
    let html = desk.article(&id).await["body"].as_str().unwrap().to_owned();
    fs::write(
        &path,
        fs::read_to_string(&path).unwrap() + "\nAsk **us** first.\n",
    )
    .unwrap();
    change(&path, &old, "A new title");
    let said = desk.run("diff", &[]).await;
    assert_eq!(said.matches("edited here: ").count(), 1, "{said}");
    for line in [
        format!("-title: {old}"),
        "+title: A new title".into(),
        "+Ask **us** first.".into(),
    ] {
        assert!(said.lines().any(|told| told == line), "{line}: {said}");
    }
    desk.forget().await;
    assert!(desk.run("push", &[]).await.contains("1 sent"));
    assert_eq!(desk.writes().await, [format!("PUT /articles/{id}")]);
    let article = desk.article(&id).await;
    assert_eq!(
        (&article["title"], &article["state"]),
        (&json!("A new title"), &json!("published"))
    );
    assert_eq!(
        article["body"],
        format!("{html}<p>Ask <strong>us</strong> first.</p>")
    );
    assert_eq!(desk.run("diff", &[]).await, "");
}

#[tokio::test]
async fn edits_on_both_sides_are_shown_and_left_alone() {
    let desk = Desk::new().await;
    desk.run("pull", &[]).await;
    let mut paths = published(&desk).await;
    let (both, remote) = (paths.remove(0), paths.remove(0));
    let (id, other) = (field(&both, "id"), field(&remote, "id"));
    change(&both, &field(&both, "title"), "Ours");
    desk.edit(&id, json!({"title": "Theirs"})).await;
    desk.edit(&other, json!({"description": "Changed by others."}))
        .await;
    let ours = fs::read_to_string(&both).unwrap();
    desk.forget().await;
    for action in ["diff", "push", "pull"] {
        let (good, said) = desk.try_run(action, &[]).await;
        assert!(!good, "{action}: {said}");
        for line in [
            "CONFLICT",
            "-title: Theirs",
            "+title: Ours",
            "one article was edited here and in Intercom",
        ] {
            assert!(said.contains(line), "{action}: {line}: {said}");
        }
        assert_eq!(fs::read_to_string(&both).unwrap(), ours, "{action}");
        assert_eq!(desk.article(&id).await["title"], "Theirs", "{action}");
    }
    assert_eq!(desk.writes().await, Vec::<String>::new());
    assert_eq!(
        field(&remote, "description"),
        "Changed by others.",
        "the others were pulled"
    );
    // What the hint says solves it.
    let (_, said) = desk.try_run("diff", &[]).await;
    let (_, seen) = said.split_once("set its `remote` to \"").unwrap();
    let seen = seen.split('"').next().unwrap();
    change(&both, &field(&both, "remote"), seen);
    assert!(desk.run("push", &[]).await.contains("1 sent"));
    assert_eq!(desk.article(&id).await["title"], "Ours");
}

#[tokio::test]
async fn new_files_become_drafts_with_their_translations() {
    let desk = Desk::new().await;
    desk.run("pull", &[]).await;
    let beside = desk.files().remove(0);
    let path = beside.with_file_name("how-to-oil-a-bell.md");
    fs::write(
        &path,
        "---\ntitle: How to oil a bell\nstate: published\n---\n\nOne *drop*.\n",
    )
    .unwrap();
    let french = path.with_extension("fr.md");
    fs::write(
        &french,
        "---\ntitle: Huiler une sonnette\n---\n\nUne goutte.\n",
    )
    .unwrap();
    assert!(desk.run("diff", &[]).await.contains("new here: "));
    assert!(desk.run("push", &[]).await.contains("2 sent"));
    let id = field(&path, "id");
    let article = desk.article(&id).await;
    assert_eq!(
        (&article["state"], &article["body"]),
        (&json!("draft"), &json!("<p>One <em>drop</em>.</p>"))
    );
    assert_eq!(
        article["translated_content"]["fr"]["title"],
        "Huiler une sonnette"
    );
    assert_eq!(
        article["parent_ids"][0].to_string(),
        field(&beside, "collection"),
        "its folder's collection"
    );
    assert_eq!(
        (field(&french, "id"), field(&french, "locale")),
        (id, "fr".into())
    );
    assert_eq!(desk.run("diff", &[]).await, "");
}

#[tokio::test]
async fn deleted_files_are_deleted_only_where_that_is_asked_for() {
    let desk = Desk::new().await;
    desk.run("pull", &[]).await;
    let path = published(&desk).await.remove(0);
    let id = field(&path, "id");
    fs::remove_file(&path).unwrap();
    assert!(desk.run("diff", &[]).await.contains("deleted here: "));
    for action in ["push", "pull"] {
        assert!(desk.run(action, &[]).await.contains("deleted here"));
        assert_eq!(desk.article(&id).await["id"], id.as_str());
    }
    desk.forget().await;
    assert!(desk.run("push", &["--delete"]).await.contains("1 deleted"));
    assert_eq!(desk.writes().await, [format!("DELETE /articles/{id}")]);
    assert_eq!(desk.run("diff", &[]).await, "");
    assert!(!path.exists());
}

#[tokio::test]
async fn broken_files_and_other_workspaces_are_refused() {
    let desk = Desk::new().await;
    desk.run("pull", &[]).await;
    let path = desk.files().remove(0);
    let text = fs::read_to_string(&path).unwrap();
    change(&path, "state: ", "state: un");
    let (good, said) = desk.try_run("push", &[]).await;
    assert!(
        !good && said.contains("`state` must be published or draft"),
        "{said}"
    );
    fs::write(&path, &text).unwrap();
    fs::write(path.with_file_name("copy.md"), &text).unwrap();
    let (good, said) = desk.try_run("push", &[]).await;
    assert!(
        !good && said.contains("another file holds the same article"),
        "{said}"
    );
    fs::remove_file(path.with_file_name("copy.md")).unwrap();
    let memory = desk.dir.join(".frontdesk-articles.json");
    let workspace = desk.api(reqwest::Method::GET, "/me", Value::Null).await["app"]["id_code"]
        .as_str()
        .unwrap()
        .to_owned();
    change(&memory, &workspace, "other1");
    let (good, said) = desk.try_run("push", &[]).await;
    assert!(!good && said.contains("choose another folder"), "{said}");
}
