//! Operations on articles that only teammates read.

use super::{
    articles::{body, folder, language_model_flags, markup},
    audiences, tags,
};
use crate::{
    call::{Answer, Call, Fault, Handler, Reply, integer_of},
    paging::PageNumber,
    world::{World, knowledge::InternalArticle},
};
use catalog::ApiVersion;
use serde_json::{Map, Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_internal_articles" => list,
        "search_internal_articles" => search,
        "get_internal_article" => get,
        "create_internal_article" => create,
        "update_internal_article" => update,
        "delete_internal_article" => delete,
        _ => return None,
    })
}

fn render(world: &World, article: &InternalArticle) -> Value {
    let tags: Vec<Value> = article
        .tags
        .iter()
        .filter_map(|tag| tags::applied(world, tag))
        .collect();
    json!({
        "type": "internal_article",
        "id": article.id.to_string(),
        "title": article.title,
        "body": article.body,
        "body_markdown": markup::to_markdown(&article.body),
        "owner_id": article.owner_id,
        "author_id": article.author_id,
        "created_at": article.created_at,
        "updated_at": article.updated_at,
        "locale": article.locale,
        "folder_id": article.folder_id,
        "tags": {"type": "tag.list", "tags": tags},
        "audience_ids": article.audience_ids,
        "ai_chatbot_availability": article.ai_chatbot_availability,
        "ai_copilot_availability": article.ai_copilot_availability,
        "ai_sales_agent_availability": article.ai_sales_agent_availability,
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, 25, 150)?;
    let articles = latest_first(world, |_| true);
    let data: Vec<Value> = page
        .slice(&articles)
        .iter()
        .map(|article| render(world, article))
        .collect();
    let pages = page.pages(
        articles.len(),
        &format!("{}/internal_articles", world.workspace.base_url),
    );
    Answer::ok(json!({"type": "list", "pages": pages, "total_count": articles.len(), "data": data}))
}

fn search(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, 10, 150)?;
    let folder = match call.query("folder_id") {
        None | Some("") => None,
        Some(text) => Some(
            text.parse::<u64>()
                .map_err(|_| Fault::invalid("folder_id must be an integer"))?,
        ),
    };
    let articles = latest_first(world, |article| {
        folder.is_none() || article.folder_id == folder
    });
    let data: Vec<Value> = page
        .slice(&articles)
        .iter()
        .map(|article| render(world, article))
        .collect();
    let filter = folder
        .map(|folder| format!("?folder_id={folder}"))
        .unwrap_or_default();
    let pages = page.pages(
        articles.len(),
        &format!(
            "{}/internal_articles/search{filter}",
            world.workspace.base_url
        ),
    );
    Answer::ok(
        json!({"type": "list", "total_count": articles.len(), "data": {"internal_articles": data}, "pages": pages}),
    )
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(world, find(world, call)?))
}

fn create(world: &mut World, call: &Call) -> Reply {
    for required in ["title", "author_id", "owner_id"] {
        if call.field(required).is_none() {
            return Err(Fault::absent(required));
        }
    }
    let mut article = InternalArticle {
        created_at: world.now(),
        locale: "en".into(),
        ai_chatbot_availability: true,
        ai_copilot_availability: true,
        ..InternalArticle::default()
    };
    fill(world, &mut article, call)?;
    article.id = world.ids.small();
    let answer = render(world, &article);
    world.internal_articles.insert(article.id, article);
    Answer::ok(answer)
}

fn update(world: &mut World, call: &Call) -> Reply {
    let mut article = find(world, call)?.clone();
    fill(world, &mut article, call)?;
    let answer = render(world, &article);
    world.internal_articles.insert(article.id, article);
    Answer::ok(answer)
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    world.internal_articles.remove(&id);
    Answer::ok(json!({"id": id.to_string(), "object": "internal_article", "deleted": true}))
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w InternalArticle, Fault> {
    call.number(0)
        .and_then(|id| world.internal_articles.get(&id))
        .ok_or_else(|| Fault::missing("not_found", "Resource Not Found"))
}

fn latest_first(world: &World, wanted: impl Fn(&InternalArticle) -> bool) -> Vec<&InternalArticle> {
    let mut articles: Vec<_> = world
        .internal_articles
        .values()
        .filter(|article| wanted(article))
        .collect();
    articles.sort_by_key(|article| std::cmp::Reverse((article.updated_at, article.id)));
    articles
}

fn fill(world: &World, article: &mut InternalArticle, call: &Call) -> Result<(), Fault> {
    let empty = Map::new();
    let fields = call.body.as_object().unwrap_or(&empty);
    if let Some(title) = call.text("title") {
        title.clone_into(&mut article.title);
    }
    if let Some(html) = body(fields)? {
        article.body = html;
    }
    for (field, key) in [
        (&mut article.author_id, "author_id"),
        (&mut article.owner_id, "owner_id"),
    ] {
        if let Some(value) = call.field(key) {
            let id = integer_of(value)
                .and_then(|id| u64::try_from(id).ok())
                .filter(|id| world.admins.contains_key(id));
            *field = id.ok_or_else(|| {
                Fault::invalid(format!("{key} must be the id of a teammate")).of(key)
            })?;
        }
    }
    if let Some(ids) = call.body.get("audience_ids") {
        article.audience_ids = audiences::ids_of(world, ids)?;
    }
    if call.version == ApiVersion::Preview {
        article.folder_id = folder(world, call, article.folder_id)?;
    }
    language_model_flags(
        fields,
        [
            &mut article.ai_chatbot_availability,
            &mut article.ai_copilot_availability,
            &mut article.ai_sales_agent_availability,
        ],
    );
    article.updated_at = world.now();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{EVA, RUI, call, fault, world};
    use serde_json::{Value, json};

    #[test]
    fn internal_articles_live_and_die() {
        let mut world = world();
        let made = call(&mut world, "create_internal_article", "", json!({"title": "How we refund", "body": "<p>x</p>", "author_id": RUI, "owner_id": EVA})).unwrap();
        assert_eq!(
            (&made["owner_id"], &made["locale"], &made["body_markdown"]),
            (&json!(EVA), &json!("en"), &json!("x"))
        );
        let id = made["id"].as_str().unwrap();
        let changed = call(
            &mut world,
            "update_internal_article",
            id,
            json!({"body_markdown": "- y", "ai_copilot_availability": false}),
        )
        .unwrap();
        assert_eq!(
            (&changed["body"], &changed["ai_copilot_availability"]),
            (&json!("<ul><li>y</li></ul>"), &json!(false))
        );
        assert_eq!(
            call(&mut world, "list_internal_articles", "", Value::Null).unwrap()["data"][0],
            changed
        );
        for (query, found) in [("", 1), ("?folder_id=3", 0)] {
            assert_eq!(
                call(&mut world, "search_internal_articles", query, Value::Null).unwrap()["total_count"],
                found,
                "{query}"
            );
        }
        let gone = call(&mut world, "delete_internal_article", id, Value::Null).unwrap();
        assert_eq!(
            gone,
            json!({"id": id, "object": "internal_article", "deleted": true})
        );
        assert_eq!(
            fault(&mut world, "get_internal_article", id, Value::Null),
            (404, "not_found")
        );
    }

    #[test]
    fn bad_internal_articles_are_refused() {
        let mut world = world();
        for (body, expected) in [
            (
                json!({"author_id": RUI, "owner_id": RUI}),
                (400, "parameter_not_found"),
            ),
            (
                json!({"title": "T", "author_id": RUI}),
                (400, "parameter_not_found"),
            ),
            (
                json!({"title": "T", "author_id": 3, "owner_id": RUI}),
                (400, "parameter_invalid"),
            ),
            (
                json!({"title": "T", "author_id": RUI, "owner_id": RUI, "body": "a", "body_markdown": "b"}),
                (422, "parameter_invalid"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "create_internal_article", "", body.clone()),
                expected,
                "{body}"
            );
        }
    }
}
