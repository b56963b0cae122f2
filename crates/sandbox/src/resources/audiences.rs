//! Operations on audiences: the groups of people that content is meant for.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::PageNumber,
    world::{
        World,
        content::{Audience, Predicate},
    },
};
use serde_json::{Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_audiences" => list,
        "get_audience" => get,
        "create_audience" => create,
        "update_audience" => update,
        "delete_audience" => delete,
        _ => return None,
    })
}

/// The audiences that `audience_ids` names: a number, a list of numbers, or null for none.
pub(crate) fn ids_of(world: &World, value: &Value) -> Result<Vec<u64>, Fault> {
    let asked = match value {
        Value::Null => &[],
        Value::Array(ids) => ids.as_slice(),
        one => std::slice::from_ref(one),
    };
    let known = |id: &Value| {
        id.as_u64()
            .filter(|id| world.content.audiences.contains_key(id))
    };
    let strange: Vec<String> = asked
        .iter()
        .filter(|id| known(id).is_none())
        .map(ToString::to_string)
        .collect();
    if !strange.is_empty() {
        let message = format!(
            "audience_ids contains unknown audience IDs: {}",
            strange.join(", ")
        );
        return Err(Fault::missing("parameter_invalid", message));
    }
    let mut ids: Vec<u64> = asked.iter().filter_map(known).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn render(audience: &Audience) -> Value {
    let rules = |rules: &[Predicate]| -> Value {
        rules
            .iter()
            .map(|rule| json!({"attribute": rule.attribute, "type": rule.kind, "comparison": rule.comparison, "value": rule.value}))
            .collect()
    };
    json!({
        "type": "audience",
        "id": audience.id.to_string(),
        "name": audience.name,
        "predicates": rules(&audience.predicates),
        "role_predicates": rules(&audience.role_predicates),
        "created_at": audience.created_at,
        "updated_at": audience.updated_at,
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, 50, 50)?;
    let audiences: Vec<&Audience> = world.content.audiences.values().collect();
    let data: Vec<Value> = page
        .slice(&audiences)
        .iter()
        .map(|audience| render(audience))
        .collect();
    Answer::ok(
        json!({"type": "list", "data": data, "total_count": audiences.len(), "page": page.page,
        "per_page": page.per_page, "total_pages": page.total_pages(audiences.len())}),
    )
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(find(world, call)?))
}

fn create(world: &mut World, call: &Call) -> Reply {
    if call.field("name").is_none() {
        return Err(wrong("Name is required"));
    }
    let mut audience = Audience {
        created_at: world.now(),
        ..Audience::default()
    };
    fill(world, &mut audience, call)?;
    audience.id = world.ids.small();
    let answer = render(&audience);
    world.content.audiences.insert(audience.id, audience);
    Answer::with(201, answer)
}

fn update(world: &mut World, call: &Call) -> Reply {
    let mut audience = find(world, call)?.clone();
    fill(world, &mut audience, call)?;
    let answer = render(&audience);
    world.content.audiences.insert(audience.id, audience);
    Answer::ok(answer)
}

/// Removes an audience; content that was aimed at it is for everybody else it was aimed at, or for all.
fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    let content = &mut world.content;
    content.audiences.remove(&id);
    let articles = world.articles.values_mut().map(|it| &mut it.audience_ids);
    let internal = world
        .internal_articles
        .values_mut()
        .map(|it| &mut it.audience_ids);
    let sources = content.sources.values_mut().map(|it| &mut it.audience_ids);
    let pages = content.pages.values_mut().map(|it| &mut it.audience_ids);
    let files = content.files.values_mut().map(|it| &mut it.audience_ids);
    let snippets = content.snippets.values_mut().map(|it| &mut it.audience_ids);
    articles
        .chain(internal)
        .chain(sources)
        .chain(pages)
        .chain(files)
        .chain(snippets)
        .for_each(|ids| ids.retain(|known| *known != id));
    Answer::empty(204)
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Audience, Fault> {
    call.number(0)
        .and_then(|id| world.content.audiences.get(&id))
        .ok_or_else(|| Fault::missing("not_found", "Resource Not Found"))
}

fn wrong(message: &str) -> Fault {
    Fault::new(422, "validation_error", message)
}

fn fill(world: &World, audience: &mut Audience, call: &Call) -> Result<(), Fault> {
    if let Some(name) = call.field("name") {
        let name = name.as_str().filter(|name| !name.trim().is_empty());
        name.ok_or_else(|| wrong("Name must not be blank"))?
            .clone_into(&mut audience.name);
    }
    for (field, key) in [
        (&mut audience.predicates, "predicates"),
        (&mut audience.role_predicates, "role_predicates"),
    ] {
        if let Some(rules) = call.field(key) {
            *field = predicates(rules, key)?;
        }
    }
    audience.updated_at = world.now();
    Ok(())
}

fn predicates(rules: &Value, key: &str) -> Result<Vec<Predicate>, Fault> {
    let rules = rules
        .as_array()
        .ok_or_else(|| wrong(&format!("{key} must be a list")))?;
    rules
        .iter()
        .map(|rule| {
            let text = |name: &str| {
                let value = rule.get(name).filter(|value| !value.is_null());
                crate::call::identifier_of(value?)
            };
            let needed = |name: &str| {
                text(name).ok_or_else(|| wrong(&format!("Each of {key} needs {name}")))
            };
            Ok(Predicate {
                attribute: needed("attribute")?,
                kind: text("type").unwrap_or_else(|| "string".into()),
                comparison: needed("comparison")?,
                value: text("value").unwrap_or_default(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::{RUI, call, fault, world};
    use serde_json::{Value, json};

    #[test]
    fn an_audience_is_made_changed_and_taken_off_what_was_aimed_at_it() {
        let mut world = world();
        let rule = json!({"attribute": "company.name", "type": "string", "comparison": "contains", "value": "Acme"});
        let made = call(
            &mut world,
            "create_audience",
            "",
            json!({"name": "VIP", "predicates": [rule]}),
        )
        .unwrap();
        assert_eq!(
            (&made["predicates"][0], &made["role_predicates"]),
            (&rule, &json!([]))
        );
        let id = made["id"].as_str().unwrap();
        let number: u64 = id.parse().unwrap();
        let changed = call(
            &mut world,
            "update_audience",
            id,
            json!({"name": "Best", "predicates": []}),
        )
        .unwrap();
        assert_eq!(
            (&changed["name"], &changed["predicates"]),
            (&json!("Best"), &json!([]))
        );
        let body = json!({"title": "T", "author_id": RUI, "audience_ids": [number]});
        let article = call(&mut world, "create_article", "", body).unwrap();
        assert_eq!(article["help_center_audience"], "restricted");
        assert_eq!(
            call(&mut world, "list_audiences", "", Value::Null).unwrap()["total_count"],
            1
        );
        assert_eq!(
            call(&mut world, "delete_audience", id, Value::Null).unwrap(),
            Value::Null
        );
        let article_id = article["id"].as_str().unwrap();
        assert_eq!(
            call(&mut world, "get_article", article_id, Value::Null).unwrap()["help_center_audience"],
            "everyone"
        );
        assert_eq!(
            fault(&mut world, "get_audience", id, Value::Null),
            (404, "not_found")
        );
    }

    #[test]
    fn bad_audiences_are_refused() {
        let mut world = world();
        for body in [
            json!({}),
            json!({"name": " "}),
            json!({"name": "x", "predicates": "all"}),
            json!({"name": "x", "predicates": [{"attribute": "role"}]}),
        ] {
            assert_eq!(
                fault(&mut world, "create_audience", "", body.clone()),
                (422, "validation_error"),
                "{body}"
            );
        }
        let body = json!({"title": "T", "author_id": RUI, "audience_ids": [999]});
        assert_eq!(
            fault(&mut world, "create_article", "", body),
            (404, "parameter_invalid")
        );
    }
}
