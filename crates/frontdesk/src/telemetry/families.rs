//! Metrics as data: the Prometheus page and the OTLP exporter say the same.

/// Metrics of one name.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    /// Its OpenTelemetry name, such as `frontdesk.calls`.
    pub(crate) name: &'static str,
    /// What it means.
    pub(crate) help: &'static str,
    /// Its unit: `s`, `1` or a word in braces.
    pub(crate) unit: &'static str,
    pub(crate) kind: Kind,
    pub(crate) points: Vec<Point>,
}

/// How its values behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Only grows.
    Counter,
    /// Is what it is now.
    Gauge,
    /// Counts by size.
    Histogram,
}

/// One series of a family. The values of labels are words of this program or its configuration, never a caller's.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) labels: Vec<(&'static str, String)>,
    pub(crate) reading: Reading,
}

/// What was read.
#[derive(Clone, Debug)]
pub(crate) enum Reading {
    /// Of a counter.
    Count(u64),
    /// Of a gauge.
    Level(f64),
    /// Of a histogram.
    Sizes {
        bounds: Vec<f64>,
        /// One more than there are bounds; each counts its own alone.
        counts: Vec<u64>,
        sum: f64,
    },
}

impl Family {
    /// A gauge with one series.
    pub(crate) fn level(
        name: &'static str,
        help: &'static str,
        unit: &'static str,
        level: f64,
    ) -> Self {
        Self {
            name,
            help,
            unit,
            kind: Kind::Gauge,
            points: vec![Point::level(&[], level)],
        }
    }
}

impl Point {
    pub(crate) fn level(labels: &[(&'static str, &str)], level: f64) -> Self {
        Self::new(labels, Reading::Level(level))
    }

    pub(crate) fn count(labels: &[(&'static str, &str)], count: u64) -> Self {
        Self::new(labels, Reading::Count(count))
    }

    pub(crate) fn new(labels: &[(&'static str, &str)], reading: Reading) -> Self {
        Self {
            labels: labels
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            reading,
        }
    }
}

/// A whole number as a measure.
#[expect(
    clippy::cast_precision_loss,
    reason = "a measure needs no more than 52 bits"
)]
pub(crate) fn measure(number: u64) -> f64 {
    number as f64
}
