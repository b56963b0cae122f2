//! The tools that find, explain and call other tools, and what requests are kept to.

use crate::tokens::tokens;
use crate::world::{World, object};
use catalog::Risk;
use gateway::{Confirmation, Endpoint, Mode, Narrowing, Principal, ToolRequest};
use serde_json::{Value, json};

fn names(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// A caller whose request is kept to these toolsets and tools.
fn kept(world: &World, toolsets: &str, tools: &str, read_only: bool) -> Principal {
    let list = |text: &str| {
        if text.is_empty() {
            Vec::new()
        } else {
            vec![names(text)]
        }
    };
    Principal {
        narrowed: Some(Narrowing {
            toolsets: list(toolsets),
            tools: list(tools),
            read_only,
            bound: None,
        }),
        ..world.who.clone()
    }
}

fn listed(world: &World, who: &Principal) -> Vec<String> {
    let tools = world.gateway.list(who).unwrap();
    tools.iter().map(|tool| tool.name.clone()).collect()
}

/// Arguments that the tool takes.
async fn example(tool: &str) -> Value {
    let world = World::over("http://127.0.0.1:9").with(|endpoint| endpoint.allow = names(tool));
    let details = world.call("get_tool_details", json!({"name": tool})).await;
    details["items"][0]["example"].clone()
}

/// Whether a right call of this tool gets as far as Intercom or its user.
async fn reaches(world: &World, who: &Principal, tool: &str) -> bool {
    let mut request = ToolRequest::new("call_tool", object(example(tool).await));
    request.confirmation = Confirmation::NotAsked;
    match world.gateway.call(who, request).await {
        Ok(_) => true,
        Err(error) => !matches!(
            error.kind(),
            gateway::ErrorKind::Denied | gateway::ErrorKind::UnknownTool
        ),
    }
}

#[tokio::test]
async fn toolsets_combine_with_every_other_limit() {
    type Change = fn(&mut Endpoint);
    let mut world = World::sandbox().await;
    let cases: [(&str, Change, &str, &str); 9] = [
        (
            "knowledge",
            |e| e.toolsets = names("knowledge"),
            "create_article list_collections search_content create_external_page list_content_snippets list_audiences",
            "search_tickets close_conversation list_calls",
        ),
        (
            "reporting",
            |e| e.toolsets = names("reporting"),
            "count_conversations enqueue_reporting_export list_low_rated_conversations get_team_metrics",
            "create_article",
        ),
        (
            "admin",
            |e| e.toolsets = names("admin"),
            "list_admins list_teams get_ip_allowlist list_office_hours_schedules list_activity_logs",
            "create_article create_identity_secret",
        ),
        (
            "outbound",
            |e| e.toolsets = names("outbound"),
            "create_message create_news_item list_contact_banners list_subscription_types",
            "create_article",
        ),
        (
            "two",
            |e| e.toolsets = names("tickets companies"),
            "create_ticket find_companies",
            "create_article",
        ),
        (
            "read-only",
            |e| {
                e.toolsets = names("knowledge");
                e.ceiling = Risk::Read;
            },
            "search_content get_article",
            "create_article delete_article",
        ),
        (
            "no deleting",
            |e| {
                e.toolsets = names("knowledge");
                e.ceiling = Risk::Write;
            },
            "create_article",
            "delete_article",
        ),
        (
            "taken away",
            |e| {
                e.toolsets = names("knowledge");
                e.deny = names("create_article");
            },
            "get_article",
            "create_article",
        ),
        (
            "named",
            |e| {
                e.toolsets = names("knowledge");
                e.allow = names("get_article delete_article");
                e.ceiling = Risk::Write;
            },
            "get_article",
            "list_articles delete_article",
        ),
    ];
    for (name, change, there, absent) in cases {
        world = world.with(|endpoint| {
            change(endpoint);
            endpoint.open_ended = false;
        });
        let who = world.who.clone();
        let listed = listed(&world, &who);
        for tool in names(there) {
            assert!(
                listed.contains(&tool),
                "{name}: {tool} is not in {listed:?}"
            );
        }
        for tool in names(absent) {
            assert!(!listed.contains(&tool), "{name}: {tool}");
            assert!(!reaches(&world, &who, &tool).await, "{name}: {tool}");
        }
    }
}

#[tokio::test]
async fn a_request_is_kept_to_what_it_asks_and_never_gets_more() {
    let world = World::sandbox().await;
    let all = listed(&world, &world.who);
    for (toolsets, tools, read_only, there, absent) in [
        (
            "contacts",
            "",
            false,
            "search_contacts get_contact search_tools call_tool",
            "close_conversation list_tags",
        ),
        (
            "contacts tickets",
            "",
            true,
            "search_contacts",
            "close_conversation update_contact create_ticket",
        ),
        (
            "",
            "get_contact list_tags",
            false,
            "get_contact",
            "search_contacts search_tools",
        ),
        (
            "inbox",
            "get_contact",
            false,
            "get_contact",
            "search_contacts",
        ),
        ("tickets", "get_contact", false, "", "get_contact"),
        (
            "all",
            "",
            true,
            "search_contacts",
            "close_conversation delete_tag",
        ),
        (
            "all",
            "",
            false,
            "close_conversation",
            "create_identity_secret",
        ),
    ] {
        let who = kept(&world, toolsets, tools, read_only);
        let listed = listed(&world, &who);
        let case = format!("{toolsets:?} {tools:?} {read_only}");
        assert!(
            listed.iter().all(|tool| all.contains(tool)),
            "{case}: more than the endpoint's"
        );
        for tool in names(there) {
            assert!(
                listed.contains(&tool),
                "{case}: {tool} is not in {listed:?}"
            );
        }
        for tool in names(absent) {
            assert!(!listed.contains(&tool), "{case}: {tool}");
            assert!(!reaches(&world, &who, &tool).await, "{case}: {tool}");
        }
    }
    // What is not listed stays within reach where the request names it, and out of reach of search otherwise.
    assert!(
        reaches(
            &world,
            &kept(&world, "contacts", "", false),
            "update_contact"
        )
        .await
    );
    let mut request = ToolRequest::new(
        "search_tools",
        object(json!({"query": "close a conversation", "limit": 25})),
    );
    request.confirmation = Confirmation::CannotAsk;
    let found = world
        .gateway
        .call(&kept(&world, "contacts", "", false), request)
        .await
        .unwrap();
    assert!(!found.text.contains("close_conversation"), "{}", found.text);
    assert!(
        Narrowing {
            toolsets: vec![names("nonsense")],
            ..Narrowing::default()
        }
        .check(world.gateway.registry())
        .is_err()
    );
}

#[tokio::test]
async fn meta_mode_lists_three_tools_that_reach_what_the_endpoint_offers() {
    let world = World::sandbox()
        .await
        .with(|endpoint| endpoint.mode = Mode::Meta);
    let doors = ["search_tools", "get_tool_details", "call_tool"];
    assert_eq!(listed(&world, &world.who), doors);
    assert_eq!(
        listed(&world, &kept(&world, "contacts", "get_contact", false)),
        doors
    );
    assert!(reaches(&world, &world.who, "delete_tag").await);
    let world = world.with(|endpoint| {
        endpoint.mode = Mode::Meta;
        endpoint.open_ended = false;
        endpoint.toolsets = names("tickets");
    });
    assert_eq!(listed(&world, &world.who), doors);
    assert!(reaches(&world, &world.who, "get_ticket").await);
    assert!(!reaches(&world, &world.who, "get_article").await);
}

#[tokio::test]
async fn details_tell_all_of_a_tool_and_what_is_wrong_with_a_name() {
    let world = World::sandbox()
        .await
        .with(|endpoint| endpoint.ceiling = Risk::Write);
    let one = world
        .call("get_tool_details", json!({"name": "assign_conversation"}))
        .await;
    let item = &one["items"][0];
    assert_eq!(item["name"], "assign_conversation");
    assert_eq!(item["risk"], "write");
    assert_eq!(item["reaches_customer"], false);
    assert_eq!(item["input_schema"]["type"], "object");
    assert_eq!(item["example"]["arguments"]["conversation_id"], "123");
    let two = world
        .call(
            "get_tool_details",
            json!({"names": ["list_tags", "delete_tag", "close_conversion"]}),
        )
        .await;
    assert_eq!(two["items"].as_array().unwrap().len(), 1, "{two}");
    let missing = two["missing"].to_string();
    assert!(missing.contains("no destructive tools"), "{missing}");
    let empty = world.refusal("get_tool_details", json!({})).await;
    assert!(empty.contains("name, names"), "{empty}");
    let near = world
        .refusal("get_tool_details", json!({"name": "conversation_close"}))
        .await;
    assert!(near.contains("close_conversation"), "{near}");
}

#[tokio::test]
async fn an_answer_with_a_secret_needs_the_owners_word() {
    let arguments = json!({"name": "web", "supports_web": true});
    let world = World::sandbox().await;
    let refused = world
        .refusal("create_identity_secret", arguments.clone())
        .await;
    assert!(refused.contains("in `allow`"), "{refused}");
    let found = world
        .call(
            "search_tools",
            json!({"query": "create an identity secret"}),
        )
        .await;
    assert!(
        !found.to_string().contains("create_identity_secret\""),
        "{found}"
    );
    let world = world.with(|endpoint| endpoint.allow = names("create_identity_secret"));
    let reached = world.try_call("create_identity_secret", arguments).await;
    assert!(!matches!(&reached, Err(error) if error.kind() == gateway::ErrorKind::Denied));
}

#[tokio::test]
async fn a_doorway_that_does_not_open_is_on_record() {
    let world = World::sandbox().await;
    for arguments in [
        json!({}),
        json!({"name": "call_tool"}),
        json!({"name": "list_tags", "arguments": []}),
        json!({"name": "list_tags", "limit": 3}),
    ] {
        let error = world.try_call("call_tool", arguments).await.unwrap_err();
        assert_eq!(error.kind(), gateway::ErrorKind::BadArguments, "{error}");
    }
    let lines = world.audit_lines().await;
    assert_eq!(lines.len(), 8);
    for pair in lines.chunks(2) {
        assert_eq!(pair[0]["tool"], "call_tool");
        assert_eq!(pair[1]["outcome"], "bad_arguments");
        assert_eq!(pair[0]["id"], pair[1]["id"]);
    }
}

/// What an answer of `search_tools` costs a model, and what it saves.
#[tokio::test]
async fn an_answer_of_search_tools_stays_small() {
    let world = World::over("http://127.0.0.1:9");
    let mut most = 0;
    for query in [
        "find conversations",
        "create a ticket",
        "update a contact",
        "tags",
        "reports",
    ] {
        let result = world
            .try_call("search_tools", json!({"query": query}))
            .await
            .unwrap();
        let spent = tokens(&result.text);
        println!("{spent} tokens: {query}");
        most = most.max(spent);
    }
    assert!(most <= 2_000, "{most} tokens");
}
