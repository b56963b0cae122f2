//! `list_companies` and `get_company`.

use super::{Arguments, object, official, required};
use crate::shape;
use crate::{CallError, ToolResult, context::Context};
use catalog::Shape;
use serde_json::{Map, Value, json};

/// Arguments that narrow the list down; Intercom takes one at a time.
const FILTERS: [&str; 4] = ["name", "company_id", "tag_id", "segment_id"];

/// Companies by page, or those that one filter finds.
pub(super) async fn list(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let filters: Arguments = given
        .iter()
        .filter(|(name, _)| FILTERS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if filters.len() > 1 {
        return Err(context.bad(format!("give one of {} at a time", FILTERS.join(", "))));
    }
    let mut answer = if filters.is_empty() {
        let order: Arguments = given
            .get("order")
            .map(|order| ("order".to_owned(), order.clone()))
            .into_iter()
            .collect();
        official::numbered(context, "list_companies", &given, order).await?
    } else {
        official::numbered(context, "find_companies", &given, filters).await?
    };
    let items = match answer.body.get_mut("data").map(Value::take) {
        Some(Value::Array(items)) => items,
        // By name or by company_id Intercom answers the company itself.
        _ if answer.body.get("id").is_some() => vec![answer.body.take()],
        _ => Vec::new(),
    };
    let rows = shape::rows(Shape::Company, items);
    let beside: Map<String, Value> = answer.beside(rows.whole.len());
    Ok(rows.under("data", &beside))
}

/// One company.
pub(super) async fn get(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let asked = object(json!({"company_id": required(&given, "id")}));
    let response = context.operation("get_company", asked).await?;
    Ok(shape::object(Shape::Company, response))
}
