//! Pages of outside sources.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::PageNumber,
    world::{World, content::ExternalPage},
};
use serde_json::{Value, json};
use std::cmp::Reverse;

/// What carries out an operation on pages.
pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_external_pages" => list,
        "get_external_page" => get,
        "create_external_page" => create,
        "update_external_page" => update,
        "delete_external_page" => delete,
        _ => return None,
    })
}

fn render(page: &ExternalPage) -> Value {
    let mut out = json!({
        "type": "external_page",
        "id": page.id.to_string(),
        "title": page.title,
        "html": page.html,
        "ai_agent_availability": page.uses.agent,
        "ai_copilot_availability": page.uses.copilot,
        "ai_sales_agent_availability": page.uses.sales,
        "fin_availability": page.uses.agent,
        "locale": "en",
        "source_id": page.source,
        "external_id": page.external_id,
        "created_at": page.created_at,
        "updated_at": page.updated_at,
        "last_ingested_at": page.updated_at,
    });
    if let Some(url) = &page.url {
        out["url"] = json!(url);
    }
    out
}

fn list(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, 50, 150)?;
    let mut all: Vec<&ExternalPage> = world.content.pages.values().collect();
    all.sort_by_key(|page| Reverse((page.updated_at, page.id)));
    let data: Vec<Value> = page.slice(&all).iter().map(|page| render(page)).collect();
    let address = format!("{}/ai/external_pages", world.workspace.base_url);
    let pages = page.pages(all.len(), &address);
    Answer::ok(json!({"type": "list", "pages": pages, "total_count": all.len(), "data": data}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(find(world, call)?))
}

/// Makes a page, or changes the one that its source already calls so.
fn create(world: &mut World, call: &Call) -> Reply {
    for required in ["title", "html", "locale", "source_id", "external_id"] {
        if call.field(required).is_none() {
            return Err(Fault::absent(required));
        }
    }
    let source = source(world, call)?;
    let external_id = call.identifier("external_id").unwrap_or_default();
    let known = world
        .content
        .pages
        .values()
        .find(|page| page.source == source && page.external_id == external_id);
    let mut page = known.cloned().unwrap_or_else(|| ExternalPage {
        external_id,
        created_at: world.now(),
        audience_ids: world.content.sources[&source].audience_ids.clone(),
        ..ExternalPage::default()
    });
    fill(world, &mut page, call)?;
    if page.id == 0 {
        page.id = world.ids.small();
    }
    Answer::ok(keep(world, page))
}

fn update(world: &mut World, call: &Call) -> Reply {
    let mut page = find(world, call)?.clone();
    for required in ["title", "html", "url", "locale", "source_id"] {
        if call.field(required).is_none() {
            return Err(Fault::absent(required));
        }
    }
    if let Some(external_id) = call.identifier("external_id") {
        page.external_id = external_id;
    }
    fill(world, &mut page, call)?;
    Answer::ok(keep(world, page))
}

/// Removes a page; what is told of it has no text any more.
fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    let mut page = world.content.pages.remove(&id).unwrap_or_default();
    page.html.clear();
    Answer::ok(render(&page))
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w ExternalPage, Fault> {
    call.number(0)
        .and_then(|id| world.content.pages.get(&id))
        .ok_or_else(|| Fault::missing("not_found", "Resource Not Found"))
}

/// The source that the body names. Pages of a source that is crawled cannot be written.
fn source(world: &World, call: &Call) -> Result<u64, Fault> {
    let source = call
        .integer("source_id")
        .and_then(|id| world.content.sources.get(&u64::try_from(id).ok()?))
        .ok_or_else(|| Fault::missing("not_found", "Content import source not found"))?;
    if source.sync_behavior != "api" {
        let message = "The pages of this source are synced; only a source of the API takes pages";
        return Err(Fault::invalid(message).of("source_id"));
    }
    Ok(source.id)
}

fn fill(world: &World, page: &mut ExternalPage, call: &Call) -> Result<(), Fault> {
    if call.text("locale") != Some("en") {
        return Err(Fault::invalid("locale must be en").of("locale"));
    }
    page.source = source(world, call)?;
    for (field, key) in [(&mut page.title, "title"), (&mut page.html, "html")] {
        call.text(key)
            .ok_or_else(|| Fault::invalid(format!("{key} must be a text")).of(key))?
            .clone_into(field);
    }
    if call.names("url") {
        page.url = call.text("url").map(str::to_owned);
    }
    if let Some(both) = call.flag("fin_availability") {
        (page.uses.agent, page.uses.copilot) = (both, both);
    }
    for (flag, key) in [
        (&mut page.uses.agent, "ai_agent_availability"),
        (&mut page.uses.copilot, "ai_copilot_availability"),
        (&mut page.uses.sales, "ai_sales_agent_availability"),
    ] {
        *flag = call.flag(key).unwrap_or(*flag);
    }
    page.updated_at = world.now();
    Ok(())
}

/// Stores a page and tells it; its source has just been synced.
fn keep(world: &mut World, page: ExternalPage) -> Value {
    let answer = render(&page);
    if let Some(source) = world.content.sources.get_mut(&page.source) {
        source.last_synced_at = page.updated_at;
    }
    world.content.pages.insert(page.id, page);
    answer
}

#[cfg(test)]
mod tests {
    use crate::testing::{NOW, call, fault, world};
    use crate::world::{World, content::ImportSource};
    use serde_json::{Value, json};

    fn with_sources() -> World {
        let mut world = world();
        for (id, behavior) in [(42, "api"), (43, "automatic")] {
            let source = ImportSource {
                id,
                sync_behavior: behavior.into(),
                ..ImportSource::default()
            };
            world.content.sources.insert(id, source);
        }
        world
    }

    fn page(extra: &Value) -> Value {
        let mut body = json!({"title": "Torque", "html": "<p>5 Nm</p>", "locale": "en", "source_id": 42, "external_id": "torque"});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        body
    }

    #[test]
    fn one_name_in_one_source_is_one_page() {
        let mut world = with_sources();
        let first = call(
            &mut world,
            "create_external_page",
            "",
            page(&json!({"ai_agent_availability": true})),
        )
        .unwrap();
        world.clock.advance(60);
        let again = call(
            &mut world,
            "create_external_page",
            "",
            page(&json!({"html": "<p>6 Nm</p>", "url": "https://a.example/t"})),
        )
        .unwrap();
        assert_eq!(
            (&again["id"], &again["created_at"], &again["updated_at"]),
            (&first["id"], &json!(NOW), &json!(NOW + 60))
        );
        assert_eq!(
            (
                &again["ai_agent_availability"],
                &again["ai_copilot_availability"]
            ),
            (&json!(true), &json!(false)),
            "what is not named stays"
        );
        assert_eq!(world.content.sources[&42].last_synced_at, NOW + 60);
        let id = first["id"].as_str().unwrap();
        let body = json!({"title": "Torque", "html": "<p>7</p>", "url": "https://a.example/t", "locale": "en", "source_id": 42, "fin_availability": false});
        let changed = call(&mut world, "update_external_page", id, body).unwrap();
        assert_eq!(
            (&changed["ai_agent_availability"], &changed["external_id"]),
            (&json!(false), &json!("torque"))
        );
        let gone = call(&mut world, "delete_external_page", id, Value::Null).unwrap();
        assert_eq!((&gone["html"], &gone["id"]), (&json!(""), &json!(id)));
        assert_eq!(
            call(&mut world, "list_external_pages", "", Value::Null).unwrap()["total_count"],
            0
        );
    }

    #[test]
    fn bad_pages_are_refused() {
        let mut world = with_sources();
        for (body, expected) in [
            (page(&json!({"title": null})), (400, "parameter_not_found")),
            (page(&json!({"locale": "fr"})), (400, "parameter_invalid")),
            (page(&json!({"source_id": 9})), (404, "not_found")),
            (page(&json!({"source_id": 43})), (400, "parameter_invalid")),
        ] {
            assert_eq!(
                fault(&mut world, "create_external_page", "", body.clone()),
                expected,
                "{body}"
            );
        }
        assert_eq!(
            fault(&mut world, "get_external_page", "9", Value::Null),
            (404, "not_found")
        );
    }
}
