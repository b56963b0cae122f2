//! Operations on tags of articles, internal articles and snippets.

use super::tags;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{World, people::Applied},
};
use serde_json::{Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "attach_tag_to_article" => |world, call| attach(world, call, Shelf::Articles),
        "detach_tag_from_article" => |world, call| detach(world, call, Shelf::Articles),
        "attach_tag_to_internal_article" => |world, call| attach(world, call, Shelf::Internal),
        "detach_tag_from_internal_article" => |world, call| detach(world, call, Shelf::Internal),
        "attach_tag_to_content_snippet" => |world, call| attach(world, call, Shelf::Snippets),
        "detach_tag_from_content_snippet" => |world, call| detach(world, call, Shelf::Snippets),
        _ => return None,
    })
}

#[derive(Clone, Copy)]
enum Shelf {
    Articles,
    Internal,
    Snippets,
}

/// The tags of what the path names.
fn tags_of<'w>(
    world: &'w mut World,
    call: &Call,
    shelf: Shelf,
) -> Result<&'w mut Vec<Applied>, Fault> {
    let id = call.number(0).unwrap_or_default();
    let (found, code, message) = match shelf {
        Shelf::Articles => (
            world.articles.get_mut(&id).map(|it| &mut it.tags),
            "article_not_found",
            "Article not found",
        ),
        Shelf::Internal => (
            world.internal_articles.get_mut(&id).map(|it| &mut it.tags),
            "internal_article_not_found",
            "Internal article not found",
        ),
        Shelf::Snippets => (
            world.content.snippets.get_mut(&id).map(|it| &mut it.tags),
            "content_snippet_not_found",
            "Content snippet not found",
        ),
    };
    found.ok_or_else(|| Fault::missing(code, message))
}

fn no_tag() -> Fault {
    Fault::missing("tag_not_found", "Tag not found")
}

fn attach(world: &mut World, call: &Call, shelf: Shelf) -> Reply {
    tags_of(world, call, shelf)?;
    let asked = call.identifier("id").ok_or_else(|| Fault::absent("id"))?;
    let tag = asked.parse().ok().filter(|id| world.tags.contains_key(id));
    let by = match call.identifier("admin_id") {
        None => call.caller,
        Some(text) => text
            .parse()
            .ok()
            .filter(|id| world.admins.contains_key(id))
            .ok_or_else(|| Fault::missing("admin_not_found", "Admin for admin_id not found"))?,
    };
    let new = Applied {
        tag: tag.ok_or_else(no_tag)?,
        at: world.now(),
        by,
    };
    let there = tags::apply(tags_of(world, call, shelf)?, new);
    Answer::ok(json!(tags::applied(world, &there)))
}

/// Takes a tag off; what is told of it was applied by nobody.
fn detach(world: &mut World, call: &Call, shelf: Shelf) -> Reply {
    let gone = tags::take_off(tags_of(world, call, shelf)?, call.number(1));
    let gone = gone.map_err(|_| no_tag())?;
    let mut told = tags::applied(world, &gone).ok_or_else(no_tag)?;
    for key in ["applied_at", "applied_by"] {
        told[key] = Value::Null;
    }
    Answer::ok(told)
}

#[cfg(test)]
mod tests {
    use crate::testing::{EVA, NOW, RUI, TAG, call, fault, world};
    use serde_json::{Value, json};

    #[test]
    fn tags_come_and_go_on_all_shelves() {
        let mut world = world();
        let texts = [
            (
                "article",
                "create_article",
                json!({"title": "T", "author_id": RUI}),
            ),
            (
                "internal_article",
                "create_internal_article",
                json!({"title": "T", "author_id": RUI, "owner_id": RUI}),
            ),
            (
                "content_snippet",
                "create_content_snippet",
                json!({"title": "T", "body_markdown": "x"}),
            ),
        ];
        for (kind, create, body) in texts {
            let (attach, detach) = (
                format!("attach_tag_to_{kind}"),
                format!("detach_tag_from_{kind}"),
            );
            let made = call(&mut world, create, "", body).unwrap();
            let id = made["id"].as_str().unwrap();
            let tag = json!({"id": TAG.to_string(), "admin_id": EVA.to_string()});
            let put = call(&mut world, &attach, id, tag).unwrap();
            assert_eq!(
                put,
                json!({"type": "tag", "id": "9001", "name": "billing", "applied_at": NOW, "applied_by": {"type": "admin", "id": "7002"}}),
                "{kind}"
            );
            let place = format!("{id}/{TAG}");
            let off = call(&mut world, &detach, &place, Value::Null).unwrap();
            assert_eq!(
                (&off["applied_at"], &off["applied_by"]),
                (&Value::Null, &Value::Null),
                "{kind}"
            );
            for (operation, path, body, code) in [
                (&detach, place.as_str(), json!({}), "tag_not_found"),
                (&attach, id, json!({"id": "5"}), "tag_not_found"),
                (
                    &attach,
                    "5",
                    json!({"id": "9001"}),
                    &format!("{kind}_not_found"),
                ),
            ] {
                let got = fault(&mut world, operation, path, body);
                assert_eq!(got, (404, code), "{operation}");
            }
        }
    }

    #[test]
    fn a_deleted_tag_leaves_the_snippets_too() {
        let mut world = world();
        let body = json!({"title": "T", "body_markdown": "x"});
        let made = call(&mut world, "create_content_snippet", "", body).unwrap();
        let id = made["id"].as_str().unwrap();
        let tag = json!({"id": TAG.to_string()});
        call(&mut world, "attach_tag_to_content_snippet", id, tag).unwrap();
        call(&mut world, "delete_tag", "9001", Value::Null).unwrap();
        assert!(world.content.snippets.values().all(|it| it.tags.is_empty()));
    }
}
