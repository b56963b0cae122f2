//! What an endpoint lets its callers do.

use crate::world::{World, object};
use catalog::Risk;
use gateway::{Confirmation, ToolRequest, Unconfirmed};
use serde_json::json;

/// What becomes of a call: `ok`, or a part of what it says.
async fn outcome(world: &World, tool: &str, confirmation: Confirmation) -> String {
    let mut request = ToolRequest::new(
        tool,
        object(match tool {
            "call_tool" => {
                json!({"name": "delete_conversation", "arguments": {"conversation_id": "1"}})
            }
            "search_tools" => json!({"query": "delete"}),
            "list_tags" | "list_admins" => json!({}),
            "reply_to_conversation" => json!({"conversation_id": "1", "body": "x"}),
            _ => json!({"conversation_id": "1"}),
        }),
    );
    request.confirmation = confirmation;
    match world.gateway.call(&world.who, request).await {
        Ok(_) => "ok".into(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn the_rules_of_an_endpoint_hold_for_every_way_in() {
    use Confirmation::{CannotAsk, Given, NotAsked};
    type Change = fn(&mut gateway::Endpoint);
    let mut world = World::sandbox().await;
    let cases: [(&str, Change, &str, Confirmation, &str); 14] = [
        (
            "read-only reads",
            |e| e.ceiling = Risk::Read,
            "list_tags",
            CannotAsk,
            "ok",
        ),
        (
            "read-only does not write",
            |e| e.ceiling = Risk::Read,
            "reply_to_conversation",
            CannotAsk,
            "this endpoint is read-only",
        ),
        (
            "read-only, through the doorway",
            |e| e.ceiling = Risk::Read,
            "call_tool",
            Given,
            "this endpoint is read-only",
        ),
        (
            "writing does not delete",
            |e| e.ceiling = Risk::Write,
            "delete_conversation",
            Given,
            "no destructive tools",
        ),
        (
            "denied",
            |e| e.deny = vec!["list_tags".into()],
            "list_tags",
            CannotAsk,
            "took the tool away",
        ),
        (
            "denied through another tool",
            |e| e.deny = vec!["reply_conversation".into()],
            "reply_to_conversation",
            CannotAsk,
            "needs `reply_conversation`",
        ),
        (
            "allowed",
            |e| e.allow = vec!["list_tags".into()],
            "list_tags",
            CannotAsk,
            "ok",
        ),
        (
            "not among the allowed",
            |e| e.allow = vec!["list_tags".into()],
            "list_admins",
            CannotAsk,
            "does not offer the tool",
        ),
        (
            "closed, not listed",
            |e| e.open_ended = false,
            "list_tags",
            CannotAsk,
            "does not offer the tool",
        ),
        (
            "closed, no doorway",
            |e| e.open_ended = false,
            "search_tools",
            CannotAsk,
            "only its listed tools",
        ),
        (
            "destructive, can ask",
            |_| (),
            "delete_conversation",
            NotAsked,
            "waits for its user's confirmation",
        ),
        (
            "destructive, cannot ask",
            |_| (),
            "delete_conversation",
            CannotAsk,
            "cannot ask its user first",
        ),
        (
            "destructive, through the doorway",
            |_| (),
            "call_tool",
            CannotAsk,
            "`delete_conversation` was not run",
        ),
        (
            "destructive, confirmed",
            |_| (),
            "delete_conversation",
            Given,
            "Intercom has no conversation `1`",
        ),
    ];
    for (name, change, tool, confirmation, expected) in cases {
        world = world.with(change);
        let got = outcome(&world, tool, confirmation).await;
        assert!(got.contains(expected), "{name}: {got}");
    }
    let world = world.with(|e| e.unconfirmed = Unconfirmed::Allow);
    let got = outcome(&world, "delete_conversation", CannotAsk).await;
    assert!(got.contains("no conversation `1`"), "{got}");
}

#[tokio::test]
async fn only_what_may_be_called_is_found_and_listed() {
    let world = World::sandbox()
        .await
        .with(|endpoint| endpoint.ceiling = Risk::Read);
    let found = world
        .call(
            "search_tools",
            json!({"query": "delete create update reply", "limit": 25}),
        )
        .await;
    assert!(
        found["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|tool| tool["risk"] == "read"),
        "{found}"
    );
    let listed = world.gateway.list(&world.who).unwrap();
    assert!(!listed.is_empty() && listed.iter().all(|tool| tool.risk == Risk::Read));
    let worst = listed
        .iter()
        .map(|tool| world.gateway.worst(&world.who, tool).unwrap())
        .max();
    assert_eq!(worst, Some(Risk::Read));
}

#[tokio::test]
async fn another_tenants_endpoint_is_not_there() {
    let world = World::sandbox().await;
    let stranger = gateway::Principal {
        tenant: gateway::TenantId::new("other"),
        ..world.who.clone()
    };
    let error = world
        .gateway
        .call(&stranger, ToolRequest::new("list_tags", object(json!({}))))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), gateway::ErrorKind::EndpointGone);
    assert!(world.gateway.list(&stranger).is_err());
}
