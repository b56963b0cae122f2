//! THE path. Every call of every tool by anyone goes through [`Gateway::call`]; read this file first.

use crate::arguments;
use crate::audit::{Audit, AuditRecord};
use crate::context::Context;
use crate::policy;
use crate::tool::CALL_TOOL;
use crate::{
    CallError, Directory, Endpoint, Principal, Registry, Tool, ToolRequest, ToolResult, Vault,
};
use catalog::Risk;
use intercom::{Certainty, Client};
use std::sync::Arc;

/// The gateway: one a process.
pub struct Gateway {
    registry: Registry,
    directory: Directory,
    vault: Vault,
    audit: Audit,
    client: Client,
}

impl Gateway {
    /// A gateway over these parts.
    pub fn new(
        registry: Registry,
        directory: Directory,
        vault: Vault,
        audit: Audit,
        client: Client,
    ) -> Self {
        Self {
            registry,
            directory,
            vault,
            audit,
            client,
        }
    }

    /// Runs one tool: recorded before it acts, and after.
    pub async fn call(
        &self,
        who: &Principal,
        request: ToolRequest,
    ) -> Result<ToolResult, CallError> {
        let request = request.unwrapped()?;
        let tool = self.registry.get(&request.tool);
        let record = self
            .audit
            .begin(who, &request, tool.map_or(Risk::Read, |tool| tool.risk))
            .await
            .map_err(CallError::NotRecorded)?;
        let result = self.attempt(who, request, &record).await;
        record.finish(&result);
        result
    }

    async fn attempt(
        &self,
        who: &Principal,
        request: ToolRequest,
        record: &AuditRecord,
    ) -> Result<ToolResult, CallError> {
        let endpoint = self.directory.endpoint(&who.endpoint)?;
        let tool = self.find(&endpoint, &request.tool)?;
        let connection = self.directory.connection(&endpoint.connection)?;
        let arguments = arguments::accept(tool, request.arguments)?;
        let permit = policy::authorize(who, &endpoint, &connection, tool, request.confirmation)?;
        let credential = self.vault.open(&permit)?;
        let context = Context {
            registry: &self.registry,
            client: &self.client,
            endpoint: &endpoint,
            connection: &connection,
            permit,
            credential,
            progress: request.progress,
            record,
        };
        tokio::select! {
            biased;
            () = request.cancel.cancelled() => Err(CallError::Cancelled(certainty(record))),
            result = crate::tools::run(tool, &context, arguments) => result,
        }
    }

    fn find(&self, endpoint: &Endpoint, name: &str) -> Result<&Arc<Tool>, CallError> {
        self.registry.get(name).ok_or_else(|| {
            let hint = if endpoint.open_ended {
                " search_tools finds tools by what they do.".into()
            } else {
                String::new()
            };
            CallError::UnknownTool {
                tool: name.to_owned(),
                hint,
            }
        })
    }

    /// The tools that an endpoint lists: a pure function of the endpoint, in a fixed order.
    pub fn list(&self, who: &Principal) -> Result<Vec<Arc<Tool>>, CallError> {
        let endpoint = self.endpoint(who)?;
        Ok(self
            .registry
            .tools()
            .filter(|tool| policy::lists(&endpoint, tool))
            .cloned()
            .collect())
    }

    /// The worst that a call of this tool may do here; for `call_tool`, the endpoint's ceiling.
    pub fn worst(&self, who: &Principal, tool: &Tool) -> Result<Risk, CallError> {
        Ok(if tool.name == CALL_TOOL {
            self.endpoint(who)?.ceiling
        } else {
            tool.risk
        })
    }

    /// Whether a tool of that name exists.
    pub fn knows(&self, name: &str) -> bool {
        self.registry.get(name).is_some()
    }

    /// All tools, as the catalog has them.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Endpoints and connections.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Where tokens are kept.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The caller's endpoint.
    pub fn endpoint(&self, who: &Principal) -> Result<Arc<Endpoint>, CallError> {
        self.directory.endpoint(&who.endpoint).and_then(|endpoint| {
            if endpoint.tenant == who.tenant {
                Ok(endpoint)
            } else {
                Err(CallError::EndpointGone)
            }
        })
    }

    /// Waits until everything recorded is on disk.
    pub async fn flush(&self) {
        self.audit.flush().await;
    }
}

/// A write that was cancelled on its way may have happened.
fn certainty(record: &AuditRecord) -> Certainty {
    if record.wrote() {
        Certainty::MaybeDone
    } else {
        Certainty::NotDone
    }
}
