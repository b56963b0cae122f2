//! Counters of what was used, in spans of time, and budgets that are never overspent.

use crate::{
    StoreError, System, TenantScope,
    sql::{Sql, bare, record, sql, words},
};

/// A day in milliseconds: the span of what is counted as used.
pub const DAY: i64 = 86_400_000;

words! {
    /// What is counted of the calls of an endpoint on a day.
    pub enum Metric {
        /// Calls, whatever became of them.
        Calls = "calls",
        /// Calls that were let through and may have changed something.
        Writes = "writes",
        /// Calls that a rule, a budget or a person kept back.
        Refused = "refused",
        /// Calls that failed otherwise.
        Errors = "errors",
        /// Tokens of answers, roughly.
        TokensOut = "tokens_out",
        /// Requests to Intercom.
        UpstreamCalls = "upstream_calls",
    }
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Calls,
        Self::Writes,
        Self::Refused,
        Self::Errors,
        Self::TokensOut,
        Self::UpstreamCalls,
    ];
}

record! {
    /// What was used, summed up.
    pub struct Used {
        /// By whom; empty where tenants are summed up.
        pub tenant: String,
        /// When the day began; 0 where days are summed up.
        pub day: i64,
        /// The endpoint; empty where endpoints are summed up.
        pub endpoint: String,
        /// Calls, whatever became of them.
        pub calls: i64,
        /// Calls that were let through and may have changed something.
        pub writes: i64,
        /// Calls that a rule, a budget or a person kept back.
        pub refused: i64,
        /// Calls that failed otherwise.
        pub errors: i64,
        /// Tokens of answers, roughly.
        pub tokens_out: i64,
        /// Requests to Intercom.
        pub upstream_calls: i64,
    }
}

/// Which usage to sum up, and how.
#[derive(Clone, Debug, Default)]
pub struct UsageFilter {
    /// Days from this time on.
    pub from: i64,
    /// Days before this time.
    pub to: i64,
    /// Of this endpoint alone.
    pub endpoint: Option<String>,
    /// Whether each tenant has sums of its own.
    pub by_tenant: bool,
    /// Whether each day has.
    pub by_day: bool,
    /// Whether each endpoint has.
    pub by_endpoint: bool,
    /// The tenant, the day and the endpoint of the row before.
    pub after: Option<(String, i64, String)>,
}

macro_rules! sum_up {
    ($whose:literal) => {
        concat!(
            "SELECT tenant, day, endpoint, calls, writes, refused, errors, tokens_out, upstream_calls FROM ( \
             SELECT CASE WHEN $2 = 1 THEN tenant_id ELSE '' END AS tenant, \
             CASE WHEN $3 = 1 THEN start_at ELSE 0 END AS day, \
             CASE WHEN $4 = 1 THEN subject ELSE '' END AS endpoint, \
             CAST(SUM(CASE WHEN metric = 'calls' THEN amount ELSE 0 END) AS BIGINT) AS calls, \
             CAST(SUM(CASE WHEN metric = 'writes' THEN amount ELSE 0 END) AS BIGINT) AS writes, \
             CAST(SUM(CASE WHEN metric = 'refused' THEN amount ELSE 0 END) AS BIGINT) AS refused, \
             CAST(SUM(CASE WHEN metric = 'errors' THEN amount ELSE 0 END) AS BIGINT) AS errors, \
             CAST(SUM(CASE WHEN metric = 'tokens_out' THEN amount ELSE 0 END) AS BIGINT) AS tokens_out, \
             CAST(SUM(CASE WHEN metric = 'upstream_calls' THEN amount ELSE 0 END) AS BIGINT) AS upstream_calls \
             FROM usage_counters WHERE ",
            $whose,
            " AND span_ms = 86400000 AND start_at >= $5 AND start_at < $6 AND ($7 = '' OR subject = $7) \
             AND metric IN ('calls', 'writes', 'refused', 'errors', 'tokens_out', 'upstream_calls') \
             GROUP BY 1, 2, 3) AS summed \
             WHERE tenant > $8 OR (tenant = $8 AND (day > $9 OR (day = $9 AND endpoint > $10))) \
             ORDER BY tenant, day, endpoint LIMIT $11"
        )
    };
}

record! {
    /// A counter.
    pub struct Usage {
        /// What it is about: an endpoint, a connection, a conversation.
        pub subject: String,
        /// What it counts: `calls`, `writes`, `tokens`, …
        pub metric: String,
        /// How long its span is, in milliseconds.
        pub span_ms: i64,
        /// When its span began.
        pub start_at: i64,
        /// The sum.
        pub amount: i64,
    }
}

/// What to count.
#[derive(Clone, Copy, Debug)]
pub struct Counter<'a> {
    /// What it is about.
    pub subject: &'a str,
    /// What it counts.
    pub metric: &'a str,
    /// How long its span is, in milliseconds.
    pub span_ms: i64,
}

impl TenantScope {
    /// Spends from a budget and answers the sum of the span; `None` when the limit does not allow it.
    pub async fn spend(
        &self,
        counter: Counter<'_>,
        amount: i64,
        limit: i64,
        now: i64,
    ) -> Result<Option<i64>, StoreError> {
        if amount > limit {
            return Ok(None);
        }
        let upsert = sql(
            "INSERT INTO usage_counters (tenant_id, subject, metric, span_ms, start_at, amount) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, subject, metric, span_ms, start_at) \
             DO UPDATE SET amount = usage_counters.amount + excluded.amount \
             WHERE usage_counters.amount + excluded.amount <= $7 RETURNING amount",
        )
        .bind(counter.subject)
        .bind(counter.metric)
        .bind(counter.span_ms)
        .bind(now - now.rem_euclid(counter.span_ms.max(1)))
        .bind(amount)
        .bind(limit);
        self.write(move |tx| Box::pin(tx.one(upsert))).await
    }

    /// What is spent of a budget in the span that began then.
    pub async fn spent(&self, counter: Counter<'_>, start: i64) -> Result<i64, StoreError> {
        let select = sql(
            "SELECT amount FROM usage_counters WHERE tenant_id = $1 AND subject = $2 AND metric = $3 \
             AND span_ms = $4 AND start_at = $5",
        );
        let select = select
            .bind(counter.subject)
            .bind(counter.metric)
            .bind(counter.span_ms)
            .bind(start);
        Ok(self.one(select).await?.unwrap_or_default())
    }

    /// Spends up to `wanted` of what a budget has left below its limit, and answers how much that was.
    pub async fn lease(
        &self,
        counter: Counter<'_>,
        wanted: i64,
        limit: i64,
        now: i64,
    ) -> Result<i64, StoreError> {
        let start = now - now.rem_euclid(counter.span_ms.max(1));
        let named = |text| {
            sql(text)
                .bind(counter.subject)
                .bind(counter.metric)
                .bind(counter.span_ms)
                .bind(start)
        };
        // Changing nothing, it makes the row where it is missing, and locks it until the commit.
        let lock = named(
            "INSERT INTO usage_counters (tenant_id, subject, metric, span_ms, start_at, amount) \
             VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (tenant_id, subject, metric, span_ms, start_at) \
             DO UPDATE SET amount = usage_counters.amount RETURNING amount",
        );
        let add = named(
            "UPDATE usage_counters SET amount = amount + $6 WHERE tenant_id = $1 AND subject = $2 \
             AND metric = $3 AND span_ms = $4 AND start_at = $5",
        );
        self.write(move |tx| {
            Box::pin(async move {
                let spent: i64 = tx.one(lock).await?.unwrap_or_default();
                let granted = limit.saturating_sub(spent).clamp(0, wanted.max(0));
                if granted > 0 {
                    tx.run(add.bind(granted)).await?;
                }
                Ok(granted)
            })
        })
        .await
    }

    /// What this tenant used, summed up.
    pub async fn used(&self, filter: UsageFilter, limit: i64) -> Result<Vec<Used>, StoreError> {
        let select = sql(sum_up!("tenant_id = $1"));
        self.all(filtered(select, filter, limit)).await
    }

    /// Counts without a limit.
    pub async fn count(
        &self,
        counter: Counter<'_>,
        amount: i64,
        now: i64,
    ) -> Result<(), StoreError> {
        self.spend(counter, amount, i64::MAX, now).await.map(drop)
    }

    /// Counters whose spans began in that time, oldest first.
    pub async fn usage(
        &self,
        span_ms: i64,
        from: i64,
        to: i64,
        limit: i64,
    ) -> Result<Vec<Usage>, StoreError> {
        let select = sql(
            "SELECT subject, metric, span_ms, start_at, amount FROM usage_counters \
             WHERE tenant_id = $1 AND span_ms = $2 AND start_at >= $3 AND start_at < $4 \
             ORDER BY start_at, subject, metric LIMIT $5",
        );
        self.all(select.bind(span_ms).bind(from).bind(to).bind(limit))
            .await
    }
}

impl System {
    /// Adds to counters of several tenants in one commit.
    pub async fn add_usage(&self, mut counted: Vec<(String, Usage)>) -> Result<(), StoreError> {
        // In one order, so that two who add never wait for each other.
        counted.sort_by(|(a, one), (b, two)| {
            let key = |usage: &Usage| (usage.subject.clone(), usage.metric.clone(), usage.start_at);
            a.cmp(b).then_with(|| key(one).cmp(&key(two)))
        });
        self.write(move |tx| {
            Box::pin(async move {
                for (tenant, usage) in counted {
                    let upsert = bare(
                        "INSERT INTO usage_counters (tenant_id, subject, metric, span_ms, start_at, amount) \
                         VALUES ($1, $2, $3, $4, $5, $6) \
                         ON CONFLICT (tenant_id, subject, metric, span_ms, start_at) \
                         DO UPDATE SET amount = usage_counters.amount + excluded.amount",
                    );
                    let upsert = upsert
                        .bind(tenant)
                        .bind(usage.subject)
                        .bind(usage.metric)
                        .bind(usage.span_ms)
                        .bind(usage.start_at)
                        .bind(usage.amount);
                    tx.run(upsert).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// What all tenants used, summed up.
    pub async fn used(&self, filter: UsageFilter, limit: i64) -> Result<Vec<Used>, StoreError> {
        let select = bare(sum_up!("$1 = '*'")).bind("*");
        self.all(filtered(select, filter, limit)).await
    }

    /// Deletes counters of that span that began before that time.
    pub async fn sweep_usage(&self, span_ms: i64, before: i64) -> Result<u64, StoreError> {
        let delete = bare("DELETE FROM usage_counters WHERE span_ms = $1 AND start_at < $2");
        self.run(delete.bind(span_ms).bind(before)).await
    }
}

/// Gives the arguments of [`sum_up`] after the first.
fn filtered(select: Sql, filter: UsageFilter, limit: i64) -> Sql {
    let (tenant, day, endpoint) = filter.after.unwrap_or((String::new(), -1, String::new()));
    select
        .bind(filter.by_tenant)
        .bind(filter.by_day)
        .bind(filter.by_endpoint)
        .bind(filter.from)
        .bind(filter.to)
        .bind(filter.endpoint.unwrap_or_default())
        .bind(tenant)
        .bind(day)
        .bind(endpoint)
        .bind(limit)
}
