//! Tools as MCP shows them, and the way of a call: name → gateway → result.

use super::{Desk, Unrecorded, confirm, progress, request_of};
use catalog::Risk;
use gateway::{CallError, Confirmation, Gateway, Principal, ToolRequest, ToolResult};
use http::request::Parts;
use rmcp::{
    ErrorData, RoleServer,
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock,
        JsonObject, ListToolsResult, PaginatedRequestParams, Tool, ToolAnnotations,
    },
    service::RequestContext,
};
use serde_json::Value;
use std::sync::Arc;

/// Tools on one page of the list.
const PAGE: usize = 50;
/// How long a client may keep what depends on the endpoint alone, in milliseconds.
pub(super) const FRESH: u64 = 300_000;

/// The tools of one endpoint, described.
pub(super) struct Listing {
    tools: Vec<Tool>,
    toolsets: Vec<String>,
}

impl Listing {
    /// Describes what the caller's endpoint lists.
    pub(super) fn new(gateway: &Gateway, who: &Principal) -> Result<Self, CallError> {
        let listed = gateway.list(who)?;
        let tools = listed
            .iter()
            .map(|tool| Ok(describe(tool, gateway.worst(who, tool)?)))
            .collect::<Result<_, CallError>>()?;
        let toolsets = gateway
            .registry()
            .toolsets()
            .filter(|(name, ..)| {
                listed
                    .iter()
                    .any(|tool| tool.toolsets.first().is_some_and(|home| home == name))
            })
            .map(|(name, ..)| name.to_owned())
            .collect();
        Ok(Self { tools, toolsets })
    }

    /// The toolsets that the listed tools are at home in.
    pub(super) fn toolsets(&self) -> &[String] {
        &self.toolsets
    }

    /// Whether a tool is listed.
    pub(super) fn has(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool.name == name)
    }

    /// One page; the cursor is where it begins.
    pub(super) fn page(
        &self,
        request: Option<&PaginatedRequestParams>,
    ) -> Result<ListToolsResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor.as_deref());
        let start = match cursor {
            None => 0,
            Some(text) => text
                .parse()
                .ok()
                .filter(|start| *start < self.tools.len() && start % PAGE == 0)
                .ok_or_else(|| {
                    ErrorData::invalid_params(
                        "This cursor is not one that tools/list answered.",
                        None,
                    )
                })?,
        };
        let end = (start + PAGE).min(self.tools.len());
        let mut result = ListToolsResult::with_all_items(self.tools[start..end].to_vec())
            .with_ttl_ms(FRESH)
            .with_cache_scope(CacheScope::Private);
        result.next_cursor = (end < self.tools.len()).then(|| end.to_string());
        Ok(result)
    }

    #[cfg(feature = "fixtures")]
    pub(super) fn extended(&self, further: Vec<Tool>) -> Self {
        Self {
            tools: self.tools.iter().cloned().chain(further).collect(),
            toolsets: self.toolsets.clone(),
        }
    }
}

/// Answers `tools/call`.
pub(super) async fn call(
    desk: &Desk,
    who: &Principal,
    params: CallToolRequestParams,
    cx: &RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    let name = params.name.as_ref();
    if desk.gateway.tool(who, name).is_none() {
        return Err(unknown(name));
    }
    let arguments = params.arguments.unwrap_or_default();
    let asked = confirm::Asked {
        who,
        tool: name,
        arguments: &arguments,
        state: params.request_state.as_deref(),
        responses: params.input_responses.as_ref(),
    };
    let confirmation = match desk.confirmations.read(&asked, cx)? {
        confirm::Answer::Known(confirmation) => confirmation,
        confirm::Answer::Declined => return Ok(confirm::declined().into()),
    };
    let outcome = attempt(desk, &asked, confirmation, cx).await;
    if let (Err(CallError::NotRecorded(_)), Some(parts)) = (&outcome, cx.extensions.get::<Parts>())
        && let Some(unrecorded) = parts.extensions.get::<Unrecorded>()
    {
        unrecorded.tell();
    }
    let Err(CallError::ConfirmationNeeded { title, lasting, .. }) = &outcome else {
        return result_of(outcome).map(CallToolResponse::Complete);
    };
    let wanted = confirm::Wanted {
        title,
        lasting: *lasting,
    };
    match desk.confirmations.ask(&asked, &wanted, cx).await? {
        confirm::Reply::Given => {
            let outcome = attempt(desk, &asked, Confirmation::Given, cx).await;
            result_of(outcome).map(CallToolResponse::Complete)
        }
        confirm::Reply::Answered(response) => Ok(*response),
    }
}

/// The error of a tool that does not exist: the request itself is wrong.
pub(super) fn unknown(name: &str) -> ErrorData {
    let shown: String = name.chars().take(100).collect();
    ErrorData::invalid_params(
        format!("Unknown tool: `{shown}`. tools/list shows what there is."),
        None,
    )
}

/// What a call ended in, as MCP says it: all that a model can mend is a result, not a protocol error.
pub(super) fn result_of(
    outcome: Result<ToolResult, CallError>,
) -> Result<CallToolResult, ErrorData> {
    match outcome {
        Ok(answer) => {
            let mut result = CallToolResult::success(vec![ContentBlock::text(answer.text)]);
            result.structured_content = answer.structured.filter(Value::is_object);
            Ok(result)
        }
        Err(error @ CallError::EndpointGone) => {
            Err(ErrorData::invalid_request(error.to_string(), None))
        }
        Err(error) => Ok(CallToolResult::error(vec![ContentBlock::text(
            error.to_string(),
        )])),
    }
}

async fn attempt(
    desk: &Desk,
    asked: &confirm::Asked<'_>,
    confirmation: Confirmation,
    cx: &RequestContext<RoleServer>,
) -> Result<ToolResult, CallError> {
    progress::during(cx, |progress| {
        let request = ToolRequest {
            dialect: true,
            confirmation,
            progress,
            ..request_of(cx, asked.tool, asked.arguments.clone())
        };
        desk.gateway.call(asked.who, request)
    })
    .await
}

fn describe(tool: &gateway::Tool, worst: Risk) -> Tool {
    let schema = |value: &Value| -> Arc<JsonObject> {
        Arc::new(value.as_object().cloned().unwrap_or_default())
    };
    let annotations = ToolAnnotations::with_title(&tool.title)
        .read_only(worst == Risk::Read)
        .destructive(worst == Risk::Destructive)
        .idempotent(worst == Risk::Read || tool.repeats_safely())
        .open_world(tool.reaches_customer);
    let described = Tool::new(
        tool.name.clone(),
        tool.about.clone(),
        schema(&tool.input_schema),
    )
    .with_title(&tool.title)
    .with_annotations(annotations);
    match &tool.output_schema {
        Some(output) => described.with_raw_output_schema(schema(output)),
        None => described,
    }
}
