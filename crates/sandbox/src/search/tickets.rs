//! The searchable fields of tickets.

use super::{Access, Record, cell::Cell};
use crate::world::{World, tickets::Ticket};
use catalog::search::Searchable;

impl Record for Ticket {
    type Id = u64;
    const WHAT: Searchable = Searchable::Tickets;
    const PER_PAGE: usize = 20;
    const SORT: &'static str = "updated_at";

    fn id(&self) -> u64 {
        self.id
    }

    fn access(field: &str) -> Option<Access<Self>> {
        if let Some(id) = field.strip_prefix("ticket_attribute.") {
            return Some(Access::Named(attribute, id.to_owned()));
        }
        let read: for<'a> fn(&'a World, &'a Self) -> Cell<'a> = match field {
            "id" => |_, t| Cell::id(Some(t.id)),
            "title" => |_, t| Cell::json(t.attributes.get("_default_title_")),
            "description" => |_, t| Cell::json(t.attributes.get("_default_description_")),
            "category" => |world, t| {
                Cell::text(
                    world
                        .ticket_types
                        .get(&t.ticket_type)
                        .map(|kind| category(&kind.category)),
                )
            },
            "ticket_type_id" => |_, t| Cell::id(Some(t.ticket_type)),
            "contact_ids" => |_, t| Cell::Objects(&t.contacts),
            "teammate_ids" => |_, t| {
                t.admin_assignee
                    .as_ref()
                    .map_or(Cell::Unset, |id| Cell::Numbers(std::slice::from_ref(id)))
            },
            "admin_assignee_id" => |_, t| Cell::id(t.admin_assignee),
            "team_assignee_id" => |_, t| Cell::id(t.team_assignee),
            "state" => |world, t| {
                Cell::text(
                    world
                        .ticket_states
                        .get(&t.state)
                        .map(|state| state.category),
                )
            },
            "open" => |_, t| Cell::Flag(t.open),
            "created_at" => |_, t| Cell::Number(t.created_at),
            "updated_at" => |_, t| Cell::Number(t.updated_at),
            "snoozed_until" => |_, t| Cell::number(t.snoozed_until),
            _ => return None,
        };
        Some(Access::Fixed(read))
    }
}

/// The word that searches use for a category.
fn category(name: &str) -> &'static str {
    match name {
        "Back-office" => "task",
        "Tracker" => "tracker",
        _ => "request",
    }
}

fn attribute<'a>(world: &'a World, ticket: &'a Ticket, id: &str) -> Cell<'a> {
    let name = world
        .ticket_types
        .get(&ticket.ticket_type)
        .and_then(|kind| {
            kind.attributes
                .iter()
                .find(|attribute| id.parse() == Ok(attribute.id))
        })
        .map(|attribute| attribute.name.as_str());
    Cell::json(name.and_then(|name| ticket.attributes.get(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_catalog_can_be_read() {
        for field in Searchable::Tickets.field_names() {
            assert!(Ticket::access(field).is_some(), "{field}");
        }
    }
}
