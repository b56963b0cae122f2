//! Operations on news and newsfeeds.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply, integer_of},
    paging::PageNumber,
    world::{
        Time, World,
        office::{NewsItem, Newsfeed},
    },
};
use serde_json::{Value, json};
use std::cmp::Reverse;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_news_items" => list,
        "get_news_item" => get,
        "create_news_item" => create,
        "update_news_item" => update,
        "delete_news_item" => delete,
        "list_newsfeeds" => list_feeds,
        "get_newsfeed" => get_feed,
        "list_newsfeed_items" => list_items_of_feed,
        _ => return None,
    })
}

fn render(world: &World, item: &NewsItem) -> Value {
    let feeds: Vec<Value> = item
        .feeds
        .iter()
        .map(|(feed, at)| match at {
            Some(at) => json!({"newsfeed_id": feed, "published_at": at}),
            None => json!({"newsfeed_id": feed}),
        })
        .collect();
    json!({
        "type": "news-item",
        "id": item.id.to_string(),
        "workspace_id": world.workspace.id_code,
        "title": item.title,
        "body": item.body,
        "sender_id": item.sender_id,
        "state": if item.live { "live" } else { "draft" },
        "labels": item.labels,
        "cover_image_url": null,
        "reactions": item.reactions,
        "deliver_silently": item.deliver_silently,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
        "newsfeed_assignments": feeds,
    })
}

fn render_feed(feed: &Newsfeed) -> Value {
    json!({"type": "newsfeed", "id": feed.id.to_string(), "name": feed.name, "created_at": feed.created_at, "updated_at": feed.updated_at})
}

/// One page of a list.
fn paged(world: &World, page: PageNumber, all: &[Value], path: &str) -> Reply {
    let pages = page.pages(all.len(), &format!("{}{path}", world.workspace.base_url));
    Answer::ok(
        json!({"type": "list", "pages": pages, "data": page.slice(all), "total_count": all.len()}),
    )
}

fn list(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, 10, 150)?;
    let mut items: Vec<&NewsItem> = world.office.news.values().collect();
    items.sort_by_key(|item| Reverse((item.updated_at, item.id)));
    let all: Vec<Value> = items.into_iter().map(|item| render(world, item)).collect();
    paged(world, page, &all, "/news/news_items")
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(world, find(world, call)?))
}

fn create(world: &mut World, call: &Call) -> Reply {
    let mut item = NewsItem {
        created_at: world.now(),
        reactions: vec![None; 4],
        ..NewsItem::default()
    };
    fill(world, &mut item, call)?;
    item.id = world.ids.small();
    let answer = render(world, &item);
    world.office.news.insert(item.id, item);
    Answer::ok(answer)
}

fn update(world: &mut World, call: &Call) -> Reply {
    let mut item = find(world, call)?.clone();
    fill(world, &mut item, call)?;
    let answer = render(world, &item);
    world.office.news.insert(item.id, item);
    Answer::ok(answer)
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    world.office.news.remove(&id);
    Answer::ok(json!({"id": id.to_string(), "object": "news-item", "deleted": true}))
}

fn list_feeds(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, 10, 150)?;
    let all: Vec<Value> = world.office.newsfeeds.values().map(render_feed).collect();
    paged(world, page, &all, "/news/newsfeeds")
}

fn get_feed(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render_feed(find_feed(world, call)?))
}

/// What customers see on a feed, latest first.
fn list_items_of_feed(world: &mut World, call: &Call) -> Reply {
    let feed = find_feed(world, call)?.id;
    let page = PageNumber::of(call, 20, 150)?;
    let mut items: Vec<(Time, &NewsItem)> = world
        .office
        .news
        .values()
        .filter(|item| item.live)
        .filter_map(|item| {
            let place = item.feeds.iter().find(|(known, _)| *known == feed)?;
            Some((place.1?, item))
        })
        .collect();
    items.sort_by_key(|(at, item)| Reverse((*at, item.id)));
    let all: Vec<Value> = items
        .into_iter()
        .map(|(_, item)| render(world, item))
        .collect();
    paged(world, page, &all, &format!("/news/newsfeeds/{feed}/items"))
}

fn missing() -> Fault {
    Fault::missing("not_found", "Resource Not Found")
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w NewsItem, Fault> {
    call.number(0)
        .and_then(|id| world.office.news.get(&id))
        .ok_or_else(missing)
}

fn find_feed<'w>(world: &'w World, call: &Call) -> Result<&'w Newsfeed, Fault> {
    call.number(0)
        .and_then(|id| world.office.newsfeeds.get(&id))
        .ok_or_else(missing)
}

/// Sets what the call names. Title and sender are asked for at every change, as in the real thing.
fn fill(world: &World, item: &mut NewsItem, call: &Call) -> Result<(), Fault> {
    let title = call.text("title").filter(|title| !title.trim().is_empty());
    title
        .ok_or_else(|| Fault::absent("title"))?
        .clone_into(&mut item.title);
    let sender = call
        .integer("sender_id")
        .ok_or_else(|| Fault::absent("sender_id"))?;
    item.sender_id = u64::try_from(sender)
        .ok()
        .filter(|id| world.admins.contains_key(id))
        .ok_or_else(|| Fault::invalid("sender_id must be the id of a teammate").of("sender_id"))?;
    if let Some(body) = call.text("body") {
        body.clone_into(&mut item.body);
    }
    if let Some(state) = call.field("state") {
        item.live = match state.as_str() {
            Some("live") => true,
            Some("draft") => false,
            _ => return Err(Fault::invalid("state must be draft or live").of("state")),
        };
    }
    item.deliver_silently = call
        .flag("deliver_silently")
        .unwrap_or(item.deliver_silently);
    if let Some(labels) = call.list("labels") {
        let words = labels.iter().filter_map(Value::as_str);
        item.labels = words.map(str::to_owned).collect();
    }
    if let Some(reactions) = call.list("reactions") {
        item.reactions = reactions
            .iter()
            .map(|reaction| reaction.as_str().map(str::to_owned))
            .collect();
    }
    if let Some(feeds) = call.list("newsfeed_assignments") {
        let read = |feed| assignment(world, feed);
        item.feeds = feeds.iter().map(read).collect::<Result<_, _>>()?;
    }
    let now = world.now();
    for (_, at) in &mut item.feeds {
        *at = item.live.then(|| at.unwrap_or(now));
    }
    item.updated_at = now;
    Ok(())
}

fn assignment(world: &World, feed: &Value) -> Result<(u64, Option<Time>), Fault> {
    let id = feed.get("newsfeed_id").and_then(integer_of);
    let id = id
        .ok_or_else(|| Fault::absent("newsfeed_id"))
        .map(u64::try_from)?
        .ok()
        .filter(|id| world.office.newsfeeds.contains_key(id))
        .ok_or_else(|| Fault::missing("not_found", "Newsfeed not found"))?;
    let at = feed.get("published_at").and_then(integer_of);
    if at.is_some_and(|at| at > world.now()) {
        return Err(
            Fault::invalid("published_at cannot be in the future").of("newsfeed_assignments")
        );
    }
    Ok((id, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, RUI, call, fault, world};

    fn with_feed() -> World {
        let mut world = world();
        let feed = Newsfeed {
            id: 53,
            name: "Riders".into(),
            created_at: NOW,
            updated_at: NOW,
        };
        world.office.newsfeeds.insert(53, feed);
        world
    }

    #[test]
    fn news_shows_on_its_feed_while_it_is_live() {
        let mut world = with_feed();
        let body = json!({"title": "Sale", "body": "<p>Now</p>", "sender_id": RUI, "newsfeed_assignments": [{"newsfeed_id": 53}]});
        let draft = call(&mut world, "create_news_item", "", body).unwrap();
        assert_eq!(
            (&draft["state"], &draft["newsfeed_assignments"]),
            (&json!("draft"), &json!([{"newsfeed_id": 53}]))
        );
        let id = draft["id"].as_str().unwrap();
        let shown = |world: &mut World| {
            call(world, "list_newsfeed_items", "53", Value::Null).unwrap()["data"].clone()
        };
        assert_eq!(shown(&mut world), json!([]));
        let body = json!({"title": "Sale", "sender_id": RUI, "state": "live", "labels": ["Shop"], "reactions": ["👍", null]});
        let live = call(&mut world, "update_news_item", id, body).unwrap();
        assert_eq!(
            (
                &live["newsfeed_assignments"][0]["published_at"],
                &live["body"]
            ),
            (&json!(NOW), &json!("<p>Now</p>"))
        );
        assert_eq!(shown(&mut world), json!([live]));
        assert_eq!(
            call(&mut world, "list_news_items", "", Value::Null).unwrap()["total_count"],
            1
        );
        let gone = call(&mut world, "delete_news_item", id, Value::Null).unwrap();
        assert_eq!(
            gone,
            json!({"id": id, "object": "news-item", "deleted": true})
        );
        assert_eq!(shown(&mut world), json!([]));
    }

    #[test]
    fn feeds_are_read() {
        let mut world = with_feed();
        let one = call(&mut world, "get_newsfeed", "53", Value::Null).unwrap();
        assert_eq!(
            call(&mut world, "list_newsfeeds", "", Value::Null).unwrap()["data"],
            json!([one])
        );
        for operation in ["get_newsfeed", "list_newsfeed_items", "get_news_item"] {
            assert_eq!(
                fault(&mut world, operation, "5", Value::Null),
                (404, "not_found"),
                "{operation}"
            );
        }
    }

    #[test]
    fn bad_news_is_refused() {
        let mut world = with_feed();
        let with = |key: &str, value: Value| {
            let mut body = json!({"title": "T", "sender_id": RUI});
            body[key] = value;
            body
        };
        for (body, expected) in [
            (json!({"sender_id": RUI}), (400, "parameter_not_found")),
            (json!({"title": "T"}), (400, "parameter_not_found")),
            (with("sender_id", json!(5)), (400, "parameter_invalid")),
            (
                with("state", json!("published")),
                (400, "parameter_invalid"),
            ),
            (
                with("newsfeed_assignments", json!([{"newsfeed_id": 9}])),
                (404, "not_found"),
            ),
            (
                with(
                    "newsfeed_assignments",
                    json!([{"newsfeed_id": 53, "published_at": NOW + 9}]),
                ),
                (400, "parameter_invalid"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "create_news_item", "", body.clone()),
                expected,
                "{body}"
            );
        }
        assert!(world.office.news.is_empty());
    }
}
