//! The probe of a quarantined connection: it is tried at `/me` after a while. A second refusal confirms the first, a good
//! answer opens the connection again, and anything else is tried later.

use super::{Event, EventKind, errands::Outcome};
use crate::{
    Error,
    tenants::{NewConnection, Tenants},
};
use gateway::vault::{Place, SealedCredential, TOKEN};
use intercom::Upstream;
use secrecy::SecretString;
use store::{Connection, ConnectionState, ErrandKind, Moved, NewErrand, StoreError, TenantScope};

/// Milliseconds until a refused connection is tried again.
const FIRST: i64 = 60_000;

/// The errand that tries a connection which was refused at that time.
pub(crate) fn probe(connection: &str, at: i64) -> NewErrand {
    NewErrand {
        kind: ErrandKind::Probe,
        id: connection.to_owned(),
        payload: "{}".into(),
        due_at: at.saturating_add(FIRST),
    }
}

impl Tenants {
    pub(super) async fn probe(&self, tenant: &str, id: &str, now: i64) -> Result<Outcome, Error> {
        let scope = self.store().scope(tenant)?;
        let row = match scope.connection(id).await {
            Ok(row) if row.state == ConnectionState::Quarantined => row,
            Ok(_) | Err(StoreError::NotFound { .. }) => return Ok(Outcome::Done),
            Err(error) => return Err(error.into()),
        };
        let token = match self.token_of(&scope, id).await {
            Ok(token) => token,
            Err(Error::Vault(error)) => return Ok(Outcome::Over(error.to_string())),
            Err(error) => return Err(error),
        };
        let asking = NewConnection {
            user: row.user_id.clone(),
            token,
            region: None,
            app: row.app_id.clone(),
        };
        let base = self.base_of(&row)?;
        let error = match self.ask(tenant, &asking, base).await {
            Ok(_) => {
                let reopened = (ConnectionState::Active, None);
                let kind = EventKind::Reopened;
                let reason = "Intercom accepts the access token again";
                self.found(&scope, &row, (reopened, kind, reason), now)
                    .await?;
                return Ok(Outcome::Done);
            }
            Err(Error::Call(error)) => error,
            Err(error) => return Err(error),
        };
        if let Some(intercom::Error::Unauthorized(_)) = error.upstream() {
            let reason = "Intercom refused the access token, and again when it was tried later";
            let confirmed = (ConnectionState::Quarantined, Some(reason));
            let kind = EventKind::Confirmed;
            self.found(&scope, &row, (confirmed, kind, reason), now)
                .await?;
            return Ok(Outcome::Done);
        }
        Ok(Outcome::Again(format!(
            "Intercom could not tell: {:?}",
            error.kind()
        )))
    }

    /// Writes down what a probe found, unless the connection was made again meanwhile.
    async fn found(
        &self,
        scope: &TenantScope,
        row: &Connection,
        ((to, why), kind, reason): ((ConnectionState, Option<&str>), EventKind, &str),
        now: i64,
    ) -> Result<(), StoreError> {
        let link = match to {
            ConnectionState::Active => None,
            _ => self.again_link(scope, row).await,
        };
        let event = Event {
            kind,
            reason,
            link: link.as_deref(),
        };
        let moved = Moved {
            from: ConnectionState::Quarantined,
            to,
            reason: why,
            at: now,
        };
        let following = vec![event.errand(scope.tenant(), row, now)];
        let moved = scope.move_connection(&row.id, moved, following).await?;
        if moved {
            tracing::info!(tenant = scope.tenant(), connection = %row.id, state = to.as_str(), "a probe is answered");
        }
        Ok(())
    }

    /// A connection's token, opened for a try or for giving it back.
    pub(super) async fn token_of(
        &self,
        scope: &TenantScope,
        connection: &str,
    ) -> Result<SecretString, Error> {
        let row = scope.credential(connection, TOKEN).await?;
        let sealed = SealedCredential::from_bytes(row.sealed)?;
        let place = Place {
            tenant: scope.tenant(),
            row: connection,
            column: TOKEN,
        };
        Ok(self.keyring().open(&place, &sealed).await?)
    }
}
