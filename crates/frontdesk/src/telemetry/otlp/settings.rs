//! The standard variables, as the OpenTelemetry specification has them.

use crate::Error;
use percent_encoding::percent_decode_str;
use std::time::Duration;

/// The specification's times, in milliseconds.
const METRICS_EVERY: u64 = 60_000;
const SPANS_WAIT: u64 = 5_000;

/// How telemetry leaves this process; nothing does unless a collector is named.
#[derive(Clone, Debug)]
pub struct OtelSettings {
    /// Where spans go.
    pub(crate) traces: Option<Signal>,
    /// Where metrics go.
    pub(crate) metrics: Option<Signal>,
    /// What is said of this process: keys and values.
    pub(crate) resource: Vec<(String, String)>,
    /// The share of traces without a caller's that are recorded, 0 to 1.
    pub(crate) share: f64,
    /// Whether a caller's choice is kept.
    pub(crate) by_parent: bool,
    /// How often metrics go out.
    pub(crate) metrics_every: Duration,
    /// How long spans wait for company.
    pub(crate) spans_wait: Duration,
}

/// Where one kind of telemetry goes, and how. Headers may hold a key, so it is never shown.
#[derive(Clone)]
pub(crate) struct Signal {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) encoding: Encoding,
    pub(crate) timeout: Duration,
}

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Protobuf,
    Json,
}

impl std::fmt::Debug for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signal")
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}

impl Default for OtelSettings {
    /// What no variable says.
    fn default() -> Self {
        Self {
            traces: None,
            metrics: None,
            resource: resource(&|_| None),
            share: 1.0,
            by_parent: true,
            metrics_every: Duration::from_millis(METRICS_EVERY),
            spans_wait: Duration::from_millis(SPANS_WAIT),
        }
    }
}

type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

impl OtelSettings {
    /// Reads the variables.
    pub fn read(variable: Lookup<'_>) -> Result<Self, Error> {
        let lookup = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let lookup: Lookup<'_> = &lookup;
        let off = lookup("OTEL_SDK_DISABLED").is_some_and(|word| word.eq_ignore_ascii_case("true"));
        let signal = |name: &str| {
            if off {
                Ok(None)
            } else {
                Signal::read(lookup, name)
            }
        };
        let (share, by_parent) = sampler(lookup)?;
        Ok(Self {
            traces: signal("TRACES")?,
            metrics: signal("METRICS")?,
            resource: resource(lookup),
            share,
            by_parent,
            metrics_every: milliseconds(lookup, "OTEL_METRIC_EXPORT_INTERVAL", METRICS_EVERY)?,
            spans_wait: milliseconds(lookup, "OTEL_BSP_SCHEDULE_DELAY", SPANS_WAIT)?,
        })
    }

    /// The resource's attributes.
    pub(crate) fn resource(&self) -> impl Iterator<Item = (&str, &str)> {
        self.resource
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl Signal {
    /// The settings of one signal; none where no collector is named for it.
    fn read(lookup: Lookup<'_>, name: &str) -> Result<Option<Self>, Error> {
        let exporter = lookup(&format!("OTEL_{name}_EXPORTER"));
        if exporter.is_some_and(|exporter| exporter == "none") {
            return Ok(None);
        }
        let own = |what: &str| lookup(&format!("OTEL_EXPORTER_OTLP_{name}_{what}"));
        let shared = |what: &str| lookup(&format!("OTEL_EXPORTER_OTLP_{what}"));
        let url = own("ENDPOINT").or_else(|| {
            let base = shared("ENDPOINT")?;
            let path = name.to_ascii_lowercase();
            Some(format!("{}/v1/{path}", base.trim_end_matches('/')))
        });
        let Some(url) = url else {
            return Ok(None);
        };
        let either = |what: &str| own(what).or_else(|| shared(what));
        let mut signal = Self::to(url)?;
        signal.headers = either("HEADERS").map_or_else(Vec::new, |text| pairs(&text));
        signal.encoding = match either("PROTOCOL").as_deref() {
            None | Some("http/protobuf") => Encoding::Protobuf,
            Some("http/json") => Encoding::Json,
            Some(other) => {
                return Err(wrong(
                    "OTEL_EXPORTER_OTLP_PROTOCOL",
                    format!("`{other}` is not spoken here: use http/protobuf or http/json"),
                ));
            }
        };
        if let Some(text) = either("TIMEOUT") {
            signal.timeout = number(&text, "OTEL_EXPORTER_OTLP_TIMEOUT")?;
        }
        Ok(Some(signal))
    }

    /// An address, with the usual settings.
    pub(crate) fn to(url: String) -> Result<Self, Error> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(wrong(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "must be a URL such as http://localhost:4318".into(),
            ));
        }
        Ok(Self {
            url,
            headers: Vec::new(),
            encoding: Encoding::Protobuf,
            timeout: Duration::from_secs(10),
        })
    }

    /// With the keys for collectors that the variables name.
    pub(crate) fn with_headers(mut self, variable: Lookup<'_>) -> Self {
        let own = variable("OTEL_EXPORTER_OTLP_LOGS_HEADERS");
        let text = own.or_else(|| variable("OTEL_EXPORTER_OTLP_HEADERS"));
        self.headers = text.map_or_else(Vec::new, |text| pairs(&text));
        self
    }
}

fn sampler(lookup: Lookup<'_>) -> Result<(f64, bool), Error> {
    let name = lookup("OTEL_TRACES_SAMPLER").unwrap_or_else(|| "parentbased_always_on".into());
    let (by_parent, root) = match name.strip_prefix("parentbased_") {
        Some(root) => (true, root),
        None => (false, name.as_str()),
    };
    let share = match root {
        "always_on" => 1.0,
        "always_off" => 0.0,
        "traceidratio" => {
            let text = lookup("OTEL_TRACES_SAMPLER_ARG").unwrap_or_else(|| "1".into());
            let share = text.parse::<f64>().ok();
            share
                .filter(|share| (0.0..=1.0).contains(share))
                .ok_or_else(|| {
                    wrong(
                        "OTEL_TRACES_SAMPLER_ARG",
                        format!("`{text}` is not a number from 0 to 1"),
                    )
                })?
        }
        _ => {
            return Err(wrong(
                "OTEL_TRACES_SAMPLER",
                format!(
                    "`{name}` is none of: always_on, always_off, traceidratio, and these after parentbased_"
                ),
            ));
        }
    };
    Ok((share, by_parent))
}

fn resource(lookup: Lookup<'_>) -> Vec<(String, String)> {
    let mut attributes =
        lookup("OTEL_RESOURCE_ATTRIBUTES").map_or_else(Vec::new, |text| pairs(&text));
    if let Some(name) = lookup("OTEL_SERVICE_NAME") {
        attributes.retain(|(key, _)| key != "service.name");
        attributes.push(("service.name".into(), name));
    }
    for (key, value) in [
        ("service.name", "frontdesk"),
        ("service.version", env!("CARGO_PKG_VERSION")),
    ] {
        if !attributes.iter().any(|(known, _)| known == key) {
            attributes.push((key.into(), value.into()));
        }
    }
    attributes
}

/// `key=value,…`, percent-encoded.
fn pairs(text: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        percent_decode_str(text.trim())
            .decode_utf8_lossy()
            .into_owned()
    };
    text.split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (decoded(key), decoded(value)))
        .filter(|(key, _)| !key.is_empty())
        .collect()
}

fn milliseconds(lookup: Lookup<'_>, name: &str, usual: u64) -> Result<Duration, Error> {
    match lookup(name) {
        Some(text) => number(&text, name),
        None => Ok(Duration::from_millis(usual)),
    }
}

fn number(text: &str, name: &str) -> Result<Duration, Error> {
    let number: Option<u64> = text.trim().parse().ok();
    number
        .filter(|number| (1..=3_600_000).contains(number))
        .map(Duration::from_millis)
        .ok_or_else(|| wrong(name, format!("`{text}` is not a number of milliseconds")))
}

fn wrong(place: &str, reason: String) -> Error {
    Error::Setting {
        place: place.into(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn read(variables: &[(&str, &str)]) -> Result<OtelSettings, String> {
        let variables: HashMap<&str, &str> = variables.iter().copied().collect();
        let lookup = |name: &str| variables.get(name).map(|value| (*value).to_owned());
        OtelSettings::read(&lookup).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_leaves_unless_a_collector_is_named() {
        for variables in [
            &[][..],
            &[("OTEL_SERVICE_NAME", "desk")],
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "")],
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"),
                ("OTEL_SDK_DISABLED", "true"),
            ],
        ] {
            let settings = read(variables).unwrap();
            assert!(settings.traces.is_none() && settings.metrics.is_none());
        }
    }

    #[test]
    fn the_variables_mean_what_the_specification_says() {
        let settings = read(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/"),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://m/own"),
            ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, x=y"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
            ("OTEL_SERVICE_NAME", "desk"),
            (
                "OTEL_RESOURCE_ATTRIBUTES",
                "service.name=no,deployment.environment.name=prod",
            ),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        ])
        .unwrap();
        let (traces, metrics) = (settings.traces.unwrap(), settings.metrics.unwrap());
        assert_eq!(traces.url, "http://c:4318/v1/traces");
        assert_eq!(metrics.url, "https://m/own");
        assert_eq!(
            (traces.encoding, metrics.encoding),
            (Encoding::Protobuf, Encoding::Json)
        );
        let header = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(traces.headers, [header("api-key", "a b"), header("x", "y")]);
        assert_eq!(traces.timeout, Duration::from_millis(2_500));
        assert!(settings.by_parent && (settings.share - 0.25).abs() < f64::EPSILON);
        assert!(settings.resource.contains(&header("service.name", "desk")));
        assert!(!settings.resource.contains(&header("service.name", "no")));
        assert!(!format!("{traces:?}").contains("a b"), "a header is shown");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318");
        for (variables, expected) in [
            (
                &[("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317")][..],
                "must be a URL",
            ),
            (
                &[endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
                "use http/protobuf",
            ),
            (&[("OTEL_TRACES_SAMPLER", "often")], "none of"),
            (
                &[endpoint, ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")],
                "milliseconds",
            ),
        ] {
            let error = read(variables).map(|_| ()).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
