//! A sandbox, a queue, and an agent whose thoughts are scripted.

use agent::{
    AgentError, Answered, Article, Audience, Find, Mind, Passage, Plan, Query, Reply, Sentence,
    Sentiment, Spent, Triage, View,
    desk::Desk,
    settings::{Mode, Settings},
    turn::TurnError,
    worker::{Pace, Staff, Worker},
};
use catalog::{Catalog, Risk};
use futures_util::future::BoxFuture;
use gateway::{
    Audit, Connection, ConnectionId, Directory, Endpoint, EndpointId, Gateway, Principal, Registry,
    TenantId, Unconfirmed, Vault,
};
use intercom::{Account, BaseUrl, Client, ClientConfig, PlainHttp};
use sandbox::{Running, Sandbox};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use store::{NewDelivery, Options, Place, Store, TenantScope};

pub(crate) const WORKSPACE: &str = "w1abc2";
pub(crate) const OWN: &str = "7001";

/// Everything of one test.
pub(crate) struct World {
    pub(crate) sandbox: Running,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) who: Principal,
    pub(crate) store: Store,
    pub(crate) folder: PathBuf,
    http: reqwest::Client,
}

/// A mind that reads the first word of what is asked: `angry`, `cancel`, `odd`, or anything else.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) reads: AtomicUsize,
    /// What is composed instead of the passages' words.
    pub(crate) says: Option<String>,
}

impl Mind for Script {
    fn read<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Result<Answered<Triage>, AgentError>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let asked = view.asked().to_lowercase();
        let has = |word: &str| asked.contains(word);
        let triage = Triage {
            category: if has("cancel") {
                "cancellation"
            } else {
                "billing"
            }
            .into(),
            confidence: if has("odd") { 0.2 } else { 0.9 },
            sentiment: Sentiment {
                frustration: if has("angry") { 0.95 } else { 0.1 },
                ..Sentiment::default()
            },
            language: Some("en".into()),
            ..Triage::default()
        };
        Box::pin(async move {
            Ok(Answered {
                value: triage,
                spent: Spent {
                    input_tokens: 100,
                    ..Spent::embedded()
                },
            })
        })
    }

    fn compose<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Answered<Reply>, AgentError>> {
        let mut sentences: Vec<Sentence> = plan
            .passages
            .iter()
            .enumerate()
            .map(|(index, passage)| Sentence {
                text: passage.text.clone(),
                passage: Some(index),
            })
            .collect();
        if let Some(words) = &self.says {
            sentences = vec![Sentence {
                text: words.clone(),
                passage: None,
            }];
        }
        Box::pin(async move {
            Ok(Answered {
                value: Reply { sentences },
                spent: Spent::embedded(),
            })
        })
    }
}

/// One article about everything.
pub(crate) struct Shelf;

impl Find for Shelf {
    fn find(&self, _: &Query, _: usize) -> Result<Vec<Passage>, AgentError> {
        let article = Article {
            id: "77".into(),
            help_center: None,
            locale: "en".into(),
            title: "Refunds".into(),
            body: "Refunds take five days.".into(),
            url: Some("https://help.spokeandsaddle.example/77".into()),
            audience: Audience::Public,
        };
        Ok(vec![Passage {
            article_id: article.id,
            title: article.title,
            heading: None,
            text: article.body,
            url: article.url,
            audience: article.audience,
            score: 1.0,
            similarity: 0.9,
        }])
    }
}

/// One desk for one workspace.
pub(crate) struct One(pub(crate) Arc<Desk>);

impl Staff for One {
    fn desk<'a>(
        &'a self,
        _: &'a str,
        workspace: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Desk>>, TurnError>> {
        let desk = (workspace == self.0.workspace).then(|| Arc::clone(&self.0));
        Box::pin(async move { Ok(desk) })
    }

    fn article_changed<'a>(&'a self, _: &'a Arc<Desk>, _: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
}

/// As a test wants it: quick, and without help from afar.
pub(crate) fn settings() -> Settings {
    Settings {
        mode: Mode::Auto,
        teams: [("billing", "Billing"), ("default", "Technical")]
            .map(|(category, team)| (category.into(), team.into()))
            .into(),
        quiet_ms: 0,
        patience_ms: 0,
        settle_ms: 0,
        ..Settings::default()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let sandbox = Sandbox::start(sandbox::Config {
            listen: ([127, 0, 0, 1], 0).into(),
            rate_limit: 100_000_000,
            ..sandbox::Config::default()
        })
        .await
        .unwrap();
        let memory = PathBuf::from("/dev/shm");
        let scratch = if memory.is_dir() {
            memory
        } else {
            std::env::temp_dir()
        };
        let folder = scratch.join(format!("agent test {}", store::new_id()));
        let place = Place::File(folder.join("frontdesk.db"));
        let store = Store::open(&place, Options::default()).await.unwrap();
        let (gateway, who) = road(&sandbox.url, &folder);
        Self {
            sandbox,
            gateway: Arc::new(gateway),
            who,
            store,
            folder,
            http: reqwest::Client::new(),
        }
    }

    pub(crate) fn scope(&self) -> TenantScope {
        self.store.scope("local").unwrap()
    }

    pub(crate) fn desk(&self, mind: Arc<dyn Mind>, settings: Settings) -> Arc<Desk> {
        Arc::new(Desk {
            gateway: Arc::clone(&self.gateway),
            who: self.who.clone(),
            own: OWN.into(),
            workspace: WORKSPACE.into(),
            mind,
            library: Arc::new(Shelf),
            settings: Arc::new(settings),
            scope: self.scope(),
        })
    }

    pub(crate) fn worker(&self, desk: Arc<Desk>) -> Arc<Worker> {
        self.worker_with(desk, 10_000)
    }

    pub(crate) fn worker_with(&self, desk: Arc<Desk>, lease_ms: i64) -> Arc<Worker> {
        let pace = Pace {
            lease_ms,
            ..Pace::default()
        };
        let staff = Arc::new(One(desk));
        Arc::new(Worker::new(self.store.clone(), staff, Arc::default(), pace))
    }

    /// A customer begins a conversation; its id.
    pub(crate) async fn begin(&self, words: &str) -> String {
        let contacts = self.control("GET", "state/contacts", Value::Null).await;
        let from = json!({"type": "contact", "id": contacts["ids"][0]});
        let begun = self
            .api(
                "POST",
                "/conversations",
                json!({"from": from, "body": words}),
            )
            .await;
        begun["conversation_id"]
            .as_str()
            .unwrap_or_else(|| panic!("{begun}"))
            .to_owned()
    }

    /// The customer says more.
    pub(crate) async fn say(&self, conversation: &str, words: &str) {
        let contacts = self.control("GET", "state/contacts", Value::Null).await;
        let reply = json!({"message_type": "comment", "type": "user", "intercom_user_id": contacts["ids"][0], "body": words});
        self.api(
            "POST",
            &format!("/conversations/{conversation}/reply"),
            reply,
        )
        .await;
    }

    /// A ticket that customers may write on, and its contact.
    pub(crate) async fn ticket(&self) -> (String, String) {
        let tickets = self.control("GET", "state/tickets", Value::Null).await;
        for id in tickets["ids"].as_array().unwrap() {
            let id = id.as_str().unwrap();
            let ticket = self
                .control("GET", &format!("state/tickets/{id}"), Value::Null)
                .await;
            let contact = ticket["contacts"]["contacts"][0]["id"].as_str();
            if let ("Customer", Some(contact)) =
                (ticket["category"].as_str().unwrap_or_default(), contact)
            {
                return (id.to_owned(), contact.to_owned());
            }
        }
        panic!("the sandbox has no ticket of a customer");
    }

    /// A webhook that says that the customer wrote these words.
    pub(crate) async fn hear(&self, conversation: &str, notification: &str, words: &str) {
        let item = json!({"type": "conversation", "id": conversation, "source": {"id": "source", "body": words,
            "author": {"type": "user", "id": "u"}}});
        self.hear_of(
            conversation,
            notification,
            "conversation.user.created",
            &item,
        )
        .await;
    }

    /// A webhook of that topic about that thing.
    pub(crate) async fn hear_of(&self, lane: &str, notification: &str, topic: &str, item: &Value) {
        let body = json!({"type": "notification_event", "app_id": WORKSPACE, "id": notification,
            "topic": topic, "data": {"item": item}});
        let now = store::now();
        let delivery = NewDelivery {
            app_id: WORKSPACE.into(),
            notification_id: notification.into(),
            topic: topic.into(),
            lane: lane.into(),
            body: body.to_string(),
            received_at: now,
            due_at: now,
        };
        self.scope().receive(delivery).await.unwrap();
    }

    /// Works until nothing waits any more.
    pub(crate) async fn work(&self, worker: &Arc<Worker>) {
        let stop = tokio_util::sync::CancellationToken::new();
        let work = tokio::spawn(Arc::clone(worker).run(stop.clone()));
        let all_done = async {
            while self
                .store
                .system()
                .next_delivery_due()
                .await
                .unwrap()
                .is_some()
            {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), all_done)
            .await
            .expect("the queue is empty in the end");
        stop.cancel();
        work.await.unwrap();
    }

    pub(crate) async fn conversation(&self, id: &str) -> Value {
        self.control("GET", &format!("state/conversations/{id}"), Value::Null)
            .await
    }

    /// What the agent said and noted there.
    pub(crate) async fn said(&self, id: &str) -> (Vec<String>, Vec<String>) {
        let conversation = self.conversation(id).await;
        let parts = conversation["conversation_parts"]["conversation_parts"]
            .as_array()
            .unwrap()
            .clone();
        let of = |kind: &str| {
            let own = |part: &&Value| part["part_type"] == kind && part["author"]["id"] == OWN;
            let texts = parts
                .iter()
                .filter(own)
                .filter_map(|part| part["body"].as_str());
            texts.map(str::to_owned).collect::<Vec<_>>()
        };
        (of("comment"), of("note"))
    }

    pub(crate) async fn tags(&self, id: &str) -> Vec<String> {
        let conversation = self.conversation(id).await;
        let tags = conversation["tags"]["tags"].as_array().unwrap().clone();
        tags.iter()
            .filter_map(|tag| tag["name"].as_str().map(str::to_owned))
            .collect()
    }

    pub(crate) async fn control(&self, method: &str, place: &str, body: Value) -> Value {
        self.request(method, &format!("/__sandbox/{place}"), body)
            .await
    }

    pub(crate) async fn api(&self, method: &str, path: &str, body: Value) -> Value {
        self.request(method, path, body).await
    }

    async fn request(&self, method: &str, path: &str, body: Value) -> Value {
        let method = method.parse().unwrap();
        let request = self
            .http
            .request(method, format!("{}{path}", self.sandbox.url));
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
}

impl Drop for World {
    fn drop(&mut self) {
        // Left behind, the folder only costs space.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn road(url: &str, folder: &std::path::Path) -> (Gateway, Principal) {
    let (tenant, connection) = (TenantId::new("local"), ConnectionId::new("default"));
    let directory = Directory::default();
    let base = BaseUrl::parse(url, PlainHttp::Anywhere).unwrap();
    directory.put_connection(Connection::new(
        connection.clone(),
        tenant.clone(),
        Account::new(base),
    ));
    let who = Principal {
        tenant: tenant.clone(),
        user: None,
        endpoint: EndpointId::new("agent"),
        narrowed: None,
    };
    directory.put_endpoint(Endpoint {
        id: who.endpoint.clone(),
        tenant,
        connection: Some(connection.clone()),
        ceiling: Risk::Write,
        toolsets: vec!["all".into()],
        allow: Vec::new(),
        deny: Vec::new(),
        open_ended: false,
        dialect: None,
        unconfirmed: Unconfirmed::Deny,
        expires_at: None,
        needs_second_token: false,
        mode: gateway::Mode::Tools,
        narrowed: None,
        controls: Arc::default(),
    });
    let vault = Vault::default();
    vault.keep(connection, "sandbox-token".to_owned().into());
    let registry = Registry::new(&Catalog::builtin().unwrap()).unwrap();
    let audit = Audit::open(&folder.join("audit.jsonl")).unwrap();
    let client = Client::new(ClientConfig {
        timeout: Duration::from_secs(5),
        ..ClientConfig::default()
    });
    (Gateway::new(registry, directory, vault, audit, client), who)
}
