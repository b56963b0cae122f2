//! What is too old goes, from the front of the chain, and the chain says so itself.

use super::{Entry, NewEntry, append};
use crate::{
    StoreError, System, TenantScope,
    sql::{Tx, bare, record, sql},
    tenants::AUDIT_DAYS,
};
use std::fmt::Write as _;

record! {
    /// What was taken away last.
    pub(crate) struct Prune {
        pub(crate) upto_seq: i64,
        pub(crate) hash: Vec<u8>,
    }
}

record! {
    struct Keep {
        legal_hold: bool,
        audit_days: i64,
    }
}

record! {
    struct Old {
        seq: i64,
        at: i64,
        hash: Vec<u8>,
    }
}

const DAY_MS: i64 = 86_400_000;
/// How many entries go in one transaction.
const PORTION: i64 = 2000;

impl Prune {
    /// Whether this entry of the chain tells of the same.
    pub(super) fn is_told_by(&self, entry: &Entry) -> bool {
        entry.kind == "prune" && entry.body == self.body()
    }

    fn body(&self) -> String {
        let hash = self.hash.iter().fold(String::new(), |mut text, byte| {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        format!(r#"{{"upto_seq":{},"hash":"{hash}"}}"#, self.upto_seq)
    }
}

impl TenantScope {
    /// Deletes entries older than the tenant keeps them, unless they are on hold; how many went.
    pub async fn prune_audit(&self, now: i64) -> Result<i64, StoreError> {
        let mut gone = 0;
        loop {
            let tenant = self.tenant().to_owned();
            let portion = self
                .write(move |tx| Box::pin(async move { prune(tx, &tenant, now).await }))
                .await?;
            gone += portion;
            if portion < PORTION {
                return Ok(gone);
            }
        }
    }

    pub(super) async fn last_prune(&self) -> Result<Option<Prune>, StoreError> {
        self.one(sql(
            "SELECT upto_seq, hash FROM audit_prunes WHERE tenant_id = $1 ORDER BY upto_seq DESC LIMIT 1",
        ))
        .await
    }
}

impl System {
    /// Tenants that hold entries older than they keep them.
    pub async fn tenants_to_prune(&self, now: i64, limit: i64) -> Result<Vec<String>, StoreError> {
        let select = bare(
            "SELECT t.tenant_id FROM tenants t WHERE t.legal_hold = 0 AND EXISTS (SELECT 1 FROM audit_entries e \
             WHERE e.tenant_id = t.tenant_id AND e.at < $1 - t.audit_days * 86400000) ORDER BY t.tenant_id LIMIT $2",
        );
        self.all(select.bind(now).bind(limit)).await
    }
}

async fn prune(tx: &mut Tx<'_>, tenant: &str, now: i64) -> Result<i64, StoreError> {
    // Locked: a hold comes wholly before or after.
    let lock = sql(
        "UPDATE tenants SET legal_hold = legal_hold WHERE tenant_id = $1 RETURNING legal_hold, audit_days",
    );
    let keep: Option<Keep> = tx.one(lock).await?;
    if keep.as_ref().is_some_and(|keep| keep.legal_hold) {
        return Ok(0);
    }
    if keep.is_none() {
        // The deployment has no row: its chain is locked instead, so that two replicas do not prune the same.
        let lock = sql("UPDATE audit_heads SET seq = seq WHERE tenant_id = $1");
        tx.run(lock).await?;
    }
    let days = keep.map_or(AUDIT_DAYS, |keep| keep.audit_days);
    let oldest =
        sql("SELECT seq, at, hash FROM audit_entries WHERE tenant_id = $1 ORDER BY seq LIMIT $2");
    let oldest: Vec<Old> = tx.all(oldest.bind(PORTION)).await?;
    let limit = now - days * DAY_MS;
    let old: Vec<Old> = oldest
        .into_iter()
        .take_while(|entry| entry.at < limit)
        .collect();
    let Some(last) = old.last() else {
        return Ok(0);
    };
    let prune = Prune {
        upto_seq: last.seq,
        hash: last.hash.clone(),
    };
    append(tx, tenant, vec![told(&prune, now)]).await?;
    let record =
        sql("INSERT INTO audit_prunes (tenant_id, upto_seq, hash, at) VALUES ($1, $2, $3, $4)");
    tx.run(record.bind(prune.upto_seq).bind(prune.hash).bind(now))
        .await?;
    for text in [
        "DELETE FROM audit_prunes WHERE tenant_id = $1 AND upto_seq < $2",
        "DELETE FROM audit_entries WHERE tenant_id = $1 AND seq <= $2",
    ] {
        tx.run(sql(text).bind(prune.upto_seq)).await?;
    }
    Ok(i64::try_from(old.len()).unwrap_or(PORTION))
}

/// The entry that tells of it.
fn told(prune: &Prune, now: i64) -> NewEntry {
    NewEntry {
        event_id: crate::new_id(),
        kind: "prune".to_owned(),
        at: now,
        call_id: String::new(),
        user_id: None,
        endpoint_id: None,
        tool: None,
        outcome: None,
        body: prune.body(),
    }
}
