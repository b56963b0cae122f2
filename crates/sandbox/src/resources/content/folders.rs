//! Folders of content, which Preview has.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply, integer_of},
    paging::PageNumber,
    world::{World, content::Folder},
};
use serde_json::{Map, Value, json};

/// What carries out an operation on folders.
pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_folders" => list,
        "get_folder" => get,
        "create_folder" => create,
        "update_folder" => update,
        "delete_folder" => delete,
        _ => return None,
    })
}

fn render(world: &World, folder: &Folder) -> Value {
    json!({
        "id": folder.id,
        "name": folder.name,
        "description": folder.description,
        "emoji": folder.emoji,
        "parent_folder_id": folder.parent_id,
        "content_count": content_count(world, folder.id),
        "created_at": folder.created_at,
        "updated_at": folder.updated_at,
    })
}

fn content_count(world: &World, folder: u64) -> usize {
    let articles = world.articles.values().map(|article| article.folder_id);
    let internal = world.internal_articles.values();
    articles
        .chain(internal.map(|article| article.folder_id))
        .filter(|place| *place == Some(folder))
        .count()
}

fn list(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, 50, 150)?;
    let parent: Option<u64> = match call.query("parent_folder_id") {
        None | Some("") => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| Fault::invalid("parent_folder_id must be an integer"))?,
        ),
    };
    let folders: Vec<&Folder> = world
        .content
        .folders
        .values()
        .filter(|folder| parent.is_none() || folder.parent_id == parent)
        .collect();
    let data: Vec<Value> = page
        .slice(&folders)
        .iter()
        .map(|folder| render(world, folder))
        .collect();
    let filter = parent.map_or_else(String::new, |parent| format!("?parent_folder_id={parent}"));
    let address = format!("{}/folders{filter}", world.workspace.base_url);
    let pages = page.pages(folders.len(), &address);
    Answer::ok(json!({"type": "list", "data": data, "total_count": folders.len(), "pages": pages}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(world, find(world, call)?))
}

fn create(world: &mut World, call: &Call) -> Reply {
    let fields = fields(call)?;
    if fields.get("name").is_none_or(Value::is_null) {
        return Err(Fault::absent("name"));
    }
    let mut folder = Folder {
        created_at: world.now(),
        ..Folder::default()
    };
    fill(world, &mut folder, fields)?;
    folder.id = world.ids.small();
    Answer::ok(keep(world, folder))
}

fn update(world: &mut World, call: &Call) -> Reply {
    let mut folder = find(world, call)?.clone();
    fill(world, &mut folder, fields(call)?)?;
    Answer::ok(keep(world, folder))
}

/// Removes a folder without content; folders inside it move up.
fn delete(world: &mut World, call: &Call) -> Reply {
    let (id, parent) = {
        let folder = find(world, call)?;
        (folder.id, folder.parent_id)
    };
    if content_count(world, id) > 0 {
        let message = "Folder contains content and cannot be deleted";
        return Err(Fault::new(422, "unprocessable_entity", message));
    }
    world.content.folders.remove(&id);
    for inner in world.content.folders.values_mut() {
        if inner.parent_id == Some(id) {
            inner.parent_id = parent;
        }
    }
    Answer::ok(json!({"id": id, "object": "folder", "deleted": true}))
}

fn keep(world: &mut World, folder: Folder) -> Value {
    let id = folder.id;
    world.content.folders.insert(id, folder);
    render(world, &world.content.folders[&id])
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Folder, Fault> {
    call.number(0)
        .and_then(|id| world.content.folders.get(&id))
        .ok_or_else(|| Fault::missing("not_found", "Folder not found"))
}

/// The fields of a folder, which a body holds in one object.
fn fields(call: &Call) -> Result<&Map<String, Value>, Fault> {
    call.object_field("folder")
        .ok_or_else(|| Fault::absent("folder"))
}

fn fill(world: &World, folder: &mut Folder, fields: &Map<String, Value>) -> Result<(), Fault> {
    if let Some(name) = fields.get("name") {
        let name = name.as_str().filter(|name| !name.trim().is_empty());
        name.ok_or_else(|| Fault::invalid("name must not be blank").of("name"))?
            .clone_into(&mut folder.name);
    }
    for (field, key) in [
        (&mut folder.description, "description"),
        (&mut folder.emoji, "emoji"),
    ] {
        if let Some(value) = fields.get(key) {
            *field = value.as_str().map(str::to_owned);
        }
    }
    if let Some(parent) = fields.get("parent_folder_id") {
        folder.parent_id = if parent.is_null() {
            None
        } else {
            Some(parent_of(world, folder.id, parent)?)
        };
    }
    folder.updated_at = world.now();
    Ok(())
}

/// A folder that may hold another one: it exists, and does not stand inside it.
fn parent_of(world: &World, child: u64, value: &Value) -> Result<u64, Fault> {
    let folders = &world.content.folders;
    let id = integer_of(value)
        .and_then(|id| u64::try_from(id).ok())
        .filter(|id| folders.contains_key(id))
        .ok_or_else(|| Fault::invalid("Parent folder not found").of("parent_folder_id"))?;
    let mut above = Some(id);
    while let Some(current) = above {
        if current == child {
            let message = "A folder cannot be moved into itself";
            return Err(Fault::invalid(message).of("parent_folder_id"));
        }
        above = folders.get(&current).and_then(|folder| folder.parent_id);
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use crate::call::Call;
    use crate::resources::handler;
    use crate::testing::{RUI, call, fault, world};
    use catalog::ApiVersion;
    use serde_json::{Value, json};

    #[test]
    fn folders_stand_inside_each_other() {
        let mut world = world();
        let body = json!({"folder": {"name": "Docs", "emoji": "📚"}});
        let outer = call(&mut world, "create_folder", "", body).unwrap();
        let outer_id = outer["id"].to_string();
        let body = json!({"folder": {"name": "Inner", "parent_folder_id": outer["id"]}});
        let inner = call(&mut world, "create_folder", "", body).unwrap();
        let inner_id = inner["id"].to_string();
        let inside = format!("?parent_folder_id={outer_id}");
        let listed = call(&mut world, "list_folders", &inside, Value::Null).unwrap();
        assert_eq!(listed["data"], json!([inner]));
        let body = json!({"folder": {"parent_folder_id": inner["id"]}});
        assert_eq!(
            fault(&mut world, "update_folder", &outer_id, body),
            (400, "parameter_invalid")
        );
        let gone = call(&mut world, "delete_folder", &outer_id, Value::Null).unwrap();
        assert_eq!(
            gone,
            json!({"id": outer["id"], "object": "folder", "deleted": true})
        );
        let inner = call(&mut world, "get_folder", &inner_id, Value::Null).unwrap();
        assert_eq!(inner["parent_folder_id"], Value::Null);
        assert_eq!(
            fault(&mut world, "get_folder", &outer_id, Value::Null),
            (404, "not_found")
        );
    }

    #[test]
    fn a_folder_with_content_stays() {
        let mut world = world();
        let body = json!({"folder": {"name": "Docs"}});
        let folder = call(&mut world, "create_folder", "", body).unwrap();
        let id = folder["id"].to_string();
        for (version, count) in [(ApiVersion::V2_16, 0), (ApiVersion::Preview, 1)] {
            let body = json!({"title": "T", "author_id": RUI, "folder_id": folder["id"]});
            let create = Call {
                body,
                version,
                caller: RUI,
                ..Call::default()
            };
            handler("create_article").unwrap()(&mut world, &create).unwrap();
            let told = call(&mut world, "get_folder", &id, Value::Null).unwrap();
            assert_eq!(told["content_count"], count, "only Preview knows folders");
        }
        assert_eq!(
            fault(&mut world, "delete_folder", &id, Value::Null),
            (422, "unprocessable_entity")
        );
    }

    #[test]
    fn bad_folders_are_refused() {
        let mut world = world();
        for (body, code) in [
            (json!({"name": "Docs"}), "parameter_not_found"),
            (json!({"folder": {}}), "parameter_not_found"),
            (json!({"folder": {"name": " "}}), "parameter_invalid"),
            (
                json!({"folder": {"name": "x", "parent_folder_id": 5}}),
                "parameter_invalid",
            ),
        ] {
            assert_eq!(
                fault(&mut world, "create_folder", "", body.clone()),
                (400, code),
                "{body}"
            );
        }
    }
}
