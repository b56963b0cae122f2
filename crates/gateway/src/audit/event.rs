//! What the log says of a call: one line when it begins, one when it ends, each whole in itself.

use super::{Arguments, decision::Decision, redact};
use crate::{EndpointId, ErrorKind, Principal, TenantId, Tool, ToolRequest, TraceContext, UserId};
use catalog::Risk;
use jiff::fmt::temporal::DateTimePrinter;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// Room for a usual line, in bytes.
const LINE: usize = 500;
/// Bytes of an answer that make a token, times ten: an estimate, for JSON with ids and names.
const BYTES_PER_TEN_TOKENS: usize = 33;

/// What is the same at the beginning and at the end of a call.
#[derive(Clone)]
pub(super) struct About {
    pub(super) tenant: TenantId,
    pub(super) user: Option<UserId>,
    pub(super) endpoint: EndpointId,
    pub(super) tool: String,
    /// The name that the client asked for, where it is another server's.
    asked: Option<String>,
    pub(super) risk: Risk,
    arguments_sha256: String,
    pub(super) client: Option<String>,
    client_ip: Option<IpAddr>,
    pub(super) trace: Option<TraceContext>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It answered.
    Ok,
    /// It failed for this reason.
    #[serde(untagged)]
    Failed(ErrorKind),
    /// Its caller went away.
    #[serde(untagged)]
    Abandoned(Abandoned),
}

/// The word for a call whose caller went away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename = "abandoned")]
#[serde(rename_all = "snake_case")]
pub enum Abandoned {
    /// The future was dropped.
    Abandoned,
}

impl Outcome {
    /// Its word in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed(kind) => kind.as_str(),
            Self::Abandoned(Abandoned::Abandoned) => "abandoned",
        }
    }
}

/// What Intercom answered to one request.
#[derive(Clone, Debug, Serialize)]
pub struct UpstreamCall {
    /// The operation.
    pub operation: String,
    /// The HTTP status; none when no answer came.
    pub status: Option<u16>,
    /// Intercom's id of the request.
    pub request_id: Option<String>,
}

/// How a call ended, as far as the log tells it.
pub(super) struct End<'a> {
    pub(super) outcome: Outcome,
    pub(super) decision: Option<Decision>,
    pub(super) reason: Option<&'a str>,
    pub(super) duration_us: u64,
    pub(super) upstream: &'a [UpstreamCall],
    pub(super) answer_bytes: usize,
}

#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    id: &'a str,
    at: String,
    tenant: &'a str,
    user: Option<&'a str>,
    endpoint: &'a str,
    tool: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<&'a str>,
    risk: Risk,
    arguments_sha256: &'a str,
    client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    #[serde(flatten)]
    rest: Rest<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Rest<'a> {
    Begin {
        #[serde(skip_serializing_if = "Option::is_none")]
        arguments: Option<Value>,
    },
    Finish {
        decision: Option<Decision>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        outcome: Outcome,
        duration_us: u64,
        upstream: &'a [UpstreamCall],
        answer_bytes: usize,
        tokens_out: usize,
    },
}

impl About {
    pub(super) fn new(who: &Principal, request: &ToolRequest, risk: Risk) -> Self {
        Self {
            tenant: who.tenant.clone(),
            user: who.user.clone(),
            endpoint: who.endpoint.clone(),
            tool: request.tool.clone(),
            asked: request.phrase.as_ref().map(|phrase| phrase.name().into()),
            risk,
            arguments_sha256: digest(&request.arguments),
            client: request.client.clone(),
            client_ip: request.client_ip,
            trace: request.trace,
        }
    }

    pub(super) fn begin(
        &self,
        id: &str,
        kept: Arguments,
        tool: Option<&Tool>,
        arguments: &Map<String, Value>,
    ) -> Vec<u8> {
        let arguments = match kept {
            Arguments::Hashed => None,
            Arguments::Redacted => Some(redact::arguments(tool, arguments)),
        };
        self.line("begin", id, Rest::Begin { arguments })
    }

    pub(super) fn finish(&self, id: &str, end: &End<'_>) -> Vec<u8> {
        let rest = Rest::Finish {
            decision: end.decision,
            reason: end.reason,
            outcome: end.outcome,
            duration_us: end.duration_us,
            upstream: end.upstream,
            answer_bytes: end.answer_bytes,
            tokens_out: tokens(end.answer_bytes),
        };
        self.line("finish", id, rest)
    }

    fn line(&self, event: &'static str, id: &str, rest: Rest<'_>) -> Vec<u8> {
        let line = Line {
            event,
            id,
            at: now(),
            tenant: self.tenant.as_str(),
            user: self.user.as_ref().map(UserId::as_str),
            endpoint: self.endpoint.as_str(),
            tool: &self.tool,
            asked: self.asked.as_deref(),
            risk: self.risk,
            arguments_sha256: &self.arguments_sha256,
            client: self.client.as_deref(),
            client_ip: self.client_ip,
            trace: self.trace.map(|trace| trace.trace_hex()),
            rest,
        };
        // Strings, numbers and lists of them always serialize.
        let mut text = Vec::with_capacity(LINE);
        let _ = serde_json::to_writer(&mut text, &line);
        text.push(b'\n');
        text
    }
}

/// About how many tokens a model reads: counting them would cost more than the rest of the record.
pub(crate) fn tokens(bytes: usize) -> usize {
    (bytes * 10).div_ceil(BYTES_PER_TEN_TOKENS)
}

fn now() -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new();
    PRINTER.timestamp_to_string(&jiff::Timestamp::now())
}

/// Says that two calls had the same arguments without saying which.
fn digest(arguments: &Map<String, Value>) -> String {
    let json = serde_json::to_vec(arguments).unwrap_or_default();
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(&json) {
        // The formatter would cost as much as the rest of the record.
        text.extend(
            [byte >> 4, byte & 15].map(|half| char::from(b"0123456789abcdef"[usize::from(half)])),
        );
    }
    text
}
