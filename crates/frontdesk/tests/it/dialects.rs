//! A dialect as an MCP client meets it: its list, its calls in both eras, its question before a deletion.

use crate::world::{World, answer, text};
use frontdesk::config::Config;
use serde_json::{Value, json};

fn speaks(dialect: &str) -> impl FnOnce(&mut Config) {
    let dialect = dialect.to_owned();
    move |config| {
        config.dialect = Some(dialect);
        config.toolsets = vec!["inbox".into()];
    }
}

#[tokio::test]
async fn only_the_dialects_tools_are_listed_and_both_eras_call_them() {
    let world = World::with(speaks("dunia")).await;
    let listed = answer(world.modern("tools/list", json!({})).send().await.unwrap()).await;
    let names: Vec<&str> = listed["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .filter(|name| !name.starts_with("test_"))
        .collect();
    assert_eq!(names.len(), 16, "{names:?}");
    assert!(
        names.iter().all(|name| name.starts_with("intercom")),
        "{names:?}"
    );

    let modern = world
        .call("intercomListContacts", json!({"per_page": 1}))
        .await;
    let body: Value = serde_json::from_str(text(&modern)).unwrap();
    assert_eq!(
        (&body["type"], body["data"].as_array().unwrap().len()),
        (&json!("list"), 1)
    );
    assert!(
        modern["result"].get("structuredContent").is_none(),
        "{modern}"
    );

    let session = world.session("2025-06-18", json!({})).await;
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "intercomGetContact", "arguments": {"contactId": body["data"][0]["id"]}}});
    let old = answer(world.legacy(&session, &message).send().await.unwrap()).await;
    let contact: Value = serde_json::from_str(text(&old)).unwrap();
    assert_eq!(contact["id"], body["data"][0]["id"]);

    let wrong = world
        .call(
            "intercomGetContact",
            json!({"contactId": "1", "color": "red"}),
        )
        .await;
    assert_eq!(wrong["result"]["isError"], json!(true));
    assert!(text(&wrong).contains("`color` is unknown"), "{wrong}");
    let ours = world.call("list_tags", json!({})).await;
    assert_eq!(ours["result"]["isError"], json!(false), "{ours}");
}

#[tokio::test]
async fn a_closed_dialect_has_no_other_names() {
    let world = World::with(|config| {
        speaks("gantz")(config);
        config.open_ended = false;
    })
    .await;
    for tool in ["list_tags", "search_tools", "intercomListTags"] {
        let refused = world.call(tool, json!({"query": "x"})).await;
        let is_error = refused["error"].is_object() || refused["result"]["isError"] == json!(true);
        assert!(is_error, "{tool}: {refused}");
    }
    let found = world
        .call("search_users", json!({"query": "lead", "field": "role"}))
        .await;
    assert_eq!(found["result"]["isError"], json!(false), "{found}");
}

#[tokio::test]
async fn a_name_of_both_means_the_dialects() {
    let world = World::with(speaks("gantz")).await;
    let found = world
        .call(
            "search_conversations",
            json!({"state": "open", "per_page": 1}),
        )
        .await;
    let id = &found["result"]["structuredContent"]["conversations"][0]["id"];
    let read = world
        .call("get_conversation", json!({"conversation_id": id}))
        .await;
    let read: Value = serde_json::from_str(text(&read)).unwrap();
    assert!(read["messages"].is_array(), "{read}");
    // Resources are work of our own.
    let uri = format!("intercom://conversation/{}", id.as_str().unwrap());
    let resource = world.modern("resources/read", json!({"uri": uri}));
    let resource = answer(resource.send().await.unwrap()).await;
    assert!(
        resource["result"]["contents"][0]["text"]
            .as_str()
            .unwrap()
            .contains("transcript"),
        "{resource}"
    );
}

#[tokio::test]
async fn a_deletion_is_asked_about_under_the_name_that_was_used() {
    let world = World::with(speaks("truto")).await;
    let made = world
        .call(
            "create_a_intercom_contact",
            json!({"role": "lead", "email": "gone@lead.example"}),
        )
        .await;
    let made: Value = serde_json::from_str(text(&made)).unwrap();
    let params =
        json!({"name": "delete_a_intercom_contact_by_id", "arguments": {"id": made["id"]}});
    let capable = json!({"elicitation": {"form": {}}});
    let asked = world.modern_from(&capable, "tools/call", params.clone());
    let asked = answer(asked.send().await.unwrap()).await;
    let question = asked["result"]["inputRequests"]["confirm"].to_string();
    assert!(
        question
            .contains("Delete a contact (delete_a_intercom_contact_by_id): this cannot be undone"),
        "{asked}"
    );
    let mut again = params;
    again["requestState"] = asked["result"]["requestState"].clone();
    again["inputResponses"] = json!({"confirm": {"action": "accept", "content": {}}});
    let done = world.modern_from(&capable, "tools/call", again);
    let done = answer(done.send().await.unwrap()).await;
    assert_eq!(done["result"]["isError"], json!(false), "{done}");
    let held = world
        .control(
            reqwest::Method::GET,
            &format!("state/contacts/{}", made["id"].as_str().unwrap()),
            json!({}),
        )
        .await;
    assert!(held.get("email").is_none(), "{held}");
}
