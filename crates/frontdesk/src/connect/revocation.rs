//! Giving a token back at Intercom when its connection ends.
//!
//! The connection's own credential is destroyed at once, in the transaction that ends it. The same transaction keeps the
//! token once more, sealed for the revocation alone, until Intercom took it back, or says that it is dead, or two days
//! passed. `docs/decisions/` says why.

use super::errands::Outcome;
use crate::{Error, tenants::Tenants};
use gateway::vault::{Place, SealedCredential};
use intercom::Credential;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use store::{ConnectionState, Errand, ErrandKind, NewErrand, StoreError, TenantScope};

/// The column of a token that waits to be given back.
const COLUMN: &str = "revocations.token";

/// What a revocation knows of its connection.
#[derive(Debug, Serialize, Deserialize)]
struct Ending {
    workspace: Option<String>,
    region: String,
    app: Option<String>,
}

impl Tenants {
    /// What is left to do at Intercom once that connection has ended: nothing for a pasted token, which is its owner's
    /// and may be in use elsewhere.
    pub(crate) async fn left_to_revoke(
        &self,
        scope: &TenantScope,
        id: &str,
    ) -> Result<Option<(NewErrand, store::SealedCredential)>, Error> {
        let row = scope.connection(id).await?;
        if row.app_id.is_none() || row.state == ConnectionState::Revoked {
            return Ok(None);
        }
        let token = match self.token_of(scope, id).await {
            Ok(token) => token,
            Err(Error::Store(StoreError::NotFound { .. })) => return Ok(None),
            Err(Error::Vault(error)) => {
                tracing::warn!(connection = id, %error, "a token cannot be opened to be given back; it is destroyed here");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let owner = owner(id);
        let sealed = self
            .keyring()
            .seal(&place(scope.tenant(), &owner), &token)
            .await?;
        let ending = Ending {
            workspace: row.workspace_id,
            region: row.region,
            app: row.app_id,
        };
        let errand = NewErrand {
            kind: ErrandKind::Revocation,
            id: id.to_owned(),
            payload: serde_json::to_string(&ending)
                .map_err(|error| Error::Build(error.to_string()))?,
            due_at: store::now(),
        };
        let kept = store::SealedCredential {
            key_id: sealed.key_id().to_owned(),
            sealed: sealed.as_bytes().to_vec(),
            owner_id: owner,
            kind: COLUMN.into(),
            version: 1,
        };
        Ok(Some((errand, kept)))
    }

    /// Gives a token back once.
    pub(super) async fn revoke(&self, tenant: &str, errand: &Errand) -> Result<Outcome, Error> {
        let ending: Ending = serde_json::from_str(&errand.payload)
            .map_err(|error| Error::Build(error.to_string()))?;
        if self.is_in_use(tenant, &errand.id, &ending).await? {
            // Taking the app out of the workspace would end the others too.
            self.forget_revocation(tenant, &errand.id).await?;
            return Ok(Outcome::Done);
        }
        let credential = match self.to_give_back(tenant, &errand.id).await {
            Ok(Some(credential)) => credential,
            Ok(None) => return Ok(Outcome::Done),
            Err(Error::Vault(error)) => return Ok(Outcome::Over(error.to_string())),
            Err(error) => return Err(error),
        };
        let region = ending.region.parse().unwrap_or_default();
        let connecting = self.connecting();
        let base = connecting.places.api(region);
        match connecting.client.uninstall(base, &credential).await {
            // Refused means that it was dead already.
            Ok(())
            | Err(
                intercom::Error::Unauthorized(_)
                | intercom::Error::Forbidden(_)
                | intercom::Error::BadToken(_),
            ) => {
                self.forget_revocation(tenant, &errand.id).await?;
                Ok(Outcome::Done)
            }
            Err(error) => Ok(Outcome::Again(match error.status() {
                Some(status) => format!("Intercom answered {status}"),
                None => "Intercom did not answer".into(),
            })),
        }
    }

    /// Destroys what was kept for a revocation.
    pub(super) async fn forget_revocation(&self, tenant: &str, id: &str) -> Result<(), StoreError> {
        let scope = self.store().scope(tenant)?;
        scope.destroy_credentials(&owner(id)).await.map(drop)
    }

    /// Whether the app is still used in that workspace, by any tenant: one uninstall ends all of its tokens there.
    async fn is_in_use(&self, tenant: &str, id: &str, ending: &Ending) -> Result<bool, Error> {
        let Some(workspace) = &ending.workspace else {
            return Ok(false);
        };
        let own = self.client_of(tenant, ending.app.as_deref()).await;
        for other in self.store().system().connections_to(workspace).await? {
            let Some(app) = &other.row.app_id else {
                continue;
            };
            if other.tenant == tenant && other.row.id == id {
                continue;
            }
            let its = self.client_of(&other.tenant, Some(app)).await;
            // An app that was removed cannot be told from another.
            if own.is_none() || its.is_none() || own == its {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn to_give_back(&self, tenant: &str, id: &str) -> Result<Option<Credential>, Error> {
        let scope = self.store().scope(tenant)?;
        let owner = owner(id);
        let row = match scope.credential(&owner, COLUMN).await {
            Ok(row) => row,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let sealed = SealedCredential::from_bytes(row.sealed)?;
        let token = self.keyring().open(&place(tenant, &owner), &sealed).await?;
        Ok(Some(Credential::new(token.expose_secret().to_owned())))
    }
}

/// The owner of the kept token; not the connection, whose credentials are destroyed with it.
fn owner(connection: &str) -> String {
    format!("revocation-{connection}")
}

fn place<'a>(tenant: &'a str, owner: &'a str) -> Place<'a> {
    Place {
        tenant,
        row: owner,
        column: COLUMN,
    }
}
