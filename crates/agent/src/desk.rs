//! Everything that the agent of one workspace works with, and its calls.

use crate::act::Target;
use crate::settings::Settings;
use crate::{Find, Mind, Spent, safety};
use gateway::{Bound, CallError, Gateway, Narrowing, Principal, ToolRequest, ToolResult};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use store::{Counter, DAY, StoreError, TenantScope};

/// The subject of counters of the whole workspace.
const AGENT: &str = "agent";
/// What the audit log says of who calls.
const CLIENT: &str = concat!("frontdesk-agent/", env!("CARGO_PKG_VERSION"));

/// The agent of one workspace.
pub struct Desk {
    /// The road to Intercom.
    pub gateway: Arc<Gateway>,
    /// As whom it calls; each turn narrows this to its own conversation.
    pub who: Principal,
    /// The admin that its calls act as.
    pub own: String,
    /// The workspace that it serves; webhooks of others are not its own.
    pub workspace: String,
    /// What thinks.
    pub mind: Arc<dyn Mind>,
    /// Where articles are found.
    pub library: Arc<dyn Find>,
    /// How it works.
    pub settings: Arc<Settings>,
    /// The tenant's data.
    pub scope: TenantScope,
}

/// The hands of one turn: calls of tools, on one conversation and one contact, so many and no more.
pub(crate) struct Hands<'a> {
    desk: &'a Desk,
    who: Principal,
    left: Arc<AtomicU32>,
}

impl Desk {
    /// The hands of a turn on that conversation, and on that contact once it is known.
    pub(crate) fn hands(&self, target: &Target) -> Hands<'_> {
        self.hands_with(target, Arc::new(AtomicU32::new(self.settings.calls)))
    }

    fn hands_with(&self, target: &Target, left: Arc<AtomicU32>) -> Hands<'_> {
        let (id, contact) = (&target.conversation, target.contact.as_deref());
        let bound = if target.ticket {
            safety::bound_to_ticket(id, contact)
        } else {
            safety::bound(id, contact, &self.settings)
        };
        self.bound_to(bound, left)
    }

    fn bound_to(&self, bound: Bound, left: Arc<AtomicU32>) -> Hands<'_> {
        let narrowed = Narrowing {
            bound: Some(bound),
            ..self.who.narrowed.clone().unwrap_or_default()
        };
        Hands {
            desk: self,
            who: Principal {
                narrowed: Some(narrowed),
                ..self.who.clone()
            },
            left,
        }
    }

    /// Hands that are bound to something else than a conversation.
    pub(crate) fn hands_bound(&self, bound: Bound) -> Hands<'_> {
        self.bound_to(bound, Arc::new(AtomicU32::new(self.settings.calls)))
    }

    /// Asks something of the workspace that no conversation is behind.
    pub(crate) async fn ask(&self, mut request: ToolRequest) -> Result<ToolResult, CallError> {
        request.client = Some(CLIENT.into());
        self.gateway.call(&self.who, request).await
    }

    /// Whether the budgets of tokens and money allow another thought on this conversation.
    pub(crate) async fn may_think(&self, conversation: &str) -> Result<bool, StoreError> {
        let settings = &self.settings;
        for (subject, metric, limit) in [
            (conversation, "tokens", settings.conversation_tokens),
            (AGENT, "tokens", settings.tokens),
            (AGENT, "cost_micros", settings.cost_micros),
        ] {
            // One more is taken, so that a budget that is used up says no.
            let taken = self
                .scope
                .spend(counter(subject, metric), 1, limit, store::now());
            if taken.await?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes down what a thought took.
    pub(crate) async fn pay(&self, conversation: &str, spent: &Spent) -> Result<(), StoreError> {
        let number = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
        let tokens = number(spent.input_tokens + spent.output_tokens);
        let now = store::now();
        for (subject, metric, amount) in [
            (conversation, "tokens", tokens),
            (AGENT, "tokens", tokens),
            (AGENT, "cost_micros", number(spent.cost_micros)),
        ] {
            if amount > 0 {
                self.scope
                    .count(counter(subject, metric), amount, now)
                    .await?;
            }
        }
        Ok(())
    }
}

impl<'a> Hands<'a> {
    /// The same hands, on another target.
    pub(crate) fn on(&self, target: &Target) -> Hands<'a> {
        self.desk.hands_with(target, Arc::clone(&self.left))
    }

    /// Calls a tool.
    pub(crate) async fn call(&self, mut request: ToolRequest) -> Result<ToolResult, CallError> {
        let spend = |left: u32| left.checked_sub(1);
        if self
            .left
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, spend)
            .is_err()
        {
            return Err(CallError::Refused("the turn has used up its calls".into()));
        }
        request.client = Some(CLIENT.into());
        self.desk.gateway.call(&self.who, request).await
    }

    /// An object as Intercom has it.
    pub(crate) async fn read(&self, tool: &str, name: &str, id: &str) -> Result<Value, CallError> {
        let mut request = ToolRequest::new(
            tool,
            json!({name: id}).as_object().cloned().unwrap_or_default(),
        );
        request.raw = true;
        Ok(self.call(request).await?.value())
    }
}

fn counter<'a>(subject: &'a str, metric: &'a str) -> Counter<'a> {
    Counter {
        subject,
        metric,
        span_ms: DAY,
    }
}
