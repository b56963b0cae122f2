//! The audit log in the store: every tenant's entries in a chain of their own.

use super::{AuditError, Entry};
use store::{Auditor, NewEntry, Store, StoreError};

/// The store's log, and the task that fills it.
pub(super) struct LogTable(Auditor);

impl LogTable {
    /// Starts the task, which ends with the last sender.
    pub(super) fn start(store: &Store) -> Self {
        Self(Auditor::start(store).0)
    }

    /// Adds an entry, which is written soon; waits while the log is behind, refused while it cannot be written.
    pub(super) async fn append(&self, entry: &Entry<'_>) -> Result<(), AuditError> {
        let tenant = entry.about.tenant.clone();
        self.0
            .note(tenant.as_str(), row(entry))
            .await
            .map_err(|error| unwritten(&error))
    }

    /// Adds the end of a call, which is written as soon as the log can be.
    pub(super) fn append_end(&self, entry: &Entry<'_>) -> Result<(), AuditError> {
        let tenant = entry.about.tenant.clone();
        self.0
            .note_done(tenant.as_str(), row(entry))
            .map_err(|error| unwritten(&error))
    }

    /// Adds an entry and waits until it is committed, for as long as the log moves.
    pub(super) async fn append_durably(&self, entry: &Entry<'_>) -> Result<(), AuditError> {
        let tenant = entry.about.tenant.clone();
        self.0
            .record(tenant.as_str(), row(entry))
            .await
            .map_err(|error| unwritten(&error))
    }

    /// Whether entries can be recorded now.
    pub(super) fn check(&self) -> Result<(), AuditError> {
        self.0.check().map_err(|error| unwritten(&error))
    }

    /// Waits until all entries before are committed.
    pub(super) async fn flush(&self) -> Result<(), AuditError> {
        self.0.flush().await.map_err(|error| unwritten(&error))
    }
}

fn row(entry: &Entry<'_>) -> NewEntry {
    let line = entry.line.trim_ascii_end();
    NewEntry {
        event_id: format!("{}-{}", entry.call, entry.kind),
        kind: entry.kind.to_owned(),
        at: store::now(),
        call_id: entry.call.to_owned(),
        user_id: entry.about.user.as_ref().map(ToString::to_string),
        endpoint_id: Some(entry.about.endpoint.to_string()),
        tool: Some(entry.about.tool.clone()),
        outcome: entry.outcome.map(str::to_owned),
        body: String::from_utf8_lossy(line).into_owned(),
    }
}

fn unwritten(error: &StoreError) -> AuditError {
    AuditError(format!("cannot write the audit log: {error}"))
}
