//! What people and programs do about their own access is in their tenant's chain, before and after, without a secret.

use super::{Browser, Desk, EMAIL, PASSWORD, written};
use crate::management::{acts, ended, three};
use reqwest::header::HeaderMap;
use serde_json::Value;

/// The changes on record, of which none tells one of these.
async fn told(desk: &Desk, secrets: &[&str]) -> Vec<Value> {
    let scope = desk.house.tenants.store().scope("acme").unwrap();
    let acts = acts(&scope).await;
    for (entry, body) in &acts {
        for secret in secrets.iter().chain(&[EMAIL, PASSWORD]) {
            assert!(!entry.body.contains(secret), "{secret}: {body}");
        }
        assert_eq!(body["client_ip"], "127.0.0.1", "{body}");
    }
    acts.into_iter().map(|(_, body)| body).collect()
}

async fn outcomes(desk: &Desk) -> Vec<(String, String, String)> {
    let scope = desk.house.tenants.store().scope("acme").unwrap();
    ended(&acts(&scope).await)
}

#[tokio::test]
async fn people_are_on_record_when_they_sign_in_and_let_a_program_in() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let mut browser = Browser::default();
    let handle = desk.page(&mut browser, &client).await;
    let form = [
        ("request", &*handle),
        ("email", EMAIL),
        ("password", "another password"),
        ("action", "allow"),
    ];
    let again = desk.decide(&browser, &form, HeaderMap::new()).await;
    assert_eq!(again.status(), 422, "the page comes again");
    let tokens = desk.tokens(&client).await;
    let bodies = told(&desk, &[&tokens.access, &tokens.refresh, &handle]).await;
    let grant = bodies[4]["object"].as_str().unwrap().to_owned();
    let expected = three(&[
        ("sign_in", "ana", "denied"),
        ("sign_in", "ana", "ok"),
        ("allow_client", &grant, "ok"),
    ]);
    assert_eq!(outcomes(&desk).await, expected);
    assert_eq!(bodies[0]["client"], "browser");
    let given = &bodies[4]["given"];
    assert_eq!(
        (&given["user"], &given["scope"]),
        (&"ana".into(), &"tools:read".into()),
        "{given}"
    );
    assert_eq!(
        (&given["client_id"], &given["endpoint"]),
        (&client.into(), &desk.endpoint.clone().into())
    );
}

#[tokio::test]
async fn a_grant_that_ends_is_on_record_with_its_cause() {
    let desk = Desk::new().await;
    let (client, thief) = (desk.client().await, desk.client().await);
    let mut whys = Vec::new();

    let code = desk.code(&client).await;
    assert_eq!(desk.redeem(&thief, &code).await.0, 400);
    whys.push(("code redeemed wrongly", &thief));

    let code = desk.code(&client).await;
    assert_eq!(desk.redeem(&client, &code).await.0, 200);
    assert_eq!(desk.redeem(&client, &code).await.0, 400);
    whys.push(("code replayed", &client));

    let tokens = desk.tokens(&client).await;
    assert_eq!(desk.refresh(&thief, &tokens.refresh).await.0, 400);
    whys.push(("refresh token of another client", &thief));

    let tokens = desk.tokens(&client).await;
    assert_eq!(desk.refresh(&client, &tokens.refresh).await.0, 200);
    assert_eq!(desk.refresh(&client, &tokens.refresh).await.0, 400);
    whys.push(("refresh token reused", &client));

    let tokens = desk.tokens(&client).await;
    let form = written(&[("token", &*tokens.access), ("client_id", &*client)]);
    let request = desk.http.post(desk.url("/revoke")).body(form);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(request.send().await.unwrap().status(), 200);
    whys.push(("revoked by the client", &client));

    let bodies = told(&desk, &[&code, &tokens.access, &tokens.refresh]).await;
    let begun = bodies
        .iter()
        .filter(|body| body["event"] == "admin_begin" && body["action"] == "revoke_grant");
    let found: Vec<(Value, Value)> = begun
        .map(|body| (body["given"]["revoked_for"].clone(), body["client"].clone()))
        .collect();
    let expected: Vec<(Value, Value)> = whys
        .iter()
        .map(|(why, client)| ((*why).into(), format!("oauth-client/{client}").into()))
        .collect();
    assert_eq!(found, expected);
    let good = outcomes(&desk)
        .await
        .iter()
        .filter(|(action, _, outcome)| action == "revoke_grant" && outcome == "ok")
        .count();
    assert_eq!(good, whys.len());
}
