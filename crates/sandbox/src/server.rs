//! Listening, connections, and the end of them.

use crate::{
    config::{Config, SandboxError, Webhook},
    desk::Desk,
    exchange::{self, Dropped},
    notify::Courier,
    router::Routes,
};
use catalog::Catalog;
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// The double of Intercom.
pub struct Sandbox {
    pub(crate) config: Config,
    pub(crate) routes: Routes,
    desk: Mutex<Desk>,
    pub(crate) courier: Courier,
}

/// A sandbox that answers on an address, until it is stopped or dropped.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Its base URL, without a slash at the end.
    pub url: String,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    sandbox: std::sync::Weak<Sandbox>,
}

impl Sandbox {
    /// Builds the workspace and begins to answer; the address is bound when this returns.
    pub async fn start(mut config: Config) -> Result<Running, SandboxError> {
        let asked = config.listen;
        let listen = |source| SandboxError::Listen {
            addr: asked,
            source,
        };
        let listener = TcpListener::bind(asked).await.map_err(listen)?;
        config.listen = listener.local_addr().map_err(listen)?;
        let addr = config.listen;
        let sandbox = Arc::new(Self::build(config)?);
        let (stop, stopped) = watch::channel(false);
        let weak = Arc::downgrade(&sandbox);
        let task = tokio::spawn(serve(sandbox, listener, stopped));
        Ok(Running {
            addr,
            url: base_url(addr),
            stop,
            task,
            sandbox: weak,
        })
    }

    fn build(config: Config) -> Result<Self, SandboxError> {
        let routes = Routes::of(&Catalog::builtin()?);
        for name in routes.unhandled() {
            tracing::error!(
                operation = name,
                "the catalog has an operation that the sandbox cannot carry out"
            );
        }
        let desk = Desk::open(&config, &base_url(config.listen))?;
        let courier = Courier::new(config.webhook_anywhere);
        Ok(Self {
            config,
            routes,
            desk: Mutex::new(desk),
            courier,
        })
    }

    /// The workspace and all that belongs to it, locked. A handler that panicked leaves a usable desk behind.
    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("listen", &self.config.listen)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}

impl Running {
    /// Tells that listener of events from now on.
    pub fn tell(&self, listener: Webhook) -> Result<(), SandboxError> {
        let Some(sandbox) = self.sandbox.upgrade() else {
            return Ok(());
        };
        sandbox
            .courier
            .may_send_to(&listener.url)
            .map_err(|reason| SandboxError::Setting {
                setting: "webhook",
                reason,
            })?;
        sandbox.desk().listen(Some(listener));
        Ok(())
    }

    /// Takes no new calls, lets the running ones end (at most two seconds), and closes.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if (&mut self.task).await.is_err() {
            tracing::warn!("the sandbox ended in disorder");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

fn base_url(addr: SocketAddr) -> String {
    format!("http://{addr}")
}

async fn serve(sandbox: Arc<Sandbox>, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    let courier = tokio::spawn(crate::notify::deliver(Arc::clone(&sandbox)));
    loop {
        tokio::select! {
            () = told(&mut stopped) => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(Arc::clone(&sandbox), stream, stopped.clone()))),
                // Out of file handles: give the open connections a moment to end.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(Duration::from_secs(2), all_ended).await;
    courier.abort();
}

/// Waits until the sandbox is to stop, or nobody holds it any more.
async fn told(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn connection(sandbox: Arc<Sandbox>, stream: TcpStream, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let sandbox = Arc::clone(&sandbox);
        async move { exchange::answer(&sandbox, request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended
        && !exchange::caused_by::<Dropped>(&error)
    {
        tracing::debug!(%error, "a connection ended early");
    }
}
