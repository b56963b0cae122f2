//! The support agent's place in the server: its queue, its worker, and the agent of each workspace.

mod many;
mod seat;
mod shelf;
mod single;
mod thinkers;

pub(crate) use many::Many;
pub(crate) use seat::Seat;
pub(crate) use shelf::Shelf;
pub(crate) use single::Single;
pub(crate) use thinkers::{Thinkers, Words};

use crate::Error;
use crate::app::App;
use crate::config::Config;
use crate::tenants::{self, Tenants};
use crate::webhooks::{Gate, Webhooks};
use agent::settings::{Mode, Settings};
use agent::worker::{Pace, Staff, Worker};
use std::{sync::Arc, time::Duration};
use store::{Options, Store};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// The tenant of a server of one workspace.
pub(crate) const LOCAL: &str = "local";

/// The tools of the agent. Each turn is bound to fewer of them, and to one conversation.
pub(crate) const TOOLS: [&str; 19] = [
    "get_me",
    "get_conversation",
    "get_contact",
    "reply_to_conversation",
    "add_internal_note",
    "assign_conversation",
    "tag_conversation",
    "create_or_update_tag",
    "update_contact",
    "list_articles",
    "get_article",
    "list_internal_articles",
    "list_macros",
    "list_content_snippets",
    "get_content_snippet",
    "get_ticket",
    "reply_ticket",
    "search_contacts",
    "search_conversations",
];

/// A running agent.
pub(crate) struct Support {
    stop: CancellationToken,
    work: JoinHandle<()>,
}

impl Support {
    /// Begins to work on the queue.
    pub(crate) fn start(
        store: &Store,
        staff: Arc<dyn Staff>,
        arrived: Arc<Notify>,
        config: &Config,
    ) -> Self {
        let pace = Pace {
            lease_ms: i64::try_from(config.agent.lease.as_millis()).unwrap_or(i64::MAX),
            ..Pace::default()
        };
        let worker = Arc::new(Worker::new(store.clone(), staff, arrived, pace));
        let stop = CancellationToken::new();
        Self {
            work: tokio::spawn(worker.run(stop.clone())),
            stop,
        }
    }

    /// Ends at once, as a crash would.
    pub(crate) fn abort(&self) {
        self.work.abort();
    }

    /// Takes nothing new, and gives what is under way so long to end; the rest goes on after the next start.
    pub(crate) async fn stop(self, patience: Duration) {
        self.stop.cancel();
        match tokio::time::timeout(patience, self.work).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => tracing::warn!("the agent ended in disorder"),
            Err(_) => tracing::warn!("turns of the agent are cut off"),
        }
    }
}

/// What a server of one workspace has beside its tools.
#[derive(Default)]
pub(crate) struct Beside {
    pub(crate) webhooks: Option<Webhooks>,
    pub(crate) support: Option<Support>,
    pub(crate) sweeping: Option<JoinHandle<()>>,
}

/// Webhooks and agent of a server of one workspace; none where no secret to check webhooks with is set.
pub(crate) async fn single(app: &Arc<App>, config: &Config) -> Result<Beside, Error> {
    let Some(secret) = &config.connect.client_secret else {
        return Ok(Beside::default());
    };
    let store = Store::open(&config.place(), Options::default()).await?;
    let scope = store.scope(LOCAL)?;
    let webhooks = Webhooks {
        gate: Gate::One(secret.clone(), scope.clone()),
        quiet_ms: config.agent.settings.quiet_ms,
        arrived: Arc::default(),
    };
    let arrived = Arc::clone(&webhooks.arrived);
    let beside = Beside {
        webhooks: Some(webhooks),
        support: None,
        sweeping: Some(tenants::start_sweeping(&store)),
    };
    let settings = Arc::new(config.agent.settings.clone());
    if settings.mode == Mode::Off {
        return Ok(beside);
    }
    known_actions(app, &settings)?;
    let staff = Arc::new(Single::new(
        Arc::clone(app),
        Arc::clone(app.thinkers()),
        settings,
        scope,
    ));
    let warming = Arc::clone(&staff);
    tokio::spawn(async move { warming.warm().await });
    let support = Support::start(&store, staff, arrived, config);
    Ok(Beside {
        support: Some(support),
        ..beside
    })
}

/// Refuses actions that no tool does: the agent would ask people for what cannot be done.
fn known_actions(app: &App, settings: &Settings) -> Result<(), Error> {
    let known = |name: &&String| app.gateway.registry().get(name).is_none();
    match settings.actions.values().find(known) {
        None => Ok(()),
        Some(name) => Err(Error::Setting {
            place: "agent.actions".into(),
            reason: format!(
                "there is no tool `{name}`; `frontdesk tools list --toolsets all` shows them"
            ),
        }),
    }
}

/// Webhooks and agents of the tenants of a database.
pub(crate) fn many(tenants: &Arc<Tenants>, config: &Config) -> (Webhooks, Support) {
    let webhooks = Webhooks {
        gate: Gate::many(Arc::clone(tenants), config),
        quiet_ms: config.agent.settings.quiet_ms,
        arrived: Arc::default(),
    };
    let settings = Arc::new(config.agent.settings.clone());
    let thinkers = Arc::new(Thinkers::new(&config.agent));
    let words = Words::new(&thinkers, &config.agent);
    tenants.gateway().assist_with(words);
    let staff = Arc::new(Many::new(Arc::clone(tenants), thinkers, settings));
    let support = Support::start(
        tenants.store(),
        staff,
        Arc::clone(&webhooks.arrived),
        config,
    );
    (webhooks, support)
}
