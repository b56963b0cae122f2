//! A mind that keeps what it wrote, with the passages that it wrote it from.

use agent::{AgentError, Answered, Mind, Plan, Reply, Triage, View, compose::grounded};
use futures_util::future::BoxFuture;
use std::sync::{Arc, Mutex, PoisonError};

/// Another mind's thoughts, and the last reply with its plan.
pub(super) struct Recorder {
    mind: Arc<dyn Mind>,
    last: Mutex<Option<(Plan, Reply)>>,
}

/// What a reply rests on.
#[derive(Debug, Default)]
pub(super) struct Grounds {
    /// Sentences that state facts.
    pub(super) facts: usize,
    /// Those that their passage supports.
    pub(super) grounded: usize,
    /// Titles of what is cited.
    pub(super) cited: Vec<String>,
}

impl Recorder {
    pub(super) fn new(mind: Arc<dyn Mind>) -> Self {
        Self {
            mind,
            last: Mutex::default(),
        }
    }

    /// What the last reply rests on; it counts once.
    pub(super) fn grounds(&self) -> Grounds {
        let last = self
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        last.map(|(plan, reply)| grounds(&plan, &reply))
            .unwrap_or_default()
    }
}

impl Mind for Recorder {
    fn read<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Result<Answered<Triage>, AgentError>> {
        self.mind.read(view)
    }

    fn compose<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Answered<Reply>, AgentError>> {
        Box::pin(async move {
            let answered = self.mind.compose(plan).await?;
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((plan.clone(), answered.value.clone()));
            Ok(answered)
        })
    }
}

/// Every sentence that names a passage must rest on it; one that holds a figure and names none is a fact without a source.
fn grounds(plan: &Plan, reply: &Reply) -> Grounds {
    let mut grounds = Grounds::default();
    for sentence in &reply.sentences {
        let passage = sentence.passage.map(|index| plan.passages.get(index));
        match passage {
            Some(passage) => {
                grounds.facts += 1;
                let holds = passage.is_some_and(|one| grounded(&sentence.text, &one.text));
                grounds.grounded += usize::from(holds);
            }
            None => {
                grounds.facts += usize::from(sentence.text.contains(|c: char| c.is_ascii_digit()));
            }
        }
    }
    let titles = reply
        .cited()
        .into_iter()
        .filter_map(|index| plan.passages.get(index));
    grounds.cited = titles.map(|passage| passage.title.clone()).collect();
    grounds
}
