//! The client: one a process, shared by all accounts.

use crate::exchange::Exchange;
use crate::retry::Retry;
use crate::transport::{Certificates, Transport};
use crate::{Account, Credential, Error, Request, Response, Slot, Urgency};
use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// How calls are made.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Time for one call over all: waiting for the allowance, sending, retries, reading the answer.
    pub timeout: Duration,
    /// Time for one connection to come about.
    pub connect_timeout: Duration,
    /// What the `User-Agent` header says.
    pub user_agent: String,
    /// How often a call is tried again where that is safe.
    pub max_retries: u32,
    /// The largest answer accepted, in bytes.
    pub max_body: usize,
    /// Authorities that are trusted besides the system's.
    pub authorities: Certificates,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(5),
            user_agent: concat!("frontdesk/", env!("CARGO_PKG_VERSION")).to_owned(),
            max_retries: 3,
            max_body: 32 << 20,
            authorities: Certificates::default(),
        }
    }
}

/// Hears of every request that a call makes, those that are tried again among them. It must not wait.
pub trait Attempts: Send + Sync {
    /// A request is about to leave.
    fn leaving(&self);
    /// The head of the answer to the last one is there.
    fn answered(&self, status: u16, request_id: Option<&str>);
}

/// Nobody hears of the requests.
pub(crate) struct Unheard;

impl Attempts for Unheard {
    fn leaving(&self) {}

    fn answered(&self, _: u16, _: Option<&str>) {}
}

/// Sends requests to Intercom. Cheap to make: certificates are loaded with the first request.
pub struct Client {
    config: ClientConfig,
    /// The time for one call, in milliseconds: it may change while calls go on.
    timeout_ms: AtomicU64,
    http: OnceLock<Transport>,
}

impl Default for Client {
    fn default() -> Self {
        Self::new(ClientConfig::default())
    }
}

impl Client {
    /// A client that has not opened anything yet.
    pub fn new(config: ClientConfig) -> Self {
        Self {
            timeout_ms: AtomicU64::new(millis(config.timeout)),
            config,
            http: OnceLock::new(),
        }
    }

    /// Calls that begin from now on have this time.
    pub fn set_timeout(&self, timeout: Duration) {
        self.timeout_ms.store(millis(timeout), Ordering::Relaxed);
    }

    /// Sends a request once the account's budget admits it, and tries again where that is safe.
    ///
    /// Dropping the future ends the request upstream. A redirect is an answer and never followed. Of bulk work, the
    /// first wait for the allowance takes as long as it takes; `timeout` covers everything else.
    pub async fn send(
        &self,
        account: &Account,
        credential: &Credential,
        request: Request,
    ) -> Result<Response, Error> {
        self.send_as(account, Some(credential), request, &Unheard)
            .await
    }

    /// As [`Client::send`], and tells of each request.
    pub async fn send_heard(
        &self,
        account: &Account,
        credential: &Credential,
        request: Request,
        heard: &dyn Attempts,
    ) -> Result<Response, Error> {
        self.send_as(account, Some(credential), request, heard)
            .await
    }

    /// As [`Client::send`], also for what is asked before there is a credential.
    pub(crate) async fn send_as(
        &self,
        account: &Account,
        credential: Option<&Credential>,
        request: Request,
        heard: &dyn Attempts,
    ) -> Result<Response, Error> {
        let timeout = Duration::from_millis(self.timeout_ms.load(Ordering::Relaxed));
        let mut exchange =
            Exchange::new(self.http()?, &self.config, account, credential, &request)?;
        exchange.timeout = timeout;
        let mut admitted = match request.urgency {
            Urgency::Bulk => Some(account.budget.acquire(Urgency::Bulk).await),
            Urgency::Interactive => None,
        };
        let deadline = Instant::now() + timeout;
        let mut retry = Retry::new(&request, self.config.max_retries, deadline);
        loop {
            let slot = match admitted.take() {
                Some(slot) => slot,
                None => admit(account, request.urgency, deadline).await?,
            };
            let error = match exchange.attempt(slot, deadline, heard).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let Some(delay) = retry.delay(&error, account.budget.opens_in()) else {
                return Err(error);
            };
            tracing::debug!(
                status = error.status(),
                request_id = error.request_id(),
                ?delay,
                "trying again"
            );
            tokio::time::sleep(delay).await;
        }
    }

    /// Loads certificates now, so that the first call need not; takes some milliseconds.
    pub fn warm_up(&self) -> Result<(), Error> {
        self.http().map(|_| ())
    }

    fn http(&self) -> Result<&Transport, Error> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = Transport::new(&self.config).map_err(Error::Setup)?;
        Ok(self.http.get_or_init(|| http))
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

async fn admit(account: &Account, urgency: Urgency, deadline: Instant) -> Result<Slot, Error> {
    let slot = account.budget.acquire_by(urgency, deadline).await;
    slot.ok_or_else(|| Error::RateLimited {
        fault: None,
        retry_after: account.budget.opens_in(),
    })
}
