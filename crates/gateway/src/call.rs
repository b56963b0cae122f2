//! THE path. Every call of every tool by anyone goes through [`Gateway::call`]; read this file first.

use crate::arguments;
use crate::audit::{self, Audit, AuditRecord};
use crate::context::Context;
use crate::mask::Hidden;
use crate::meter::{Count, Meter, Spending};
use crate::policy::{self, Asked, Permit};
use crate::rules::{self, Facts};
use crate::tool::CALL_TOOL;
use crate::tools::Plans;
use crate::{
    Archives, Assistant, CallError, Connection, Directory, Endpoint, ErrorKind, MaskRules, Mode,
    Principal, Registry, Tool, ToolRequest, ToolResult, Vault,
};
use catalog::Risk;
use intercom::{BudgetState, Certainty, Client, Credential, Urgency};
use serde_json::{Map, Value};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use store::Store;

/// The gateway: one a process.
pub struct Gateway {
    registry: Registry,
    directory: Directory,
    vault: Vault,
    audit: Audit,
    client: Client,
    plans: Plans,
    archives: Archives,
    assistant: OnceLock<Arc<dyn Assistant>>,
    meter: Meter,
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
            plans: Plans::default(),
            archives: Archives::default(),
            assistant: OnceLock::new(),
            meter: Meter::default(),
        }
    }

    /// The same gateway with its budgets and counters in the store; within a Tokio runtime.
    #[must_use]
    pub fn metered(self, store: &Store) -> Self {
        Self {
            meter: Meter::in_store(store),
            ..self
        }
    }

    /// Runs one tool: recorded before it acts, and after.
    pub async fn call(
        &self,
        who: &Principal,
        mut request: ToolRequest,
    ) -> Result<ToolResult, CallError> {
        let endpoint = self.endpoint(who);
        let opened = request
            .understand(endpoint.as_deref().ok(), &self.registry)
            .and_then(|()| request.open_doorway());
        let phrase = request.phrase.clone();
        let controls = (endpoint.as_ref().ok()).map(|endpoint| Arc::clone(&endpoint.controls));
        let hidden = Hidden::default();
        let (tool, risk) = if let Some(phrase) = &phrase {
            (Some(phrase.tool()), phrase.tool().risk)
        } else {
            let tool = self.registry.find(&request.tool, request.raw);
            let risk = tool.map_or(Risk::Read, |tool| tool.risk_of(&request.arguments));
            (tool, risk)
        };
        let record = self
            .audit
            .begin(who, &request, risk, tool.map(Arc::as_ref))
            .await
            .map_err(CallError::NotRecorded)?;
        let result = match opened {
            Ok(()) => {
                let recorded = Recorded {
                    record: &record,
                    hidden: &hidden,
                };
                self.attempt(who, request, endpoint, recorded).await
            }
            Err(error) => Err(error),
        };
        let result = result.map_err(|error| match &phrase {
            Some(phrase) => error.of(phrase.name()),
            None => error,
        });
        let result = match &controls {
            Some(controls) => masked(result, &controls.mask, &hidden),
            None => result,
        };
        if !controls.is_some_and(|controls| controls.uncounted) {
            self.meter.note(who, used(&record, risk, &result));
        }
        record.finish(&result);
        result
    }

    async fn attempt(
        &self,
        who: &Principal,
        request: ToolRequest,
        endpoint: Result<Arc<Endpoint>, CallError>,
        recorded: Recorded<'_>,
    ) -> Result<ToolResult, CallError> {
        let record = recorded.record;
        let endpoint = endpoint?;
        let tool = match &request.phrase {
            Some(phrase) => phrase.tool(),
            None => self.find(&endpoint, &request)?,
        };
        let connection = self.directory.connection(&endpoint, who)?;
        let arguments = match &request.phrase {
            Some(phrase) => phrase.arguments(request.arguments)?,
            None => arguments::accept(tool, request.arguments)?,
        };
        unmasked(tool, &endpoint, &arguments)?;
        let ruled = !endpoint.controls.rules.is_empty();
        let judged = ruled.then(|| self.plans.frozen(who, &arguments)).flatten();
        let asked = Asked {
            tool,
            risk: tool.risk_of(&arguments),
            confirmation: request.confirmation,
            arguments: judged.as_ref().unwrap_or(&arguments),
            registry: &self.registry,
        };
        let scene = Scene {
            who,
            endpoint: &endpoint,
            connection: &connection,
            recorded,
        };
        let permit = self.permit(scene, &asked).await?;
        record.allowed();
        let credential = self.vault.open(&permit).await?;
        let context = Context {
            progress: request.progress,
            urgency: match request.urgency {
                Urgency::Bulk => Urgency::Bulk,
                Urgency::Interactive => tool.urgency_of(&arguments),
            },
            raw: request.raw,
            ..self.context(scene, permit, &credential)
        };
        let running = async {
            match &request.phrase {
                Some(phrase) => phrase.run(&context, arguments).await,
                None => crate::tools::run(tool, &context, arguments).await,
            }
        };
        tokio::select! {
            biased;
            () = request.cancel.cancelled() => Err(CallError::Cancelled(certainty(record))),
            result = running => result,
        }
    }

    /// Everything that must agree before a credential is opened: the policy with its rules, the person, the budgets.
    async fn permit(&self, scene: Scene<'_>, asked: &Asked<'_>) -> Result<Permit, CallError> {
        let controls = &scene.endpoint.controls;
        let facts = if controls.rules.is_empty() {
            Facts::default()
        } else {
            Box::pin(self.facts(scene, asked)).await?
        };
        let permit = policy::authorize(scene.who, scene.endpoint, scene.connection, asked, &facts)
            .map_err(|error| self.plans.asked(error, scene.who, asked.arguments))?;
        let spending = Spending {
            call: true,
            write: asked.risk != Risk::Read && !asked.tool.is_composite(),
            customer: asked.tool.reaches_customer,
        };
        self.meter
            .spend(scene.who, &controls.budgets, spending)
            .await?;
        Ok(permit)
    }

    /// What the endpoint's rules ask of the things that the call is about.
    async fn facts(&self, scene: Scene<'_>, asked: &Asked<'_>) -> Result<Facts, CallError> {
        let rules = &scene.endpoint.controls.rules;
        let looked = policy::look(scene.who, scene.endpoint, scene.connection, asked)?;
        let Some(permit) = looked else {
            return Ok(Facts::default());
        };
        let credential = self.vault.open(&permit).await?;
        let context = self.context(scene, permit, &credential);
        rules::gather(
            &context,
            rules.needs(&asked.tool.name),
            asked.tool,
            asked.arguments,
        )
        .await
    }

    fn context<'a>(
        &'a self,
        scene: Scene<'a>,
        permit: Permit,
        credential: &'a Credential,
    ) -> Context<'a> {
        Context {
            who: scene.who,
            registry: &self.registry,
            client: &self.client,
            endpoint: scene.endpoint,
            connection: scene.connection,
            permit,
            credential,
            progress: None,
            hidden: scene.recorded.hidden,
            record: scene.recorded.record,
            plans: &self.plans,
            urgency: Urgency::Interactive,
            raw: false,
            archives: &self.archives,
            assistant: self.assistant.get(),
            meter: &self.meter,
        }
    }

    fn find(&self, endpoint: &Endpoint, request: &ToolRequest) -> Result<&Arc<Tool>, CallError> {
        self.registry
            .find(&request.tool, request.raw)
            .ok_or_else(|| {
                let hint = if endpoint.open_ended || endpoint.mode == Mode::Meta {
                    " search_tools finds tools by what they do.".into()
                } else {
                    String::new()
                };
                CallError::UnknownTool {
                    tool: request.tool.clone(),
                    hint,
                }
            })
    }

    /// The tools that an endpoint lists: a pure function of the endpoint, in a fixed order.
    pub fn list(&self, who: &Principal) -> Result<Vec<Arc<Tool>>, CallError> {
        let endpoint = self.endpoint(who)?;
        if let Some(dialect) = &endpoint.dialect {
            let dialect = self.registry.dialect(dialect).map_err(CallError::Refused)?;
            return Ok(dialect.list(&endpoint));
        }
        Ok(self
            .registry
            .tools()
            .filter(|tool| policy::lists(&endpoint, tool))
            .cloned()
            .collect())
    }

    /// Whether a person may have to agree to a call by this name first.
    pub fn may_ask(&self, who: &Principal, name: &str, arguments: &Map<String, Value>) -> bool {
        let inner = arguments.get("arguments").and_then(Value::as_object);
        let (behind, arguments) = match name {
            CALL_TOOL => (
                arguments.get("name").and_then(Value::as_str),
                inner.unwrap_or(arguments),
            ),
            _ => (Some(name), arguments),
        };
        let tool = behind.and_then(|name| self.registry.get(name));
        let Ok(endpoint) = self.endpoint(who) else {
            return tool.is_some_and(|tool| tool.risk_of(arguments) == Risk::Destructive);
        };
        // In a dialect a name may mean another tool than ours of that name.
        let unclear = endpoint.dialect.is_some() && !endpoint.controls.confirm.is_empty();
        unclear
            || tool.is_some_and(|tool| policy::may_ask(&endpoint, tool, tool.risk_of(arguments)))
    }

    /// The worst that a call of this tool may do here; for `call_tool`, the endpoint's ceiling.
    pub fn worst(&self, who: &Principal, tool: &Tool) -> Result<Risk, CallError> {
        Ok(if tool.name == CALL_TOOL {
            self.endpoint(who)?.ceiling
        } else {
            tool.risk
        })
    }

    /// The tool that a client means by a name: its endpoint's dialect's, else our own.
    pub fn tool(&self, who: &Principal, name: &str) -> Option<Arc<Tool>> {
        let endpoint = self.endpoint(who).ok();
        let dialect = endpoint
            .as_ref()
            .and_then(|endpoint| endpoint.dialect.as_ref());
        let dialect = dialect.and_then(|name| self.registry.dialect(name).ok());
        let spoken = dialect.as_ref().and_then(|dialect| dialect.front(name));
        spoken.or_else(|| self.registry.get(name)).cloned()
    }

    /// All tools, as the catalog has them.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Endpoints and connections.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Where local copies are.
    pub fn archives(&self) -> &Archives {
        &self.archives
    }

    /// What reads and writes words for tools from now on; the first one stays.
    pub fn assist_with(&self, assistant: Arc<dyn Assistant>) {
        let _ = self.assistant.set(assistant);
    }

    /// Where tokens are kept.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The caller's endpoint, as narrow as the caller asked for.
    pub fn endpoint(&self, who: &Principal) -> Result<Arc<Endpoint>, CallError> {
        let endpoint = self.directory.endpoint(&who.endpoint)?;
        if endpoint.tenant != who.tenant {
            return Err(CallError::EndpointGone);
        }
        Ok(match &who.narrowed {
            Some(narrowing) => Arc::new(narrowing.applied(&endpoint)),
            None => endpoint,
        })
    }

    /// What is left of Intercom's window for calls by `who`; none before their connection is at hand.
    pub fn allowance(&self, who: &Principal) -> Option<BudgetState> {
        let endpoint = self.endpoint(who).ok()?;
        let connection = self.directory.connection(&endpoint, who).ok()?;
        Some(connection.account.budget.state())
    }

    /// Calls of Intercom that begin from now on have this time over all.
    pub fn set_upstream_timeout(&self, timeout: Duration) {
        self.client.set_timeout(timeout);
    }

    /// The audit log.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Waits until everything recorded is on disk, and gives back what was set aside of budgets.
    pub async fn flush(&self) {
        self.meter.flush().await;
        self.audit.flush().await;
    }
}

/// By whom, through which endpoint, to which workspace.
#[derive(Clone, Copy)]
struct Scene<'a> {
    who: &'a Principal,
    endpoint: &'a Endpoint,
    connection: &'a Connection,
    recorded: Recorded<'a>,
}

/// What goes along with a call that is on record.
#[derive(Clone, Copy)]
struct Recorded<'a> {
    record: &'a AuditRecord,
    /// What its answer must not show.
    hidden: &'a Hidden,
}

/// What a call is counted as.
fn used(record: &AuditRecord, risk: Risk, result: &Result<ToolResult, CallError>) -> Count {
    let kept_back = [
        ErrorKind::Denied,
        ErrorKind::OverBudget,
        ErrorKind::ConfirmationNeeded,
    ];
    let failed = result.as_ref().err().map(CallError::kind);
    let refused = failed.is_some_and(|kind| kept_back.contains(&kind));
    let bytes = match result {
        Ok(answer) => answer.text.len(),
        Err(error) => error.to_string().len(),
    };
    Count {
        write: risk != Risk::Read && !refused,
        refused,
        error: failed.is_some() && !refused,
        tokens_out: i64::try_from(audit::tokens(bytes)).unwrap_or(i64::MAX),
        upstream_calls: i64::try_from(record.upstream_calls()).unwrap_or(i64::MAX),
    }
}

/// The answer, or the error, without what the endpoint masks.
fn masked(
    result: Result<ToolResult, CallError>,
    rules: &MaskRules,
    hidden: &Hidden,
) -> Result<ToolResult, CallError> {
    match result {
        Ok(mut answer) => {
            rules.apply_with(&mut answer, hidden);
            Ok(answer)
        }
        Err(error) => Err(error.masked(rules, hidden)),
    }
}

/// A masked value is no value: found as an argument, it is refused before it is written anywhere, or searched in vain.
fn unmasked(
    tool: &Tool,
    endpoint: &Endpoint,
    arguments: &Map<String, Value>,
) -> Result<(), CallError> {
    match endpoint.controls.mask.echoed(arguments) {
        None => Ok(()),
        Some(place) => Err(CallError::BadArguments {
            tool: tool.name.clone(),
            problems: vec![format!(
                "`{place}` holds a value that this endpoint masked in an answer: give the real one, or leave it out"
            )],
        }),
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
