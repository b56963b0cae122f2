//! `search_contacts`: structured filters and the whole search language.

use super::query::Filters;
use super::{Arguments, names, official, text};
use crate::{CallError, ToolResult, context::Context};
use catalog::{Shape, search::Searchable};
use serde_json::Value;

/// Finds contacts; without a filter, all of them.
pub(super) async fn run(
    context: &Context<'_>,
    mut given: Arguments,
) -> Result<ToolResult, CallError> {
    let query = query(context, &mut given).await?;
    let page = official::page(context, "search_contacts", &given, query).await?;
    Ok(official::answer("data", Shape::Contact, page))
}

/// The search that the filters and the `query` of the arguments make.
pub(super) async fn query(
    context: &Context<'_>,
    given: &mut Arguments,
) -> Result<Value, CallError> {
    let mut filters = Filters::new(Searchable::Contacts);
    filters.add_any(given, "contact_ids", "id");
    for name in ["email", "email_domain", "phone", "role", "external_id"] {
        filters.add_given(given, name, name, "=");
    }
    filters.add_given(given, "name", "name", "~");
    let attributes = given.get("custom_attributes").and_then(Value::as_object);
    for (name, value) in attributes.into_iter().flatten() {
        filters.add(&format!("custom_attributes.{name}"), "=", value.clone());
    }
    if let Some(tag) = text(given, "tag") {
        filters.add("tag_id", "=", names::tag_id(context, tag).await?);
    }
    filters.with(context, given.remove("query"))
}
