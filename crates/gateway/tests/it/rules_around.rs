//! Rules hold whichever way a call comes: through the doorway, as a plain operation, in a dialect, as a part of another call.

use crate::custom::{example, with};
use crate::rules::{Shop, forbid, outcome, ruled};
use crate::world::{World, object};
use gateway::{Budgets, CallError, Confirmation, Controls, ErrorKind, Limits, Rule, ToolRequest};
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn there_is_no_way_around() {
    let world = World::sandbox().await;
    let shop = Shop::of(&world).await;
    let open = shop.open.as_str();
    let native = [forbid(
        &["assign_conversation"],
        &format!("assignee.team == '{}'", shop.team.1),
    )];
    let operation = [forbid(
        &["manage_conversation"],
        &format!(
            "args.message_type == 'assignment' && assignee.team == '{}'",
            shop.team.1
        ),
    )];
    let closing = [forbid(
        &["manage_conversation"],
        "args.message_type == 'close'",
    )];
    let plain = json!({"conversation_id": open, "message_type": "assignment", "type": "team",
        "assignee_id": shop.team.0});
    let through = json!({"name": "assign_conversation", "arguments": {"conversation_id": open, "team": shop.team.0}});
    let raw_through = json!({"name": "manage_conversation", "arguments": plain});
    let direct = json!({"conversation_id": open, "team": shop.team.1});
    let cases: [(&[Rule], &str, &Value, &str); 8] = [
        (&native, "call_tool", &through, "`unwanted`"),
        (&native, "manage_conversation", &plain, "call that"),
        (&native, "call_tool", &raw_through, "call that"),
        (&operation, "assign_conversation", &direct, "`unwanted`"),
        (&operation, "manage_conversation", &plain, "`unwanted`"),
        (
            &operation,
            "close_conversation",
            &json!({"conversation_id": open}),
            "ok",
        ),
        (
            &closing,
            "close_conversation",
            &json!({"conversation_id": open}),
            "`unwanted`",
        ),
        (
            &closing,
            "reopen_conversation",
            &json!({"conversation_id": open}),
            "ok",
        ),
    ];
    let mut world = world;
    for (rules, tool, arguments, expected) in cases {
        world = ruled(world, rules);
        let got = outcome(&world, tool, arguments).await;
        assert!(got.contains(expected), "{tool} {arguments}: {got}");
    }
    // A whole view of a contact reads the contact.
    let reading = [forbid(
        &["get_contact"],
        &format!("args.id == '{}'", shop.contact),
    )];
    world = ruled(world, &reading);
    for (tool, arguments) in [
        ("get_contact", json!({"id": shop.contact})),
        ("get_contact_360", json!({"contact_id": shop.contact})),
        ("fetch", json!({"id": format!("contact_{}", shop.contact)})),
    ] {
        let got = outcome(&world, tool, &arguments).await;
        assert!(got.contains("`unwanted`"), "{tool}: {got}");
    }
    let request = ToolRequest::bulk("get_contact", object(json!({"contact_id": shop.contact})));
    let error = world.gateway.call(&world.who, request).await.unwrap_err();
    assert!(error.to_string().contains("`unwanted`"), "{error}");
}

#[tokio::test]
async fn another_servers_names_obey_too() {
    let world = World::sandbox().await;
    let shop = Shop::of(&world).await;
    let rules = [forbid(
        &["reply_to_conversation", "reply_conversation"],
        "args.body.contains('http')",
    )];
    let mut tried = 0;
    let mut world = ruled(world, &rules);
    for dialect in catalog::Dialect::names() {
        let controls = world.gateway.endpoint(&world.who).unwrap().controls.clone();
        world = world.with(|endpoint| {
            endpoint.dialect = Some(dialect.into());
            endpoint.controls = controls;
        });
        for tool in world.gateway.list(&world.who).unwrap() {
            if !tool.name.contains("reply") || tool.name.contains("ticket") {
                continue;
            }
            let arguments: serde_json::Map<String, Value> = tool.input_schema["properties"]
                .as_object()
                .unwrap()
                .keys()
                .filter_map(|key| {
                    let value = match key.as_str() {
                        "body" | "message" | "text" | "content" => "see http://x",
                        "conversation_id" | "id" | "conversationId" => &shop.open,
                        "message_type" => "comment",
                        "type" | "reply_type" => "admin",
                        _ => return None,
                    };
                    Some((key.clone(), json!(value)))
                })
                .collect();
            let request = ToolRequest {
                dialect: true,
                confirmation: Confirmation::Given,
                ..ToolRequest::new(tool.name.clone(), arguments.clone())
            };
            let error = world.gateway.call(&world.who, request).await;
            let error = error.map_err(|error| (error.kind(), error.to_string()));
            match error {
                Err((ErrorKind::Denied, said)) if said.contains("`unwanted`") => tried += 1,
                other => panic!("{dialect} {}: {other:?} {arguments:?}", tool.name),
            }
        }
    }
    assert!(tried >= 2, "{tried}");
}

#[tokio::test]
async fn each_item_of_a_change_to_many_is_judged() {
    let world = World::sandbox().await;
    let shop = Shop::of(&world).await;
    let asked = json!({"state": "open", "per_page": 3});
    let found = world.call("search_conversations", asked).await;
    let ids: Vec<String> = found["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 3);
    let rules = [forbid(
        &["close_conversation"],
        &format!("args.conversation_id == '{}'", ids[1]),
    )];
    let world = ruled(world, &rules);
    let dry = world
        .call("close_matching_conversations", json!({"ids": ids}))
        .await;
    let token = dry["token"]
        .as_str()
        .unwrap_or_else(|| panic!("{dry}"))
        .to_owned();
    let request = ToolRequest {
        confirmation: Confirmation::Given,
        ..ToolRequest::new(
            "close_matching_conversations",
            object(json!({"token": token})),
        )
    };
    let done = world
        .gateway
        .call(&world.who, request)
        .await
        .unwrap()
        .value()
        .to_string();
    assert!(done.contains("`unwanted`"), "{done}");
    for (index, id) in ids.iter().enumerate() {
        let state = world.raw("GET", &format!("/conversations/{id}"), "").await["state"].clone();
        assert_eq!(state == json!("closed"), index != 1, "{id}: {state}");
    }
    // A rule on the change itself knows the arguments of its dry run when the token comes.
    let team = forbid(
        &["assign_matching_conversations"],
        &format!("assignee.team == '{}'", shop.team.1),
    );
    let world = ruled(world, &[]);
    let arguments = json!({"ids": [ids[1]], "team": shop.team.0});
    let dry = world.call("assign_matching_conversations", arguments).await;
    let world = ruled(world, &[team]);
    let got = outcome(
        &world,
        "assign_matching_conversations",
        &json!({"token": dry["token"]}),
    )
    .await;
    assert!(got.contains("`unwanted`"), "{got}");
}

#[tokio::test]
async fn a_fact_that_cannot_be_read_keeps_the_call_back() {
    let world = World::sandbox().await;
    let shop = Shop::of(&world).await;
    let world = ruled(
        world,
        &[forbid(
            &["reply_to_conversation"],
            "conversation.state == 'closed'",
        )],
    );
    world
        .control(
            "faults",
            &json!({"operation": "get_conversation", "kind": 503, "times": 100}),
        )
        .await;
    let request = ToolRequest::new(
        "reply_to_conversation",
        object(json!({"conversation_id": shop.open, "body": "Hello"})),
    );
    world.forget().await;
    let error: CallError = world.gateway.call(&world.who, request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upstream, "{error}");
    let asked = world.asked().await;
    assert!(
        !asked.iter().any(|name| name == "reply_conversation"),
        "{asked:?}"
    );
}

#[tokio::test]
async fn each_step_of_a_tool_of_ones_own_is_judged_and_counted() {
    let world = World::sandbox_of(&with(example())).await;
    let world = ruled(
        world,
        &[forbid(&["tag_conversation"], "tag.name == 'Night shift'")],
    );
    let wrong = json!({"tag": "Night shift"});
    let got = outcome(&world, "take_next_conversation", &wrong).await;
    assert!(got.contains("`unwanted`") && got.contains("Step"), "{got}");
    let right = json!({"tag": "Day shift"});
    assert_eq!(
        outcome(&world, "take_next_conversation", &right).await,
        "ok"
    );
    let one = Limits {
        per_minute: None,
        per_day: Some(1),
    };
    let world = world.with(|endpoint| {
        endpoint.controls = Arc::new(Controls {
            budgets: Budgets {
                writes: one,
                ..Budgets::default()
            },
            ..Controls::default()
        });
    });
    // Its first change is within the budget, its second is not.
    let got = outcome(&world, "take_next_conversation", &right).await;
    assert!(got.contains("1 changes a day"), "{got}");
    assert!(got.contains("Done before it"), "{got}");
}
