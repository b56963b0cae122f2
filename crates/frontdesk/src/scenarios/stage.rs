//! A sandbox, an agent at work in it, and a customer's way to write to it.

use super::{
    Script,
    recorder::{Grounds, Recorder},
};
use crate::Error;
use crate::app::App;
use crate::config::Config;
use agent::{
    Embedded, Encoder, Library,
    desk::Desk,
    journal::Plan,
    settings::{Mode, Settings},
    sync,
    turn::TurnError,
    worker::{Pace, Staff, Worker},
};
use futures_util::future::BoxFuture;
use gateway::ToolRequest;
use sandbox::{Running, Sandbox};
use serde_json::{Map, Value, json};
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use store::{NewDelivery, Options, Place, Store, Turn, TurnState};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

const TOKEN: &str = "sandbox-token";
const TENANT: &str = "local";
/// How long a turn may take; a slow machine needs a fraction of it.
const PATIENCE: Duration = Duration::from_mins(1);
/// The shop's teams.
const TEAMS: [(&str, &str); 5] = [
    ("billing", "Billing"),
    ("cancellation", "Billing"),
    ("technical", "Technical"),
    ("bug_report", "Technical"),
    ("default", "Orders & Shipping"),
];

/// What was seen of a turn.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) outcome: String,
    pub(super) reason: String,
    pub(super) category: String,
    pub(super) team: String,
    pub(super) churn_risk: String,
    pub(super) cited: Vec<String>,
    pub(super) facts: usize,
    pub(super) grounded: usize,
    pub(super) millis: u64,
    pub(super) tokens: u64,
    pub(super) cost: f64,
}

/// The sandbox and the agent in it.
pub(super) struct Stage {
    sandbox: Running,
    http: reqwest::Client,
    store: Store,
    desk: Arc<Desk>,
    recorder: Arc<Recorder>,
    arrived: Arc<Notify>,
    stop: CancellationToken,
    work: JoinHandle<()>,
    folder: PathBuf,
}

/// The agent of one workspace.
struct One(Arc<Desk>);

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

impl Stage {
    pub(super) async fn open() -> Result<Self, Error> {
        let sandbox = Sandbox::start(sandbox::Config {
            listen: ([127, 0, 0, 1], 0).into(),
            rate_limit: 1_000_000,
            ..sandbox::Config::default()
        })
        .await?;
        let folder = std::env::temp_dir().join(format!("frontdesk-scenarios-{}", store::new_id()));
        let place = Place::File(folder.join("queue.db"));
        let store = Store::open(&place, Options::default()).await?;
        let app = App::new(&Config {
            base_url: Some(sandbox.url.clone()),
            access_token: Some(TOKEN.into()),
            toolsets: vec!["all".into()],
            home: Some(folder.clone()),
            ..Config::default()
        })?;
        let encoder = Arc::new(Encoder::load().map_err(|error| broken(&error))?);
        let mind = Arc::new(Embedded::new(Arc::clone(&encoder)).map_err(|error| broken(&error))?);
        let recorder = Arc::new(Recorder::new(mind));
        let desk = Arc::new(desk(&app, &encoder, &recorder, &store).await?);
        let (arrived, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        let staff = Arc::new(One(Arc::clone(&desk)));
        let worker = Worker::new(store.clone(), staff, Arc::clone(&arrived), Pace::default());
        let work = tokio::spawn(Arc::new(worker).run(stop.clone()));
        Ok(Self {
            http: reqwest::Client::new(),
            sandbox,
            store,
            desk,
            recorder,
            arrived,
            stop,
            work,
            folder,
        })
    }

    pub(super) async fn close(self) {
        self.stop.cancel();
        // Its turns are over; what it cannot end it leaves.
        let _ = self.work.await;
        self.sandbox.stop().await;
        // Left behind, the folder only costs space.
        let _ = std::fs::remove_dir_all(self.folder);
    }

    /// A new contact of the shop; its id.
    pub(super) async fn customer(&self, script: &Script) -> Result<String, Error> {
        let mail: String = script.name.split(|c: char| !c.is_alphanumeric()).collect();
        let plan = script.plan.as_deref().unwrap_or("free");
        let contact = json!({"role": "user", "email": format!("{mail}@customer.example"), "name": "A customer",
            "custom_attributes": {"plan": plan}});
        let made = self.ask("POST", "/contacts", contact).await?;
        text(&made, "/id")
    }

    /// The customer writes, and the agent's turn runs to its end.
    pub(super) async fn say(
        &self,
        customer: &str,
        conversation: &mut Option<String>,
        words: &str,
    ) -> Result<Seen, Error> {
        let begun = Instant::now();
        let id = match conversation {
            None => {
                let body = json!({"from": {"type": "contact", "id": customer}, "body": words});
                text(
                    &self.ask("POST", "/conversations", body).await?,
                    "/conversation_id",
                )?
            }
            Some(id) => {
                let body = json!({"message_type": "comment", "type": "user", "intercom_user_id": customer, "body": words});
                let path = format!("/conversations/{id}/reply");
                self.ask("POST", &path, body).await?;
                id.clone()
            }
        };
        let scope = self.store.scope(TENANT)?;
        let before = scope.turns_of(&id).await?.len();
        scope.receive(self.notification(&id, words)).await?;
        self.arrived.notify_one();
        let turn = self.ended(&id, before).await?;
        let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let seen = self.seen(customer, &id, turn).await?;
        *conversation = Some(id);
        Ok(Seen { millis, ..seen })
    }

    /// What a webhook tells of the message.
    fn notification(&self, conversation: &str, words: &str) -> NewDelivery {
        let (notification, now) = (store::new_id(), store::now());
        let item = json!({"type": "conversation", "id": conversation,
            "source": {"id": "source", "body": words, "author": {"type": "user", "id": "u"}}});
        let body = json!({"type": "notification_event", "app_id": self.desk.workspace, "id": notification,
            "topic": "conversation.user.created", "data": {"item": item}});
        NewDelivery {
            app_id: self.desk.workspace.clone(),
            notification_id: notification,
            topic: "conversation.user.created".into(),
            lane: conversation.to_owned(),
            body: body.to_string(),
            received_at: now,
            due_at: now,
        }
    }

    /// The turn that begins after so many, once it has ended.
    async fn ended(&self, conversation: &str, before: usize) -> Result<Turn, Error> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let turns = self.store.scope(TENANT)?.turns_of(conversation).await?;
            if let Some(turn) = turns.into_iter().nth(before)
                && turn.state != TurnState::Running
            {
                return Ok(turn);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Err(Error::Build("a turn of the agent did not end".into()))
    }

    async fn seen(&self, customer: &str, conversation: &str, turn: Turn) -> Result<Seen, Error> {
        let steps = self.store.scope(TENANT)?.steps(&turn.id).await?;
        let plan = steps
            .iter()
            .find_map(|step| serde_json::from_str::<Plan>(&step.intent).ok());
        let record = plan.map(|plan| plan.record).unwrap_or_default();
        let number = |pointer: &str| record.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
        let word = |pointer: &str| text(&record, pointer).unwrap_or_default();
        let Grounds {
            facts,
            grounded,
            cited,
        } = self.recorder.grounds();
        let state = format!("/__sandbox/state/conversations/{conversation}");
        let state = self.ask("GET", &state, Value::Null).await?;
        let contact = format!("/__sandbox/state/contacts/{customer}");
        let contact = self.ask("GET", &contact, Value::Null).await?;
        Ok(Seen {
            outcome: turn.outcome.unwrap_or_default(),
            reason: word("/reason"),
            category: word("/triage/category"),
            team: self.team(&state).await?,
            churn_risk: text(&contact, "/custom_attributes/churn_risk").unwrap_or_default(),
            cited,
            facts,
            grounded,
            millis: 0,
            tokens: number("/spent/input_tokens") + number("/spent/output_tokens"),
            #[expect(clippy::cast_precision_loss, reason = "millionths of some dollars")]
            cost: number("/spent/cost_micros") as f64 / 1_000_000.0,
        })
    }

    /// The name of the team that has the conversation.
    async fn team(&self, conversation: &Value) -> Result<String, Error> {
        let Ok(id) = text(conversation, "/team_assignee_id") else {
            return Ok(String::new());
        };
        let teams = self.ask("GET", "/teams", Value::Null).await?;
        let mut teams = teams["teams"].as_array().into_iter().flatten();
        let found = teams.find(|team| text(team, "/id").is_ok_and(|one| one == id));
        Ok(found
            .and_then(|team| text(team, "/name").ok())
            .unwrap_or_default())
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Result<Value, Error> {
        let method = if method == "GET" {
            http::Method::GET
        } else {
            http::Method::POST
        };
        let request = self
            .http
            .request(method, format!("{}{path}", self.sandbox.url))
            .bearer_auth(TOKEN)
            .header(
                "intercom-version",
                catalog::ApiVersion::default().to_string(),
            );
        let request = match body {
            Value::Null => request,
            body => request
                .header("content-type", "application/json")
                .body(body.to_string()),
        };
        let failed = |error: reqwest::Error| Error::Build(format!("the sandbox: {error}"));
        let answer = request.send().await.map_err(failed)?;
        let answer = answer.error_for_status().map_err(failed)?;
        let answer = answer.text().await.map_err(failed)?;
        serde_json::from_str(&answer).map_err(|error| Error::Build(error.to_string()))
    }
}

/// The agent as the demo has it, but that it waits for nobody to finish writing.
async fn desk(
    app: &App,
    encoder: &Arc<Encoder>,
    recorder: &Arc<Recorder>,
    store: &Store,
) -> Result<Desk, Error> {
    let mut request = ToolRequest::new("get_me", Map::new());
    request.raw = true;
    let me = app.gateway.call(&app.principal, request).await?.value();
    let library = Library::new(Arc::clone(encoder));
    for article in sync::articles(&app.gateway, &app.principal).await? {
        library.upsert(article);
    }
    library.read().map_err(|error| broken(&error))?;
    let team = |(category, team): (&str, &str)| (category.to_owned(), team.to_owned());
    let settings = Settings {
        mode: Mode::Auto,
        teams: TEAMS.map(team).into(),
        vip: vec!["plan=fleet".into()],
        quiet_ms: 0,
        patience_ms: 0,
        ..Settings::default()
    };
    Ok(Desk {
        gateway: Arc::clone(&app.gateway),
        who: app.principal.clone(),
        own: text(&me, "/id")?,
        workspace: text(&me, "/app/id_code")?,
        mind: Arc::clone(recorder) as Arc<dyn agent::Mind>,
        library: Arc::new(library),
        settings: Arc::new(settings),
        scope: store.scope(TENANT)?,
    })
}

fn text(value: &Value, pointer: &str) -> Result<String, Error> {
    match value.pointer(pointer) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(Error::Build(format!("the sandbox told no {pointer}"))),
    }
}

fn broken(error: &agent::AgentError) -> Error {
    Error::Build(error.to_string())
}
