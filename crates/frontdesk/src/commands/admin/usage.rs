//! `frontdesk admin usage`.

use super::PAGE;
use crate::Error;
use crate::tenants::{Tenants, usage};
use clap::Args;
use store::{DAY, Used};

/// What was used: calls, changes, refusals, errors, tokens and requests to Intercom
#[derive(Debug, Args)]
pub(super) struct Usage {
    /// The tenant; all when left out
    tenant: Option<String>,
    /// The first day, such as 2026-11-01; the last 30 days when left out
    #[arg(long)]
    from: Option<String>,
    /// The last day; today when left out
    #[arg(long)]
    to: Option<String>,
    /// Of this endpoint alone
    #[arg(long)]
    endpoint: Option<String>,
    /// What has sums of its own: day, endpoint, tenant, separated by commas
    #[arg(long, default_value = "day,endpoint")]
    by: String,
}

impl Usage {
    pub(super) async fn run(self, desk: &Tenants) -> Result<(), Error> {
        let span = (self.from.as_deref(), self.to.as_deref());
        let mut filter = usage::filter(span, &self.by, self.endpoint)?;
        let scope = if let Some(tenant) = &self.tenant {
            let scope = desk.store().scope(tenant)?;
            scope.describe().await?;
            Some(scope)
        } else {
            filter.by_tenant = true;
            None
        };
        say!("{}", HEAD.map(|(word, width)| fit(word, width)).join("  "));
        loop {
            let rows = match &scope {
                Some(scope) => scope.used(filter.clone(), PAGE).await?,
                None => desk.store().system().used(filter.clone(), PAGE).await?,
            };
            let Some(last) = rows.last() else {
                return Ok(());
            };
            filter.after = Some((last.tenant.clone(), last.day, last.endpoint.clone()));
            rows.iter().for_each(tell);
        }
    }
}

const HEAD: [(&str, usize); 9] = [
    ("tenant", 16),
    ("day", 10),
    ("endpoint", 36),
    ("calls", 9),
    ("writes", 9),
    ("refused", 9),
    ("errors", 9),
    ("tokens", 12),
    ("upstream", 9),
];

fn tell(row: &Used) {
    let day = if row.day < DAY {
        String::new()
    } else {
        usage::day(row.day)
    };
    let cells = [
        row.tenant.clone(),
        day,
        row.endpoint.clone(),
        row.calls.to_string(),
        row.writes.to_string(),
        row.refused.to_string(),
        row.errors.to_string(),
        row.tokens_out.to_string(),
        row.upstream_calls.to_string(),
    ];
    let line = cells
        .iter()
        .zip(HEAD)
        .map(|(cell, (_, width))| fit(cell, width));
    say!("{}", line.collect::<Vec<_>>().join("  ").trim_end());
}

fn fit(text: &str, width: usize) -> String {
    format!("{text:<width$}")
}
