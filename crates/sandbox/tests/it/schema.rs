//! Every answer of the sandbox is held against the official description of the version that was asked for.

mod calls;
mod description;
mod exceptions;

use calls::{Answered, Client, Table};
use catalog::{ApiVersion, Catalog, Operation};
use description::{Description, faults};
use jsonschema::Validator;
use sandbox::{Config, Running, Sandbox};
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn start(rate_limit: u64) -> Running {
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        rate_limit,
        ..Config::default()
    };
    Sandbox::start(config).await.unwrap()
}

#[expect(
    clippy::print_stdout,
    reason = "whoever runs the tests should know that some did nothing"
)]
fn descriptions() -> Option<Vec<Description>> {
    let loaded = description::load();
    if loaded.is_none() {
        println!("skipped: no official descriptions (FRONTDESK_DESCRIPTIONS names their folder)");
    }
    loaded
}

fn http(operation: &Operation) -> (String, String) {
    (operation.method().to_string(), operation.path().to_owned())
}

#[test]
fn every_operation_has_a_call_and_every_call_an_operation() {
    let catalog = Catalog::builtin().unwrap();
    let table = Table::load();
    let named: BTreeSet<&str> = table.operations().collect();
    let known: BTreeSet<&str> = catalog
        .operations()
        .map(|(_, operation)| operation.name.as_str())
        .collect();
    assert_eq!(
        known.difference(&named).collect::<Vec<_>>(),
        [&""; 0],
        "operations without a call in calls.yaml"
    );
    assert_eq!(
        named.difference(&known).collect::<Vec<_>>(),
        [&""; 0],
        "calls of operations that the catalog does not have"
    );
    for (_, operation) in catalog.operations() {
        for version in [
            ApiVersion::V2_11,
            ApiVersion::V2_14,
            ApiVersion::V2_15,
            ApiVersion::V2_16,
            ApiVersion::Preview,
        ] {
            let calls = table.calls(&operation.name, version).len();
            assert!(
                calls > 0 || !operation.exists_in(version),
                "{} has no call in {version}",
                operation.name
            );
        }
    }
}

#[tokio::test]
async fn every_operation_has_a_handler() {
    let sandbox = start(1_000_000).await;
    let client = Client::new(&sandbox.url);
    let overview = client
        .send("GET", "/__sandbox", &Value::Null, ApiVersion::V2_16)
        .await
        .json();
    assert_eq!(overview["operations_without_handler"], json!([]));
}

#[tokio::test]
async fn every_answer_is_as_described() {
    let Some(descriptions) = descriptions() else {
        return;
    };
    let catalog = Catalog::builtin().unwrap();
    let table = Table::load();
    let sandbox = start(100_000_000).await;
    let client = Client::new(&sandbox.url);
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for description in &descriptions {
        let version = description.version;
        let reset = client.send("POST", "/__sandbox/reset", &Value::Null, version);
        assert_eq!(reset.await.status, 200);
        for (_, operation) in catalog
            .operations()
            .filter(|(_, operation)| operation.exists_in(version))
        {
            let (method, path) = http(operation);
            let Some(described) = description.success(&method, &path) else {
                wrong.push(format!(
                    "{} {version}: the description does not have {method} {path}",
                    operation.name
                ));
                continue;
            };
            let validator = described
                .schema
                .as_ref()
                .map(|schema| description.validator(schema));
            for (index, call) in table
                .calls(&operation.name, version)
                .into_iter()
                .enumerate()
            {
                checked += 1;
                let answer = client.make(&table, (&method, &path), call, version).await;
                let told = complaints(answer, described.status, validator.as_ref());
                let place = format!("{} {version} call {index}", operation.name);
                wrong.extend(told.into_iter().map(|fault| format!("{place}: {fault}")));
            }
        }
    }
    assert!(checked > 1200, "only {checked} answers were checked");
    assert!(
        wrong.is_empty(),
        "{} faults in {checked} answers:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What is wrong with the answer to a good call.
fn complaints(
    answer: Result<Answered, String>,
    status: u16,
    validator: Option<&Validator>,
) -> Vec<String> {
    match answer {
        Err(fault) => vec![fault],
        Ok(answer) if answer.status != status => vec![format!(
            "status {} instead of {status}: {}",
            answer.status,
            answer.json()
        )],
        Ok(answer) => {
            validator.map_or_else(Vec::new, |validator| faults(validator, &answer.json()))
        }
    }
}

/// The lists of the seed, and where each of their items is told alone.
const SEEDED: [(&str, &str, &str, &str); 9] = [
    (
        "list_contacts",
        "/contacts?per_page=150",
        "/data",
        "/contacts/{contact_id}",
    ),
    (
        "list_conversations",
        "/conversations?per_page=150",
        "/conversations",
        "/conversations/{conversation_id}",
    ),
    (
        "find_companies",
        "/companies?per_page=60",
        "/data",
        "/companies/{company_id}",
    ),
    (
        "list_articles",
        "/articles?per_page=150",
        "/data",
        "/articles/{article_id}",
    ),
    (
        "list_collections",
        "/help_center/collections",
        "/data",
        "/help_center/collections/{collection_id}",
    ),
    (
        "list_ticket_types",
        "/ticket_types",
        "/data",
        "/ticket_types/{ticket_type_id}",
    ),
    ("list_admins", "/admins", "/admins", "/admins/{admin_id}"),
    ("list_teams", "/teams", "/teams", "/teams/{team_id}"),
    (
        "list_segments",
        "/segments",
        "/segments",
        "/segments/{segment_id}",
    ),
];

#[tokio::test]
async fn everything_seeded_is_as_described() {
    let Some(descriptions) = descriptions() else {
        return;
    };
    let sandbox = start(100_000_000).await;
    let client = Client::new(&sandbox.url);
    let (mut wrong, mut checked) = (BTreeSet::new(), 0);
    let all = json!({"query": {"field": "created_at", "operator": ">", "value": 0}, "pagination": {"per_page": 150}});
    for description in &descriptions {
        let version = description.version;
        let tickets = (
            "search_tickets",
            "/tickets/search",
            "/tickets",
            "/tickets/{ticket_id}",
        );
        for (name, target, items, single) in SEEDED.into_iter().chain([tickets]) {
            let (method, body) = if name == "search_tickets" {
                ("POST", &all)
            } else {
                ("GET", &Value::Null)
            };
            let list = client.send(method, target, body, version).await.json();
            let path = target.split('?').next().unwrap();
            let schema = description.success(method, path).unwrap().schema.unwrap();
            let complaints = faults(&description.validator(&schema), &list);
            wrong.extend(
                complaints
                    .into_iter()
                    .map(|fault| format!("{name} {version}: {fault}")),
            );
            let validator =
                description.validator(&description.success("GET", single).unwrap().schema.unwrap());
            for item in list
                .pointer(items)
                .and_then(Value::as_array)
                .unwrap_or_else(|| panic!("{name} {version}: {list}"))
            {
                let id = item["id"].as_str().unwrap();
                let place = format!("{}/{id}", single.rsplit_once('/').unwrap().0);
                let told = client
                    .send("GET", &place, &Value::Null, version)
                    .await
                    .json();
                checked += 1;
                wrong.extend(
                    faults(&validator, &told)
                        .into_iter()
                        .map(|fault| format!("{place} {version}: {fault}")),
                );
            }
        }
    }
    let told: Vec<&String> = wrong.iter().take(200).collect();
    assert!(checked > 400, "only {checked} objects were checked");
    assert!(
        wrong.is_empty(),
        "{} faults in {checked} objects: {told:#?}",
        wrong.len()
    );
}

/// What bad calls of an operation are answered with: the status that is due, the one that came, the body.
async fn refusals(
    client: &Client,
    operation: &Operation,
    version: ApiVersion,
) -> Vec<(u16, u16, Value)> {
    let (method, path) = http(operation);
    let named = |part: &str| part.starts_with('{');
    let nowhere: Vec<&str> = path
        .split('/')
        .map(|part| if named(part) { "999999999999" } else { part })
        .collect();
    let target = nowhere.join("/");
    let stranger = client
        .http
        .request(method.parse().unwrap(), format!("{}{target}", client.url))
        .bearer_auth("nobody")
        .header("Intercom-Version", version.to_string());
    let refused = stranger.send().await.unwrap();
    let status = refused.status().as_u16();
    let body = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
    let mut answers = vec![(401, status, body)];
    if path.contains('{') {
        let body = json!({"admin_id": "7001"});
        let answer = client.send(&method, &target, &body, version).await;
        answers.push((answer.status, answer.status, answer.json()));
    }
    if operation.name == "create_article" {
        let body = json!({"title": "T", "author_id": 1, "body": "a", "body_markdown": "b"});
        let answer = client.send(&method, &target, &body, version).await;
        answers.push((422, answer.status, answer.json()));
    }
    answers
}

#[tokio::test]
async fn every_error_is_as_described() {
    let Some(descriptions) = descriptions() else {
        return;
    };
    let catalog = Catalog::builtin().unwrap();
    let sandbox = start(100_000_000).await;
    let client = Client::new(&sandbox.url);
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for description in &descriptions {
        let version = description.version;
        for (_, operation) in catalog
            .operations()
            .filter(|(_, operation)| operation.exists_in(version))
        {
            let (method, path) = http(operation);
            let answers = refusals(&client, operation, version).await;
            for (expected, status, body) in answers {
                seen.insert(status);
                let complaints = faults(
                    &description.validator(&description.error(&method, &path, status)),
                    &body,
                );
                let told = complaints.is_empty() && status == expected && status >= 400;
                if !told {
                    wrong.push(format!(
                        "{} {version}: {status} instead of {expected}, {complaints:?}: {body}",
                        operation.name
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        [400, 401, 404, 422]
            .iter()
            .all(|status| seen.contains(status)),
        "{seen:?}"
    );
}

#[tokio::test]
async fn the_rate_limit_is_told_as_described() {
    let Some(descriptions) = descriptions() else {
        return;
    };
    for description in &descriptions {
        let sandbox = start(60).await;
        let client = Client::new(&sandbox.url);
        let mut last = None;
        for _ in 0..30 {
            let answer = client
                .send("GET", "/tags", &Value::Null, description.version)
                .await;
            if answer.status == 429 {
                last = Some(answer.json());
                break;
            }
        }
        let body = last.expect("thirty calls at sixty a minute");
        assert_eq!(body["errors"][0]["code"], "rate_limit_exceeded");
        assert_eq!(
            faults(
                &description.validator(&description.error("GET", "/tags", 429)),
                &body
            ),
            [""; 0]
        );
    }
}

#[tokio::test]
async fn a_planted_fault_is_seen() {
    let Some(descriptions) = descriptions() else {
        return;
    };
    let sandbox = start(100_000_000).await;
    let client = Client::new(&sandbox.url);
    for description in &descriptions {
        let version = description.version;
        let me = client
            .send("GET", "/admins", &Value::Null, version)
            .await
            .json();
        let validator = description.validator(
            &description
                .success("GET", "/admins")
                .unwrap()
                .schema
                .unwrap(),
        );
        assert_eq!(faults(&validator, &me), [""; 0]);
        for (field, value) in [
            ("id", json!(7001)),
            ("team_ids", json!("5551")),
            ("has_inbox_seat", json!("yes")),
        ] {
            let mut planted = me.clone();
            planted["admins"][0][field] = value;
            assert_eq!(
                faults(&validator, &planted).len(),
                1,
                "{field} in {version}"
            );
        }
    }
    let oldest = &descriptions[0];
    let list = client
        .send(
            "GET",
            "/conversations?per_page=1",
            &Value::Null,
            ApiVersion::V2_16,
        )
        .await
        .json();
    let validator = oldest.validator(
        &oldest
            .success("GET", "/conversations")
            .unwrap()
            .schema
            .unwrap(),
    );
    let seen = faults(&validator, &list).join("\n");
    assert!(
        seen.contains("priority") && seen.contains("channel"),
        "an answer of 2.16 is none of 2.11: {seen}"
    );
}

#[test]
fn exceptions_name_what_the_descriptions_have() {
    let Some(folder) = description::folder() else {
        return;
    };
    let texts: Vec<Value> = ["2.11", "2.16"]
        .map(|version| {
            serde_saphyr::from_str(
                &std::fs::read_to_string(folder.join(format!("{version}.yaml"))).unwrap(),
            )
            .unwrap()
        })
        .into();
    for exception in exceptions::EXCEPTIONS {
        assert!(!exception.reason.is_empty(), "{exception:?}");
        for property in exception.properties {
            let known = |text: &Value| {
                let schema = &text["components"]["schemas"][exception.component];
                !schema["properties"][*property].is_null()
            };
            assert!(texts.iter().any(known), "{exception:?} {property}");
        }
    }
}
