//! One request on the wire and its answer read, as often as it is tried.

use crate::error::Aside;
use crate::{
    Account, Certainty, ClientConfig, Credential, Error, Fault, Payload, Rate, Request, Response,
    Slot, form, lean,
};
use bytes::{Bytes, BytesMut};
use catalog::{ApiVersion, BodyForm, Method, Risk};
use percent_encoding::percent_decode_str;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LINK, LOCATION,
    RETRY_AFTER,
};
use serde_json::Value;
use std::{fmt, time::Duration};
use tokio::time::{Instant, timeout_at};
use url::Url;

const VERSION: HeaderName = HeaderName::from_static("intercom-version");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FILE: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A request made ready once, for all attempts.
pub(crate) struct Exchange<'a> {
    http: &'a reqwest::Client,
    config: &'a ClientConfig,
    account: &'a Account,
    /// What is true of a write when its answer is lost.
    if_lost: Certainty,
    method: reqwest::Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Bytes>,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(
        http: &'a reqwest::Client,
        config: &'a ClientConfig,
        account: &'a Account,
        credential: &Credential,
        request: &Request,
    ) -> Result<Self, Error> {
        let url = request.url(&account.base);
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(AUTHORIZATION, credential.header()?);
        headers.insert(VERSION, version_header(request.version(account.version)));
        if request.download {
            headers.insert(ACCEPT, FILE);
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
            if_lost: if request.risk == Risk::Read {
                Certainty::NotDone
            } else {
                Certainty::MaybeDone
            },
            method: method(request.method),
            url,
            headers,
            body: body.map(|(_, bytes)| bytes),
        })
    }

    /// Sends once and reads the answer, both before the deadline.
    pub(crate) async fn attempt(&self, slot: Slot, deadline: Instant) -> Result<Response, Error> {
        // Boxed, or every caller up to the server would carry, and copy, the HTTP client's large state.
        match timeout_at(deadline, Box::pin(self.round_trip(slot))).await {
            Ok(result) => result,
            Err(_) => Err(Error::Timeout {
                after: self.config.timeout,
                certainty: self.if_lost,
            }),
        }
    }

    async fn round_trip(&self, slot: Slot) -> Result<Response, Error> {
        let mut request = reqwest::Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = self.headers.clone();
        *request.body_mut() = self.body.clone().map(Into::into);
        let answer = match self.http.execute(request).await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => {
                slot.unsent();
                return Err(Error::Unreachable {
                    base: self.account.base.to_string(),
                    source: error.without_url(),
                });
            }
            Err(error) => return Err(self.interrupted(error)),
        };
        let status = answer.status().as_u16();
        let rate = Rate::read(answer.headers());
        let retry_after = retry_after(answer.headers());
        slot.settle(status, rate, retry_after);
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

    async fn refusal(&self, answer: reqwest::Response, retry_after: Option<Duration>) -> Error {
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

    /// The whole body, unless it is larger than the cap.
    async fn read(&self, mut answer: reqwest::Response) -> Result<Bytes, Error> {
        let limit = self.config.max_body;
        let too_large = || Error::TooLarge {
            limit,
            certainty: self.if_lost,
        };
        let told = answer
            .content_length()
            .map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
        if told > limit {
            return Err(too_large());
        }
        let Some(first) = answer
            .chunk()
            .await
            .map_err(|error| self.interrupted(error))?
        else {
            return Ok(Bytes::new());
        };
        if first.len() == told {
            // The rest of the stream is only its end, which lets the connection be used again.
            return match answer
                .chunk()
                .await
                .map_err(|error| self.interrupted(error))?
            {
                None => Ok(first),
                Some(_) => Err(too_large()),
            };
        }
        let mut whole = BytesMut::with_capacity(told.max(first.len() * 2));
        let mut next = Some(first);
        while let Some(chunk) = next {
            if whole.len() + chunk.len() > limit {
                return Err(too_large());
            }
            whole.extend_from_slice(&chunk);
            next = answer
                .chunk()
                .await
                .map_err(|error| self.interrupted(error))?;
        }
        Ok(whole.freeze())
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
        let body = lean::from_slice(&bytes).map_err(|_| malformed("broken JSON"))?;
        Ok((body, None))
    }

    fn interrupted(&self, error: reqwest::Error) -> Error {
        Error::Interrupted {
            source: error.without_url(),
            certainty: self.if_lost,
        }
    }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
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
