//! What only a person may allow: actions such as refunds and changes of accounts, and messages that the agent begins.
//!
//! Asking writes down the call with its digest. A person's yes is good for that very call, once, for 15 minutes; it goes
//! into the queue like a webhook, so that it is carried out by one worker, in its conversation's turn, and never again
//! after a crash.

use crate::act::{Act, Target};
use crate::desk::Desk;
use crate::event::own_delivery;
use crate::lease::Lease;
use crate::reach;
use crate::safety::{Domains, Html};
use crate::turn::TurnError;
use gateway::{Allowed, Bound, CallError, Certainty, Confirmation, ToolRequest};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use store::{Approval, ApprovalState, StoreError, TenantScope, Use};

/// The topic of its deliveries.
pub(crate) const TOPIC: &str = "frontdesk.approval";
/// How long a person's yes is good, in milliseconds.
pub const GOOD_MS: i64 = 15 * 60_000;
/// How long a question waits for an answer, in milliseconds.
pub const ASKED_MS: i64 = 24 * 3_600_000;

/// What is asked.
pub struct Question<'a> {
    /// Its id.
    pub id: &'a str,
    /// The workspace.
    pub workspace: &'a str,
    /// The conversation that it comes from; empty where it comes from none.
    pub conversation: &'a str,
    /// The tool that is to be called.
    pub tool: &'a str,
    /// With which arguments.
    pub arguments: &'a Value,
    /// What a person is told.
    pub about: &'a str,
}

/// By what a call is known: its tool and its arguments, as they are written down.
pub fn digest(tool: &str, arguments: &str) -> String {
    let mut digest = Sha256::new();
    for part in [tool, arguments] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let mut hex = String::with_capacity(64);
    for byte in digest.finalize() {
        // Writing to a String does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Asks for a person's word; asked again under the same id, nothing changes.
pub async fn ask(scope: &TenantScope, question: &Question<'_>) -> Result<(), StoreError> {
    let now = store::now();
    let arguments = question.arguments.to_string();
    let approval = Approval {
        id: question.id.to_owned(),
        workspace_id: question.workspace.to_owned(),
        tool: question.tool.to_owned(),
        digest: digest(question.tool, &arguments),
        arguments,
        about: question.about.to_owned(),
        conversation_id: question.conversation.to_owned(),
        state: ApprovalState::Pending,
        decided_by: None,
        used_by: None,
        outcome: None,
        created_at: now,
        expires_at: now + ASKED_MS,
        updated_at: now,
    };
    scope.ask_approval(approval).await
}

/// A person's yes: from now on it waits in the queue. Said again while it is good, it changes nothing.
pub async fn approve(scope: &TenantScope, id: &str, by: &str) -> Result<(), StoreError> {
    let now = store::now();
    let times = (now, now + GOOD_MS);
    let decided = scope.decide_approval(id, ApprovalState::Approved, by, times);
    let decided = decided.await;
    let approval = scope.approval(id).await?;
    let stands = approval.state == ApprovalState::Approved && approval.expires_at > now;
    if !stands {
        return decided;
    }
    let item = json!({"id": id});
    let delivery = own_delivery(
        &approval.workspace_id,
        (TOPIC, &format!("approval:{id}")),
        &approval.conversation_id,
        &item,
    );
    scope.receive(delivery).await.map(drop)
}

/// A person's no.
pub async fn reject(scope: &TenantScope, id: &str, by: &str) -> Result<(), StoreError> {
    let now = store::now();
    scope.approval(id).await?;
    scope
        .decide_approval(id, ApprovalState::Rejected, by, (now, now))
        .await
}

/// Does what a person allowed, once. What was begun before a crash is not begun again: nobody knows how far it came.
pub(crate) async fn carry_out(desk: &Desk, lease: &Lease, id: &str) -> Result<(), TurnError> {
    let approval = match desk.scope.approval(id).await {
        Ok(approval) if approval.outcome.is_none() => approval,
        Ok(_) | Err(StoreError::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    lease.hold().await?;
    let begun = approval.used_by.as_deref() == Some(lease.delivery());
    if !begun && !takes(desk, lease, &approval).await? {
        return Ok(());
    }
    let outcome = if approval.tool == reach::TOOL {
        reach::begin(desk, &approval).await?;
        "begun".to_owned()
    } else if begun {
        "uncertain".to_owned()
    } else {
        call(desk, &approval).await
    };
    tell(desk, &approval, &outcome).await;
    let closed = desk.scope.close_approval(id, &outcome, store::now());
    Ok(closed.await?)
}

/// Uses the approval for the call that is written down; whether it is good for that.
async fn takes(desk: &Desk, lease: &Lease, approval: &Approval) -> Result<bool, StoreError> {
    let wanted = Use {
        id: &approval.id,
        digest: &digest(&approval.tool, &approval.arguments),
        by: lease.delivery(),
    };
    match desk.scope.use_approval(wanted, store::now()).await {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict { .. }) => {
            tracing::warn!(
                approval = approval.id,
                "an approval has run out, or is not for this"
            );
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Calls the tool with the arguments that were allowed, and with no others.
async fn call(desk: &Desk, approval: &Approval) -> String {
    let arguments: Map<String, Value> =
        serde_json::from_str(&approval.arguments).unwrap_or_default();
    let texts = arguments.iter().map(|(name, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.as_str(), Allowed::only(text))
    });
    let bound = texts.fold(Bound::default().allow(&approval.tool, []), |bound, one| {
        bound.allow(&approval.tool, [one])
    });
    let mut request = ToolRequest::new(&approval.tool, arguments.clone());
    request.confirmation = Confirmation::Given;
    match desk.hands_bound(bound).call(request).await {
        Ok(_) => "done".into(),
        Err(error) if error.certainty() == Certainty::MaybeDone => "uncertain".into(),
        Err(error) => format!("failed: {}", why(&error)),
    }
}

fn why(error: &CallError) -> &'static str {
    error.kind().as_str()
}

/// Tells the team in the conversation. The record holds it, too: a note that is lost costs nothing.
async fn tell(desk: &Desk, approval: &Approval, outcome: &str) {
    if approval.conversation_id.is_empty() {
        return;
    }
    let by = approval.decided_by.as_deref().unwrap_or("a person");
    let text = match outcome {
        "done" => format!("{by} approved it, and it was done"),
        "uncertain" => format!("{by} approved it; whether it was done is not certain: please look"),
        other => format!("{by} approved it; {other}"),
    };
    let html = Html::new().fact(&approval.tool, &text, &Domains::default());
    let target = Target::conversation(&approval.conversation_id);
    let note = Act::Note(html).request(&target);
    let Some(request) = note else { return };
    if let Err(error) = desk.hands(&target).call(request).await {
        tracing::warn!(approval = approval.id, kind = ?error.kind(), "nobody was told of an approval");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_of_the_whole_call() {
        let one = digest("refund", r#"{"order":"7"}"#);
        assert_eq!(one, digest("refund", r#"{"order":"7"}"#));
        assert_eq!(one.len(), 64);
        for (tool, arguments) in [
            ("refund", r#"{"order":"8"}"#),
            ("refun", r#"d{"order":"7"}"#),
            ("refunds", r#"{"order":"7"}"#),
        ] {
            assert_ne!(one, digest(tool, arguments));
        }
    }
}
