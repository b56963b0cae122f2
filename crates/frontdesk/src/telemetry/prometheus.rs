//! The metrics as a page in Prometheus' text format.

use super::families::{Family, Kind, Point, Reading, measure};
use std::fmt::Write as _;

/// What the page is.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The page.
pub(crate) fn page(families: &[Family]) -> String {
    let mut text = String::new();
    for family in families {
        let name = named(family);
        let kind = match family.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // Writing to a String does not fail, here and below.
        let _ = writeln!(text, "# HELP {name} {}", family.help);
        let _ = writeln!(text, "# TYPE {name} {kind}");
        for point in &family.points {
            series(&mut text, &name, point);
        }
    }
    text
}

fn series(text: &mut String, name: &str, point: &Point) {
    match &point.reading {
        Reading::Count(count) => line(text, name, &point.labels, None, &count.to_string()),
        Reading::Level(level) => line(text, name, &point.labels, None, &number(*level)),
        Reading::Sizes {
            bounds,
            counts,
            sum,
        } => {
            let mut all = 0;
            let bucket = format!("{name}_bucket");
            for (at, count) in counts.iter().enumerate() {
                all += count;
                let bound = bounds
                    .get(at)
                    .map_or("+Inf".to_owned(), |bound| number(*bound));
                line(text, &bucket, &point.labels, Some(&bound), &all.to_string());
            }
            line(
                text,
                &format!("{name}_sum"),
                &point.labels,
                None,
                &number(*sum),
            );
            let all = number(measure(all));
            line(text, &format!("{name}_count"), &point.labels, None, &all);
        }
    }
}

fn line(
    text: &mut String,
    name: &str,
    labels: &[(&'static str, String)],
    bound: Option<&str>,
    value: &str,
) {
    let pairs = labels.iter().map(|(name, value)| (*name, value.as_str()));
    let pairs = pairs.chain(bound.map(|bound| ("le", bound)));
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{}=\"{}\"", plain(name), escaped(value)))
        .collect();
    let _ = if pairs.is_empty() {
        writeln!(text, "{name} {value}")
    } else {
        writeln!(text, "{name}{{{}}} {value}", pairs.join(","))
    };
}

/// The name with the suffixes that Prometheus wants.
fn named(family: &Family) -> String {
    let mut name = plain(family.name);
    if family.unit == "s" {
        name.push_str("_seconds");
    }
    if family.kind == Kind::Counter {
        name.push_str("_total");
    }
    name
}

fn plain(name: &str) -> String {
    name.replace('.', "_")
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn number(value: f64) -> String {
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_written_as_prometheus_reads_it() {
        let families = [
            Family {
                name: "frontdesk.calls",
                help: "Calls.",
                unit: "{call}",
                kind: Kind::Counter,
                points: vec![Point::count(&[("risk", "read")], 3)],
            },
            Family {
                name: "mcp.server.operation.duration",
                help: "Durations.",
                unit: "s",
                kind: Kind::Histogram,
                points: vec![Point::new(
                    &[("mcp.method.name", "tools/call")],
                    Reading::Sizes {
                        bounds: vec![0.01, 1.0],
                        counts: vec![2, 1, 4],
                        sum: 20.5,
                    },
                )],
            },
            Family::level("frontdesk.audit.lag", "Lag.", "s", 1.5),
            Family {
                name: "x",
                help: "Odd.",
                unit: "1",
                kind: Kind::Gauge,
                points: vec![Point::level(&[("sink", "a\"b\\c\nd")], 0.0)],
            },
        ];
        assert_eq!(
            page(&families),
            "# HELP frontdesk_calls_total Calls.\n\
             # TYPE frontdesk_calls_total counter\n\
             frontdesk_calls_total{risk=\"read\"} 3\n\
             # HELP mcp_server_operation_duration_seconds Durations.\n\
             # TYPE mcp_server_operation_duration_seconds histogram\n\
             mcp_server_operation_duration_seconds_bucket{mcp_method_name=\"tools/call\",le=\"0.01\"} 2\n\
             mcp_server_operation_duration_seconds_bucket{mcp_method_name=\"tools/call\",le=\"1\"} 3\n\
             mcp_server_operation_duration_seconds_bucket{mcp_method_name=\"tools/call\",le=\"+Inf\"} 7\n\
             mcp_server_operation_duration_seconds_sum{mcp_method_name=\"tools/call\"} 20.5\n\
             mcp_server_operation_duration_seconds_count{mcp_method_name=\"tools/call\"} 7\n\
             # HELP frontdesk_audit_lag_seconds Lag.\n\
             # TYPE frontdesk_audit_lag_seconds gauge\n\
             frontdesk_audit_lag_seconds 1.5\n\
             # HELP x Odd.\n\
             # TYPE x gauge\n\
             x{sink=\"a\\\"b\\\\c\\nd\"} 0\n"
        );
    }
}
