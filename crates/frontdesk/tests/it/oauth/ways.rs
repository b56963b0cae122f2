//! Which endpoints people may sign in to.

use super::{Browser, Desk, handle, location, query};
use crate::house::wide;
use frontdesk::tenants::{EndpointSettings, NewEndpoint};
use reqwest::{Response, Url};
use std::collections::BTreeMap;

/// Where people reach the server, by what they are told.
const PUBLIC: &str = "https://desk.example";

#[tokio::test]
async fn a_shared_connection_is_signed_in_to_where_its_owner_says_so() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let connection = desk.house.connect("acme", None).await.unwrap();
    for sign_in in [false, true] {
        let new = NewEndpoint {
            name: "Shared".into(),
            connection: Some(connection.clone()),
            settings: EndpointSettings { sign_in, ..wide() },
            ..NewEndpoint::default()
        };
        let (endpoint, _) = desk.house.endpoint_like("acme", new).await;
        let mut asks = desk.asks(&client);
        asks.retain(|(name, _)| *name != "resource");
        asks.push(("resource", desk.url(&format!("/mcp/{endpoint}"))));
        let mut browser = Browser::default();
        let page = desk.authorize(&mut browser, &asks).await;
        if sign_in {
            let page = page.text().await.unwrap();
            let back = location(&desk.allow(&browser, &handle(&page)).await);
            assert!(query(&back, "code").is_some(), "{back}");
        } else {
            let back = location(&page);
            assert_eq!(query(&back, "error").as_deref(), Some("access_denied"));
        }
    }
}

/// A browser that goes to Intercom and back: its cookies.
#[derive(Default)]
struct Traveler(BTreeMap<String, String>);

impl Traveler {
    async fn send(&mut self, desk: &Desk, request: reqwest::RequestBuilder) -> Response {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request.header("cookie", pairs.join("; "));
        let response = desk.http.execute(request.build().unwrap()).await.unwrap();
        for line in response.headers().get_all("set-cookie") {
            let (pair, _) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.0.insert(name.into(), value.into());
        }
        response
    }

    /// Opens a path of this server.
    async fn open(&mut self, desk: &Desk, path: &str) -> Response {
        let request = desk.http.get(desk.url(path));
        self.send(desk, request).await
    }
}

fn path_of(response: &Response) -> String {
    let location = response.headers()["location"].to_str().unwrap();
    location.strip_prefix(PUBLIC).unwrap_or(location).to_owned()
}

#[tokio::test]
async fn a_person_signs_in_through_intercom_and_is_connected_by_it() {
    let desk = Desk::with(|config| {
        config.public_url = Some(PUBLIC.into());
        config.connect.client_id = Some("sandbox-client".into());
        config.connect.client_secret = Some("sandbox-secret".into());
    })
    .await;
    let client = desk.client().await;
    let mut traveler = Traveler::default();
    let url = Url::parse_with_params(&desk.url("/authorize"), desk.asks(&client)).unwrap();
    let page = traveler
        .send(&desk, desk.http.get(url))
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("value=\"intercom\""), "{page}");
    let form = [("request", &*handle(&page)), ("action", "intercom")];
    let request = desk
        .http
        .post(desk.url("/consent"))
        .body(super::written(&form));
    // Only now, when its person agreed to this client, does the browser go to Intercom.
    let away = traveler.send(&desk, request).await;
    let intercom = location(&away);
    assert!(
        !intercom.as_str().contains(&client) && !intercom.as_str().starts_with(PUBLIC),
        "{intercom}"
    );
    let back = desk.get(intercom.as_str()).await;
    let arrived = traveler.open(&desk, &path_of(&back)).await;
    let path = path_of(&arrived);
    assert!(path.starts_with("/consent/arrived?request="), "{path}");
    let stolen = Traveler::default().open(&desk, &path).await;
    assert_eq!(stolen.status(), 400);
    let done = location(&traveler.open(&desk, &path).await);
    assert!(done.as_str().starts_with(super::REDIRECT), "{done}");
    assert_eq!(query(&done, "iss").as_deref(), Some(PUBLIC));
    assert_eq!(traveler.open(&desk, &path).await.status(), 400);
    let (status, body) = desk.redeem(&client, &query(&done, "code").unwrap()).await;
    assert_eq!(status, 200, "{body}");
    let tokens = super::Tokens::of(&body);
    assert_eq!(tokens.scope, "tools:read");
    assert!(desk.opens(&tokens).await);
    let scope = desk.house.tenants.store().scope("acme").unwrap();
    let grants = scope.grants_of("ana").await.unwrap();
    assert_eq!(grants[0].resource, desk.address());
    // Her connection was made again in the same trip, and is the only one.
    let own = scope.connections_of("ana").await.unwrap();
    assert_eq!(own.len(), 1);
    assert!(own[0].app_id.is_some(), "{own:?}");
}
