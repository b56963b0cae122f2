//! Writing first: customers who were not seen for a while and whose conversation is still open are found, ranked, and
//! written to, when a person agreed to the batch.
//!
//! ```text
//! find (who, and who not and why) -> write (a message each; nothing is sent) -> propose (a batch waits for a person)
//! approved -> begin (each message into the queue) -> send (asked again whether it still fits, then once)
//! ```

mod find;
mod send;
mod write;

pub use find::{Candidate, Found, find};
pub(crate) use send::send;
pub use write::{Message, write};

use crate::approval::{self, Question};
use crate::desk::Desk;
use crate::event::own_delivery;
use crate::hours::Hours;
use crate::settings::Settings;
use crate::turn::TurnError;
use gateway::CallError;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::{Approval, DAY, Outreach, OutreachState, StoreError};

/// What a batch is approved as.
pub const TOOL: &str = "reach_out";
/// The topic of its deliveries.
pub(crate) const TOPIC: &str = "frontdesk.reach";

/// How the agent writes first.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Days without a visit after which somebody is written to.
    pub after_days: i64,
    /// A further search of contacts that must fit, in Intercom's search language.
    pub query: Option<Value>,
    /// The message; `{name}` and `{topic}` are filled in.
    pub message: String,
    /// When messages may go out; those of the humans, where it is not said, and else at any hour.
    pub hours: Option<Hours>,
    /// Days before the same contact is written to again.
    pub cap_days: i64,
    /// Messages of a day.
    pub daily: i64,
    /// Whether a person must agree to each batch.
    pub approval: bool,
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            after_days: 7,
            query: None,
            message: "Hi {name}, we have not heard from you for a while, and your conversation “{topic}” is still open \
                      here. Did you find what you needed? Just reply to this message, and we go on from there."
                .into(),
            hours: None,
            cap_days: 14,
            daily: 50,
            approval: true,
        }
    }
}

/// What would be sent, or will be.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Batch {
    /// The messages, the most pressing first.
    pub messages: Vec<Message>,
    /// Who is not written to, counted by reason.
    pub skipped: BTreeMap<String, usize>,
}

/// Finds, ranks and writes; nothing is changed anywhere.
pub async fn draft(desk: &Desk, limit: usize) -> Result<Batch, TurnError> {
    let found = find(desk, limit).await?;
    write(desk, found).await
}

/// Has the batch wait for a person; sent at once where none needs to agree. The approval's id.
pub async fn propose(desk: &Desk, batch: &Batch) -> Result<String, StoreError> {
    let id = store::new_id();
    let now = store::now();
    let plan = |message: &Message| Outreach {
        approval_id: id.clone(),
        contact_id: message.contact.clone(),
        conversation_id: message.conversation.clone(),
        state: OutreachState::Planned,
        reason: None,
        created_at: now,
        updated_at: now,
    };
    let planned = batch.messages.iter().map(plan).collect();
    desk.scope.plan_outreach(planned).await?;
    let question = Question {
        id: &id,
        workspace: &desk.workspace,
        conversation: "",
        tool: TOOL,
        arguments: &json!({"messages": batch.messages}),
        about: &format!("write to {} customers", batch.messages.len()),
    };
    approval::ask(&desk.scope, &question).await?;
    if !desk.settings.reach.approval {
        approval::approve(&desk.scope, &id, "agent.reach_approval").await?;
    }
    Ok(id)
}

/// Puts each message of an approved batch into the queue; done again, it changes nothing.
pub(crate) async fn begin(desk: &Desk, approval: &Approval) -> Result<(), StoreError> {
    for message in messages(approval) {
        let name = format!("reach:{}:{}", approval.id, message.contact);
        let item = json!({"approval": approval.id, "contact": message.contact});
        let delivery = own_delivery(
            &desk.workspace,
            (TOPIC, &name),
            &message.conversation,
            &item,
        );
        desk.scope.receive(delivery).await?;
    }
    Ok(())
}

/// The messages that a person saw.
fn messages(approval: &Approval) -> Vec<Message> {
    let arguments: Value = serde_json::from_str(&approval.arguments).unwrap_or_default();
    serde_json::from_value(arguments["messages"].clone()).unwrap_or_default()
}

/// When messages may go out.
fn hours(settings: &Settings) -> Option<&Hours> {
    settings.reach.hours.as_ref().or(settings.hours.as_ref())
}

/// Why a contact is not to be written to, as the contact itself tells.
fn unwilling(contact: &Value) -> Option<&'static str> {
    let set = |name: &str| contact.get(name) == Some(&Value::Bool(true));
    if set("unsubscribed_from_emails") || set("marked_email_as_spam") {
        return Some("opted_out");
    }
    set("has_hard_bounced").then_some("unreachable")
}

/// A conversation that is not there any more is no failure of the whole.
fn failed(error: CallError) -> TurnError {
    TurnError::Call(error)
}
