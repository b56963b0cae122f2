//! Every call on record, before it acts and after: as JSON lines in a file, or in the store's chained table.
//!
//! A write's intent is durable before the write leaves; reads share the next flush, at most 10 ms later.
//! Nothing here holds a secret or a customer's words; arguments are a hash, or redacted where a tenant wants them kept.

mod attempts;
mod decision;
mod event;
mod file;
mod observe;
mod redact;
mod table;

use crate::{CallError, Principal, TenantId, Tool, ToolRequest, ToolResult, TraceContext};
use attempts::Attempts;
use catalog::{Operation, Risk};
use event::{About, End};
use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Instant, SystemTime},
};
use store::Store;

pub use decision::Decision;
use event::Abandoned;
pub(crate) use event::tokens;
pub use event::{Outcome, UpstreamCall};
pub use observe::{CallObserver, FinishedCall};

/// Why calls cannot be recorded.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct AuditError(pub(crate) String);

/// What the log keeps of a call's arguments, beside their hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arguments {
    /// Nothing.
    #[default]
    Hashed,
    /// Ids, numbers, times and choices; of texts their length.
    Redacted,
}

/// The audit log.
pub struct Audit {
    sink: Arc<Sink>,
    run: String,
    next: AtomicU64,
    usual: Arguments,
    /// Tenants that keep something else than what is usual.
    kept: RwLock<HashMap<TenantId, Arguments>>,
    observer: Option<Arc<dyn CallObserver>>,
}

/// Where entries go.
enum Sink {
    File(file::LogFile),
    Table(table::LogTable),
}

/// One entry: its line, and what a table puts into columns.
struct Entry<'a> {
    kind: &'static str,
    call: &'a str,
    about: &'a About,
    outcome: Option<&'static str>,
    line: Vec<u8>,
}

/// One call on record; dropped unfinished, it records that the caller went away.
pub struct AuditRecord {
    sink: Arc<Sink>,
    observer: Option<Arc<dyn CallObserver>>,
    id: String,
    about: About,
    /// Whether the tool is one that there is.
    known: bool,
    /// The caller's span.
    parent: Option<[u8; 8]>,
    began: SystemTime,
    started: Instant,
    upstream: Mutex<Vec<UpstreamCall>>,
    allowed: AtomicBool,
    wrote: AtomicBool,
    finished: bool,
}

impl Audit {
    /// Appends to a file, which is made with its folders where it is missing.
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        let run = u64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or_default();
        Ok(Self::new(
            Sink::File(file::LogFile::open(path)?),
            format!("{run:x}"),
        ))
    }

    /// Appends to the store's audit log; within a Tokio runtime.
    pub fn in_store(store: &Store) -> Self {
        Self::new(Sink::Table(table::LogTable::start(store)), store::new_id())
    }

    fn new(sink: Sink, run: String) -> Self {
        Self {
            sink: Arc::new(sink),
            run,
            next: AtomicU64::new(0),
            usual: Arguments::default(),
            kept: RwLock::default(),
            observer: None,
        }
    }

    /// Keeps this much of the arguments of tenants that say nothing themselves.
    #[must_use]
    pub fn keeping(self, usual: Arguments) -> Self {
        Self { usual, ..self }
    }

    /// Tells this one of all calls.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn CallObserver>) -> Self {
        Self {
            observer: Some(observer),
            ..self
        }
    }

    /// What to keep of a tenant's arguments from now on; none is what is usual.
    pub fn keep(&self, tenant: &TenantId, arguments: Option<Arguments>) {
        if self.kept(tenant) == arguments.unwrap_or(self.usual) {
            return;
        }
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        match arguments {
            Some(arguments) => drop(kept.insert(tenant.clone(), arguments)),
            None => drop(kept.remove(tenant)),
        }
    }

    /// Whether calls can be recorded, as far as is known.
    pub fn check(&self) -> Result<(), AuditError> {
        match &*self.sink {
            Sink::File(file) => file.check(),
            Sink::Table(table) => table.check(),
        }
    }

    /// Records that a call is about to be made; for anything but a read, waits until that is on disk.
    pub(crate) async fn begin(
        &self,
        who: &Principal,
        request: &ToolRequest,
        risk: Risk,
        tool: Option<&Tool>,
    ) -> Result<AuditRecord, AuditError> {
        let id = format!(
            "{}-{:x}",
            self.run,
            self.next.fetch_add(1, Ordering::Relaxed)
        );
        let mut about = About::new(who, request, risk);
        let parent = about.trace.map(|trace| trace.span);
        about.trace = self.span(about.trace);
        let line = about.begin(&id, self.kept(&who.tenant), tool, &request.arguments);
        let entry = Entry {
            kind: "begin",
            call: &id,
            about: &about,
            outcome: None,
            line,
        };
        if risk == Risk::Read {
            self.sink.append(&entry).await?;
        } else {
            self.sink.append_durably(&entry).await?;
        }
        Ok(AuditRecord {
            sink: Arc::clone(&self.sink),
            observer: self.observer.clone(),
            id,
            about,
            known: tool.is_some(),
            parent,
            began: SystemTime::now(),
            started: Instant::now(),
            upstream: Mutex::default(),
            allowed: AtomicBool::new(false),
            wrote: AtomicBool::new(false),
            finished: false,
        })
    }

    /// Waits until everything appended is on disk.
    pub(crate) async fn flush(&self) {
        if let Err(error) = self.sink.flush().await {
            tracing::error!(%error, "the audit log could not be flushed");
        }
    }

    fn kept(&self, tenant: &TenantId) -> Arguments {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.get(tenant).copied().unwrap_or(self.usual)
    }

    /// The span of a call under its caller's, or the first of a trace where someone hears of it.
    fn span(&self, caller: Option<TraceContext>) -> Option<TraceContext> {
        match caller {
            Some(caller) => Some(caller.child()),
            None => self.observer.as_ref()?.begin_trace(),
        }
    }
}

impl Sink {
    async fn append(&self, entry: &Entry<'_>) -> Result<(), AuditError> {
        match self {
            Self::File(file) => file.append(&entry.line),
            Self::Table(table) => table.append(entry).await,
        }
    }

    /// Adds the end of a call: also while calls are refused, because this one was let through.
    fn append_end(&self, entry: &Entry<'_>) -> Result<(), AuditError> {
        match self {
            Self::File(file) => {
                file.append_end(&entry.line);
                Ok(())
            }
            Self::Table(table) => table.append_end(entry),
        }
    }

    async fn append_durably(&self, entry: &Entry<'_>) -> Result<(), AuditError> {
        match self {
            Self::File(file) => file.append_durably(&entry.line).await,
            Self::Table(table) => table.append_durably(entry).await,
        }
    }

    async fn flush(&self) -> Result<(), AuditError> {
        match self {
            Self::File(file) => file.append_durably(&[]).await,
            Self::Table(table) => table.flush().await,
        }
    }
}

impl AuditRecord {
    /// Notes that policy let the call run.
    pub(crate) fn allowed(&self) {
        self.allowed.store(true, Ordering::Relaxed);
    }

    /// Hears of the requests of one operation.
    pub(crate) fn attempts<'a>(&'a self, operation: &'a Operation) -> Attempts<'a> {
        Attempts::new(self, operation)
    }

    /// Notes a request that is about to leave, and answers its place; anything but a read may have an effect from here on.
    fn leaving(&self, operation: &Operation) -> usize {
        if operation.risk != Risk::Read {
            self.wrote.store(true, Ordering::Relaxed);
        }
        let mut upstream = self.upstream();
        upstream.push(UpstreamCall {
            operation: operation.name.clone(),
            status: None,
            request_id: None,
        });
        upstream.len() - 1
    }

    /// Notes what Intercom answered to the request in that place.
    fn answered(&self, place: usize, status: u16, request_id: Option<&str>) {
        if let Some(call) = self.upstream().get_mut(place) {
            call.status = Some(status);
            call.request_id = request_id.map(str::to_owned);
        }
    }

    fn upstream(&self) -> MutexGuard<'_, Vec<UpstreamCall>> {
        self.upstream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a write has left.
    pub(crate) fn wrote(&self) -> bool {
        self.wrote.load(Ordering::Relaxed)
    }

    /// How many requests were made to Intercom.
    pub(crate) fn upstream_calls(&self) -> usize {
        self.upstream().len()
    }

    /// The span that requests of this call are made under.
    pub(crate) fn trace(&self) -> Option<TraceContext> {
        self.about.trace
    }

    /// Records how the call ended. Never fails the call.
    pub(crate) fn finish(mut self, result: &Result<ToolResult, CallError>) {
        let (outcome, bytes) = match result {
            Ok(answer) => (Outcome::Ok, answer.text.len()),
            Err(error) => (Outcome::Failed(error.kind()), 0),
        };
        self.write_finish(outcome, bytes, result.as_ref().err());
    }

    fn write_finish(&mut self, outcome: Outcome, answer_bytes: usize, error: Option<&CallError>) {
        self.finished = true;
        let upstream = self.upstream();
        let (decision, reason) = Decision::of(self.allowed.load(Ordering::Relaxed), error);
        let duration = self.started.elapsed();
        let end = End {
            outcome,
            decision,
            reason: reason.as_deref(),
            duration_us: u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
            upstream: &upstream,
            answer_bytes,
        };
        let entry = Entry {
            kind: "finish",
            call: &self.id,
            about: &self.about,
            outcome: Some(outcome.as_str()),
            line: self.about.finish(&self.id, &end),
        };
        if let Err(error) = self.sink.append_end(&entry) {
            tracing::error!(%error, source = ?std::error::Error::source(&error), call = self.id, "the end of a call could not be recorded");
        }
        if let Some(observer) = &self.observer {
            observer.finished(&FinishedCall {
                id: &self.id,
                tenant: &self.about.tenant,
                endpoint: &self.about.endpoint,
                tool: &self.about.tool,
                known: self.known,
                risk: self.about.risk,
                decision,
                outcome,
                began: self.began,
                duration,
                upstream: &upstream,
                tokens_out: tokens(answer_bytes),
                trace: self.about.trace.map(|trace| (trace, self.parent)),
            });
        }
    }
}

impl Drop for AuditRecord {
    fn drop(&mut self) {
        if !self.finished {
            self.write_finish(Outcome::Abandoned(Abandoned::Abandoned), 0, None);
        }
    }
}
