//! The short way of a plain tool call: one request, one JSON answer, no task and no channel between.
//!
//! It takes only what is plainly right. Whatever is unusual (a header that does not fit the body, a call that may have
//! to be confirmed, one that wants progress) goes the long way through the MCP library, which answers or refuses it.

use super::{client_name, tools, transport::Mount};
use crate::running;
use axum::{body::Body, response::Response};
use gateway::{CallError, ToolRequest, TraceContext};
use http::{HeaderMap, HeaderValue, header};
use rmcp::model::{
    ClientCapabilities, ErrorData, JsonObject, JsonRpcError, JsonRpcResponse, ProtocolVersion,
    RequestId,
};
use serde::{Deserialize, de::IgnoredAny};
use std::{borrow::Cow, net::IpAddr};

/// The one modern version.
const MODERN: &str = "2026-07-28";
/// What its results say of themselves.
const COMPLETE: &str = r#""resultType":"complete","#;

/// A plain call, read.
pub(super) struct Plain<'a> {
    id: RequestId,
    tool: &'a str,
    arguments: JsonObject,
    era: Era<'a>,
    trace: Option<TraceContext>,
}

enum Era<'a> {
    /// Complete in itself.
    Modern(Option<Client<'a>>),
    /// Part of a session.
    Session(&'a str),
}

#[derive(Deserialize)]
struct Envelope<'a> {
    jsonrpc: &'a str,
    id: RequestId,
    method: &'a str,
    #[serde(borrow)]
    params: Params<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params<'a> {
    name: &'a str,
    arguments: Option<JsonObject>,
    #[serde(rename = "_meta", borrow, default)]
    meta: Meta<'a>,
    input_responses: Option<IgnoredAny>,
    request_state: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
struct Meta<'a> {
    #[serde(rename = "progressToken")]
    progress: Option<IgnoredAny>,
    #[serde(rename = "io.modelcontextprotocol/protocolVersion", borrow)]
    version: Option<&'a str>,
    #[serde(rename = "io.modelcontextprotocol/clientInfo", borrow)]
    client: Option<Client<'a>>,
    #[serde(rename = "io.modelcontextprotocol/clientCapabilities")]
    capabilities: Option<ClientCapabilities>,
    #[serde(borrow)]
    traceparent: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Client<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
}

/// Reads a request that can go the short way.
pub(super) fn read<'a>(mount: &Mount, headers: &'a HeaderMap, body: &'a [u8]) -> Option<Plain<'a>> {
    let envelope: Envelope<'a> = serde_json::from_slice(body).ok()?;
    let params = envelope.params;
    let usual = envelope.jsonrpc == "2.0"
        && envelope.method == "tools/call"
        && params.input_responses.is_none()
        && params.request_state.is_none()
        && accepts_both(headers)
        && is_json(headers);
    if !usual {
        return None;
    }
    let arguments = params.arguments.unwrap_or_default();
    let tool = mount.gateway().registry().get(params.name)?;
    if params.meta.progress.is_some() && tool.may_report()
        || mount
            .gateway()
            .may_ask(mount.who(), params.name, &arguments)
    {
        return None;
    }
    let trace = super::trace_of(params.meta.traceparent.as_deref(), headers);
    let era = match params.meta.version {
        Some(MODERN) => {
            params.meta.capabilities?;
            let fits = one(headers, "mcp-protocol-version") == Some(MODERN)
                && one(headers, "mcp-method") == Some("tools/call")
                && one(headers, "mcp-name") == Some(params.name);
            fits.then_some(Era::Modern(params.meta.client))?
        }
        Some(_) => return None,
        None => Era::Session(legacy_session(headers)?),
    };
    Some(Plain {
        id: envelope.id,
        tool: params.name,
        arguments,
        era,
        trace,
    })
}

/// Makes the call; none where its session is not there, which the library says better.
pub(super) async fn run(
    mount: &Mount,
    plain: Plain<'_>,
    client_ip: Option<IpAddr>,
) -> Option<Response> {
    let mut request = ToolRequest::new(plain.tool, plain.arguments);
    request.dialect = true;
    request.client_ip = client_ip;
    request.trace = plain.trace;
    let (outcome, modern) = match &plain.era {
        Era::Modern(client) => {
            request.client = client
                .as_ref()
                .map(|client| client_name(&client.name, &client.version));
            // A client that goes away drops this future, and with it the request upstream.
            (mount.gateway().call(mount.who(), request).await, true)
        }
        Era::Session(session) => {
            if !mount.knows(session).await {
                return None;
            }
            let call = mount.sessions().begin(session, &plain.id)?;
            request.client = call.client.as_deref().map(str::to_owned);
            request.cancel = call.cancel.clone();
            (mount.gateway().call(mount.who(), request).await, false)
        }
    };
    if let Err(CallError::NotRecorded(_)) = &outcome {
        return Some(running::unrecorded());
    }
    let id = plain.id;
    let outcome = match outcome {
        Ok(answer) if answer.same => return Some(respond(written(&id, &answer.text, modern))),
        outcome => outcome,
    };
    Some(match tools::result_of(outcome) {
        Ok(mut result) => {
            if !modern {
                result.result_type = None;
            }
            json(&JsonRpcResponse {
                jsonrpc: rmcp::model::JsonRpcVersion2_0,
                id,
                result,
            })
        }
        Err(error) => json(&JsonRpcError::new(Some(id), error)),
    })
}

/// A message as the whole answer.
fn json(message: &impl serde::Serialize) -> Response {
    let body = serde_json::to_vec(message).unwrap_or_else(|error| {
        // Numbers, texts and maps of them always serialize.
        tracing::error!(%error, "an answer could not be written");
        let error = ErrorData::internal_error("The answer could not be written.", None);
        serde_json::to_vec(&JsonRpcError::new(None, error)).unwrap_or_default()
    });
    respond(body)
}

/// The message of an answer whose text is its structured content: written once, said twice.
fn written(id: &RequestId, text: &str, modern: bool) -> Vec<u8> {
    let kind = if modern { COMPLETE } else { "" };
    let mut message = Vec::with_capacity(text.len() * 5 / 2 + 160);
    message.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    // Ids and texts always serialize, and a vector takes all.
    let _ = serde_json::to_writer(&mut message, id);
    message.extend_from_slice(br#","result":{"#);
    message.extend_from_slice(kind.as_bytes());
    message.extend_from_slice(br#""content":[{"type":"text","text":"#);
    let _ = serde_json::to_writer(&mut message, text);
    message.extend_from_slice(br#"}],"structuredContent":"#);
    message.extend_from_slice(text.as_bytes());
    message.extend_from_slice(br#","isError":false}}"#);
    message
}

fn respond(message: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(message));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// The session of a request that is of the old era by all signs.
fn legacy_session(headers: &HeaderMap) -> Option<&str> {
    if headers.contains_key("mcp-protocol-version") {
        let version = one(headers, "mcp-protocol-version")?;
        let known = ProtocolVersion::KNOWN_VERSIONS
            .iter()
            .any(|known| known.as_str() == version && known.has_initialize());
        if !known {
            return None;
        }
    }
    one(headers, "mcp-session-id")
}

/// The value of a header that is there once.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn accepts_both(headers: &HeaderMap) -> bool {
    one(headers, "accept").is_some_and(|accept| {
        let mut json = false;
        let mut events = false;
        for entry in accept.split(',').map(str::trim) {
            json |= entry == "application/json";
            events |= entry == "text/event-stream";
        }
        json && events
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    one(headers, "content-type").is_some_and(|kind| {
        let essence = kind.split_once(';').map_or(kind, |(essence, _)| essence);
        essence.trim() == "application/json"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway::ToolResult;
    use serde_json::{Value, json};

    #[test]
    fn the_written_message_is_the_librarys() {
        let structured = json!({"name": "Ana \"B\"\n", "n": [1, null]});
        let answer = ToolResult {
            text: structured.to_string(),
            structured: Some(structured),
            same: true,
        };
        for (id, modern) in [
            (RequestId::Number(7), true),
            (RequestId::String("a\"b".into()), false),
        ] {
            let ours: Value = serde_json::from_slice(&written(&id, &answer.text, modern)).unwrap();
            let mut result = tools::result_of(Ok(answer.clone())).unwrap();
            if !modern {
                result.result_type = None;
            }
            let theirs = JsonRpcResponse {
                jsonrpc: rmcp::model::JsonRpcVersion2_0,
                id,
                result,
            };
            assert_eq!(ours, serde_json::to_value(&theirs).unwrap());
        }
    }
}
