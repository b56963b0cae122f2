//! Tests of bulk actions.

use crate::testing::{RUI, TAG, call, fault, world};
use crate::world::{
    World,
    content::{Audience, ExternalPage, SourceFile},
};
use serde_json::{Value, json};

/// A world with one of each: an article in two languages, an internal article, a snippet, a page and a file.
fn with_content() -> (World, Vec<Value>) {
    let mut world = world();
    world.content.audiences.insert(5, Audience::default());
    let article = json!({"title": "A", "body": "<p>x</p>", "author_id": RUI, "translated_content": {"fr": {"title": "B", "state": "published"}}});
    call(&mut world, "create_article", "", article).unwrap();
    let internal = json!({"title": "I", "author_id": RUI, "owner_id": RUI});
    call(&mut world, "create_internal_article", "", internal).unwrap();
    let snippet = json!({"title": "S", "body_markdown": "x"});
    call(&mut world, "create_content_snippet", "", snippet).unwrap();
    world.content.pages.insert(
        3,
        ExternalPage {
            id: 3,
            ..ExternalPage::default()
        },
    );
    world.content.files.insert(
        4,
        SourceFile {
            id: 4,
            ..SourceFile::default()
        },
    );
    let found = call(&mut world, "search_content", "", Value::Null).unwrap();
    let mut items = Vec::new();
    for hit in found["data"].as_array().unwrap() {
        items.push(json!({"type": hit["type"], "id": hit["id"]}));
        for content in hit["contents"].as_array().into_iter().flatten() {
            items.push(json!({"type": "article_content", "id": content["id"]}));
        }
    }
    assert_eq!(items.len(), 7);
    (world, items)
}

/// Runs an action and lets its time come.
fn run(world: &mut World, mut body: Value, items: &[Value]) {
    body["content_ids"] = json!(items);
    let answer = call(world, "bulk_content_actions", "", body).unwrap();
    assert_eq!(
        answer,
        json!({"type": "content_bulk_action", "status": "queued"})
    );
    world.tick();
    assert_eq!(world.content.queue.len(), 1, "it does not happen at once");
    world.clock.advance(1);
    world.tick();
    assert!(world.content.queue.is_empty());
}

#[test]
fn contents_go_public_and_back() {
    let (mut world, items) = with_content();
    run(&mut world, json!({"action": "publish"}), &items);
    let article = world.articles.values().next().unwrap();
    assert_eq!(article.text.state, "published");
    assert_eq!(article.translations["fr"].state, "published");
    run(&mut world, json!({"action": "unpublish"}), &items);
    let article = world.articles.values().next().unwrap();
    assert_eq!(
        (
            article.text.state.as_str(),
            article.translations["fr"].state.as_str()
        ),
        ("draft", "draft")
    );
}

#[test]
fn publishing_takes_a_staged_draft_along() {
    let (mut world, items) = with_content();
    run(&mut world, json!({"action": "publish"}), &items);
    let id = world.articles.keys().next().unwrap().to_string();
    let staged = json!({"title": "Staged"});
    call(&mut world, "stage_article_draft", &id, staged).unwrap();
    run(&mut world, json!({"action": "publish"}), &items);
    let article = call(&mut world, "get_article", &id, Value::Null).unwrap();
    assert_eq!(
        (&article["title"], &article["has_unpublished_changes"]),
        (&json!("Staged"), &json!(false))
    );
}

#[test]
fn what_can_be_deleted_is_deleted() {
    let (mut world, items) = with_content();
    run(&mut world, json!({"action": "delete"}), &items);
    let content = &world.content;
    assert!(world.articles.is_empty() && world.internal_articles.is_empty());
    assert!(content.snippets.is_empty() && content.files.is_empty());
    assert_eq!(content.pages.len(), 1, "outside pages stay");
    let (mut world, items) = with_content();
    let french = items
        .iter()
        .rfind(|item| item["type"] == "article_content")
        .unwrap();
    run(
        &mut world,
        json!({"action": "delete"}),
        std::slice::from_ref(french),
    );
    let article = world.articles.values().next().unwrap();
    assert!(article.translations.is_empty(), "only the French is gone");
}

#[test]
fn uses_audiences_and_tags_are_set_on_all() {
    let (mut world, items) = with_content();
    let body =
        json!({"action": "set_availability", "availability": {"ai_agent": true, "copilot": false}});
    run(&mut world, body, &items);
    let body = json!({"action": "set_audience", "audience": {"add_segment_ids": [5]}});
    run(&mut world, body, &items);
    let body = json!({"action": "update_tags", "tags": {"add_tag_ids": [TAG]}});
    run(&mut world, body, &items);
    let target = format!("?fin_service_state=on&copilot_state=off&tag_ids={TAG}");
    let found = call(&mut world, "search_content", &target, Value::Null).unwrap();
    assert_eq!(found["total_count"], 5);
    assert_eq!(world.articles.values().next().unwrap().audience_ids, [5]);
    assert_eq!(world.content.pages[&3].audience_ids, [5]);
    let body = json!({"action": "set_audience", "audience": {"remove_all": true}});
    run(&mut world, body, &items);
    let body = json!({"action": "update_tags", "tags": {"remove_tag_ids": [TAG]}});
    run(&mut world, body, &items);
    assert!(world.content.files[&4].audience_ids.is_empty());
    assert!(world.content.files[&4].tags.is_empty());
}

#[test]
fn bad_actions_are_refused() {
    let (mut world, items) = with_content();
    let many: Vec<&Value> = std::iter::repeat_n(&items[0], 1001).collect();
    for body in [
        json!({"content_ids": items}),
        json!({"action": "burn", "content_ids": items}),
        json!({"action": "delete"}),
        json!({"action": "delete", "content_ids": []}),
        json!({"action": "delete", "content_ids": many}),
        json!({"action": "delete", "content_ids": [{"type": "post", "id": "1"}]}),
        json!({"action": "set_availability", "content_ids": items}),
        json!({"action": "set_availability", "content_ids": items, "availability": {}}),
        json!({"action": "set_audience", "content_ids": items, "audience": {"add_segment_ids": [9]}}),
        json!({"action": "update_tags", "content_ids": items, "tags": {}}),
        json!({"action": "update_tags", "content_ids": items, "tags": {"add_tag_ids": [9]}}),
    ] {
        let told = body["action"].clone();
        assert_eq!(
            fault(&mut world, "bulk_content_actions", "", body),
            (422, "parameter_invalid"),
            "{told}"
        );
    }
    assert!(world.content.queue.is_empty());
}
