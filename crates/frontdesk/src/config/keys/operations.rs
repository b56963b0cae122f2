//! Settings of those who run a server: its end, its record, its metrics.

use super::{Key, address, choice, list, seconds};
use crate::audit_export::SinkSetting;
use crate::outbound::Networks;
use gateway::Arguments;

pub(super) const GRACE_PERIOD: Key = Key {
    path: "server.grace_period",
    variable: "FRONTDESK_GRACE_PERIOD",
    also: None,
    default: "25",
    meaning: "Seconds that calls under way may take to end after the server was asked to stop; new ones get 503 meanwhile. Read again on SIGHUP.",
    set: |config, value| seconds(value).map(|grace| config.grace = grace),
};

pub(super) const TRUSTED_PROXIES: Key = Key {
    path: "server.trusted_proxies",
    variable: "FRONTDESK_TRUSTED_PROXIES",
    also: None,
    default: "none",
    meaning: "Networks and addresses of your own proxies, such as `10.0.0.0/8`: what they say in `X-Forwarded-For` is the client's address, in the audit log and where requests are bounded by address. Without it, the other end of the connection is.",
    set: |config, value| {
        let names = list(value);
        config.trusted_proxies = Networks::parse(names.iter().map(String::as_str))?;
        Ok(())
    },
};

pub(super) const METRICS_LISTEN: Key = Key {
    path: "metrics.listen",
    variable: "FRONTDESK_METRICS_LISTEN",
    also: None,
    default: "none",
    meaning: "An address of its own for `/metrics`, which asks for no token there: one that only your monitoring reaches.",
    set: |config, value| address(value).map(|listen| config.metrics_listen = Some(listen)),
};

pub(super) const METRICS_TOKEN: Key = Key {
    path: "metrics.token",
    variable: "FRONTDESK_METRICS_TOKEN",
    also: None,
    default: "none",
    meaning: "The bearer token that opens `/metrics` on the server's own address; without one it is not there.",
    set: |config, value| {
        config.metrics_token = Some(value.into());
        Ok(())
    },
};

pub(super) const AUDIT_ARGUMENTS: Key = Key {
    path: "audit.arguments",
    variable: "FRONTDESK_AUDIT_ARGUMENTS",
    also: None,
    default: "hashed",
    meaning: "What the audit log keeps of arguments beside their hash: `hashed` for nothing, `redacted` for ids, numbers, times, choices and the length of texts. A tenant may have a setting of its own.",
    set: |config, value| {
        config.audit_arguments = match value {
            "hashed" => Arguments::Hashed,
            "redacted" => Arguments::Redacted,
            _ => return Err(choice(value, "hashed, redacted")),
        };
        Ok(())
    },
};

pub(super) const AUDIT_SINKS: Key = Key {
    path: "audit.sinks",
    variable: "FRONTDESK_AUDIT_SINKS",
    also: None,
    default: "none",
    meaning: "Where a server of many tenants sends its audit log while it serves, each under a name: `siem=syslog+tls://HOST:PORT`, `syslog+tcp://…`, `otlp+https://HOST/v1/logs`, `file:PATH?format=ocsf`. [audit.md](audit.md) has the formats.",
    set: |config, value| {
        let sinks = list(value);
        let sinks = sinks.iter().map(|sink| SinkSetting::parse(sink));
        let sinks: Vec<SinkSetting> = sinks.collect::<Result<_, _>>()?;
        for (at, sink) in sinks.iter().enumerate() {
            if sinks[..at].iter().any(|other| other.name == sink.name) {
                return Err(format!("there are two sinks `{}`", sink.name));
            }
        }
        config.audit_sinks = sinks;
        Ok(())
    },
};
