//! Creating and changing companies.

use super::{find, render};
use crate::{
    call::{Answer, Call, Fault, Reply, integer_of},
    world::{ObjectId, Time, World, people::Company},
};
use serde_json::{Map, Value};

/// The largest monthly spend that Intercom stores.
const MAX_SPEND: i64 = 2_147_483_647;
/// What a body may name.
const FIELDS: [&str; 12] = [
    "id",
    "name",
    "company_id",
    "plan",
    "size",
    "website",
    "industry",
    "custom_attributes",
    "remote_created_at",
    "created_at",
    "update_last_request_at",
    "monthly_spend",
];

/// Creates a company, or changes the one that has the same id of ours.
pub(super) fn create_or_update(world: &mut World, call: &Call) -> Reply {
    let changes = Changes::read(call)?;
    let known = |company: &Company| match (&changes.company_id, &changes.name) {
        (Some(company_id), _) => company.company_id == *company_id,
        (None, Some(name)) => company.name == *name,
        (None, None) => false,
    };
    let named = call
        .text("id")
        .and_then(|id| id.parse::<ObjectId>().ok())
        .filter(|id| world.companies.contains_key(id));
    let existing = named.or_else(|| {
        world
            .companies
            .values()
            .find(|company| known(company))
            .map(|company| company.id)
    });
    if existing.is_none() && changes.company_id.is_none() && changes.name.is_none() {
        return Err(Fault::absent("company_id").of("company_id"));
    }
    let id = existing.unwrap_or_else(|| create(world, &changes));
    change(world, id, changes);
    let topic = if existing.is_some() {
        "company.updated"
    } else {
        "company.created"
    };
    tell(world, topic, id)
}

/// Changes a company by Intercom's id. The id of ours stays as it is.
pub(super) fn update(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call, 0)?;
    change(world, id, Changes::read(call)?);
    tell(world, "company.updated", id)
}

fn create(world: &mut World, changes: &Changes) -> ObjectId {
    let now = world.now();
    let id = world.ids.object(now);
    let company_id = changes
        .company_id
        .clone()
        .unwrap_or_else(|| world.ids.uuid());
    let name = changes.name.clone().unwrap_or_else(|| company_id.clone());
    world.companies.insert(
        id,
        Company {
            id,
            company_id,
            name,
            created_at: now,
            ..Company::default()
        },
    );
    id
}

fn change(world: &mut World, id: ObjectId, changes: Changes) {
    let now = world.now();
    let Some(company) = world.companies.get_mut(&id) else {
        return;
    };
    company.updated_at = now;
    if let Some(name) = changes.name {
        company.name = name;
    }
    company.plan = changes.plan.or(company.plan.take());
    company.size = changes.size.or(company.size);
    company.website = changes.website.or(company.website.take());
    company.industry = changes.industry.or(company.industry.take());
    company.monthly_spend = changes.monthly_spend.unwrap_or(company.monthly_spend);
    company.remote_created_at = changes.remote_created_at.or(company.remote_created_at);
    if changes.seen {
        company.last_request_at = Some(now);
    }
    for (name, value) in changes.custom_attributes {
        company.custom_attributes.insert(name, value);
    }
}

fn tell(world: &mut World, topic: &'static str, id: ObjectId) -> Reply {
    world.emit(topic, |world| render::whole(world, id));
    Answer::ok(render::whole(world, id))
}

/// What a body says, checked.
struct Changes {
    company_id: Option<String>,
    name: Option<String>,
    plan: Option<String>,
    size: Option<i64>,
    website: Option<String>,
    industry: Option<String>,
    monthly_spend: Option<i64>,
    remote_created_at: Option<Time>,
    seen: bool,
    custom_attributes: Map<String, Value>,
}

impl Changes {
    fn read(call: &Call) -> Result<Self, Fault> {
        let fields = call
            .body
            .as_object()
            .ok_or_else(|| Fault::invalid("the body must be a JSON object"))?;
        if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(Fault::new(
                400,
                "bad_request",
                format!("bad '{unknown}' parameter"),
            ));
        }
        let custom_attributes = match call.field("custom_attributes") {
            None => Map::new(),
            Some(Value::Object(attributes)) => attributes.clone(),
            Some(_) => {
                return Err(
                    Fault::invalid("custom_attributes must be an object").of("custom_attributes")
                );
            }
        };
        Ok(Self {
            company_id: call.identifier("company_id"),
            name: text(call, "name")?,
            plan: text(call, "plan")?,
            size: integer(call, "size")?,
            website: text(call, "website")?,
            industry: text(call, "industry")?,
            monthly_spend: spend(call)?,
            remote_created_at: integer(call, "remote_created_at")?,
            seen: call.flag("update_last_request_at").unwrap_or(false),
            custom_attributes,
        })
    }
}

fn text(call: &Call, name: &str) -> Result<Option<String>, Fault> {
    let read = |value: &Value| {
        value
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| mistyped(name, "a string"))
    };
    call.field(name).map(read).transpose()
}

fn integer(call: &Call, name: &str) -> Result<Option<i64>, Fault> {
    call.field(name)
        .map(|value| integer_of(value).ok_or_else(|| mistyped(name, "an integer")))
        .transpose()
}

/// Cents are cut off.
fn spend(call: &Call) -> Result<Option<i64>, Fault> {
    let Some(value) = call.field("monthly_spend") else {
        return Ok(None);
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float becomes the nearest integer that fits, and is checked next"
    )]
    let whole = integer_of(value).or_else(|| value.as_f64().map(|number| number.trunc() as i64));
    let whole = whole.ok_or_else(|| mistyped("monthly_spend", "an integer"))?;
    if (0..=MAX_SPEND).contains(&whole) {
        Ok(Some(whole))
    } else {
        Err(
            Fault::invalid(format!("monthly_spend must lie between 0 and {MAX_SPEND}"))
                .of("monthly_spend"),
        )
    }
}

fn mistyped(name: &str, kind: &str) -> Fault {
    Fault::new(400, "type_mismatch", format!("{name} must be {kind}")).of(name)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{id_of, with_companies};
    use crate::testing::{NOW, call, fault, world};
    use serde_json::{Value, json};

    #[test]
    fn the_same_id_of_ours_changes_the_same_company() {
        let mut world = world();
        let body = json!({"company_id": "acme-1", "name": "Acme", "plan": "Pro", "size": 40, "monthly_spend": 12.9,
            "remote_created_at": 1_770_000_000, "custom_attributes": {"tier": "gold", "seats": 3}});
        let made = call(&mut world, "create_or_update_company", "", body).unwrap();
        assert_eq!(
            (&made["name"], &made["plan"]["name"], &made["monthly_spend"]),
            (&json!("Acme"), &json!("Pro"), &json!(12))
        );
        assert!(made.get("last_request_at").is_none(), "{made}");
        let body = json!({"company_id": "acme-1", "name": "Acme Ltd", "custom_attributes": {"seats": 5}, "update_last_request_at": true});
        let again = call(&mut world, "create_or_update_company", "", body).unwrap();
        assert_eq!(
            (&again["id"], &again["name"], &again["size"]),
            (&made["id"], &json!("Acme Ltd"), &json!(40))
        );
        assert_eq!(
            (&again["custom_attributes"], &again["last_request_at"]),
            (&json!({"tier": "gold", "seats": 5}), &json!(NOW))
        );
        assert_eq!(world.companies.len(), 1);
    }

    #[test]
    fn an_update_keeps_the_id_of_ours() {
        let mut world = with_companies(1);
        let id = id_of(&mut world, "c-0");
        let changed = call(
            &mut world,
            "update_company",
            &id,
            json!({"company_id": "other", "name": "New", "industry": "Retail"}),
        )
        .unwrap();
        assert_eq!(
            (
                &changed["company_id"],
                &changed["name"],
                &changed["industry"]
            ),
            (&json!("c-0"), &json!("New"), &json!("Retail"))
        );
        assert_eq!(
            fault(
                &mut world,
                "update_company",
                "66f1aa00bb11cc22dd33ee44",
                json!({})
            ),
            (404, "company_not_found")
        );
    }

    #[test]
    fn bad_bodies_are_refused() {
        let mut world = world();
        for (body, code) in [
            (json!({}), "parameter_not_found"),
            (json!({"test": 1}), "bad_request"),
            (json!({"company_id": "a", "name": 5}), "type_mismatch"),
            (json!({"company_id": "a", "size": "many"}), "type_mismatch"),
            (
                json!({"company_id": "a", "monthly_spend": 3_000_000_000_i64}),
                "parameter_invalid",
            ),
            (
                json!({"company_id": "a", "custom_attributes": []}),
                "parameter_invalid",
            ),
            (Value::Null, "parameter_invalid"),
        ] {
            assert_eq!(
                fault(&mut world, "create_or_update_company", "", body.clone()),
                (400, code),
                "{body}"
            );
        }
        assert!(world.companies.is_empty());
    }

    #[test]
    fn listeners_hear_of_it() {
        let mut world = world();
        world.listening = true;
        for topic in ["company.created", "company.updated"] {
            call(
                &mut world,
                "create_or_update_company",
                "",
                json!({"company_id": "a"}),
            )
            .unwrap();
            assert_eq!(world.outbox.pop().unwrap().topic, topic);
        }
    }
}
