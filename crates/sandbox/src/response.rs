//! Building HTTP answers: JSON, the error envelope, headers, and bodies that break on purpose.

use crate::{call::Fault, window::Allowance};
use bytes::Bytes;
use hyper::{
    Response, StatusCode,
    body::{Body, Frame, SizeHint},
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde_json::{Value, json};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

/// A body: whole, or breaking off after its first bytes.
pub(crate) struct Payload {
    bytes: Option<Bytes>,
    /// Bytes that are promised but never come.
    missing: u64,
    /// Whether the first bytes were given time to reach the socket.
    flushed: bool,
}

impl Payload {
    /// A whole body.
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: Some(bytes.into()),
            missing: 0,
            flushed: false,
        }
    }

    /// The first half of a body; then the connection breaks.
    pub(crate) fn half(bytes: &[u8]) -> Self {
        let half = bytes.len() / 2;
        Self {
            bytes: Some(Bytes::copy_from_slice(&bytes[..half])),
            missing: (bytes.len() - half).max(1) as u64,
            flushed: false,
        }
    }

    /// Its bytes.
    pub(crate) fn into_bytes(self) -> Bytes {
        self.bytes.unwrap_or_default()
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.bytes.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if self.missing == 0 {
            return Poll::Ready(None);
        }
        if !self.flushed {
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.as_ref().is_none_or(Bytes::is_empty) && self.missing == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(
            self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64) + self.missing,
        )
    }
}

/// An HTTP answer.
pub(crate) type HttpResponse = Response<Payload>;

/// An answer with JSON.
pub(crate) fn json_response(status: u16, body: &Value) -> HttpResponse {
    bytes_response(
        status,
        "application/json; charset=utf-8",
        serde_json::to_vec(body).unwrap_or_default(),
    )
}

/// An answer with bytes of a media type.
pub(crate) fn bytes_response(
    status: u16,
    media: &'static str,
    bytes: impl Into<Bytes>,
) -> HttpResponse {
    let mut response = empty_response(status);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media));
    *response.body_mut() = Payload::whole(bytes);
    response
}

/// An answer without a body.
pub(crate) fn empty_response(status: u16) -> HttpResponse {
    let mut response = Response::new(Payload::whole(Bytes::new()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// An error in Intercom's envelope. A merged contact's has no `request_id`, as documented.
pub(crate) fn fault_body(fault: &Fault, request_id: &str) -> Value {
    let mut error = json!({"code": fault.code, "message": fault.message});
    if let Some(field) = &fault.field {
        error["field"] = json!(field);
    }
    match fault.link {
        Some(_) => json!({"type": "error.list", "errors": [error]}),
        None => json!({"type": "error.list", "request_id": request_id, "errors": [error]}),
    }
}

/// Adds the rate headers.
pub(crate) fn tell_allowance(response: &mut HttpResponse, allowance: Allowance) {
    let numbers = [
        ("x-ratelimit-limit", HeaderValue::from(allowance.limit)),
        (
            "x-ratelimit-remaining",
            HeaderValue::from(allowance.remaining),
        ),
        ("x-ratelimit-reset", HeaderValue::from(allowance.reset)),
    ];
    for (name, value) in numbers {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}

/// Adds a header whose value came from a request or a handler; a value that cannot stand in a header is left out.
pub(crate) fn add_header(response: &mut HttpResponse, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}
