//! The one place that decides whether a call is allowed; a [`Permit`] is the proof.

use crate::request::Confirmation;
use crate::rules::{FACTS, Facts, Judged};
use crate::tool::GET_TOOL_DETAILS;
use crate::{
    CallError, Connection, ConnectionId, Endpoint, Mode, Principal, Registry, Tool, Unconfirmed,
};
use catalog::{Operation, Risk};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) tool: &'a Arc<Tool>,
    /// What this very call may do.
    pub(crate) risk: Risk,
    /// Whether the user agreed to it.
    pub(crate) confirmation: Confirmation,
    /// Its arguments as rules see them.
    pub(crate) arguments: &'a Map<String, Value>,
    pub(crate) registry: &'a Registry,
}

/// Proof that this tool may run on this connection. Only [`authorize`] makes one.
pub(crate) struct Permit {
    connection: ConnectionId,
    tool: Arc<Tool>,
    risk: Risk,
    /// Whether it opens nothing but what rules look at.
    facts: bool,
}

impl Permit {
    /// A narrower one, for what rules look at.
    pub(crate) fn for_facts(&self) -> Self {
        Self {
            connection: self.connection.clone(),
            tool: Arc::clone(&self.tool),
            risk: Risk::Read,
            facts: true,
        }
    }

    /// Whether it is for what rules look at.
    pub(crate) fn is_for_facts(&self) -> bool {
        self.facts
    }

    /// The connection whose credential may be opened.
    pub(crate) fn connection(&self) -> &ConnectionId {
        &self.connection
    }

    /// The tool's name.
    pub(crate) fn tool(&self) -> &str {
        &self.tool.name
    }

    /// The worst that the call may do.
    pub(crate) fn risk(&self) -> Risk {
        self.risk
    }

    /// Whether the tool declared this operation, and was authorized for it.
    pub(crate) fn covers(&self, operation: &str) -> bool {
        if self.facts {
            return FACTS.contains(&operation);
        }
        self.tool.uses(operation)
    }
}

/// Allows the call or says why not. Read top to bottom: what decides applies in this order.
pub(crate) fn authorize(
    who: &Principal,
    endpoint: &Endpoint,
    connection: &Connection,
    asked: &Asked<'_>,
    facts: &Facts,
) -> Result<Permit, CallError> {
    let tool = asked.tool;
    admits(who, endpoint, connection, tool)?;
    within(endpoint, asked)?;
    let judged = Judged {
        who,
        tool,
        risk: asked.risk,
        arguments: asked.arguments,
        registry: asked.registry,
    };
    obeys(endpoint, &judged, facts)?;
    let wanted = endpoint.controls.confirm.hold(tool, asked.risk);
    if wanted || asked.risk == Risk::Destructive {
        confirmed(endpoint, asked, wanted)?;
    }
    Ok(Permit {
        connection: connection.id.clone(),
        tool: Arc::clone(tool),
        risk: asked.risk,
        facts: false,
    })
}

/// A permit to look at what the endpoint's rules ask of this call; none where they ask for nothing.
pub(crate) fn look(
    who: &Principal,
    endpoint: &Endpoint,
    connection: &Connection,
    asked: &Asked<'_>,
) -> Result<Option<Permit>, CallError> {
    if !endpoint.controls.rules.needs(&asked.tool.name).any() {
        return Ok(None);
    }
    admits(who, endpoint, connection, asked.tool)?;
    within(endpoint, asked)?;
    Ok(Some(Permit {
        connection: connection.id.clone(),
        tool: Arc::clone(asked.tool),
        risk: Risk::Read,
        facts: true,
    }))
}

/// Whether the endpoint's rules let a call, or a part of one, through.
pub(crate) fn obeys(
    endpoint: &Endpoint,
    judged: &Judged<'_>,
    facts: &Facts,
) -> Result<(), CallError> {
    match endpoint.controls.rules.refusal(judged, facts) {
        None => Ok(()),
        Some(reason) => Err(CallError::Denied {
            tool: judged.tool.name.clone(),
            reason,
        }),
    }
}

/// Whether the call is within what the work at hand is bound to.
fn within(endpoint: &Endpoint, asked: &Asked<'_>) -> Result<(), CallError> {
    let narrowed = endpoint.narrowed.as_ref();
    let bound = narrowed.and_then(|narrowed| narrowed.bound.as_ref());
    match bound.and_then(|bound| bound.refusal(&asked.tool.name, asked.arguments)) {
        None => Ok(()),
        Some(reason) => Err(CallError::Denied {
            tool: asked.tool.name.clone(),
            reason,
        }),
    }
}

/// Whether this caller may use this tool here at all, whatever its arguments.
fn admits(
    who: &Principal,
    endpoint: &Endpoint,
    connection: &Connection,
    tool: &Tool,
) -> Result<(), CallError> {
    if endpoint.tenant != who.tenant || connection.tenant != who.tenant {
        return Err(CallError::EndpointGone);
    }
    if endpoint
        .expires_at
        .is_some_and(|end| end <= jiff::Timestamp::now())
    {
        return Err(CallError::EndpointGone);
    }
    if let Some(remedy) = connection.closed() {
        return Err(CallError::Disconnected { remedy });
    }
    let closed = endpoint.controls.closed.as_ref();
    let closed =
        closed.map(|why| format!("its endpoint is closed until its owner mends it: {why}"));
    if let Some(reason) = closed.or_else(|| refusal(endpoint, tool)) {
        return Err(CallError::Denied {
            tool: tool.name.clone(),
            reason,
        });
    }
    Ok(())
}

/// Whether the endpoint shows this tool in its list.
pub(crate) fn lists(endpoint: &Endpoint, tool: &Tool) -> bool {
    let shown = match endpoint.mode {
        _ if endpoint.dialect.is_some() => offers(endpoint, tool),
        Mode::Meta => tool.is_doorway(),
        Mode::Tools if tool.name == GET_TOOL_DETAILS => endpoint.allow.contains(&tool.name),
        Mode::Tools => offers(endpoint, tool) || tool.is_doorway() && endpoint.open_ended,
    };
    shown && refusal(endpoint, tool).is_none()
}

/// Why the endpoint does not let this tool be called, listed or not.
pub(crate) fn refusal(endpoint: &Endpoint, tool: &Tool) -> Option<String> {
    if endpoint.deny.contains(&tool.name) {
        return Some("this endpoint's owner took the tool away".into());
    }
    if let Some(reason) = tool.parts().find_map(|part| denied(endpoint, part)) {
        return Some(reason);
    }
    let narrowed = endpoint.narrowed.as_ref();
    if narrowed.is_some_and(|narrowed| !narrowed.keeps(tool, endpoint.mode)) {
        return Some("a header of the request keeps it to other tools".into());
    }
    if tool.is_doorway() {
        let closed = endpoint.mode == Mode::Tools && !endpoint.open_ended;
        return closed.then(|| "this endpoint offers only its listed tools".into());
    }
    if tool.risk > endpoint.ceiling {
        return Some(match endpoint.ceiling {
            Risk::Read => "this endpoint is read-only".into(),
            _ => "this endpoint allows no destructive tools".into(),
        });
    }
    if tool.gives_secret() && !endpoint.allow.contains(&tool.name) {
        return Some(SECRET.into());
    }
    let reached = offers(endpoint, tool) || endpoint.allow.is_empty() && endpoint.open_ended;
    (!reached)
        .then(|| "this endpoint does not offer the tool; tools/list shows what it does".into())
}

/// Why an operation may not serve a tool here: what the owner took away stays away, whichever tool would use it.
pub(crate) fn taken_away(endpoint: &Endpoint, operation: &Operation) -> Option<String> {
    let name = &operation.name;
    denied(endpoint, name).or_else(|| {
        (operation.secret && !endpoint.allow.contains(name))
            .then(|| format!("it needs `{name}`, and {SECRET}"))
    })
}

fn denied(endpoint: &Endpoint, name: &str) -> Option<String> {
    endpoint
        .deny
        .iter()
        .any(|denied| denied == name)
        .then(|| format!("it needs `{name}`, which this endpoint's owner took away"))
}

const SECRET: &str = "its answer holds a secret; the endpoint's owner can name the tool in `allow`";

/// Whether the endpoint's owner chose this tool, by its name, by a toolset or by the dialect.
fn offers(endpoint: &Endpoint, tool: &Tool) -> bool {
    let by_dialect = tool.dialect.is_some() && tool.dialect == endpoint.dialect;
    endpoint.allow.contains(&tool.name)
        || endpoint.allow.is_empty() && (by_dialect || tool.is_in(&endpoint.toolsets))
}

/// Whether a call may have to be agreed to by a person; what it asks for in the end may be less.
pub(crate) fn may_ask(endpoint: &Endpoint, tool: &Tool, risk: Risk) -> bool {
    risk == Risk::Destructive || endpoint.controls.confirm.hold(tool, risk)
}

/// `wanted` by the endpoint's owner, a confirmation cannot be done without.
fn confirmed(endpoint: &Endpoint, asked: &Asked<'_>, wanted: bool) -> Result<(), CallError> {
    let tool = asked.tool;
    let reason = match (asked.confirmation, endpoint.unconfirmed) {
        (Confirmation::Given, _) => return Ok(()),
        (Confirmation::CannotAsk, Unconfirmed::Allow) if !wanted => return Ok(()),
        (Confirmation::NotAsked, _) => {
            return Err(CallError::ConfirmationNeeded {
                tool: tool.name.clone(),
                title: tool.title.clone(),
                lasting: asked.risk == Risk::Destructive,
            });
        }
        (Confirmation::CannotAsk, _) if wanted => {
            "this endpoint's owner wants a person to agree to it first, and this client cannot ask one (over MCP that takes elicitation, over REST `confirmed: true`)"
        }
        (Confirmation::CannotAsk, _) => {
            "it cannot be undone, and this client cannot ask its user first; the endpoint's owner can set `unconfirmed: allow`"
        }
    };
    Err(CallError::Denied {
        tool: tool.name.clone(),
        reason: reason.into(),
    })
}
