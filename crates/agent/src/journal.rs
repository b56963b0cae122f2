//! A turn on record: its plan before anything is done, and each step before it is done.
//!
//! After a crash the steps tell how far it came. A step that was begun and not ended may have had its effect: the
//! conversation is read again, and only what certainly did not happen is done once more.

use crate::act::{Act, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Step, StepState, StoreError, TenantScope, Turn, TurnState};

/// What a turn decided to do, fixed before the first of it is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Whom it may touch.
    pub target: Target,
    /// The last line of the conversation when it was made.
    pub since: String,
    /// What to do, in order.
    pub acts: Vec<Act>,
    /// How the turn ends: `answered`, `drafted`, `offered` or `escalated`.
    pub outcome: String,
    /// What is kept for reports: no words of anybody.
    pub record: Value,
}

/// How far an act is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It was not begun, or certainly had no effect.
    Todo,
    /// It was begun, and nobody knows.
    Open(i64),
    /// It is done, or was refused for good.
    Settled,
}

/// The kind of the step that holds the plan.
const PLAN: &str = "plan";

/// The record of one turn.
pub struct Journal<'a> {
    scope: &'a TenantScope,
    turn: Turn,
    steps: Vec<Step>,
}

impl<'a> Journal<'a> {
    /// The turn that a delivery began; a new one where there is none. One that has ended counts only when the delivery
    /// is taken up again after a crash, and not when a person replays it.
    pub async fn open(
        scope: &'a TenantScope,
        delivery: &str,
        conversation: &str,
        again: bool,
    ) -> Result<Self, StoreError> {
        let now = store::now();
        let found = scope.turn_of_delivery(delivery).await?;
        let found = found.filter(|turn| again || turn.state == TurnState::Running);
        let (turn, steps) = if let Some(turn) = found {
            let steps = scope.steps(&turn.id).await?;
            (turn, steps)
        } else {
            let turn = Turn {
                id: store::new_id(),
                delivery_id: Some(delivery.to_owned()),
                conversation_id: conversation.to_owned(),
                state: TurnState::Running,
                outcome: None,
                created_at: now,
                updated_at: now,
            };
            scope.create_turn(turn.clone()).await?;
            (turn, Vec::new())
        };
        Ok(Self { scope, turn, steps })
    }

    /// The turn.
    pub fn turn(&self) -> &Turn {
        &self.turn
    }

    /// What was decided, if it was.
    pub fn plan(&self) -> Option<Plan> {
        let step = self.steps.iter().find(|step| step.kind == PLAN)?;
        serde_json::from_str(&step.intent).ok()
    }

    /// Keeps what was decided; from here on the turn is never thought over again.
    pub async fn fix(&mut self, plan: &Plan) -> Result<(), StoreError> {
        let intent = serde_json::to_string(plan).unwrap_or_default();
        self.begin(PLAN, intent).await?;
        self.end(PLAN, StepState::Done, &Value::Null).await
    }

    /// How far the act of that number is.
    pub fn progress(&self, act: usize) -> Progress {
        match self.last(&intent(act)) {
            None => Progress::Todo,
            Some(step) => match step.state {
                StepState::Open => Progress::Open(step.created_at),
                StepState::Failed if is_passing(step) => Progress::Todo,
                StepState::Done | StepState::Failed | StepState::Uncertain => Progress::Settled,
            },
        }
    }

    /// Whether the act was refused for good.
    pub fn failed(&self, act: usize) -> bool {
        self.last(&intent(act))
            .is_some_and(|step| step.state == StepState::Failed && !is_passing(step))
    }

    /// Whether nobody could tell what became of a step.
    pub fn is_uncertain(&self) -> bool {
        self.steps
            .iter()
            .any(|step| step.state == StepState::Uncertain)
    }

    /// Writes down that an act is about to be done; it is on disk when this returns.
    pub async fn begin_act(&mut self, number: usize, act: &Act) -> Result<(), StoreError> {
        self.begin(act.kind(), intent(number)).await
    }

    /// Writes down how an act ended.
    pub async fn end_act(
        &mut self,
        number: usize,
        state: StepState,
        result: Value,
    ) -> Result<(), StoreError> {
        self.end(&intent(number), state, &result).await
    }

    /// Writes down that an act had no effect and may be tried again.
    pub async fn retract_act(&mut self, number: usize, why: &str) -> Result<(), StoreError> {
        self.end_act(
            number,
            StepState::Failed,
            json!({"passing": true, "why": why}),
        )
        .await
    }

    /// Ends the turn.
    pub async fn finish(&mut self, state: TurnState, outcome: &str) -> Result<(), StoreError> {
        self.scope
            .set_turn_state(&self.turn.id, state, Some(outcome), store::now())
            .await?;
        self.turn.state = state;
        self.turn.outcome = Some(outcome.to_owned());
        Ok(())
    }

    async fn begin(&mut self, kind: &str, intent: String) -> Result<(), StoreError> {
        let now = store::now();
        let ordinal = self
            .scope
            .begin_step(&self.turn.id, kind, &intent, now)
            .await?;
        self.steps.push(Step {
            turn_id: self.turn.id.clone(),
            ordinal,
            kind: kind.to_owned(),
            state: StepState::Open,
            intent,
            result: None,
            created_at: now,
            finished_at: None,
        });
        Ok(())
    }

    async fn end(
        &mut self,
        what: &str,
        state: StepState,
        result: &Value,
    ) -> Result<(), StoreError> {
        let open = |step: &&mut Step| {
            step.state == StepState::Open && (step.intent == what || step.kind == what)
        };
        let Some(step) = self.steps.iter_mut().rev().find(open) else {
            return Err(StoreError::NotFound { what: "open step" });
        };
        step.state = state;
        step.result = Some(result.to_string());
        step.finished_at = Some(store::now());
        self.scope.finish_step(step).await
    }

    fn last(&self, intent: &str) -> Option<&Step> {
        self.steps.iter().rfind(|step| step.intent == intent)
    }
}

/// What is kept of a plan when its words go: the figures, for reports.
pub fn wordless(plan: &str) -> String {
    let plan = serde_json::from_str::<Plan>(plan).map(|plan| Plan {
        acts: Vec::new(),
        ..plan
    });
    plan.and_then(|plan| serde_json::to_string(&plan))
        .unwrap_or_default()
}

fn intent(act: usize) -> String {
    json!({"act": act}).to_string()
}

fn is_passing(step: &Step) -> bool {
    let result = step
        .result
        .as_deref()
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    result.is_some_and(|result| result["passing"] == true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::Html;

    #[test]
    fn what_is_kept_of_a_plan_are_figures() {
        let plan = Plan {
            target: Target::conversation("123"),
            since: "7".into(),
            acts: vec![Act::Note(Html::new()), Act::Tag("billing".into())],
            outcome: "answered".into(),
            record: json!({"waited_ms": 9}),
        };
        let kept = wordless(&serde_json::to_string(&plan).unwrap());
        let kept: Plan = serde_json::from_str(&kept).unwrap();
        let acts = Vec::new();
        assert_eq!(kept, Plan { acts, ..plan });
        assert_eq!(wordless("no plan"), "");
    }
}
