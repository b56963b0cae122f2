//! Moments as people read them: ISO 8601 in UTC, to the minute.

use jiff::{Timestamp, civil::DateTime, tz::Offset};

/// `2026-11-30T09:00Z`; none for a number that is no moment of our era.
pub(crate) fn iso(seconds: i64) -> Option<String> {
    let at = civil(seconds)?;
    Some(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute()
    ))
}

/// The day, `2026-11-30`, and the time of day, `09:00`.
pub(crate) fn day_and_clock(seconds: i64) -> Option<(String, String)> {
    let at = civil(seconds)?;
    Some((
        format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day()),
        format!("{:02}:{:02}", at.hour(), at.minute()),
    ))
}

/// The day alone, `2026-11-30`.
pub(crate) fn day(seconds: i64) -> Option<String> {
    day_and_clock(seconds).map(|(day, _)| day)
}

/// Whether a field of that name holds a moment.
pub(crate) fn is_named_moment(key: &str) -> bool {
    ["_at", "_since", "_until"]
        .iter()
        .any(|end| key.ends_with(end))
}

/// Seconds since 1970, now.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_second()
}

fn civil(seconds: i64) -> Option<DateTime> {
    // Numbers below are counters, not moments.
    let at = Timestamp::from_second(seconds)
        .ok()
        .filter(|_| seconds >= 100_000_000)?;
    Some(Offset::UTC.to_datetime(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_utc() {
        for (seconds, expected) in [
            (1_790_000_000, Some("2026-09-21T14:13Z")),
            (0, None),
            (42, None),
            (i64::MAX, None),
        ] {
            assert_eq!(iso(seconds).as_deref(), expected, "{seconds}");
        }
        assert_eq!(
            day_and_clock(1_790_000_000),
            Some(("2026-09-21".into(), "14:13".into()))
        );
    }
}
