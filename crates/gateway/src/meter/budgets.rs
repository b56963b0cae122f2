//! How much an endpoint may be used in a minute and in a day.

use super::Spending;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The budgets of an endpoint; what is left out has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budgets {
    /// Calls of any kind.
    pub calls: Limits,
    /// Calls that may change something; each item of a change to many, and each step of a tool of the user's own.
    pub writes: Limits,
    /// Those of them that a customer can notice.
    pub customer: Limits,
}

/// How many there may be; days are those of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// In a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    /// In a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
}

/// What a budget is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    Calls,
    Writes,
    Customer,
}

/// How long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Span {
    Minute,
    Day,
}

impl Budgets {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The budgets that a call touches, those that last longest first.
    pub(super) fn touched(self, spending: Spending) -> impl Iterator<Item = (What, Span, i64)> {
        let kinds = [
            (What::Calls, self.calls, spending.call),
            (What::Writes, self.writes, spending.write),
            (
                What::Customer,
                self.customer,
                spending.write && spending.customer,
            ),
        ];
        let touched = kinds.into_iter().filter(|(.., touched)| *touched);
        touched.flat_map(|(what, limits, _)| {
            [
                (Span::Day, limits.per_day),
                (Span::Minute, limits.per_minute),
            ]
            .into_iter()
            .filter_map(move |(span, limit)| Some((what, span, i64::from(limit?))))
        })
    }
}

impl What {
    /// What a caller is told.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Writes => "changes",
            Self::Customer => "calls that reach customers",
        }
    }

    /// The counter's name in the store.
    pub(super) fn metric(self) -> &'static str {
        match self {
            Self::Calls => "budget.calls",
            Self::Writes => "budget.writes",
            Self::Customer => "budget.customer",
        }
    }
}

impl Span {
    /// What a caller is told.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Day => "day",
        }
    }

    /// Its length in milliseconds.
    pub(super) fn millis(self) -> i64 {
        match self {
            Self::Minute => 60_000,
            Self::Day => 86_400_000,
        }
    }

    /// When the span of that moment began.
    pub(super) fn start(self, now: i64) -> i64 {
        now - now.rem_euclid(self.millis())
    }

    /// How long it still lasts.
    pub(super) fn rest(self, now: i64) -> Duration {
        let rest = self.start(now) + self.millis() - now;
        Duration::from_millis(u64::try_from(rest).unwrap_or_default())
    }
}
