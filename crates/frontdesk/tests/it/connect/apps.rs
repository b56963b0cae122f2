//! Intercom apps over the REST API.

use super::{sandbox_with, usual};
use crate::api::Answer;
use crate::house::House;
use reqwest::Method;
use serde_json::{Value, json};
use store::Role;

impl House {
    /// A server without an app in its configuration.
    async fn without_app() -> Self {
        Self::connecting_to(sandbox_with(|_| ()).await, |config| {
            usual(config);
            config.connect.client_id = None;
            config.connect.client_secret = None;
        })
        .await
    }

    async fn asked_for_link(&self, key: &str, body: Value) -> Answer {
        self.api(key, Method::POST, "/authorize-links", body).await
    }
}

fn app(client_id: &str) -> Value {
    json!({"client_id": client_id, "client_secret": "sandbox-secret",
        "return_to": ["https://own.example"]})
}

#[tokio::test]
async fn apps_are_kept_and_their_secrets_never_told() {
    let house = House::without_app().await;
    let operator = house
        .key(&house.tenants.store().deployment(), Role::Owner)
        .await;
    let owner = house.key_of("acme", Role::Owner).await;
    let developer = house.key_of("acme", Role::Developer).await;
    let link = json!({"user": "ana"});
    let got = house.asked_for_link(&developer, link).await;
    assert_eq!(got.status, 422, "{}", got.body);
    let detail = got.body["detail"].as_str().unwrap();
    assert!(detail.contains("frontdesk admin apps add"), "{detail}");

    let app = app("sandbox-client");
    let got = house.api(&developer, Method::POST, "/apps", app.clone());
    assert_eq!(got.await.status, 403);
    for key in [&operator, &owner] {
        let made = house.api(key, Method::POST, "/apps", app.clone()).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let listed = house.api(key, Method::GET, "/apps", Value::Null).await;
        assert_eq!(listed.body["items"], json!([made.body]));
        assert!(!listed.body.to_string().contains("sandbox-secret"));
        // The same client id again is the same app.
        let again = house.api(key, Method::POST, "/apps", app.clone()).await;
        assert_eq!(again.body["id"], made.body["id"]);
    }
    let body = json!({"user": "ana", "return_to": "https://own.example/x"});
    let made = house.asked_for_link(&developer, body).await;
    let url = made.body["url"].as_str().unwrap();
    let page = house.browser().through(url).await;
    assert_eq!(page.status, 303, "{}", page.body);
}

#[tokio::test]
async fn of_several_apps_one_is_named() {
    let house = House::without_app().await;
    let owner = house.key_of("acme", Role::Owner).await;
    let mut ids = Vec::new();
    for client_id in ["sandbox-client", "another"] {
        let made = house.api(&owner, Method::POST, "/apps", app(client_id));
        ids.push(made.await.body["id"].as_str().unwrap().to_owned());
    }
    let got = house.asked_for_link(&owner, json!({"user": "ana"})).await;
    let detail = got.body["detail"].as_str().unwrap();
    assert!(detail.contains("several Intercom apps"), "{detail}");
    let named = json!({"user": "ana", "app": ids[0]});
    assert_eq!(house.asked_for_link(&owner, named).await.status, 201);
    let globex = house.key_of("globex", Role::Owner).await;
    let path = format!("/apps/{}", ids[1]);
    for (key, status) in [(&globex, 404), (&owner, 204), (&owner, 404)] {
        let got = house.api(key, Method::DELETE, &path, Value::Null).await;
        assert_eq!(got.status, status, "{}", got.body);
    }
    let got = house.asked_for_link(&owner, json!({"user": "ana"})).await;
    assert_eq!(got.status, 201, "{}", got.body);
}
