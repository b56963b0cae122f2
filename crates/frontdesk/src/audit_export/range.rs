//! Entries of a span of time, page by page.

use super::{Event, Format};
use futures_util::{Stream, stream};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use store::{StoreError, TenantScope};

/// Entries read at once.
const PAGE: i64 = 1_000;

/// Which entries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// Only those after this place.
    pub(crate) after: i64,
    /// From this time on, in milliseconds since 1970.
    pub(crate) from: i64,
    /// Before this time.
    pub(crate) to: i64,
}

impl Default for Span {
    fn default() -> Self {
        Self {
            after: 0,
            from: i64::MIN,
            to: i64::MAX,
        }
    }
}

/// Texts that make up a whole export, in order.
pub(crate) fn pages(
    scope: TenantScope,
    format: Format,
    span: Span,
) -> impl Stream<Item = Result<String, StoreError>> {
    let head = (format == Format::Csv).then(|| Ok(format.head()));
    let body = stream::try_unfold((scope, span.after), move |(scope, after)| async move {
        let entries = scope.audit_between(after, span.from, span.to, PAGE).await?;
        let Some(last) = entries.last() else {
            return Ok(None);
        };
        let after = last.seq;
        let events: Vec<Event<'_>> = entries
            .iter()
            .map(|entry| Event::read(scope.tenant(), entry))
            .collect();
        let text = format.lines(&events);
        Ok(Some((text, (scope, after))))
    });
    futures_util::StreamExt::chain(stream::iter(head), body)
}

/// A moment of the command line or of a query: RFC 3339, a day in UTC, or milliseconds since 1970.
pub(crate) fn moment(text: &str) -> Result<i64, String> {
    if let Ok(milliseconds) = text.parse::<i64>() {
        return Ok(milliseconds);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.as_millisecond());
    }
    let day = text.parse::<Date>().ok();
    let start = day.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    start
        .map(|start| start.timestamp().as_millisecond())
        .ok_or_else(|| {
            format!("`{text}` is no moment: write it like 2026-11-21, 2026-11-21T10:00:00Z, or in milliseconds since 1970")
        })
}
