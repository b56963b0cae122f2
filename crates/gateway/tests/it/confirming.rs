//! What an endpoint's owner wants a person to agree to first.

use crate::world::{World, object};
use gateway::{ConfirmRules, Confirmation, Controls, Endpoint, ToolRequest, Unconfirmed};
use serde_json::{Value, json};
use std::sync::Arc;

fn confirming(endpoint: &mut Endpoint, names: &[&str]) {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    endpoint.controls = Arc::new(Controls {
        confirm: ConfirmRules::of(names),
        ..Controls::default()
    });
}

#[tokio::test]
async fn calls_that_are_to_be_agreed_to_are_asked_about_and_no_others() {
    use Confirmation::{CannotAsk, Given, NotAsked};
    const ASKS: &str = "waits for its user's confirmation";
    const REFUSED: &str = "owner wants a person to agree";
    let mut world = World::sandbox().await;
    let found = world
        .call(
            "search_conversations",
            json!({"state": "open", "per_page": 1}),
        )
        .await;
    let id = found["conversations"][0]["id"].as_str().unwrap().to_owned();
    let reply = json!({"conversation_id": id, "body": "Hello"});
    let note = json!({"conversation_id": id, "body": "Seen"});
    let dry = json!({"state": "open", "add_tag": "vip"});
    let through = json!({"name": "reply_conversation", "arguments": {"conversation_id": id,
        "message_type": "comment", "type": "admin", "body": "Hello"}});
    let cases: &[(&[&str], &str, &Value, Confirmation, &str)] = &[
        (&[], "reply_to_conversation", &reply, CannotAsk, "ok"),
        (
            &["reply_to_conversation"],
            "reply_to_conversation",
            &reply,
            NotAsked,
            ASKS,
        ),
        (
            &["reply_to_conversation"],
            "reply_to_conversation",
            &reply,
            CannotAsk,
            REFUSED,
        ),
        (
            &["reply_to_conversation"],
            "reply_to_conversation",
            &reply,
            Given,
            "ok",
        ),
        (
            &["reply_to_conversation"],
            "add_internal_note",
            &note,
            CannotAsk,
            "ok",
        ),
        // An operation holds whichever tool uses it.
        (
            &["reply_conversation"],
            "reply_to_conversation",
            &reply,
            CannotAsk,
            REFUSED,
        ),
        (
            &["reply_conversation"],
            "add_internal_note",
            &note,
            NotAsked,
            ASKS,
        ),
        (
            &["reply_conversation"],
            "call_tool",
            &through,
            CannotAsk,
            REFUSED,
        ),
        (
            &["customer"],
            "reply_to_conversation",
            &reply,
            NotAsked,
            ASKS,
        ),
        (&["customer"], "add_internal_note", &note, NotAsked, "ok"),
        (&["writes"], "add_internal_note", &note, NotAsked, ASKS),
        (
            &["writes"],
            "tag_matching_conversations",
            &dry,
            CannotAsk,
            "ok",
        ),
        (
            &["writes"],
            "search_conversations",
            &json!({}),
            CannotAsk,
            "ok",
        ),
        (
            &["search_conversations"],
            "search_conversations",
            &json!({}),
            NotAsked,
            ASKS,
        ),
    ];
    for (names, tool, arguments, confirmation, expected) in cases {
        // Careless about what cannot be undone, it still minds its owner's rules.
        world = world.with(|endpoint| {
            endpoint.unconfirmed = Unconfirmed::Allow;
            confirming(endpoint, names);
        });
        let request = ToolRequest {
            confirmation: *confirmation,
            ..ToolRequest::new(*tool, object((*arguments).clone()))
        };
        let got = match world.gateway.call(&world.who, request).await {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(
            got.contains(expected),
            "{names:?} {tool} {confirmation:?}: {got}"
        );
    }
}

#[tokio::test]
async fn a_name_that_is_nothing_here_is_refused_when_it_is_set() {
    let world = World::sandbox().await;
    let check = |name: &str| ConfirmRules::of(vec![name.into()]).check(world.gateway.registry());
    assert_eq!(check("writes"), Ok(()));
    assert_eq!(check("manage_conversation"), Ok(()));
    let error = check("reply_to_conversations").unwrap_err();
    assert!(
        error.contains("`reply_to_conversations`") && error.contains("`customer`"),
        "{error}"
    );
}
