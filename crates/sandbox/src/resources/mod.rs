//! The operations, one file a resource. Each file answers for its own operations by name.

pub(crate) mod admins;
pub(crate) mod ai_content;
pub(crate) mod articles;
pub(crate) mod audiences;
pub(crate) mod brands;
pub(crate) mod companies;
pub(crate) mod contacts;
pub(crate) mod content;
pub(crate) mod content_snippets;
pub(crate) mod conversations;
pub(crate) mod data_attributes;
pub(crate) mod data_events;
pub(crate) mod exports;
pub(crate) mod help_center;
pub(crate) mod internal_articles;
pub(crate) mod knowledge_tags;
pub(crate) mod macros;
pub(crate) mod me;
pub(crate) mod messages;
pub(crate) mod news;
pub(crate) mod notes;
pub(crate) mod office_hours;
pub(crate) mod redirects;
pub(crate) mod segments;
pub(crate) mod subscriptions;
pub(crate) mod tags;
pub(crate) mod teams;
pub(crate) mod ticket_types;
pub(crate) mod tickets;

use crate::call::Handler;

/// What carries out an operation, by its name in the catalog.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    let resources = [
        admins::handler,
        redirects::handler,
        office_hours::handler,
        news::handler,
        macros::handler,
        knowledge_tags::handler,
        content_snippets::handler,
        content::handler,
        brands::handler,
        audiences::handler,
        ai_content::handler,
        articles::handler,
        companies::handler,
        contacts::handler,
        conversations::handler,
        data_attributes::handler,
        data_events::handler,
        exports::handler,
        help_center::handler,
        internal_articles::handler,
        me::handler,
        messages::handler,
        notes::handler,
        segments::handler,
        subscriptions::handler,
        tags::handler,
        teams::handler,
        ticket_types::handler,
        tickets::handler,
    ];
    resources.into_iter().find_map(|handler| handler(operation))
}
