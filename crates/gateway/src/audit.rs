//! Every call on record, before it acts and after: JSON lines in a file, appended by one writer thread.
//!
//! A write's intent is on disk before the write leaves; reads share the next flush, at most 10 ms later.
//! Nothing here holds arguments in the clear, a secret, or a customer's words.

use crate::{CallError, ErrorKind, Principal, ToolRequest, ToolResult};
use catalog::Risk;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// How long reads wait for company before they are written.
const GATHER: Duration = Duration::from_millis(10);
/// How long the writer waits before it tries a failed disk again.
const RETRY: Duration = Duration::from_millis(500);

/// Why calls cannot be recorded.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct AuditError(String);

/// The audit log.
pub struct Audit {
    shared: Arc<Shared>,
    run: u64,
    next: AtomicU64,
    writer: Option<JoinHandle<()>>,
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

/// One call on record; dropped unfinished, it records that the caller went away.
pub struct AuditRecord {
    shared: Arc<Shared>,
    id: String,
    started: Instant,
    upstream: Mutex<Vec<UpstreamCall>>,
    wrote: AtomicBool,
    finished: bool,
}

#[derive(Serialize)]
struct UpstreamCall {
    operation: String,
    status: Option<u16>,
    request_id: Option<String>,
}

#[derive(Serialize)]
struct Begin<'a> {
    event: &'static str,
    id: &'a str,
    at: String,
    tenant: &'a str,
    user: Option<&'a str>,
    endpoint: &'a str,
    tool: &'a str,
    risk: Risk,
    arguments_sha256: String,
    client: Option<&'a str>,
}

#[derive(Serialize)]
struct Finish<'a> {
    event: &'static str,
    id: &'a str,
    at: String,
    outcome: Outcome,
    duration_us: u64,
    upstream: &'a [UpstreamCall],
    answer_bytes: usize,
}

impl Audit {
    /// Appends to a file, which is made with its folders where it is missing.
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        let fault = |error: io::Error| {
            AuditError(format!(
                "cannot open the audit log {}: {error}",
                path.display()
            ))
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(fault)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(fault)?;
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        let writer = std::thread::Builder::new()
            .name("audit".into())
            .spawn(move || own.write_to(&file))
            .map_err(fault)?;
        let run = u64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or_default();
        Ok(Self {
            shared,
            run,
            next: AtomicU64::new(0),
            writer: Some(writer),
        })
    }

    /// Records that a call is about to be made; for anything but a read, waits until that is on disk.
    pub(crate) async fn begin(
        &self,
        who: &Principal,
        request: &ToolRequest,
        risk: Risk,
    ) -> Result<AuditRecord, AuditError> {
        let id = format!(
            "{:x}-{:x}",
            self.run,
            self.next.fetch_add(1, Ordering::Relaxed)
        );
        let line = json_line(&Begin {
            event: "begin",
            id: &id,
            at: now(),
            tenant: who.tenant.as_str(),
            user: who.user.as_ref().map(crate::UserId::as_str),
            endpoint: who.endpoint.as_str(),
            tool: &request.tool,
            risk,
            arguments_sha256: digest(&request.arguments),
            client: request.client.as_deref(),
        });
        if risk == Risk::Read {
            self.shared.append(&line)?;
        } else {
            self.shared.append_durably(&line).await?;
        }
        Ok(AuditRecord {
            shared: Arc::clone(&self.shared),
            id,
            started: Instant::now(),
            upstream: Mutex::default(),
            wrote: AtomicBool::new(false),
            finished: false,
        })
    }

    /// Waits until everything appended is on disk.
    pub(crate) async fn flush(&self) {
        if let Err(error) = self.shared.append_durably(&[]).await {
            tracing::error!(%error, "the audit log could not be flushed");
        }
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.wake.notify_one();
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing left to write.
            let _ = writer.join();
        }
    }
}

impl AuditRecord {
    /// Notes a request that is about to leave; anything but a read may have an effect from here on.
    pub(crate) fn leaving(&self, risk: Risk) {
        if risk != Risk::Read {
            self.wrote.store(true, Ordering::Relaxed);
        }
    }

    /// Notes what Intercom answered.
    pub(crate) fn answered(
        &self,
        operation: &str,
        status: Option<u16>,
        request_id: Option<String>,
    ) {
        let call = UpstreamCall {
            operation: operation.to_owned(),
            status,
            request_id,
        };
        self.upstream
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(call);
    }

    /// Whether a write has left.
    pub(crate) fn wrote(&self) -> bool {
        self.wrote.load(Ordering::Relaxed)
    }

    /// Records how the call ended. Never fails the call.
    pub(crate) fn finish(mut self, result: &Result<ToolResult, CallError>) {
        let (outcome, bytes) = match result {
            Ok(answer) => (Outcome::Ok, answer.text.len()),
            Err(error) => (Outcome::Failed(error.kind()), 0),
        };
        self.write_finish(outcome, bytes);
    }

    fn write_finish(&mut self, outcome: Outcome, answer_bytes: usize) {
        self.finished = true;
        let upstream = self.upstream.lock().unwrap_or_else(PoisonError::into_inner);
        let line = json_line(&Finish {
            event: "finish",
            id: &self.id,
            at: now(),
            outcome,
            duration_us: u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
            upstream: &upstream,
            answer_bytes,
        });
        if let Err(error) = self.shared.append(&line) {
            tracing::error!(%error, call = self.id, "the end of a call could not be recorded");
        }
    }
}

impl Drop for AuditRecord {
    fn drop(&mut self) {
        if !self.finished {
            self.write_finish(Outcome::Abandoned(Abandoned::Abandoned), 0);
        }
    }
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    waiting: Vec<oneshot::Sender<Result<(), AuditError>>>,
    failure: Option<AuditError>,
    closing: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, line: &[u8]) -> Result<(), AuditError> {
        let mut state = self.lock();
        if let Some(failure) = &state.failure {
            return Err(failure.clone());
        }
        let asleep = state.lines.is_empty();
        state.lines.extend_from_slice(line);
        drop(state);
        if asleep {
            self.wake.notify_one();
        }
        Ok(())
    }

    async fn append_durably(&self, line: &[u8]) -> Result<(), AuditError> {
        let (tell, told) = oneshot::channel();
        {
            let mut state = self.lock();
            if let Some(failure) = &state.failure {
                return Err(failure.clone());
            }
            state.lines.extend_from_slice(line);
            state.waiting.push(tell);
        }
        self.wake.notify_one();
        told.await
            .unwrap_or_else(|_| Err(AuditError("the audit log's writer has stopped".into())))
    }

    /// The writer thread: gathers lines, writes them, and syncs when someone waits for it.
    fn write_to(&self, mut file: &File) {
        loop {
            let Some((lines, waiting)) = self.next_batch() else {
                return;
            };
            let written = file.write_all(&lines).and_then(|()| {
                if waiting.is_empty() {
                    Ok(())
                } else {
                    file.sync_data()
                }
            });
            let result =
                written.map_err(|error| AuditError(format!("cannot write the audit log: {error}")));
            let mut state = self.lock();
            // At the end there is no later: what the disk does not take is lost, and said so.
            let given_up = result.is_err() && state.closing;
            state.failure = result.as_ref().err().cloned();
            if result.is_err() {
                // What could not be written goes first when the disk is back.
                let newer = std::mem::replace(&mut state.lines, lines);
                state.lines.extend_from_slice(&newer);
            }
            drop(state);
            for waiter in waiting {
                // A waiter that is gone needs no answer.
                let _ = waiter.send(result.clone());
            }
            if given_up {
                tracing::error!("the last lines of the audit log could not be written");
                return;
            }
            if result.is_err() {
                std::thread::sleep(RETRY);
            }
        }
    }

    #[expect(
        clippy::type_complexity,
        reason = "a batch is taken apart at once by its only caller"
    )]
    fn next_batch(&self) -> Option<(Vec<u8>, Vec<oneshot::Sender<Result<(), AuditError>>>)> {
        let idle = |state: &mut State| {
            state.lines.is_empty() && state.waiting.is_empty() && !state.closing
        };
        let alone = |state: &mut State| state.waiting.is_empty() && !state.closing;
        let state = self
            .wake
            .wait_while(self.lock(), idle)
            .unwrap_or_else(PoisonError::into_inner);
        let (mut state, _) = self
            .wake
            .wait_timeout_while(state, GATHER, alone)
            .unwrap_or_else(PoisonError::into_inner);
        if state.closing && state.lines.is_empty() && state.waiting.is_empty() {
            return None;
        }
        let capacity = state.lines.len();
        Some((
            std::mem::replace(&mut state.lines, Vec::with_capacity(capacity)),
            std::mem::take(&mut state.waiting),
        ))
    }
}

fn json_line(event: &impl Serialize) -> Vec<u8> {
    // Strings, numbers and lists of them always serialize.
    let mut line = serde_json::to_vec(event).unwrap_or_default();
    line.push(b'\n');
    line
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}

/// Says that two calls had the same arguments without saying which.
fn digest(arguments: &serde_json::Map<String, serde_json::Value>) -> String {
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
