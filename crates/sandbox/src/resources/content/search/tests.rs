//! Tests of the search over all content.

use crate::testing::{EVA, NOW, RUI, TAG, call, fault, world};
use crate::world::{
    World,
    content::{ExternalPage, SourceFile, Uses},
};
use serde_json::{Value, json};

fn with_content() -> World {
    let mut world = world();
    let article = json!({"title": "When refunds come", "body": "<p>Five days.</p>", "author_id": RUI, "state": "published",
        "translated_content": {"fr": {"title": "Remboursements", "body": "<p>Cinq jours.</p>"}}});
    call(&mut world, "create_article", "", article).unwrap();
    world.clock.advance(10);
    let internal = json!({"title": "Who decides about refunds", "body": "<p>Billing.</p>", "author_id": EVA, "owner_id": EVA});
    call(&mut world, "create_internal_article", "", internal).unwrap();
    world.clock.advance(10);
    let snippet = json!({"title": "Opening hours", "body_markdown": "From nine to five.", "ai_chatbot_availability": true});
    let snippet = call(&mut world, "create_content_snippet", "", snippet).unwrap();
    let tag = json!({"id": TAG.to_string()});
    let id = snippet["id"].as_str().unwrap();
    call(&mut world, "attach_tag_to_content_snippet", id, tag).unwrap();
    let page = ExternalPage {
        id: 3,
        title: "Torque".into(),
        html: "<p>Refund of nothing</p>".into(),
        updated_at: NOW + 30,
        ..ExternalPage::default()
    };
    world.content.pages.insert(3, page);
    let file = SourceFile {
        id: 4,
        title: "guide.pdf".into(),
        uses: Uses {
            copilot: true,
            ..Uses::default()
        },
        updated_at: NOW + 40,
        ..SourceFile::default()
    };
    world.content.files.insert(4, file);
    world
}

fn kinds(world: &mut World, query: &str) -> Vec<String> {
    let found = call(world, "search_content", query, Value::Null).unwrap();
    let data = found["data"].as_array().unwrap();
    data.iter()
        .map(|hit| hit["type"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn all_kinds_are_found_by_their_words() {
    let mut world = with_content();
    for (query, expected) in [
        (
            "",
            &[
                "file_source_content",
                "external_content",
                "content_snippet",
                "internal_article",
                "article",
            ][..],
        ),
        (
            "?query=refunds",
            &["internal_article", "article", "external_content"],
        ),
        ("?query=cinq", &["article"]),
        ("?query=of+the", &[]),
        (
            "?content_types=article,snippet",
            &["content_snippet", "article"],
        ),
        (
            "?content_types=article&content_types=snippet",
            &["content_snippet", "article"],
        ),
        ("?locales=fr", &["article"]),
        ("?states=draft", &["article"]),
        ("?tag_ids=9001", &["content_snippet"]),
        ("?tag_ids=9001&tag_operator=NIN&content_types=snippet", &[]),
        ("?any_tag_ids=9001,5", &["content_snippet"]),
        ("?folder_ids=7&folder_entity_type=folder", &[]),
        (
            "?copilot_state=off",
            &["external_content", "content_snippet"],
        ),
        (
            "?fin_service_state=on&created_by_ids=7001",
            &["content_snippet", "article"],
        ),
        ("?last_updated_by_ids=7002", &["internal_article"]),
    ] {
        assert_eq!(kinds(&mut world, query), expected, "{query}");
    }
    let after = format!(
        "?updated_at_after={}&updated_at_before={}",
        NOW + 10,
        NOW + 20
    );
    assert_eq!(
        kinds(&mut world, &after),
        ["content_snippet", "internal_article"]
    );
}

#[test]
fn an_article_tells_its_languages_and_pages_lead_both_ways() {
    let mut world = with_content();
    let found = call(&mut world, "search_content", "?query=jours", Value::Null).unwrap();
    let contents = found["data"][0]["contents"].as_array().unwrap();
    assert_eq!(contents.len(), 2);
    assert_eq!(
        (&contents[1]["locale"], &contents[1]["title"]),
        (&json!("fr"), &json!("Remboursements"))
    );
    let second = call(
        &mut world,
        "search_content",
        "?page=2&per_page=2&locales=en",
        Value::Null,
    )
    .unwrap();
    assert_eq!(
        second["pages"],
        json!({"type": "pages", "page": 2, "per_page": 2, "total_pages": 3,
        "next": "http://127.0.0.1:8788/content/search?locales=en&page=3&per_page=2",
        "prev": "http://127.0.0.1:8788/content/search?locales=en&page=1&per_page=2"})
    );
}

#[test]
fn bad_searches_are_refused() {
    let mut world = with_content();
    for query in [
        "?content_types=post",
        "?states=live",
        "?tag_operator=ALL",
        "?tag_ids=x",
        "?folder_ids=1",
        "?copilot_state=yes",
        "?created_at_after=monday",
    ] {
        assert_eq!(
            fault(&mut world, "search_content", query, Value::Null),
            (422, "parameter_invalid"),
            "{query}"
        );
    }
}
