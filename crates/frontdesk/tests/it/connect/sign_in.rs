//! Signing in through Intercom, as the authorization server uses it.

use super::browser::Browser;
use crate::house::House;
use frontdesk::connect::{SignIn, Stop};
use serde_json::Value;
use store::{User, UserState};

fn begin() -> SignIn {
    SignIn {
        tenant: "acme".into(),
        app: None,
        resume: "/oauth/resume?request=1".into(),
    }
}

#[tokio::test]
async fn a_person_signs_in_by_the_address_that_intercom_confirmed() {
    let house = House::connecting().await;
    let mut browser = house.browser();
    let back = departed(&house, &mut browser, begin()).await;
    let stranger = browser.open(&back).await;
    assert_eq!(stranger.status, 403, "{}", stranger.body);
    assert!(house.acme().connections("", 9).await.unwrap().is_empty());

    let me = house
        .http
        .get(format!("{}/me", house.sandbox.url))
        .bearer_auth("sandbox-token");
    let me: Value = crate::world::answer(me.send().await.unwrap()).await;
    let user = User {
        id: "ana".into(),
        name: None,
        email: Some(me["email"].as_str().unwrap().to_uppercase()),
        state: UserState::Active,
        created_at: 0,
        updated_at: 0,
    };
    house.acme().keep_user(user).await.unwrap();
    let back = departed(&house, &mut browser, begin()).await;
    let on = browser.open(&back).await;
    assert_eq!(on.status, 303, "{}", on.body);
    assert!(
        on.location().starts_with("/oauth/resume?request=1&ticket="),
        "{}",
        on.location()
    );
    let ticket = on.leads_with("ticket").unwrap();
    let (own, none) = (browser.headers(), Browser::at(house.server.addr).headers());
    let arrival = house.tenants.finish_sign_in(&ticket, &own).await.unwrap();
    let connection = house.acme().connections_of("ana").await.unwrap().remove(0);
    assert_eq!(
        (
            arrival.tenant.as_str(),
            arrival.user.as_str(),
            &arrival.connection
        ),
        ("acme", "ana", &connection.id)
    );
    let acts = crate::management::ended(&crate::management::acts(&house.acme()).await);
    let made = ("connect_account".into(), connection.id.clone(), "ok".into());
    assert_eq!(acts.last(), Some(&made), "{acts:?}");
    let spent = house.tenants.finish_sign_in(&ticket, &own).await;
    assert!(matches!(spent, Err(Stop::Spent)));
    // Known by the connection from now on, and still in one browser alone.
    let back = departed(&house, &mut browser, begin()).await;
    let ticket = browser.open(&back).await.leads_with("ticket").unwrap();
    let stolen = house.tenants.finish_sign_in(&ticket, &none).await;
    assert!(matches!(stolen, Err(Stop::OtherBrowser)));
}

#[tokio::test]
async fn a_sign_in_goes_on_at_this_server_alone() {
    let house = House::connecting().await;
    for resume in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "x",
    ] {
        let sign_in = SignIn {
            resume: resume.into(),
            ..begin()
        };
        assert!(
            house.tenants.begin_sign_in(sign_in).await.is_err(),
            "{resume}"
        );
    }
}

/// Sends the browser to Intercom to sign in: how it is sent back.
async fn departed(house: &House, browser: &mut Browser, sign_in: SignIn) -> String {
    let departure = house.tenants.begin_sign_in(sign_in).await.unwrap();
    let cookie = departure.cookie.to_str().unwrap();
    let (name, rest) = cookie.split_once('=').unwrap();
    let (value, _) = rest.split_once(';').unwrap();
    browser.cookies.insert(name.into(), value.into());
    browser.open(&departure.location).await.location()
}
