//! `frontdesk stdio`: one workspace for one desktop host. Standard output belongs to the protocol.

use super::{Threads, asked_to_stop, block_on, flags};
use crate::app::App;
use crate::config::Config;
use crate::mcp::{Desk, DeskHandler};
use crate::token::{self, TokenUpdates};
use crate::{Error, token::TokenSource};
use clap::Args;
use rmcp::{
    RoleServer,
    model::{ClientJsonRpcMessage, ClientNotification},
    service::{RxJsonRpcMessage, ServerInitializeError, TxJsonRpcMessage},
    transport::{IntoTransport, Transport, stdio_pipes},
};
use std::sync::Arc;

/// Serve one desktop host over standard input and output.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  INTERCOM_ACCESS_TOKEN=… frontdesk stdio
  INTERCOM_ACCESS_TOKEN=… INTERCOM_REGION=eu frontdesk stdio --read-only

In Claude Desktop's configuration (Settings, Developer, Edit Config):
  {\"mcpServers\": {\"intercom\": {\"command\": \"frontdesk\", \"args\": [\"stdio\"],
                               \"env\": {\"INTERCOM_ACCESS_TOKEN\": \"…\"}}}}

The token changes without a restart: write the file that FRONTDESK_TOKEN_FILE names, or let the client send
notifications/token/update with `accessToken` (or `token`) and `timestamp`.")]
pub(super) struct Stdio {
    #[command(flatten)]
    connection: flags::ConnectionFlags,
    #[command(flatten)]
    tools: flags::ToolFlags,
}

impl Stdio {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        let config = flags::Given::none()
            .connection(&self.connection)
            .tools(&self.tools)
            .read(general, true)?;
        if TokenSource::of(&config).current()?.is_none() {
            return Err(Error::NoToken);
        }
        block_on(Threads::One, serve(&config))?
    }
}

async fn serve(config: &Config) -> Result<(), Error> {
    let app = Arc::new(App::new(config)?);
    let desk = Arc::new(Desk::new(Arc::clone(&app.gateway)));
    let handler = DeskHandler::new(desk, app.principal.clone());
    let following = tokio::spawn(token::follow(Arc::clone(&app)));
    let intake = Intake {
        inner: IntoTransport::<RoleServer, std::io::Error, _>::into_transport(stdio_pipes()),
        app: Arc::clone(&app),
        updates: TokenUpdates::default(),
    };
    let serving = async {
        match rmcp::serve_server(handler, intake).await {
            Ok(running) => {
                let ended = running.waiting().await;
                ended.map(|_| ()).map_err(std::io::Error::other)
            }
            // The input ended before anything was asked.
            Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
            Err(error) => Err(std::io::Error::other(reason(&error))),
        }
    };
    let ended = tokio::select! {
        ended = serving => ended,
        () = asked_to_stop() => Ok(()),
    };
    following.abort();
    app.gateway.flush().await;
    ended.map_err(Error::Io)
}

/// Why no conversation came about, without what the client sent.
fn reason(error: &ServerInitializeError) -> &'static str {
    match error {
        ServerInitializeError::ExpectedInitializeRequest(_) => {
            "the client's first message was neither `initialize` nor a request of 2026-07-28"
        }
        _ => "the client and this server could not agree on a protocol",
    }
}

/// Takes token updates out of the stream before anything else sees them, so that the next request already uses them.
struct Intake<T> {
    inner: T,
    app: Arc<App>,
    updates: TokenUpdates,
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Intake<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.inner.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let message = self.inner.receive().await?;
            let ClientJsonRpcMessage::Notification(notification) = &message else {
                return Some(message);
            };
            match &notification.notification {
                ClientNotification::CustomNotification(custom)
                    if custom.method == "notifications/token/update" =>
                {
                    match self.updates.accept(custom.params.as_ref()) {
                        Ok(token) => self.app.use_token(token),
                        Err(why) => tracing::warn!("a token update was ignored: {why}"),
                    }
                }
                _ => return Some(message),
            }
        }
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.inner.close()
    }
}
