//! One HTTP exchange: token, rate window, scripted faults, version, scope, handler, answer.

use crate::{
    auth::bearer,
    call::{Answer, Call, Content, Fault},
    control,
    desk::Desk,
    faults::Trouble,
    form,
    journal::{self, Entry},
    oauth,
    response::{self, HttpResponse, Payload},
    router::{Route, Routes},
    server::Sandbox,
    versions,
    window::Allowance,
};
use bytes::Bytes;
use catalog::ApiVersion;
use http_body_util::{BodyExt, Limited};
use hyper::{
    Request,
    body::Incoming,
    header::{AUTHORIZATION, HeaderMap},
};
use serde_json::Value;
use std::{
    error::Error,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The largest request body that is read, in bytes: room for ten attachments.
const MAX_REQUEST: usize = 50 << 20;

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("a scripted fault dropped the connection")]
pub(crate) struct Dropped;

/// Answers a request, or drops its connection.
pub(crate) async fn answer(
    sandbox: &Sandbox,
    request: Request<Incoming>,
) -> Result<HttpResponse, Dropped> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_REQUEST).collect().await else {
        let fault = Fault::new(413, "client_error", "The request body is too large");
        return Ok(response::json_response(
            413,
            &response::fault_body(&fault, ""),
        ));
    };
    let request = Received {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or(""),
        headers: &parts.headers,
        body: body.to_bytes(),
    };
    match request.path {
        "/readyz" => Ok(response::bytes_response(200, "text/plain", "ready")),
        path if path.starts_with("/__sandbox") => Ok(control::answer(sandbox, &request)),
        "/oauth" | "/auth/eagle/token" | "/auth/uninstall" => Ok(oauth::answer(sandbox, &request)),
        _ => operate(sandbox, &request).await,
    }
}

/// Whether an error has a cause of a type.
pub(crate) fn caused_by<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    error.is::<E>() || error.source().is_some_and(caused_by::<E>)
}

/// A request, read to its end.
pub(crate) struct Received<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    pub body: Bytes,
}

impl Received<'_> {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The pairs of the query string, decoded.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .into_owned()
            .collect()
    }
}

/// What the work under the lock came to.
struct Outcome {
    status: u16,
    content: Content,
    link: Option<String>,
    request_id: String,
    allowance: Option<Allowance>,
    version: ApiVersion,
    trouble: Option<Trouble>,
    retry_after: Option<u64>,
}

async fn operate(sandbox: &Sandbox, request: &Received<'_>) -> Result<HttpResponse, Dropped> {
    let found = sandbox.routes.find(request.method, request.path);
    let (route, holes) = found.map_or((None, Vec::new()), |(route, holes)| (Some(route), holes));
    let outcome = {
        let mut desk = sandbox.desk();
        let outcome = Work {
            sandbox,
            request,
            route,
        }
        .run(&mut desk, holes);
        sandbox.courier.take(&mut desk.world.outbox);
        outcome
    };
    match &outcome.trouble {
        Some(Trouble::DropBefore | Trouble::DropAfter) => return Err(Dropped),
        Some(Trouble::Stall) => std::future::pending().await,
        Some(Trouble::Delay(time)) => tokio::time::sleep(*time).await,
        _ => {}
    }
    Ok(render(outcome, route.map_or("", |route| &route.name)))
}

/// The part of an exchange that happens under the lock.
struct Work<'a> {
    sandbox: &'a Sandbox,
    request: &'a Received<'a>,
    route: Option<&'a Route>,
}

impl Work<'_> {
    fn run(&self, desk: &mut Desk, holes: Vec<String>) -> Outcome {
        let now_ms = real_ms();
        desk.world.tick();
        let mut outcome = Outcome {
            status: 200,
            content: Content::Empty,
            link: None,
            request_id: desk.request_id(),
            allowance: None,
            version: self.sandbox.config.default_version,
            trouble: None,
            retry_after: None,
        };
        let result = self
            .admit(desk, &mut outcome, now_ms)
            .and_then(|(admin, version)| self.carry_out(desk, holes, (admin, version)));
        outcome.take(result);
        if matches!(
            outcome.trouble,
            Some(Trouble::DropBefore | Trouble::DropAfter | Trouble::Stall)
        ) {
            outcome.status = 0;
        }
        desk.journal.add(self.entry(&outcome, now_ms));
        outcome
    }

    /// Token, rate window, scripted fault, version and scope, in this order.
    fn admit(
        &self,
        desk: &mut Desk,
        outcome: &mut Outcome,
        now_ms: i64,
    ) -> Result<(u64, ApiVersion), Fault> {
        let grant = desk
            .tokens
            .check(self.request.header(AUTHORIZATION.as_str()))?;
        let allowance = desk.window.count(now_ms.div_euclid(1000));
        outcome.allowance = Some(allowance);
        if allowance.exceeded {
            return Err(too_many(allowance));
        }
        let operation = self.route.map_or("", |route| &route.name);
        if let Some((trouble, retry_after)) =
            desk.faults
                .take(self.request.method, self.request.path, operation)
        {
            outcome.retry_after = retry_after;
            outcome.trouble = Some(trouble.clone());
            if !trouble.has_effect() {
                return Err(scripted(&trouble, outcome));
            }
        }
        outcome.version =
            requested_version(self.request.header("intercom-version"), outcome.version)?;
        if let Some(route) = self.route {
            if !route.exists_in(outcome.version) {
                return Err(Fault::new(
                    400,
                    "intercom_version_invalid",
                    "Requested resource is not available in current API version.",
                ));
            }
            grant.allows(&route.toolset, route.risk)?;
        }
        Ok((grant.admin, outcome.version))
    }

    fn carry_out(
        &self,
        desk: &mut Desk,
        path: Vec<String>,
        (caller, version): (u64, ApiVersion),
    ) -> Result<Answer, Fault> {
        let Some(route) = self.route else {
            return Err(Fault::missing("not_found", "Resource Not Found"));
        };
        let Some(handler) = route.handler else {
            return Err(Fault::new(
                501,
                "unsupported",
                format!("The sandbox cannot carry out `{}` yet", route.name),
            ));
        };
        let mut body = self.body()?;
        versions::up(&route.name, version, &mut body);
        handler(
            &mut desk.world,
            &Call {
                path,
                query: self.request.pairs(),
                body,
                version,
                caller,
            },
        )
    }

    /// The body as JSON; a form becomes an object of its fields.
    fn body(&self) -> Result<Value, Fault> {
        let bytes = &self.request.body;
        match self.request.header("content-type").and_then(form::boundary) {
            None => json_body(bytes),
            Some(boundary) => form::fields(bytes, boundary)
                .ok_or_else(|| Fault::new(400, "bad_request", "The request body is not a form")),
        }
    }

    fn entry(&self, outcome: &Outcome, at_ms: i64) -> Entry {
        Entry {
            at_ms,
            method: Routes::method_word(self.request.method),
            path: self.request.path.into(),
            operation: self
                .route
                .map_or_else(|| Arc::from(""), |route| Arc::clone(&route.name)),
            status: outcome.status,
            remaining: outcome
                .allowance
                .map(|allowance| u32::try_from(allowance.remaining).unwrap_or(u32::MAX)),
            token: self
                .request
                .header(AUTHORIZATION.as_str())
                .and_then(bearer)
                .map(journal::digest),
            request_id: outcome.request_id.as_str().into(),
            trace: self.request.header("traceparent").and_then(trace_of),
        }
    }
}

impl Outcome {
    fn take(&mut self, result: Result<Answer, Fault>) {
        match result {
            Ok(answer) => (self.status, self.content) = (answer.status, answer.content),
            Err(fault) => {
                self.status = fault.status;
                self.content = Content::Json(response::fault_body(&fault, &self.request_id));
                self.link = fault.link;
            }
        }
    }
}

/// The error that a scripted fault answers with; a 429 also shows a spent window.
fn scripted(trouble: &Trouble, outcome: &mut Outcome) -> Fault {
    match trouble {
        Trouble::Status(429) => {
            let allowance = outcome.allowance.map(|allowance| Allowance {
                remaining: 0,
                exceeded: true,
                ..allowance
            });
            outcome.allowance = allowance;
            allowance.map_or_else(
                || Fault::new(429, "rate_limit_exceeded", "Exceeded rate limit"),
                too_many,
            )
        }
        Trouble::Status(503) => Fault::new(
            503,
            "service_unavailable",
            "Sorry, the API service is temporarily unavailable",
        ),
        Trouble::Status(status @ 500..) => Fault::new(*status, "server_error", "Server Error"),
        Trouble::Status(status) => {
            Fault::new(*status, "client_error", "A scripted fault of the sandbox")
        }
        Trouble::Html(status) => Fault::new(*status, "server_error", "HTML"),
        _ => Fault::new(500, "server_error", "Server Error"),
    }
}

fn too_many(allowance: Allowance) -> Fault {
    Fault::new(
        429,
        "rate_limit_exceeded",
        format!("Exceeded rate limit of {} in 10_seconds", allowance.limit),
    )
}

fn requested_version(header: Option<&str>, default: ApiVersion) -> Result<ApiVersion, Fault> {
    let Some(text) = header.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(default);
    };
    match text.parse() {
        Ok(
            version @ (ApiVersion::Preview
            | ApiVersion::Numbered(1, 0..=4)
            | ApiVersion::Numbered(2, 0..=16)),
        ) => Ok(version),
        _ => Err(Fault::new(
            400,
            "intercom_version_invalid",
            "The requested version could not be found",
        )),
    }
}

/// The trace's id in a `traceparent`: version, trace, span, flags.
fn trace_of(parent: &str) -> Option<Box<str>> {
    parent.split('-').nth(1).map(Into::into)
}

fn json_body(bytes: &[u8]) -> Result<Value, Fault> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    match serde_json::from_slice(bytes) {
        Ok(body @ Value::Object(_)) => Ok(body),
        Ok(_) => Err(Fault::new(
            400,
            "type_mismatch",
            "The request body must be a JSON object",
        )),
        Err(_) => Err(Fault::new(
            400,
            "bad_request",
            "The request body is not valid JSON",
        )),
    }
}

fn render(outcome: Outcome, operation: &str) -> HttpResponse {
    let mut answer = match outcome.content {
        Content::Json(mut body) => {
            if outcome.status < 400 {
                versions::down(operation, outcome.version, &mut body);
            }
            response::json_response(outcome.status, &body)
        }
        Content::Empty => response::empty_response(outcome.status),
        Content::Elsewhere(address) => {
            let mut answer = response::empty_response(outcome.status);
            response::add_header(&mut answer, "location", &address);
            answer
        }
        Content::File { media, name, bytes } => {
            let mut answer = response::bytes_response(outcome.status, media, bytes);
            response::add_header(
                &mut answer,
                "content-disposition",
                &format!("attachment; filename=\"{name}\""),
            );
            answer
        }
    };
    if let Some(trouble) = &outcome.trouble {
        answer = mangled(answer, trouble);
    }
    if let Some(allowance) = outcome.allowance {
        response::tell_allowance(&mut answer, allowance);
    }
    if let Some(seconds) = outcome.retry_after {
        response::add_header(&mut answer, "retry-after", &seconds.to_string());
    }
    if let Some(link) = &outcome.link {
        response::add_header(&mut answer, "link", link);
    }
    response::add_header(
        &mut answer,
        "intercom-version",
        &outcome.version.to_string(),
    );
    response::add_header(&mut answer, "x-request-id", &outcome.request_id);
    answer
}

fn mangled(answer: HttpResponse, trouble: &Trouble) -> HttpResponse {
    let status = answer.status().as_u16();
    match trouble {
        Trouble::Html(status) => response::bytes_response(
            *status,
            "text/html",
            format!(
                "<!DOCTYPE html><html><body><h1>{status}</h1><p>The edge could not be reached.</p></body></html>"
            ),
        ),
        Trouble::Malformed => response::bytes_response(
            status,
            "application/json; charset=utf-8",
            &b"{\"type\":\"conversation\",\"id\":"[..],
        ),
        Trouble::Truncated => answer.map(|body| Payload::half(&body.into_bytes())),
        _ => answer,
    }
}

fn real_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_known_or_refused() {
        let default = ApiVersion::V2_14;
        for (header, expected) in [
            (None, Some("2.14")),
            (Some(""), Some("2.14")),
            (Some("2.11"), Some("2.11")),
            (Some("Unstable"), Some("Preview")),
            (Some("2.17"), None),
            (Some("3.0"), None),
            (Some("new"), None),
        ] {
            let got = requested_version(header, default);
            assert_eq!(
                got.as_ref().ok().map(ToString::to_string).as_deref(),
                expected,
                "{header:?}"
            );
            assert!(
                got.is_ok() || got.is_err_and(|fault| fault.code == "intercom_version_invalid")
            );
        }
    }

    #[test]
    fn bodies_are_objects_or_nothing() {
        assert_eq!(json_body(b" \n"), Ok(Value::Null));
        assert_eq!(json_body(b"[1]").unwrap_err().code, "type_mismatch");
        assert_eq!(json_body(b"{").unwrap_err().code, "bad_request");
    }
}
