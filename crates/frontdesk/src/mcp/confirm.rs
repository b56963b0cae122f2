//! Asking the user before a call that cannot be undone, or that the endpoint's owner wants a person to agree to.
//!
//! Clients of 2026-07-28 are answered `input_required` and come back with the answer and a sealed state, which is bound
//! to the principal, the tool and its arguments, and expires. Older clients are asked over their session.

use gateway::{Confirmation, Principal};
use rmcp::{
    ErrorData, RoleServer,
    model::{
        CallToolResponse, CallToolResult, ClientCapabilities, ContentBlock, ElicitRequest,
        ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema, InputRequest,
        InputRequests, InputRequiredResult, InputResponses, JsonObject, ProtocolVersion,
        RequestStateCodec, SealOptions,
    },
    service::RequestContext,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, time::Duration};

/// How long a user may think.
const PATIENCE: Duration = Duration::from_mins(10);
/// The question's name among the input requests.
const QUESTION: &str = "confirm";

/// Seals what is handed to clients between the question and its answer.
pub(super) struct Confirmations {
    codec: RequestStateCodec,
}

/// The call that is asked about.
pub(super) struct Asked<'a> {
    pub(super) who: &'a Principal,
    pub(super) tool: &'a str,
    pub(super) arguments: &'a JsonObject,
    pub(super) state: Option<&'a str>,
    pub(super) responses: Option<&'a InputResponses>,
}

/// What the user is asked to agree to.
pub(super) struct Wanted<'a> {
    pub(super) title: &'a str,
    /// Whether it cannot be undone.
    pub(super) lasting: bool,
}

/// What the request itself says about the user's consent.
pub(super) enum Answer {
    Known(Confirmation),
    Declined,
}

/// What came of the question.
pub(super) enum Reply {
    /// The user agreed.
    Given,
    /// This goes to the client.
    Answered(Box<CallToolResponse>),
}

impl Reply {
    fn answered(response: impl Into<CallToolResponse>) -> Self {
        Self::Answered(Box::new(response.into()))
    }
}

impl Default for Confirmations {
    fn default() -> Self {
        Self {
            codec: RequestStateCodec::new_unchecked(rand::random::<[u8; 32]>()),
        }
    }
}

impl Confirmations {
    /// Reads the user's consent from a request; a forged or expired state is a protocol error.
    pub(super) fn read(
        &self,
        asked: &Asked<'_>,
        cx: &RequestContext<RoleServer>,
    ) -> Result<Answer, ErrorData> {
        if !can_ask(cx) {
            return Ok(Answer::Known(Confirmation::CannotAsk));
        }
        let Some(state) = asked.state else {
            return Ok(Answer::Known(Confirmation::NotAsked));
        };
        let bound = binding(asked);
        self.codec.open_with(state, &bound).map_err(|_| {
            ErrorData::invalid_params(
                "This requestState was not made for this call, or is too old: call the tool again without it.",
                None,
            )
        })?;
        let response = asked
            .responses
            .and_then(|responses| responses.get(QUESTION))
            .and_then(|response| serde_json::from_value::<ElicitResult>(response.clone()).ok());
        Ok(match response {
            Some(response) if agreed(&response) => Answer::Known(Confirmation::Given),
            Some(_) => Answer::Declined,
            // No answer, or none that can be read: the question is asked again.
            None => Answer::Known(Confirmation::NotAsked),
        })
    }

    /// Asks the user.
    pub(super) async fn ask(
        &self,
        asked: &Asked<'_>,
        wanted: &Wanted<'_>,
        cx: &RequestContext<RoleServer>,
    ) -> Result<Reply, ErrorData> {
        let params = question(asked, wanted);
        if is_modern(cx) {
            let bound = binding(asked);
            let options = SealOptions::new().associated_data(&bound).ttl(PATIENCE);
            let state = self.codec.seal_with(&[], &options);
            let request = InputRequest::Elicitation(ElicitRequest::new(params));
            let requests = InputRequests::from([(QUESTION.to_owned(), request)]);
            let result = InputRequiredResult::new(Some(requests), Some(state));
            return Ok(Reply::answered(result));
        }
        let answer = tokio::select! {
            answer = cx.peer.create_elicitation_with_timeout(params, Some(PATIENCE)) => answer,
            () = cx.ct.cancelled() => return Ok(Reply::answered(declined())),
        };
        Ok(match answer {
            Ok(answer) if agreed(&answer) => Reply::Given,
            Ok(_) => Reply::answered(declined()),
            Err(_) => Reply::answered(CallToolResult::error(vec![ContentBlock::text(
                "Nothing was done: the user was asked to confirm, and no answer came.",
            )])),
        })
    }
}

/// What the model is told when the user said no.
pub(super) fn declined() -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(
        "Nothing was done: the user was asked to confirm this call and declined. Do not repeat it unless they ask for it.",
    )])
}

/// Whether the client speaks the stateless protocol.
pub(super) fn is_modern(cx: &RequestContext<RoleServer>) -> bool {
    cx.protocol_version()
        .is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str())
}

fn can_ask(cx: &RequestContext<RoleServer>) -> bool {
    cx.client_capabilities()
        .is_some_and(|capabilities| shows_forms(&capabilities))
}

/// A client that names no kind of elicitation means forms.
fn shows_forms(capabilities: &ClientCapabilities) -> bool {
    capabilities
        .elicitation
        .as_ref()
        .is_some_and(|elicitation| elicitation.form.is_some() || elicitation.url.is_none())
}

fn agreed(answer: &ElicitResult) -> bool {
    let refused_within = answer
        .content
        .as_ref()
        .and_then(|content| content.get(QUESTION))
        == Some(&Value::Bool(false));
    answer.action == ElicitationAction::Accept && !refused_within
}

fn question(asked: &Asked<'_>, wanted: &Wanted<'_>) -> ElicitRequestParams {
    let why = if wanted.lasting {
        "this cannot be undone"
    } else {
        "this needs your consent"
    };
    let arguments = serde_json::to_string(asked.arguments).unwrap_or_default();
    let mut shown: String = arguments.chars().take(400).collect();
    if shown.len() < arguments.len() {
        shown.push('…');
    }
    ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: format!(
            "{} ({}): {why}. Go ahead?\n{shown}",
            wanted.title, asked.tool
        ),
        // Accepting is the answer; there is nothing to fill in.
        requested_schema: ElicitationSchema::new(BTreeMap::new()),
    }
}

/// What a sealed state is good for: this principal, this tool, these arguments in any order.
fn binding(asked: &Asked<'_>) -> Vec<u8> {
    let user = asked.who.user.as_ref().map_or("", |user| user.as_str());
    let parts = [
        asked.who.tenant.as_str(),
        user,
        asked.who.endpoint.as_str(),
        asked.tool,
    ];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.update(ordered(&Value::Object(asked.arguments.clone())).to_string());
    hash.finalize().to_vec()
}

fn ordered(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, Value> = fields
                .iter()
                .map(|(name, value)| (name, ordered(value)))
                .collect();
            sorted
                .into_iter()
                .map(|(name, value)| (name.clone(), value))
                .collect()
        }
        Value::Array(items) => items.iter().map(ordered).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway::{EndpointId, TenantId};
    use serde_json::json;

    #[test]
    fn the_binding_tells_calls_apart_but_not_the_order_of_arguments() {
        let who = |tenant: &str| Principal {
            tenant: TenantId::new(tenant),
            user: None,
            endpoint: EndpointId::new("e"),
            narrowed: None,
        };
        let (own, other) = (who("a"), who("b"));
        let bound = |who: &Principal, tool: &str, arguments: Value| {
            binding(&Asked {
                who,
                tool,
                arguments: arguments.as_object().unwrap(),
                state: None,
                responses: None,
            })
        };
        let first = bound(
            &own,
            "delete_tag",
            json!({"id": "1", "x": {"a": 1, "b": 2}}),
        );
        assert_eq!(
            first,
            bound(
                &own,
                "delete_tag",
                json!({"x": {"b": 2, "a": 1}, "id": "1"})
            )
        );
        for different in [
            bound(
                &other,
                "delete_tag",
                json!({"id": "1", "x": {"a": 1, "b": 2}}),
            ),
            bound(
                &own,
                "delete_team",
                json!({"id": "1", "x": {"a": 1, "b": 2}}),
            ),
            bound(
                &own,
                "delete_tag",
                json!({"id": "2", "x": {"a": 1, "b": 2}}),
            ),
        ] {
            assert_ne!(first, different);
        }
    }
}
