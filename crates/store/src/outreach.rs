//! Messages that the agent wrote first: whom, when, and what became of each.

use crate::{
    StoreError, TenantScope,
    sql::{record, sql, words},
};

words! {
    /// How far a message is.
    pub enum OutreachState {
        /// It waits for its time.
        Planned = "planned",
        /// It is about to be sent, or nobody knows whether it was.
        Sending = "sending",
        /// The contact has it.
        Sent = "sent",
        /// It was not sent.
        Skipped = "skipped",
    }
}

record! {
    /// A message to one contact.
    pub struct Outreach {
        /// The approval of its batch.
        pub approval_id: String,
        /// The contact.
        pub contact_id: String,
        /// The conversation that it goes into.
        pub conversation_id: String,
        /// How far it is.
        pub state: OutreachState,
        /// Why it was not sent.
        pub reason: Option<String>,
        /// When it was planned.
        pub created_at: i64,
        /// When it was last changed.
        pub updated_at: i64,
    }
}

macro_rules! columns {
    () => {
        "approval_id, contact_id, conversation_id, state, reason, created_at, updated_at"
    };
}

impl TenantScope {
    /// Plans messages, each once.
    pub async fn plan_outreach(&self, messages: Vec<Outreach>) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                for message in messages {
                    let insert = sql(concat!(
                        "INSERT INTO outreach (tenant_id, ",
                        columns!(),
                        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                         ON CONFLICT (tenant_id, approval_id, contact_id) DO NOTHING"
                    ));
                    let insert = insert
                        .bind(message.approval_id)
                        .bind(message.contact_id)
                        .bind(message.conversation_id)
                        .bind(message.state)
                        .bind(message.reason)
                        .bind(message.created_at)
                        .bind(message.updated_at);
                    tx.run(insert).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// The messages of a batch.
    pub async fn outreach(&self, approval: &str) -> Result<Vec<Outreach>, StoreError> {
        let select = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM outreach WHERE tenant_id = $1 AND approval_id = $2 ORDER BY contact_id"
        ));
        self.all(select.bind(approval)).await
    }

    /// Whether the contact was written to, or may have been, since that time.
    pub async fn was_reached(&self, contact: &str, since: i64) -> Result<bool, StoreError> {
        let select = sql(
            "SELECT contact_id FROM outreach WHERE tenant_id = $1 AND contact_id = $2 AND state IN ('sending', 'sent') \
             AND updated_at > $3 LIMIT 1",
        );
        let found: Option<String> = self.one(select.bind(contact).bind(since)).await?;
        Ok(found.is_some())
    }

    /// Takes a planned message for sending, unless the contact was written to since that time; whether it was taken.
    pub async fn take_outreach(
        &self,
        approval: &str,
        contact: &str,
        (now, since): (i64, i64),
    ) -> Result<bool, StoreError> {
        let update = sql(
            "UPDATE outreach SET state = 'sending', updated_at = $4 WHERE tenant_id = $1 AND approval_id = $2 \
             AND contact_id = $3 AND state = 'planned' AND NOT EXISTS (SELECT 1 FROM outreach other \
             WHERE other.tenant_id = $1 AND other.contact_id = $3 AND other.approval_id <> $2 \
             AND other.state IN ('sending', 'sent') AND other.updated_at > $5)",
        );
        let update = update.bind(approval).bind(contact).bind(now).bind(since);
        Ok(self.run(update).await? == 1)
    }

    /// Writes down what became of a message.
    pub async fn close_outreach(
        &self,
        approval: &str,
        contact: &str,
        (state, reason): (OutreachState, Option<&str>),
        now: i64,
    ) -> Result<(), StoreError> {
        let update = sql(
            "UPDATE outreach SET state = $4, reason = $5, updated_at = $6 WHERE tenant_id = $1 AND approval_id = $2 \
             AND contact_id = $3 AND state IN ('planned', 'sending')",
        );
        let update = update.bind(approval).bind(contact).bind(state).bind(reason);
        self.run(update.bind(now)).await.map(drop)
    }
}
