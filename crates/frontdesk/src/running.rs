//! The state of a running server: whether it is ending, what may change while it serves, and what it tells of itself.

use crate::auth::{Refused, bearer};
use crate::config::Config;
use crate::router::{Doors, Front};
use crate::telemetry::{CONTENT_TYPE, Telemetry, page};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use subtle::ConstantTimeEq;

/// The state of a running server.
pub(crate) struct Running {
    ending: AtomicBool,
    max_body: AtomicUsize,
    grace_ms: AtomicU64,
    pub(crate) telemetry: Arc<Telemetry>,
    /// The hash of the token that opens the metrics.
    metrics_key: Option<[u8; 32]>,
}

impl Running {
    pub(crate) fn new(config: &Config, telemetry: Arc<Telemetry>) -> Self {
        let hash = |token: &SecretString| Sha256::digest(token.expose_secret().as_bytes()).into();
        let running = Self {
            ending: AtomicBool::new(false),
            max_body: AtomicUsize::new(0),
            grace_ms: AtomicU64::new(0),
            telemetry,
            metrics_key: config.metrics_token.as_ref().map(hash),
        };
        running.reload(config);
        running
    }

    /// Takes over the limits of the configuration.
    pub(crate) fn reload(&self, config: &Config) {
        let grace = u64::try_from(config.grace.as_millis()).unwrap_or(u64::MAX);
        self.max_body.store(config.max_body, Ordering::Relaxed);
        self.grace_ms.store(grace, Ordering::Relaxed);
    }

    /// The largest body of a request, in bytes.
    pub(crate) fn max_body(&self) -> usize {
        self.max_body.load(Ordering::Relaxed)
    }

    /// How long calls may take to end.
    pub(crate) fn grace(&self) -> Duration {
        Duration::from_millis(self.grace_ms.load(Ordering::Relaxed))
    }

    /// Turns new calls away from now on.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Release);
    }

    /// Whether new calls are turned away.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }
}

/// The answer to a call that comes too late.
pub(crate) fn stopping() -> Response {
    let mut response = unavailable("Unavailable: this server is stopping. Try again.\n");
    // A balancer opens the next connection elsewhere.
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// The answer to a call that cannot be recorded.
pub(crate) fn unrecorded() -> Response {
    unavailable(
        "Unavailable: calls are made only when they can be recorded, and the audit log cannot be written. Try again \
         soon.\n",
    )
}

fn unavailable(text: &'static str) -> Response {
    let retry = [(header::RETRY_AFTER, "1")];
    (StatusCode::SERVICE_UNAVAILABLE, retry, text).into_response()
}

/// Whether calls would be served now.
pub(crate) async fn ready(State(front): State<Arc<Front>>) -> Response {
    if front.running.is_ending() {
        return stopping();
    }
    let recorded = match &front.doors {
        Doors::Many(tenants, _) if !tenants.is_ready() => return Refused::Unsure.into_response(),
        Doors::Many(tenants, _) => tenants.gateway().audit().check(),
        Doors::One(_) => front.mounts.gateway().audit().check(),
    };
    match recorded {
        Ok(()) => "ok\n".into_response(),
        Err(_) => unrecorded(),
    }
}

/// The metrics, for who brings their token.
pub(crate) async fn metrics(State(front): State<Arc<Front>>, headers: HeaderMap) -> Response {
    if let Err(foreign) = front.guard.check(&http::Uri::default(), &headers) {
        return foreign.into_response();
    }
    let Some(key) = &front.running.metrics_key else {
        let text = "Not found: set FRONTDESK_METRICS_TOKEN to have the metrics here, or FRONTDESK_METRICS_LISTEN to \
                    have them at an address of their own.\n";
        return (StatusCode::NOT_FOUND, text).into_response();
    };
    let token = match bearer(&headers) {
        Ok(token) => token,
        Err(refused) => return refused.into_response(),
    };
    let presented: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    if !bool::from(presented.ct_eq(key)) {
        return Refused::Wrong.into_response();
    }
    open_metrics(State(front)).await
}

/// The metrics, for everyone who comes this far.
pub(crate) async fn open_metrics(State(front): State<Arc<Front>>) -> Response {
    let tenants = front.tenants().map(Arc::as_ref);
    let telemetry = &front.running.telemetry;
    let families = telemetry.families(front.mounts.gateway(), tenants).await;
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], page(&families)).into_response()
}
