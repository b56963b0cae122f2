//! The requests of one operation, as the client makes them, into the record of their call.

use super::AuditRecord;
use catalog::Operation;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Writes down each request when it leaves, so that one whose answer never comes is on record too.
pub(crate) struct Attempts<'a> {
    record: &'a AuditRecord,
    operation: &'a Operation,
    /// The place of the last one.
    last: AtomicUsize,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(record: &'a AuditRecord, operation: &'a Operation) -> Self {
        Self {
            record,
            operation,
            last: AtomicUsize::new(0),
        }
    }
}

impl intercom::Attempts for Attempts<'_> {
    fn leaving(&self) {
        let place = self.record.leaving(self.operation);
        self.last.store(place, Ordering::Relaxed);
    }

    fn answered(&self, status: u16, request_id: Option<&str>) {
        let place = self.last.load(Ordering::Relaxed);
        self.record.answered(place, status, request_id);
    }
}
