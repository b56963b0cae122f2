//! The support agent in the server, with the embedded models: what a customer of the sandbox sees of it, and what is left
//! of it after kill -9.

use crate::world::{TOKEN, config, folder};
use agent::settings::Mode;
use frontdesk::{app::App, server::Server};
use sandbox::{Running, Sandbox, Webhook};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::process::{Child, Command};

const SECRET: &str = "sandbox-secret";
/// Long enough for a slow machine, in seconds.
const PATIENCE: u64 = 300;

/// A sandbox without a limit of calls, and what tests do in it.
pub(crate) struct Shop {
    pub(crate) sandbox: Running,
    http: reqwest::Client,
    customer: String,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let config = sandbox::Config {
            listen: ([127, 0, 0, 1], 0).into(),
            rate_limit: 100_000_000,
            ..sandbox::Config::default()
        };
        let mut shop = Self {
            sandbox: Sandbox::start(config).await.unwrap(),
            http: reqwest::Client::new(),
            customer: String::new(),
        };
        let contacts = shop
            .ask("GET", "/__sandbox/state/contacts", Value::Null)
            .await;
        shop.customer = contacts["ids"][0].as_str().unwrap().into();
        shop
    }

    pub(crate) fn tell(&self, addr: &str) {
        let url = format!("http://{addr}/webhooks/intercom/default");
        let secret = SECRET.to_owned();
        self.sandbox.tell(Webhook { url, secret }).unwrap();
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.sandbox.url);
        let request = self.http.request(method.parse().unwrap(), url);
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

    /// The customer begins a conversation; its id.
    pub(crate) async fn begin(&self, words: &str) -> String {
        let body = json!({"from": {"type": "contact", "id": self.customer}, "body": words});
        let begun = self.ask("POST", "/conversations", body).await;
        begun["conversation_id"].as_str().unwrap().to_owned()
    }

    async fn conversation(&self, id: &str) -> Value {
        self.ask(
            "GET",
            &format!("/__sandbox/state/conversations/{id}"),
            Value::Null,
        )
        .await
    }

    /// What the agent said there, and noted.
    pub(crate) async fn said(&self, id: &str) -> (Vec<String>, Vec<String>) {
        let conversation = self.conversation(id).await;
        let parts = conversation
            .pointer("/conversation_parts/conversation_parts")
            .unwrap();
        let parts = parts.as_array().unwrap();
        let of = |kind: &str| {
            let own =
                |part: &&Value| part["part_type"] == kind && part["author"]["type"] == "admin";
            let texts = parts
                .iter()
                .filter(own)
                .filter_map(|part| part["body"].as_str());
            texts.map(str::to_owned).collect::<Vec<_>>()
        };
        (of("comment"), of("note"))
    }

    /// Waits until the agent has said so much there; how long that took.
    pub(crate) async fn until_said(&self, id: &str, comments: usize, notes: usize) -> Duration {
        let begun = Instant::now();
        loop {
            let (said, inside) = self.said(id).await;
            if said.len() >= comments && inside.len() >= notes {
                return begun.elapsed();
            }
            assert!(begun.elapsed().as_secs() < PATIENCE, "{said:?} {inside:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_gets_a_cited_answer_and_an_angry_customer_a_human() {
    let shop = Shop::open().await;
    let home = folder();
    let mut config = config(&shop.sandbox.url);
    config.home = Some(home.clone());
    config.connect.client_secret = Some(SECRET.into());
    let settings = &mut config.agent.settings;
    settings.mode = Mode::Auto;
    settings.quiet_ms = 100;
    settings.teams = [("billing", "Billing"), ("default", "Technical")]
        .map(|(category, team)| (category.into(), team.into()))
        .into();
    let app = Arc::new(App::new(&config).unwrap());
    let server = Server::start(Arc::clone(&app), &config, &TOKEN.into())
        .await
        .unwrap();
    shop.tell(&server.addr.to_string());

    let calm = shop
        .begin("Hi! I returned a helmet last week. When do I get my refund?")
        .await;
    let took = shop.until_said(&calm, 1, 0).await;
    println!("answered after {took:?}");
    let (said, _) = shop.said(&calm).await;
    assert!(
        said[0].contains("<ol><li><a href=\"http"),
        "it names its source: {said:?}"
    );
    assert!(said[0].to_lowercase().contains("refund"), "{said:?}");

    let words = "This is the THIRD time I write!! You charged me twice and nobody answers. Give me a human NOW!!";
    let angry = shop.begin(words).await;
    shop.until_said(&angry, 1, 1).await;
    let (said, noted) = shop.said(&angry).await;
    assert!(said[0].contains("handing this over"), "{said:?}");
    assert!(noted[0].contains("Handed over by the agent"), "{noted:?}");
    let conversation = shop.conversation(&angry).await;
    assert_ne!(conversation["team_assignee_id"], json!(0), "a team has it");
    let tags = conversation["tags"]["tags"].to_string();
    assert!(tags.contains("escalated"), "{tags}");

    server.stop().await;
    let audit = std::fs::read_to_string(home.join("audit.jsonl")).unwrap();
    for fact in [
        "reply_to_conversation",
        "add_internal_note",
        "assign_conversation",
        "frontdesk-agent/",
    ] {
        assert!(audit.contains(fact), "{fact} is in the audit");
    }
    assert!(!audit.contains("THIRD time"), "no words of customers");
}

/// A server in a process of its own.
async fn serve(shop: &Shop, home: &Path) -> (Child, String) {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let mut child = Command::new(env!("CARGO_BIN_EXE_frontdesk"))
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "error"])
        .env("INTERCOM_ACCESS_TOKEN", "sandbox-token")
        .env("INTERCOM_BASE_URL", &shop.sandbox.url)
        .env("INTERCOM_CLIENT_SECRET", SECRET)
        .env("FRONTDESK_TOKEN", TOKEN)
        .env("FRONTDESK_HOME", home)
        .env("FRONTDESK_AGENT", "auto")
        .env("FRONTDESK_AGENT_QUIET", "0.1")
        .env("FRONTDESK_AGENT_SETTLE", "2")
        .env("FRONTDESK_AGENT_LEASE", "1")
        .env("FRONTDESK_AGENT_TEAMS", "default=Technical")
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap().unwrap();
    (child, first.trim_start_matches("http://").to_owned())
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

/// Kill -9 at random points while the sandbox loses answers after their effect. `FRONTDESK_TEST_KILLS=1000` is the long
/// version; `FRONTDESK_TEST_SEED` repeats a run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_anywhere_it_loses_nothing_and_says_nothing_twice() {
    let kills = number("FRONTDESK_TEST_KILLS", 20);
    let seed = number("FRONTDESK_TEST_SEED", u64::from(std::process::id()));
    println!("FRONTDESK_TEST_SEED={seed}");
    let mut state = seed;
    let mut below = |end: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let shop = Shop::open().await;
    let home: PathBuf = folder();
    // How long a process takes to its first answer says within what time to kill the others.
    let (mut child, addr) = serve(&shop, &home).await;
    shop.tell(&addr);
    let id = shop.begin("When do I get my refund?").await;
    let warm = shop.until_said(&id, 1, 0).await;
    child.kill().await.unwrap();
    let span = u64::try_from(warm.as_millis()).unwrap() + 500;
    let mut asked = vec![(id, false)];
    for kill in 0..kills {
        if kill % 4 == 0 {
            for operation in ["reply_conversation", "manage_conversation"] {
                let fault = json!({"kind": "drop_after", "operation": operation, "skip": below(4)});
                shop.ask("POST", "/__sandbox/faults", fault).await;
            }
        }
        let (mut child, addr) = serve(&shop, &home).await;
        shop.tell(&addr);
        // Intercom sends once more, after a minute, what nobody took.
        shop.ask("POST", "/__sandbox/clock", json!({"advance": 61}))
            .await;
        let angry = kill % 2 == 1;
        let words = if angry {
            "I want to talk to a human being, please"
        } else {
            "When do I get my refund?"
        };
        let id = shop.begin(words).await;
        asked.push((id, angry));
        tokio::time::sleep(Duration::from_millis(200 + below(span))).await;
        child.kill().await.unwrap();
    }
    let (_child, addr) = serve(&shop, &home).await;
    shop.tell(&addr);
    shop.ask("POST", "/__sandbox/clock", json!({"advance": 61}))
        .await;
    for (id, angry) in &asked {
        shop.until_said(id, 1, usize::from(*angry)).await;
    }
    // Whatever is said twice is said within a lease and a settling.
    tokio::time::sleep(Duration::from_secs(5)).await;
    for (id, angry) in &asked {
        let (said, noted) = shop.said(id).await;
        let counts = (said.len(), noted.len());
        assert_eq!(counts, (1, usize::from(*angry)), "seed {seed}: {said:?}");
    }
}
