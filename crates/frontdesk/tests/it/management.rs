//! What those who manage do, on record; where requests come from; how often strangers may ask.

use crate::house::{House, wide};
use frontdesk::{config::Config, outbound::Networks};
use reqwest::Method;
use serde_json::{Value, json};
use store::{Entry, Role, TenantScope, Verdict};

const ELSEWHERE: &str = "198.51.100.7";

/// A house behind a proxy on this machine.
async fn behind_a_proxy() -> House {
    House::set(|config| config.trusted_proxies = Networks::parse(["127.0.0.1"]).unwrap()).await
}

/// The entries of changes in a chain, which is whole.
async fn acts(scope: &TenantScope) -> Vec<(Entry, Value)> {
    let verdict = scope.verify_audit(None).await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
    let entries = scope.audit_after(0, 1_000).await.unwrap().into_iter();
    let acts = entries.filter(|entry| entry.kind.starts_with("admin_"));
    acts.map(|entry| {
        let body = serde_json::from_str(&entry.body).unwrap();
        (entry, body)
    })
    .collect()
}

/// What ended, in order: the operation, the object, the outcome.
fn ended(acts: &[(Entry, Value)]) -> Vec<(String, String, String)> {
    let finished = acts
        .iter()
        .filter(|(entry, _)| entry.kind == "admin_finish");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    finished
        .map(|(_, body)| {
            (
                text(&body["action"]),
                text(&body["object"]),
                text(&body["outcome"]),
            )
        })
        .collect()
}

#[tokio::test]
async fn every_change_is_on_record_before_and_after() {
    let house = behind_a_proxy().await;
    let owner = house.key_of("acme", Role::Owner).await;
    let developer = house.key_of("acme", Role::Developer).await;
    let there = [("x-forwarded-for", ELSEWHERE), ("idempotency-key", "once")];
    let ask = async |key: &str, method: Method, path: &str, body: Value| {
        let got = house.api_with(key, (method, path), body, &there[..1]).await;
        (got.status, got.body)
    };
    let endpoint = json!({"name": "canary-name", "settings": wide()});
    let make = || {
        house.api_with(
            &developer,
            (Method::POST, "/endpoints"),
            endpoint.clone(),
            &there,
        )
    };
    let made = make().await;
    let id = made.body["id"].as_str().unwrap().to_owned();
    assert_eq!(
        make().await.status,
        201,
        "the same answer again, and no second record"
    );
    let at = format!("/endpoints/{id}");
    let put = json!({"name": "canary-name", "email": "canary@acme.example"});
    for (key, method, path, body, expected) in [
        (
            &developer,
            Method::PATCH,
            at.as_str(),
            json!({"disabled": true}),
            200,
        ),
        (
            &developer,
            Method::POST,
            &format!("{at}/rotate"),
            json!({"grace_seconds": 5}),
            200,
        ),
        (&developer, Method::PUT, "/users/ana", put, 200),
        (
            &developer,
            Method::PUT,
            "/users/ana/password",
            json!({"password": "canary-password-1"}),
            204,
        ),
        (
            &developer,
            Method::POST,
            "/api-keys",
            json!({"name": "x", "role": "owner"}),
            403,
        ),
        (
            &owner,
            Method::POST,
            "/api-keys",
            json!({"name": "x", "role": "king"}),
            422,
        ),
        (&owner, Method::DELETE, "/users/nobody", Value::Null, 404),
        (
            &owner,
            Method::POST,
            "/connections",
            json!({"access_token": "canary-token"}),
            502,
        ),
        (&owner, Method::DELETE, &at, Value::Null, 204),
        (&owner, Method::GET, "/users", Value::Null, 200),
        (
            &"fdk_wrong".to_owned(),
            Method::DELETE,
            "/users/ana",
            Value::Null,
            401,
        ),
    ] {
        let (status, body) = ask(key, method.clone(), path, body).await;
        assert_eq!(status, expected, "{method} {path}: {body}");
    }
    let scope = house.tenants.store().scope("acme").unwrap();
    let acts = acts(&scope).await;
    let expected = [
        ("create_endpoint", id.as_str(), "ok"),
        ("change_endpoint", &id, "ok"),
        ("rotate_endpoint", &id, "ok"),
        ("put_user", "ana", "ok"),
        ("set_password", "ana", "ok"),
        ("create_api_key", "-", "denied"),
        ("create_api_key", "-", "bad_arguments"),
        ("delete_user", "nobody", "not_found"),
        ("create_connection", "-", "upstream"),
        ("delete_endpoint", &id, "ok"),
    ];
    let expected = expected.map(|(one, two, three)| (one.into(), two.into(), three.into()));
    assert_eq!(ended(&acts), expected);
    for pair in acts.chunks(2) {
        let [(begin, first), (finish, _)] = pair else {
            panic!("an act has two entries");
        };
        assert_eq!(
            (begin.kind.as_str(), finish.kind.as_str()),
            ("admin_begin", "admin_finish")
        );
        assert_eq!(begin.call_id, finish.call_id);
        assert!(
            first["client"]
                .as_str()
                .unwrap()
                .starts_with("frontdesk-api/"),
            "{first}"
        );
        assert!(
            ["owner", "developer"].contains(&first["role"].as_str().unwrap()),
            "{first}"
        );
        assert_eq!(first["client_ip"], ELSEWHERE);
        for canary in [
            "canary",
            made.body["token"].as_str().unwrap(),
            &owner,
            &developer,
        ] {
            assert!(
                !format!("{} {}", begin.body, finish.body).contains(canary),
                "{canary}: {begin:?}"
            );
        }
    }
    assert_eq!(acts[0].1["given"]["settings"]["ceiling"], "read");
    assert_eq!(acts[2].0.endpoint_id.as_deref(), Some(id.as_str()));
    let found = ask(
        &owner,
        Method::GET,
        "/audit?kind=admin_finish&tool=put_user&user=ana",
        Value::Null,
    )
    .await;
    assert_eq!(found.1["items"].as_array().unwrap().len(), 1, "{}", found.1);
}

#[tokio::test]
async fn what_belongs_to_no_tenant_is_in_the_deployments_own_log() {
    let house = House::new().await;
    let deployment = house.tenants.store().deployment();
    let operator = house.key(&deployment, Role::Owner).await;
    let ask = async |method: Method, path: &str, body: Value| {
        let got = house.api(&operator, method, path, body).await;
        (got.status, got.body)
    };
    assert_eq!(
        ask(Method::POST, "/tenants", json!({"id": "initech"}))
            .await
            .0,
        201
    );
    assert_eq!(
        ask(Method::POST, "/tenants", json!({"id": "initech"}))
            .await
            .0,
        409
    );
    let hold = json!({"legal_hold": true});
    assert_eq!(
        ask(Method::PATCH, "/tenants/initech", hold.clone()).await.0,
        200
    );
    assert_eq!(ask(Method::PATCH, "/tenants/nowhere", hold).await.0, 404);
    let own = [
        ("create_tenant", "initech", "ok"),
        ("create_tenant", "-", "conflict"),
        ("change_tenant", "nowhere", "not_found"),
    ];
    let text = |(one, two, three): (&str, &str, &str)| (one.into(), two.into(), three.into());
    assert_eq!(ended(&acts(&deployment).await), own.map(text));
    let scope = house.tenants.store().scope("initech").unwrap();
    let held = acts(&scope).await;
    assert_eq!(ended(&held), [("change_tenant", "initech", "ok")].map(text));
    assert_eq!(held[0].1["given"]["legal_hold"], true);
    let listed = ask(Method::GET, "/audit?kind=admin_begin", Value::Null).await;
    assert_eq!(
        listed.1["items"].as_array().unwrap().len(),
        3,
        "{}",
        listed.1
    );
    // The log of the deployment is shortened like a tenant's.
    let late = store::now() + 91 * 86_400_000;
    assert!(house.tenants.sweep(late).await.unwrap().entries >= 6);
    let left = deployment.audit_after(0, 10).await.unwrap();
    assert_eq!(left.len(), 1, "what tells that it was");
    assert!(acts(&deployment).await.is_empty());
}

/// The binary, on the database of a house.
async fn admin(config: &Config, words: &[&str], input: &str) -> (bool, String) {
    use tokio::io::AsyncWriteExt;
    let place = secrecy::ExposeSecret::expose_secret(config.database.as_ref().unwrap());
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_frontdesk"))
        .arg("admin")
        .args(words)
        .env_clear()
        .env("FRONTDESK_HOME", config.home.as_ref().unwrap())
        .env("FRONTDESK_DATABASE", place)
        .env("INTERCOM_BASE_URL", config.base_url.as_ref().unwrap())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn the_terminal_is_on_record_too() {
    let house = House::new().await;
    let run = async |words: &str, input: &str| {
        let words: Vec<&str> = words.split_whitespace().collect();
        admin(&house.config, &words, input).await
    };
    let good = async |words: &str, input: &str| {
        let (done, said) = run(words, input).await;
        assert!(done, "{words}: {said}");
        said
    };
    let first = |said: &str| said.split_whitespace().next().unwrap().to_owned();
    let connection = first(&good("connections create acme", "sandbox-token").await);
    let made = good(
        &format!("endpoints create acme --connection {connection} --ceiling read"),
        "",
    )
    .await;
    let endpoint = first(&made);
    good(
        &format!("endpoints change acme {endpoint} --sign-in --name Desk"),
        "",
    )
    .await;
    good("tenants hold acme", "").await;
    good("tenants add-user acme ana --email canary@acme.example", "").await;
    assert!(!run("endpoints delete acme nothing", "").await.0);
    let key = first(&good("api-keys create --tenant acme --role auditor", "").await);
    good("endpoints list acme", "").await;
    let scope = house.tenants.store().scope("acme").unwrap();
    let acts = acts(&scope).await;
    let expected = [
        ("create_connection", connection.as_str(), "ok"),
        ("create_endpoint", &endpoint, "ok"),
        ("change_endpoint", &endpoint, "ok"),
        ("change_tenant", "acme", "ok"),
        ("put_user", "ana", "ok"),
        ("delete_endpoint", "nothing", "not_found"),
        ("create_api_key", &key, "ok"),
    ];
    let expected = expected.map(|(one, two, three)| (one.into(), two.into(), three.into()));
    assert_eq!(ended(&acts), expected);
    for (entry, body) in &acts {
        assert_eq!(body["client"], "cli", "{body}");
        for canary in ["canary", "sandbox-token"] {
            assert!(!entry.body.contains(canary), "{body}");
        }
    }
    assert_eq!(acts[4].1["given"]["settings"]["sign_in"], true);
    let kept = scope.endpoint(&endpoint).await.unwrap();
    assert_eq!(kept.name, "Desk");
    assert!(kept.settings.contains("\"sign_in\":true") && kept.settings.contains("\"read\""));
    let whole = good("audit verify", "").await;
    assert!(whole.starts_with("whole"), "{whole}");
}

#[tokio::test]
async fn calls_tell_where_they_came_from() {
    let house = behind_a_proxy().await;
    let token = house.furnished_for("acme").await;
    let there = [("x-forwarded-for", "6.6.6.6, 198.51.100.7")];
    let answer = house.ask(None, Some(&token), "get_me", &there).await;
    assert_eq!(answer.status(), 200);
    let key = house.key_of("acme", Role::Developer).await;
    let scope = house.tenants.store().scope("acme").unwrap();
    let endpoint = scope.endpoints("", 1).await.unwrap().remove(0).id;
    let call = json!({"endpoint": endpoint});
    let path = (Method::POST, "/tools/get_me/execute");
    let answer = house.api_with(&key, path, call, &there).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    house.tenants.gateway().flush().await;
    let entries = scope.audit_after(0, 100).await.unwrap();
    let told = entries
        .iter()
        .filter(|entry| entry.body.contains(ELSEWHERE));
    assert_eq!(told.count(), 4, "two calls: {entries:?}");
    assert!(entries.iter().all(|entry| !entry.body.contains("6.6.6.6")));
}

#[tokio::test]
async fn strangers_are_answered_so_often_and_no_more() {
    let house = House::set(|config| {
        config.authorization.requests_per_minute = 12;
        config.trusted_proxies = Networks::parse(["127.0.0.1"]).unwrap();
    })
    .await;
    let status = async |path: &str, from: &str| {
        let url = format!("http://{}{path}", house.server.addr);
        let request = house.http.get(url).header("x-forwarded-for", from);
        let answer = request.send().await.unwrap();
        let retry = answer.headers().get("retry-after").cloned();
        (answer.status().as_u16(), retry)
    };
    for path in [
        "/authorize?client_id=x",
        "/connect/again/acme/x",
        "/connect/x",
    ] {
        // Each test server has buckets of its own: one address a path.
        let from = format!("203.0.113.{}", path.len());
        let mut bound = None;
        // A token comes back every five seconds: on a slow machine some do meanwhile.
        for asked in 0..1_000 {
            let (status, retry) = status(path, &from).await;
            if status == 429 {
                bound = Some((asked, retry));
                break;
            }
        }
        let (asked, retry) = bound.expect("there is a bound");
        assert!(asked >= 12, "{path}: {asked}");
        let seconds: u64 = retry.unwrap().to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{path}: {seconds}");
        assert_ne!(
            status(path, "203.0.113.200").await.0,
            429,
            "others are let in"
        );
    }
    let registered = json!({"redirect_uris": ["http://127.0.0.1/cb"]});
    let url = format!("http://{}/register", house.server.addr);
    let request = house
        .http
        .post(url)
        .header("x-forwarded-for", "203.0.113.99");
    let answer = request.body(registered.to_string()).send().await.unwrap();
    assert_ne!(
        answer.status(),
        429,
        "an address that has asked nothing yet"
    );
}
