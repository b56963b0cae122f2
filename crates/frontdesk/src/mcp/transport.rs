//! MCP over HTTP. Every principal has its own sessions, so that nobody can use or end another's.

use super::{Desk, DeskHandler, Unrecorded, client_name, lane, narrow, sessions::Sessions};
use crate::{client_address::ClientAddress, running};
use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use gateway::{Gateway, Principal};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header, request};
use http_body_util::{BodyExt, Full};
use rmcp::{
    model::RequestId,
    transport::streamable_http_server::{
        SessionId, SessionManager, StreamableHttpServerConfig, StreamableHttpService,
        session::local::LocalSessionManager,
    },
};
use serde::{Deserialize, de::IgnoredAny};
use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const SESSION: &str = "mcp-session-id";

/// The mounts of a server, one a principal, made when it first comes.
pub(crate) struct Mounts {
    desk: Arc<Desk>,
    by_principal: RwLock<HashMap<Principal, Arc<Mount>>>,
    /// Counts requests that are being answered.
    pub(crate) busy: TaskTracker,
    /// Ends the streams that have no end of their own.
    pub(crate) stop: CancellationToken,
}

/// What one principal reaches.
pub(crate) struct Mount {
    desk: Arc<Desk>,
    who: Principal,
    service: StreamableHttpService<DeskHandler, LocalSessionManager>,
    manager: Arc<LocalSessionManager>,
    sessions: Sessions,
    busy: TaskTracker,
}

impl Mounts {
    /// No mounts yet.
    pub(crate) fn new(desk: Arc<Desk>) -> Self {
        Self {
            desk,
            by_principal: RwLock::default(),
            busy: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// The road to Intercom.
    pub(crate) fn gateway(&self) -> &Arc<Gateway> {
        &self.desk.gateway
    }

    /// The principal's mount.
    pub(crate) fn of(&self, who: &Principal) -> Arc<Mount> {
        let mounts = self
            .by_principal
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(mount) = mounts.get(who) {
            return Arc::clone(mount);
        }
        drop(mounts);
        let mut mounts = self
            .by_principal
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let mount = mounts
            .entry(who.clone())
            .or_insert_with(|| Arc::new(self.mount(who)));
        Arc::clone(mount)
    }

    fn mount(&self, who: &Principal) -> Mount {
        let mut manager = LocalSessionManager::default();
        // Idle sessions are closed by `Sessions`, which also sees the calls that go the short way.
        manager.session_config.keep_alive = None;
        manager.session_config.sse_retry = None;
        let manager = Arc::new(manager);
        let handler = DeskHandler::new(Arc::clone(&self.desk), who.clone());
        // Hosts and origins were checked at the door, for all routes alike.
        let config = StreamableHttpServerConfig::default()
            .disable_allowed_hosts()
            .disable_allowed_origins()
            .with_json_response(true)
            .with_sse_retry(None)
            // The door has read the body, and refused one that is too large.
            .with_max_request_body_bytes(usize::MAX)
            .with_cancellation_token(self.stop.clone());
        Mount {
            desk: Arc::clone(&self.desk),
            who: who.clone(),
            service: StreamableHttpService::new(
                move || Ok(handler.clone()),
                Arc::clone(&manager),
                config,
            ),
            manager,
            sessions: Sessions::default(),
            busy: self.busy.clone(),
        }
    }
}

impl Mount {
    /// Answers one request.
    pub(crate) async fn answer(&self, parts: request::Parts, body: Bytes) -> Response {
        if parts.method == Method::POST {
            let _busy = self.busy.token();
            if narrow::asked(&parts.headers) {
                return Box::pin(self.narrowed(parts, body)).await;
            }
            if let Some(plain) = lane::read(self, &parts.headers, &body)
                && let Some(response) = lane::run(self, plain, ClientAddress::of(&parts)).await
            {
                return response;
            }
            // Boxed: the plain calls above need not carry the room for the library's state.
            return Box::pin(self.post(parts, body)).await;
        }
        if let Some(session) = session_of(&parts.headers) {
            if parts.method == Method::DELETE {
                self.sessions.close(session);
            } else {
                self.sessions.touch(session);
            }
        }
        Box::pin(self.library(parts, Bytes::new()))
            .await
            .map(Body::new)
    }

    pub(super) fn gateway(&self) -> &Gateway {
        &self.desk.gateway
    }

    pub(super) fn who(&self) -> &Principal {
        &self.who
    }

    pub(super) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Whether the library still holds the session.
    pub(super) async fn knows(&self, session: &str) -> bool {
        self.manager.sessions.read().await.contains_key(session)
    }

    async fn narrowed(&self, mut parts: request::Parts, body: Bytes) -> Response {
        match narrow::keep(&mut parts, &self.who, self.gateway().registry()) {
            Ok(()) => self.post(parts, body).await,
            Err(reason) => {
                let text = format!("Bad request: {reason}.");
                (StatusCode::BAD_REQUEST, text).into_response()
            }
        }
    }

    async fn post(&self, mut parts: request::Parts, body: Bytes) -> Response {
        let unrecorded = Unrecorded::default();
        parts.extensions.insert(unrecorded.clone());
        let note: Note<'_> = serde_json::from_slice(&body).unwrap_or_default();
        let session = session_of(&parts.headers);
        if let Some(session) = session {
            self.sessions.touch(session);
            if let (Some("notifications/cancelled"), Some(request)) =
                (note.method.as_deref(), &note.params.request)
            {
                self.sessions.cancel(session, request);
            }
        }
        let opens = note.method.as_deref() == Some("initialize");
        let client = note
            .params
            .client
            .as_ref()
            .map(|client| client_name(&client.name, &client.version));
        let in_session = opens || session.is_some();
        let response = self.library(parts, body.clone()).await;
        if opens {
            self.remember(response.headers(), client).await;
        }
        let response = if in_session {
            settle(response, self.busy.token()).await
        } else {
            streaming(response, self.busy.token())
        };
        if unrecorded.is_so() {
            running::unrecorded()
        } else {
            response
        }
    }

    async fn library(&self, parts: request::Parts, body: Bytes) -> Response<LibraryBody> {
        let request = Request::from_parts(parts, Full::new(body));
        self.service.handle(request).await
    }

    async fn remember(&self, headers: &HeaderMap, client: Option<String>) {
        let Some(session) = session_of(headers) else {
            return;
        };
        for stale in self.sessions.open(SessionId::from(session), client) {
            if let Err(error) = self.manager.close_session(&stale).await {
                tracing::debug!(%error, "an idle session could not be closed");
            }
        }
    }
}

type LibraryBody = http_body_util::combinators::BoxBody<Bytes, std::convert::Infallible>;
type BusyToken = tokio_util::task::task_tracker::TaskTrackerToken;

/// What must be known of a message before the library reads it.
#[derive(Default, Deserialize)]
struct Note<'a> {
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: NoteParams<'a>,
}

#[derive(Default, Deserialize)]
struct NoteParams<'a> {
    #[serde(rename = "requestId")]
    request: Option<RequestId>,
    #[serde(rename = "clientInfo", borrow)]
    client: Option<NoteClient<'a>>,
}

#[derive(Deserialize)]
struct NoteClient<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
}

fn session_of(headers: &HeaderMap) -> Option<&str> {
    headers.get(SESSION)?.to_str().ok()
}

fn is_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// Keeps the server from ending while a stream is being sent.
fn streaming(response: Response<LibraryBody>, busy: BusyToken) -> Response {
    if !is_stream(response.headers()) {
        return response.map(Body::new);
    }
    response.map(|body| {
        Body::from_stream(body.into_data_stream().inspect(move |_| {
            let _ = &busy;
        }))
    })
}

/// In sessions the library always answers with a stream; one that holds nothing but the response becomes plain JSON.
async fn settle(response: Response<LibraryBody>, busy: BusyToken) -> Response {
    if !is_stream(response.headers()) {
        return response.map(Body::new);
    }
    let (mut parts, mut body) = response.into_parts();
    let mut held = Vec::new();
    let first = loop {
        let Some(Ok(frame)) = body.frame().await else {
            break None;
        };
        if let Ok(data) = frame.into_data() {
            held.extend_from_slice(&data);
        }
        match first_event(&held) {
            Event::Unfinished => {}
            // A comment that keeps the connection alive.
            Event::Empty(end) => drop(held.drain(..end)),
            Event::Data(data) => break Some(data),
        }
    };
    let only = first.filter(|data| {
        serde_json::from_slice::<Direction>(data).is_ok_and(|message| message.method.is_none())
    });
    if let Some(message) = only {
        parts.headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        parts.headers.remove(header::CACHE_CONTROL);
        parts.headers.remove("x-accel-buffering");
        return Response::from_parts(parts, Body::from(message));
    }
    let held = futures_util::stream::once(async move { Ok(Bytes::from(held)) });
    let rest = held.chain(body.into_data_stream()).inspect(move |_| {
        let _ = &busy;
    });
    Response::from_parts(parts, Body::from_stream(rest))
}

/// Requests and notifications have a method, responses have none.
#[derive(Deserialize)]
struct Direction {
    method: Option<IgnoredAny>,
}

#[derive(Debug, PartialEq, Eq)]
enum Event {
    Unfinished,
    /// No data, up to here.
    Empty(usize),
    Data(Vec<u8>),
}

fn first_event(held: &[u8]) -> Event {
    let Some(end) = held.windows(2).position(|two| two == b"\n\n") else {
        return Event::Unfinished;
    };
    let mut data = Vec::new();
    for line in held[..end].split(|byte| *byte == b'\n') {
        if let Some(rest) = line.strip_prefix(b"data:") {
            data.extend_from_slice(rest.strip_prefix(b" ").unwrap_or(rest));
        }
    }
    if data.is_empty() {
        Event::Empty(end + 2)
    } else {
        Event::Data(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_event_is_found() {
        for (held, expected) in [
            ("", Event::Unfinished),
            ("data: {}\n", Event::Unfinished),
            (":\n\n", Event::Empty(3)),
            (
                "id: 1\ndata: {\"a\":1}\n\ndata: x\n\n",
                Event::Data(b"{\"a\":1}".to_vec()),
            ),
        ] {
            assert_eq!(first_event(held.as_bytes()), expected, "{held:?}");
        }
    }
}
