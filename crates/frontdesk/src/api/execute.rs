//! Scoped tools: what a person may call through an endpoint, in the forms of the model providers, and a call.

use super::{
    Api,
    caller::{Developer, Made},
    page::{Asked, Body, Page},
    problem::Problem,
};
use axum::{
    Extension, Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use gateway::{CallError, Confirmation, Tool, ToolRequest, ToolResult};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use intercom::BudgetState;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// Whose tools, and how they are written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ToolsWanted {
    /// The person, where the endpoint uses each caller's connection.
    user: Option<String>,
    /// `mcp`, `anthropic` or `openai`.
    #[serde(default)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Mcp,
    Anthropic,
    Openai,
}

/// A call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Execution {
    /// The endpoint that decides what is allowed.
    endpoint: String,
    /// The person that the call acts for.
    user: Option<String>,
    /// The tool's arguments.
    #[serde(default)]
    #[schema(value_type = Object)]
    arguments: Map<String, Value>,
    /// Whether the person agreed to this very call, where it cannot be undone.
    #[serde(default)]
    confirmed: bool,
}

/// What a call ended in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Executed {
    /// Whether it failed; the text says how to mend that.
    is_error: bool,
    /// The answer for a model.
    text: String,
    /// The structured answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    structured: Option<Value>,
}

/// The tools that a person may call through an endpoint
#[utoipa::path(get, path = "/api/v1/endpoints/{endpoint}/tools", operation_id = "list_scoped_tools",
    params(("endpoint" = String, Path), ToolsWanted),
    responses((status = 200, body = Page<Object>), (status = "default", body = Problem)))]
pub(super) async fn list(
    Developer(scope): Developer,
    State(api): State<Api>,
    Path(endpoint): Path<String>,
    Asked(wanted): Asked<ToolsWanted>,
) -> Result<Json<Page<Value>>, Problem> {
    let who = api
        .tenants
        .principal(scope.tenant(), &endpoint, wanted.user.as_deref())
        .await?;
    let listed = api
        .tenants
        .gateway()
        .list(&who)
        .map_err(|_| Problem::no_such("endpoint"))?;
    let tools = listed.iter().map(|tool| written(tool, wanted.format));
    Ok(Json(Page::whole(tools.collect())))
}

/// Call a tool for a person
#[utoipa::path(post, path = "/api/v1/tools/{tool}/execute", operation_id = "execute_tool",
    params(("tool" = String, Path)), request_body = Execution,
    responses((status = 200, body = Executed), (status = "default", body = Problem)))]
pub(super) async fn execute(
    Developer(scope): Developer,
    Extension(made): Extension<Made>,
    State(api): State<Api>,
    Path(tool): Path<String>,
    Body(execution): Body<Execution>,
) -> Result<Response, Problem> {
    let user = execution.user.as_deref();
    let who = api
        .tenants
        .principal(scope.tenant(), &execution.endpoint, user)
        .await?;
    let gateway = api.tenants.gateway();
    if gateway.tool(&who, &tool).is_none() {
        return Err(Problem::no_such("tool"));
    }
    let request = ToolRequest {
        dialect: true,
        client: Some(format!("frontdesk-api/{}", made.key)),
        client_ip: made.client_ip,
        trace: made.trace,
        confirmation: if execution.confirmed {
            Confirmation::Given
        } else {
            Confirmation::CannotAsk
        },
        ..ToolRequest::new(tool, execution.arguments)
    };
    let outcome = gateway.call(&who, request).await;
    let (status, retry) = status(&outcome)?;
    let executed = match outcome {
        Ok(answer) => Executed {
            is_error: false,
            text: answer.text,
            structured: answer.structured,
        },
        Err(error) => Executed {
            is_error: true,
            text: error.to_string(),
            structured: None,
        },
    };
    let mut response = (status, Json(executed)).into_response();
    let headers = response.headers_mut();
    if let Some(seconds) = retry {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if let Some(state) = gateway.allowance(&who) {
        tell_allowance(headers, &state);
    }
    Ok(response)
}

/// What HTTP says of a call, and after how many seconds it may be tried again.
fn status(outcome: &Result<ToolResult, CallError>) -> Result<(StatusCode, Option<u64>), Problem> {
    let late = |wait: &Duration| {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        (StatusCode::TOO_MANY_REQUESTS, Some(seconds.max(1)))
    };
    match outcome {
        Err(
            CallError::Intercom(intercom::Error::RateLimited { retry_after, .. })
            | CallError::OverBudget { retry_after, .. },
        ) => Ok(late(retry_after)),
        Err(CallError::NotRecorded(_) | CallError::Uncounted(_)) => Err(Problem::unavailable()),
        Err(CallError::EndpointGone) => Err(Problem::no_such("endpoint")),
        _ => Ok((StatusCode::OK, None)),
    }
}

/// The figures of Intercom's window in the header fields of the IETF draft.
fn tell_allowance(headers: &mut HeaderMap, state: &BudgetState) {
    let (Some(limit), Some(remaining)) = (state.limit, state.remaining) else {
        return;
    };
    let reset = state.opens_in.as_secs() + u64::from(state.opens_in.subsec_nanos() > 0);
    for (name, value) in [
        ("ratelimit-policy", format!("\"intercom\";q={limit};w=10")),
        ("ratelimit", format!("\"intercom\";r={remaining};t={reset}")),
        ("ratelimit-limit", limit.to_string()),
        ("ratelimit-remaining", remaining.to_string()),
        ("ratelimit-reset", reset.to_string()),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

fn written(tool: &Tool, format: Format) -> Value {
    match format {
        Format::Mcp => json!({"name": tool.name, "title": tool.title, "description": tool.about,
            "inputSchema": tool.input_schema,
            "annotations": {"readOnlyHint": tool.risk == catalog::Risk::Read,
                "destructiveHint": tool.risk == catalog::Risk::Destructive}}),
        Format::Anthropic => json!({"name": tool.name, "description": tool.about,
            "input_schema": tool.input_schema}),
        Format::Openai => json!({"type": "function", "function": {"name": tool.name,
            "description": tool.about, "parameters": tool.input_schema}}),
    }
}
