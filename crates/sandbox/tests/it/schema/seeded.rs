//! The seeded workspace, object by object.

use super::{Client, descriptions, faults, start};
use serde_json::{Value, json};
use std::collections::BTreeSet;

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
