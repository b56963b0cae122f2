//! The table.

use crate::load::ms;
use std::time::Duration;

/// One server's figures.
pub struct Row {
    pub name: String,
    pub median: Duration,
    pub p99: Duration,
    pub per_second: f64,
    pub cpu_per_call: Duration,
    pub idle_mb: f64,
    pub busy_mb: f64,
}

/// Prints all rows as Markdown.
pub fn print(rows: &[Row]) {
    println!(
        "| | 1 caller p50 ms | p99 ms | 32 callers, calls/s | CPU µs a call | resident MB idle | after |"
    );
    println!("|---|---|---|---|---|---|---|");
    for row in rows {
        println!(
            "| {} | {:.3} | {:.3} | {:.0} | {:.1} | {:.1} | {:.1} |",
            row.name,
            ms(row.median),
            ms(row.p99),
            row.per_second,
            row.cpu_per_call.as_secs_f64() * 1e6,
            row.idle_mb,
            row.busy_mb
        );
    }
}
