//! What the official conformance suite calls: tools, prompts and resources with fixed answers, behind the same door,
//! key and transport as the real ones. Only in builds with the feature `fixtures`.

mod asking;
mod content;
mod rounds;

use super::confirm;
use rmcp::{
    ErrorData, RoleServer,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ConstString, ContentBlock,
        GetPromptRequestParams, GetPromptResponse, Prompt, ReadResourceResult, Resource,
        ResourceTemplate, ServerCapabilities, Tool,
    },
    service::RequestContext,
};
use serde_json::{Value, json};
use std::time::Duration;

type Cx = RequestContext<RoleServer>;
type Answer = Result<CallToolResponse, ErrorData>;

/// The pause that the suite wants between two notifications.
const PAUSE: Duration = Duration::from_millis(50);

/// Name, argument that it requires, and whether that is all.
const TOOLS: [(&str, Option<&str>); 24] = [
    ("test_simple_text", None),
    ("test_image_content", None),
    ("test_audio_content", None),
    ("test_embedded_resource", None),
    ("test_multiple_content_types", None),
    ("test_error_handling", None),
    ("test_tool_with_logging", None),
    ("test_tool_with_progress", None),
    ("test_sampling", Some("prompt")),
    ("test_elicitation", Some("message")),
    ("test_elicitation_sep1034_defaults", None),
    ("test_elicitation_sep1330_enums", None),
    ("test_reconnection", None),
    ("test_missing_capability", None),
    ("test_logging_tool", None),
    ("test_streaming_elicitation", None),
    ("test_input_required_result_elicitation", None),
    ("test_input_required_result_sampling", None),
    ("test_input_required_result_list_roots", None),
    ("test_input_required_result_request_state", None),
    ("test_input_required_result_multiple_inputs", None),
    ("test_input_required_result_multi_round", None),
    ("test_input_required_result_tampered_state", None),
    ("test_input_required_result_capabilities", None),
];

/// The fixture tools.
pub(super) fn tools() -> Vec<Tool> {
    TOOLS
        .iter()
        .map(|(name, argument)| {
            let properties: serde_json::Map<String, Value> = argument
                .iter()
                .map(|argument| ((*argument).to_owned(), json!({"type": "string"})))
                .collect();
            let required: Vec<&str> = argument.iter().copied().collect();
            let schema = json!({"type": "object", "properties": properties, "required": required});
            let schema = schema.as_object().cloned().unwrap_or_default();
            Tool::new(*name, format!("Fixture {name}."), schema)
        })
        .collect()
}

/// Answers a fixture's call, or gives the request back.
pub(super) async fn call(
    request: CallToolRequestParams,
    cx: &Cx,
) -> Result<Answer, Box<CallToolRequestParams>> {
    if !TOOLS.iter().any(|(name, _)| *name == request.name) {
        return Err(Box::new(request));
    }
    if let Some(blocks) = content::of(&request.name) {
        return Ok(Ok(CallToolResult::success(blocks).into()));
    }
    Ok(match request.name.as_ref() {
        "test_error_handling" => Ok(CallToolResult::error(vec![ContentBlock::text(
            "This tool intentionally returns an error for testing",
        )])
        .into()),
        "test_tool_with_logging" | "test_logging_tool" => asking::log(cx).await,
        "test_tool_with_progress" => asking::progress(cx).await,
        "test_sampling" => asking::sample(&request, cx).await,
        "test_elicitation" => asking::elicit(&request, cx).await,
        "test_elicitation_sep1034_defaults" => asking::defaults(cx).await,
        "test_elicitation_sep1330_enums" => asking::enums(cx).await,
        "test_missing_capability" => asking::needs_sampling(cx),
        _ => rounds::answer(&request, cx),
    })
}

/// The fixture prompts.
pub(super) fn prompts() -> Vec<Prompt> {
    content::prompts()
}

/// Answers a fixture's prompt.
pub(super) fn prompt(
    request: &GetPromptRequestParams,
) -> Option<Result<GetPromptResponse, ErrorData>> {
    if request.name == "test_input_required_result_prompt" {
        return Some(Ok(rounds::prompt(request)));
    }
    content::prompt(request).map(|result| Ok(result.into()))
}

/// The fixture resources.
pub(super) fn resources() -> Vec<Resource> {
    content::resources()
}

/// The fixture templates.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new("test://template/{id}/data", "template")
            .with_description("Fixture template.")
            .with_mime_type("application/json"),
    ]
}

/// Reads a fixture resource.
pub(super) fn read(uri: &str) -> Option<ReadResourceResult> {
    content::read(uri).map(|contents| ReadResourceResult::new(vec![contents]))
}

/// Adds what only the fixtures have.
pub(super) fn capabilities(mut capabilities: ServerCapabilities) -> ServerCapabilities {
    capabilities.logging = Some(serde_json::Map::new());
    if let Some(resources) = &mut capabilities.resources {
        resources.subscribe = Some(true);
    }
    capabilities
}

/// A method that the protocol dropped with 2026-07-28.
pub(super) fn legacy_only<M: ConstString>(cx: &Cx) -> Result<(), ErrorData> {
    if confirm::is_modern(cx) {
        Err(ErrorData::method_not_found::<M>())
    } else {
        Ok(())
    }
}

fn text(text: impl Into<String>) -> CallToolResponse {
    CallToolResult::success(vec![ContentBlock::text(text)]).into()
}
