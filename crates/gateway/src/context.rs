//! What a running tool holds: a handle to Intercom that knows only the operations its permit covers.

use crate::audit::AuditRecord;
use crate::directory::Admin;
use crate::policy::{self, Permit};
use crate::request::Progress;
use crate::{CallError, Connection, Endpoint, Registry, Tool};
use catalog::Operation;
use intercom::{
    Client, Credential, PageCursor, PageError, PageOf, Pages, Request, Response, Urgency,
};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The surroundings of one call.
pub(crate) struct Context<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) client: &'a Client,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) connection: &'a Connection,
    pub(crate) permit: Permit,
    pub(crate) credential: Credential,
    pub(crate) progress: Option<Arc<dyn Progress>>,
    pub(crate) record: &'a AuditRecord,
}

impl Context<'_> {
    /// Calls one declared operation with wire-ready arguments.
    pub(crate) async fn operation(
        &self,
        name: &str,
        arguments: Map<String, Value>,
    ) -> Result<Response, CallError> {
        let operation = self.declared(name)?;
        let request = self.request(operation, &arguments).await?;
        self.dispatch(operation, request).await
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
        let request = self.request(operation, &arguments).await?;
        let pages = Pages::new(operation, request, limit);
        pages
            .page(cursor, |request| self.dispatch(operation, request))
            .await
            .map_err(|error| match error {
                PageError::Cursor(error) => CallError::Refused(error.to_string()),
                PageError::Call(error) => error,
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
        let cursor = PageCursor::resume(operation, limit, cursor)
            .map_err(|error| CallError::Refused(error.to_string()))?;
        let mut request = self.request(operation, &arguments).await?;
        cursor.apply(&mut request);
        Ok(self.dispatch(operation, request).await?.body)
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

    /// Whether the endpoint lets a tool be called; native tools ask before they offer it.
    pub(crate) fn reaches(&self, tool: &Tool) -> bool {
        policy::reaches(self.endpoint, tool)
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
            progress.report(done, total, message);
        }
    }

    fn declared(&self, name: &str) -> Result<&Arc<Operation>, CallError> {
        if !self.permit.covers(name) {
            return Err(CallError::Refused(format!(
                "the operation `{name}` is not declared by this tool"
            )));
        }
        if let Some(reason) = policy::taken_away(self.endpoint, name) {
            return Err(CallError::Denied {
                tool: self.permit.tool().to_owned(),
                reason,
            });
        }
        self.known(name)
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
        request.urgency = Urgency::Interactive;
        self.record.leaving(operation.risk);
        let result = self
            .client
            .send(&self.connection.account, &self.credential, request)
            .await;
        match &result {
            Ok(response) => self.record.answered(
                &operation.name,
                Some(response.status),
                response.request_id.clone(),
            ),
            Err(error) => self.record.answered(
                &operation.name,
                error.status(),
                error.request_id().map(str::to_owned),
            ),
        }
        Ok(result?)
    }
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
