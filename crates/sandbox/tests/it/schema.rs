//! Every answer of the sandbox is held against the official description of the version that was asked for.

mod calls;
mod description;
mod errors;
mod exceptions;
mod seeded;

use calls::{Answered, Client, Table};
use catalog::{ApiVersion, Catalog, Operation};
use description::{Description, faults};
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

/// The descriptions, where they are there; they are not part of this project.
#[expect(clippy::print_stdout, reason = "a test that was skipped says so")]
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
        for operation in operations(&catalog, version) {
            for (index, call) in table.calls(&operation.name, version).iter().enumerate() {
                checked += 1;
                let made = client.make(&table, operation, call, version).await;
                let found = made.map_or_else(
                    |fault| vec![fault],
                    |answer| judged(description, operation, &answer),
                );
                let place = format!("{} {version} call {index}", operation.name);
                wrong.extend(found.into_iter().map(|fault| format!("{place}: {fault}")));
            }
        }
    }
    assert!(checked > 1200, "only {checked} answers were checked");
    let count = wrong.len();
    assert!(
        wrong.is_empty(),
        "{count} faults in {checked} answers:\n{}",
        wrong.join("\n")
    );
}

/// The operations that a version has.
fn operations(catalog: &Catalog, version: ApiVersion) -> impl Iterator<Item = &Operation> {
    let all = catalog.operations().map(|(_, operation)| operation);
    all.filter(move |operation| operation.exists_in(version))
}

/// What is wrong with a good call's answer.
fn judged(description: &Description, operation: &Operation, answer: &Answered) -> Vec<String> {
    let (method, path) = http(operation);
    let Some(described) = description.success(&method, &path) else {
        return vec![format!("the description does not have {method} {path}")];
    };
    let body = answer.json();
    if answer.status != described.status {
        let (status, wanted) = (answer.status, described.status);
        return vec![format!("status {status} instead of {wanted}: {body}")];
    }
    let schema = described.schema.as_ref();
    schema.map_or_else(Vec::new, |schema| {
        faults(&description.validator(schema), &body)
    })
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
