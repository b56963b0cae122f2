//! Making and renaming tags, and tagging many contacts or companies at once.

use super::{apply, render};
use crate::{
    call::{Answer, Call, Fault, Reply, identifier_of},
    world::{
        ObjectId, World,
        people::{Applied, Tag},
    },
};
use catalog::ApiVersion;
use serde_json::{Value, json};

pub(super) fn create_or_update(world: &mut World, call: &Call) -> Reply {
    let name = call
        .text("name")
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Fault::invalid("invalid tag parameters"))?
        .to_owned();
    let tag = named(world, call, &name)?;
    let mut body = render(&tag);
    for (key, contacts) in [("users", true), ("companies", false)] {
        let none = Vec::new();
        let mut done = Vec::new();
        for wanted in call.list(key).unwrap_or(&none) {
            let untag = wanted
                .get("untag")
                .and_then(Value::as_bool)
                .unwrap_or(false);
            let new = Applied {
                tag: tag.id,
                at: world.now(),
                by: call.caller,
            };
            let Some((id, tags)) = target(world, wanted, contacts) else {
                // Since 2.16 what does not exist is passed over.
                if call.version >= ApiVersion::V2_16 {
                    continue;
                }
                return Err(if contacts {
                    Fault::missing("not_found", "User Not Found")
                } else {
                    Fault::missing("company_not_found", "Company Not Found")
                });
            };
            if untag {
                tags.retain(|there| there.tag != tag.id);
            } else {
                apply(tags, new);
            }
            done.push(json!({"id": id.to_string(), "tagged": !untag}));
        }
        body[key] = json!(done);
    }
    Answer::ok(body)
}

/// The tag of that id, renamed, or of that name, made when there is none.
fn named(world: &mut World, call: &Call, name: &str) -> Result<Tag, Fault> {
    if let Some(id) = call.identifier("id") {
        let tag = id
            .parse()
            .ok()
            .and_then(|id: u64| world.tags.get_mut(&id))
            .ok_or_else(|| Fault::missing("not_found", "Resource Not Found"))?;
        name.clone_into(&mut tag.name);
        return Ok(tag.clone());
    }
    if let Some(tag) = world
        .tags
        .values()
        .find(|tag| tag.name.eq_ignore_ascii_case(name))
    {
        return Ok(tag.clone());
    }
    let tag = Tag {
        id: world.ids.small(),
        name: name.to_owned(),
    };
    world.tags.insert(tag.id, tag.clone());
    Ok(tag)
}

/// The contact or the company that an item names, and its tags.
fn target<'a>(
    world: &'a mut World,
    wanted: &Value,
    contacts: bool,
) -> Option<(ObjectId, &'a mut Vec<Applied>)> {
    let given = |name: &str| wanted.get(name).and_then(identifier_of);
    let id = given("id").and_then(|id| id.parse::<ObjectId>().ok());
    if contacts {
        let (external, email) = (given("user_id"), given("email"));
        let is = |known: Option<&String>, asked: &Option<String>| {
            asked.is_some() && known == asked.as_ref()
        };
        let contact = world.contacts.values_mut().find(|one| {
            Some(one.id) == id
                || is(one.external_id.as_ref(), &external)
                || is(one.email.as_ref(), &email)
        })?;
        return Some((contact.id, &mut contact.tags));
    }
    let own = given("company_id");
    let company = world
        .companies
        .values_mut()
        .find(|one| Some(one.id) == id || own.as_deref() == Some(&one.company_id))?;
    Some((company.id, &mut company.tags))
}

#[cfg(test)]
mod tests {
    use crate::testing::{TAG, call, contact, fault, world};
    use serde_json::json;

    #[test]
    fn a_name_makes_one_tag_only() {
        let mut world = world();
        let first = call(
            &mut world,
            "create_or_update_tag",
            "",
            json!({"name": "Refund"}),
        )
        .unwrap();
        let second = call(
            &mut world,
            "create_or_update_tag",
            "",
            json!({"name": "refund"}),
        )
        .unwrap();
        assert_eq!(first["id"], second["id"]);
        let renamed = call(
            &mut world,
            "create_or_update_tag",
            "",
            json!({"name": "Money back", "id": first["id"]}),
        )
        .unwrap();
        assert_eq!(
            (&renamed["id"], &renamed["name"]),
            (&first["id"], &json!("Money back"))
        );
        assert_eq!(
            fault(&mut world, "create_or_update_tag", "", json!({"name": " "})),
            (400, "parameter_invalid")
        );
        assert_eq!(
            fault(
                &mut world,
                "create_or_update_tag",
                "",
                json!({"name": "x", "id": "1"})
            ),
            (404, "not_found")
        );
    }

    #[test]
    fn many_are_tagged_and_strangers_passed_over() {
        let mut world = world();
        let ana = contact(&world, "Ana").to_string();
        let body = json!({"name": "billing", "users": [{"id": ana}, {"id": "nobody"}]});
        let got = call(&mut world, "create_or_update_tag", "", body).unwrap();
        assert_eq!(
            (&got["id"], &got["users"]),
            (
                &json!(TAG.to_string()),
                &json!([{"id": ana, "tagged": true}])
            )
        );
        let body = json!({"name": "billing", "users": [{"user_id": "u-77", "untag": true}]});
        let got = call(&mut world, "create_or_update_tag", "", body).unwrap();
        assert_eq!(got["users"][0]["tagged"], false);
        assert_eq!(
            call(&mut world, "list_contact_tags", &ana, json!(null)).unwrap()["data"],
            json!([])
        );
    }
}
