//! One request on the wire and its answer read, as often as it is tried.

use crate::body::{self, Unread};
use crate::error::Aside;
use crate::transport::{Lost, Transport};
use crate::{
    Account, Attempts, Certainty, ClientConfig, Credential, Error, Fault, NetworkError, Payload,
    Rate, Request, Response, Slot, form, lean,
};
use bytes::Bytes;
use catalog::{ApiVersion, BodyForm, Method, Risk};
use http::{
    HeaderMap, HeaderName, HeaderValue, Uri,
    header::{
        ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, LINK, LOCATION, RETRY_AFTER,
        USER_AGENT,
    },
};
use http_body_util::Full;
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::{fmt, time::Duration};
use tokio::time::{Instant, timeout_at};

const VERSION: HeaderName = HeaderName::from_static("intercom-version");
const TRACE: HeaderName = HeaderName::from_static("traceparent");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const FILE: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A request made ready once, for all attempts.
pub(crate) struct Exchange<'a> {
    http: &'a Transport,
    config: &'a ClientConfig,
    account: &'a Account,
    /// What is true of a write when its answer is lost.
    if_lost: Certainty,
    method: http::Method,
    uri: Uri,
    headers: HeaderMap,
    body: Option<Bytes>,
    exact: bool,
    /// What errors tell of the time that there was.
    pub(crate) timeout: Duration,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(
        http: &'a Transport,
        config: &'a ClientConfig,
        account: &'a Account,
        credential: Option<&Credential>,
        request: &Request,
    ) -> Result<Self, Error> {
        let uri = request
            .uri(&account.base)
            .map_err(|error| Error::Setup(NetworkError::new(error)))?;
        let mut headers = HeaderMap::with_capacity(8);
        if let Some(credential) = credential {
            headers.insert(AUTHORIZATION, credential.header()?);
        }
        headers.insert(VERSION, version_header(request.version(account.version)));
        headers.insert(ACCEPT, if request.download { FILE } else { JSON });
        headers.insert(ACCEPT_ENCODING, GZIP);
        headers.insert(USER_AGENT, http.user_agent.clone());
        if let Some(Ok(trace)) = request.trace.as_deref().map(HeaderValue::from_str) {
            headers.insert(TRACE, trace);
        }
        let body = request.body.as_ref().map(|body| match request.form {
            BodyForm::Json => (JSON, body.to_string().into()),
            BodyForm::Multipart => form::encode(body),
        });
        if let Some((kind, _)) = &body {
            headers.insert(CONTENT_TYPE, kind.clone());
        }
        Ok(Self {
            http,
            config,
            account,
            timeout: config.timeout,
            exact: request.exact,
            if_lost: if request.risk == Risk::Read {
                Certainty::NotDone
            } else {
                Certainty::MaybeDone
            },
            method: method(request.method),
            uri,
            headers,
            body: body.map(|(_, bytes)| bytes),
        })
    }

    /// Sends once and reads the answer, both before the deadline.
    pub(crate) async fn attempt(
        &self,
        slot: Slot,
        deadline: Instant,
        heard: &dyn Attempts,
    ) -> Result<Response, Error> {
        heard.leaving();
        // Boxed, or every caller up to the server would carry, and copy, the HTTP client's large state.
        match timeout_at(deadline, Box::pin(self.round_trip(slot, heard))).await {
            Ok(result) => result,
            Err(_) => Err(Error::Timeout {
                after: self.timeout,
                certainty: self.if_lost,
            }),
        }
    }

    async fn round_trip(&self, slot: Slot, heard: &dyn Attempts) -> Result<Response, Error> {
        let mut request = http::Request::new(Full::new(self.body.clone().unwrap_or_default()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let answer = match self.http.send(request).await {
            Ok(answer) => answer,
            Err(Lost::Unsent(source)) => {
                slot.unsent();
                return Err(Error::Unreachable {
                    base: self.account.base.to_string(),
                    source,
                });
            }
            Err(Lost::Sent(source)) => return Err(self.interrupted(source)),
        };
        let status = answer.status().as_u16();
        let rate = Rate::read(answer.headers());
        let retry_after = retry_after(answer.headers());
        slot.settle(status, rate, retry_after);
        heard.answered(status, text(answer.headers(), &REQUEST_ID));
        if status >= 400 {
            return Err(self.refusal(answer, retry_after).await);
        }
        let location = text(answer.headers(), &LOCATION).map(str::to_owned);
        let request_id = text(answer.headers(), &REQUEST_ID).map(str::to_owned);
        let content_type = answer.headers().get(CONTENT_TYPE).cloned();
        let bytes = self.read(answer).await?;
        let (body, payload) = self.decode(status, content_type.as_ref(), bytes)?;
        Ok(Response {
            status,
            body,
            payload,
            request_id,
            rate,
            location,
        })
    }

    async fn refusal(
        &self,
        answer: http::Response<Incoming>,
        retry_after: Option<Duration>,
    ) -> Error {
        let status = answer.status().as_u16();
        let request_id = text(answer.headers(), &REQUEST_ID).map(str::to_owned);
        let canonical = text(answer.headers(), &LINK).and_then(canonical_id);
        // Whatever the body is, the status tells enough.
        let bytes = self.read(answer).await.unwrap_or_default();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let retry_after = retry_after.or_else(|| {
            (status == 429)
                .then(|| self.account.budget.opens_in())
                .filter(|wait| !wait.is_zero())
        });
        Error::refused(
            Fault::read(status, &body, request_id),
            Aside {
                canonical,
                retry_after,
                certainty: self.if_lost,
            },
        )
    }

    async fn read(&self, answer: http::Response<Incoming>) -> Result<Bytes, Error> {
        let limit = self.config.max_body;
        body::whole(answer, limit)
            .await
            .map_err(|unread| match unread {
                Unread::TooLarge => Error::TooLarge {
                    limit,
                    certainty: self.if_lost,
                },
                Unread::Broken(source) => self.interrupted(source),
            })
    }

    fn decode(
        &self,
        status: u16,
        content_type: Option<&HeaderValue>,
        bytes: Bytes,
    ) -> Result<(Value, Option<Payload>), Error> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok((Value::Null, None));
        }
        let malformed = |what| Error::Malformed {
            what,
            status,
            certainty: self.if_lost,
        };
        let kind = content_type
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        let essence = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => {}
            "text/html" | "application/xhtml+xml" if status < 300 => {
                return Err(malformed("a web page"));
            }
            other if other.ends_with("+json") => {}
            "" if matches!(bytes[0], b'{' | b'[') => {}
            _ => {
                return Ok((
                    Value::Null,
                    Some(Payload {
                        content_type: kind.to_owned(),
                        bytes,
                    }),
                ));
            }
        }
        let parse = if self.exact {
            serde_json::from_slice
        } else {
            lean::from_slice
        };
        let body = parse(&bytes).map_err(|_| malformed("broken JSON"))?;
        Ok((body, None))
    }

    fn interrupted(&self, source: NetworkError) -> Error {
        Error::Interrupted {
            source,
            certainty: self.if_lost,
        }
    }
}

fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    }
}

fn version_header(version: ApiVersion) -> HeaderValue {
    match version {
        ApiVersion::V2_16 => HeaderValue::from_static("2.16"),
        ApiVersion::Preview => HeaderValue::from_static("Preview"),
        other @ ApiVersion::Numbered(..) => {
            HeaderValue::from_str(&other.to_string()).unwrap_or(HeaderValue::from_static("2.16"))
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers
        .get(name)?
        .to_str()
        .ok()
        .filter(|text| !text.is_empty())
}

/// `Retry-After`: seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = text(headers, &RETRY_AFTER)?;
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(
        date.duration_since(std::time::SystemTime::now())
            .unwrap_or_default(),
    )
}

/// The id at the end of a `Link` header's canonical path: `</contacts/65f0>; rel="canonical"`.
fn canonical_id(link: &str) -> Option<String> {
    let entry = link
        .split(',')
        .find(|entry| entry.to_ascii_lowercase().contains("canonical"))?;
    let (_, rest) = entry.split_once('<')?;
    let (path, _) = rest.split_once('>')?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let last = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .filter(|id| !id.is_empty())?;
    percent_decode_str(last)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

/// Without url, headers and body.
impl fmt::Debug for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_ids_are_read() {
        for (link, expected) in [
            (r#"</contacts/65f0a>; rel="canonical""#, Some("65f0a")),
            (
                r"<https://api.intercom.io/contacts/a%20b/?x=1>; rel=canonical",
                Some("a b"),
            ),
            (
                r#"</a>; rel="next", </contacts/1>; rel="canonical""#,
                Some("1"),
            ),
            (r#"</a>; rel="next""#, None),
            ("canonical", None),
        ] {
            assert_eq!(canonical_id(link).as_deref(), expected, "{link}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let wait = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
            retry_after(&headers)
        };
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("Thu, 01 Jan 1970 00:00:10 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
    }
}
