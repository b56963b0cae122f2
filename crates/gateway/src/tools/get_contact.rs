//! `get_contact`: one contact.

use super::Arguments;
use crate::{CallError, ToolResult, context::Context, shape};
use catalog::Shape;

/// Reads a contact.
pub(super) async fn run(
    context: &Context<'_>,
    mut given: Arguments,
) -> Result<ToolResult, CallError> {
    if let Some(id) = given.shift_remove("id") {
        given.insert("contact_id".into(), id);
    }
    let response = context.operation("get_contact", given).await?;
    Ok(shape::object(Shape::Contact, response))
}
