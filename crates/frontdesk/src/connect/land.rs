//! The end of a trip: the token is tried and sealed, and the person's connection is made, or made again.

use super::{Stop, trip::Returned};
use crate::tenants::{Act, Manager, NewConnection, Owner, Tenants};
use serde_json::json;
use store::{Connection, ConnectionState, StoreError, TenantScope, UserState};

impl Tenants {
    /// Makes the connection that a trip was for.
    pub(super) async fn land(&self, returned: &Returned) -> Result<Connection, Stop> {
        let scope = self.store().scope(&returned.tenant)?;
        let new = new_connection(returned, returned.user.clone());
        let owner = self.owner(&returned.tenant, &new).await?;
        self.settle(&scope, returned, (new, owner)).await
    }

    /// Keeps the token in the connection that it belongs to, on record.
    pub(super) async fn settle(
        &self,
        scope: &TenantScope,
        returned: &Returned,
        new: (NewConnection, Owner),
    ) -> Result<Connection, Stop> {
        let by = Manager::Person {
            client_ip: returned.from.0,
        };
        let act = Act::new("connect_account")
            .tenant(Some(scope.tenant()))
            .given(&json!({"user": new.0.user, "app": returned.trip.app, "region": returned.region.name()}));
        let work = Box::pin(self.settled(scope, returned, new));
        self.on_record((by, act), work, |made| Some(&made.id)).await
    }

    async fn settled(
        &self,
        scope: &TenantScope,
        returned: &Returned,
        (new, owner): (NewConnection, Owner),
    ) -> Result<Connection, Stop> {
        if let Some(user) = &new.user
            && scope.user(user).await?.state != UserState::Active
        {
            return Err(Stop::Nothing);
        }
        let before = self.before(scope, returned, (&new, &owner)).await?;
        if let Some(link) = &returned.trip.link {
            self.use_link(link).await?;
        }
        let made = match before {
            Some(before) => self.remake(scope.tenant(), before, (new, owner)).await,
            None => self.make(scope.tenant(), new, owner).await,
        };
        Ok(made?)
    }

    /// The connection to be made again: the one that the trip was for, or the person's own to that workspace.
    async fn before(
        &self,
        scope: &TenantScope,
        returned: &Returned,
        (new, owner): (&NewConnection, &Owner),
    ) -> Result<Option<Connection>, Stop> {
        if let Some(id) = &returned.trip.connection {
            let row = scope.connection(id).await?;
            let same_place = row.workspace_id.is_none() || row.workspace_id == owner.workspace;
            let same_person = !returned.trip.same_teammate || row.admin_id == owner.admin;
            return match row.state {
                ConnectionState::Revoked => Err(Stop::Nothing),
                _ if same_place && same_person => Ok(Some(row)),
                _ => Err(Stop::OtherAccount),
            };
        }
        let candidates = match (&new.user, &owner.workspace, &owner.admin) {
            (Some(user), ..) => scope.connections_of(user).await?,
            (None, Some(workspace), Some(admin)) => scope.connections_as(workspace, admin).await?,
            _ => Vec::new(),
        };
        Ok(candidates.into_iter().find(|row| {
            row.user_id == new.user
                && row.state != ConnectionState::Revoked
                && row.workspace_id.is_some()
                && row.workspace_id == owner.workspace
        }))
    }

    /// The person of the tenant that an Intercom account is known to be: by a connection of theirs, or by their e-mail
    /// address, which Intercom must have confirmed.
    pub(super) async fn person(&self, scope: &TenantScope, owner: &Owner) -> Result<String, Stop> {
        if let (Some(workspace), Some(admin)) = (&owner.workspace, &owner.admin) {
            let known = scope.connections_as(workspace, admin).await?;
            for user in known.into_iter().filter_map(|row| row.user_id) {
                if is_active(scope, &user).await? {
                    return Ok(user);
                }
            }
        }
        if let Some(email) = &owner.email {
            let known = scope.users_at(email).await?;
            let mut active = known.iter().filter(|user| user.state == UserState::Active);
            // An address that two people share tells neither.
            if let (Some(user), None) = (active.next(), active.next()) {
                return Ok(user.id.clone());
            }
        }
        Err(Stop::Stranger)
    }
}

/// A connection of what came back.
pub(super) fn new_connection(returned: &Returned, user: Option<String>) -> NewConnection {
    NewConnection {
        user,
        token: returned.token.clone(),
        region: Some(returned.region),
        app: Some(returned.trip.app.clone()),
    }
}

async fn is_active(scope: &TenantScope, user: &str) -> Result<bool, StoreError> {
    match scope.user(user).await {
        Ok(user) => Ok(user.state == UserState::Active),
        Err(StoreError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
