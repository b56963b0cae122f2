//! Operations on the outside sources and pages that Fin reads.

mod pages;

use super::audiences;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::PageNumber,
    world::{World, content::ImportSource},
};
use serde_json::{Value, json};
use std::cmp::Reverse;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_content_import_sources" => list,
        "get_content_import_source" => get,
        "create_content_import_source" => create,
        "update_content_import_source" => update,
        "delete_content_import_source" => delete,
        _ => return pages::handler(operation),
    })
}

fn render(source: &ImportSource) -> Value {
    json!({
        "type": "content_import_source",
        "id": source.id,
        "last_synced_at": source.last_synced_at,
        "sync_behavior": source.sync_behavior,
        "status": source.status,
        "url": source.url,
        "created_at": source.created_at,
        "updated_at": source.updated_at,
        "audience_ids": source.audience_ids,
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, 50, 150)?;
    let mut sources: Vec<&ImportSource> = world.content.sources.values().collect();
    sources.sort_by_key(|source| Reverse((source.updated_at, source.id)));
    let data: Vec<Value> = page
        .slice(&sources)
        .iter()
        .map(|source| render(source))
        .collect();
    let address = format!("{}/ai/content_import_sources", world.workspace.base_url);
    let pages = page.pages(sources.len(), &address);
    Answer::ok(json!({"type": "list", "pages": pages, "total_count": sources.len(), "data": data}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(find(world, call)?))
}

fn create(world: &mut World, call: &Call) -> Reply {
    match call.field("sync_behavior").map(Value::as_str) {
        None => return Err(Fault::absent("sync_behavior")),
        Some(Some("api")) => {}
        Some(_) => {
            return Err(Fault::invalid(
                "sync_behavior must be api for sources made through the API",
            )
            .of("sync_behavior"));
        }
    }
    let now = world.now();
    let mut source = ImportSource {
        sync_behavior: "api".into(),
        status: "active".into(),
        last_synced_at: now,
        created_at: now,
        ..ImportSource::default()
    };
    fill(world, &mut source, call)?;
    source.id = world.ids.small();
    Answer::ok(keep(world, source, "content_import_source.created"))
}

fn update(world: &mut World, call: &Call) -> Reply {
    let mut source = find(world, call)?.clone();
    let asked = call
        .field("sync_behavior")
        .ok_or_else(|| Fault::absent("sync_behavior"))?;
    // What is written `automated` is told as `automatic`.
    let behavior = match asked.as_str() {
        Some("automated" | "automatic") => "automatic",
        Some(kept @ ("api" | "manual")) => kept,
        _ => {
            return Err(
                Fault::invalid("sync_behavior must be one of api, automated, manual")
                    .of("sync_behavior"),
            );
        }
    };
    if (behavior == "api") != (source.sync_behavior == "api") {
        let message = "sync_behavior cannot be changed to or from api";
        return Err(Fault::invalid(message).of("sync_behavior"));
    }
    behavior.clone_into(&mut source.sync_behavior);
    fill(world, &mut source, call)?;
    if call.flag("apply_audience_to_existing_content") == Some(true) {
        let all = world.content.pages.values_mut();
        for page in all.filter(|page| page.source == source.id) {
            page.audience_ids.clone_from(&source.audience_ids);
        }
    }
    Answer::ok(keep(world, source, "content_import_source.updated"))
}

/// Removes a source and the pages that came from it.
fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    world.content.sources.remove(&id);
    world.content.pages.retain(|_, page| page.source != id);
    world.emit(
        "content_import_source.deleted",
        |_| json!({"type": "content_import_source", "id": id, "deleted": true}),
    );
    Answer::empty(204)
}

/// Stores a source and tells it.
fn keep(world: &mut World, source: ImportSource, topic: &'static str) -> Value {
    let answer = render(&source);
    let told = answer.clone();
    world.content.sources.insert(source.id, source);
    world.emit(topic, |_| told);
    answer
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w ImportSource, Fault> {
    call.number(0)
        .and_then(|id| world.content.sources.get(&id))
        .ok_or_else(|| Fault::missing("not_found", "Resource Not Found"))
}

fn fill(world: &World, source: &mut ImportSource, call: &Call) -> Result<(), Fault> {
    let url = call.text("url").ok_or_else(|| Fault::absent("url"))?;
    if url::Url::parse(url).is_err() {
        return Err(Fault::invalid("url must be a whole address").of("url"));
    }
    if source.sync_behavior != "api" && url != source.url {
        return Err(Fault::invalid("Only a source of the API may change its url").of("url"));
    }
    url.clone_into(&mut source.url);
    if let Some(status) = call.field("status") {
        source.status = match status.as_str() {
            Some(kept @ ("active" | "deactivated")) => kept.into(),
            _ => return Err(Fault::invalid("status must be active or deactivated").of("status")),
        };
    }
    if let Some(ids) = call.body.get("audience_ids") {
        source.audience_ids = audiences::ids_of(world, ids)?;
    }
    source.updated_at = world.now();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, fault, world};
    use crate::world::content::{Audience, ImportSource};
    use serde_json::{Value, json};

    #[test]
    fn a_source_takes_its_pages_along() {
        let mut world = world();
        world.content.audiences.insert(5, Audience::default());
        let body =
            json!({"sync_behavior": "api", "url": "https://docs.shop.example", "audience_ids": 5});
        let source = call(&mut world, "create_content_import_source", "", body).unwrap();
        assert_eq!(
            (&source["status"], &source["audience_ids"]),
            (&json!("active"), &json!([5]))
        );
        let id = source["id"].as_u64().unwrap();
        let page = json!({"title": "T", "html": "<p>x</p>", "locale": "en", "source_id": id, "external_id": "a"});
        call(&mut world, "create_external_page", "", page).unwrap();
        let body = json!({"sync_behavior": "api", "url": "https://docs.shop.example/v2", "status": "deactivated", "audience_ids": null, "apply_audience_to_existing_content": true});
        let changed = call(
            &mut world,
            "update_content_import_source",
            &id.to_string(),
            body,
        )
        .unwrap();
        assert_eq!(
            (&changed["audience_ids"], &changed["status"]),
            (&json!([]), &json!("deactivated"))
        );
        assert!(
            world
                .content
                .pages
                .values()
                .all(|page| page.audience_ids.is_empty())
        );
        let listed = call(&mut world, "list_content_import_sources", "", Value::Null).unwrap();
        assert_eq!(
            (&listed["total_count"], &listed["data"][0]),
            (&json!(1), &changed)
        );
        call(
            &mut world,
            "delete_content_import_source",
            &id.to_string(),
            Value::Null,
        )
        .unwrap();
        assert!(world.content.pages.is_empty());
        assert_eq!(
            fault(
                &mut world,
                "get_content_import_source",
                &id.to_string(),
                Value::Null
            ),
            (404, "not_found")
        );
    }

    #[test]
    fn bad_sources_are_refused() {
        let mut world = world();
        let crawled = ImportSource {
            id: 7,
            sync_behavior: "automatic".into(),
            url: "https://a.example".into(),
            ..ImportSource::default()
        };
        world.content.sources.insert(7, crawled);
        for (operation, path, body, expected) in [
            (
                "create_content_import_source",
                "",
                json!({"url": "https://a.example"}),
                (400, "parameter_not_found"),
            ),
            (
                "create_content_import_source",
                "",
                json!({"sync_behavior": "manual", "url": "https://a.example"}),
                (400, "parameter_invalid"),
            ),
            (
                "create_content_import_source",
                "",
                json!({"sync_behavior": "api", "url": "docs"}),
                (400, "parameter_invalid"),
            ),
            (
                "create_content_import_source",
                "",
                json!({"sync_behavior": "api", "url": "https://a.example", "audience_ids": [9]}),
                (404, "parameter_invalid"),
            ),
            (
                "update_content_import_source",
                "7",
                json!({"sync_behavior": "api", "url": "https://a.example"}),
                (400, "parameter_invalid"),
            ),
            (
                "update_content_import_source",
                "7",
                json!({"sync_behavior": "manual", "url": "https://b.example"}),
                (400, "parameter_invalid"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, operation, path, body.clone()),
                expected,
                "{body}"
            );
        }
    }
}
