//! Who calls the API. A handler names the least that its caller must be; nothing else gives it a tenant's scope.

use super::{Api, problem::Problem};
use crate::auth;
use crate::client_address::ClientAddress;
use crate::mcp::trace_of;
use crate::tenants::{TokenKind, hash};
use axum::extract::FromRequestParts;
use gateway::TraceContext;
use http::{HeaderMap, request::Parts};
use std::net::IpAddr;
use store::{DEPLOYMENT, Role, System, TenantScope};

/// The header by which a key of the deployment names the tenant that it acts on.
const TENANT: &str = "frontdesk-tenant";

/// May manage connections, endpoints and sessions of a tenant, and run its tools.
pub(super) struct Developer(pub(super) TenantScope);
/// How a request was made, for the record.
#[derive(Clone)]
pub(super) struct Made {
    /// The id of the key that it brought.
    pub(super) key: String,
    /// Where it came from.
    pub(super) client_ip: Option<IpAddr>,
    /// Its place in a trace.
    pub(super) trace: Option<TraceContext>,
}
/// May do everything in a tenant.
pub(super) struct Owner(pub(super) TenantScope);
/// May read the audit log of a tenant, or, with a key of the deployment that names no tenant, the deployment's own.
pub(super) struct Auditor(pub(super) TenantScope);
/// May read what was used: of its tenant, whatever its role, or, for an owner or an auditor of the deployment, of all.
pub(super) enum Reader {
    /// One tenant's.
    Tenant(TenantScope),
    /// All tenants'.
    All(System),
}
/// May manage tenants.
pub(super) struct Operator(pub(super) System);

/// May do everything in a tenant, or, with a key of the deployment that names no tenant, with what belongs to the
/// deployment.
pub(super) struct Manager(pub(super) TenantScope);

/// A good key, and the tenant that the request is about.
pub(super) struct Key {
    /// The key's own id, which is no secret.
    pub(super) id: String,
    role: Role,
    deployment: bool,
    scope: Option<TenantScope>,
}

impl Key {
    /// The key of a request.
    pub(super) async fn of(headers: &HeaderMap, api: &Api) -> Result<Self, Problem> {
        let text = auth::bearer(headers).map_err(|_| {
            Problem::unauthorized("Send an API key as `Authorization: Bearer fdk_…`.")
        })?;
        let unknown =
            || Problem::unauthorized("This API key does not exist, has ended, or was revoked.");
        if TokenKind::of(text) != Some(TokenKind::ApiKey) {
            return Err(unknown());
        }
        let store = api.tenants.store();
        let found = store.system().api_key(hash(text)).await?;
        let now = store::now();
        let good = found.filter(|found| {
            found.row.revoked_at.is_none() && found.row.expires_at.is_none_or(|end| end > now)
        });
        let found = good.ok_or_else(unknown)?;
        let deployment = found.tenant == DEPLOYMENT;
        let scope = if deployment {
            named(headers)?
                .map(|tenant| store.scope(tenant))
                .transpose()?
        } else {
            Some(store.scope(&found.tenant)?)
        };
        Ok(Self {
            id: found.row.id,
            role: found.row.role,
            deployment,
            scope,
        })
    }

    /// What it may do.
    pub(super) fn role(&self) -> Role {
        self.role
    }

    /// The tenant that the request is about, where it is about one.
    pub(super) fn tenant(&self) -> Option<&str> {
        self.scope.as_ref().map(TenantScope::tenant)
    }

    /// The tenant that the request is about.
    pub(super) fn scope(self) -> Result<TenantScope, Problem> {
        self.scope.ok_or_else(|| {
            Problem::bad(
                "this key is of the deployment: name the tenant in the header `Frontdesk-Tenant`.",
            )
        })
    }

    /// The tenant, or what belongs to the deployment where the request is about none.
    pub(super) fn scope_or_deployment(self, api: &Api) -> TenantScope {
        self.scope
            .unwrap_or_else(|| api.tenants.store().deployment())
    }

    fn with(self, roles: &[Role], what: &str) -> Result<TenantScope, Problem> {
        if roles.contains(&self.role) {
            self.scope()
        } else {
            let role = self.role.as_str();
            Err(Problem::forbidden(format!(
                "A key of the role {role} may not {what}."
            )))
        }
    }
}

fn named(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    headers
        .get(TENANT)
        .map(|value| {
            value
                .to_str()
                .map_err(|_| Problem::bad("the header `Frontdesk-Tenant` is not a tenant's id."))
        })
        .transpose()
}

impl FromRequestParts<Api> for Developer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let key = Key::of(&parts.headers, api).await?;
        parts.extensions.insert(Made {
            key: key.id.clone(),
            client_ip: ClientAddress::of(parts),
            trace: trace_of(None, &parts.headers),
        });
        let scope = key.with(&[Role::Developer, Role::Owner], "do this")?;
        Ok(Self(scope))
    }
}

impl FromRequestParts<Api> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let key = Key::of(&parts.headers, api).await?;
        Ok(Self(
            key.with(&[Role::Owner], "manage the tenant or its keys")?,
        ))
    }
}

impl FromRequestParts<Api> for Manager {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let key = Key::of(&parts.headers, api).await?;
        if key.role == Role::Owner && key.deployment && key.scope.is_none() {
            return Ok(Self(api.tenants.store().deployment()));
        }
        Ok(Self(key.with(&[Role::Owner], "manage apps")?))
    }
}

impl FromRequestParts<Api> for Auditor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let key = Key::of(&parts.headers, api).await?;
        let deployment = key.deployment && key.scope.is_none() && key.role != Role::Developer;
        if deployment {
            return Ok(Self(api.tenants.store().deployment()));
        }
        let scope = key.with(&[Role::Auditor, Role::Owner], "read the audit log")?;
        Ok(Self(scope))
    }
}

impl FromRequestParts<Api> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let key = Key::of(&parts.headers, api).await?;
        if key.scope.is_none() && key.deployment && key.role != Role::Developer {
            return Ok(Self::All(api.tenants.store().system()));
        }
        key.scope().map(Self::Tenant)
    }
}

impl FromRequestParts<Api> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let key = Key::of(&parts.headers, api).await?;
        if key.deployment && key.role == Role::Owner {
            Ok(Self(api.tenants.store().system()))
        } else {
            Err(Problem::forbidden(
                "Only an owner's key of the deployment may manage tenants.",
            ))
        }
    }
}
