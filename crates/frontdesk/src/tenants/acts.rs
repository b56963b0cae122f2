//! What those who manage a deployment do, and people and programs about their own access, on record like calls: an entry
//! that is on disk before anything is done, and one when it ended. Neither holds a secret, for only fields with these names
//! are kept of what was sent.

use super::Tenants;
use crate::Error;
use http::StatusCode;
use serde_json::{Map, Value, json};
use std::{net::IpAddr, time::Instant};
use store::{NewEntry, Role, StoreError, TenantScope};

/// The kinds of the two entries.
const BEGIN: &str = "admin_begin";
const FINISH: &str = "admin_finish";

/// What is kept of a request: choices, ids, numbers and times. Names, addresses, tokens and passwords are not.
const KEPT: [&str; 32] = [
    "allow",
    "app",
    "audit_arguments",
    "audit_days",
    "ceiling",
    "client_id",
    "confirm",
    "connection",
    "deny",
    "dialect",
    "disabled",
    "endpoint",
    "expires_at",
    "grace_seconds",
    "id",
    "key",
    "kind",
    "legal_hold",
    "mode",
    "open_ended",
    "region",
    "require_api_token",
    "revoked_for",
    "role",
    "scope",
    "seconds",
    "sign_in",
    "suspended",
    "toolsets",
    "unconfirmed",
    "user",
    "settings",
];
/// The longest text that is kept, in bytes, and the longest list.
const LONGEST: (usize, usize) = (100, 50);

/// Who does it.
#[derive(Clone, Debug)]
pub(crate) enum Manager {
    /// Somebody at the terminal of a machine that reaches the database.
    Cli,
    /// The holder of an API key.
    Key {
        id: String,
        role: Role,
        client_ip: Option<IpAddr>,
    },
    /// A person in a browser, about what is their own.
    Person { client_ip: Option<IpAddr> },
    /// A program that people let in, by the id that it is known under.
    Program {
        id: String,
        client_ip: Option<IpAddr>,
    },
}

/// How an act failed, in the words of calls.
pub(crate) trait Outcome {
    fn outcome(&self) -> &'static str;
}

/// What is about to be done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Act {
    /// Its name: the operation of the REST API where it has one, whichever way it is done.
    action: String,
    /// The tenant; none for what is the deployment's.
    tenant: Option<String>,
    user: Option<String>,
    endpoint: Option<String>,
    /// The id of what it is done to; what it makes gets its id on the way.
    object: Option<String>,
    given: Value,
}

/// An act on record; dropped unfinished, it records that its caller went away.
pub(crate) struct ActRecord {
    scope: TenantScope,
    manager: Manager,
    act: Act,
    id: String,
    began: Instant,
    finished: bool,
}

impl Act {
    pub(crate) fn new(action: &str) -> Self {
        Self {
            action: action.to_owned(),
            ..Self::default()
        }
    }

    /// In this tenant.
    #[must_use]
    pub(crate) fn tenant(self, tenant: Option<&str>) -> Self {
        let tenant = tenant.map(str::to_owned);
        Self { tenant, ..self }
    }

    /// To this.
    #[must_use]
    pub(crate) fn object(self, object: Option<&str>) -> Self {
        let object = object.map(str::to_owned);
        Self { object, ..self }
    }

    /// With these fields, of which some are kept; a `user` and an `endpoint` among them are what entries are found by.
    #[must_use]
    pub(crate) fn given(self, given: &Value) -> Self {
        let text = |name: &str| given[name].as_str().map(str::to_owned);
        Self {
            user: text("user"),
            endpoint: text("endpoint"),
            given: kept(given),
            ..self
        }
    }
}

impl Tenants {
    /// Records what is about to be done; without that it must not be.
    pub(crate) async fn begin_act(
        &self,
        manager: Manager,
        act: Act,
    ) -> Result<ActRecord, StoreError> {
        let mut record = ActRecord {
            scope: self.chain_of(act.tenant.as_deref()).await?,
            manager,
            act,
            id: store::new_id(),
            began: Instant::now(),
            // Until it is recorded, there is nothing to be abandoned.
            finished: true,
        };
        let entry = record.entry(BEGIN, None, &json!({}));
        record.scope.append_audit(vec![entry]).await?;
        record.finished = false;
        Ok(record)
    }

    /// Does something on record, with the id of what it made.
    pub(crate) async fn on_record<T, E: Outcome + From<StoreError>>(
        &self,
        (by, act): (Manager, Act),
        work: impl Future<Output = Result<T, E>>,
        made: impl Fn(&T) -> Option<&str>,
    ) -> Result<T, E> {
        let record = self.begin_act(by, act).await?;
        let done = work.await;
        match &done {
            Ok(value) => record.finish("ok", made(value)).await,
            Err(error) => record.finish(error.outcome(), None).await,
        }
        done
    }

    /// The chain of a tenant; the deployment's for what belongs to none, and for names that are no tenant's.
    async fn chain_of(&self, tenant: Option<&str>) -> Result<TenantScope, StoreError> {
        let deployment = self.store().deployment();
        let Some(scope) = tenant.and_then(|tenant| self.store().scope(tenant).ok()) else {
            return Ok(deployment);
        };
        match scope.describe().await {
            Ok(_) => Ok(scope),
            Err(StoreError::NotFound { .. }) => Ok(deployment),
            Err(error) => Err(error),
        }
    }
}

impl ActRecord {
    /// Records how it ended, and the id of what it made. Never fails the act.
    pub(crate) async fn finish(mut self, outcome: &str, made: Option<&str>) {
        self.finished = true;
        if self.act.object.is_none() {
            self.act.object = made.map(str::to_owned);
        }
        let entry = self.ended(outcome);
        append(&self.scope, entry).await;
    }

    fn ended(&self, outcome: &str) -> NewEntry {
        let duration = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let end = json!({"outcome": outcome, "duration_us": duration});
        self.entry(FINISH, Some(outcome), &end)
    }

    fn entry(&self, kind: &str, outcome: Option<&str>, end: &Value) -> NewEntry {
        let Act {
            action,
            tenant,
            user,
            endpoint,
            object,
            given,
        } = &self.act;
        let at = store::now();
        let mut body = json!({
            "event": kind,
            "id": self.id,
            "at": jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_string(),
            "tenant": tenant,
            "action": action,
            "object": object,
            "given": given,
        });
        let by = match &self.manager {
            Manager::Cli => json!({"client": "cli"}),
            Manager::Key {
                id,
                role,
                client_ip,
            } => {
                json!({"client": format!("frontdesk-api/{id}"), "role": role.as_str(), "client_ip": client_ip})
            }
            Manager::Person { client_ip } => json!({"client": "browser", "client_ip": client_ip}),
            Manager::Program { id, client_ip } => {
                json!({"client": format!("oauth-client/{id}"), "client_ip": client_ip})
            }
        };
        for (name, value) in [&by, end]
            .into_iter()
            .filter_map(Value::as_object)
            .flatten()
        {
            if !value.is_null() {
                body[name] = value.clone();
            }
        }
        NewEntry {
            event_id: format!("{}-{kind}", self.id),
            kind: kind.to_owned(),
            at,
            call_id: self.id.clone(),
            user_id: user.clone(),
            endpoint_id: endpoint.clone(),
            tool: Some(action.clone()),
            outcome: outcome.map(str::to_owned),
            body: body.to_string(),
        }
    }
}

impl Drop for ActRecord {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let (scope, entry) = (self.scope.clone(), self.ended("abandoned"));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { append(&scope, entry).await });
        }
    }
}

async fn append(scope: &TenantScope, entry: NewEntry) {
    let id = entry.call_id.clone();
    if let Err(error) = scope.append_audit(vec![entry]).await {
        tracing::error!(%error, act = id, "the end of an act could not be recorded");
    }
}

/// What may be kept of what was sent.
fn kept(given: &Value) -> Value {
    let fields = given.as_object().into_iter().flatten();
    let kept = fields.filter(|(name, _)| KEPT.contains(&name.as_str()));
    let kept = kept.filter_map(|(name, value)| {
        let value = match (name.as_str(), value) {
            ("settings", value) => Some(self::kept(value)),
            (_, Value::Array(list)) if list.len() <= LONGEST.1 && list.iter().all(is_plain) => {
                Some(value.clone())
            }
            (_, value) => is_plain(value).then(|| value.clone()),
        };
        Some((name.clone(), value?))
    });
    Value::Object(kept.collect::<Map<_, _>>())
}

fn is_plain(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => text.len() <= LONGEST.0 && !text.contains(char::is_control),
        _ => false,
    }
}

impl Outcome for Error {
    fn outcome(&self) -> &'static str {
        match self {
            Self::Store(error) => match error {
                StoreError::NotFound { .. } => "not_found",
                StoreError::Conflict { .. } => "conflict",
                StoreError::Invalid { .. } => "bad_arguments",
                _ => "failed",
            },
            Self::Usage(_) | Self::Setting { .. } | Self::NoToken => "bad_arguments",
            Self::Call(error) => error.kind().as_str(),
            _ => "failed",
        }
    }
}

/// What an answer over HTTP tells.
impl Outcome for StatusCode {
    fn outcome(&self) -> &'static str {
        match self.as_u16() {
            200..=299 => "ok",
            401 | 403 => "denied",
            404 => "not_found",
            409 => "conflict",
            400..=499 => "bad_arguments",
            502 => "upstream",
            503 => "unavailable",
            _ => "failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_fields_are_kept() {
        let given = json!({
            "access_token": "secret", "client_secret": "secret", "password": "secret", "url": "https://secret.example",
            "name": "Ana", "email": "ana@acme.example", "role": "owner", "expires_at": 5, "user": "x".repeat(101),
            "settings": {"ceiling": "read", "toolsets": ["inbox"], "rules": [{"name": "words"}], "access_token": "secret"},
        });
        let expected = json!({"role": "owner", "expires_at": 5, "settings": {"ceiling": "read", "toolsets": ["inbox"]}});
        assert_eq!(kept(&given), expected);
        assert_eq!(kept(&json!("no object")), json!({}));
    }
}
