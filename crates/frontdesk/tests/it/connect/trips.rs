//! Trips to Intercom and back: those that end well, and those that must not.

use super::{PUBLIC, TOKEN, sandbox_with, usual};
use crate::house::{House, failed};
use frontdesk::connect::NewLink;
use intercom::Region;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use store::{ConnectionState, Role};

#[tokio::test]
async fn a_person_goes_to_intercom_and_comes_back_connected() {
    let house = House::connecting().await;
    let link = house.link("ana").await;
    let mut browser = house.browser();
    let out = browser.open(&link).await;
    assert_eq!(out.status, 303, "{}", out.body);
    let consent = out.location();
    assert!(
        consent.starts_with(&format!("{}/oauth?", house.sandbox.url)),
        "{consent}"
    );
    assert_eq!(out.leads_with("client_id").unwrap(), "sandbox-client");
    assert_eq!(
        out.leads_with("redirect_uri").unwrap(),
        format!("{PUBLIC}/connect/callback")
    );
    let cookie = out.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-frontdesk-"), "{cookie}");
    for part in [
        "; HttpOnly",
        "; Secure",
        "; SameSite=Lax",
        "; Path=/;",
        "; Max-Age=600",
    ] {
        assert!(
            cookie.contains(part) && !cookie.contains("Domain"),
            "{cookie}"
        );
    }
    let back = browser.open(&consent).await.location();
    assert_eq!(browser.open(&back).await.status, 200);
    // A connection came of the link: it is used up.
    let again = house.browser().open(&link).await;
    assert_eq!(again.status, 410, "{}", again.body);
}

#[tokio::test]
async fn the_agent_of_a_person_who_connected_calls_as_them() {
    let house = House::connecting().await;
    let page = house.browser().through(&house.link("ana").await).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(
        page.body.contains("Spoke &amp; Saddle is connected"),
        "{}",
        page.body
    );
    assert!(!page.body.contains(TOKEN));
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.headers[name], value);
    }
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));

    let own = house.acme().connections_of("ana").await.unwrap();
    assert_eq!(own.len(), 1);
    assert_eq!(
        (
            own[0].state,
            own[0].app_id.as_deref(),
            own[0].workspace_id.as_deref()
        ),
        (ConnectionState::Active, Some("default"), Some("spk4sdl7"))
    );
    let (endpoint, _) = house.endpoint("acme", None).await;
    let life = Duration::from_mins(5);
    let session = house
        .tenants
        .create_session("acme", "ana", &endpoint, life)
        .await;
    let session = session.unwrap().1;
    let (_, answer) = house.call(None, Some(session.tell()), "get_me").await;
    assert!(!failed(&answer), "{answer}");
}

#[tokio::test]
async fn connecting_again_keeps_the_connection_and_its_endpoints() {
    let house = House::connecting().await;
    let first = house.connected("ana").await;
    let (_, token) = house.endpoint("acme", Some(&first.id)).await;
    let state = ConnectionState::Quarantined;
    let now = store::now();
    house
        .acme()
        .set_connection_state(&first.id, state, Some("refused"), now)
        .await
        .unwrap();
    let second = house.connected("ana").await;
    assert_eq!(
        (&second.id, second.state),
        (&first.id, ConnectionState::Active)
    );
    assert_eq!(house.acme().connections_of("ana").await.unwrap().len(), 1);
    assert_eq!(house.call(None, Some(&token), "get_me").await.0, 200);
    // Ben's is his own, though it is the same workspace.
    let ben = house.connected("ben").await;
    assert_ne!(ben.id, first.id);
}

#[tokio::test]
async fn a_trip_is_its_own_browsers_and_ends_once() {
    let house = House::connecting().await;
    let link = house.link("ana").await;
    let mut browser = house.browser();
    let back = browser.consent(&link).await;
    let spoilt = back.replace("state=", "state=x");
    let stateless = format!("{PUBLIC}/connect/callback?code=x");
    for (what, url, status) in [
        ("a state of nobody", spoilt.as_str(), 410),
        ("no state", stateless.as_str(), 410),
        (
            "a link of nobody",
            "https://desk.example/connect/unknown",
            410,
        ),
        (
            "nothing to connect again",
            "https://desk.example/connect/again/acme/x",
            404,
        ),
        (
            "another tenant's",
            "https://desk.example/connect/again/*/x",
            404,
        ),
    ] {
        let page = browser.open(url).await;
        assert_eq!(page.status, status, "{what}: {}", page.body);
        assert!(page.body.contains("Not connected"), "{what}: {}", page.body);
    }
    let other = house.browser().open(&back).await;
    assert_eq!(other.status, 403, "{}", other.body);
    assert!(other.body.contains("another browser"), "{}", other.body);
    // The stolen try used the state up; the person opens the link once more.
    assert_eq!(browser.open(&back).await.status, 410);
    let back = browser.consent(&link).await;
    assert_eq!(browser.open(&back).await.status, 200);
    assert_eq!(browser.open(&back).await.status, 410, "a replayed state");
    assert_eq!(house.acme().connections_of("ana").await.unwrap().len(), 1);
}

#[tokio::test]
async fn two_trips_in_one_browser_do_not_disturb_each_other_and_one_link_makes_one_connection() {
    let house = House::connecting().await;
    let link = house.link("ana").await;
    let mut browser = house.browser();
    let first = browser.consent(&link).await;
    let second = browser.consent(&link).await;
    assert_eq!(browser.open(&first).await.status, 200);
    let late = browser.open(&second).await;
    assert_eq!(late.status, 410, "{}", late.body);
}

#[tokio::test]
async fn links_end_and_consent_can_be_refused() {
    let house = House::connecting().await;
    let short = house
        .link_of(NewLink {
            user: Some("ana".into()),
            life: Some(Duration::from_millis(1)),
            ..NewLink::default()
        })
        .await;
    let end = store::now() + 2;
    while store::now() < end {
        tokio::task::yield_now().await;
    }
    assert_eq!(house.browser().open(&short).await.status, 410);

    house.consent(json!({"denied": true})).await;
    let link = house.link("ana").await;
    let mut browser = house.browser();
    let page = browser.through(&link).await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(page.body.contains("no consent"), "{}", page.body);
    // The person thinks again; the link is still good.
    house.consent(json!({"denied": false})).await;
    assert_eq!(browser.through(&link).await.status, 200);

    house.consent(json!({"down": true})).await;
    let link = house.link("ben").await;
    let page = house.browser().through(&link).await;
    assert_eq!(page.status, 502, "{}", page.body);
    assert!(house.acme().connections_of("ben").await.unwrap().is_empty());
}

#[tokio::test]
async fn intercom_sends_nobody_to_an_address_that_is_not_registered() {
    let sandbox = sandbox_with(|config| {
        config.redirect_uris = vec!["https://other.example/connect/callback".into()];
    });
    let house = House::connecting_to(sandbox.await, usual).await;
    let mut browser = house.browser();
    let out = browser.open(&house.link("ana").await).await;
    let page = browser.open(&out.location()).await;
    assert_eq!(page.status, 400, "{}", page.body);
    assert!(page.body.contains("redirect_uri"), "{}", page.body);
}

#[tokio::test]
async fn people_are_sent_back_to_named_pages_alone() {
    let house = House::connecting().await;
    let key = house.key_of("acme", Role::Developer).await;
    for page in [
        "https://evil.example/",
        "https://app.example.evil.example/",
        "http://app.example/",
        "javascript:alert(1)",
    ] {
        let body = json!({"user": "ana", "return_to": page});
        let got = house
            .api(&key, Method::POST, "/authorize-links", body)
            .await;
        assert_eq!(got.status, 422, "{page}: {}", got.body);
        assert!(got.body["detail"].as_str().unwrap().contains("return_to") || page.len() < 25);
    }
    let body = json!({"user": "ana", "return_to": "https://app.example/done?tab=1"});
    let made = house
        .api(&key, Method::POST, "/authorize-links", body)
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let page = house
        .browser()
        .through(made.body["url"].as_str().unwrap())
        .await;
    let own = house.acme().connections_of("ana").await.unwrap();
    let expected = format!(
        "https://app.example/done?tab=1&status=connected&connection={}",
        own[0].id
    );
    assert_eq!((page.status, page.location()), (303, expected));
    // Who is not there, or is another tenant's, gets no link.
    let globex = house.key_of("globex", Role::Developer).await;
    for (key, body, status) in [
        (&key, json!({"user": "nobody"}), 404),
        (&globex, json!({"user": "ana"}), 404),
        (&globex, json!({"connection": own[0].id}), 404),
        (&key, json!({"user": "ben", "connection": own[0].id}), 404),
        (&key, json!({"user": "ana", "seconds": 0}), 422),
        (&key, json!({"user": "ana", "seconds": 604_801}), 422),
        (&key, json!({"user": "ana", "app": "nobody's"}), 404),
    ] {
        let got = house.api(key, Method::POST, "/authorize-links", body).await;
        assert_eq!(got.status, status, "{}", got.body);
    }
}

#[tokio::test]
async fn the_region_is_found() {
    let at = |region: &'static str| sandbox_with(move |config| config.region = region.into());
    let (us, eu, au) = (at("us").await, at("eu").await, at("au").await);
    let places = [(Region::Us, &us), (Region::Eu, &eu), (Region::Au, &au)];
    let region_urls: Vec<_> = places
        .iter()
        .map(|(region, sandbox)| (*region, sandbox.url.parse().unwrap()))
        .collect();
    let house = House::connecting_to(us, |config| {
        usual(config);
        config.base_url = None;
        config.connect.region_urls = region_urls;
    })
    .await;
    for (region, url) in [(Region::Eu, &eu.url), (Region::Au, &au.url)] {
        let user = if region == Region::Eu { "ana" } else { "ben" };
        let link = house.link_of(NewLink {
            user: Some(user.into()),
            region: Some(region),
            ..NewLink::default()
        });
        let mut browser = house.browser();
        let out = browser.open(&link.await).await;
        assert!(out.location().starts_with(url), "{}", out.location());
        let back = browser.open(&out.location()).await.location();
        assert_eq!(browser.open(&back).await.status, 200);
        let made = house.acme().connections_of(user).await.unwrap().remove(0);
        assert_eq!(made.region, region.name());
        let (_, token) = house.endpoint("acme", Some(&made.id)).await;
        let (status, answer) = house.call(None, Some(&token), "get_me").await;
        assert!(status == 200 && !failed(&answer), "{answer}");
    }
}

#[tokio::test]
async fn a_connection_is_made_again_by_its_own_account_alone() {
    let house = House::connecting().await;
    let first = house.connected("ana").await;
    let again = format!("{PUBLIC}/connect/again/acme/{}", first.id);
    // While it is open there is nothing to mend, and nobody learns more.
    assert_eq!(house.browser().open(&again).await.status, 404);
    let state = ConnectionState::Quarantined;
    let now = store::now();
    house
        .acme()
        .set_connection_state(&first.id, state, Some("refused"), now)
        .await
        .unwrap();
    house.consent(json!({"admin_id": 7002})).await;
    let page = house.browser().through(&again).await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(
        page.body.contains("another Intercom account"),
        "{}",
        page.body
    );
    let row = house.acme().connection(&first.id).await.unwrap();
    assert_eq!(row.state, ConnectionState::Quarantined);
    house.consent(json!({"admin_id": null})).await;
    assert_eq!(house.browser().through(&again).await.status, 200);
    let row = house.acme().connection(&first.id).await.unwrap();
    assert_eq!(row.state, ConnectionState::Active);
}

#[tokio::test]
async fn a_link_for_one_connection_takes_no_other_workspace() {
    let house = House::connecting().await;
    let mut row = house.connected("ana").await;
    row.workspace_id = Some("another".into());
    house.acme().update_connection(row.clone()).await.unwrap();
    let link = house
        .link_of(NewLink {
            connection: Some(row.id.clone()),
            ..NewLink::default()
        })
        .await;
    let page = house.browser().through(&link).await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert_eq!(house.acme().connection(&row.id).await.unwrap(), row);
    // Without the connection in its link, the other workspace becomes one of its own.
    assert_ne!(house.connected("ana").await.id, row.id);
}
