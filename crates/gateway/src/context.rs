//! What a running tool holds: a handle to Intercom that knows only the operations its permit covers.

use crate::audit::AuditRecord;
use crate::directory::Admin;
use crate::mask::Hidden;
use crate::meter::{Meter, Spending};
use crate::policy::{self, Permit};
use crate::request::Progress;
use crate::rules::{self, Facts, Judged};
use crate::tools::Plans;
use crate::{
    Archives, Assistant, CallError, Connection, Endpoint, Principal, Registry, Tool, shape,
};
use catalog::{Operation, ParamType, Place, Risk};
use intercom::{
    Client, Credential, PageCursor, PageError, PageOf, Pages, Request, Response, Urgency,
};
use serde_json::{Map, Value};
use std::sync::Arc;
use store::archive::Archive;

/// The surroundings of one call.
pub(crate) struct Context<'a> {
    pub(crate) who: &'a Principal,
    pub(crate) registry: &'a Registry,
    pub(crate) client: &'a Client,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) connection: &'a Connection,
    pub(crate) permit: Permit,
    pub(crate) credential: &'a Credential,
    pub(crate) progress: Option<Arc<dyn Progress>>,
    /// What the answer must not show.
    pub(crate) hidden: &'a Hidden,
    pub(crate) record: &'a AuditRecord,
    pub(crate) plans: &'a Plans,
    pub(crate) urgency: Urgency,
    /// Whether the answer goes out as it came.
    pub(crate) raw: bool,
    pub(crate) archives: &'a Archives,
    pub(crate) assistant: Option<&'a Arc<dyn Assistant>>,
    pub(crate) meter: &'a Meter,
}

impl Context<'_> {
    /// Calls one declared operation with wire-ready arguments.
    pub(crate) async fn operation(
        &self,
        name: &str,
        arguments: Map<String, Value>,
    ) -> Result<Response, CallError> {
        let operation = self.declared(name)?;
        self.obey(name, &arguments).await?;
        let request = self.request(operation, &arguments).await?;
        let answer = self.dispatch(operation, request).await;
        answer.map_err(|error| named(operation, &arguments, error))
    }

    /// Whether a part of the call, which is a call of that tool in itself, is allowed; it is counted, too.
    pub(crate) async fn part(
        &self,
        tool: &Tool,
        arguments: &Map<String, Value>,
    ) -> Result<(), CallError> {
        let risk = tool.risk_of(arguments);
        self.judge(tool, risk, arguments).await?;
        let spending = Spending {
            call: false,
            write: risk != Risk::Read,
            customer: tool.reaches_customer,
        };
        let budgets = &self.endpoint.controls.budgets;
        self.meter.spend(self.who, budgets, spending).await
    }

    /// Whether the rules on an operation let a tool of ours use it so.
    async fn obey(&self, name: &str, arguments: &Map<String, Value>) -> Result<(), CallError> {
        let rules = &self.endpoint.controls.rules;
        // What the call itself asks for was judged before it was permitted.
        if rules.is_empty() || self.permit.is_for_facts() || self.permit.tool() == name {
            return Ok(());
        }
        match self.registry.find(name, true) {
            Some(tool) if rules.name(name) => {
                self.judge(tool, tool.risk_of(arguments), arguments).await
            }
            _ => Ok(()),
        }
    }

    async fn judge(
        &self,
        tool: &Tool,
        risk: Risk,
        arguments: &Map<String, Value>,
    ) -> Result<(), CallError> {
        let rules = &self.endpoint.controls.rules;
        if rules.is_empty() {
            return Ok(());
        }
        let needs = rules.needs(&tool.name);
        let facts = if needs.any() {
            let context = self.for_facts();
            // It calls operations itself.
            Box::pin(rules::gather(&context, needs, tool, arguments)).await?
        } else {
            Facts::default()
        };
        let judged = Judged {
            who: self.who,
            tool,
            risk,
            arguments,
            registry: self.registry,
        };
        policy::obeys(self.endpoint, &judged, &facts)
    }

    /// The same call, but for what rules look at.
    fn for_facts(&self) -> Context<'_> {
        Context {
            who: self.who,
            registry: self.registry,
            client: self.client,
            endpoint: self.endpoint,
            connection: self.connection,
            permit: self.permit.for_facts(),
            credential: self.credential,
            progress: None,
            hidden: self.hidden,
            record: self.record,
            plans: self.plans,
            urgency: self.urgency,
            raw: false,
            archives: self.archives,
            assistant: self.assistant,
            meter: self.meter,
        }
    }

    /// One page of a declared list operation; `cursor` is what the page before answered.
    pub(crate) async fn page(
        &self,
        name: &str,
        arguments: Map<String, Value>,
        limit: Option<u32>,
        cursor: Option<&str>,
    ) -> Result<PageOf, CallError> {
        let operation = self.declared(name)?;
        self.obey(name, &arguments).await?;
        let request = self.request(operation, &arguments).await?;
        let pages = Pages::new(operation, request, limit);
        pages
            .page(cursor, |request| self.dispatch(operation, request))
            .await
            .map_err(|error| match error {
                PageError::Cursor(error) => CallError::Refused(error.to_string()),
                PageError::Call(error) => named(operation, &arguments, error),
            })
    }

    /// The whole answer to one page of a declared list operation, for what stands beside the items.
    pub(crate) async fn page_body(
        &self,
        name: &str,
        arguments: Map<String, Value>,
        limit: Option<u32>,
        cursor: Option<&str>,
    ) -> Result<Value, CallError> {
        let operation = self.declared(name)?;
        self.obey(name, &arguments).await?;
        let cursor = PageCursor::resume(operation, limit, cursor)
            .map_err(|error| CallError::Refused(error.to_string()))?;
        let mut request = self.request(operation, &arguments).await?;
        cursor.apply(&mut request);
        let answer = self.dispatch(operation, request).await;
        answer
            .map(|response| response.body)
            .map_err(|error| named(operation, &arguments, error))
    }

    /// The admin that the credential acts as, asked of Intercom once a connection.
    pub(crate) async fn admin(&self) -> Result<&Admin, CallError> {
        self.connection
            .admin
            .get_or_try_init(|| async {
                let operation = self.known("get_me")?;
                let request = Request::build(operation, &Map::new(), None)
                    .map_err(|error| refused(&error))?;
                let body = self.dispatch(operation, request).await?.body;
                let text = |pointer: &str| match body.pointer(pointer) {
                    Some(Value::String(text)) => text.clone(),
                    Some(Value::Number(number)) => number.to_string(),
                    _ => String::new(),
                };
                Ok(Admin {
                    id: text("/id"),
                    name: text("/name"),
                    workspace: text("/app/id_code"),
                })
            })
            .await
    }

    /// The local copy of the connection's workspace.
    pub(crate) async fn archive(&self) -> Result<Archive, CallError> {
        self.archives.open(self.permit.connection()).await
    }

    /// Whether the endpoint lets a tool be called; native tools ask before they offer it.
    pub(crate) fn reaches(&self, tool: &Tool) -> bool {
        self.refusal(tool).is_none()
    }

    /// Why the endpoint does not let a tool be called.
    pub(crate) fn refusal(&self, tool: &Tool) -> Option<String> {
        policy::refusal(self.endpoint, tool)
    }

    /// What to say of arguments that only the running tool can judge.
    pub(crate) fn bad(&self, problem: impl Into<String>) -> CallError {
        CallError::BadArguments {
            tool: self.permit.tool().to_owned(),
            problems: vec![problem.into()],
        }
    }

    /// Tells the caller how far the work is.
    pub(crate) fn report(&self, done: u64, total: Option<u64>, message: &str) {
        if let Some(progress) = &self.progress {
            let message = self.endpoint.controls.mask.shown(message, self.hidden);
            progress.report(done, total, &message);
        }
    }

    fn declared(&self, name: &str) -> Result<&Arc<Operation>, CallError> {
        if !self.permit.covers(name) {
            return Err(CallError::Refused(format!(
                "the operation `{name}` is not declared by this tool"
            )));
        }
        let operation = self.known(name)?;
        let taken_away = policy::taken_away(self.endpoint, operation);
        // A rule may look at what its owner took away: the caller does not see it.
        if let Some(reason) = taken_away.filter(|_| !self.permit.is_for_facts()) {
            return Err(CallError::Denied {
                tool: self.permit.tool().to_owned(),
                reason,
            });
        }
        if operation.risk > self.permit.risk() {
            return Err(CallError::Refused(format!(
                "the operation `{name}` may do more than this call was allowed to"
            )));
        }
        Ok(operation)
    }

    fn known(&self, name: &str) -> Result<&Arc<Operation>, CallError> {
        self.registry
            .operation(name)
            .ok_or_else(|| CallError::Refused(format!("the catalog has no operation `{name}`")))
    }

    async fn request(
        &self,
        operation: &Operation,
        arguments: &Map<String, Value>,
    ) -> Result<Request, CallError> {
        let admin = if needs_admin(operation, arguments) {
            Some(self.admin().await?.id.as_str())
        } else {
            None
        };
        Request::build(operation, arguments, admin).map_err(|error| refused(&error))
    }

    async fn dispatch(
        &self,
        operation: &Operation,
        mut request: Request,
    ) -> Result<Response, CallError> {
        request.urgency = self.urgency;
        request.exact = self.raw;
        request.trace = self.record.trace().map(|trace| trace.to_string());
        let account = &self.connection.account;
        let heard = self.record.attempts(operation);
        let result = self
            .client
            .send_heard(account, self.credential, request, &heard)
            .await;
        if matches!(result, Err(intercom::Error::Unauthorized(_))) {
            self.connection.refuse();
        }
        let response = result?;
        let mask = &self.endpoint.controls.mask;
        self.hidden.gather(mask, &response.body);
        Ok(response)
    }
}

/// "Not found" with the kind and the id of whatever the call named.
fn named(operation: &Operation, arguments: &Map<String, Value>, error: CallError) -> CallError {
    let CallError::Intercom(source @ intercom::Error::NotFound(_)) = error else {
        return error;
    };
    let sought: Vec<String> = operation
        .params
        .iter()
        .filter(|(name, param)| {
            let is_id = matches!(param.kind, ParamType::Id | ParamType::IntegerId);
            is_id || operation.place_of(name, param) == Place::Path
        })
        .filter_map(|(name, param)| {
            let id = shape::scalar(arguments.get(name).filter(|id| !id.is_null())?);
            let kind = param.of.as_deref().unwrap_or(name).replace('_', " ");
            Some(format!("{kind} `{id}`"))
        })
        .collect();
    if sought.is_empty() {
        return CallError::Intercom(source);
    }
    CallError::NotFound { sought, source }
}

fn needs_admin(operation: &Operation, arguments: &Map<String, Value>) -> bool {
    operation
        .params
        .iter()
        .any(|(name, param)| param.defaults_to_admin() && !arguments.contains_key(name))
}

fn refused(error: &intercom::RequestError) -> CallError {
    CallError::Refused(error.to_string())
}
