//! Connecting by Intercom OAuth, with a browser that keeps cookies, against the sandbox.

mod apps;
mod browser;
mod ending;
mod errands;
mod secrets;
mod sign_in;
mod trips;

use crate::house::House;
use browser::Browser;
use frontdesk::{config::Config, connect::NewLink};
use reqwest::Method;
use sandbox::{Running, Sandbox};
use serde_json::Value;
use store::{Connection, TenantScope};

/// Where people reach the server, by what they are told.
const PUBLIC: &str = "https://desk.example";
/// How every access token of the sandbox's app begins.
const TOKEN: &str = "dG9rOi";

/// A sandbox with other settings.
async fn sandbox_with(change: impl FnOnce(&mut sandbox::Config)) -> Running {
    let mut config = sandbox::Config {
        listen: ([127, 0, 0, 1], 0).into(),
        ..sandbox::Config::default()
    };
    change(&mut config);
    Sandbox::start(config).await.unwrap()
}

/// What every server of these tests is set to.
fn usual(config: &mut Config) {
    config.public_url = Some(PUBLIC.into());
    config.connect.client_id = Some("sandbox-client".into());
    config.connect.client_secret = Some("sandbox-secret".into());
    config.connect.return_to = vec!["https://app.example".parse().unwrap()];
    config.connect.outbound_allow = frontdesk::outbound::Networks::parse(["127.0.0.1"]).unwrap();
}

impl House {
    /// A server that people connect to, with Ana and Ben of Acme.
    async fn connecting() -> Self {
        let sandbox = sandbox_with(|_| ()).await;
        Self::connecting_to(sandbox, usual).await
    }

    async fn connecting_to(sandbox: Running, change: impl FnOnce(&mut Config)) -> Self {
        let house = Self::with(sandbox, change).await;
        for person in ["ana", "ben"] {
            house.person("acme", person).await;
        }
        house
    }

    fn acme(&self) -> TenantScope {
        self.tenants.store().scope("acme").unwrap()
    }

    fn browser(&self) -> Browser {
        Browser::at(self.server.addr)
    }

    async fn link_of(&self, new: NewLink) -> String {
        self.tenants.authorize_link("acme", new).await.unwrap().url
    }

    async fn link(&self, user: &str) -> String {
        self.link_of(NewLink {
            user: Some(user.into()),
            ..NewLink::default()
        })
        .await
    }

    /// The whole trip of a person; their connection.
    async fn connected(&self, user: &str) -> Connection {
        let link = self.link(user).await;
        let page = self.browser().through(&link).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let own = self.acme().connections_of(user).await.unwrap();
        own.into_iter().next().unwrap()
    }

    /// Tells the sandbox of the person before the page of consent; answers what is set.
    async fn consent(&self, told: Value) -> Value {
        let url = format!("{}/__sandbox/oauth", self.sandbox.url);
        let method = if told.is_null() {
            Method::GET
        } else {
            Method::POST
        };
        let request = self.http.request(method, url).body(told.to_string());
        crate::world::answer(request.send().await.unwrap()).await
    }
}
