//! Turns of the agent and their steps. A step's intent is kept before it runs, so that a crash leaves it open.

use crate::{
    Owned, StoreError, System, TenantScope,
    sql::{bare, record, sql, words},
};

words! {
    /// How far a turn is.
    pub enum TurnState {
        /// It is under way.
        Running = "running",
        /// It ended.
        Done = "done",
        /// It waits for a person.
        Waiting = "waiting",
        /// It was given up.
        Failed = "failed",
    }
}

words! {
    /// How far a step is.
    pub enum StepState {
        /// It was about to run; after a crash nobody knows whether it did.
        Open = "open",
        /// It ran.
        Done = "done",
        /// It failed and had no effect.
        Failed = "failed",
        /// It may have had an effect: read before doing anything again.
        Uncertain = "uncertain",
    }
}

record! {
    /// One run of the agent.
    pub struct Turn {
        /// Its id.
        pub id: String,
        /// The delivery that began it.
        pub delivery_id: Option<String>,
        /// The conversation.
        pub conversation_id: String,
        /// How far it is.
        pub state: TurnState,
        /// How it ended.
        pub outcome: Option<String>,
        /// When it began.
        pub created_at: i64,
        /// When it was last changed.
        pub updated_at: i64,
    }
}

record! {
    /// One step of a turn.
    pub struct Step {
        /// The turn.
        pub turn_id: String,
        /// Its place: 1, 2, 3, …
        pub ordinal: i64,
        /// What kind of step.
        pub kind: String,
        /// How far it is.
        pub state: StepState,
        /// What it is about to do, as JSON.
        pub intent: String,
        /// What came of it, as JSON.
        pub result: Option<String>,
        /// When it was written down.
        pub created_at: i64,
        /// When it ended.
        pub finished_at: Option<i64>,
    }
}

record! {
    /// A turn with what it planned, for reports.
    pub struct Planned {
        /// Its id.
        pub id: String,
        /// The delivery that began it.
        pub delivery_id: Option<String>,
        /// The conversation.
        pub conversation_id: String,
        /// How far it is.
        pub state: TurnState,
        /// How it ended.
        pub outcome: Option<String>,
        /// When it began.
        pub created_at: i64,
        /// What it decided, as JSON.
        pub plan: Option<String>,
        /// When its message to the customer was sent.
        pub replied_at: Option<i64>,
    }
}

macro_rules! turn {
    ($rest:literal) => {
        concat!(
            "SELECT id, delivery_id, conversation_id, state, outcome, created_at, updated_at FROM turns ",
            $rest
        )
    };
}
macro_rules! step {
    ($head:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $head,
            "turn_id, ordinal, kind, state, intent, result, created_at, finished_at FROM turn_steps ",
            $rest
        )
    };
}

impl TenantScope {
    /// Begins a turn.
    pub async fn create_turn(&self, turn: Turn) -> Result<(), StoreError> {
        let insert = sql(
            "INSERT INTO turns (tenant_id, id, delivery_id, conversation_id, state, outcome, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(turn.id)
        .bind(turn.delivery_id)
        .bind(turn.conversation_id)
        .bind(turn.state)
        .bind(turn.outcome)
        .bind(turn.created_at)
        .bind(turn.updated_at);
        self.run(insert)
            .await
            .map(drop)
            .map_err(|error| error.about("turn"))
    }

    /// Moves a turn to another state.
    pub async fn set_turn_state(
        &self,
        id: &str,
        state: TurnState,
        outcome: Option<&str>,
        now: i64,
    ) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE turns SET state = $3, outcome = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2",
        );
        let done = self
            .run(update.bind(id).bind(state).bind(outcome).bind(now))
            .await?;
        if done == 0 {
            Err(StoreError::NotFound { what: "turn" })
        } else {
            Ok(())
        }
    }

    /// One turn.
    pub async fn turn(&self, id: &str) -> Result<Turn, StoreError> {
        let found = self
            .one(sql(turn!("WHERE tenant_id = $1 AND id = $2")).bind(id))
            .await?;
        found.ok_or(StoreError::NotFound { what: "turn" })
    }

    /// Turns after that id, oldest first.
    pub async fn turns(&self, after: &str, limit: i64) -> Result<Vec<Turn>, StoreError> {
        let select = sql(turn!(
            "WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3"
        ));
        self.all(select.bind(after).bind(limit)).await
    }

    /// Turns that began in that time, oldest first, with their plans; go on with `after` the last one's id.
    pub async fn planned_turns(
        &self,
        (from, to): (i64, i64),
        after: &str,
        limit: i64,
    ) -> Result<Vec<Planned>, StoreError> {
        let select = sql(
            "SELECT t.id AS id, t.delivery_id AS delivery_id, t.conversation_id AS conversation_id, t.state AS state, \
             t.outcome AS outcome, t.created_at AS created_at, \
             (SELECT p.intent FROM turn_steps p WHERE p.tenant_id = t.tenant_id AND p.turn_id = t.id \
             AND p.kind = 'plan' ORDER BY p.ordinal LIMIT 1) AS plan, \
             (SELECT max(r.finished_at) FROM turn_steps r WHERE r.tenant_id = t.tenant_id AND r.turn_id = t.id \
             AND r.kind = 'reply' AND r.state = 'done') AS replied_at \
             FROM turns t WHERE t.tenant_id = $1 AND t.created_at >= $2 AND t.created_at < $3 AND t.id > $4 \
             ORDER BY t.id LIMIT $5",
        );
        self.all(select.bind(from).bind(to).bind(after).bind(limit))
            .await
    }

    /// The turns of a conversation, oldest first.
    pub async fn turns_of(&self, conversation: &str) -> Result<Vec<Turn>, StoreError> {
        let select = sql(turn!(
            "WHERE tenant_id = $1 AND conversation_id = $2 ORDER BY created_at, id"
        ));
        self.all(select.bind(conversation)).await
    }

    /// The last turn that a delivery began; a second worker goes on with it.
    pub async fn turn_of_delivery(&self, delivery: &str) -> Result<Option<Turn>, StoreError> {
        let select = sql(turn!(
            "WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY id DESC LIMIT 1"
        ));
        self.one(select.bind(delivery)).await
    }

    /// Writes down what a step is about to do; its place, when that is on disk.
    pub async fn begin_step(
        &self,
        turn: &str,
        kind: &str,
        intent: &str,
        now: i64,
    ) -> Result<i64, StoreError> {
        let insert = sql(
            "INSERT INTO turn_steps (tenant_id, turn_id, ordinal, kind, state, intent, created_at) \
             SELECT $1, $2, coalesce(max(ordinal), 0) + 1, $3, 'open', $4, $5 FROM turn_steps \
             WHERE tenant_id = $1 AND turn_id = $2 RETURNING ordinal",
        )
        .bind(turn)
        .bind(kind)
        .bind(intent)
        .bind(now);
        let ordinal = self.write(move |tx| Box::pin(tx.one(insert))).await;
        ordinal
            .map_err(|error| error.about("step"))?
            .ok_or(StoreError::NotFound { what: "step" })
    }

    /// Writes down how an open step ended.
    pub async fn finish_step(&self, step: &Step) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE turn_steps SET state = $4, result = $5, finished_at = $6 \
             WHERE tenant_id = $1 AND turn_id = $2 AND ordinal = $3 AND state = 'open'",
        )
        .bind(step.turn_id.as_str())
        .bind(step.ordinal)
        .bind(step.state)
        .bind(step.result.clone())
        .bind(step.finished_at);
        match self.run(update).await? {
            0 => Err(StoreError::Conflict { what: "step" }),
            _ => Ok(()),
        }
    }

    /// The steps of a turn, in order.
    pub async fn steps(&self, turn: &str) -> Result<Vec<Step>, StoreError> {
        let select = sql(step!(
            "",
            "WHERE tenant_id = $1 AND turn_id = $2 ORDER BY ordinal"
        ));
        self.all(select.bind(turn)).await
    }
}

impl System {
    /// Steps that were begun before that time and never ended: what a crash left behind.
    pub async fn open_steps(
        &self,
        before: i64,
        limit: i64,
    ) -> Result<Vec<Owned<Step>>, StoreError> {
        let select = bare(step!(
            "tenant_id, ",
            "WHERE state = 'open' AND created_at < $1 ORDER BY created_at, tenant_id, turn_id LIMIT $2"
        ));
        self.all(select.bind(before).bind(limit)).await
    }

    /// Plans that were fixed before that time and still hold words, of turns that are not under way.
    pub async fn worded_plans(
        &self,
        before: i64,
        limit: i64,
    ) -> Result<Vec<Owned<Step>>, StoreError> {
        let select = bare(step!(
            "tenant_id, ",
            "WHERE kind = 'plan' AND coalesce(result, '') <> 'wordless' AND created_at < $1 \
             AND NOT EXISTS (SELECT 1 FROM turns t WHERE t.tenant_id = turn_steps.tenant_id \
             AND t.id = turn_steps.turn_id AND t.state = 'running') ORDER BY created_at LIMIT $2"
        ));
        self.all(select.bind(before).bind(limit)).await
    }

    /// Keeps a plan without its words.
    pub async fn keep_wordless(&self, plan: &Owned<Step>, intent: &str) -> Result<(), StoreError> {
        let update = bare(
            "UPDATE turn_steps SET intent = $4, result = 'wordless' WHERE tenant_id = $1 AND turn_id = $2 AND ordinal = $3",
        );
        let row = &plan.row;
        let update = update.bind(plan.tenant.as_str()).bind(row.turn_id.as_str());
        self.run(update.bind(row.ordinal).bind(intent))
            .await
            .map(drop)
    }
}
