//! The report as a table for people.

use super::{Bound, Report, Row};
use std::fmt;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "embedded heads learned from {} messages, sha256 {}, seed {}",
            self.messages, self.trained_on, self.seed
        )?;
        writeln!(
            f,
            "{:<22} {:<40} {:>8}  {:<15} {:>6}  {:<9}",
            "set", "measure", "value", "95 %", "n", "goal"
        )?;
        for row in &self.rows {
            line(f, row)?;
        }
        for skipped in &self.skipped {
            writeln!(f, "not measured: {skipped}")?;
        }
        for row in self.regressions() {
            writeln!(
                f,
                "worse than the gate allows: {}, {}",
                row.set, row.measure
            )?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, row: &Row) -> fmt::Result {
    let interval = row
        .interval
        .map_or_else(String::new, |[low, high]| format!("{low:.3} to {high:.3}"));
    let goal = row.goal.map_or_else(String::new, |goal| {
        let (sign, bound) = match goal {
            Bound::AtLeast(bound) => ("≥", bound),
            Bound::AtMost(bound) => ("≤", bound),
        };
        format!(
            "{sign} {bound}{}",
            if goal.holds(row.value) { "" } else { " missed" }
        )
    });
    writeln!(
        f,
        "{:<22} {:<40} {:>8.3}  {:<15} {:>6}  {:<9}",
        row.set, row.measure, row.value, interval, row.count, goal
    )
}
