//! Changes to a published article that the public does not see yet.

use super::{history, is_public, render, write};
use crate::{
    call::{Answer, Call, Fault, Reply},
    world::{
        World,
        knowledge::{Article, ArticleText},
    },
};
use serde_json::{Map, Value};

/// The fields that are words.
const WORDS: [&str; 5] = ["title", "description", "body", "body_markdown", "author_id"];

pub(super) fn get(world: &mut World, call: &Call) -> Reply {
    let article = super::find(world, call)?;
    if article.draft.is_empty() {
        return Err(Fault::missing("not_found", "Resource Not Found"));
    }
    Answer::ok(drafted(world, article))
}

pub(super) fn stage(world: &mut World, call: &Call) -> Reply {
    let mut article = super::find(world, call)?.clone();
    let id = article.id;
    if !is_public(world, &article) {
        return Err(wrong(
            "Article must be published before a draft can be staged",
        ));
    }
    if !stage_words(world, &mut article, call)? {
        return Err(Fault::invalid(
            "Nothing to stage: send title, description, body or translated_content",
        ));
    }
    world.articles.insert(id, article);
    world.emit("article.updated", |world| {
        render::whole(world, &world.articles[&id])
    });
    Answer::ok(drafted(world, &world.articles[&id]))
}

pub(super) fn publish(world: &mut World, call: &Call) -> Reply {
    let mut article = super::find(world, call)?.clone();
    let id = article.id;
    if article.draft.is_empty() {
        return Err(wrong("Article has no draft to publish"));
    }
    let asked: Vec<String> = match call.list("locales").filter(|list| !list.is_empty()) {
        Some(list) => list
            .iter()
            .map(|locale| locale.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| wrong("locales must be a list of locales such as en"))?,
        None if super::locales(world).len() > 1 => {
            let message =
                "locales must be specified to publish a draft on a multilingual workspace";
            return Err(Fault::new(422, "parameter_not_found", message));
        }
        None => article.draft.keys().cloned().collect(),
    };
    let idle: Vec<&str> = asked
        .iter()
        .map(String::as_str)
        .filter(|locale| !article.draft.contains_key(*locale))
        .collect();
    if !idle.is_empty() {
        return Err(wrong(&format!(
            "Cannot publish a draft for locale(s) without pending changes: {}",
            idle.join(", ")
        )));
    }
    for locale in &asked {
        promote(&mut article, locale, call.caller);
    }
    touch(world, &mut article, call.caller);
    world.articles.insert(id, article);
    world.emit("article.published", |world| {
        render::whole(world, &world.articles[&id])
    });
    Answer::ok(render::whole(world, &world.articles[&id]))
}

/// Makes the staged words of one language the public ones.
pub(crate) fn promote(article: &mut Article, locale: &str, by: u64) {
    let Some(mut text) = article.draft.remove(locale) else {
        return;
    };
    text.state = "published".into();
    history::record(article, locale, text.clone(), by);
    if locale == article.default_locale {
        article.text = text;
    } else {
        article.translations.insert(locale.to_owned(), text);
    }
    if article.draft.is_empty() {
        article.draft_updated_at = None;
    }
}

/// Carries the words of an edit to where they belong: in a language with a draft they join it, unless the edit sets
/// the state of that language, which makes what was staged its text. What is left of the call changes the article.
pub(super) fn divert(world: &World, article: &mut Article, call: &Call) -> Result<Call, Fault> {
    let mut rest = call.clone();
    let mut staged = call.clone();
    let own = article.default_locale.clone();
    settle(article, call.body.as_object(), &own);
    let translations = call.object_field("translated_content");
    for (locale, content) in translations.into_iter().flatten() {
        settle(article, content.as_object(), locale);
    }
    let waits = |locale: &String| article.draft.contains_key(locale);
    let own_waits = waits(&own);
    for (call, takes_staged) in [(&mut rest, false), (&mut staged, true)] {
        let Some(body) = call.body.as_object_mut() else {
            continue;
        };
        if own_waits != takes_staged {
            body.retain(|key, _| !WORDS.contains(&key.as_str()));
        }
        if let Some(Value::Object(all)) = body.get_mut("translated_content") {
            all.retain(|locale, _| waits(locale) == takes_staged);
        }
    }
    stage_words(world, article, &staged)?;
    Ok(rest)
}

/// Ends the draft of a language whose fields set a state: what was staged becomes its text.
fn settle(article: &mut Article, fields: Option<&Map<String, Value>>, locale: &str) {
    let sets_state = fields.is_some_and(|fields| fields.get("state").is_some_and(Value::is_string));
    if !sets_state {
        return;
    }
    let Some(staged) = article.draft.remove(locale) else {
        return;
    };
    if locale == article.default_locale {
        let state = std::mem::take(&mut article.text.state);
        article.text = ArticleText { state, ..staged };
    } else {
        let now = article.translations.get(locale);
        let state = now.map_or_else(|| "draft".into(), |text| text.state.clone());
        let text = ArticleText { state, ..staged };
        article.translations.insert(locale.to_owned(), text);
    }
    if article.draft.is_empty() {
        article.draft_updated_at = None;
    }
}

/// Stages the words that a call sends; tells whether there were any.
fn stage_words(world: &World, article: &mut Article, call: &Call) -> Result<bool, Fault> {
    let empty = Map::new();
    let own = only_words(call.body.as_object().unwrap_or(&empty));
    let mut staged: Vec<(String, ArticleText)> = Vec::new();
    if !own.is_empty() {
        let locale = article.default_locale.clone();
        staged.push((locale.clone(), changed(world, article, &locale, &own)?));
    }
    let translations = call.object_field("translated_content");
    for (locale, content) in translations.into_iter().flatten() {
        if let Some(content) = content.as_object() {
            let words = only_words(content);
            staged.push((locale.clone(), changed(world, article, locale, &words)?));
        }
    }
    for (locale, text) in &staged {
        let mut version = text.clone();
        version.state = "draft".into();
        history::record(article, locale, version, call.caller);
    }
    let any = !staged.is_empty();
    article.draft.extend(staged);
    if any {
        article.draft_updated_at = Some(world.now());
        touch(world, article, call.caller);
    }
    Ok(any)
}

fn only_words(fields: &Map<String, Value>) -> Map<String, Value> {
    let words = fields.iter();
    words
        .filter(|(key, value)| WORDS.contains(&key.as_str()) && !value.is_null())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The words of a language with changes: on top of what is staged, or of what is public.
fn changed(
    world: &World,
    article: &Article,
    locale: &str,
    fields: &Map<String, Value>,
) -> Result<ArticleText, Fault> {
    let base = article.draft.get(locale);
    let base = base.or_else(|| super::text_in(article, locale));
    let mut text = base.cloned().unwrap_or_else(|| ArticleText {
        author_id: article.text.author_id,
        state: "draft".into(),
        created_at: world.now(),
        ..ArticleText::default()
    });
    write::fill_text(world, &mut text, fields)?;
    Ok(text)
}

/// An article as it will be told once its draft is published.
fn drafted(world: &World, article: &Article) -> Value {
    let mut shown = article.clone();
    for (locale, text) in &article.draft {
        if *locale == article.default_locale {
            shown.text = text.clone();
        } else {
            shown.translations.insert(locale.clone(), text.clone());
        }
    }
    render::whole(world, &shown)
}

fn touch(world: &World, article: &mut Article, by: u64) {
    article.updated_at = world.now();
    article.updated_by = by;
}

fn wrong(message: &str) -> Fault {
    Fault::new(422, "parameter_invalid", message)
}

#[cfg(test)]
mod tests {
    use crate::testing::{NOW, RUI, call, fault, world};
    use crate::world::World;
    use serde_json::{Value, json};

    fn article(world: &mut World, extra: &Value) -> String {
        let mut body =
            json!({"title": "Live", "body": "<p>a</p>", "author_id": RUI, "state": "published"});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        let made = call(world, "create_article", "", body).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_draft_waits_until_it_is_published() {
        let mut world = world();
        let id = article(&mut world, &json!({}));
        assert_eq!(
            fault(&mut world, "get_article_draft", &id, Value::Null),
            (404, "not_found")
        );
        world.clock.advance(5);
        let body = json!({"title": "Staged", "state": "draft", "ai_chatbot_availability": false});
        let staged = call(&mut world, "stage_article_draft", &id, body).unwrap();
        assert_eq!(
            (
                &staged["title"],
                &staged["body"],
                &staged["state"],
                &staged["ai_chatbot_availability"]
            ),
            (
                &json!("Staged"),
                &json!("<p>a</p>"),
                &json!("published"),
                &json!(true)
            )
        );
        assert_eq!(
            call(&mut world, "get_article_draft", &id, Value::Null).unwrap(),
            staged
        );
        let live = call(&mut world, "get_article", &id, Value::Null).unwrap();
        assert_eq!(
            (
                &live["title"],
                &live["has_unpublished_changes"],
                &live["draft_updated_at"]
            ),
            (&json!("Live"), &json!(true), &json!(NOW + 5))
        );
        let now = call(&mut world, "publish_article_draft", &id, Value::Null).unwrap();
        assert_eq!(
            (
                &now["title"],
                &now["has_unpublished_changes"],
                &now["draft_updated_at"]
            ),
            (&json!("Staged"), &json!(false), &Value::Null)
        );
        assert_eq!(
            fault(&mut world, "publish_article_draft", &id, Value::Null),
            (422, "parameter_invalid")
        );
        let versions = call(&mut world, "list_article_versions", &id, Value::Null).unwrap();
        let states = versions["data"].as_array().unwrap().iter();
        let states: Vec<_> = states.map(|version| &version["state"]).collect();
        assert_eq!(states, ["published", "draft", "draft"]);
    }

    #[test]
    fn in_several_languages_each_is_published_by_name() {
        let mut world = world();
        let id = article(
            &mut world,
            &json!({"translated_content": {"fr": {"title": "Public", "state": "published"}}}),
        );
        let body = json!({"title": "Staged", "translated_content": {"de": {"title": "Neu"}}});
        call(&mut world, "stage_article_draft", &id, body).unwrap();
        for (body, expected) in [
            (Value::Null, (422, "parameter_not_found")),
            (json!({"locales": ["fr"]}), (422, "parameter_invalid")),
        ] {
            assert_eq!(
                fault(&mut world, "publish_article_draft", &id, body),
                expected
            );
        }
        let body = json!({"locales": ["de"]});
        let part = call(&mut world, "publish_article_draft", &id, body).unwrap();
        assert_eq!(
            (
                &part["translated_content"]["de"]["state"],
                &part["title"],
                &part["has_unpublished_changes"]
            ),
            (&json!("published"), &json!("Live"), &json!(true))
        );
    }

    #[test]
    fn an_edit_joins_the_draft_unless_it_sets_a_state() {
        let mut world = world();
        let id = article(&mut world, &json!({}));
        call(
            &mut world,
            "stage_article_draft",
            &id,
            json!({"title": "Staged"}),
        )
        .unwrap();
        let body = json!({"body": "<p>b</p>", "ai_copilot_availability": false});
        let edited = call(&mut world, "update_article", &id, body).unwrap();
        assert_eq!(
            (&edited["body"], &edited["ai_copilot_availability"]),
            (&json!("<p>a</p>"), &json!(false))
        );
        let draft = call(&mut world, "get_article_draft", &id, Value::Null).unwrap();
        assert_eq!(
            (&draft["title"], &draft["body"]),
            (&json!("Staged"), &json!("<p>b</p>"))
        );
        let body = json!({"state": "published", "description": "c"});
        let live = call(&mut world, "update_article", &id, body).unwrap();
        assert_eq!(
            (
                &live["title"],
                &live["body"],
                &live["has_unpublished_changes"]
            ),
            (&json!("Staged"), &json!("<p>b</p>"), &json!(false))
        );
    }

    #[test]
    fn a_draft_of_one_language_does_not_hold_the_others() {
        let mut world = world();
        let id = article(
            &mut world,
            &json!({"translated_content": {"fr": {"title": "Public", "state": "published"}}}),
        );
        let body = json!({"title": "Staged", "translated_content": {"fr": {"title": "Prêt"}}});
        call(&mut world, "stage_article_draft", &id, body).unwrap();
        let body =
            json!({"translated_content": {"fr": {"state": "published"}, "de": {"title": "Neu"}}});
        let now = call(&mut world, "update_article", &id, body).unwrap();
        let told = &now["translated_content"];
        assert_eq!(
            (&told["fr"]["title"], &told["de"]["title"], &now["title"]),
            (&json!("Prêt"), &json!("Neu"), &json!("Live"))
        );
        let draft = call(&mut world, "get_article_draft", &id, Value::Null).unwrap();
        assert_eq!(draft["title"], "Staged");
    }

    #[test]
    fn only_a_public_article_has_a_draft() {
        let mut world = world();
        let id = article(&mut world, &json!({"state": "draft"}));
        for (path, body, expected) in [
            (
                id.as_str(),
                json!({"title": "x"}),
                (422, "parameter_invalid"),
            ),
            ("5", json!({"title": "x"}), (404, "not_found")),
        ] {
            assert_eq!(
                fault(&mut world, "stage_article_draft", path, body),
                expected
            );
        }
        call(
            &mut world,
            "update_article",
            &id,
            json!({"state": "published"}),
        )
        .unwrap();
        assert_eq!(
            fault(&mut world, "stage_article_draft", &id, json!({})),
            (400, "parameter_invalid")
        );
    }
}
