//! Which endpoint an address names (RFC 8707), and the one address that its tokens are for.

use super::{Authorization, refusal::Refusal};
use crate::tenants::{EndpointSettings, TokenKind, hash};
use catalog::Risk;
use store::{EndpointState, Owned, StoreError, TenantState};

/// The longest part of a path that names an endpoint.
const LONGEST: usize = 128;

/// What tokens may be asked for.
pub(super) enum Resource {
    /// The server: the person says which endpoint.
    Server,
    /// One endpoint.
    Endpoint(Target),
}

/// An endpoint that is served.
pub(super) struct Target {
    pub(super) tenant: String,
    pub(super) tenant_name: String,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) ceiling: Risk,
    /// Whether its tenant's people may sign in to it by themselves.
    pub(super) signs_in: bool,
}

/// What a resource says before anything is looked up.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    Server,
    /// By its id, or by the token in its address.
    Endpoint(&'a str),
}

/// The address that tokens of an endpoint are for, or those of the server. It holds no token, whatever address the
/// client was given.
pub(crate) fn canonical(base: &str, endpoint: Option<&str>) -> String {
    match endpoint {
        Some(id) => format!("{base}/mcp/{id}"),
        None => format!("{base}/mcp"),
    }
}

/// Whether a text can be the last part of an endpoint's address.
pub(super) fn is_segment(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(plain)
}

fn place<'a>(base: &str, resource: &'a str) -> Option<Place<'a>> {
    let path = resource.strip_prefix(base)?;
    match path.strip_suffix('/').unwrap_or(path) {
        "" | "/mcp" => Some(Place::Server),
        path => path
            .strip_prefix("/mcp/")
            .filter(|segment| is_segment(segment))
            .map(Place::Endpoint),
    }
}

impl Authorization {
    /// What a `resource` names; without one, the server.
    pub(super) async fn resource(
        &self,
        base: &str,
        resource: Option<&str>,
    ) -> Result<Resource, Refusal> {
        let unknown = || {
            Refusal::target(
                "`resource` is not the address of an MCP endpoint of this server: it is the URL that the client was given.",
            )
        };
        let Some(resource) = resource else {
            return Ok(Resource::Server);
        };
        match place(base, resource).ok_or_else(unknown)? {
            Place::Server => Ok(Resource::Server),
            Place::Endpoint(segment) => self
                .endpoint_at(segment)
                .await?
                .map(Resource::Endpoint)
                .ok_or_else(unknown),
        }
    }

    /// The endpoint with this id, or with this token in its address.
    pub(super) async fn endpoint_at(&self, segment: &str) -> Result<Option<Target>, StoreError> {
        let store = self.tenants.store();
        let found = if TokenKind::of(segment) == Some(TokenKind::Endpoint) {
            let owner = store.system().endpoint_token(hash(segment)).await?;
            let now = store::now();
            let Some(owner) =
                owner.filter(|owner| owner.row.expires_at.is_none_or(|end| end > now))
            else {
                return Ok(None);
            };
            let row = store.scope(&owner.tenant)?;
            let row = row.endpoint(&owner.row.endpoint_id).await?;
            Some(Owned {
                tenant: owner.tenant,
                row,
            })
        } else {
            let mut found = store.system().endpoints_with_id(segment).await?;
            // Two of them would be a copy made by hand: neither is told from the other.
            found.pop().filter(|_| found.is_empty())
        };
        match found {
            Some(found) => self.target(found).await,
            None => Ok(None),
        }
    }

    /// The endpoint as people meet it; none where it is not served.
    pub(super) async fn target(
        &self,
        found: Owned<store::Endpoint>,
    ) -> Result<Option<Target>, StoreError> {
        let Owned { tenant, row } = found;
        let described = self.tenants.store().scope(&tenant)?.describe().await?;
        let served = row.state == EndpointState::Active
            && row.expires_at.is_none_or(|end| end > store::now())
            && described.state == TenantState::Active;
        if !served {
            return Ok(None);
        }
        let settings: EndpointSettings =
            serde_json::from_str(&row.settings).map_err(|error| StoreError::Corrupt {
                what: format!("the settings of the endpoint {}: {error}", row.id),
            })?;
        Ok(Some(Target {
            signs_in: row.connection_id.is_none() || settings.sign_in,
            ceiling: settings.ceiling,
            tenant,
            tenant_name: described.name,
            id: row.id,
            name: row.name,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_name_endpoints_of_this_server_alone() {
        let base = "https://desk.example";
        for (resource, expected) in [
            ("https://desk.example", Some(Place::Server)),
            ("https://desk.example/", Some(Place::Server)),
            ("https://desk.example/mcp", Some(Place::Server)),
            ("https://desk.example/mcp/", Some(Place::Server)),
            (
                "https://desk.example/mcp/a1-b_2",
                Some(Place::Endpoint("a1-b_2")),
            ),
            ("https://desk.example/mcp/a1/", Some(Place::Endpoint("a1"))),
            ("https://desk.example/mcp/a/b", None),
            ("https://desk.example/mcp/a?b=c", None),
            ("https://desk.example/mcp/a#b", None),
            ("https://desk.example/mcp//", None),
            ("https://desk.example/mcp/%61", None),
            ("https://desk.example/api", None),
            ("https://desk.example.evil.example/mcp", None),
            ("https://desk.example@evil.example/mcp", None),
            ("http://desk.example/mcp", None),
            ("https://other.example/mcp", None),
            ("mcp", None),
            ("", None),
        ] {
            assert_eq!(place(base, resource), expected, "{resource}");
        }
    }
}
