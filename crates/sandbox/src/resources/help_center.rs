//! Operations on help centers and their collections.

use super::articles;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::PageNumber,
    world::{
        World,
        knowledge::{Collection, HelpCenter},
    },
};
use serde_json::{Map, Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_help_centers" => list_centers,
        "get_help_center" => get_center,
        "list_collections" => list,
        "get_collection" => get,
        "create_collection" => create,
        "update_collection" => update,
        "delete_collection" => delete,
        _ => return None,
    })
}

fn render_center(world: &World, center: &HelpCenter) -> Value {
    let first = world.help_centers.keys().next() == Some(&center.id);
    json!({
        "id": center.id.to_string(),
        "workspace_id": world.workspace.id_code,
        "created_at": center.created_at,
        "updated_at": center.updated_at,
        "identifier": center.identifier,
        "website_turned_on": center.website_turned_on,
        "display_name": center.display_name,
        "url": center.url,
        "custom_domain": null,
        "default": first,
        "locales": articles::locales(world),
    })
}

fn render(world: &World, collection: &Collection) -> Value {
    let center = world.help_centers.get(&collection.help_center_id);
    let slug = collection
        .name
        .split_whitespace()
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join("-");
    let url = center.map(|center| {
        format!(
            "{}/{}/collections/{}-{slug}",
            center.url.trim_end_matches('/'),
            collection.default_locale,
            collection.id
        )
    });
    let content = |name: &str, description: &str| json!({"type": "group_content", "name": name, "description": description});
    let mut translations = Map::from_iter([
        ("type".to_owned(), json!("group_translated_content")),
        (
            collection.default_locale.clone(),
            content(&collection.name, &collection.description),
        ),
    ]);
    translations.extend(
        collection
            .translations
            .iter()
            .map(|(locale, (name, description))| (locale.clone(), content(name, description))),
    );
    json!({
        "id": collection.id.to_string(),
        "workspace_id": world.workspace.id_code,
        "name": collection.name,
        "description": collection.description,
        "created_at": collection.created_at,
        "updated_at": collection.updated_at,
        "url": url,
        "icon": collection.icon,
        "order": collection.order,
        "default_locale": collection.default_locale,
        "translated_content": translations,
        "parent_id": collection.parent_id.map(|id| id.to_string()),
        "help_center_id": collection.help_center_id,
    })
}

/// Comes whole, but the official SDKs ask for pages until one is empty.
fn list_centers(world: &mut World, call: &Call) -> Reply {
    let centers: Vec<&HelpCenter> = world.help_centers.values().collect();
    let data: Vec<Value> = PageNumber::of(call, 150, 150)?
        .slice(&centers)
        .iter()
        .map(|center| render_center(world, center))
        .collect();
    Answer::ok(json!({"type": "list", "data": data}))
}

fn get_center(world: &mut World, call: &Call) -> Reply {
    let center = call
        .number(0)
        .and_then(|id| world.help_centers.get(&id))
        .ok_or_else(not_found)?;
    Answer::ok(render_center(world, center))
}

fn list(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, 20, 150)?;
    let mut collections: Vec<&Collection> = world.collections.values().collect();
    collections.sort_by_key(|collection| std::cmp::Reverse((collection.updated_at, collection.id)));
    let data: Vec<Value> = page
        .slice(&collections)
        .iter()
        .map(|collection| render(world, collection))
        .collect();
    let pages = page.pages(
        collections.len(),
        &format!("{}/help_center/collections", world.workspace.base_url),
    );
    Answer::ok(
        json!({"type": "list", "pages": pages, "total_count": collections.len(), "data": data}),
    )
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(world, find(world, call)?))
}

fn create(world: &mut World, call: &Call) -> Reply {
    let now = world.now();
    if call.text("name").is_none_or(|name| name.trim().is_empty()) {
        return Err(Fault::new(
            400,
            "parameter_not_found",
            "Name is a required parameter.",
        ));
    }
    let help_center_id = match call.integer("help_center_id") {
        None => world
            .help_centers
            .keys()
            .next()
            .copied()
            .unwrap_or_default(),
        Some(id) => u64::try_from(id)
            .ok()
            .filter(|id| world.help_centers.contains_key(id))
            .ok_or_else(not_found)?,
    };
    let order = world
        .collections
        .values()
        .map(|collection| collection.order + 1)
        .max()
        .unwrap_or(1);
    let mut collection = Collection {
        created_at: now,
        icon: "book-bookmark".into(),
        order,
        default_locale: "en".into(),
        help_center_id,
        ..Collection::default()
    };
    fill(world, &mut collection, call)?;
    let id = world.ids.small();
    collection.id = id;
    world.collections.insert(id, collection);
    Answer::ok(render(world, &world.collections[&id]))
}

fn update(world: &mut World, call: &Call) -> Reply {
    let mut collection = find(world, call)?.clone();
    let id = collection.id;
    fill(world, &mut collection, call)?;
    world.collections.insert(id, collection);
    Answer::ok(render(world, &world.collections[&id]))
}

/// Removes a collection and those inside it; their articles stay, without a place.
fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    let mut doomed = vec![id];
    let mut next = 0;
    while let Some(parent) = doomed.get(next).copied() {
        doomed.extend(
            world
                .collections
                .values()
                .filter(|inner| inner.parent_id == Some(parent))
                .map(|inner| inner.id),
        );
        next += 1;
    }
    world.collections.retain(|id, _| !doomed.contains(id));
    for article in world.articles.values_mut() {
        article.parent_ids.retain(|id| !doomed.contains(id));
    }
    Answer::ok(json!({"id": id.to_string(), "object": "collection", "deleted": true}))
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Collection, Fault> {
    call.number(0)
        .and_then(|id| world.collections.get(&id))
        .ok_or_else(not_found)
}

fn not_found() -> Fault {
    Fault::missing("not_found", "Resource Not Found")
}

fn fill(world: &World, collection: &mut Collection, call: &Call) -> Result<(), Fault> {
    for (field, key) in [
        (&mut collection.name, "name"),
        (&mut collection.description, "description"),
    ] {
        if let Some(text) = call.text(key) {
            text.clone_into(field);
        }
    }
    for (locale, content) in call
        .object_field("translated_content")
        .into_iter()
        .flatten()
    {
        let Some(content) = content.as_object() else {
            continue;
        };
        let text = |key: &str| {
            content
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        if *locale == collection.default_locale {
            (collection.name, collection.description) = (text("name"), text("description"));
        } else {
            collection
                .translations
                .insert(locale.clone(), (text("name"), text("description")));
        }
    }
    if call.names("parent_id") {
        collection.parent_id = match call.identifier("parent_id") {
            None => None,
            Some(text) => Some(parent(world, collection.id, &text)?),
        };
    }
    collection.updated_at = world.now();
    Ok(())
}

/// A collection that may hold another one: it exists, and does not stand inside it.
fn parent(world: &World, child: u64, text: &str) -> Result<u64, Fault> {
    let id = text
        .parse()
        .ok()
        .filter(|id| world.collections.contains_key(id))
        .ok_or_else(not_found)?;
    let mut above = Some(id);
    while let Some(current) = above {
        if current == child {
            return Err(Fault::invalid("A collection cannot be moved into itself").of("parent_id"));
        }
        above = world
            .collections
            .get(&current)
            .and_then(|collection| collection.parent_id);
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use crate::testing::{NOW, RUI, call, fault, world};
    use crate::world::{World, knowledge::HelpCenter};
    use serde_json::{Value, json};

    fn with_center() -> World {
        let mut world = world();
        let center = HelpCenter {
            id: 81,
            url: "https://help.shop.example/".into(),
            created_at: NOW,
            ..HelpCenter::default()
        };
        world.help_centers.insert(81, center);
        world
    }

    #[test]
    fn a_collection_is_made_in_two_languages() {
        let mut world = with_center();
        let body = json!({"name": "Orders", "description": "All of them", "translated_content": {"fr": {"name": "Commandes", "description": ""}}});
        let outer = call(&mut world, "create_collection", "", body).unwrap();
        let id = outer["id"].as_str().unwrap().to_owned();
        assert_eq!(
            (
                &outer["order"],
                &outer["help_center_id"],
                &outer["parent_id"]
            ),
            (&json!(1), &json!(81), &Value::Null)
        );
        assert_eq!(
            outer["url"],
            format!("https://help.shop.example/en/collections/{id}-orders")
        );
        assert_eq!(outer["translated_content"]["fr"]["name"], "Commandes");
    }

    #[test]
    fn collections_stand_inside_each_other() {
        let mut world = with_center();
        let outer = call(
            &mut world,
            "create_collection",
            "",
            json!({"name": "Orders"}),
        )
        .unwrap();
        let id = outer["id"].as_str().unwrap().to_owned();
        let inner = call(
            &mut world,
            "create_collection",
            "",
            json!({"name": "Refunds", "parent_id": id}),
        )
        .unwrap();
        let inner_id = inner["id"].as_str().unwrap().to_owned();
        let article = call(
            &mut world,
            "create_article",
            "",
            json!({"title": "T", "author_id": RUI, "parent_id": inner["id"]}),
        )
        .unwrap();
        assert_eq!(
            fault(
                &mut world,
                "update_collection",
                &id,
                json!({"parent_id": inner_id})
            ),
            (400, "parameter_invalid")
        );

        let gone = call(&mut world, "delete_collection", &id, Value::Null).unwrap();
        assert_eq!(
            gone,
            json!({"id": id, "object": "collection", "deleted": true})
        );
        assert_eq!(
            fault(&mut world, "get_collection", &inner_id, Value::Null),
            (404, "not_found")
        );
        let article = call(
            &mut world,
            "get_article",
            article["id"].as_str().unwrap(),
            Value::Null,
        )
        .unwrap();
        assert_eq!(article["parent_ids"], json!([]));
    }

    #[test]
    fn help_centers_are_read() {
        let mut world = world();
        world.help_centers.insert(
            81,
            HelpCenter {
                id: 81,
                identifier: "shop".into(),
                ..HelpCenter::default()
            },
        );
        let one = call(&mut world, "get_help_center", "81", Value::Null).unwrap();
        assert_eq!(
            call(&mut world, "list_help_centers", "", Value::Null).unwrap()["data"][0],
            one
        );
        assert_eq!((&one["id"], &one["default"]), (&json!("81"), &json!(true)));
        assert_eq!(
            fault(&mut world, "get_help_center", "8", Value::Null),
            (404, "not_found")
        );
    }

    #[test]
    fn bad_collections_are_refused() {
        let mut world = world();
        for (body, expected) in [
            (json!({"description": "x"}), (400, "parameter_not_found")),
            (json!({"name": "x", "parent_id": "3"}), (404, "not_found")),
            (
                json!({"name": "x", "help_center_id": 3}),
                (404, "not_found"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "create_collection", "", body.clone()),
                expected,
                "{body}"
            );
        }
    }
}
