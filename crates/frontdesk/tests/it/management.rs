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
pub(crate) async fn acts(scope: &TenantScope) -> Vec<(Entry, Value)> {
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
pub(crate) fn ended(acts: &[(Entry, Value)]) -> Vec<(String, String, String)> {
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

/// What is asked by whom, of the endpoint with that id, and with which status it is answered.
fn requests(id: &str) -> Vec<(Role, Method, String, Value, u16)> {
    let at = |rest: &str| format!("/endpoints/{id}{rest}");
    let person = json!({"name": "canary-name", "email": "canary@acme.example"});
    let password = json!({"password": "canary-password-1"});
    let key = |role: &str| json!({"name": "x", "role": role});
    let token = json!({"access_token": "canary-token"});
    let (developer, owner, keys) = (Role::Developer, Role::Owner, || "/api-keys".to_owned());
    let grace = json!({"grace_seconds": 5});
    let off = json!({"disabled": true});
    let users = |rest: &str| format!("/users{rest}");
    vec![
        (developer, Method::PATCH, at(""), off, 200),
        (developer, Method::POST, at("/rotate"), grace, 200),
        (developer, Method::PUT, users("/ana"), person, 200),
        (
            developer,
            Method::PUT,
            users("/ana/password"),
            password,
            204,
        ),
        (developer, Method::POST, keys(), key("owner"), 403),
        (owner, Method::POST, keys(), key("king"), 422),
        (owner, Method::DELETE, users("/nobody"), Value::Null, 404),
        (owner, Method::POST, "/connections".into(), token, 502),
        (owner, Method::DELETE, at(""), Value::Null, 204),
        (owner, Method::GET, users(""), Value::Null, 200),
    ]
}

/// Each act has two entries, by a key from there, and none of these texts.
fn in_pairs(acts: &[(Entry, Value)], canaries: &[&str]) {
    for pair in acts.chunks(2) {
        let [(begin, first), (finish, _)] = pair else {
            panic!("an act has two entries");
        };
        let kinds = (begin.kind.as_str(), finish.kind.as_str());
        assert_eq!(kinds, ("admin_begin", "admin_finish"));
        assert_eq!(begin.call_id, finish.call_id);
        let by = first["client"].as_str().unwrap();
        assert!(by.starts_with("frontdesk-api/"), "{first}");
        let role = first["role"].as_str().unwrap();
        assert!(["owner", "developer"].contains(&role), "{first}");
        assert_eq!(first["client_ip"], ELSEWHERE);
        let said = format!("{} {}", begin.body, finish.body);
        for canary in canaries {
            assert!(!said.contains(canary), "{canary}: {said}");
        }
    }
}

pub(crate) fn three(rows: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    let owned = rows.iter();
    owned
        .map(|(one, two, three)| ((*one).into(), (*two).into(), (*three).into()))
        .collect()
}

#[tokio::test]
async fn every_change_is_on_record_before_and_after() {
    let house = behind_a_proxy().await;
    let owner = house.key_of("acme", Role::Owner).await;
    let developer = house.key_of("acme", Role::Developer).await;
    let there = [("x-forwarded-for", ELSEWHERE), ("idempotency-key", "once")];
    let endpoint = json!({"name": "canary-name", "settings": wide()});
    let place = || (Method::POST, "/endpoints");
    let create = || house.api_with(&developer, place(), endpoint.clone(), &there);
    let made = create().await;
    let id = made.body["id"].as_str().unwrap().to_owned();
    assert_eq!(create().await.status, 201, "the same answer, and no record");
    for (role, method, path, body, expected) in requests(&id) {
        let key = if role == Role::Owner {
            &owner
        } else {
            &developer
        };
        let place = (method, path.as_str());
        let got = house.api_with(key, place, body, &there[..1]).await;
        assert_eq!(got.status, expected, "{path}: {}", got.body);
    }
    let stranger = house.api("fdk_wrong", Method::DELETE, "/users/ana", Value::Null);
    assert_eq!(stranger.await.status, 401);

    let scope = house.tenants.store().scope("acme").unwrap();
    let acts = acts(&scope).await;
    let expected = three(&[
        ("create_endpoint", &id, "ok"),
        ("change_endpoint", &id, "ok"),
        ("rotate_endpoint", &id, "ok"),
        ("put_user", "ana", "ok"),
        ("set_password", "ana", "ok"),
        ("create_api_key", "-", "denied"),
        ("create_api_key", "-", "bad_arguments"),
        ("delete_user", "nobody", "not_found"),
        ("create_connection", "-", "upstream"),
        ("delete_endpoint", &id, "ok"),
    ]);
    assert_eq!(ended(&acts), expected);
    let told = made.body["token"].as_str().unwrap();
    in_pairs(&acts, &["canary", told, &owner, &developer]);
    assert_eq!(acts[0].1["given"]["settings"]["ceiling"], "read");
    assert_eq!(acts[2].0.endpoint_id.as_deref(), Some(id.as_str()));
    let path = "/audit?kind=admin_finish&tool=put_user&user=ana";
    let found = house.api(&owner, Method::GET, path, Value::Null).await.body;
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
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
    let own = three(&[
        ("create_tenant", "initech", "ok"),
        ("create_tenant", "-", "conflict"),
        ("change_tenant", "nowhere", "not_found"),
    ]);
    assert_eq!(ended(&acts(&deployment).await), own);
    let scope = house.tenants.store().scope("initech").unwrap();
    let inside = acts(&scope).await;
    let only = three(&[("change_tenant", "initech", "ok")]);
    assert_eq!(ended(&inside), only);
    assert_eq!(inside[0].1["given"]["legal_hold"], true);
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
    let expected = three(&[
        ("create_connection", connection.as_str(), "ok"),
        ("create_endpoint", &endpoint, "ok"),
        ("change_endpoint", &endpoint, "ok"),
        ("change_tenant", "acme", "ok"),
        ("put_user", "ana", "ok"),
        ("delete_endpoint", "nothing", "not_found"),
        ("create_api_key", &key, "ok"),
    ]);
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
