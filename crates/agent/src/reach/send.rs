//! One message of an approved batch: asked again whether it still fits, and then sent once.

use super::{DAY, Message, TOOL, hours, messages, unwilling};
use crate::act::{Act, Target};
use crate::approval;
use crate::conversation::Conversation;
use crate::desk::{Desk, Hands};
use crate::digest;
use crate::event::moment;
use crate::journal::{Journal, Plan};
use crate::lease::Lease;
use crate::settings::Mode;
use crate::turn::{self, TurnError, missing};
use serde_json::{Value, json};
use store::{Approval, ApprovalState, Counter, OutreachState, StoreError, TurnState};

/// What becomes of a message.
enum Next {
    Go,
    /// Not before that time.
    Later(i64),
    Skip(&'static str),
}

/// Sends a message; none when it is dealt with, else when to try again.
pub(crate) async fn send(
    desk: &Desk,
    lease: &Lease,
    (id, contact): (&str, &str),
    again: bool,
) -> Result<Option<i64>, TurnError> {
    let Some((approval, message)) = agreed(desk, id, contact).await? else {
        return Ok(None);
    };
    let conversation = message.conversation.as_str();
    let mut journal = Journal::open(&desk.scope, lease.delivery(), conversation, again).await?;
    if journal.turn().state != TurnState::Running {
        return Ok(None);
    }
    if journal.plan().is_none() {
        match fits(desk, &message).await? {
            Next::Later(at) => return Ok(Some(at)),
            Next::Skip(why) => return skip(desk, &mut journal, (&approval, contact), why).await,
            Next::Go => journal.fix(&plan(desk, &message)).await?,
        }
    }
    match take(desk, &approval, contact).await? {
        Next::Go => {}
        Next::Later(at) => return Ok(Some(at)),
        Next::Skip(why) => return skip(desk, &mut journal, (&approval, contact), why).await,
    }
    let Some(plan) = journal.plan() else {
        return Ok(None);
    };
    let outcome = turn::carry_out(desk, lease, &mut journal, &plan).await?;
    let end = match outcome.as_str() {
        "reached" => (OutreachState::Sent, None),
        "not_sent" => (OutreachState::Skipped, Some("not_sent")),
        _ => (OutreachState::Sent, Some("uncertain")),
    };
    let closed = desk.scope.close_outreach(id, contact, end, store::now());
    closed.await?;
    Ok(None)
}

/// The message, where a person agreed to its batch, and to these very words.
async fn agreed(
    desk: &Desk,
    id: &str,
    contact: &str,
) -> Result<Option<(Approval, Message)>, StoreError> {
    let approval = match desk.scope.approval(id).await {
        Ok(approval) => approval,
        Err(StoreError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let same = approval::digest(TOOL, &approval.arguments) == approval.digest;
    if approval.tool != TOOL || approval.state != ApprovalState::Used || !same {
        return Ok(None);
    }
    let theirs = messages(&approval)
        .into_iter()
        .find(|one| one.contact == contact);
    Ok(theirs.map(|message| (approval, message)))
}

fn target(message: &Message) -> Target {
    Target {
        contact: Some(message.contact.clone()),
        ..Target::conversation(&message.conversation)
    }
}

/// In `draft` customers hear nothing of the agent: a human may send it.
fn plan(desk: &Desk, message: &Message) -> Plan {
    let act = match desk.settings.mode {
        Mode::Draft | Mode::Off => Act::Note(digest::draft(&message.body)),
        Mode::Suggest | Mode::Auto => Act::Reply(message.body.clone()),
    };
    Plan {
        target: target(message),
        since: message.since.clone(),
        acts: vec![act],
        outcome: "reached".into(),
        record: json!({"reason": "reach", "mode": desk.settings.mode.word()}),
    }
}

/// Whether it still fits: the hour, the contact's wish, and that nothing has moved since it was written.
async fn fits(desk: &Desk, message: &Message) -> Result<Next, TurnError> {
    let now = store::now();
    if let Some(at) = hours(&desk.settings).and_then(|hours| hours.wait_until(now)) {
        return Ok(Next::Later(at));
    }
    let target = target(message);
    let hands = desk.hands(&target);
    let contact = match hands
        .read("get_contact", "contact_id", &message.contact)
        .await
    {
        Ok(contact) => contact,
        Err(gateway::CallError::NotFound { .. }) => return Ok(Next::Skip("gone")),
        Err(error) => return Err(TurnError::Call(error)),
    };
    if let Some(why) = unwilling(&contact) {
        return Ok(Next::Skip(why));
    }
    let cutoff = now - desk.settings.reach.after_days * DAY;
    if contact
        .get("last_seen_at")
        .and_then(moment)
        .is_some_and(|seen| seen * 1000 > cutoff)
    {
        return Ok(Next::Skip("seen_again"));
    }
    moved(desk, &hands, message, &target).await
}

async fn moved(
    desk: &Desk,
    hands: &Hands<'_>,
    message: &Message,
    target: &Target,
) -> Result<Next, TurnError> {
    let (tool, name) = target.reader();
    let raw: Value = match hands
        .read(tool, name, &target.conversation)
        .await
        .map_err(missing)
    {
        Ok(raw) => raw,
        Err(TurnError::Gone) => return Ok(Next::Skip("gone")),
        Err(error) => return Err(error),
    };
    let conversation = Conversation::read(&raw, &desk.own);
    if conversation.closed {
        return Ok(Next::Skip("closed"));
    }
    let last = conversation.lines.last().map(|line| line.id.as_str());
    Ok(if last == Some(message.since.as_str()) {
        Next::Go
    } else {
        Next::Skip("moved_on")
    })
}

/// Takes it out of the plan, within the day's budget and unless somebody else wrote to the contact meanwhile.
async fn take(desk: &Desk, approval: &Approval, contact: &str) -> Result<Next, StoreError> {
    let rows = desk.scope.outreach(&approval.id).await?;
    let state = rows
        .iter()
        .find(|row| row.contact_id == contact)
        .map(|row| row.state);
    match state {
        Some(OutreachState::Planned) => {}
        // It was taken before a crash.
        Some(OutreachState::Sending | OutreachState::Sent) => return Ok(Next::Go),
        Some(OutreachState::Skipped) | None => return Ok(Next::Skip("not_planned")),
    }
    let now = store::now();
    let counter = Counter {
        subject: "agent",
        metric: "reached",
        span_ms: DAY,
    };
    let spent = desk.scope.spend(counter, 1, desk.settings.reach.daily, now);
    if spent.await?.is_none() {
        return Ok(Next::Later(now - now.rem_euclid(DAY) + DAY));
    }
    let since = now - desk.settings.reach.cap_days * DAY;
    let taken = desk
        .scope
        .take_outreach(&approval.id, contact, (now, since));
    Ok(if taken.await? {
        Next::Go
    } else {
        Next::Skip("reached_lately")
    })
}

async fn skip(
    desk: &Desk,
    journal: &mut Journal<'_>,
    (approval, contact): (&Approval, &str),
    why: &'static str,
) -> Result<Option<i64>, TurnError> {
    let end = (OutreachState::Skipped, Some(why));
    let closed = desk
        .scope
        .close_outreach(&approval.id, contact, end, store::now());
    closed.await?;
    journal.finish(TurnState::Done, why).await?;
    Ok(None)
}
