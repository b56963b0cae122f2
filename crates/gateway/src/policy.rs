//! The one place that decides whether a call is allowed; a [`Permit`] is the proof.

use crate::request::Confirmation;
use crate::{CallError, Connection, ConnectionId, Endpoint, Principal, Tool, Unconfirmed};
use catalog::Risk;
use std::sync::Arc;

/// Proof that this tool may run on this connection. Only [`authorize`] makes one.
pub(crate) struct Permit {
    connection: ConnectionId,
    tool: Arc<Tool>,
}

impl Permit {
    /// The connection whose credential may be opened.
    pub(crate) fn connection(&self) -> &ConnectionId {
        &self.connection
    }

    /// The tool's name.
    pub(crate) fn tool(&self) -> &str {
        &self.tool.name
    }

    /// Whether the tool declared this operation, and was authorized for it.
    pub(crate) fn covers(&self, operation: &str) -> bool {
        self.tool.uses(operation)
    }
}

/// Allows the call or says why not. Read top to bottom: the rules apply in this order.
pub(crate) fn authorize(
    who: &Principal,
    endpoint: &Endpoint,
    connection: &Connection,
    tool: &Arc<Tool>,
    confirmation: Confirmation,
) -> Result<Permit, CallError> {
    if endpoint.tenant != who.tenant || connection.tenant != who.tenant {
        return Err(CallError::EndpointGone);
    }
    if let Some(reason) = refusal(endpoint, tool) {
        return Err(CallError::Denied {
            tool: tool.name.clone(),
            reason,
        });
    }
    if tool.risk == Risk::Destructive {
        confirmed(endpoint, tool, confirmation)?;
    }
    Ok(Permit {
        connection: connection.id.clone(),
        tool: Arc::clone(tool),
    })
}

/// Whether the endpoint shows this tool in its list.
pub(crate) fn lists(endpoint: &Endpoint, tool: &Tool) -> bool {
    let chosen = endpoint.allow.contains(&tool.name)
        || endpoint.allow.is_empty()
            && tool.toolsets.iter().any(|set| {
                endpoint
                    .toolsets
                    .iter()
                    .any(|chosen| chosen == set || chosen == "all")
            })
        || tool.is_doorway() && endpoint.open_ended;
    chosen && refusal(endpoint, tool).is_none()
}

/// Whether the endpoint lets this tool be called, listed or not.
pub(crate) fn reaches(endpoint: &Endpoint, tool: &Tool) -> bool {
    refusal(endpoint, tool).is_none()
}

/// Why an operation may not serve a tool here: what the owner took away stays away, whichever tool would use it.
pub(crate) fn taken_away(endpoint: &Endpoint, operation: &str) -> Option<String> {
    endpoint
        .deny
        .iter()
        .any(|denied| denied == operation)
        .then(|| format!("it needs `{operation}`, which this endpoint's owner took away"))
}

fn refusal(endpoint: &Endpoint, tool: &Tool) -> Option<String> {
    if endpoint.deny.contains(&tool.name) {
        return Some("this endpoint's owner took the tool away".into());
    }
    if tool.is_doorway() {
        return (!endpoint.open_ended).then(|| "this endpoint offers only its listed tools".into());
    }
    if tool.risk > endpoint.ceiling {
        return Some(match endpoint.ceiling {
            Risk::Read => "this endpoint is read-only".into(),
            _ => "this endpoint allows no destructive tools".into(),
        });
    }
    let listed = endpoint.allow.contains(&tool.name)
        || endpoint.allow.is_empty()
            && (endpoint.open_ended
                || tool.toolsets.iter().any(|set| {
                    endpoint
                        .toolsets
                        .iter()
                        .any(|chosen| chosen == set || chosen == "all")
                }));
    (!listed).then(|| "this endpoint does not offer the tool; tools/list shows what it does".into())
}

fn confirmed(
    endpoint: &Endpoint,
    tool: &Tool,
    confirmation: Confirmation,
) -> Result<(), CallError> {
    match (confirmation, endpoint.unconfirmed) {
        (Confirmation::Given, _) | (Confirmation::CannotAsk, Unconfirmed::Allow) => Ok(()),
        (Confirmation::NotAsked, _) => Err(CallError::ConfirmationNeeded { tool: tool.name.clone(), title: tool.title.clone() }),
        (Confirmation::CannotAsk, Unconfirmed::Deny) => Err(CallError::Denied {
            tool: tool.name.clone(),
            reason: "it cannot be undone, and this client cannot ask its user first; the endpoint's owner can set `unconfirmed: allow`".into(),
        }),
    }
}
