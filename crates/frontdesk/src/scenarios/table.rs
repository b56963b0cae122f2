//! What was played as a table for people.

use super::{Played, Scenarios};
use std::fmt;

impl fmt::Display for Scenarios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<40} {:<26} {:<17} {:<16} {:>8} {:>6} {:>6} {:>7}",
            "scripted customer",
            "expected",
            "got",
            "because",
            "grounded",
            "ms",
            "tokens",
            "dollars"
        )?;
        self.0.iter().try_for_each(|one| line(f, one))
    }
}

fn line(f: &mut fmt::Formatter<'_>, one: &Played) -> fmt::Result {
    let grounded = match one.facts {
        0 => String::new(),
        facts => format!("{}/{facts}", one.grounded),
    };
    writeln!(
        f,
        "{:<40} {:<26} {:<17} {:<16} {:>8} {:>6} {:>6} {:>7.4}{}",
        one.scenario,
        one.expected.join(" or "),
        one.got,
        one.reason,
        grounded,
        one.millis,
        one.tokens,
        one.cost,
        if one.is_right() { "" } else { "  MISSED" },
    )?;
    one.misses
        .iter()
        .try_for_each(|miss| writeln!(f, "{:<40} expected {miss}", ""))
}
