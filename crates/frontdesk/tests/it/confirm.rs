//! Destructive calls are confirmed by the user where the client can ask.

use crate::world::{World, answer, careless, events, text};
use serde_json::{Value, json};

fn able() -> Value {
    json!({"elicitation": {"form": {}}})
}

async fn exists(world: &World, tag: &str) -> bool {
    let found = world.call("get_tag", json!({"tag_id": tag})).await;
    found["result"]["isError"] != json!(true)
}

#[tokio::test]
async fn a_modern_client_is_asked_and_comes_back_with_the_answer() {
    let world = World::new().await;
    let tag = world.tag("to be deleted").await;
    let params = json!({"name": "delete_tag", "arguments": {"tag_id": tag}});
    let first = world.modern_from(&able(), "tools/call", params.clone());
    let asked = answer(first.send().await.unwrap()).await;
    let result = &asked["result"];
    assert_eq!(result["resultType"], "input_required", "{asked}");
    let question = &result["inputRequests"]["confirm"];
    assert_eq!(question["method"], "elicitation/create");
    assert!(
        question["params"]["message"]
            .as_str()
            .unwrap()
            .contains(&tag)
    );
    assert!(exists(&world, &tag).await);
    let state = result["requestState"].as_str().unwrap().to_owned();
    let again = |arguments: Value, state: &str, action: &str| {
        json!({"name": "delete_tag", "arguments": arguments, "requestState": state,
            "inputResponses": {"confirm": {"action": action, "content": {}}}})
    };
    let own = json!({"tag_id": tag});

    // A forged state, and one for another call, are refused.
    for (arguments, state) in [
        (own.clone(), format!("{state}x")),
        (json!({"tag_id": "1"}), state.clone()),
    ] {
        let params = again(arguments, &state, "accept");
        let request = world.modern_from(&able(), "tools/call", params);
        let refused = answer(request.send().await.unwrap()).await;
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
    }
    let declined = world.modern_from(&able(), "tools/call", again(own.clone(), &state, "decline"));
    let declined = answer(declined.send().await.unwrap()).await;
    assert!(text(&declined).contains("declined"), "{declined}");
    assert!(exists(&world, &tag).await);

    let agreed = world.modern_from(&able(), "tools/call", again(own, &state, "accept"));
    let agreed = answer(agreed.send().await.unwrap()).await;
    assert_ne!(agreed["result"]["isError"], json!(true), "{agreed}");
    assert!(!exists(&world, &tag).await);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_asked_for_again() {
    let world = World::new().await;
    let params = json!({"name": "delete_tag", "arguments": {"tag_id": "1"}});
    let first = world.modern_from(&able(), "tools/call", params.clone());
    let asked = answer(first.send().await.unwrap()).await;
    for responses in [
        json!({}),
        json!({"confirm": "yes"}),
        json!({"other": {"action": "accept"}}),
    ] {
        let mut params = params.clone();
        params["requestState"] = asked["result"]["requestState"].clone();
        params["inputResponses"] = responses;
        let request = world.modern_from(&able(), "tools/call", params);
        let again = answer(request.send().await.unwrap()).await;
        assert_eq!(again["result"]["resultType"], "input_required", "{again}");
    }
}

#[tokio::test]
async fn an_older_client_is_asked_over_its_session() {
    let world = World::new().await;
    for (action, goes) in [("decline", false), ("accept", true)] {
        let tag = world.tag(&format!("asked {action}")).await;
        let session = world
            .session("2025-06-18", json!({"elicitation": {}}))
            .await;
        let message = json!({"jsonrpc": "2.0", "id": 5, "method": "tools/call",
            "params": {"name": "delete_tag", "arguments": {"tag_id": tag}}});
        let mut response = world.legacy(&session, &message).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut seen = String::new();
        let question = loop {
            let chunk = response.chunk().await.unwrap().expect("the stream ended");
            seen.push_str(std::str::from_utf8(&chunk).unwrap());
            if let Some(question) = events(&seen).pop() {
                break question;
            }
        };
        assert_eq!(question["method"], "elicitation/create");
        let reply = json!({"jsonrpc": "2.0", "id": question["id"],
            "result": {"action": action, "content": {}}});
        let noted = world.legacy(&session, &reply).send().await.unwrap();
        assert_eq!(noted.status(), 202);
        let rest = response.text().await.unwrap();
        let result = events(&rest).pop().unwrap();
        assert_eq!(
            result["result"]["isError"] == json!(true),
            !goes,
            "{result}"
        );
        assert_eq!(exists(&world, &tag).await, !goes);
    }
}

#[tokio::test]
async fn clients_that_cannot_ask_follow_the_policy() {
    for (change, goes) in [(None, false), (Some(careless as fn(&mut _)), true)] {
        let world = World::with(|config| {
            if let Some(change) = change {
                change(config);
            }
        })
        .await;
        let tag = world.tag("unasked").await;
        let called = world.call("delete_tag", json!({"tag_id": tag})).await;
        assert_eq!(
            called["result"]["isError"] == json!(true),
            !goes,
            "{called}"
        );
        assert_eq!(exists(&world, &tag).await, !goes);
        if !goes {
            assert!(text(&called).contains("cannot ask its user"), "{called}");
        }
    }
}
