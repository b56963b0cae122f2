//! The audit log for other programs: five formats, by range ([`range`]) and live into sinks ([`live`]).
//!
//! One record an entry of the chain: a call has one when it begins and one when it ends, with the same `call` id. Each
//! record carries its `event_id`, by which who takes it twice knows it.

mod csv;
mod event;
mod live;
mod ocsf;
mod otlp;
mod range;
mod sink;
mod syslog;
#[cfg(test)]
mod tests;

pub(crate) use event::Event;
pub(crate) use live::Exports;
pub(crate) use range::{Span, moment, pages};
pub use sink::SinkSetting;

use crate::telemetry::otlp::Message;
use std::fmt;

/// How entries are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A JSON object a line, with all that the store has: the chain can be checked from it.
    Jsonl,
    /// RFC 4180, safe to open in a spreadsheet.
    Csv,
    /// OCSF `api_activity`, a JSON object a line.
    Ocsf,
    /// RFC 5424, a message a line.
    Syslog,
    /// OTLP logs in JSON, an export request a line.
    Otlp,
}

/// The formats by name.
const FORMATS: [(&str, Format); 5] = [
    ("jsonl", Format::Jsonl),
    ("csv", Format::Csv),
    ("ocsf", Format::Ocsf),
    ("syslog", Format::Syslog),
    ("otlp", Format::Otlp),
];

impl Format {
    /// The format of that name.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let found = FORMATS.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, format)| *format)
            .ok_or_else(|| format!("`{name}` is none of: jsonl, csv, ocsf, syslog, otlp"))
    }

    /// What a file of it is.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Jsonl | Self::Ocsf | Self::Otlp => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Syslog => "text/plain; charset=utf-8",
        }
    }

    /// What stands before the first entry.
    pub(crate) fn head(self) -> String {
        match self {
            Self::Csv => csv::head(),
            _ => String::new(),
        }
    }

    /// Entries as text, a line each; of OTLP, all of them in one line.
    pub(crate) fn lines(self, events: &[Event<'_>]) -> String {
        if self == Self::Otlp {
            return match events {
                [] => String::new(),
                events => format!("{}\n", otlp::request(events).json()),
            };
        }
        let mut text = String::new();
        for event in events {
            match self {
                Self::Jsonl => text.push_str(&event.json().to_string()),
                Self::Csv => text.push_str(&csv::line(event)),
                Self::Ocsf => text.push_str(&ocsf::object(event).to_string()),
                Self::Syslog | Self::Otlp => text.push_str(&syslog::message(event)),
            }
            text.push_str(if self == Self::Csv { "\r\n" } else { "\n" });
        }
        text
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = FORMATS.iter().find(|(_, format)| format == self);
        f.write_str(found.map_or("", |(name, _)| name))
    }
}

/// Entries as one message for a collector.
pub(crate) fn otlp_request(events: &[Event<'_>]) -> Message {
    otlp::request(events)
}
