//! Answers made short: what a model needs, and nothing twice.

use crate::ToolResult;
use catalog::Shape;
use intercom::{PageOf, Response};

/// One object.
pub(crate) fn object(_shape: Shape, response: Response) -> ToolResult {
    let text = response.body.to_string();
    ToolResult {
        structured: Some(response.body),
        text,
    }
}

/// One page of a list.
pub(crate) fn list(_shape: Shape, page: PageOf) -> ToolResult {
    let structured =
        serde_json::json!({"items": page.items, "next_cursor": page.next, "total": page.total});
    ToolResult {
        text: structured.to_string(),
        structured: Some(structured),
    }
}
