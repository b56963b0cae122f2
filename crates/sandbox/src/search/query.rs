//! Queries, checked and compiled once, then tried on every record.

use super::{
    Access, Record,
    cell::{Cell, Operand},
};
use crate::{
    call::{Fault, integer_of},
    world::World,
};
use catalog::search::{FieldType, QueryError, Searchable, check};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::Value;

/// A query, ready to be tried.
pub(super) enum Node<T> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Filter(Access<T>, Test),
}

/// What a filter asks of its field.
pub(super) enum Test {
    Equal(Operand),
    Unequal(Operand),
    OneOf(Vec<Operand>),
    NoneOf(Vec<Operand>),
    /// From the first number up to and including the second.
    Between(i64, i64),
    Contains(Operand),
    Lacks(Operand),
    Begins(Operand),
    Ends(Operand),
}

impl<T: Record> Node<T> {
    /// Checks a query by the catalog's rules and makes it ready.
    pub(super) fn compile(world: &World, query: &Value) -> Result<Self, Fault> {
        check(T::WHAT, query).map_err(|error| refused(&error))?;
        Self::build(world, query)
    }

    fn build(world: &World, node: &Value) -> Result<Self, Fault> {
        let operator = node
            .get("operator")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let value = node.get("value").unwrap_or(&Value::Null);
        let Some(field) = node.get("field").and_then(Value::as_str) else {
            let parts = value
                .as_array()
                .into_iter()
                .flatten()
                .map(|part| Self::build(world, part))
                .collect::<Result<_, _>>()?;
            return Ok(if operator == "OR" {
                Self::Any(parts)
            } else {
                Self::All(parts)
            });
        };
        let unknown = || {
            Fault::new(
                400,
                "invalid_field",
                format!("{field} is not a valid field"),
            )
        };
        let kind = T::WHAT.field(field).ok_or_else(unknown)?;
        let access = T::access(field).ok_or_else(unknown)?;
        let whole_days =
            T::WHAT == Searchable::Contacts && kind == FieldType::Date && !value.is_null();
        let test = if whole_days {
            Test::of_day(operator, value, &world.workspace.timezone)?
        } else {
            Test::of(operator, value, field)
        };
        Ok(Self::Filter(access, test))
    }

    /// Whether a record fits.
    pub(super) fn holds(&self, world: &World, record: &T) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(world, record)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(world, record)),
            Self::Filter(access, test) => test.passes(&access.read(world, record)),
        }
    }
}

impl Test {
    fn of(operator: &str, value: &Value, field: &str) -> Self {
        let mut one = Operand::of(value);
        // "Assigned to nobody" is null before 2.16 and 0 since.
        one.null |= field.ends_with("_assignee_id") && one.number == Some(0);
        let many = || {
            value
                .as_array()
                .into_iter()
                .flatten()
                .map(Operand::of)
                .collect()
        };
        let number = one.number.unwrap_or_default();
        match operator {
            "!=" => Self::Unequal(one),
            "IN" => Self::OneOf(many()),
            "NIN" => Self::NoneOf(many()),
            ">" => Self::Between(number.saturating_add(1), i64::MAX),
            ">=" => Self::Between(number, i64::MAX),
            "<" => Self::Between(i64::MIN, number.saturating_sub(1)),
            "<=" => Self::Between(i64::MIN, number),
            "~" => Self::Contains(one),
            "!~" => Self::Lacks(one),
            "^" => Self::Begins(one),
            "$" => Self::Ends(one),
            _ => Self::Equal(one),
        }
    }

    /// Dates of contacts count as whole days of the workspace's time zone.
    fn of_day(operator: &str, value: &Value, zone: &TimeZone) -> Result<Self, Fault> {
        let seconds = integer_of(value).unwrap_or_default();
        let (start, next) =
            day_of(seconds, zone).ok_or_else(|| Fault::invalid(format!("{seconds} is no date")))?;
        Ok(match operator {
            ">" => Self::Between(next, i64::MAX),
            "<" => Self::Between(i64::MIN, start - 1),
            _ => Self::Between(start, next - 1),
        })
    }

    fn passes(&self, cell: &Cell<'_>) -> bool {
        match self {
            Self::Equal(value) => cell.equals(value),
            Self::Unequal(value) if value.null => !cell.is_unset(),
            Self::Unequal(value) => !cell.equals(value),
            Self::OneOf(values) => values.iter().any(|value| cell.equals(value)),
            Self::NoneOf(values) => !values.iter().any(|value| cell.equals(value)),
            Self::Between(low, high) => cell
                .as_number()
                .is_some_and(|number| (low..=high).contains(&&number)),
            Self::Contains(value) => cell.contains(value),
            Self::Lacks(value) => !cell.contains(value),
            Self::Begins(value) => cell.begins(value),
            Self::Ends(value) => cell.ends(value),
        }
    }
}

/// The first second of a day and of the day after it.
fn day_of(seconds: i64, zone: &TimeZone) -> Option<(i64, i64)> {
    let start = Timestamp::from_second(seconds)
        .ok()?
        .to_zoned(zone.clone())
        .start_of_day()
        .ok()?;
    let next = start.checked_add(1.day()).ok()?.start_of_day().ok()?;
    Some((start.timestamp().as_second(), next.timestamp().as_second()))
}

/// Only `invalid_field` is documented; the code for a wrong operator is our guess.
fn refused(error: &QueryError) -> Fault {
    let code = match error {
        error if error.unknown_field => "invalid_field",
        error if error.place.ends_with(".operator") => "invalid_operator",
        _ => "parameter_invalid",
    };
    Fault::new(400, code, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_of_the_zone() {
        // 2026-03-29 12:00 UTC; Lisbon went to summer time that night, so that its day has 23 hours.
        let noon = 1_774_785_600;
        let (start, next) = day_of(noon, &TimeZone::get("Europe/Lisbon").unwrap()).unwrap();
        assert_eq!((start, next - start), (1_774_742_400, 23 * 3600));
        let (start, next) = day_of(noon, &TimeZone::get("America/Los_Angeles").unwrap()).unwrap();
        assert_eq!((start, next - start), (1_774_767_600, 24 * 3600));
    }
}
