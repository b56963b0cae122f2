//! Prompts, resources and completions.

use crate::world::{World, answer};
use serde_json::{Value, json};

async fn ask(world: &World, method: &str, params: Value) -> Value {
    answer(world.modern(method, params).send().await.unwrap()).await
}

#[tokio::test]
async fn prompts_are_listed_and_filled_in() {
    let world = World::new().await;
    let listed = ask(&world, "prompts/list", json!({})).await;
    let names: Vec<&str> = listed["result"]["prompts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|prompt| prompt["name"].as_str().unwrap())
        .filter(|name| !name.starts_with("test_"))
        .collect();
    assert_eq!(
        names,
        [
            "triage_inbox",
            "draft_reply_from_help_center",
            "summarize_conversation",
            "prepare_escalation"
        ]
    );
    let params = json!({"name": "summarize_conversation", "arguments": {"conversation_id": "77"}});
    let got = ask(&world, "prompts/get", params).await;
    let text = got["result"]["messages"][0]["content"]["text"]
        .as_str()
        .unwrap();
    assert!(text.contains("conversation 77"), "{text}");
    let params = json!({"name": "summarize_conversation", "arguments": {}});
    let missing = ask(&world, "prompts/get", params).await;
    assert_eq!(missing["error"]["code"], -32602, "{missing}");
}

#[tokio::test]
async fn names_are_completed_and_kept_for_a_while() {
    let world = World::new().await;
    world.tag("Warranty claim").await;
    let complete = |value: &str| {
        json!({"ref": {"type": "ref/prompt", "name": "triage_inbox"},
            "argument": {"name": "tag", "value": value}})
    };
    let found = ask(&world, "completion/complete", complete("warranty c")).await;
    assert_eq!(
        found["result"]["completion"]["values"],
        json!(["Warranty claim"]),
        "{found}"
    );
    let before = world.asked().await.len();
    let none = ask(&world, "completion/complete", complete("zzz")).await;
    assert_eq!(none["result"]["completion"]["values"], json!([]));
    assert_eq!(world.asked().await.len(), before);
}

#[tokio::test]
async fn ids_of_resources_are_completed_by_what_they_are_called() {
    let world = World::new().await;
    for (kind, tool, list) in [
        ("conversation", "search_conversations", "conversations"),
        ("contact", "search_contacts", "data"),
        ("article", "list_articles", "data"),
    ] {
        let found = world.call(tool, json!({"per_page": 1})).await;
        let row = &found["result"]["structuredContent"][list][0];
        let words = ["title", "name", "text", "email"]
            .iter()
            .find_map(|key| row[*key].as_str());
        for typed in [row["id"].as_str(), words] {
            let params = json!({"ref": {"type": "ref/resource", "uri": format!("intercom://{kind}/{{id}}")},
                "argument": {"name": "id", "value": typed.unwrap()}});
            let completed = ask(&world, "completion/complete", params).await;
            let values = completed["result"]["completion"]["values"]
                .as_array()
                .unwrap();
            assert!(values.contains(&row["id"]), "{kind} {typed:?}: {completed}");
        }
    }
    let params = json!({"ref": {"type": "ref/resource", "uri": "intercom://company/{id}"},
        "argument": {"name": "id", "value": ""}});
    let none = ask(&world, "completion/complete", params).await;
    assert_eq!(none["result"]["completion"]["values"], json!([]));
}

#[tokio::test]
async fn resources_are_read_through_the_tools() {
    let world = World::new().await;
    let templates = ask(&world, "resources/templates/list", json!({})).await;
    let uris: Vec<&str> = templates["result"]["resourceTemplates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|template| template["uriTemplate"].as_str().unwrap())
        .collect();
    for kind in ["conversation", "contact", "article"] {
        assert!(
            uris.contains(&&*format!("intercom://{kind}/{{id}}")),
            "{uris:?}"
        );
    }
    for uri in [
        "intercom://contact/0000",
        "intercom://nothing/1",
        "file:///etc/passwd",
    ] {
        let missing = ask(&world, "resources/read", json!({"uri": uri})).await;
        assert_eq!(missing["error"]["code"], -32602, "{uri}: {missing}");
        assert_eq!(missing["error"]["data"]["uri"], uri);
    }
    let contacts = world.call("list_contacts", json!({"limit": 1})).await;
    let id = contacts["result"]["structuredContent"]["items"][0]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{contacts}"))
        .to_owned();
    let uri = format!("intercom://contact/{id}");
    let read = ask(&world, "resources/read", json!({"uri": uri})).await;
    let contents = &read["result"]["contents"][0];
    assert_eq!(contents["uri"], uri, "{read}");
    assert!(contents["text"].as_str().unwrap().contains(&id));
}
