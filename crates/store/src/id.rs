//! Identifiers that sort by time, and the clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// A new identifier: a `UUIDv7`, so that later ones sort after earlier ones.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// Milliseconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
