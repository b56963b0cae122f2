//! Search of tickets.

use super::render;
use crate::{
    call::{Answer, Call, Reply},
    search,
    world::World,
};
use serde_json::{Value, json};

pub(super) fn search(world: &mut World, call: &Call) -> Reply {
    let found = search::run(world, world.tickets.values(), call)?;
    let tickets: Vec<Value> = found
        .ids
        .iter()
        .filter_map(|id| world.tickets.get(id))
        .map(|ticket| render::ticket(world, ticket))
        .collect();
    Answer::ok(
        json!({"type": "ticket.list", "tickets": tickets, "total_count": found.total, "pages": found.pages()}),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::with_ticket;
    use crate::testing::{EVA, call, contact, fault};
    use serde_json::{Value, json};

    #[test]
    fn tickets_are_found_and_paged() {
        let (mut world, first, kind) = with_ticket("Customer");
        let ana = contact(&world, "Ana").to_string();
        for n in 0..3 {
            world.clock.advance(1);
            let body = json!({"ticket_type_id": kind["id"], "contacts": [{"id": ana}], "ticket_attributes": {"_default_title_": format!("Brake {n}")}});
            call(&mut world, "create_ticket", "", body).unwrap();
        }
        call(
            &mut world,
            "update_ticket",
            &first,
            json!({"state": "resolved", "assignee_id": EVA}),
        )
        .unwrap();
        let by = |field: &str, operator: &str, value: Value| json!({"field": field, "operator": operator, "value": value});
        for (query, total) in [
            (by("created_at", ">", json!(0)), 4),
            (by("title", "~", json!("brake")), 3),
            (by("state", "=", json!("resolved")), 1),
            (by("admin_assignee_id", "=", json!(EVA)), 1),
            (by("contact_ids", "=", json!(ana)), 4),
            (by("category", "=", json!("request")), 4),
            (by("category", "=", json!("tracker")), 0),
        ] {
            let found = call(&mut world, "search_tickets", "", json!({"query": query})).unwrap();
            assert_eq!(
                (&found["type"], &found["total_count"]),
                (&json!("ticket.list"), &json!(total)),
                "{query}"
            );
        }
        let all = json!({"query": by("created_at", ">", json!(0)), "pagination": {"per_page": 3}});
        let page = call(&mut world, "search_tickets", "", all.clone()).unwrap();
        assert_eq!(page["tickets"].as_array().unwrap().len(), 3);
        let mut next = all;
        next["pagination"]["starting_after"] = page["pages"]["next"]["starting_after"].clone();
        let rest = call(&mut world, "search_tickets", "", next).unwrap();
        assert_eq!(
            (
                rest["tickets"].as_array().unwrap().len(),
                rest["pages"].get("next")
            ),
            (1, None)
        );
        assert_eq!(
            fault(
                &mut world,
                "search_tickets",
                "",
                json!({"query": by("ticket_state", "=", json!("x"))})
            ),
            (400, "invalid_field")
        );
    }
}
