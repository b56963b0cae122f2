//! The operations, one file a resource. Each file answers for its own operations by name.

pub(crate) mod activity;
pub(crate) mod admins;
pub(crate) mod ai_content;
pub(crate) mod articles;
pub(crate) mod audiences;
pub(crate) mod banners;
pub(crate) mod brands;
pub(crate) mod bulk;
pub(crate) mod calls;
pub(crate) mod companies;
pub(crate) mod contacts;
pub(crate) mod content;
pub(crate) mod content_snippets;
pub(crate) mod conversation_attributes;
pub(crate) mod conversations;
pub(crate) mod custom_objects;
pub(crate) mod data_attributes;
pub(crate) mod data_connectors;
pub(crate) mod data_events;
pub(crate) mod ecommerce;
pub(crate) mod exports;
pub(crate) mod fin;
pub(crate) mod fin_voice;
pub(crate) mod handling;
pub(crate) mod help_center;
pub(crate) mod internal_articles;
pub(crate) mod knowledge_tags;
pub(crate) mod macros;
pub(crate) mod me;
pub(crate) mod message_statuses;
pub(crate) mod messages;
pub(crate) mod news;
pub(crate) mod notes;
pub(crate) mod office_hours;
pub(crate) mod redirects;
pub(crate) mod reporting;
pub(crate) mod security;
pub(crate) mod segments;
pub(crate) mod subscriptions;
pub(crate) mod tags;
pub(crate) mod team_members;
pub(crate) mod teams;
pub(crate) mod ticket_types;
pub(crate) mod tickets;
pub(crate) mod visitors;
pub(crate) mod workflows;

use crate::{
    call::{Call, Content, Fault, Handler},
    world::World,
};
use serde_json::Value;

/// What carries out an operation, by its name in the catalog.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    let resources = [
        activity::handler,
        admins::handler,
        ai_content::handler,
        articles::handler,
        audiences::handler,
        banners::handler,
        brands::handler,
        bulk::handler,
        calls::handler,
        companies::handler,
        contacts::handler,
        content::handler,
        content_snippets::handler,
        conversation_attributes::handler,
        conversations::handler,
        custom_objects::handler,
        data_attributes::handler,
        data_connectors::handler,
        data_events::handler,
        ecommerce::handler,
        exports::handler,
        fin::handler,
        fin_voice::handler,
        handling::handler,
        help_center::handler,
        internal_articles::handler,
        knowledge_tags::handler,
        macros::handler,
        me::handler,
        message_statuses::handler,
        messages::handler,
        news::handler,
        notes::handler,
        office_hours::handler,
        redirects::handler,
        reporting::handler,
        security::handler,
        segments::handler,
        subscriptions::handler,
        tags::handler,
        team_members::handler,
        teams::handler,
        ticket_types::handler,
        tickets::handler,
        visitors::handler,
        workflows::handler,
    ];
    resources.into_iter().find_map(|handler| handler(operation))
}

/// Carries out an operation for another one, and gives its JSON.
pub(crate) fn carry_out(world: &mut World, operation: &str, call: &Call) -> Result<Value, Fault> {
    let handler = handler(operation).ok_or_else(|| Fault::missing("not_found", "Not Found"))?;
    match handler(world, call)?.content {
        Content::Json(body) => Ok(body),
        _ => Ok(Value::Null),
    }
}
