//! Sends messages to a collector, and says whether it took them.

use super::{
    Message,
    settings::{Encoding, Signal},
};
use http::StatusCode;
use reqwest::{Client, redirect::Policy};
use std::time::Duration;

/// How often a message is tried before it is given up; who must not lose it tries again.
const TRIES: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait that a collector may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Why a collector did not take a message. Nothing of the address or the message is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SendError {
    /// Mend the address, or the collector.
    #[error("the collector cannot be reached")]
    Unreachable,
    /// Mend the address, the headers, or what the collector accepts.
    #[error("the collector answered {0}")]
    Refused(u16),
}

/// A collector's address for one signal.
#[derive(Clone)]
pub(crate) struct Sender {
    client: Client,
    signal: Signal,
}

impl Sender {
    /// Opens nothing yet. No redirect is followed: it could carry the headers' keys elsewhere.
    pub(crate) fn new(signal: Signal) -> Result<Self, SendError> {
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(signal.timeout)
            .build()
            .map_err(|_| SendError::Unreachable)?;
        Ok(Self { client, signal })
    }

    /// Sends a message until the collector takes it, a few times at most.
    pub(crate) async fn send(&self, message: &Message) -> Result<(), SendError> {
        let (kind, body) = match self.signal.encoding {
            Encoding::Protobuf => ("application/x-protobuf", message.protobuf()),
            Encoding::Json => ("application/json", message.json().to_string().into_bytes()),
        };
        let mut wait = FIRST_WAIT;
        for _ in 1..TRIES {
            match self.once(kind, body.clone()).await {
                Err(Again { after, .. }) => tokio::time::sleep(after.unwrap_or(wait)).await,
                Ok(result) => return result,
            }
            wait *= 4;
        }
        self.once(kind, body)
            .await
            .unwrap_or_else(|again| Err(again.error))
    }

    async fn once(&self, kind: &str, body: Vec<u8>) -> Result<Result<(), SendError>, Again> {
        let mut request = self
            .client
            .post(&self.signal.url)
            .header("content-type", kind);
        for (name, value) in &self.signal.headers {
            request = request.header(name, value);
        }
        let Ok(answer) = request.body(body).send().await else {
            return Err(Again {
                error: SendError::Unreachable,
                after: None,
            });
        };
        let status = answer.status();
        let error = SendError::Refused(status.as_u16());
        let seconds = answer.headers().get("retry-after");
        let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
        match status {
            status if status.is_success() => Ok(Ok(())),
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Err(Again {
                error,
                after: seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT)),
            }),
            _ => Ok(Err(error)),
        }
    }
}

/// It may go better later.
struct Again {
    error: SendError,
    after: Option<Duration>,
}
