//! Operations on the public articles of the help center.

pub(crate) mod draft;
mod history;
pub(crate) mod markup;
mod render;
mod search;
mod write;

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::PageNumber,
    world::{
        World,
        content::Target,
        knowledge::{Article, ArticleText},
    },
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(crate) use search::{relevance, words};
pub(crate) use write::{body, folder, language_model_flags};

/// The languages of the workspace: the default one, and what its articles are written in.
pub(crate) fn locales(world: &World) -> BTreeSet<&str> {
    let own = std::iter::once("en");
    let written = world.articles.values().flat_map(|article| {
        let translated = article.translations.keys().chain(article.draft.keys());
        translated.chain([&article.default_locale])
    });
    own.chain(written.map(String::as_str)).collect()
}

/// The language in which an article answers to one that is asked for.
pub(crate) fn spoken<'a>(article: &'a Article, locale: &'a str) -> &'a str {
    text_in(article, locale).map_or(&article.default_locale, |_| locale)
}

/// The words of an article in a language.
pub(crate) fn text_in<'a>(article: &'a Article, locale: &str) -> Option<&'a ArticleText> {
    if locale == article.default_locale {
        return Some(&article.text);
    }
    article.translations.get(locale)
}

/// Puts one language of an article before the public, with what is staged for it, or takes it offline.
pub(crate) fn set_state(world: &mut World, id: u64, locale: &str, (state, by): (&str, u64)) {
    let now = world.now();
    let Some(article) = world.articles.get_mut(&id) else {
        return;
    };
    let before = article.clone();
    if state == "published" && article.draft.contains_key(locale) {
        draft::promote(article, locale, by);
    }
    let text = if locale == article.default_locale {
        Some(&mut article.text)
    } else {
        article.translations.get_mut(locale)
    };
    if let Some(text) = text {
        state.clone_into(&mut text.state);
        text.updated_at = now;
        // Done by hand, so no plan is left.
        (article.scheduled_publish_at, article.scheduled_unpublish_at) = (None, None);
    }
    article.updated_at = now;
    article.updated_by = by;
    if before.versions.len() == article.versions.len() {
        history::record_changes(Some(&before), article, by);
    }
    let topic = if state == "published" {
        "article.published"
    } else {
        "article.unpublished"
    };
    world.emit(topic, |world| render::whole(world, &world.articles[&id]));
}

/// Removes an article, and the old addresses that led to it.
pub(crate) fn remove(world: &mut World, id: u64) {
    world.articles.remove(&id);
    let redirects = &mut world.content.redirects;
    redirects.retain(|_, redirect| redirect.target != Target::Article(id));
    world.emit(
        "article.deleted",
        |_| json!({"type": "article", "id": id.to_string(), "deleted": true}),
    );
}

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_articles" => list,
        "search_articles" => search::search,
        "get_article" => get,
        "create_article" => write::create,
        "update_article" => write::update,
        "delete_article" => delete,
        "get_article_draft" => draft::get,
        "stage_article_draft" => draft::stage,
        "publish_article_draft" => draft::publish,
        "list_article_versions" => history::list,
        "get_article_version" => history::get,
        _ => return None,
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, 25, 150)?;
    let mut articles: Vec<&Article> = world.articles.values().collect();
    articles.sort_by_key(|article| std::cmp::Reverse((article.updated_at, article.id)));
    let data: Vec<Value> = page
        .slice(&articles)
        .iter()
        .map(|article| render::item(world, article))
        .collect();
    let pages = page.pages(
        articles.len(),
        &format!("{}/articles", world.workspace.base_url),
    );
    Answer::ok(json!({"type": "list", "pages": pages, "total_count": articles.len(), "data": data}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render::whole(world, find(world, call)?))
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    remove(world, id);
    Answer::ok(json!({"id": id.to_string(), "object": "article", "deleted": true}))
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Article, Fault> {
    call.number(0)
        .and_then(|id| world.articles.get(&id))
        .ok_or_else(|| Fault::missing("not_found", "Resource Not Found"))
}

/// Whether the public reads the article now: its schedule wins over its state.
pub(crate) fn is_public(world: &World, article: &Article) -> bool {
    let now = world.now();
    let begun = article.scheduled_publish_at.is_none_or(|at| at <= now);
    let ended = article.scheduled_unpublish_at.is_some_and(|at| at <= now);
    article.text.state == "published" && begun && !ended
}

#[cfg(test)]
mod tests {
    use crate::testing::{RUI, call, fault, world};
    use serde_json::{Value, json};

    #[test]
    fn articles_are_listed_latest_change_first_and_paged() {
        let mut world = world();
        for n in 0..3 {
            world.clock.advance(1);
            call(
                &mut world,
                "create_article",
                "",
                json!({"title": format!("Title {n}"), "author_id": RUI}),
            )
            .unwrap();
        }
        let page = call(&mut world, "list_articles", "?per_page=2", Value::Null).unwrap();
        assert_eq!(
            (&page["total_count"], &page["data"][0]["title"]),
            (&json!(3), &json!("Title 2"))
        );
        assert_eq!(
            page["pages"]["next"],
            "http://127.0.0.1:8788/articles?page=2&per_page=2"
        );
        assert!(
            page["data"][0].get("statistics").is_none(),
            "a list holds no statistics"
        );
        let last = call(
            &mut world,
            "list_articles",
            "?per_page=2&page=2",
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            (
                last["data"].as_array().unwrap().len(),
                &last["pages"]["next"]
            ),
            (1, &Value::Null)
        );
    }

    #[test]
    fn a_deleted_article_is_gone() {
        let mut world = world();
        let id = call(
            &mut world,
            "create_article",
            "",
            json!({"title": "T", "author_id": RUI}),
        )
        .unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(
            call(&mut world, "delete_article", &id, Value::Null).unwrap(),
            json!({"id": id, "object": "article", "deleted": true})
        );
        for operation in ["get_article", "update_article", "delete_article"] {
            assert_eq!(
                fault(&mut world, operation, &id, json!({})),
                (404, "not_found"),
                "{operation}"
            );
        }
    }
}
