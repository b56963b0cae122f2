//! One turn: from a customer's words to an answer, or to a human. Read this second, after the gateway's `call.rs`.
//!
//! ```text
//! read the conversation -> silent? -> Mind::read -> decide -> find -> Mind::compose -> Plan   (thinking: no effect)
//! fix the plan          -> for each act: on record, done, on record                           (acting: no thought)
//! ```
//!
//! Between the two nothing but the plan crosses, and the tools of a turn are bound to its conversation and contact. Who
//! writes more while the agent thinks is heard: it reads again. After a crash a fixed plan goes on where it stopped.

use crate::act::{Act, Asked, Effect, Target};
use crate::approval::{self, Question};
use crate::conversation::{Conversation, Silence};
use crate::desk::{Desk, Hands};
use crate::digest;
use crate::journal::{Journal, Plan, Progress};
use crate::lease::Lease;
use crate::news::News;
use crate::settings::ESCALATED;
use crate::think;
use gateway::{CallError, Certainty};
use serde_json::{Value, json};
use std::time::Duration;
use store::{StepState, StoreError, TurnState};

/// How often a turn begins again because somebody wrote meanwhile.
const RESTARTS: usize = 5;
/// How many answers to one act may be lost before nobody goes on.
const LOST: usize = 3;

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// In a word, such as `answered`, `escalated` or `human_present`.
    pub outcome: String,
    /// Deliveries that waited, and were taken in.
    pub covered: Vec<String>,
}

/// Why a turn stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// Try again later.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Try again later.
    #[error("a call failed ({:?})", .0.kind())]
    Call(#[source] CallError),
    /// Mend the model.
    #[error("no model can be used")]
    Model(#[from] crate::AgentError),
    /// Do nothing: another worker has it.
    #[error("another worker goes on with it")]
    Lost,
    /// Do nothing: the conversation is no more.
    #[error("the conversation does not exist any more")]
    Gone,
}

/// Runs a turn, or goes on with the one that this delivery began before a crash.
pub async fn run(
    desk: &Desk,
    lease: &Lease,
    target: &Target,
    again: bool,
) -> Result<Ended, TurnError> {
    let conversation = target.conversation.as_str();
    let mut journal = Journal::open(&desk.scope, lease.delivery(), conversation, again).await?;
    let mut news = News::new(desk, conversation);
    let ended = |outcome: &str, news: News<'_>| {
        Ok(Ended {
            outcome: outcome.to_owned(),
            covered: news.covered(),
        })
    };
    if journal.turn().state != TurnState::Running {
        let outcome = journal.turn().outcome.clone().unwrap_or_default();
        return ended(&outcome, news);
    }
    let plan = match journal.plan() {
        Some(plan) => plan,
        None => match plan(desk, &mut news, target).await? {
            Err(silence) => {
                journal.finish(TurnState::Done, silence.word()).await?;
                return ended(silence.word(), news);
            }
            Ok(plan) => {
                journal.fix(&plan).await?;
                plan
            }
        },
    };
    let outcome = carry_out(desk, lease, &mut journal, &plan).await?;
    ended(&outcome, news)
}

/// Thinks, and again when somebody wrote meanwhile. Nothing is changed.
async fn plan(
    desk: &Desk,
    news: &mut News<'_>,
    target: &Target,
) -> Result<Result<Plan, Silence>, TurnError> {
    let hands = desk.hands(target);
    let mut restarts = 0;
    loop {
        news.gather().await?;
        let read = think::read(desk, &hands, target, news.messages()).await?;
        let silence = if target.ticket {
            read.conversation.noted()
        } else {
            read.conversation.silence(&desk.own)
        };
        if let Some(silence) = silence {
            return Ok(Err(silence));
        }
        let plan = think::decide(desk, &read, restarts).await?;
        if restarts == RESTARTS || !news.gather().await? {
            return Ok(Ok(plan));
        }
        restarts += 1;
    }
}

/// Does what was decided, each act once. What nobody can tell, and a message that could not be sent, is a human's.
pub(crate) async fn carry_out(
    desk: &Desk,
    lease: &Lease,
    journal: &mut Journal<'_>,
    plan: &Plan,
) -> Result<String, TurnError> {
    let mut doing = Doing {
        hands: desk.hands(&plan.target),
        desk,
        lease,
        journal,
        plan,
    };
    for (number, act) in plan.acts.iter().enumerate() {
        doing.act(number, act).await?;
    }
    let spoken = |act: &Act| matches!(act, Act::Reply(_));
    let message = plan.acts.iter().position(spoken);
    let unsent = message.is_some_and(|number| doing.journal.failed(number));
    let unclear = doing.journal.is_uncertain();
    if unclear || unsent {
        let mut acts = vec![Act::Note(digest::unclear()), Act::Tag(ESCALATED.into())];
        acts.extend(
            desk.settings
                .team("default")
                .map(|team| Act::Assign(team.to_owned())),
        );
        for (number, act) in (plan.acts.len()..).zip(&acts) {
            doing.act(number, act).await?;
        }
    }
    let (state, outcome) = match (unclear, unsent) {
        (true, _) => (TurnState::Waiting, "uncertain"),
        (false, true) => (TurnState::Failed, "not_sent"),
        (false, false) => (TurnState::Done, plan.outcome.as_str()),
    };
    journal.finish(state, outcome).await?;
    Ok(outcome.to_owned())
}

/// The acting half at work.
struct Doing<'a, 'j, 's> {
    hands: Hands<'a>,
    desk: &'a Desk,
    lease: &'a Lease,
    journal: &'j mut Journal<'s>,
    plan: &'a Plan,
}

impl Doing<'_, '_, '_> {
    /// Sees to it that an act is done, and not twice.
    async fn act(&mut self, number: usize, act: &Act) -> Result<(), TurnError> {
        let mut lost = 0;
        loop {
            match self.journal.progress(number) {
                Progress::Settled => return Ok(()),
                Progress::Open(since) => self.look(number, act, since, lost).await?,
                Progress::Todo => {
                    self.attempt(number, act).await?;
                    lost += 1;
                }
            }
        }
    }

    /// Writes down what is about to be done, and does it.
    async fn attempt(&mut self, number: usize, act: &Act) -> Result<(), TurnError> {
        self.lease.hold().await?;
        self.journal.begin_act(number, act).await?;
        if let Act::Ask(asked) = act {
            self.ask(asked).await?;
            let done = self.journal.end_act(number, StepState::Done, Value::Null);
            return Ok(done.await?);
        }
        let Some(request) = act.request(&self.plan.target) else {
            let result = json!({"why": "nobody to do it to"});
            return Ok(self
                .journal
                .end_act(number, StepState::Failed, result)
                .await?);
        };
        let error = match self.hands.call(request).await {
            Ok(_) => {
                let done = self.journal.end_act(number, StepState::Done, Value::Null);
                return Ok(done.await?);
            }
            // It stays open: the conversation is to tell.
            Err(error) if error.certainty() == Certainty::MaybeDone => return Ok(()),
            Err(error) => error,
        };
        let why = format!("{:?}", error.kind());
        if error.is_for_later() {
            self.journal.retract_act(number, &why).await?;
            return Err(TurnError::Call(error));
        }
        tracing::warn!(
            act = act.kind(),
            kind = why,
            "an act of the agent was refused"
        );
        let result = json!({"why": why});
        Ok(self
            .journal
            .end_act(number, StepState::Failed, result)
            .await?)
    }

    /// Asks for a person's word; asked once more, nothing changes.
    async fn ask(&self, asked: &Asked) -> Result<(), StoreError> {
        let question = Question {
            id: &asked.id,
            workspace: &self.desk.workspace,
            conversation: &self.plan.target.conversation,
            tool: &asked.tool,
            arguments: &Value::Object(asked.arguments.clone()),
            about: "what a customer asked for, in the conversation",
        };
        approval::ask(&self.desk.scope, &question).await
    }

    /// Reads the conversation again to learn whether a begun act was done; `lost` answers were waited for in vain.
    async fn look(
        &mut self,
        number: usize,
        act: &Act,
        since: i64,
        lost: usize,
    ) -> Result<(), TurnError> {
        if cfg!(feature = "mutant-blind") {
            return Ok(self.journal.retract_act(number, "nobody looked").await?);
        }
        // What was on its way when the connection broke may still arrive.
        let settled = since + self.desk.settings.settle_ms - store::now();
        if let Ok(wait @ 1..) = u64::try_from(settled) {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        let target = &self.plan.target;
        let (tool, name) = target.reader();
        let raw = self.hands.read(tool, name, &target.conversation);
        let raw = raw.await.map_err(missing)?;
        let conversation = Conversation::read(&raw, &self.desk.own);
        let effect = match act.effect(&conversation, &self.plan.since) {
            Effect::Absent if lost >= LOST => Effect::Unclear,
            effect => effect,
        };
        let found = json!({"read_again": true});
        match effect {
            Effect::Happened => self.journal.end_act(number, StepState::Done, found).await?,
            Effect::Absent => {
                self.journal
                    .retract_act(number, "it had not happened")
                    .await?;
            }
            Effect::Unclear => {
                self.journal
                    .end_act(number, StepState::Uncertain, found)
                    .await?;
            }
        }
        Ok(())
    }
}

/// A conversation that is not there is gone; everything else may pass.
pub(crate) fn missing(error: CallError) -> TurnError {
    match error {
        CallError::NotFound { .. } => TurnError::Gone,
        error => TurnError::Call(error),
    }
}
