//! What the agent may do only when a person agreed. An approval is good for its very arguments, once, for a while.

use crate::{
    StoreError, TenantScope,
    sql::{record, sql, words},
};

words! {
    /// How far an approval is.
    pub enum ApprovalState {
        /// It waits for a person.
        Pending = "pending",
        /// A person agreed.
        Approved = "approved",
        /// A person did not.
        Rejected = "rejected",
        /// What it was for was begun: it is good for nothing else.
        Used = "used",
    }
}

record! {
    /// Something that waits for a person's word, or has it.
    pub struct Approval {
        /// Its id.
        pub id: String,
        /// The workspace that it is about.
        pub workspace_id: String,
        /// The tool that is to be called.
        pub tool: String,
        /// With which arguments, as JSON.
        pub arguments: String,
        /// The SHA-256 of tool and arguments, in hex.
        pub digest: String,
        /// What a person is told of it.
        pub about: String,
        /// The conversation that it comes from; empty where it comes from none.
        pub conversation_id: String,
        /// How far it is.
        pub state: ApprovalState,
        /// Who decided.
        pub decided_by: Option<String>,
        /// The delivery that used it.
        pub used_by: Option<String>,
        /// What came of it.
        pub outcome: Option<String>,
        /// When it was asked for.
        pub created_at: i64,
        /// When the question, or the person's word, loses its worth.
        pub expires_at: i64,
        /// When it was last changed.
        pub updated_at: i64,
    }
}

macro_rules! columns {
    () => {
        "id, workspace_id, tool, arguments, digest, about, conversation_id, state, decided_by, used_by, outcome, \
         created_at, expires_at, updated_at"
    };
}

/// The use of an approval.
#[derive(Clone, Copy, Debug)]
pub struct Use<'a> {
    /// The approval.
    pub id: &'a str,
    /// The digest of what is about to be done.
    pub digest: &'a str,
    /// The delivery that does it.
    pub by: &'a str,
}

impl TenantScope {
    /// Asks for a person's word; asked again under the same id, nothing changes.
    pub async fn ask_approval(&self, approval: Approval) -> Result<(), StoreError> {
        let insert = sql(concat!(
            "INSERT INTO approvals (tenant_id, ",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
             ON CONFLICT (tenant_id, id) DO NOTHING"
        ))
        .bind(approval.id)
        .bind(approval.workspace_id)
        .bind(approval.tool)
        .bind(approval.arguments)
        .bind(approval.digest)
        .bind(approval.about)
        .bind(approval.conversation_id)
        .bind(approval.state)
        .bind(approval.decided_by)
        .bind(approval.used_by)
        .bind(approval.outcome)
        .bind(approval.created_at)
        .bind(approval.expires_at)
        .bind(approval.updated_at);
        self.run(insert).await.map(drop)
    }

    /// One approval.
    pub async fn approval(&self, id: &str) -> Result<Approval, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM approvals WHERE tenant_id = $1 AND id = $2"
        ));
        let found = self.one(select.bind(id)).await?;
        found.ok_or(StoreError::NotFound { what: "approval" })
    }

    /// Approvals in that state, newest first; go on with `before` the last one's id.
    pub async fn approvals(
        &self,
        state: ApprovalState,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Approval>, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM approvals WHERE tenant_id = $1 AND state = $2 AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4"
        ));
        let select = select.bind(state).bind(before.unwrap_or_default());
        self.all(select.bind(limit)).await
    }

    /// A person's word on what still waits for one; an agreement is good until then.
    pub async fn decide_approval(
        &self,
        id: &str,
        state: ApprovalState,
        by: &str,
        (now, until): (i64, i64),
    ) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE approvals SET state = $3, decided_by = $4, updated_at = $5, expires_at = $6 \
             WHERE tenant_id = $1 AND id = $2 AND state = 'pending' AND expires_at > $5",
        );
        let update = update.bind(id).bind(state).bind(by).bind(now).bind(until);
        touched(self.run(update).await?)
    }

    /// Uses it up, for the arguments that it was given for and no others; fails when it was used, has run out, or was not
    /// given.
    pub async fn use_approval(&self, wanted: Use<'_>, now: i64) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE approvals SET state = 'used', used_by = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2 \
             AND digest = $3 AND state = 'approved' AND expires_at > $5",
        );
        let update = update.bind(wanted.id).bind(wanted.digest).bind(wanted.by);
        touched(self.run(update.bind(now)).await?)
    }

    /// Writes down what came of it.
    pub async fn close_approval(
        &self,
        id: &str,
        outcome: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE approvals SET outcome = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2 AND outcome IS NULL",
        );
        let update = update.bind(id).bind(outcome).bind(now);
        self.run(update).await.map(drop)
    }
}

/// A row that is not as it must be was used, has run out, was decided, or is another's.
fn touched(rows: u64) -> Result<(), StoreError> {
    match rows {
        0 => Err(StoreError::Conflict { what: "approval" }),
        _ => Ok(()),
    }
}
