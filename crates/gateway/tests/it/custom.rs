//! Tools of the user's own, against the sandbox.

use crate::world::World;
use catalog::{Catalog, Risk};
use serde_json::json;

const GUIDE: &str = include_str!("../../../../docs/tools-of-your-own.md");

/// The guide's whole file.
pub(crate) fn example() -> &'static str {
    let files = GUIDE.split("```yaml\n").skip(1);
    let mut files = files.filter_map(|rest| rest.split("```").next());
    files.find(|file| file.starts_with("toolset:")).unwrap()
}

pub(crate) fn with(file: &str) -> Catalog {
    let mut catalog = Catalog::builtin().unwrap();
    let added = catalog.add_tools("house.yaml", file);
    added.unwrap_or_else(|error| panic!("{error}"));
    catalog
}

#[tokio::test]
async fn the_guides_tool_passes_values_from_call_to_call_and_every_call_is_on_record() {
    let world = World::sandbox_of(&with(example())).await;
    let waiting = world
        .call("find_unassigned_conversations", json!({"limit": 1}))
        .await;
    let answer = world
        .call("take_next_conversation", json!({"tag": "Night shift"}))
        .await;
    assert_eq!(answer["conversation_id"], waiting["items"][0]["id"]);
    let conversation = world
        .conversation(answer["conversation_id"].as_str().unwrap())
        .await;
    let parts = conversation["conversation_parts"]["conversation_parts"].clone();
    let note = parts.as_array().unwrap().last().unwrap();
    assert_eq!(note["id"], answer["note_id"], "{note}");
    assert!(
        note["body"]
            .as_str()
            .unwrap()
            .contains("Night shift is on it"),
        "{note}"
    );
    assert!(conversation["tags"].to_string().contains("Night shift"));

    let lines = world.audit_lines().await;
    let began = lines
        .iter()
        .find(|line| line["tool"] == "take_next_conversation")
        .unwrap();
    assert_eq!(began["risk"], "write");
    let ended = lines
        .iter()
        .find(|line| line["event"] == "finish" && line["id"] == began["id"])
        .unwrap_or_else(|| panic!("{lines:?}"));
    let called: Vec<&str> = ended["upstream"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["operation"].as_str().unwrap())
        .collect();
    assert_eq!(called.first(), Some(&"search_conversations"), "{called:?}");
    assert_eq!(called.last(), Some(&"reply_conversation"), "{called:?}");
    assert!(called.contains(&"attach_tag_to_conversation"), "{called:?}");
}

#[tokio::test]
async fn it_is_refused_before_its_first_step_where_a_part_of_it_is_not_allowed() {
    type Change = fn(&mut gateway::Endpoint);
    let mut world = World::sandbox_of(&with(example())).await;
    let cases: [(Change, &str); 4] = [
        (|e| e.ceiling = Risk::Read, "this endpoint is read-only"),
        (
            |e| e.deny = vec!["reply_conversation".into()],
            "it needs `reply_conversation`",
        ),
        (
            |e| e.deny = vec!["tag_conversation".into()],
            "it needs `tag_conversation`",
        ),
        (
            |e| e.deny = vec!["take_next_conversation".into()],
            "took the tool away",
        ),
    ];
    for (change, expected) in cases {
        world = world.with(change);
        let said = world
            .refusal("take_next_conversation", json!({"tag": "x"}))
            .await;
        assert!(said.contains(expected), "{said}");
    }
    let lines = world.audit_lines().await;
    assert!(
        lines
            .iter()
            .all(|line| line["upstream"].as_array().is_none_or(Vec::is_empty)),
        "{lines:?}"
    );
    // Its owner may allow it without its parts.
    world = world.with(|e| e.allow = vec!["take_next_conversation".into()]);
    world
        .call("take_next_conversation", json!({"tag": "vip"}))
        .await;
}

#[tokio::test]
async fn a_step_that_fails_says_what_was_done_before_it() {
    let file = "
tools:
  tag_and_read:
    about: Tags a conversation, then reads another.
    params: {conversation_id: {type: id, required: true}, other: {required: true}}
    steps:
    - {id: mark, call: tag_conversation, with: {conversation_id: '{{ conversation_id }}', tag: VIP}}
    - {call: get_ticket, with: {ticket_id: '{{ other }}'}}
  first_of_nothing:
    about: Reads what a search did not find.
    steps:
    - {id: find, call: search_contacts, with: {email: nobody@nowhere.example}}
    - {call: get_contact, with: {id: '{{ steps.find.data.0.id }}'}}
  drop_tag:
    about: Deletes a tag.
    params: {id: {type: id, required: true}}
    handler: {call: delete_tag, with: {tag_id: '{{ id }}'}}
";
    let world = World::sandbox_of(&with(file)).await;
    let waiting = world
        .call("find_unassigned_conversations", json!({"limit": 1}))
        .await;
    let id = &waiting["items"][0]["id"];
    let said = world
        .refusal("tag_and_read", json!({"conversation_id": id, "other": "0"}))
        .await;
    assert!(said.starts_with("Step 2 (`get_ticket`) failed: "), "{said}");
    assert!(
        said.contains("Done before it, and not undone: Step mark (`tag_conversation`)"),
        "{said}"
    );
    let said = world.refusal("first_of_nothing", json!({})).await;
    assert!(said.contains("Step 2 (`get_contact`) failed: `data` in the answer of step `find` has no `0`: it is an empty list."), "{said}");
    assert!(!said.contains("Done before"), "{said}");
    let said = world.refusal("drop_tag", json!({"id": 7})).await;
    assert!(said.contains("cannot ask its user first"), "{said}");
    let said = world
        .refusal("tag_and_read", json!({"conversation_id": id}))
        .await;
    assert!(said.contains("`other` is missing"), "{said}");
}
