//! Operations on the public articles of the help center.

pub(crate) mod markup;
mod render;
mod search;
mod write;

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::PageNumber,
    world::{World, knowledge::Article},
};
use serde_json::{Value, json};

pub(crate) use write::{body, language_model_flags};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_articles" => list,
        "search_articles" => search::search,
        "get_article" => get,
        "create_article" => write::create,
        "update_article" => write::update,
        "delete_article" => delete,
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
    world.articles.remove(&id);
    world.emit(
        "article.deleted",
        |_| json!({"type": "article", "id": id.to_string(), "deleted": true}),
    );
    Answer::ok(json!({"id": id.to_string(), "object": "article", "deleted": true}))
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Article, Fault> {
    call.number(0)
        .and_then(|id| world.articles.get(&id))
        .ok_or_else(|| Fault::missing("not_found", "Resource Not Found"))
}

/// Whether the public reads the article now: its schedule wins over its state.
fn is_public(world: &World, article: &Article) -> bool {
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
