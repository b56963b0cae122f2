//! Who belongs to which company.

use super::{find, missing, render};
use crate::{
    call::{Answer, Call, Fault, Reply},
    paging::PageNumber,
    resources::contacts,
    world::{ObjectId, World},
};
use serde_json::{Value, json};

/// Rows on a page when nothing is asked, and at most.
const PAGE: (usize, usize) = (50, 150);
/// Companies that a contact may belong to.
const MAX_COMPANIES: usize = 1000;

/// The contacts of a company.
pub(super) fn list(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call, 0)?;
    let asked = PageNumber::of(call, PAGE.0, PAGE.1)?;
    let all: Vec<_> = world
        .contacts
        .values()
        .filter(|contact| !contact.archived && contact.companies.contains(&id))
        .collect();
    let data: Vec<Value> = asked
        .slice(&all)
        .iter()
        .map(|contact| contacts::render(world, contact))
        .collect();
    let address = format!("{}/companies/{id}/contacts", world.workspace.base_url);
    Answer::ok(
        json!({"type": "list", "data": data, "total_count": all.len(), "pages": asked.pages(all.len(), &address)}),
    )
}

/// The companies of a contact, under the name of the schema and under the one that Intercom sends.
pub(super) fn list_companies(world: &mut World, call: &Call) -> Reply {
    let id = contact(world, call)?;
    let asked = PageNumber::of(call, PAGE.0, PAGE.1)?;
    let all: Vec<_> = world.contacts[&id]
        .companies
        .iter()
        .filter_map(|company| world.companies.get(company))
        .collect();
    let companies: Vec<Value> = asked
        .slice(&all)
        .iter()
        .map(|company| render::render(world, company))
        .collect();
    let address = format!("{}/contacts/{id}/companies", world.workspace.base_url);
    let pages = asked.pages(all.len(), &address);
    Answer::ok(
        json!({"type": "list", "companies": companies, "data": companies, "total_count": all.len(), "pages": pages}),
    )
}

/// Makes a contact belong to a company. Once more changes nothing.
pub(super) fn attach(world: &mut World, call: &Call) -> Reply {
    let contact = contact(world, call)?;
    let named = call
        .identifier("id")
        .ok_or_else(|| Fault::new(400, "parameter_not_found", "company not specified"))?;
    let company: ObjectId = named
        .parse()
        .ok()
        .filter(|id| world.companies.contains_key(id))
        .ok_or_else(missing)?;
    let now = world.now();
    let companies = world
        .contacts
        .get_mut(&contact)
        .map(|contact| &mut contact.companies);
    let Some(companies) = companies.filter(|companies| !companies.contains(&company)) else {
        return Answer::ok(render::whole(world, company));
    };
    if companies.len() >= MAX_COMPANIES {
        return Err(Fault::new(
            400,
            "contact_company_limit_exceeded",
            "Contact has reached the maximum of 1000 company associations",
        ));
    }
    companies.push(company);
    if let Some(company) = world.companies.get_mut(&company) {
        company.last_request_at.get_or_insert(now);
    }
    tell(world, "company.contact.attached", company, contact);
    Answer::ok(render::whole(world, company))
}

/// Ends it.
pub(super) fn detach(world: &mut World, call: &Call) -> Reply {
    let contact = contact(world, call)?;
    let company = find(world, call, 1)?;
    let companies = world
        .contacts
        .get_mut(&contact)
        .map(|contact| &mut contact.companies);
    let companies = companies
        .filter(|companies| companies.contains(&company))
        .ok_or_else(missing)?;
    companies.retain(|id| *id != company);
    tell(world, "company.contact.detached", company, contact);
    Answer::ok(render::whole(world, company))
}

fn contact(world: &World, call: &Call) -> Result<ObjectId, Fault> {
    contacts::find(world, call).map(|contact| contact.id)
}

fn tell(world: &mut World, topic: &'static str, company: ObjectId, contact: ObjectId) {
    world.emit(topic, |world| {
        let contact = world
            .contacts
            .get(&contact)
            .map(|contact| contacts::render(world, contact));
        json!({"type": topic, "company": render::whole(world, company), "contact": contact})
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::{id_of, with_companies};
    use crate::testing::{call, contact, fault};
    use serde_json::{Value, json};

    #[test]
    fn contacts_and_companies_find_each_other() {
        let mut world = with_companies(2);
        let (ana, company) = (contact(&world, "Ana").to_string(), id_of(&mut world, "c-0"));
        let people = call(&mut world, "list_company_contacts", &company, Value::Null).unwrap();
        assert_eq!(
            (&people["total_count"], &people["data"][0]["id"]),
            (&json!(1), &json!(ana))
        );
        let companies = call(&mut world, "list_contact_companies", &ana, Value::Null).unwrap();
        assert_eq!(
            (&companies["companies"], &companies["total_count"]),
            (&companies["data"], &json!(2))
        );
        assert_eq!(companies["data"][0]["user_count"], 1);
        let page = call(
            &mut world,
            "list_contact_companies",
            &format!("{ana}?per_page=1&page=2"),
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            (
                page["data"].as_array().unwrap().len(),
                &page["pages"]["next"]
            ),
            (1, &Value::Null)
        );
    }

    #[test]
    fn attaching_is_checked_and_can_be_undone() {
        let mut world = with_companies(1);
        let (bo, company) = (contact(&world, "Bo").to_string(), id_of(&mut world, "c-0"));
        let nobody = "66f0aa00bb11cc22dd33ee55";
        assert_eq!(
            fault(&mut world, "attach_company_to_contact", &bo, json!({})),
            (400, "parameter_not_found")
        );
        assert_eq!(
            fault(
                &mut world,
                "attach_company_to_contact",
                &bo,
                json!({"id": "c-0"})
            ),
            (404, "company_not_found")
        );
        assert_eq!(
            fault(
                &mut world,
                "attach_company_to_contact",
                nobody,
                json!({"id": company})
            ),
            (404, "not_found")
        );
        for _ in 0..2 {
            assert_eq!(
                call(
                    &mut world,
                    "attach_company_to_contact",
                    &bo,
                    json!({"id": company})
                )
                .unwrap()["user_count"],
                2
            );
        }
        let target = format!("{bo}/{company}");
        assert_eq!(
            call(
                &mut world,
                "detach_company_from_contact",
                &target,
                Value::Null
            )
            .unwrap()["user_count"],
            1
        );
        assert_eq!(
            fault(
                &mut world,
                "detach_company_from_contact",
                &target,
                Value::Null
            ),
            (404, "company_not_found")
        );
    }

    #[test]
    fn a_thousand_companies_are_enough() {
        let mut world = with_companies(1);
        let (bo, company) = (contact(&world, "Bo"), id_of(&mut world, "c-0"));
        let others: Vec<_> = (0..1000).map(|_| world.ids.object(1)).collect();
        world.contacts.get_mut(&bo).unwrap().companies = others;
        let answer = fault(
            &mut world,
            "attach_company_to_contact",
            &bo.to_string(),
            json!({"id": company}),
        );
        assert_eq!(answer, (400, "contact_company_limit_exceeded"));
    }
}
