//! Progress of long calls, told to clients that gave a token.

use gateway::Progress;
use rmcp::{RoleServer, model::ProgressNotificationParam, service::RequestContext};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Steps that may wait to be told; a client that reads slowly misses some.
const WAITING: usize = 64;

struct Step {
    done: u64,
    total: Option<u64>,
    message: String,
}

struct Reporter {
    steps: mpsc::Sender<Step>,
}

impl Progress for Reporter {
    fn report(&self, done: u64, total: Option<u64>, message: &str) {
        // A step that finds no room is left out: the next one says more.
        let _ = self.steps.try_send(Step {
            done,
            total,
            message: message.to_owned(),
        });
    }
}

/// Runs work, and tells the client how far it is; everything is told before the work's result is returned.
pub(super) async fn during<F, W>(cx: &RequestContext<RoleServer>, work: W) -> F::Output
where
    F: Future,
    W: FnOnce(Option<Arc<dyn Progress>>) -> F,
{
    let Some(token) = cx.meta.get_progress_token() else {
        return work(None).await;
    };
    let (steps, mut told) = mpsc::channel(WAITING);
    let work = work(Some(Arc::new(Reporter { steps })));
    let tell = async {
        let mut last = None;
        while let Some(step) = told.recv().await {
            // The protocol wants every step to be further than the one before.
            if last.is_some_and(|last| step.done <= last) {
                continue;
            }
            last = Some(step.done);
            let mut param = ProgressNotificationParam::new(token.clone(), number(step.done));
            param.total = step.total.map(number);
            param.message = Some(step.message).filter(|text| !text.is_empty());
            if cx.peer.notify_progress(param).await.is_err() {
                told.close();
            }
        }
    };
    tokio::join!(work, tell).0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of steps are far below 2^53"
)]
fn number(count: u64) -> f64 {
    count as f64
}
