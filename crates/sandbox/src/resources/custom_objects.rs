//! Operations on the workspace's own kinds of objects.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply, identifier_of},
    paging::PageNumber,
    world::{
        Attributes, World,
        records::{Instance, ObjectType},
    },
};
use serde_json::{Value, json};

/// Instances on a page unless asked otherwise, and at most.
const PAGE: (usize, usize) = (20, 150);

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_custom_object_instances" => list,
        "get_custom_object_instance" => get,
        "create_or_update_custom_object_instance" => write,
        "delete_custom_object_instance" => delete,
        "delete_custom_object_instance_by_external_id" => delete_by_external_id,
        _ => return None,
    })
}

/// The type that the path names, by its identifier in any spelling.
fn kind<'w>(world: &'w World, call: &Call) -> Result<(&'w String, &'w ObjectType), Fault> {
    let wanted = call.id(0);
    let mut all = world.records.object_types.iter();
    all.find(|(identifier, _)| identifier.eq_ignore_ascii_case(wanted))
        .ok_or_else(|| {
            let message = format!("Custom object type `{wanted}` not found");
            Fault::missing("not_found", message)
        })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let (_, kind) = kind(world, call)?;
    if let Some(external_id) = call.query("external_id").filter(|id| !id.is_empty()) {
        let one = by_external_id(kind, external_id)?;
        return Answer::ok(render(kind, one));
    }
    let holders = holders(world, call)?;
    let found: Vec<&Instance> = kind
        .instances
        .values()
        .rev()
        .filter(|one| {
            let held = |attributes: &&Attributes| mentions(attributes, one);
            holders.as_ref().is_none_or(|all| all.iter().any(held))
        })
        .collect();
    let page = PageNumber::of(call, PAGE.0, PAGE.1)?;
    let data: Vec<Value> = page
        .slice(&found)
        .iter()
        .map(|one| render(kind, one))
        .collect();
    let path = format!(
        "{}/custom_object_instances/{}",
        world.workspace.base_url,
        call.id(0)
    );
    let mut pages = page.pages(found.len(), &path);
    if pages["next"].is_null()
        && let Some(pages) = pages.as_object_mut()
    {
        pages.shift_remove("next");
    }
    Answer::ok(json!({"type": "list", "pages": pages, "total_count": found.len(), "data": data}))
}

/// The attributes of the contact or conversation whose instances are asked for; none when all are.
fn holders<'w>(world: &'w World, call: &Call) -> Result<Option<Vec<&'w Attributes>>, Fault> {
    let given = |name: &str| call.query(name).filter(|id| !id.is_empty());
    let missing = || Fault::missing("not_found", "Object not found");
    if let Some(id) = given("references_contact_id") {
        let contact = id.parse().ok().and_then(|id| world.contacts.get(&id));
        let attributes = &contact.ok_or_else(missing)?.custom_attributes;
        return Ok(Some(vec![attributes]));
    }
    if let Some(id) = given("references_conversation_id") {
        let talk = id.parse().ok().and_then(|id| world.conversations.get(&id));
        let attributes = &talk.ok_or_else(missing)?.custom_attributes;
        return Ok(Some(vec![attributes]));
    }
    Ok(None)
}

/// Whether one of the attributes points to an instance, by either of its ids.
fn mentions(attributes: &Attributes, one: &Instance) -> bool {
    let points = |value: &Value| {
        let is =
            |key: &str, id: &str| value.get(key).and_then(identifier_of).as_deref() == Some(id);
        is("id", &one.id.to_string()) || is("external_id", &one.external_id)
    };
    attributes
        .values()
        .filter_map(|value| value.get("instances")?.as_array())
        .flatten()
        .any(points)
}

fn get(world: &mut World, call: &Call) -> Reply {
    let (_, kind) = kind(world, call)?;
    let one = call.number(1).and_then(|id| kind.instances.get(&id));
    let one = one.map_or_else(|| by_external_id(kind, call.id(1)), Ok)?;
    Answer::ok(render(kind, one))
}

fn by_external_id<'k>(kind: &'k ObjectType, external_id: &str) -> Result<&'k Instance, Fault> {
    let mut all = kind.instances.values();
    all.find(|one| one.external_id == external_id)
        .ok_or_else(gone)
}

fn gone() -> Fault {
    Fault::missing("not_found", "Custom object instance not found")
}

fn write(world: &mut World, call: &Call) -> Reply {
    let identifier = kind(world, call)?.0.clone();
    let attributes = match call.field("custom_attributes") {
        None => Attributes::new(),
        Some(Value::Object(attributes)) => attributes.clone(),
        Some(_) => {
            let message = "custom_attributes must be an object";
            return Err(Fault::new(400, "type_mismatch", message).of("custom_attributes"));
        }
    };
    let given = call.identifier("external_id");
    let known = world.records.object_types[&identifier]
        .instances
        .values()
        .find(|one| given.as_deref() == Some(&one.external_id))
        .cloned();
    let now = world.now();
    let mut one = known.unwrap_or_else(|| {
        let id = world.ids.small();
        Instance {
            id,
            external_id: given.unwrap_or_else(|| id.to_string()),
            created_at: now,
            ..Instance::default()
        }
    });
    one.updated_at = now;
    one.external_created_at = call
        .integer("external_created_at")
        .or(one.external_created_at);
    one.external_updated_at = call
        .integer("external_updated_at")
        .or(one.external_updated_at);
    for (name, value) in attributes {
        if value.is_null() {
            one.attributes.shift_remove(&name);
        } else {
            one.attributes.insert(name, value);
        }
    }
    let kind = world.records.object_types.entry(identifier).or_default();
    let body = render(kind, &one);
    kind.instances.insert(one.id, one);
    Answer::ok(body)
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let (identifier, kind) = kind(world, call)?;
    let id = call.number(1).filter(|id| kind.instances.contains_key(id));
    let identifier = identifier.clone();
    remove(world, &identifier, id.ok_or_else(gone)?)
}

fn delete_by_external_id(world: &mut World, call: &Call) -> Reply {
    let (identifier, kind) = kind(world, call)?;
    let external_id = call.query("external_id").filter(|id| !id.is_empty());
    let external_id = external_id.ok_or_else(|| Fault::absent("external_id"))?;
    let id = by_external_id(kind, external_id)?.id;
    let identifier = identifier.clone();
    remove(world, &identifier, id)
}

fn remove(world: &mut World, identifier: &str, id: u64) -> Reply {
    let kind = world
        .records
        .object_types
        .get_mut(identifier)
        .ok_or_else(gone)?;
    kind.instances.remove(&id);
    Answer::ok(json!({"id": id.to_string(), "object": kind.name, "deleted": true}))
}

fn render(kind: &ObjectType, one: &Instance) -> Value {
    json!({
        "id": one.id.to_string(),
        "type": kind.name,
        "external_id": one.external_id,
        "external_created_at": one.external_created_at,
        "external_updated_at": one.external_updated_at,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "custom_attributes": one.attributes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, contact, fault, world};

    fn with_orders() -> World {
        let mut world = world();
        let kind = ObjectType {
            name: "Order".into(),
            ..ObjectType::default()
        };
        world.records.object_types.insert("order".into(), kind);
        for n in 1..=3 {
            let body = json!({"external_id": format!("SP{n}"), "custom_attributes": {"total": n, "state": "packed"}});
            call(
                &mut world,
                "create_or_update_custom_object_instance",
                "Order",
                body,
            )
            .unwrap();
        }
        world
    }

    #[test]
    fn writing_again_changes_the_same_instance() {
        let mut world = with_orders();
        let body =
            json!({"external_id": "SP2", "custom_attributes": {"state": "sent", "total": null}});
        let told = call(
            &mut world,
            "create_or_update_custom_object_instance",
            "order",
            body,
        )
        .unwrap();
        assert_eq!(told["custom_attributes"], json!({"state": "sent"}));
        let list = call(
            &mut world,
            "list_custom_object_instances",
            "order?per_page=2",
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            (&list["total_count"], list["data"].as_array().unwrap().len()),
            (&json!(3), 2)
        );
        let id = told["id"].as_str().unwrap();
        for target in [
            format!("order/{id}"),
            "order/SP2".into(),
            "order?external_id=SP2".into(),
        ] {
            let operation = if target.contains('?') {
                "list_custom_object_instances"
            } else {
                "get_custom_object_instance"
            };
            assert_eq!(
                call(&mut world, operation, &target, Value::Null).unwrap(),
                told
            );
        }
    }

    #[test]
    fn instances_are_found_by_who_points_to_them() {
        let mut world = with_orders();
        let ana = contact(&world, "Ana");
        let orders = json!({"type": "order.list", "instances": [{"external_id": "SP3"}]});
        let attributes = &mut world.contacts.get_mut(&ana).unwrap().custom_attributes;
        attributes.insert("orders".into(), orders);
        let target = format!("order?references_contact_id={ana}");
        let list = call(
            &mut world,
            "list_custom_object_instances",
            &target,
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            (&list["total_count"], &list["data"][0]["external_id"]),
            (&json!(1), &json!("SP3"))
        );
        assert_eq!(
            fault(
                &mut world,
                "list_custom_object_instances",
                "order?references_conversation_id=1",
                Value::Null
            ),
            (404, "not_found")
        );
    }

    #[test]
    fn deleted_instances_are_gone() {
        let mut world = with_orders();
        let told = call(
            &mut world,
            "delete_custom_object_instance_by_external_id",
            "order?external_id=SP1",
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            (&told["object"], &told["deleted"]),
            (&json!("Order"), &json!(true))
        );
        let target = format!("order/{}", told["id"].as_str().unwrap());
        for operation in [
            "delete_custom_object_instance",
            "get_custom_object_instance",
        ] {
            assert_eq!(
                fault(&mut world, operation, &target, Value::Null),
                (404, "not_found")
            );
        }
        assert_eq!(
            fault(
                &mut world,
                "list_custom_object_instances",
                "boat",
                Value::Null
            ),
            (404, "not_found")
        );
    }
}
