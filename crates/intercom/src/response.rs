//! A good answer.

use crate::Rate;
use bytes::Bytes;
use serde_json::Value;

/// A good answer: any status below 400, also a redirect, which is never followed.
#[derive(Clone, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body; null when it is empty or not JSON.
    pub body: Value,
    /// A body that is not JSON.
    pub payload: Option<Payload>,
    /// What Intercom's support asks for.
    pub request_id: Option<String>,
    /// What is left of the allowance.
    pub rate: Option<Rate>,
    /// Where a redirect points, such as to a call's recording.
    pub location: Option<String>,
}

/// A body that is not JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    /// Its media type, as told.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}

impl Response {
    /// The body as text, where it is text and not JSON.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.payload.as_ref()?.bytes).ok()
    }
}

/// Without body and location: both hold customers' data.
impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            status,
            request_id,
            rate,
            ..
        } = self;
        f.debug_struct("Response")
            .field("status", status)
            .field("request_id", request_id)
            .field("rate", rate)
            .finish_non_exhaustive()
    }
}
