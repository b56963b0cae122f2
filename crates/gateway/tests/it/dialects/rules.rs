//! What an endpoint forbids stays forbidden under every name, and what is recorded is what was done.

use crate::tokens::tokens;
use crate::world::{World, object};
use catalog::Risk;
use gateway::{Confirmation, Endpoint, ErrorKind, ToolRequest};
use serde_json::{Value, json};

async fn outcome(
    world: &World,
    tool: &str,
    arguments: Value,
    confirmation: Confirmation,
) -> String {
    match world.spoken(tool, arguments, confirmation).await {
        Ok(_) => "ok".into(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn the_rules_of_an_endpoint_hold_under_other_names() {
    use Confirmation::{CannotAsk, Given, NotAsked};
    type Change = fn(&mut Endpoint);
    let reply = || json!({"conversationId": "1", "message_type": "comment", "body": "x"});
    let gone = || json!({"id": "1"});
    let mut world = World::sandbox().await;
    let cases: [(&str, &str, Change, &str, Value, Confirmation, &str); 16] = [
        (
            "read-only reads",
            "dunia",
            |e| e.ceiling = Risk::Read,
            "intercomListTags",
            json!({}),
            CannotAsk,
            "ok",
        ),
        (
            "read-only does not write",
            "dunia",
            |e| e.ceiling = Risk::Read,
            "intercomReplyConversation",
            reply(),
            CannotAsk,
            "`intercomReplyConversation` was not run: this endpoint is read-only",
        ),
        (
            "denied by our name",
            "dunia",
            |e| e.deny = vec!["reply_conversation".into()],
            "intercomReplyConversation",
            reply(),
            CannotAsk,
            "took the tool away",
        ),
        (
            "an operation denied behind a native tool",
            "gantz",
            |e| e.deny = vec!["reply_conversation".into()],
            "send_message",
            json!({"conversation_id": "1", "message": "x"}),
            CannotAsk,
            "needs `reply_conversation`",
        ),
        (
            "one of two that a name may mean",
            "gantz",
            |e| e.deny = vec!["reply_to_conversation".into()],
            "send_message",
            json!({"conversation_id": "1", "message": "x"}),
            CannotAsk,
            "took the tool away",
        ),
        (
            "not among the allowed",
            "dunia",
            |e| e.allow = vec!["list_tags".into()],
            "intercomListContacts",
            json!({}),
            CannotAsk,
            "does not offer the tool",
        ),
        (
            "among the allowed",
            "dunia",
            |e| e.allow = vec!["list_tags".into()],
            "intercomListTags",
            json!({}),
            CannotAsk,
            "ok",
        ),
        (
            "closed, the dialect's own",
            "dunia",
            |e| e.open_ended = false,
            "intercomListContacts",
            json!({"per_page": 1}),
            CannotAsk,
            "ok",
        ),
        (
            "closed, one of ours",
            "dunia",
            |e| e.open_ended = false,
            "list_tags",
            json!({}),
            CannotAsk,
            "There is no tool `list_tags` here",
        ),
        (
            "open, one of ours",
            "dunia",
            |_| (),
            "list_tags",
            json!({}),
            CannotAsk,
            "ok",
        ),
        (
            "closed, by rule",
            "truto",
            |e| e.open_ended = false,
            "list_all_intercom_tags",
            json!({}),
            CannotAsk,
            "does not offer the tool",
        ),
        (
            "writing does not delete",
            "truto",
            |e| e.ceiling = Risk::Write,
            "delete_a_intercom_contact_by_id",
            gone(),
            Given,
            "no destructive tools",
        ),
        (
            "destructive, can ask",
            "truto",
            |_| (),
            "delete_a_intercom_contact_by_id",
            gone(),
            NotAsked,
            "`delete_a_intercom_contact_by_id` waits for its user's confirmation",
        ),
        (
            "destructive, cannot ask",
            "truto",
            |_| (),
            "delete_a_intercom_contact_by_id",
            gone(),
            CannotAsk,
            "cannot ask its user first",
        ),
        (
            "destructive, confirmed",
            "truto",
            |_| (),
            "delete_a_intercom_contact_by_id",
            gone(),
            Given,
            "Intercom has no contact `1`",
        ),
        (
            "no such dialect",
            "klingon",
            |_| (),
            "list_tags",
            json!({}),
            CannotAsk,
            "there are dunia, gantz, official, scalekit, truto",
        ),
    ];
    for (name, dialect, change, tool, arguments, confirmation, expected) in cases {
        world = world.with(|endpoint| {
            endpoint.dialect = Some(dialect.into());
            change(endpoint);
        });
        let got = outcome(&world, tool, arguments, confirmation).await;
        assert!(got.contains(expected), "{name}: {got}");
    }
}

#[tokio::test]
async fn wrong_arguments_are_named_in_the_callers_words() {
    let mut world = World::sandbox().await;
    for (dialect, tool, arguments, expected) in [
        (
            "dunia",
            "intercomGetContact",
            json!({"contactId": "1", "color": "red"}),
            "`color` is unknown; the tool takes contactId",
        ),
        (
            "dunia",
            "intercomGetContact",
            json!({"contact_id": "1"}),
            "`contact_id` is unknown",
        ),
        ("dunia", "intercomGetContact", json!({}), "contactId"),
        (
            "dunia",
            "intercomSearchContacts",
            json!({"query": {"field": "email", "operator": ">", "value": "x"}}),
            "`intercomSearchContacts` need mending",
        ),
        (
            "gantz",
            "search_users",
            json!({"query": "shoe_size > 40"}),
            "shoe_size",
        ),
        (
            "gantz",
            "send_message",
            json!({"conversation_id": "1", "message": "x", "message_type": "fax"}),
            "message_type",
        ),
        (
            "truto",
            "list_all_intercom_contacts",
            json!({"limit": 1, "next_cursor": "nonsense"}),
            "cursor",
        ),
        (
            "official",
            "update_article",
            json!({"id": "1"}),
            "at least one of",
        ),
    ] {
        world = world.with(|endpoint| endpoint.dialect = Some(dialect.into()));
        let got = outcome(&world, tool, arguments, Confirmation::CannotAsk).await;
        assert!(got.contains(expected), "{tool}: {got}");
    }
}

#[tokio::test]
async fn the_audit_names_what_ran_and_what_was_asked_for() {
    let world = World::sandbox()
        .await
        .with(|endpoint| endpoint.dialect = Some("gantz".into()));
    let call = |kind: &str| json!({"conversation_id": "1", "message": "x", "message_type": kind});
    outcome(
        &world,
        "send_message",
        call("comment"),
        Confirmation::CannotAsk,
    )
    .await;
    outcome(
        &world,
        "send_message",
        call("note"),
        Confirmation::CannotAsk,
    )
    .await;
    world.call("list_tags", json!({})).await;
    let begun: Vec<Value> = world
        .audit_lines()
        .await
        .into_iter()
        .filter(|line| line["event"] == "begin")
        .map(|line| json!([line["tool"], line["asked"], line["risk"]]))
        .collect();
    assert_eq!(
        begun,
        [
            json!(["reply_to_conversation", "send_message", "write"]),
            json!(["add_internal_note", "send_message", "write"]),
            json!(["list_tags", null, "read"]),
        ]
    );
}

#[tokio::test]
async fn a_list_holds_the_dialects_tools_that_are_permitted_and_stays_small() {
    let mut world = World::over("http://127.0.0.1:9");
    for (dialect, reading, all, budget) in [
        ("official", 11, 14, 2_000),
        ("dunia", 9, 16, 2_200),
        ("gantz", 6, 11, 1_300),
        ("scalekit", 4, 8, 1_000),
    ] {
        world = world.with(|endpoint| endpoint.dialect = Some(dialect.into()));
        let listed = world.gateway.list(&world.who).unwrap();
        let spent: usize = listed
            .iter()
            .map(|tool| tokens(&crate::surface::entry(tool, tool.risk).to_string()))
            .sum();
        println!("{dialect}: {} tools, {spent} tokens", listed.len());
        assert_eq!(listed.len(), all, "{dialect}");
        assert!(spent <= budget, "{dialect}: {spent} tokens");
        world = world.with(|endpoint| {
            endpoint.dialect = Some(dialect.into());
            endpoint.ceiling = Risk::Read;
        });
        let listed = world.gateway.list(&world.who).unwrap();
        assert!(
            listed.iter().all(|tool| tool.risk == Risk::Read),
            "{dialect}"
        );
        assert_eq!(listed.len(), reading, "{dialect}");
    }
}

#[tokio::test]
async fn by_rule_the_toolsets_choose_what_is_listed() {
    let mut world = World::over("http://127.0.0.1:9");
    let catalog = catalog::Catalog::builtin().unwrap();
    // What answers with a secret is listed only where its owner names it.
    let open = catalog.operations().filter(|(_, one)| !one.secret).count();
    for (toolsets, expected) in [(vec!["tickets"], None), (vec!["all"], Some(open))] {
        world = world.with(|endpoint| {
            endpoint.dialect = Some("truto".into());
            endpoint.toolsets = toolsets.iter().map(|name| (*name).to_owned()).collect();
        });
        let listed = world.gateway.list(&world.who).unwrap();
        let spent: usize = listed
            .iter()
            .map(|tool| tokens(&crate::surface::entry(tool, tool.risk).to_string()))
            .sum();
        println!("truto {toolsets:?}: {} tools, {spent} tokens", listed.len());
        let has = |name: &str| listed.iter().any(|tool| tool.name == name);
        assert!(has("intercom_conversations_reply") && has("delete_a_intercom_ticket_by_id"));
        assert_eq!(has("list_all_intercom_brands"), expected.is_some());
        if let Some(expected) = expected {
            assert_eq!(listed.len(), expected);
        }
    }
}

/// A client that keeps to the list of our own names never meets something worse under one of them.
#[tokio::test]
async fn a_name_of_ours_is_never_worse_in_a_dialect() {
    let mut world = World::over("http://127.0.0.1:9");
    for dialect in catalog::Dialect::names() {
        world = world.with(|endpoint| {
            endpoint.dialect = Some(dialect.into());
            endpoint.toolsets = vec!["all".into()];
        });
        for tool in world.gateway.list(&world.who).unwrap() {
            if let Some(own) = world.gateway.registry().get(&tool.name) {
                assert!(tool.risk <= own.risk, "{dialect}: {}", tool.name);
            }
            assert_eq!(
                world.gateway.tool(&world.who, &tool.name).unwrap().about,
                tool.about
            );
            assert!(
                !tool.about.is_empty() && !tool.title.is_empty(),
                "{}",
                tool.name
            );
        }
    }
}

#[tokio::test]
async fn work_of_our_own_speaks_our_own_names() {
    let world = World::sandbox()
        .await
        .with(|endpoint| endpoint.dialect = Some("gantz".into()));
    let found = world
        .call(
            "search_conversations",
            json!({"state": "open", "per_page": 1}),
        )
        .await;
    let id = found["conversations"][0]["id"].as_str().unwrap();
    let ours = world.call("get_conversation", json!({"id": id})).await;
    assert!(
        ours.get("transcript").is_some() && ours.get("messages").is_none(),
        "{ours}"
    );
    let request = ToolRequest::new("send_message", object(json!({})));
    let error = world.gateway.call(&world.who, request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownTool);
}
