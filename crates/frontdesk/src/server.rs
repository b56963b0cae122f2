//! A listening server, in this process.

use crate::app::App;
use crate::auth::Keys;
use crate::config::Config;
use crate::guard::Guard;
use crate::mcp::{Desk, Mounts};
use crate::router::{Front, router};
use crate::{Error, token};
use axum::serve::ListenerExt;
use secrecy::SecretString;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// How long running calls may take to end when the server stops.
const FINISH: Duration = Duration::from_secs(10);
/// How long connections may take to close after that.
const CLOSE: Duration = Duration::from_secs(2);

/// A server that answers on an address until it is stopped or dropped.
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    app: Arc<App>,
    front: Arc<Front>,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    following: JoinHandle<()>,
}

impl Server {
    /// Begins to listen where the configuration says, for clients that bring `token`.
    pub async fn start(
        app: Arc<App>,
        config: &Config,
        token: &SecretString,
    ) -> Result<Self, Error> {
        let failed = |source| Error::Listen {
            addr: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let mut keys = Keys::default();
        keys.add(token, app.principal.clone());
        let front = Arc::new(Front {
            guard: Guard::new(addr.ip(), &config.allowed_hosts, &config.allowed_origins),
            keys,
            mounts: Mounts::new(Arc::new(Desk::new(Arc::clone(&app.gateway)))),
            max_body: config.max_body,
        });
        let stop = CancellationToken::new();
        // Answers are small: waiting to fill a packet would only delay them.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
        });
        let serving = axum::serve(listener, router(Arc::clone(&front)))
            .with_graceful_shutdown(stop.clone().cancelled_owned());
        Ok(Self {
            addr,
            following: tokio::spawn(token::follow(Arc::clone(&app))),
            app,
            front,
            stop,
            serving: tokio::spawn(serving.into_future()),
        })
    }

    /// Takes no new connections, lets running calls end, and closes.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let mounts = &self.front.mounts;
        mounts.busy.close();
        if tokio::time::timeout(FINISH, mounts.busy.wait())
            .await
            .is_err()
        {
            tracing::warn!("calls that still run are given up");
        }
        mounts.stop.cancel();
        // What is left are connections that do not close; the process ends without them.
        let _ = tokio::time::timeout(CLOSE, &mut self.serving).await;
        self.app.gateway.flush().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
        self.front.mounts.stop.cancel();
        self.following.abort();
    }
}
