//! The mind that asks providers: a first choice, one fallback, and the embedded mind when neither answers.

use super::{Ladder, Question, Trouble, form};
use crate::{AgentError, Answered, Embedded, Mind, Plan, Reply, Spent, Triage, View, compose};
use futures_util::{FutureExt, future::BoxFuture};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A mind of providers, with the embedded one behind it: it always answers, and tells who did.
pub struct Thinker {
    first: Ladder,
    fallback: Option<Ladder>,
    embedded: Arc<Embedded>,
}

impl Thinker {
    /// Puts a first choice and a fallback before the embedded mind.
    pub fn new(first: Ladder, fallback: Option<Ladder>, embedded: Arc<Embedded>) -> Self {
        Self {
            first,
            fallback,
            embedded,
        }
    }

    /// The first answer that passes its check; none when no provider gives one. What all of them took is added up.
    async fn ask<T: DeserializeOwned, U>(
        &self,
        question: &Question,
        check: impl Fn(T) -> Option<U>,
    ) -> (Option<U>, Spent) {
        let mut total = Spent::default();
        for (ladder, fallback) in [(Some(&self.first), false), (self.fallback.as_ref(), true)] {
            let Some(ladder) = ladder else { continue };
            let (answer, spent) = ladder.ask::<T>(question).await;
            total.add(&Spent { fallback, ..spent });
            match answer.map(&check) {
                Ok(Some(value)) => return (Some(value), total),
                Ok(None) => warn(ladder, &Trouble::Unreadable),
                Err(trouble) => warn(ladder, &trouble),
            }
        }
        (None, total)
    }

    async fn read_once(&self, view: &View) -> Result<Answered<Triage>, AgentError> {
        let categories = self.embedded.categories();
        let question = form::reading(view, categories);
        let (value, spent) = self
            .ask(&question, |reading: form::Reading| {
                reading.check(categories)
            })
            .await;
        match value {
            Some(value) => Ok(Answered { value, spent }),
            None => Ok(Answered {
                value: self.embedded.triage(view)?,
                spent: behind(spent),
            }),
        }
    }

    async fn compose_once(&self, plan: &Plan) -> Result<Answered<Reply>, AgentError> {
        let question = form::writing(plan);
        let drafted = |draft: form::Draft| {
            Some(draft.check(plan)).filter(|reply| !reply.sentences.is_empty())
        };
        let (value, spent) = if plan.passages.is_empty() {
            (None, Spent::default())
        } else {
            self.ask(&question, drafted).await
        };
        match value {
            Some(reply) => Ok(Answered {
                value: compose::framed(plan, reply.sentences),
                spent,
            }),
            None => Ok(Answered {
                value: self.embedded.extract(plan)?,
                spent: behind(spent),
            }),
        }
    }
}

impl Mind for Thinker {
    fn read<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Result<Answered<Triage>, AgentError>> {
        self.read_once(view).boxed()
    }

    fn compose<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Answered<Reply>, AgentError>> {
        self.compose_once(plan).boxed()
    }
}

/// The embedded mind answered in place of providers, whose tokens are still counted.
fn behind(mut spent: Spent) -> Spent {
    spent.add(&Spent {
        fallback: true,
        ..Spent::embedded()
    });
    spent
}

fn warn(ladder: &Ladder, trouble: &Trouble) {
    tracing::warn!(model = ladder.name(), %trouble, "a provider gave no answer");
}
