//! The generator: one random request of a tenant, and what is to be remembered of its answer.

use super::{Desk, Own, Tenant, mark::token};
use frontdesk::tenants::EndpointSettings;
use rand::{RngExt, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};

/// A request.
pub(super) struct Ask {
    pub(super) door: Door,
    pub(super) bearer: Option<String>,
    pub(super) headers: Vec<(&'static str, String)>,
    /// The id of another's that it names; it must not succeed then.
    pub(super) stolen: Option<String>,
    pub(super) then: Then,
}

/// Where it goes.
pub(super) enum Door {
    /// Method, path below `/api/v1`, body.
    Rest(Method, String, Value),
    /// The path's token, the method of MCP, its parameters.
    Mcp(Option<String>, &'static str, Value),
}

/// What is remembered of an answer that made or ended something.
#[derive(Clone, Debug)]
pub(super) enum Then {
    Nothing,
    Made(Thing),
    /// This one has another token now.
    Renewed(String),
    Ended(Thing, String),
}

impl Ask {
    /// What it is, for a failure's message.
    pub(super) fn told(&self) -> String {
        match &self.door {
            Door::Rest(method, path, body) => format!("{method} {path} {body} {:?}", self.headers),
            Door::Mcp(path, method, params) => format!("MCP at {path:?}: {method} {params}"),
        }
    }
}

/// A kind of things with ids of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    Connection,
    Endpoint,
    Session,
    Key,
    App,
}

impl Thing {
    pub(super) const ALL: [Self; 5] = [
        Self::Connection,
        Self::Endpoint,
        Self::Session,
        Self::Key,
        Self::App,
    ];

    /// Where its REST routes are.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Connection => "/connections",
            Self::Endpoint => "/endpoints",
            Self::Session => "/sessions",
            Self::Key => "/api-keys",
            Self::App => "/apps",
        }
    }
}

/// How many kinds of requests there are.
pub(super) const KINDS: u32 = 46;
/// Users that every tenant has under the same ids.
const USERS: [&str; 3] = ["u1", "u2", "u3"];
/// Tools with their arguments; `MARK` becomes the caller's canary.
const CALLS: [(&str, &str); 10] = [
    ("get_me", "{}"),
    ("list_tags", "{}"),
    ("get_contact", r#"{"id":"CONTACT"}"#),
    ("get_conversation", r#"{"id":"CONVERSATION"}"#),
    ("search_contacts", r#"{"name":"MARK"}"#),
    ("search", r#"{"query":"object_type:contacts limit:2"}"#),
    ("find_unassigned_conversations", r#"{"limit":2}"#),
    (
        "add_internal_note",
        r#"{"conversation_id":"CONVERSATION","body":"MARK says"}"#,
    ),
    ("create_or_update_tag", r#"{"name":"MARK"}"#),
    ("get_contact", r#"{"id":"MARKno-such"}"#),
];

/// A tenant, another one, and chance.
pub(super) struct Scene<'a> {
    pub(super) desk: &'a Desk,
    pub(super) me: &'a Tenant,
    pub(super) other: &'a Tenant,
    pub(super) random: StdRng,
}

impl Scene<'_> {
    /// A request of that kind.
    pub(super) fn draw(&mut self, kind: u32) -> Ask {
        match kind {
            0..12 => self.make(kind),
            12..24 => self.look(kind),
            24..34 => self.change(kind),
            _ => self.call(kind),
        }
    }

    fn make(&mut self, kind: u32) -> Ask {
        let mark = &self.me.mark;
        match kind {
            0 | 1 => {
                let path = format!("/users/{}", self.user());
                let body =
                    json!({"name": format!("{mark}name"), "email": format!("{mark}@example.com")});
                self.rest(Method::PUT, path, body, Then::Nothing)
            }
            2 => {
                let body = json!({"access_token": token(mark), "region": "us"});
                self.post(Thing::Connection, body)
            }
            3 => {
                let body =
                    json!({"access_token": token(mark), "user": self.user(), "region": "us"});
                self.post(Thing::Connection, body)
            }
            4..7 => self.new_endpoint(),
            7 => self.new_session(),
            8 => self.post(
                Thing::Key,
                json!({"name": format!("{mark}key"), "role": "developer"}),
            ),
            9 => {
                let id = format!("{mark}{}", self.random.random::<u64>());
                let body = json!({"name": format!("{mark}app"), "client_id": id,
                    "client_secret": format!("{mark}secret")});
                self.post(Thing::App, body)
            }
            10 => {
                let body = json!({"url": format!("https://{mark}a.example/hook")});
                self.rest(Method::PUT, "/notices".into(), body, Then::Nothing)
            }
            _ => {
                let body = json!({"user": self.user(), "region": "us"});
                self.rest(Method::POST, "/authorize-links".into(), body, Then::Nothing)
            }
        }
    }

    fn look(&mut self, kind: u32) -> Ask {
        let limit = self.random.random_range(1..=50);
        match kind {
            12 => self.get(format!("/users?limit={limit}")),
            13 => {
                let path = format!("/users/{}", self.user());
                self.get(path)
            }
            14 | 15 => {
                let thing = Thing::ALL[self.random.random_range(0..2)];
                self.on(thing, Method::GET, "", Value::Null)
            }
            16 => {
                let thing = Thing::ALL[self.random.random_range(0..5)];
                let path = thing.path();
                // Sessions are not listed.
                self.get(path.replace("/sessions", "/deliveries"))
            }
            17 | 18 => self.search_audit(limit),
            19 => {
                let format =
                    ["jsonl", "csv", "ocsf", "syslog", "otlp"][self.random.random_range(0..5)];
                self.get(format!("/audit/export?format={format}"))
            }
            20 => self.get("/audit/verify".into()),
            21 => self.get("/usage?by=tenant,day,endpoint".into()),
            22 => {
                let format = ["mcp", "anthropic", "openai"][self.random.random_range(0..3)];
                let tail = format!("/tools?format={format}");
                self.on(Thing::Endpoint, Method::GET, &tail, Value::Null)
            }
            _ => {
                let paths = [
                    "/notices",
                    "/notices/dead",
                    "/deliveries",
                    "/users/u1/grants",
                    "/users/MARK",
                    "/no/MARK",
                ];
                let path = paths[self.random.random_range(0..paths.len())];
                self.get(path.replace("MARK", &self.me.mark))
            }
        }
    }

    fn search_audit(&mut self, limit: u32) -> Ask {
        let path = format!("/audit?limit={limit}");
        // Another's endpoint finds nothing, and that is no error.
        let (id, _) = self.some(Thing::Endpoint);
        let more = match self.random.random_range(0..6) {
            0 => "&kind=finish".to_owned(),
            1 => format!("&user={}", self.user()),
            2 => "&tool=get_me".to_owned(),
            3 => format!("&endpoint={id}"),
            4 => "&outcome=upstream".to_owned(),
            _ => String::new(),
        };
        self.get(format!("{path}{more}"))
    }

    fn change(&mut self, kind: u32) -> Ask {
        let mark = self.me.mark.clone();
        match kind {
            24 => {
                let body = json!({"settings": self.settings()});
                self.on(Thing::Endpoint, Method::PATCH, "", body)
            }
            25 => {
                let mut ask = self.on(
                    Thing::Endpoint,
                    Method::POST,
                    "/rotate",
                    json!({"grace_seconds": 60}),
                );
                if let (Door::Rest(_, path, _), None) = (&ask.door, &ask.stolen) {
                    let id = path
                        .trim_start_matches("/endpoints/")
                        .trim_end_matches("/rotate");
                    ask.then = Then::Renewed(id.to_owned());
                }
                ask
            }
            26 => {
                let body = json!({"access_token": token(&mark), "region": "us"});
                self.on(Thing::Connection, Method::POST, "/reconnect", body)
            }
            27..32 => {
                let thing = Thing::ALL[self.random.random_range(0..5)];
                self.end(thing)
            }
            32 => {
                let path = format!("/users/{}/sessions", self.user());
                self.rest(Method::DELETE, path, Value::Null, Then::Nothing)
            }
            // The deployment's own key, which names the tenant.
            _ => {
                let body = json!({"name": format!("{mark}renamed"), "audit_arguments": "redacted"});
                let mut ask = self.rest(
                    Method::PATCH,
                    format!("/tenants/{mark}"),
                    body,
                    Then::Nothing,
                );
                if self.random.random_bool(0.5) {
                    ask = self.get("/endpoints".into());
                }
                ask.headers = vec![("frontdesk-tenant", mark)];
                ask.bearer = Some(self.desk.operator.clone());
                ask
            }
        }
    }

    fn call(&mut self, kind: u32) -> Ask {
        match kind {
            34..37 => self.execute(),
            37..42 => self.tool(),
            42 => self.mcp("tools/list", json!({})),
            43 => self.mcp("prompts/list", json!({})),
            44 => {
                let uri = "intercom://workspace";
                self.mcp("resources/read", json!({"uri": uri}))
            }
            _ => self.crossed(),
        }
    }

    /// A tool call by the REST API, for a person or for nobody.
    fn execute(&mut self) -> Ask {
        let (tool, arguments) = self.chosen();
        let (endpoint, stolen) = self.some(Thing::Endpoint);
        let user = self.random.random_bool(0.3).then(|| self.user());
        let body = json!({"endpoint": endpoint, "user": user, "arguments": arguments});
        let path = format!("/tools/{tool}/execute");
        Ask {
            stolen,
            ..self.rest(Method::POST, path, body, Then::Nothing)
        }
    }

    fn tool(&mut self) -> Ask {
        let (tool, arguments) = self.chosen();
        self.mcp("tools/call", json!({"name": tool, "arguments": arguments}))
    }

    /// MCP by one of the ways in.
    fn mcp(&mut self, method: &'static str, params: Value) -> Ask {
        let own = self.me.own();
        let endpoint = pick(&mut self.random, &own.endpoints).cloned();
        let session = pick(&mut self.random, &own.sessions).cloned();
        let way = self.random.random_range(0..4);
        let (path, bearer) = match (way, endpoint, session) {
            (1, Some((_, token)), _) => (Some(token), None),
            (2, Some((id, token)), _) => (Some(id), Some(token)),
            (3, _, Some((_, token))) | (_, Some((_, token)), _) => (None, Some(token)),
            _ => (None, None),
        };
        Self::by(Door::Mcp(path, method, params), bearer)
    }

    /// Another's endpoint with what is the caller's own: refused, whatever the way.
    fn crossed(&mut self) -> Ask {
        let (tool, arguments) = self.chosen();
        let door = |path| {
            Door::Mcp(
                path,
                "tools/call",
                json!({"name": tool, "arguments": arguments}),
            )
        };
        let theirs = pick(&mut self.random, &self.other.own().endpoints).cloned();
        let own = self.me.own();
        let session = pick(&mut self.random, &own.sessions).cloned();
        let endpoint = pick(&mut self.random, &own.endpoints).cloned();
        let Some((id, token)) = theirs else {
            return self.get("/users".into());
        };
        let (path, second) = match self.random.random_range(0..4) {
            0 => (id.clone(), endpoint.map(|(_, token)| token)),
            1 => (id.clone(), session.map(|(_, token)| token)),
            2 => (token, session.map(|(_, token)| token)),
            _ => (id.clone(), Some(self.me.owner.clone())),
        };
        let mut ask = Self::by(
            door(Some(path)),
            second.or_else(|| Some(self.me.owner.clone())),
        );
        ask.stolen = Some(id);
        ask
    }

    fn chosen(&mut self) -> (&'static str, Value) {
        let (tool, text) = CALLS[self.random.random_range(0..CALLS.len())];
        let text = text
            .replace("MARK", &self.me.mark)
            .replace("CONTACT", &self.desk.contact)
            .replace("CONVERSATION", &self.desk.conversation);
        (tool, serde_json::from_str(&text).unwrap())
    }

    fn new_endpoint(&mut self) -> Ask {
        let own = self.random.random_bool(0.3);
        let (connection, stolen) = self.some(Thing::Connection);
        let mut body =
            json!({"name": format!("{}endpoint", self.me.mark), "settings": self.settings()});
        if !own {
            body["connection"] = json!(connection);
        }
        Ask {
            stolen: stolen.filter(|_| !own),
            ..self.post(Thing::Endpoint, body)
        }
    }

    fn new_session(&mut self) -> Ask {
        let (endpoint, stolen) = self.some(Thing::Endpoint);
        let body = json!({"user": self.user(), "endpoint": endpoint, "seconds": 3600});
        Ask {
            stolen,
            ..self.post(Thing::Session, body)
        }
    }

    /// Wide settings, some with controls that name the tenant.
    fn settings(&mut self) -> Value {
        let wide = EndpointSettings {
            toolsets: vec!["all".into()],
            ..EndpointSettings::default()
        };
        let mut settings = serde_json::to_value(wide).unwrap();
        if self.random.random_bool(0.2) {
            let name = format!("{}rule", self.me.mark);
            settings["rules"] = json!([{"name": name, "tools": ["create_or_update_tag"], "require": "caller.user == 'u1'"}]);
        }
        if self.random.random_bool(0.2) {
            settings["mask"] = json!({"phone": true});
        }
        settings
    }

    fn end(&mut self, thing: Thing) -> Ask {
        let mut ask = self.on(thing, Method::DELETE, "", Value::Null);
        if let (Door::Rest(_, path, _), None) = (&ask.door, &ask.stolen) {
            let id = path.rsplit('/').next().unwrap_or_default().to_owned();
            ask.then = Then::Ended(thing, id);
        }
        ask
    }

    /// A request about one thing, now and then another tenant's.
    fn on(&mut self, thing: Thing, method: Method, tail: &str, body: Value) -> Ask {
        let (id, stolen) = self.some(thing);
        let path = format!("{}/{id}{tail}", thing.path());
        Ask {
            stolen,
            ..self.rest(method, path, body, Then::Nothing)
        }
    }

    /// The id of a thing; the second is the same where it is another's.
    fn some(&mut self, thing: Thing) -> (String, Option<String>) {
        if self.random.random_bool(0.3)
            && let Some(id) = self.other.own().one(thing, &mut self.random)
        {
            return (id.clone(), Some(id));
        }
        let own = self.me.own().one(thing, &mut self.random);
        (own.unwrap_or_else(|| "none".into()), None)
    }

    fn user(&mut self) -> &'static str {
        USERS[self.random.random_range(0..USERS.len())]
    }

    fn post(&mut self, thing: Thing, body: Value) -> Ask {
        let mut ask = self.rest(Method::POST, thing.path().into(), body, Then::Made(thing));
        if self.random.random_bool(0.2) {
            // All tenants use the same few keys.
            let key = format!("key-{}", self.random.random_range(0..9));
            ask.headers.push(("idempotency-key", key));
        }
        ask
    }

    fn get(&mut self, path: String) -> Ask {
        self.rest(Method::GET, path, Value::Null, Then::Nothing)
    }

    fn rest(&mut self, method: Method, path: String, body: Value, then: Then) -> Ask {
        let mut ask = Self::by(Door::Rest(method, path, body), Some(self.me.owner.clone()));
        ask.then = then;
        if self.random.random_bool(0.1) {
            // Only a key of the deployment may name a tenant.
            ask.headers
                .push(("frontdesk-tenant", self.other.mark.clone()));
        }
        ask
    }

    fn by(door: Door, bearer: Option<String>) -> Ask {
        Ask {
            door,
            bearer,
            headers: Vec::new(),
            stolen: None,
            then: Then::Nothing,
        }
    }
}

impl Own {
    /// The id of one of the things that a tenant has.
    fn one(&self, thing: Thing, random: &mut StdRng) -> Option<String> {
        match thing {
            Thing::Endpoint => pick(random, &self.endpoints).map(|(id, _)| id.clone()),
            Thing::Session => pick(random, &self.sessions).map(|(id, _)| id.clone()),
            Thing::Connection => pick(random, &self.connections).cloned(),
            Thing::Key => pick(random, &self.keys).cloned(),
            Thing::App => pick(random, &self.apps).cloned(),
        }
    }
}

fn pick<'a, T>(random: &mut StdRng, things: &'a [T]) -> Option<&'a T> {
    (!things.is_empty()).then(|| &things[random.random_range(0..things.len())])
}
