//! The audit log: one chain of hashes a tenant, so that an edit, a deletion or a reorder shows.

mod auditor;
mod chain;
mod export;
mod retention;
mod verify;

use crate::{
    StoreError, System, TenantScope,
    sql::{Tx, bare, record, rows, sql},
};
use std::collections::{BTreeMap, HashSet};

pub use auditor::Auditor;
pub use verify::{Fault, Verdict};

/// What happened, before it has its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// Its own id; the same one is never recorded twice.
    pub event_id: String,
    /// `begin`, `finish`, or another kind of event.
    pub kind: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The call that it belongs to.
    pub call_id: String,
    /// The person that the call acted for.
    pub user_id: Option<String>,
    /// The endpoint that it came in by.
    pub endpoint_id: Option<String>,
    /// The tool.
    pub tool: Option<String>,
    /// How the call ended.
    pub outcome: Option<String>,
    /// All that is known, as JSON.
    pub body: String,
}

record! {
    /// An entry in its place.
    pub struct Entry {
        /// Its place: 1, 2, 3, … without gaps.
        pub seq: i64,
        /// Its own id.
        pub event_id: String,
        /// `begin`, `finish`, `prune`, or another kind of event.
        pub kind: String,
        /// When, in milliseconds since 1970.
        pub at: i64,
        /// The call that it belongs to.
        pub call_id: String,
        /// The person that the call acted for.
        pub user_id: Option<String>,
        /// The endpoint that it came in by.
        pub endpoint_id: Option<String>,
        /// The tool.
        pub tool: Option<String>,
        /// How the call ended.
        pub outcome: Option<String>,
        /// All that is known, as JSON.
        pub body: String,
        /// The hash of the entry before.
        pub prev_hash: Vec<u8>,
        /// The hash of this entry with the one before.
        pub hash: Vec<u8>,
    }
}

record! {
    /// The end of a chain. Kept elsewhere, it is a witness that nothing before it was cut off.
    pub struct Head {
        /// The place of the last entry.
        pub seq: i64,
        /// Its hash.
        pub hash: Vec<u8>,
    }
}

/// Which entries to find; what is `None` matches all.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// From this time on.
    pub from: Option<i64>,
    /// Before this time.
    pub to: Option<i64>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Of this call.
    pub call_id: Option<String>,
    /// For this person.
    pub user_id: Option<String>,
    /// By this endpoint.
    pub endpoint_id: Option<String>,
    /// Of this tool.
    pub tool: Option<String>,
    /// That ended so.
    pub outcome: Option<String>,
}

macro_rules! columns {
    () => {
        "seq, event_id, kind, at, call_id, user_id, endpoint_id, tool, outcome, body, prev_hash, hash"
    };
}
const INSERT: &str = concat!("INSERT INTO audit_entries (tenant_id, ", columns!(), ")");
const WIDTH: usize = 13;
/// Sizes of inserts; few, so that few statements are prepared.
const CHUNKS: [usize; 4] = [64, 16, 4, 1];
/// Bytes that an insert may have to leave in one TLS record: what leaves in two is held up for 40 ms by TCP, until sqlx
/// turns that off (docs/decisions/0014-small-inserts.md).
const RECORD: usize = 15_000;
/// Bytes of a row beside its texts: numbers, hashes, and the length of each value.
const BESIDE: usize = 160;

const KNOWN: &str =
    "SELECT tenant_id, event_id FROM audit_entries WHERE (tenant_id, event_id) IN (";
/// How many events are looked for at once.
const ASKED: usize = 256;

record! {
    /// The name of an event.
    struct Known {
        tenant_id: String,
        event_id: String,
    }
}

impl TenantScope {
    /// Appends entries in their order; durable when it returns.
    pub async fn append_audit(&self, entries: Vec<NewEntry>) -> Result<(), StoreError> {
        let tenant = self.tenant().to_owned();
        self.write(move |tx| Box::pin(async move { append(tx, &tenant, entries).await }))
            .await
    }

    /// The end of the chain; `None` before the first entry.
    pub async fn audit_head(&self) -> Result<Option<Head>, StoreError> {
        self.one(sql(
            "SELECT seq, hash FROM audit_heads WHERE tenant_id = $1",
        ))
        .await
    }

    /// Entries after that place, in order: for an export, or the live tail.
    pub async fn audit_after(&self, seq: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM audit_entries WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
        ));
        self.all(select.bind(seq).bind(limit)).await
    }

    /// Entries that match, newest first; go on with `before` the last one's `seq`.
    pub async fn search_audit(
        &self,
        filter: AuditFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Entry>, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM audit_entries WHERE tenant_id = $1 AND seq < $2 AND at >= $3 AND at < $4 \
             AND ($5 = '' OR kind = $5) AND ($6 = '' OR call_id = $6) AND ($7 = '' OR user_id = $7) \
             AND ($8 = '' OR endpoint_id = $8) AND ($9 = '' OR tool = $9) AND ($10 = '' OR outcome = $10) \
             ORDER BY seq DESC LIMIT $11"
        ))
        .bind(before.unwrap_or(i64::MAX))
        .bind(filter.from.unwrap_or(i64::MIN))
        .bind(filter.to.unwrap_or(i64::MAX))
        .bind(filter.kind.unwrap_or_default())
        .bind(filter.call_id.unwrap_or_default())
        .bind(filter.user_id.unwrap_or_default())
        .bind(filter.endpoint_id.unwrap_or_default())
        .bind(filter.tool.unwrap_or_default())
        .bind(filter.outcome.unwrap_or_default())
        .bind(limit);
        self.all(select).await
    }
}

impl System {
    /// Appends entries of several tenants in one commit; each tenant's keep their order.
    pub async fn append_audit(&self, entries: Vec<(String, NewEntry)>) -> Result<(), StoreError> {
        // Chains are locked in the order of their tenants, so that two appenders never wait for each other.
        let mut chains: BTreeMap<String, Vec<NewEntry>> = BTreeMap::new();
        for (tenant, entry) in entries {
            chains.entry(tenant).or_default().push(entry);
        }
        self.write(move |tx| {
            Box::pin(async move {
                for (tenant, entries) in chains {
                    append(tx, &tenant, entries).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// As [`System::append_audit`], without those that are recorded already: for another try at a write whose fate is
    /// not known.
    pub async fn append_audit_again(
        &self,
        entries: Vec<(String, NewEntry)>,
    ) -> Result<(), StoreError> {
        let known = self.known_events(&entries).await?;
        // Also of the entries themselves, the first alone counts.
        let mut seen: HashSet<(String, String)> = known.into_iter().collect();
        let mut missing = entries;
        missing.retain(|(tenant, entry)| seen.insert((tenant.clone(), entry.event_id.clone())));
        self.append_audit(missing).await
    }

    /// Which of these are recorded already.
    async fn known_events(
        &self,
        entries: &[(String, NewEntry)],
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut known = Vec::new();
        for chunk in entries.chunks(ASKED) {
            let select = rows(KNOWN, chunk.len(), 2).and(")");
            let select = chunk.iter().fold(select, |select, (tenant, entry)| {
                select.bind(tenant.as_str()).bind(entry.event_id.as_str())
            });
            let found: Vec<Known> = self.all(select).await?;
            known.extend(found.into_iter().map(|row| (row.tenant_id, row.event_id)));
        }
        Ok(known)
    }
}

/// Gives entries their places, links them, and moves the head; the head's row is locked until the commit.
pub(crate) async fn append(
    tx: &mut Tx<'_>,
    tenant: &str,
    entries: Vec<NewEntry>,
) -> Result<(), StoreError> {
    let Some(count) = i64::try_from(entries.len()).ok().filter(|count| *count > 0) else {
        return Ok(());
    };
    let lock = bare(
        "INSERT INTO audit_heads (tenant_id, seq, hash) VALUES ($1, $2, $3) \
         ON CONFLICT (tenant_id) DO UPDATE SET seq = audit_heads.seq + $2 RETURNING seq, hash",
    );
    let lock = lock.bind(tenant).bind(count).bind(chain::NOTHING);
    let head: Head = tx.one(lock).await?.ok_or_else(|| StoreError::Corrupt {
        what: "a chain has no head".into(),
    })?;
    let linked = chain::link(tenant, head.seq - count, head.hash, entries);
    let last = linked
        .last()
        .map(|entry| entry.hash.clone())
        .unwrap_or_default();
    insert(tx, tenant, linked).await?;
    let advance = bare("UPDATE audit_heads SET hash = $2 WHERE tenant_id = $1");
    tx.run(advance.bind(tenant).bind(last)).await.map(drop)
}

async fn insert(tx: &mut Tx<'_>, tenant: &str, entries: Vec<Entry>) -> Result<(), StoreError> {
    let sizes: Vec<usize> = entries.iter().map(|entry| size(tenant, entry)).collect();
    let (mut entries, mut sizes) = (entries.into_iter(), sizes.as_slice());
    while !sizes.is_empty() {
        let (own, rest) = sizes.split_at(fitting(sizes));
        sizes = rest;
        let statement = entries.by_ref().take(own.len()).fold(
            rows(INSERT, own.len(), WIDTH),
            |statement, entry| {
                statement
                    .bind(tenant)
                    .bind(entry.seq)
                    .bind(entry.event_id)
                    .bind(entry.kind)
                    .bind(entry.at)
                    .bind(entry.call_id)
                    .bind(entry.user_id)
                    .bind(entry.endpoint_id)
                    .bind(entry.tool)
                    .bind(entry.outcome)
                    .bind(entry.body)
                    .bind(entry.prev_hash)
                    .bind(entry.hash)
            },
        );
        tx.run(statement)
            .await
            .map_err(|error| error.about("audit event"))?;
    }
    Ok(())
}

/// How many of the rows of these sizes go into one statement.
fn fitting(sizes: &[usize]) -> usize {
    let fits = |count: &usize| {
        let own = sizes.get(..*count);
        own.is_some_and(|own| *count == 1 || own.iter().sum::<usize>() <= RECORD)
    };
    CHUNKS.into_iter().find(fits).unwrap_or(1)
}

/// About how many bytes a row has on its way.
fn size(tenant: &str, entry: &Entry) -> usize {
    let filled = [
        &entry.user_id,
        &entry.endpoint_id,
        &entry.tool,
        &entry.outcome,
    ];
    let filled = filled.into_iter().flatten();
    let texts = [&entry.event_id, &entry.kind, &entry.call_id, &entry.body];
    let texts = texts.into_iter().chain(filled).map(String::len);
    BESIDE + tenant.len() + texts.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::{CHUNKS, RECORD, fitting};

    #[test]
    fn a_statement_fits_into_a_record() {
        for (size, expected) in [
            (1, CHUNKS[0]),
            (RECORD / 64, 64),
            (RECORD / 63, 16),
            (RECORD / 4, 4),
            (RECORD, 1),
            (9 * RECORD, 1),
        ] {
            assert_eq!(fitting(&[size; 100]), expected, "{size}");
        }
        assert_eq!([fitting(&[1; 63]), fitting(&[1; 3])], [16, 1]);
    }
}
