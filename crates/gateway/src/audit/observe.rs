//! Who hears of calls beside the log: counters and traces.

use super::{Decision, Outcome, UpstreamCall};
use crate::{EndpointId, TenantId, TraceContext};
use catalog::Risk;
use std::time::{Duration, SystemTime};

/// Hears how each call ended. It must not wait.
pub trait CallObserver: Send + Sync {
    /// A call ended.
    fn finished(&self, call: &FinishedCall<'_>);

    /// Where a call without a trace of its caller's begins one; none where nobody would hear of it.
    fn begin_trace(&self) -> Option<TraceContext> {
        None
    }
}

/// A call that ended: nothing of its arguments or its answer, and not whom it acted for.
pub struct FinishedCall<'a> {
    /// Its id in the log.
    pub id: &'a str,
    /// The tenant.
    pub tenant: &'a TenantId,
    /// The endpoint that it came in by.
    pub endpoint: &'a EndpointId,
    /// The tool, as the caller named it; what is no tool of the catalog may be anything.
    pub tool: &'a str,
    /// Whether there is such a tool.
    pub known: bool,
    /// What it could do.
    pub risk: Risk,
    /// What policy decided.
    pub decision: Option<Decision>,
    /// How it ended.
    pub outcome: Outcome,
    /// When it began.
    pub began: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// What Intercom was asked.
    pub upstream: &'a [UpstreamCall],
    /// About how many tokens the answer has.
    pub tokens_out: usize,
    /// The span of this call, and its parent's id.
    pub trace: Option<(TraceContext, Option<[u8; 8]>)>,
}
