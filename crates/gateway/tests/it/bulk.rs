//! Changes to everything that a search finds: told first, done by token, resumed, taken back.

use crate::world::{World, object, read};
use axum::{Json, Router, routing::get, routing::post};
use catalog::{Catalog, Risk};
use gateway::{CallError, Confirmation, ToolRequest, UserId};
use serde_json::{Value, json};

/// What of a conversation a change is about.
type Seen<'a> = &'a dyn Fn(&Value) -> Value;

pub(crate) const CLOSE: &str = "close_matching_conversations";
const TAG: &str = "tag_matching_conversations";
const ASSIGN: &str = "assign_matching_conversations";
const UPDATE: &str = "update_matching_contacts";

/// A call that its user agreed to.
async fn agreed(world: &World, tool: &str, arguments: Value) -> Result<Value, CallError> {
    let request = ToolRequest {
        confirmation: Confirmation::Given,
        ..ToolRequest::new(tool, object(arguments))
    };
    world
        .gateway
        .call(&world.who, request)
        .await
        .map(|answer| read(&answer))
}

pub(crate) async fn run(world: &World, tool: &str, token: &Value) -> Value {
    agreed(world, tool, json!({"token": token})).await.unwrap()
}

/// The raw conversations that a search finds.
pub(crate) async fn found(world: &World, query: Value) -> Vec<Value> {
    let mut all = Vec::new();
    let mut asked = json!({"query": query, "per_page": 150});
    loop {
        let page = world.call("search_conversations", asked.clone()).await;
        for row in page["conversations"].as_array().unwrap() {
            all.push(world.conversation(row["id"].as_str().unwrap()).await);
        }
        match page.pointer("/pages/next/starting_after") {
            Some(next) => asked["starting_after"] = next.clone(),
            None => return all,
        }
    }
}

pub(crate) fn is(field: &str, value: impl Into<Value>) -> Value {
    json!({"field": field, "operator": "=", "value": value.into()})
}

#[tokio::test]
async fn a_dry_run_tells_and_changes_nothing() {
    let world = World::sandbox().await;
    let tag = &world.call("list_tags", json!({})).await["items"][0]["name"];
    let before = found(&world, is("state", "open")).await;
    for (tool, arguments) in [
        (TAG, json!({"state": "open", "add_tag": tag})),
        (CLOSE, json!({"state": "open"})),
        (ASSIGN, json!({"state": "open", "admin": "none"})),
        (
            UPDATE,
            json!({"role": "user", "set": {"custom_attributes": {"plan": "gold"}}}),
        ),
    ] {
        world.forget().await;
        let told = world.call(tool, arguments).await;
        assert_eq!(told["dry_run"], true, "{told}");
        assert_eq!(told["token"].as_str().map(str::len), Some(32), "{told}");
        let items = told["items"].as_u64().unwrap();
        assert!(items > 5, "{told}");
        let already = told["already_so"].as_u64().unwrap_or_default();
        assert_eq!(told["matching"], items + already, "{told}");
        assert_eq!(told["samples"].as_array().unwrap().len(), 5, "{told}");
        let changes = told["changes"].as_array().unwrap();
        assert!(
            changes.iter().all(|change| change["now"].is_string()),
            "{told}"
        );
        for operation in world.asked().await {
            let reads = ["search_", "list_", "get_"];
            assert!(
                reads.iter().any(|read| operation.starts_with(read)),
                "{operation}"
            );
        }
        let lines = world.audit_lines().await;
        let begun = lines.iter().rfind(|line| line["event"] == "begin").unwrap();
        assert_eq!(
            (&begun["tool"], &begun["risk"]),
            (&json!(tool), &json!("read"))
        );
    }
    assert_eq!(found(&world, is("state", "open")).await, before);
}

#[tokio::test]
async fn what_was_told_is_done_and_taken_back() {
    let world = World::sandbox().await;
    let tag = world.call("list_tags", json!({})).await["items"][0].clone();
    let admin = world.call("list_admins", json!({})).await["items"][1].clone();
    let rows = world
        .call(
            "search_conversations",
            json!({"state": "open", "per_page": 6}),
        )
        .await;
    let mut open = Vec::new();
    for row in rows["conversations"].as_array().unwrap() {
        open.push(world.conversation(row["id"].as_str().unwrap()).await);
    }
    let ids: Vec<&Value> = open.iter().map(|one| &one["id"]).collect();
    let tagged = |one: &Value| {
        one["tags"]["tags"]
            .as_array()
            .unwrap()
            .iter()
            .any(|own| own["id"] == tag["id"])
    };
    let state = |one: &Value| one["state"].clone();
    let assigned = |one: &Value| one["admin_assignee_id"].clone();
    let cases: [(&str, Value, Seen<'_>, Value); 3] = [
        (
            TAG,
            json!({"ids": ids, "add_tag": tag["name"]}),
            &|one| tagged(one).into(),
            true.into(),
        ),
        (
            ASSIGN,
            json!({"ids": ids, "admin": admin["name"]}),
            &assigned,
            admin["id"].as_str().unwrap().parse::<u64>().unwrap().into(),
        ),
        (CLOSE, json!({"ids": ids}), &state, "closed".into()),
    ];
    for (tool, arguments, seen, expected) in cases {
        let told = world.call(tool, arguments).await;
        let done = run(&world, tool, &told["token"]).await;
        assert_eq!(
            (&done["done"], &done["left"]),
            (&told["items"], &json!(0)),
            "{done}"
        );
        assert_eq!(done["undo"]["items"], told["items"], "{done}");
        for one in &open {
            let now = world.conversation(one["id"].as_str().unwrap()).await;
            assert_eq!(seen(&now), expected, "{tool}");
        }
        let back = run(&world, tool, &done["undo"]["token"]).await;
        assert_eq!(
            (&back["done"], back.get("undo")),
            (&told["items"], None),
            "{back}"
        );
        for one in &open {
            let now = world.conversation(one["id"].as_str().unwrap()).await;
            assert_eq!(seen(&now), seen(one), "{tool}");
        }
    }
}

#[tokio::test]
async fn fields_of_contacts_are_set_and_put_back() {
    let world = World::sandbox().await;
    let people = world
        .call("search_contacts", json!({"role": "user", "per_page": 150}))
        .await;
    let ids: Vec<&str> = people["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    let plans = async || {
        let mut plans = Vec::new();
        for id in &ids {
            let contact = world
                .raw("GET", &format!("/__sandbox/state/contacts/{id}"), "")
                .await;
            plans.push((
                contact["custom_attributes"]["plan"].clone(),
                contact["owner_id"].clone(),
            ));
        }
        plans
    };
    let before = plans().await;
    let owner = world.call("list_admins", json!({})).await["items"][0]["id"].clone();
    let set = json!({"owner_id": owner, "custom_attributes": {"plan": "gold"}});
    let told = world
        .call(UPDATE, json!({"role": "user", "set": set}))
        .await;
    let done = run(&world, UPDATE, &told["token"]).await;
    assert_eq!(done["done"], told["items"], "{done}");
    let after = plans().await;
    assert!(after.iter().all(|(plan, _)| plan == "gold"), "{after:?}");
    run(&world, UPDATE, &done["undo"]["token"]).await;
    assert_eq!(plans().await, before);
    for (arguments, problem) in [
        (json!({"role": "user"}), "`set` is missing"),
        (json!({"role": "user", "set": {}}), "`set`"),
        (
            json!({"role": "user", "set": {"email": "x@example.com"}}),
            "`set`",
        ),
    ] {
        let said = world.refusal(UPDATE, arguments).await;
        assert!(said.contains(problem), "{said}");
    }
}

#[tokio::test]
async fn a_token_is_good_for_one_caller_one_tool_and_one_set_of_arguments() {
    let mut world = World::sandbox().await;
    let arguments = json!({"state": "open"});
    let token = world.call(CLOSE, arguments.clone()).await["token"].clone();
    let with = |more: Value| {
        let mut all = json!({"token": token});
        all.as_object_mut().unwrap().extend(object(more));
        all
    };
    world.forget().await;
    for (tool, arguments, problem) in [
        (CLOSE, json!({"token": "0123"}), "unknown or too old"),
        (TAG, with(json!({})), "is of `close_matching_conversations`"),
        (
            CLOSE,
            with(json!({"state": "snoozed"})),
            "not those of the dry run",
        ),
        (
            CLOSE,
            with(json!({"state": "open", "text": "bell"})),
            "not those of the dry run",
        ),
        (CLOSE, with(json!({"stat": "open"})), "`stat` is unknown"),
    ] {
        let said = agreed(&world, tool, arguments)
            .await
            .unwrap_err()
            .to_string();
        assert!(said.contains(problem), "{said}");
    }
    world.who.user = Some(UserId::new("somebody else"));
    let said = agreed(&world, CLOSE, with(json!({})))
        .await
        .unwrap_err()
        .to_string();
    assert!(said.contains("unknown or too old"), "{said}");
    world.who.user = None;
    assert_eq!(
        world.asked().await,
        Vec::<String>::new(),
        "no misuse reached Intercom"
    );
    let done = agreed(&world, CLOSE, with(arguments)).await.unwrap();
    assert!(done["done"].as_u64().unwrap() > 0, "{done}");
    world.forget().await;
    let again = run(&world, CLOSE, &token).await;
    assert_eq!(again["done"], done["done"], "the answer is told again");
    assert_eq!(
        world.asked().await,
        Vec::<String>::new(),
        "and nothing is done again"
    );
}

#[tokio::test]
async fn only_the_execution_asks_and_only_where_it_may() {
    let world = World::sandbox().await;
    let ask = async |arguments: Value| {
        let request = ToolRequest {
            confirmation: Confirmation::NotAsked,
            ..ToolRequest::new(CLOSE, object(arguments))
        };
        world.gateway.call(&world.who, request).await
    };
    let told = read(&ask(json!({"state": "open"})).await.unwrap());
    match ask(json!({"token": told["token"]})).await {
        Err(CallError::ConfirmationNeeded { title, .. }) => {
            assert_eq!(title, format!("Close: {} conversations", told["items"]));
        }
        other => panic!("{other:?}"),
    }
    match ask(json!({"token": "gone"})).await {
        Err(CallError::Refused(said)) => assert!(said.contains("unknown or too old")),
        other => panic!("{other:?}"),
    }
    let said = world.refusal(CLOSE, json!({"token": told["token"]})).await;
    assert!(said.contains("cannot ask its user"), "{said}");
    for (ceiling, tool) in [(Risk::Write, CLOSE), (Risk::Read, TAG)] {
        let world = World::sandbox()
            .await
            .with(|endpoint| endpoint.ceiling = ceiling);
        let said = world.refusal(tool, json!({"state": "open"})).await;
        assert!(said.contains("was not run"), "{said}");
    }
}

#[tokio::test]
async fn a_plan_has_a_limit_and_says_so() {
    let page = async |Json(asked): Json<Value>| {
        let from: u64 = asked["pagination"]["starting_after"]
            .as_str()
            .unwrap_or("0")
            .parse()
            .unwrap();
        let size = asked["pagination"]["per_page"].as_u64().unwrap();
        let rows: Vec<Value> = (from..from + size)
            .map(|id| json!({"type": "conversation", "id": id.to_string(), "state": "open", "source": {"body": "Hello"}}))
            .collect();
        Json(
            json!({"type": "conversation.list", "conversations": rows, "total_count": 2_400,
            "pages": {"type": "pages", "next": {"starting_after": (from + size).to_string()}}}),
        )
    };
    let me = async || Json(json!({"type": "admin", "id": "7"}));
    let world = World::scripted(
        Router::new()
            .route("/conversations/search", post(page))
            .route("/me", get(me)),
    )
    .await;
    let told = world.call(CLOSE, json!({"state": "open"})).await;
    assert_eq!(
        (&told["matching"], &told["items"]),
        (&json!(2_400), &json!(1_000)),
        "{told}"
    );
    assert!(
        told["_note"]
            .as_str()
            .unwrap()
            .contains("More match than the 1000"),
        "{told}"
    );
    let said = world.refusal(CLOSE, json!({})).await;
    assert!(
        said.contains("give at least one of: token, query"),
        "{said}"
    );
    let none = json!({"field": "state", "operator": "=", "value": "open"});
    assert!(world.call(CLOSE, json!({"query": none})).await["token"].is_string());
}

#[test]
fn bulk_tools_take_the_filters_of_the_searches() {
    let catalog = Catalog::builtin().unwrap();
    for (tool, search, own) in [
        (TAG, "search_conversations", &["token", "add_tag"][..]),
        (CLOSE, "search_conversations", &["token"]),
        (ASSIGN, "search_conversations", &["token", "team", "admin"]),
        (UPDATE, "search_contacts", &["token", "set"]),
    ] {
        let filters = |name: &str| -> Vec<(String, Value)> {
            let params = &catalog.native(name).unwrap().params;
            let strange = ["per_page", "starting_after", "sort"];
            let shown = params.iter().filter(|(name, param)| {
                param.is_shown()
                    && !own.contains(&name.as_str())
                    && !strange.contains(&name.as_str())
            });
            let told = shown.map(|(name, param)| {
                let mut schema = catalog::param_schema(param);
                schema.as_object_mut().unwrap().shift_remove("description");
                (name.clone(), schema)
            });
            told.collect()
        };
        assert_eq!(filters(tool), filters(search), "{tool}");
    }
}
