//! Many tenants with a canary each, and random operations over the REST API, MCP, audit search and export: nobody's canary,
//! id or token ever comes back to another, in a body, a header or an error; and nobody takes anything away from another.
//!
//! `FRONTDESK_TEST_TENANTS`, `FRONTDESK_TEST_OPERATIONS` and `FRONTDESK_TEST_ENGINE` (`sqlite`, `postgres`) make it as large
//! as wanted. With the planted bug (`--features mutant-unscoped`) it must find leaks, and fails if it does not.

mod ask;
mod mark;
mod workspaces;

use crate::{
    house::House,
    proof::{Schema, number, say, seed},
    world::answer,
};
use ask::{Ask, Door, KINDS, Scene, Then, Thing};
use futures_util::{FutureExt, StreamExt, stream};
use mark::{Owners, mark};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::header::HeaderMap;
use sandbox::Sandbox;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use store::Role;

/// Requests under way at once.
const AT_ONCE: usize = 16;

/// A tenant of the test.
struct Tenant {
    number: usize,
    mark: String,
    /// An owner's key.
    owner: String,
    own: Mutex<Own>,
}

/// What a tenant has; what is being ended is not in it any more.
#[derive(Clone, Debug, Default)]
struct Own {
    connections: Vec<String>,
    /// With their tokens.
    endpoints: Vec<(String, String)>,
    sessions: Vec<(String, String)>,
    keys: Vec<String>,
    apps: Vec<String>,
}

/// What all share.
struct Desk {
    house: House,
    /// An owner's key of the deployment.
    operator: String,
    contact: String,
    conversation: String,
    owners: Owners,
    leaks: Mutex<Vec<String>>,
    /// Answers by their status.
    statuses: Mutex<BTreeMap<u16, u64>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_canary_comes_to_another_tenant() {
    let seed = seed();
    let engine = std::env::var("FRONTDESK_TEST_ENGINE").unwrap_or_default();
    if engine != "postgres" {
        prove("SQLite", None, seed).await;
    }
    if engine != "sqlite"
        && let Some(schema) = Schema::fresh().await
    {
        prove("Postgres", Some(schema.url()), seed).await;
        schema.drop_it().await;
    }
}

async fn prove(engine: &str, database: Option<String>, seed: u64) {
    let desk = Desk::open(database).await;
    let run = AssertUnwindSafe(random_operations(&desk, seed))
        .catch_unwind()
        .await;
    let leaks = std::mem::take(&mut *locked(&desk.leaks));
    say(&format!(
        "{engine}: {} leaks; answers by status: {:?}",
        leaks.len(),
        locked(&desk.statuses)
    ));
    desk.house.server.stop().await;
    desk.house.tenants.store().clone().close().await;
    if cfg!(feature = "mutant-unscoped") {
        assert!(
            !leaks.is_empty(),
            "the planted bug was not found on {engine}"
        );
        return;
    }
    assert!(
        leaks.is_empty(),
        "{engine}: {:#?}",
        &leaks[..leaks.len().min(5)]
    );
    if let Err(panic) = run {
        std::panic::resume_unwind(panic);
    }
}

async fn random_operations(desk: &Desk, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let count = usize::try_from(number("FRONTDESK_TEST_TENANTS", 6)).unwrap();
    let tenants: Vec<Tenant> = stream::iter(0..count)
        .map(|number| Tenant::furnished(desk, number))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let operations = number("FRONTDESK_TEST_OPERATIONS", 460);
    stream::iter(0..operations)
        .map(|index| {
            let mut random = StdRng::seed_from_u64(random.random());
            // Each kind in turn, so that a short run leaves none out.
            let kind = u32::try_from(index % u64::from(KINDS)).unwrap();
            let me = random.random_range(0..count);
            let other = (me + random.random_range(1..count)) % count;
            let mut scene = Scene {
                desk,
                me: &tenants[me],
                other: &tenants[other],
                random,
            };
            async move {
                // Drawn when its turn comes: what it is about must be there.
                let ask = scene.draw(kind);
                desk.put(scene.me, ask).await;
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
    stream::iter(&tenants)
        .map(|tenant| desk.has_its_own(tenant))
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
    let statuses = locked(&desk.statuses);
    let good: u64 = statuses.range(200..300).map(|(_, count)| count).sum();
    let all: u64 = statuses.values().sum();
    assert!(good * 2 > all, "most operations must succeed: {statuses:?}");
}

impl Desk {
    async fn open(database: Option<String>) -> Self {
        let sandbox = Sandbox::start(sandbox::Config {
            listen: ([127, 0, 0, 1], 0).into(),
            rate_limit: 600_000_000,
            ..sandbox::Config::default()
        })
        .await
        .unwrap();
        let workspaces = workspaces::start(&sandbox.url).await;
        let house = House::with(sandbox, |config| {
            config.base_url = Some(workspaces);
            config.upstream_timeout = Duration::from_mins(2);
            if let Some(url) = database {
                config.database = Some(url.into());
            }
        })
        .await;
        let first = async |collection: &str| {
            let url = format!("{}/__sandbox/state/{collection}", house.sandbox.url);
            let told = answer(house.http.get(url).send().await.unwrap()).await;
            told["ids"][0].as_str().unwrap().to_owned()
        };
        Self {
            operator: house
                .key(&house.tenants.store().deployment(), Role::Owner)
                .await,
            contact: first("contacts").await,
            conversation: first("conversations").await,
            house,
            owners: Owners::default(),
            leaks: Mutex::default(),
            statuses: Mutex::default(),
        }
    }

    /// Sends a request, looks at all of its answer, and remembers what it made.
    async fn put(&self, me: &Tenant, ask: Ask) {
        let what = ask.told();
        self.owners.hear(me.number, &what);
        let (status, headers, text) = self.sent(&ask).await;
        *locked(&self.statuses).entry(status).or_default() += 1;
        let again = headers.contains_key("idempotent-replayed");
        let mut all = String::new();
        for (name, value) in &headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            let _ = writeln!(all, "{name}: {value}");
        }
        all.push_str(&text);
        if let Some(word) = self.owners.foreign(me.number, &all) {
            self.leak(format!(
                "{} was told {word}: {what}: {status} {all:.2000}",
                me.mark
            ));
        }
        let failed = status >= 400 || text.contains(r#""isError":true"#);
        if ask.stolen.is_some() && !failed {
            self.leak(format!(
                "{} succeeded with another's: {what}: {status} {text:.500}",
                me.mark
            ));
        }
        assert!(status < 500 || status == 502, "{what}: {status} {text}");
        if status == 502 {
            say(&format!("{what}: {text:.300}"));
        }
        // What is told again may be gone already.
        if !again {
            self.remember(me, &ask.then, (status, &text));
        }
    }

    /// The answer; who is told that the database is busy, or whose export breaks off because it is, comes again.
    async fn sent(&self, ask: &Ask) -> (u16, HeaderMap, String) {
        let start = Instant::now();
        loop {
            let response = self.request(ask).send().await.unwrap();
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let text = response.text().await;
            let late = start.elapsed() > Duration::from_mins(2);
            match text {
                Ok(text) if status != 503 || late => return (status, headers, text),
                Err(error) if late => panic!("{}: {error}", ask.told()),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    fn request(&self, ask: &Ask) -> reqwest::RequestBuilder {
        let (http, at) = (&self.house.http, self.house.server.addr);
        let mut request = match &ask.door {
            Door::Rest(method, path, body) => {
                let request = http.request(method.clone(), format!("http://{at}/api/v1{path}"));
                if body.is_null() {
                    request
                } else {
                    request
                        .header("content-type", "application/json")
                        .body(body.to_string())
                }
            }
            Door::Mcp(path, method, params) => {
                let place = path
                    .as_ref()
                    .map_or(String::new(), |token| format!("/{token}"));
                crate::house::message(http, &format!("http://{at}/mcp{place}"), method, params)
            }
        };
        if let Some(bearer) = &ask.bearer {
            request = request.bearer_auth(bearer);
        }
        let headers = ask.headers.iter();
        headers.fold(request, |request, (name, value)| {
            request.header(*name, value)
        })
    }

    fn remember(&self, me: &Tenant, then: &Then, (status, text): (u16, &str)) {
        let body: Value = serde_json::from_str(text).unwrap_or_default();
        let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        match then {
            Then::Made(thing) if status == 201 => {
                let (id, token) = (word("id"), word("token"));
                self.owners.note(&id, me.number);
                if !token.is_empty() {
                    self.owners.note(&token, me.number);
                }
                me.own().add(*thing, id, token);
            }
            Then::Renewed(id) if status == 200 => {
                self.owners.note(&word("token"), me.number);
                let mut own = me.own();
                if let Some(endpoint) = own.endpoints.iter_mut().find(|(own, _)| own == id) {
                    endpoint.1 = word("token");
                }
            }
            // Whatever it was told: it may be gone.
            Then::Ended(thing, id) => me.own().remove(*thing, id),
            Then::Nothing | Then::Made(_) | Then::Renewed(_) => {}
        }
    }

    /// Whether a tenant has everything that it made and did not end.
    async fn has_its_own(&self, tenant: &Tenant) {
        let own = tenant.own().clone();
        for (thing, ids) in own.listed() {
            let listed = self.listed(tenant, thing).await;
            for id in ids {
                if !listed.contains(&id) {
                    self.leak(format!("{} lost {thing:?} {id}", tenant.mark));
                }
            }
        }
    }

    async fn listed(&self, tenant: &Tenant, thing: Thing) -> Vec<String> {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let paged = matches!(thing, Thing::Connection | Thing::Endpoint);
            let query = if paged {
                format!("?limit=200&cursor={cursor}")
            } else {
                String::new()
            };
            let path = format!("{}{query}", thing.path());
            let page = self
                .house
                .api(&tenant.owner, reqwest::Method::GET, &path, Value::Null)
                .await;
            let items = page.body["items"].as_array().cloned().unwrap_or_default();
            ids.extend(
                items
                    .iter()
                    .filter_map(|item| Some(item["id"].as_str()?.to_owned())),
            );
            match page.body["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return ids,
            }
        }
    }

    fn leak(&self, leak: String) {
        locked(&self.leaks).push(leak);
    }
}

impl Tenant {
    /// A tenant with a person, a connection and an endpoint.
    async fn furnished(desk: &Desk, number: usize) -> Self {
        let mark = mark(number);
        let system = desk.house.tenants.store().system();
        system
            .create_tenant(store::Tenant::new(&mark, &mark))
            .await
            .unwrap();
        let owner = desk.house.key_of(&mark, Role::Owner).await;
        desk.owners.note(&owner, number);
        let tenant = Self {
            number,
            mark,
            owner,
            own: Mutex::default(),
        };
        let rest = async |method: &str, path: &str, body: Value, then: Then| {
            let method = method.parse().unwrap();
            let door = Door::Rest(method, path.to_owned(), body);
            let bearer = Some(tenant.owner.clone());
            let ask = Ask {
                door,
                bearer,
                headers: Vec::new(),
                stolen: None,
                then,
            };
            desk.put(&tenant, ask).await;
        };
        let person = json!({"name": tenant.mark, "email": format!("{}@example.com", tenant.mark)});
        rest("PUT", "/users/u1", person, Then::Nothing).await;
        let workspace = json!({"access_token": mark::token(&tenant.mark), "region": "us"});
        rest(
            "POST",
            "/connections",
            workspace,
            Then::Made(Thing::Connection),
        )
        .await;
        let connection = tenant.own().connections.first().cloned();
        let endpoint = json!({"name": tenant.mark, "connection": connection,
            "settings": {"toolsets": ["all"]}});
        rest("POST", "/endpoints", endpoint, Then::Made(Thing::Endpoint)).await;
        tenant
    }

    fn own(&self) -> MutexGuard<'_, Own> {
        locked(&self.own)
    }
}

impl Own {
    fn add(&mut self, thing: Thing, id: String, token: String) {
        match thing {
            Thing::Connection => self.connections.push(id),
            Thing::Endpoint => self.endpoints.push((id, token)),
            Thing::Session => self.sessions.push((id, token)),
            Thing::Key => self.keys.push(id),
            Thing::App => self.apps.push(id),
        }
    }

    fn remove(&mut self, thing: Thing, id: &str) {
        match thing {
            Thing::Connection => self.connections.retain(|own| own != id),
            Thing::Endpoint => self.endpoints.retain(|(own, _)| own != id),
            Thing::Session => self.sessions.retain(|(own, _)| own != id),
            Thing::Key => self.keys.retain(|own| own != id),
            Thing::App => self.apps.retain(|own| own != id),
        }
    }

    fn listed(self) -> [(Thing, Vec<String>); 4] {
        let endpoints = self.endpoints.into_iter().map(|(id, _)| id);
        [
            (Thing::Connection, self.connections),
            (Thing::Endpoint, endpoints.collect()),
            (Thing::Key, self.keys),
            (Thing::App, self.apps),
        ]
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
