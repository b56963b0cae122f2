//! One span a call, sent in batches. What does not fit the queue is dropped and counted: telemetry never slows a call.

use super::{
    Message, OtelSettings, Value, attribute, attributes, sender::Sender, settings::Signal,
};
use crate::telemetry::families::{Family, Kind, Point};
use gateway::{FinishedCall, Outcome, TraceContext};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

/// The usual sizes of the specification's batch processor.
const QUEUE: usize = 2_048;
const BATCH: usize = 512;
/// How long the last spans may take when the process ends.
const FLUSH: Duration = Duration::from_secs(2);
const SERVER: u32 = 2;
const FAILED: u32 = 2;

/// The spans of a process.
pub(crate) struct Spans {
    queue: mpsc::Sender<Job>,
    dropped: Arc<AtomicU64>,
    share: f64,
    by_parent: bool,
}

enum Job {
    Span(Box<Message>),
    Flush(oneshot::Sender<()>),
}

impl Spans {
    /// Starts the task that sends; it ends with the last sender.
    pub(crate) fn start(settings: &OtelSettings, signal: &Signal) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        match Sender::new(signal.clone()) {
            Ok(sender) => {
                let counted = Arc::clone(&dropped);
                tokio::spawn(serve(waiting, sender, settings.clone(), counted));
            }
            Err(error) => tracing::error!(%error, "traces cannot be sent"),
        }
        Self {
            queue,
            dropped,
            share: settings.share,
            by_parent: settings.by_parent,
        }
    }

    /// The beginning of a trace that no caller began.
    pub(crate) fn begin(&self) -> TraceContext {
        let mut context = TraceContext::new(true);
        context.flags = u8::from(self.chosen(&context));
        context
    }

    /// Takes the span of a call that ended.
    pub(crate) fn take(&self, call: &FinishedCall<'_>) {
        let Some((context, parent)) = call.trace else {
            return;
        };
        let recorded = if parent.is_some() && !self.by_parent {
            self.chosen(&context)
        } else {
            context.is_sampled()
        };
        if recorded
            && self
                .queue
                .try_send(Job::Span(Box::new(span(call, &context, parent))))
                .is_err()
        {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends what waits.
    pub(crate) async fn flush(&self) {
        let (tell, told) = oneshot::channel();
        if self.queue.try_send(Job::Flush(tell)).is_ok() && timeout(FLUSH, told).await.is_err() {
            tracing::warn!("the last spans were not taken in time");
        }
    }

    /// How many spans were lost.
    pub(crate) fn dropped(&self) -> Family {
        Family {
            name: "frontdesk.spans.dropped",
            help: "Spans that the collector did not take, or that came faster than it took them.",
            unit: "{span}",
            kind: Kind::Counter,
            points: vec![Point::count(&[], self.dropped.load(Ordering::Relaxed))],
        }
    }

    /// The same choice for all spans of a trace, wherever they are made: by the last half of its id.
    fn chosen(&self, context: &TraceContext) -> bool {
        let half: [u8; 8] = std::array::from_fn(|at| context.trace[at + 8]);
        let place = crate::telemetry::families::measure(u64::from_be_bytes(half) >> 12);
        place / crate::telemetry::families::measure(1 << 52) < self.share
    }
}

async fn serve(
    mut waiting: mpsc::Receiver<Job>,
    sender: Sender,
    settings: OtelSettings,
    dropped: Arc<AtomicU64>,
) {
    let mut jobs = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut jobs, BATCH).await > 0 {
        let urgent = jobs.iter().any(|job| matches!(job, Job::Flush(_)));
        if !urgent && jobs.len() < BATCH {
            let more = waiting.recv_many(&mut jobs, BATCH);
            // Nothing is lost where this ends early: what was received is in the list.
            let _ = timeout(settings.spans_wait, more).await;
        }
        let mut spans = Vec::with_capacity(jobs.len());
        let mut tells = Vec::new();
        for job in jobs.drain(..) {
            match job {
                Job::Span(span) => spans.push(*span),
                Job::Flush(tell) => tells.push(tell),
            }
        }
        let count = spans.len() as u64;
        if count > 0
            && let Err(error) = sender.send(&request(&settings, spans)).await
        {
            dropped.fetch_add(count, Ordering::Relaxed);
            tracing::warn!(%error, spans = count, "spans were not taken");
        }
        for tell in tells {
            // Who no longer waits needs no answer.
            let _ = tell.send(());
        }
    }
}

/// An `ExportTraceServiceRequest`.
fn request(settings: &OtelSettings, spans: Vec<Message>) -> Message {
    let scope = Message::default().text(1, "name", "frontdesk").text(
        2,
        "version",
        env!("CARGO_PKG_VERSION"),
    );
    let scoped = Message::default()
        .holding(1, "scope", scope)
        .listing(2, "spans", spans);
    let resource = Message::default().listing(1, "attributes", attributes(settings.resource()));
    let all =
        Message::default()
            .holding(1, "resource", resource)
            .listing(2, "scopeSpans", vec![scoped]);
    Message::default().listing(1, "resourceSpans", vec![all])
}

fn span(call: &FinishedCall<'_>, context: &TraceContext, parent: Option<[u8; 8]>) -> Message {
    let start = nanoseconds(call.began);
    let nanos = u64::try_from(call.duration.as_nanos()).unwrap_or(u64::MAX);
    // A name that is no tool's may be anything.
    let tool = if call.known { call.tool } else { "unknown" };
    let mut message = Message::default()
        .with(1, "traceId", Value::Id(context.trace.to_vec()))
        .with(2, "spanId", Value::Id(context.span.to_vec()));
    if let Some(parent) = parent {
        message = message.with(4, "parentSpanId", Value::Id(parent.to_vec()));
    }
    message = message
        .text(5, "name", format!("tools/call {tool}"))
        .with(6, "kind", Value::Small(SERVER))
        .time(7, "startTimeUnixNano", start)
        .time(8, "endTimeUnixNano", start.saturating_add(nanos))
        .listing(9, "attributes", described(call, tool));
    if call.outcome != Outcome::Ok {
        let status = Message::default().with(3, "code", Value::Small(FAILED));
        message = message.holding(15, "status", status);
    }
    message.with(16, "flags", Value::Flags(u32::from(context.flags)))
}

fn described(call: &FinishedCall<'_>, tool: &str) -> Vec<Message> {
    let risk = match call.risk {
        catalog::Risk::Read => "read",
        catalog::Risk::Write => "write",
        catalog::Risk::Destructive => "destructive",
    };
    let mut all = attributes(
        [
            ("mcp.method.name", "tools/call"),
            ("gen_ai.operation.name", "execute_tool"),
            ("gen_ai.tool.name", tool),
            ("frontdesk.tenant", call.tenant.as_str()),
            ("frontdesk.endpoint", call.endpoint.as_str()),
            ("frontdesk.call", call.id),
            ("frontdesk.risk", risk),
            ("frontdesk.outcome", call.outcome.as_str()),
        ]
        .into_iter(),
    );
    if call.outcome != Outcome::Ok {
        all.extend(attributes(
            [("error.type", call.outcome.as_str())].into_iter(),
        ));
    }
    if let Some(decision) = call.decision {
        all.extend(attributes(
            [("frontdesk.decision", decision.as_str())].into_iter(),
        ));
    }
    let requests = i64::try_from(call.upstream.len()).unwrap_or(i64::MAX);
    all.push(attribute(
        "frontdesk.upstream.requests",
        Value::Int(requests),
    ));
    if let Some(status) = call.upstream.last().and_then(|answer| answer.status) {
        all.push(attribute(
            "frontdesk.upstream.status",
            Value::Int(i64::from(status)),
        ));
    }
    all
}

pub(crate) fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
