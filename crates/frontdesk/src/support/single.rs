//! The agent of a server of one workspace.

use super::{Shelf, TOOLS, Thinkers};
use crate::app::App;
use agent::{desk::Desk, settings::Settings, turn::TurnError, worker::Staff};
use catalog::Risk;
use futures_util::future::BoxFuture;
use gateway::{ConnectionId, Endpoint, EndpointId, Mode, Principal, ToolRequest, Unconfirmed};
use serde_json::{Map, Value};
use std::sync::Arc;
use store::TenantScope;
use tokio::sync::OnceCell;

/// The agent of the one workspace, made at its first use.
pub(crate) struct Single {
    app: Arc<App>,
    who: Principal,
    thinkers: Arc<Thinkers>,
    settings: Arc<Settings>,
    scope: TenantScope,
    made: OnceCell<(Arc<Desk>, Shelf)>,
}

impl Single {
    /// An agent beside the endpoint of the configuration, with an endpoint of its own.
    pub(crate) fn new(
        app: Arc<App>,
        thinkers: Arc<Thinkers>,
        settings: Arc<Settings>,
        scope: TenantScope,
    ) -> Self {
        let who = Principal {
            endpoint: EndpointId::new("agent"),
            ..app.principal.clone()
        };
        let mut endpoint = endpoint(&who, app.connection());
        // What a person allowed is called by the same endpoint; a turn is bound to less.
        endpoint.allow.extend(settings.actions.values().cloned());
        app.gateway.directory().put_endpoint(endpoint);
        Self {
            who,
            app,
            thinkers,
            settings,
            scope,
            made: OnceCell::new(),
        }
    }

    /// Makes it ready for its first turn.
    pub(crate) async fn warm(&self) {
        if let Err(error) = self.made().await {
            tracing::warn!(%error, "the agent is not ready yet");
        }
    }

    /// The agent of the one workspace.
    pub(crate) async fn own(&self) -> Result<Arc<Desk>, TurnError> {
        Ok(Arc::clone(&self.made().await?.0))
    }

    async fn made(&self) -> Result<&(Arc<Desk>, Shelf), TurnError> {
        let make = async || {
            let gateway = &self.app.gateway;
            let mut request = ToolRequest::new("get_me", Map::new());
            request.raw = true;
            let me = gateway.call(&self.who, request).await;
            let me = me.map_err(TurnError::Call)?.value();
            let filled = Shelf::filled(&self.thinkers, gateway, &self.who).await?;
            let desk = Desk {
                gateway: Arc::clone(gateway),
                who: self.who.clone(),
                own: text(&me, "/id"),
                workspace: text(&me, "/app/id_code"),
                mind: self.thinkers.mind().await?,
                library: Arc::clone(&filled.library) as Arc<dyn agent::Find>,
                settings: Arc::clone(&self.settings),
                scope: self.scope.clone(),
            };
            Ok((Arc::new(desk), filled))
        };
        self.made.get_or_try_init(make).await
    }
}

impl Staff for Single {
    fn desk<'a>(
        &'a self,
        _: &'a str,
        workspace: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Desk>>, TurnError>> {
        Box::pin(async move {
            let (desk, _) = self.made().await?;
            Ok((desk.workspace == workspace).then(|| Arc::clone(desk)))
        })
    }

    fn article_changed<'a>(&'a self, desk: &'a Arc<Desk>, article: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if let Some((_, shelf)) = self.made.get() {
                shelf.renew(&desk.who, article).await;
            }
        })
    }
}

/// The endpoint by which the agent calls: its own tools and no others.
fn endpoint(who: &Principal, connection: &ConnectionId) -> Endpoint {
    Endpoint {
        id: who.endpoint.clone(),
        tenant: who.tenant.clone(),
        connection: Some(connection.clone()),
        ceiling: Risk::Write,
        toolsets: Vec::new(),
        allow: TOOLS.map(str::to_owned).to_vec(),
        deny: Vec::new(),
        open_ended: false,
        dialect: None,
        unconfirmed: Unconfirmed::Deny,
        expires_at: None,
        needs_second_token: false,
        mode: Mode::Tools,
        narrowed: None,
        controls: Arc::default(),
    }
}

fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
