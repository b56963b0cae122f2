//! How an entry's hash binds it to its tenant, its place and the entry before.

use super::{Entry, NewEntry};
use crate::Hash;
use sha2::{Digest, Sha256};

/// What comes before the first entry.
pub(crate) const NOTHING: Hash = [0; 32];
/// The version of the format, so that no other use of SHA-256 makes the same bytes.
const DOMAIN: &[u8] = b"frontdesk audit entry 1";

/// Gives entries the places after `seq`, linked to the hash there.
pub(crate) fn link(tenant: &str, seq: i64, hash: Vec<u8>, entries: Vec<NewEntry>) -> Vec<Entry> {
    let mut previous = hash;
    let place = |(entry, seq): (NewEntry, i64)| {
        let mut entry = Entry {
            seq,
            event_id: entry.event_id,
            kind: entry.kind,
            at: entry.at,
            call_id: entry.call_id,
            user_id: entry.user_id,
            endpoint_id: entry.endpoint_id,
            tool: entry.tool,
            outcome: entry.outcome,
            body: entry.body,
            prev_hash: previous.clone(),
            hash: Vec::new(),
        };
        entry.hash = digest(tenant, &entry);
        previous.clone_from(&entry.hash);
        entry
    };
    entries.into_iter().zip(seq + 1..).map(place).collect()
}

/// The hash that an entry must have. Lengths go before texts, so that no two entries make the same bytes.
pub(crate) fn digest(tenant: &str, entry: &Entry) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut part = |bytes: Option<&[u8]>| match bytes {
        Some(bytes) => {
            hash.update([1]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
        None => hash.update([0]),
    };
    part(Some(DOMAIN));
    part(Some(tenant.as_bytes()));
    part(Some(&entry.seq.to_be_bytes()));
    part(Some(&entry.at.to_be_bytes()));
    for text in [&entry.event_id, &entry.kind, &entry.call_id, &entry.body] {
        part(Some(text.as_bytes()));
    }
    for text in [
        &entry.user_id,
        &entry.endpoint_id,
        &entry.tool,
        &entry.outcome,
    ] {
        part(text.as_deref().map(str::as_bytes));
    }
    part(Some(&entry.prev_hash));
    hash.finalize().to_vec()
}
