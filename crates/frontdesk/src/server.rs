//! A listening server, in this process.

use crate::app::App;
use crate::audit_export::Exports;
use crate::auth::Keys;
use crate::config::Config;
use crate::connect;
use crate::guard::Guard;
use crate::mcp::{Desk, Mounts};
use crate::oauth::{Authorization, Site};
use crate::router::{Doors, Front, metrics_router, router};
use crate::running::Running;
use crate::support::{self, Support};
use crate::telemetry::{Telemetry, start_metrics};
use crate::tenants::{self, Tenants};
use crate::webhooks::Webhooks;
use crate::{Error, token};
use axum::serve::ListenerExt;
use gateway::Gateway;
use secrecy::SecretString;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

/// How long connections may take to close when the calls have ended.
const CLOSE: Duration = Duration::from_secs(2);

/// A server that answers on an address until it is stopped or dropped.
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Where its metrics are, where they have an address of their own.
    pub metrics_addr: Option<SocketAddr>,
    gateway: Arc<Gateway>,
    telemetry: Arc<Telemetry>,
    front: Arc<Front>,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    /// Tasks that end with it.
    beside: Vec<JoinHandle<()>>,
    exports: Option<Exports>,
    support: Option<Support>,
}

impl Server {
    /// Begins to listen where the configuration says, for clients that bring `token`.
    pub async fn start(
        app: Arc<App>,
        config: &Config,
        token: &SecretString,
    ) -> Result<Self, Error> {
        let mut keys = Keys::default();
        keys.add(token, app.principal.clone());
        let doors = Doors::One(keys);
        let beside = support::single(&app, config).await?;
        let (gateway, telemetry) = (Arc::clone(&app.gateway), Arc::clone(app.telemetry()));
        let mut server = Self::listen(gateway, doors, beside.webhooks, telemetry, config).await?;
        server.beside.push(tokio::spawn(token::follow(app)));
        server.beside.extend(beside.sweeping);
        server.support = beside.support;
        Ok(server)
    }

    /// Begins to listen where the configuration says, for the tenants of a database.
    pub async fn serve(tenants: Arc<Tenants>, config: &Config) -> Result<Self, Error> {
        let gateway = Arc::clone(tenants.gateway());
        let telemetry = Arc::clone(tenants.telemetry());
        let sinks = tenants.sink_settings();
        let exports = Exports::start(tenants.store(), sinks, &config.authorities)?;
        let (webhooks, support) = support::many(&tenants, config);
        let authorization = Arc::new(Authorization::new(Arc::clone(&tenants), config));
        let doors = Doors::Many(Arc::clone(&tenants), authorization);
        let mut server = Self::listen(gateway, doors, Some(webhooks), telemetry, config).await?;
        server.exports = Some(exports);
        server.support = Some(support);
        server.beside.push(tenants::start_sweeping(tenants.store()));
        let errands = tokio::spawn(connect::keep_doing(tenants));
        server.beside.push(errands);
        Ok(server)
    }

    async fn listen(
        gateway: Arc<Gateway>,
        doors: Doors,
        webhooks: Option<Webhooks>,
        telemetry: Arc<Telemetry>,
        config: &Config,
    ) -> Result<Self, Error> {
        let (listener, addr) = bound(config.listen).await?;
        let front = Arc::new(Front {
            guard: guard(addr, config),
            proxies: config.trusted_proxies.clone(),
            doors,
            site: Site::new(config),
            mounts: Mounts::new(Arc::new(Desk::new(Arc::clone(&gateway)))),
            running: Running::new(config, Arc::clone(&telemetry)),
            webhooks,
        });
        let mut beside = Vec::new();
        beside.extend(start_metrics(&telemetry, &gateway, front.tenants()));
        let metrics_addr = match config.metrics_listen {
            Some(addr) => {
                let (listener, addr) = bound(addr).await?;
                let served = axum::serve(listener, metrics_router(Arc::clone(&front)));
                beside.push(tokio::spawn(async move {
                    // It ends with the process, or when its task is aborted.
                    let _ = served.await;
                }));
                Some(addr)
            }
            None => None,
        };
        let stop = CancellationToken::new();
        // Answers are small: waiting to fill a packet would only delay them.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
        });
        let routes = router(Arc::clone(&front)).into_make_service_with_connect_info::<SocketAddr>();
        let serving =
            axum::serve(listener, routes).with_graceful_shutdown(stop.clone().cancelled_owned());
        Ok(Self {
            addr,
            metrics_addr,
            beside,
            exports: None,
            support: None,
            gateway,
            telemetry,
            front,
            stop,
            serving: tokio::spawn(serving.into_future()),
        })
    }

    /// Takes over what may change while it serves: hosts, origins, the size of requests, the time of calls, the time to
    /// end.
    pub fn reload(&self, config: &Config) {
        self.gateway.set_upstream_timeout(config.upstream_timeout);
        if let Some(tenants) = self.front.tenants() {
            tenants
                .connecting()
                .set_upstream_timeout(config.upstream_timeout);
        }
        self.front.guard.replace(guard(self.addr, config));
        self.front.running.reload(config);
    }

    /// Answers new calls with 503, lets those under way end, and closes.
    pub async fn stop(mut self) {
        let mounts = &self.front.mounts;
        self.front.running.end();
        mounts.busy.close();
        let ended = timeout(self.front.running.grace(), mounts.busy.wait());
        if ended.await.is_err() {
            tracing::warn!("calls that still run are given up");
        }
        self.stop.cancel();
        mounts.stop.cancel();
        if let Some(support) = self.support.take() {
            support.stop(self.front.running.grace()).await;
        }
        // What is left are connections that do not close; the process ends without them.
        let _ = timeout(CLOSE, &mut self.serving).await;
        self.gateway.flush().await;
        if let Some(exports) = self.exports.take() {
            // What a sink does not take now it takes after the next start.
            let _ = timeout(CLOSE, exports.stop()).await;
        }
        self.telemetry.flush().await;
    }
}

/// The hosts and origins that the configuration names.
fn guard(addr: SocketAddr, config: &Config) -> Guard {
    let mut hosts = config.allowed_hosts.clone();
    hosts.extend(config.public_host());
    Guard::new(addr.ip(), &hosts, &config.allowed_origins)
}

async fn bound(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Listen { addr, source };
    let listener = TcpListener::bind(addr).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    Ok((listener, addr))
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
        self.front.mounts.stop.cancel();
        for task in &self.beside {
            task.abort();
        }
        if let Some(support) = &self.support {
            support.abort();
        }
    }
}
