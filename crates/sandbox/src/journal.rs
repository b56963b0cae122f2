//! The log of requests: bounded, compact, and counted as it grows.

use crate::window::SECONDS;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    sync::Arc,
};

/// Entries that are kept; older ones are only counted.
const KEPT: usize = 250_000;
/// Windows whose counts are kept: a day of them.
const WINDOWS: usize = 8_640;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Real time in Unix milliseconds.
    pub at_ms: i64,
    pub method: &'static str,
    pub path: Box<str>,
    /// The operation's name; empty when there was none.
    pub operation: Arc<str>,
    /// 0 when the connection was dropped without an answer.
    pub status: u16,
    /// What the rate window had left, where the call was counted.
    pub remaining: Option<u32>,
    /// A digest of the token, so that two can be told apart.
    pub token: Option<u32>,
    /// The request's id, as the answer tells it.
    pub request_id: Box<str>,
    /// The trace that the caller named in `traceparent`.
    pub trace: Option<Box<str>>,
}

/// All requests since the last reset.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    dropped: u64,
    statuses: BTreeMap<u16, u64>,
    operations: BTreeMap<Arc<str>, u64>,
    windows: BTreeMap<i64, Count>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    requests: u64,
    limited: u64,
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Only entries after this number.
    pub after: u64,
    /// At most so many, the newest of them.
    pub limit: usize,
    pub operation: Option<String>,
    pub status: Option<u16>,
}

impl Journal {
    /// Writes a request down.
    pub(crate) fn add(&mut self, entry: Entry) {
        *self.statuses.entry(entry.status).or_default() += 1;
        match self.operations.get_mut(&entry.operation) {
            Some(count) => *count += 1,
            None => drop(self.operations.insert(entry.operation.clone(), 1)),
        }
        let second = entry.at_ms.div_euclid(1000);
        let window = self
            .windows
            .entry(second - second.rem_euclid(SECONDS))
            .or_default();
        window.requests += 1;
        window.limited += u64::from(entry.status == 429);
        if self.windows.len() > WINDOWS {
            self.windows.pop_first();
        }
        if self.entries.len() == KEPT {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.entries.push_back(entry);
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Counts by status, by operation and by ten-second window.
    pub(crate) fn summary(&self) -> Value {
        let windows: Vec<Value> =
            self.windows.iter().map(|(start, count)| json!({"start": start, "requests": count.requests, "limited": count.limited})).collect();
        let statuses: BTreeMap<String, u64> = self
            .statuses
            .iter()
            .map(|(status, count)| (status.to_string(), *count))
            .collect();
        let operations: BTreeMap<&str, u64> = self
            .operations
            .iter()
            .map(|(name, count)| (&**name, *count))
            .collect();
        json!({
            "total": self.dropped + self.entries.len() as u64,
            "limited": self.statuses.get(&429).copied().unwrap_or(0),
            "statuses": statuses,
            "operations": operations,
            "windows": windows,
        })
    }

    /// The entries that are wanted, oldest first, each with its number.
    pub(crate) fn list(&self, wanted: &Wanted) -> Value {
        let numbered = self
            .entries
            .iter()
            .enumerate()
            .map(|(index, entry)| (self.dropped + index as u64 + 1, entry));
        let mut found: Vec<Value> = numbered
            .rev()
            .take_while(|(seq, _)| *seq > wanted.after)
            .filter(|(_, entry)| {
                wanted
                    .operation
                    .as_deref()
                    .is_none_or(|name| *entry.operation == *name)
            })
            .filter(|(_, entry)| wanted.status.is_none_or(|status| entry.status == status))
            .take(wanted.limit)
            .map(|(seq, entry)| tell(seq, entry))
            .collect();
        found.reverse();
        json!({"total": self.dropped + self.entries.len() as u64, "requests": found})
    }
}

/// A short digest of a token.
pub(crate) fn digest(token: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    u32::try_from(hasher.finish() >> 32).unwrap_or_default()
}

fn tell(seq: u64, entry: &Entry) -> Value {
    json!({
        "seq": seq,
        "time_ms": entry.at_ms,
        "method": entry.method,
        "path": entry.path,
        "operation": &*entry.operation,
        "status": entry.status,
        "rate_remaining": entry.remaining,
        "token": entry.token.map(|token| format!("{token:08x}")),
        "request_id": entry.request_id,
        "trace": entry.trace,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at_ms: i64, operation: &str, status: u16) -> Entry {
        Entry {
            at_ms,
            method: "GET",
            path: "/me".into(),
            operation: operation.into(),
            status,
            remaining: Some(5),
            token: None,
            request_id: "000300000000000000fg".into(),
            trace: None,
        }
    }

    #[test]
    fn it_counts_by_status_operation_and_window() {
        let mut journal = Journal::default();
        for (at, status) in [(10_000, 200), (19_999, 429), (20_000, 200)] {
            journal.add(entry(at, "get_me", status));
        }
        let summary = journal.summary();
        assert_eq!(summary["statuses"], json!({"200": 2, "429": 1}));
        assert_eq!(
            summary["windows"],
            json!([{"start": 10, "requests": 2, "limited": 1}, {"start": 20, "requests": 1, "limited": 0}])
        );
        assert_eq!(
            (
                summary["limited"].as_u64(),
                summary["operations"]["get_me"].as_u64()
            ),
            (Some(1), Some(3))
        );
    }

    #[test]
    fn it_is_bounded_and_its_numbers_go_on() {
        let mut journal = Journal::default();
        for at in 0..=i64::try_from(KEPT).unwrap() {
            journal.add(entry(at, "get_me", 200));
        }
        assert_eq!(journal.entries.len(), KEPT);
        let last = journal.list(&Wanted {
            limit: 1,
            ..Wanted::default()
        });
        assert_eq!(
            (last["total"].as_u64(), last["requests"][0]["seq"].as_u64()),
            (Some(250_001), Some(250_001))
        );
        let none = journal.list(&Wanted {
            limit: 9,
            status: Some(500),
            ..Wanted::default()
        });
        assert_eq!(none["requests"], json!([]));
    }
}
