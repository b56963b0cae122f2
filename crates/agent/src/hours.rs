//! Office hours, such as `mon-fri 09:00-17:30 Europe/Lisbon`.

use jiff::{Timestamp, civil::Time, tz::TimeZone};
use std::str::FromStr;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// When humans are there.
#[derive(Clone, Debug)]
pub struct Hours {
    /// First and last day, 0 is Monday.
    days: (usize, usize),
    from: Time,
    to: Time,
    zone: TimeZone,
}

impl Hours {
    /// Whether humans are there at that time, in milliseconds since 1970.
    pub fn are_on(&self, now: i64) -> bool {
        let Ok(now) = Timestamp::from_millisecond(now) else {
            return true;
        };
        let now = now.to_zoned(self.zone.clone());
        let day = usize::from(now.weekday().to_monday_zero_offset().unsigned_abs());
        let (first, last) = self.days;
        let works = if first <= last {
            (first..=last).contains(&day)
        } else {
            day >= first || day <= last
        };
        works && (self.from..self.to).contains(&now.time())
    }
}

/// How finely the next hour is looked for, and how far, in milliseconds.
const STEP: i64 = 5 * 60_000;
const FAR: i64 = 8 * 86_400_000;

impl Hours {
    /// When they are on next; none where they are on at that time.
    pub fn wait_until(&self, now: i64) -> Option<i64> {
        if self.are_on(now) {
            return None;
        }
        let first = now - now.rem_euclid(STEP) + STEP;
        let mut later = (0..FAR / STEP).map(|step| first + step * STEP);
        Some(later.find(|at| self.are_on(*at)).unwrap_or(now + FAR))
    }
}

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not like `mon-fri 09:00-17:30 Europe/Lisbon`");
        let mut words = text.split_whitespace();
        let mut next = || words.next().ok_or_else(wrong);
        let (days, span, zone) = (next()?.to_lowercase(), next()?, next()?);
        let day = |name: &str| DAYS.iter().position(|day| *day == name).ok_or_else(wrong);
        let (first, last) = days.split_once('-').unwrap_or((&days, &days));
        let (from, to) = span.split_once('-').ok_or_else(wrong)?;
        let time = |text: &str| text.parse::<Time>().map_err(|_| wrong());
        let (from, to) = (time(from)?, time(to)?);
        if from >= to {
            return Err(format!("in `{text}` the day ends before it begins"));
        }
        let zone = TimeZone::get(zone).map_err(|_| format!("`{zone}` is no time zone"))?;
        Ok(Self {
            days: (day(first)?, day(last)?),
            from,
            to,
            zone,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_those_of_the_place() {
        for (hours, at, expected) in [
            ("mon-fri 09:00-17:30 UTC", "2026-11-20T09:00:00Z", true),
            ("mon-fri 09:00-17:30 UTC", "2026-11-20T17:30:00Z", false),
            ("mon-fri 09:00-17:30 UTC", "2026-11-21T12:00:00Z", false),
            ("sat-mon 09:00-17:30 UTC", "2026-11-22T12:00:00Z", true),
            ("sat-mon 09:00-17:30 UTC", "2026-11-24T12:00:00Z", false),
            ("sat 00:00-23:59 Asia/Tokyo", "2026-11-20T16:00:00Z", true),
        ] {
            let at: Timestamp = at.parse().unwrap();
            let hours: Hours = hours.parse().unwrap();
            assert_eq!(
                hours.are_on(at.as_millisecond()),
                expected,
                "{hours:?} {at}"
            );
        }
        let hours: Hours = "mon-fri 09:00-17:30 UTC".parse().unwrap();
        for (at, until) in [
            ("2026-11-20T10:00:00Z", None),
            ("2026-11-20T08:58:30Z", Some("2026-11-20T09:00:00Z")),
            ("2026-11-20T18:00:00Z", Some("2026-11-23T09:00:00Z")),
        ] {
            let moment = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
            assert_eq!(hours.wait_until(moment(at)), until.map(moment), "{at}");
        }
        for wrong in [
            "",
            "mon-fri",
            "mon-fri 9 UTC",
            "mon-fun 09:00-17:00 UTC",
            "mon 17:00-09:00 UTC",
            "mon 09:00-17:00 Moon",
        ] {
            assert!(wrong.parse::<Hours>().is_err(), "{wrong}");
        }
    }
}
