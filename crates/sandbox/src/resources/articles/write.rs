//! New articles and changes to articles.

use super::{draft, history, is_public, markup, render};
use crate::{
    call::{Answer, Call, Fault, Reply, integer_of},
    resources::audiences,
    world::{
        Time, World,
        knowledge::{Article, ArticleText},
    },
};
use catalog::ApiVersion;
use serde_json::{Map, Value};

pub(super) fn create(world: &mut World, call: &Call) -> Reply {
    let now = world.now();
    let locale = "en";
    let own = default_translation(call, locale);
    let title = call
        .text("title")
        .or_else(|| own.and_then(|own| own.get("title")?.as_str()));
    let title = title
        .filter(|title| !title.trim().is_empty())
        .ok_or_else(|| Fault::absent("title"))?
        .to_owned();
    if call.field("author_id").is_none() && own.is_none_or(|own| own.get("author_id").is_none()) {
        let message =
            "author_id must be in the main body or default locale translated_content object";
        return Err(Fault::new(400, "parameter_not_found", message));
    }
    let text = ArticleText {
        title,
        state: "draft".into(),
        created_at: now,
        updated_at: now,
        author_id: call.caller,
        ..ArticleText::default()
    };
    let mut article = Article {
        text,
        default_locale: locale.into(),
        created_at: now,
        created_by: call.caller,
        ai_chatbot_availability: true,
        ai_copilot_availability: true,
        ..Article::default()
    };
    fill(world, &mut article, call)?;
    history::record_changes(None, &mut article, call.caller);
    article.id = world.ids.small();
    let id = article.id;
    world.articles.insert(id, article);
    world.emit("article.created", |world| {
        render::whole(world, &world.articles[&id])
    });
    if is_public(world, &world.articles[&id]) {
        world.emit("article.published", |world| {
            render::whole(world, &world.articles[&id])
        });
    }
    Answer::ok(render::whole(world, &world.articles[&id]))
}

pub(super) fn update(world: &mut World, call: &Call) -> Reply {
    let before = super::find(world, call)?.clone();
    let mut article = before.clone();
    let id = article.id;
    let was_public = is_public(world, &article);
    let rest = draft::divert(world, &mut article, call)?;
    fill(world, &mut article, &rest)?;
    history::record_changes(Some(&before), &mut article, call.caller);
    world.articles.insert(id, article);
    let topic = match (was_public, is_public(world, &world.articles[&id])) {
        (false, true) => "article.published",
        (true, false) => "article.unpublished",
        _ => "article.updated",
    };
    world.emit(topic, |world| render::whole(world, &world.articles[&id]));
    Answer::ok(render::whole(world, &world.articles[&id]))
}

/// The HTML of `body` or of `body_markdown`; giving both is refused.
pub(crate) fn body(fields: &Map<String, Value>) -> Result<Option<String>, Fault> {
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    match (text("body"), text("body_markdown")) {
        (Some(_), Some(_)) => Err(Fault::new(
            422,
            "parameter_invalid",
            "Only one of body and body_markdown may be provided",
        )),
        (Some(html), None) => Ok(Some(html.to_owned())),
        (None, Some(markdown)) => Ok(Some(markup::to_html(markdown))),
        (None, None) => Ok(None),
    }
}

/// Sets who of the language models may read it: chatbot, copilot, sales agent.
pub(crate) fn language_model_flags(fields: &Map<String, Value>, flags: [&mut bool; 3]) {
    let names = [
        "ai_chatbot_availability",
        "ai_copilot_availability",
        "ai_sales_agent_availability",
    ];
    for (flag, name) in flags.into_iter().zip(names) {
        *flag = fields.get(name).and_then(Value::as_bool).unwrap_or(*flag);
    }
}

/// `published` or `draft`.
fn state_word(value: &Value) -> Result<String, Fault> {
    match value.as_str() {
        Some(word @ ("published" | "draft")) => Ok(word.to_owned()),
        _ => Err(Fault::invalid("state must be published or draft")),
    }
}

/// Sets what the call names, after checking all of it.
fn fill(world: &World, article: &mut Article, call: &Call) -> Result<(), Fault> {
    let empty = Map::new();
    let fields = call.body.as_object().unwrap_or(&empty);
    let now = world.now();
    fill_text(world, &mut article.text, fields)?;
    for (locale, content) in call
        .object_field("translated_content")
        .into_iter()
        .flatten()
    {
        let Some(content) = content.as_object() else {
            continue;
        };
        if *locale == article.default_locale {
            fill_text(world, &mut article.text, content)?;
            continue;
        }
        let fresh = ArticleText {
            state: "draft".into(),
            created_at: now,
            author_id: article.text.author_id,
            ..ArticleText::default()
        };
        fill_text(
            world,
            article.translations.entry(locale.clone()).or_insert(fresh),
            content,
        )?;
    }
    if let Some(parent) = call.field("parent_id") {
        let parent = integer_of(parent)
            .and_then(|id| u64::try_from(id).ok())
            .filter(|id| world.collections.contains_key(id));
        article.parent_ids =
            vec![parent.ok_or_else(|| Fault::missing("not_found", "Collection not found"))?];
    }
    if let Some(ids) = call.body.get("audience_ids") {
        article.audience_ids = audiences::ids_of(world, ids)?;
    }
    if call.version == ApiVersion::Preview {
        fill_places(world, article, call)?;
    }
    language_model_flags(
        fields,
        [
            &mut article.ai_chatbot_availability,
            &mut article.ai_copilot_availability,
            &mut article.ai_sales_agent_availability,
        ],
    );
    schedule(world, article, call)?;
    article.updated_at = now;
    article.updated_by = call.caller;
    Ok(())
}

/// Places an article as Preview does: on several shelves, in a folder.
fn fill_places(world: &World, article: &mut Article, call: &Call) -> Result<(), Fault> {
    if let Some(ids) = call.list("parent_ids") {
        let known = |id| {
            integer_of(id)
                .and_then(|id| u64::try_from(id).ok())
                .filter(|id| world.collections.contains_key(id))
        };
        article.parent_ids = ids
            .iter()
            .map(known)
            .collect::<Option<_>>()
            .ok_or_else(|| Fault::missing("not_found", "Collection not found"))?;
    }
    article.folder_id = folder(world, call, article.folder_id)?;
    Ok(())
}

/// The folder that a call puts something into; where it does not say, the one that holds it.
pub(crate) fn folder(world: &World, call: &Call, now: Option<u64>) -> Result<Option<u64>, Fault> {
    let Some(value) = call.body.get("folder_id") else {
        return Ok(now);
    };
    if value.is_null() {
        return Ok(None);
    }
    integer_of(value)
        .and_then(|id| u64::try_from(id).ok())
        .filter(|id| world.content.folders.contains_key(id))
        .map(Some)
        .ok_or_else(|| Fault::missing("not_found", "Folder not found"))
}

pub(super) fn fill_text(
    world: &World,
    text: &mut ArticleText,
    fields: &Map<String, Value>,
) -> Result<(), Fault> {
    for (field, key) in [
        (&mut text.title, "title"),
        (&mut text.description, "description"),
    ] {
        if let Some(words) = fields.get(key).and_then(Value::as_str) {
            words.clone_into(field);
        }
    }
    if let Some(html) = body(fields)? {
        text.body = html;
    }
    if let Some(author) = fields.get("author_id").filter(|author| !author.is_null()) {
        let id = integer_of(author)
            .and_then(|id| u64::try_from(id).ok())
            .filter(|id| world.admins.contains_key(id));
        text.author_id = id.ok_or_else(|| {
            Fault::invalid("author_id must be the id of a teammate").of("author_id")
        })?;
    }
    if let Some(state) = fields.get("state").filter(|state| !state.is_null()) {
        text.state = state_word(state)?;
    }
    text.updated_at = world.now();
    Ok(())
}

fn schedule(world: &World, article: &mut Article, call: &Call) -> Result<(), Fault> {
    let wrong = |message: String| Fault::new(422, "parameter_invalid", message);
    let set = |key: &str| -> Result<Option<Option<Time>>, Fault> {
        let Some(value) = call.body.get(key) else {
            return Ok(None);
        };
        if value.is_null() {
            return Ok(Some(None));
        }
        let at = value
            .as_str()
            .and_then(|text| text.parse::<jiff::Timestamp>().ok())
            .map(jiff::Timestamp::as_second);
        let at = at
            .filter(|at| *at > world.now())
            .ok_or_else(|| wrong(format!("{key} must be a future time in ISO 8601")))?;
        Ok(Some(Some(at)))
    };
    let (publish, unpublish) = (set("scheduled_publish_at")?, set("scheduled_unpublish_at")?);
    if publish.flatten().is_some() && unpublish.flatten().is_some() {
        return Err(wrong(
            "scheduled_publish_at and scheduled_unpublish_at cannot be set together".into(),
        ));
    }
    article.scheduled_publish_at = publish.unwrap_or(article.scheduled_publish_at);
    article.scheduled_unpublish_at = unpublish.unwrap_or(article.scheduled_unpublish_at);
    Ok(())
}

fn default_translation<'c>(call: &'c Call, locale: &str) -> Option<&'c Map<String, Value>> {
    call.object_field("translated_content")?
        .get(locale)?
        .as_object()
}

#[cfg(test)]
mod tests {
    use crate::testing::{EVA, NOW, RUI, call, fault, world};
    use serde_json::{Value, json};

    #[test]
    fn a_draft_becomes_public_and_back() {
        let mut world = world();
        world.listening = true;
        let shelf = call(
            &mut world,
            "create_collection",
            "",
            json!({"name": "Orders"}),
        )
        .unwrap();
        let body = json!({"title": "Refund times", "body_markdown": "Wait **5** days.", "author_id": EVA, "parent_id": shelf["id"], "parent_type": "collection"});
        let draft = call(&mut world, "create_article", "", body).unwrap();
        assert_eq!(
            (&draft["state"], &draft["url"], &draft["author_id"]),
            (&json!("draft"), &Value::Null, &json!(EVA))
        );
        assert_eq!(
            (&draft["body"], &draft["body_markdown"]),
            (
                &json!("<p>Wait <strong>5</strong> days.</p>"),
                &json!("Wait **5** days.")
            )
        );
        assert_eq!(
            draft["parent_ids"][0].to_string(),
            shelf["id"].as_str().unwrap()
        );
        assert_eq!(draft["statistics"]["views"], 0);
        let id = draft["id"].as_str().unwrap();
        let public = call(
            &mut world,
            "update_article",
            id,
            json!({"state": "published"}),
        )
        .unwrap();
        assert!(
            public["url"].as_str().unwrap().ends_with("-refund-times"),
            "{}",
            public["url"]
        );
        assert_eq!(public["translated_content"]["en"]["state"], "published");
        call(
            &mut world,
            "update_article",
            id,
            json!({"state": "draft", "title": "Old"}),
        )
        .unwrap();
        let topics: Vec<_> = world.outbox.iter().map(|event| event.topic).collect();
        assert_eq!(
            topics,
            [
                "article.created",
                "article.published",
                "article.unpublished"
            ]
        );
    }

    #[test]
    fn translations_and_schedules_are_kept() {
        let mut world = world();
        let at = jiff::Timestamp::from_second(NOW + 60).unwrap().to_string();
        let body = json!({"translated_content": {"en": {"title": "Sizes", "author_id": RUI, "body": "<p>S</p>"}, "fr": {"title": "Tailles", "state": "published"}},
            "state": "published", "scheduled_publish_at": at});
        let article = call(&mut world, "create_article", "", body).unwrap();
        assert_eq!(
            (
                &article["title"],
                &article["state"],
                &article["scheduled_publish_at"]
            ),
            (&json!("Sizes"), &json!("draft"), &json!(NOW + 60))
        );
        assert!(
            article["translated_content"]["fr"]["url"]
                .as_str()
                .unwrap()
                .contains("/fr/articles/")
        );
        world.clock.advance(60);
        let later = call(
            &mut world,
            "get_article",
            article["id"].as_str().unwrap(),
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            (&later["state"], &later["scheduled_publish_at"]),
            (&json!("published"), &Value::Null)
        );
    }

    #[test]
    fn bad_articles_are_refused() {
        let mut world = world();
        let good = |extra: Value| {
            let mut body = json!({"title": "T", "author_id": RUI});
            body.as_object_mut()
                .unwrap()
                .extend(extra.as_object().unwrap().clone());
            body
        };
        let soon = "2100-01-01T00:00:00Z";
        for (body, expected) in [
            (json!({"author_id": RUI}), (400, "parameter_not_found")),
            (json!({"title": "T"}), (400, "parameter_not_found")),
            (good(json!({"author_id": 5})), (400, "parameter_invalid")),
            (good(json!({"state": "live"})), (400, "parameter_invalid")),
            (
                good(json!({"body": "a", "body_markdown": "a"})),
                (422, "parameter_invalid"),
            ),
            (good(json!({"parent_id": 5})), (404, "not_found")),
            (
                good(json!({"scheduled_publish_at": "2001-01-01T00:00:00Z"})),
                (422, "parameter_invalid"),
            ),
            (
                good(json!({"scheduled_publish_at": soon, "scheduled_unpublish_at": soon})),
                (422, "parameter_invalid"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "create_article", "", body.clone()),
                expected,
                "{body}"
            );
        }
        assert!(world.articles.is_empty());
    }
}
