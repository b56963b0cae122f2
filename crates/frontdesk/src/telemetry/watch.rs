//! What is read when somebody looks: the store, the connections, the allowance, how far exports are behind.

use super::{
    Telemetry,
    families::{Family, Kind, Point, Reading, measure},
    otlp::{self, Sender},
};
use crate::tenants::Tenants;
use gateway::Gateway;
use std::{
    sync::{Arc, LazyLock},
    time::SystemTime,
};
use store::{ConnectionState, LATENCY_BOUNDS_US, Latency};
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

static STARTED: LazyLock<SystemTime> = LazyLock::new(SystemTime::now);

impl Telemetry {
    /// All metrics as they are now.
    pub(crate) async fn families(
        &self,
        gateway: &Gateway,
        tenants: Option<&Tenants>,
    ) -> Vec<Family> {
        let mut families = self.meter.families();
        families.extend(gauges(gateway, tenants).await);
        families
    }
}

/// What is measured at this moment.
async fn gauges(gateway: &Gateway, tenants: Option<&Tenants>) -> Vec<Family> {
    let recordable = gateway.audit().check().is_ok();
    let start = STARTED
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let mut families = vec![
        Family {
            name: "frontdesk.build",
            help: "1, with the version.",
            unit: "1",
            kind: Kind::Gauge,
            points: vec![Point::level(&[("version", env!("CARGO_PKG_VERSION"))], 1.0)],
        },
        Family::level(
            "process.start.time",
            "When the process started, since 1970.",
            "s",
            start.as_secs_f64(),
        ),
        Family::level(
            "frontdesk.audit.recordable",
            "1 while calls can be recorded; 0 while all are refused.",
            "1",
            f64::from(u8::from(recordable)),
        ),
    ];
    if let Some(tenants) = tenants {
        let ready = f64::from(u8::from(tenants.is_ready()));
        let help = "1 while the database answers and calls are served.";
        families.push(Family::level("frontdesk.ready", help, "1", ready));
        families.extend(connections(tenants).await);
        families.push(store(tenants));
        families.extend(behind(tenants).await);
        families.extend(allowance(tenants));
    }
    families
}

/// Connections by state; left out while the database does not answer.
async fn connections(tenants: &Tenants) -> Option<Family> {
    let system = tenants.store().system();
    let mut points = Vec::new();
    for state in [ConnectionState::Active, ConnectionState::Quarantined] {
        let count = system.count_connections(state).await.ok()?;
        let count = measure(u64::try_from(count).unwrap_or_default());
        points.push(Point::level(&[("state", state.as_str())], count));
    }
    Some(Family {
        name: "frontdesk.connections",
        help: "Connections to Intercom workspaces, by state.",
        unit: "{connection}",
        kind: Kind::Gauge,
        points,
    })
}

fn store(tenants: &Tenants) -> Family {
    let (reads, writes) = tenants.store().latency();
    let point = |(operation, latency): (&str, &Latency)| {
        let reading = Reading::Sizes {
            bounds: LATENCY_BOUNDS_US
                .iter()
                .map(|us| measure(*us) / 1e6)
                .collect(),
            counts: latency.counts.to_vec(),
            sum: measure(latency.sum_us) / 1e6,
        };
        Point::new(&[("operation", operation)], reading)
    };
    Family {
        name: "frontdesk.store.duration",
        help: "How long the database took, waiting for a connection or a shared commit included.",
        unit: "s",
        kind: Kind::Histogram,
        points: [("read", &reads), ("write", &writes)].map(point).into(),
    }
}

/// How far each export of the audit log is behind.
async fn behind(tenants: &Tenants) -> Option<Family> {
    let mut points = Vec::new();
    for sink in tenants.sinks() {
        let oldest = tenants.store().system().audit_behind(sink).await.ok()?;
        let late = oldest.map_or(0, |at| store::now() - at);
        let late = measure(u64::try_from(late).unwrap_or_default()) / 1e3;
        points.push(Point::level(&[("sink", sink)], late));
    }
    (!points.is_empty()).then_some(Family {
        name: "frontdesk.audit.lag",
        help: "The age of the oldest audit entry that a sink of the export did not take yet; 0 when it took all.",
        unit: "s",
        kind: Kind::Gauge,
        points,
    })
}

/// What is left of Intercom's windows, without a series for each connection.
fn allowance(tenants: &Tenants) -> Vec<Family> {
    let states = tenants.allowances();
    let held = states.iter().filter(|state| !state.opens_in.is_zero());
    let held = measure(held.count() as u64);
    let left = states.iter().filter_map(|state| {
        let (limit, remaining) = (state.limit.filter(|limit| *limit > 0)?, state.remaining?);
        Some(measure(remaining) / measure(limit))
    });
    let waiting: usize = states
        .iter()
        .map(|state| state.waiting_interactive + state.waiting_bulk)
        .sum();
    vec![
        Family::level(
            "frontdesk.budget.left",
            "The share of Intercom's window that is left to the connection with the least, 0 to 1; 1 where none is known.",
            "1",
            left.fold(1.0, f64::min),
        ),
        Family::level(
            "frontdesk.budget.held",
            "Connections whose calls wait for their next window.",
            "{connection}",
            held,
        ),
        Family::level(
            "frontdesk.budget.waiting",
            "Calls that wait for allowance.",
            "{call}",
            measure(waiting as u64),
        ),
    ]
}

/// Sends the metrics now and then, where a collector is named; the task is the caller's to end.
pub(crate) fn start_metrics(
    telemetry: &Arc<Telemetry>,
    gateway: &Arc<Gateway>,
    tenants: Option<&Arc<Tenants>>,
) -> Option<JoinHandle<()>> {
    let start = otlp::nanoseconds(*STARTED);
    let signal = telemetry.settings.metrics.clone()?;
    let sender = Sender::new(signal).ok()?;
    let (telemetry, gateway) = (Arc::clone(telemetry), Arc::clone(gateway));
    let tenants = tenants.map(Arc::downgrade);
    Some(tokio::spawn(async move {
        let mut ticks = interval(telemetry.settings.metrics_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let tenants = tenants.as_ref().and_then(std::sync::Weak::upgrade);
            let families = telemetry.families(&gateway, tenants.as_deref()).await;
            drop(tenants);
            let span = otlp::MetricsSpan {
                start,
                now: otlp::nanoseconds(SystemTime::now()),
            };
            let message = otlp::metrics_request(&telemetry.settings, &families, span);
            if let Err(error) = sender.send(&message).await {
                tracing::warn!(%error, "metrics were not taken");
            }
        }
    }))
}
