//! Which usage is asked for, in days of UTC.

use crate::Error;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use store::{DAY, UsageFilter};

/// Days that are summed up when no first one is named.
const USUAL: i64 = 30;

/// The filter of words: days as `2026-11-21`, both included, and what is told apart, of `day`, `endpoint` and `tenant`.
pub(crate) fn filter(
    (from, to): (Option<&str>, Option<&str>),
    by: &str,
    endpoint: Option<String>,
) -> Result<UsageFilter, Error> {
    let today = store::now().div_euclid(DAY) * DAY;
    let last = to.map(|text| begin(text, "to")).transpose()?;
    let to = last.unwrap_or(today) + DAY;
    let first = from.map(|text| begin(text, "from")).transpose()?;
    let mut filter = UsageFilter {
        from: first.unwrap_or(to - USUAL * DAY),
        to,
        endpoint,
        ..UsageFilter::default()
    };
    for word in by.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match word {
            "day" => filter.by_day = true,
            "endpoint" => filter.by_endpoint = true,
            "tenant" => filter.by_tenant = true,
            other => {
                return Err(Error::Usage(format!(
                    "`by`: `{other}` is not one of day, endpoint, tenant"
                )));
            }
        }
    }
    Ok(filter)
}

/// The day that began then, as `2026-11-21`.
pub(crate) fn day(start: i64) -> String {
    Timestamp::from_millisecond(start).map_or_else(
        |_| start.to_string(),
        |at| at.to_zoned(TimeZone::UTC).date().to_string(),
    )
}

fn begin(text: &str, name: &str) -> Result<i64, Error> {
    let date: Date = text
        .parse()
        .map_err(|_| Error::Usage(format!("`{name}`: `{text}` is no day such as 2026-11-21")))?;
    let start = date.to_zoned(TimeZone::UTC);
    start
        .map(|start| start.timestamp().as_millisecond())
        .map_err(|_| Error::Usage(format!("`{name}`: `{text}` is too far away")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_utc_and_both_are_included() {
        let asked = filter(
            (Some("2026-11-20"), Some("2026-11-21")),
            "day, endpoint",
            None,
        )
        .unwrap();
        assert_eq!(
            (asked.from, asked.to),
            (1_763_596_800_000 + 365 * DAY, 1_763_769_600_000 + 365 * DAY)
        );
        assert!(asked.by_day && asked.by_endpoint && !asked.by_tenant);
        assert_eq!(day(asked.from), "2026-11-20");
        for (from, by, said) in [
            ("yesterday", "day", "`from`: `yesterday` is no day"),
            ("2026-11-20", "month", "`by`: `month`"),
        ] {
            let error = filter((Some(from), None), by, None).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
