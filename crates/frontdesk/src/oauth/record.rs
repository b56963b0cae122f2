//! What people and programs do here about their own access, on record in their tenant's chain.

use super::{Authorization, client::Client, refusal::Refusal};
use crate::client_address::ClientAddress;
use crate::tenants::{Act, Manager, Outcome};
use serde_json::json;
use store::{Grant, Owned, StoreError};

impl Outcome for Refusal {
    fn outcome(&self) -> &'static str {
        self.status().outcome()
    }
}

impl Authorization {
    /// A person lets a program in.
    pub(super) async fn letting_in(
        &self,
        (tenant, grant): (&str, &Grant),
        from: ClientAddress,
        work: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), Refusal> {
        let given = json!({"user": grant.user_id, "endpoint": grant.endpoint_id, "client_id": grant.client_id,
            "scope": grant.scope});
        let act = Act::new("allow_client")
            .tenant(Some(tenant))
            .object(Some(&grant.id))
            .given(&given);
        let by = Manager::Person { client_ip: from.0 };
        let work = Box::pin(async { work.await.map_err(Refusal::from) });
        Box::pin(self.tenants.on_record((by, act), work, |()| None)).await
    }

    /// A grant ends by what a program did.
    pub(super) async fn ending<T>(
        &self,
        (client, from): (&Client, ClientAddress),
        (tenant, grant, why): (&str, &str, &str),
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Refusal> {
        let act = Act::new("revoke_grant")
            .tenant(Some(tenant))
            .object(Some(grant))
            .given(&json!({"revoked_for": why}));
        let by = Manager::Program {
            id: client.id.clone(),
            client_ip: from.0,
        };
        let work = Box::pin(async { work.await.map_err(Refusal::from) });
        Box::pin(self.tenants.on_record((by, act), work, |_| None)).await
    }

    /// A grant ended already, together with what the store found.
    pub(super) async fn ended(
        &self,
        by: (&Client, ClientAddress),
        grant: &Owned<String>,
        why: &str,
    ) -> Result<(), Refusal> {
        let end = (grant.tenant.as_str(), grant.row.as_str(), why);
        self.ending(by, end, async { Ok(()) }).await
    }

    /// A person's password was tried.
    pub(super) async fn password_tried(
        &self,
        (tenant, user): (&str, &str),
        from: ClientAddress,
        right: bool,
    ) -> Result<(), Refusal> {
        let act = Act::new("sign_in")
            .tenant(Some(tenant))
            .object(Some(user))
            .given(&json!({"user": user}));
        let by = Manager::Person { client_ip: from.0 };
        let record = Box::pin(self.tenants.begin_act(by, act)).await?;
        let outcome = if right { "ok" } else { "denied" };
        Box::pin(record.finish(outcome, None)).await;
        Ok(())
    }
}
