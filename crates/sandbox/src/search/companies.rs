//! The searchable fields of companies.

use super::{Access, Record, cell::Cell};
use crate::world::{ObjectId, World, people::Company};
use catalog::search::Searchable;

impl Record for Company {
    type Id = ObjectId;
    const WHAT: Searchable = Searchable::Companies;
    const PER_PAGE: usize = 50;
    const SORT: &'static str = "created_at";

    fn id(&self) -> ObjectId {
        self.id
    }

    fn access(field: &str) -> Option<Access<Self>> {
        if let Some(name) = field.strip_prefix("custom_attributes.") {
            return Some(Access::Named(
                |_, company, name| Cell::json(company.custom_attributes.get(name)),
                name.to_owned(),
            ));
        }
        let read: for<'a> fn(&'a World, &'a Self) -> Cell<'a> = match field {
            "company_id" => |_, c| Cell::text(Some(&c.company_id)),
            "name" => |_, c| Cell::text(Some(&c.name)),
            "tag_id" => |_, c| Cell::Tags(&c.tags),
            "monthly_spend" => |_, c| Cell::Number(c.monthly_spend),
            "session_count" => |_, c| Cell::Number(c.session_count),
            "user_count" => |world, c| {
                let all = world.contacts.values();
                let users = all.filter(|one| !one.archived && one.companies.contains(&c.id));
                Cell::number(i64::try_from(users.count()).ok())
            },
            "created_at" => |_, c| Cell::Number(c.created_at),
            "updated_at" => |_, c| Cell::Number(c.updated_at),
            "remote_created_at" => |_, c| Cell::number(c.remote_created_at),
            "last_request_at" => |_, c| Cell::number(c.last_request_at),
            _ => return None,
        };
        Some(Access::Fixed(read))
    }
}
