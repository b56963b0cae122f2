//! The live export: each sink has a mark a chain, moved only when the sink took the entries. At least once.

use super::Entry;
use crate::{
    Owned, StoreError, System, TenantScope,
    sql::{bare, sql},
};
use std::collections::BTreeMap;

/// What the lease of a sink is kept under, beside its marks: no tenant has this id.
const LEASE: &str = "*";

impl TenantScope {
    /// Entries of that span of time after that place, in the order of the chain.
    pub async fn audit_between(
        &self,
        seq: i64,
        from: i64,
        to: i64,
        limit: i64,
    ) -> Result<Vec<Entry>, StoreError> {
        let select = sql(
            "SELECT seq, event_id, kind, at, call_id, user_id, endpoint_id, tool, outcome, body, prev_hash, hash \
             FROM audit_entries WHERE tenant_id = $1 AND seq > $2 AND at >= $3 AND at < $4 ORDER BY seq LIMIT $5",
        );
        self.all(select.bind(seq).bind(from).bind(to).bind(limit))
            .await
    }
}

impl System {
    /// Makes the caller the one that feeds a sink, until that time; `held` is what it got the last time. None while
    /// another replica feeds it.
    pub async fn lead_sink(
        &self,
        sink: &str,
        held: Option<i64>,
        now: i64,
        until: i64,
    ) -> Result<Option<i64>, StoreError> {
        let claim = bare(
            "INSERT INTO audit_sinks (sink, tenant_id, seq) VALUES ($1, $2, $3) \
             ON CONFLICT (sink, tenant_id) DO UPDATE SET seq = excluded.seq \
             WHERE audit_sinks.seq = $4 OR audit_sinks.seq < $5 RETURNING seq",
        )
        .bind(sink)
        .bind(LEASE)
        .bind(until)
        .bind(held.unwrap_or(-1))
        .bind(now);
        self.write(move |tx| Box::pin(tx.one(claim))).await
    }

    /// Lets another replica feed a sink at once.
    pub async fn leave_sink(&self, sink: &str, held: i64) -> Result<(), StoreError> {
        let leave =
            bare("UPDATE audit_sinks SET seq = 0 WHERE sink = $1 AND tenant_id = $2 AND seq = $3");
        self.run(leave.bind(sink).bind(LEASE).bind(held))
            .await
            .map(drop)
    }

    /// When the oldest entry was made that a sink did not take yet; none when it took all.
    pub async fn audit_behind(&self, sink: &str) -> Result<Option<i64>, StoreError> {
        let select = bare(
            "SELECT min(e.at) FROM audit_heads h \
             LEFT JOIN audit_sinks s ON s.sink = $1 AND s.tenant_id = h.tenant_id \
             JOIN audit_entries e ON e.tenant_id = h.tenant_id AND e.seq = coalesce(s.seq, 0) + 1 \
             WHERE h.seq > coalesce(s.seq, 0)",
        );
        let oldest: Option<Option<i64>> = self.one(select.bind(sink)).await?;
        Ok(oldest.flatten())
    }

    /// Entries that a sink did not take yet, of all tenants, each chain in its order.
    pub async fn audit_tail(
        &self,
        sink: &str,
        limit: i64,
    ) -> Result<Vec<Owned<Entry>>, StoreError> {
        let select = bare(
            "SELECT e.tenant_id, e.seq, e.event_id, e.kind, e.at, e.call_id, e.user_id, e.endpoint_id, e.tool, \
             e.outcome, e.body, e.prev_hash, e.hash FROM audit_heads h \
             LEFT JOIN audit_sinks s ON s.sink = $1 AND s.tenant_id = h.tenant_id \
             JOIN audit_entries e ON e.tenant_id = h.tenant_id AND e.seq > coalesce(s.seq, 0) \
             WHERE h.seq > coalesce(s.seq, 0) ORDER BY e.tenant_id, e.seq LIMIT $2",
        );
        self.all(select.bind(sink).bind(limit)).await
    }

    /// Moves a sink's marks behind the entries that it took.
    pub async fn audit_taken(&self, sink: &str, taken: &[Owned<Entry>]) -> Result<(), StoreError> {
        let sink = sink.to_owned();
        let mut marks: BTreeMap<String, i64> = BTreeMap::new();
        for entry in taken {
            let mark = marks.entry(entry.tenant.clone()).or_default();
            *mark = entry.row.seq.max(*mark);
        }
        self.write(move |tx| {
            Box::pin(async move {
                for (tenant, seq) in marks {
                    let upsert = bare(
                        "INSERT INTO audit_sinks (sink, tenant_id, seq) VALUES ($1, $2, $3) \
                         ON CONFLICT (sink, tenant_id) DO UPDATE SET seq = excluded.seq \
                         WHERE audit_sinks.seq < excluded.seq",
                    );
                    tx.run(upsert.bind(sink.as_str()).bind(tenant).bind(seq))
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }
}
