//! Errors: the envelope, and the status that each operation gives a stranger and a missing object.

use super::{Client, Description, Table, descriptions, faults, http, operations, start};
use catalog::{ApiVersion, Catalog, Operation};
use serde_json::{Value, json};

#[tokio::test]
async fn strangers_are_refused_everywhere() {
    let Some(descriptions) = descriptions() else {
        return;
    };
    let catalog = Catalog::builtin().unwrap();
    let sandbox = start(100_000_000).await;
    let client = Client::new(&sandbox.url);
    let mut wrong = Vec::new();
    for description in &descriptions {
        for operation in operations(&catalog, description.version) {
            let (method, path) = http(operation);
            let request = client.http.request(
                method.parse().unwrap(),
                format!("{}{}", sandbox.url, path.replace(['{', '}'], "")),
            );
            let version = description.version.to_string();
            let request = request.header("Intercom-Version", version);
            let answer = request.bearer_auth("nobody").send().await.unwrap();
            let status = answer.status().as_u16();
            let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            wrong.extend(judged(description, operation, (401, status), &body));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
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
        let with_id = |operation: &&Operation| operation.path().contains('{');
        for operation in operations(&catalog, version).filter(with_id) {
            for call in table.calls(&operation.name, version) {
                let astray = call.astray(operation);
                let answer = client.make(&table, operation, &astray, version).await;
                let answer = answer.unwrap();
                checked += 1;
                // The one that calls an unknown id a bad parameter.
                let due = if operation.name == "run_fin_procedure" {
                    400
                } else {
                    404
                };
                let status = (due, answer.status);
                wrong.extend(judged(description, operation, status, &answer.json()));
            }
        }
    }
    assert!(checked > 200, "only {checked} calls went astray");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_cannot_be_processed_is_422() {
    let Some(descriptions) = descriptions() else {
        return;
    };
    let sandbox = start(100_000_000).await;
    let client = Client::new(&sandbox.url);
    for description in &descriptions {
        let body = json!({"title": "T", "author_id": 7001, "body": "a", "body_markdown": "b"});
        let answer = client.send("POST", "/articles", &body, description.version);
        let answer = answer.await;
        assert_eq!(answer.status, 422);
        let validator = description.validator(&description.error("POST", "/articles", 422));
        assert_eq!(faults(&validator, &answer.json()), [""; 0]);
    }
    let newest = ApiVersion::V2_16;
    let target = "/data_attributes?model=conversation";
    let answer = client.send("GET", target, &Value::Null, newest).await;
    let description = descriptions.last().unwrap();
    let validator = description.validator(&description.error("GET", "/data_attributes", 422));
    assert_eq!(
        (answer.status, faults(&validator, &answer.json())),
        (422, vec![])
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
            let answer = client.send("GET", "/tags", &Value::Null, description.version);
            let answer = answer.await;
            if answer.status == 429 {
                last = Some(answer.json());
                break;
            }
        }
        let body = last.expect("thirty calls at sixty a minute");
        assert_eq!(body["errors"][0]["code"], "rate_limit_exceeded");
        let validator = description.validator(&description.error("GET", "/tags", 429));
        assert_eq!(faults(&validator, &body), [""; 0]);
    }
}

/// What is wrong with an error: its status, expected and given, and its envelope.
fn judged(
    description: &Description,
    operation: &Operation,
    (expected, status): (u16, u16),
    body: &Value,
) -> Option<String> {
    let (method, path) = http(operation);
    let validator = description.validator(&description.error(&method, &path, status));
    let complaints = faults(&validator, body);
    let place = format!("{} {}", operation.name, description.version);
    (status != expected || !complaints.is_empty())
        .then(|| format!("{place}: {status} instead of {expected} {complaints:?}: {body}"))
}
