//! Where the live export goes: a file, a syslog receiver, an OTLP collector. Each says whether it took what it was given.

use super::{Event, Format, otlp_request, syslog};
use crate::Error;
use crate::telemetry::otlp::{Sender, Signal};
use intercom::Certificates;
use std::{io, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

/// How long a sink may take for one batch: one that hangs holds up nobody but itself.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a syslog receiver has to say that it is gone; it never says that it is there.
const LISTEN: Duration = Duration::from_millis(200);

/// A sink as the configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkSetting {
    /// Its name, by which the store remembers how far it is.
    pub name: String,
    target: Target,
}

#[derive(Clone, PartialEq, Eq)]
enum Target {
    File { path: PathBuf, format: Format },
    Syslog { host: String, port: u16, tls: bool },
    Otlp { url: String },
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File { .. } => "File",
            Self::Syslog { .. } => "Syslog",
            // The address may hold a key.
            Self::Otlp { .. } => "Otlp",
        })
    }
}

impl SinkSetting {
    /// Reads `NAME=file:PATH?format=F`, `NAME=syslog+tcp://HOST:PORT`, `NAME=syslog+tls://…` or `NAME=otlp+https://…`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = "write a sink like siem=syslog+tls://siem.example:6514, lake=file:/var/log/desk.json?format=ocsf, or \
                    otel=otlp+https://collector.example/v1/logs";
        let (name, place) = text.split_once('=').ok_or(form)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if name.is_empty() || name.len() > 32 || !name.bytes().all(plain) {
            return Err(format!(
                "`{name}` is no name of a sink: letters, digits, - and _, at most 32 of them"
            ));
        }
        Ok(Self {
            name: name.into(),
            target: Target::parse(place).ok_or(form)?,
        })
    }

    /// Makes it ready; nothing is opened yet.
    pub(super) fn open(&self, authorities: &Certificates) -> Result<Sink, Error> {
        Ok(match &self.target {
            Target::File { path, format } => Sink::File {
                path: path.clone(),
                format: *format,
            },
            Target::Syslog { host, port, tls } => Sink::Syslog {
                line: None,
                host: host.clone(),
                port: *port,
                tls: tls.then(|| connector(authorities)).transpose()?,
            },
            Target::Otlp { url } => {
                let signal = Signal::to(url.clone())?.with_headers(&crate::config::environment);
                let sender = Sender::new(signal);
                Sink::Otlp(sender.map_err(|error| Error::Build(error.to_string()))?)
            }
        })
    }
}

impl Target {
    fn parse(place: &str) -> Option<Self> {
        if let Some(path) = place.strip_prefix("file:") {
            let (path, format) = match path.split_once("?format=") {
                Some((path, format)) => (path, Format::parse(format).ok()?),
                None => (path, Format::Jsonl),
            };
            return (!path.is_empty()).then(|| Self::File {
                path: path.into(),
                format,
            });
        }
        if let Some(url) = place.strip_prefix("otlp+") {
            return url
                .starts_with("http")
                .then(|| Self::Otlp { url: url.into() });
        }
        let (scheme, address) = place.strip_prefix("syslog+")?.split_once("://")?;
        let tls = match scheme {
            "tls" => true,
            "tcp" => false,
            _ => return None,
        };
        let (host, port) = address.rsplit_once(':')?;
        Some(Self::Syslog {
            host: host.trim_matches(['[', ']']).into(),
            port: port.parse().ok()?,
            tls,
        })
    }
}

/// A sink at work.
pub(super) enum Sink {
    File {
        path: PathBuf,
        format: Format,
    },
    Syslog {
        line: Option<Box<dyn Line>>,
        host: String,
        port: u16,
        tls: Option<TlsConnector>,
    },
    Otlp(Sender),
}

/// A connection to a syslog receiver.
pub(super) trait Line: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

impl Sink {
    /// Gives it entries; when it returns, they are its own. After an error it may have taken some.
    pub(super) async fn take(&mut self, events: &[Event<'_>]) -> io::Result<()> {
        match timeout(PATIENCE, self.give(events)).await {
            Ok(Ok(())) => Ok(()),
            late => {
                if let Self::Syslog { line, .. } = self {
                    *line = None;
                }
                late.unwrap_or_else(|_| Err(io::Error::other("it did not take them in time")))
            }
        }
    }

    async fn give(&mut self, events: &[Event<'_>]) -> io::Result<()> {
        match self {
            Self::File { path, format } => append(path, *format, events).await,
            Self::Otlp(sender) => {
                let sent = sender.send(&otlp_request(events)).await;
                sent.map_err(io::Error::other)
            }
            Self::Syslog {
                line,
                host,
                port,
                tls,
            } => {
                let line = match line {
                    Some(line) => line,
                    None => line.insert(connect(host, *port, tls.as_ref()).await?),
                };
                let frames: Vec<u8> = events.iter().flat_map(syslog::framed).collect();
                line.write_all(&frames).await?;
                line.flush().await?;
                still_there(line).await
            }
        }
    }
}

/// TCP takes what nobody will read: a receiver that has gone says so by closing.
async fn still_there(line: &mut Box<dyn Line>) -> io::Result<()> {
    let mut unexpected = [0; 64];
    match timeout(LISTEN, line.read(&mut unexpected)).await {
        Err(_) => Ok(()),
        Ok(Ok(count)) if count > 0 => Ok(()),
        Ok(Ok(_)) => Err(io::ErrorKind::ConnectionReset.into()),
        Ok(Err(error)) => Err(error),
    }
}

async fn connect(host: &str, port: u16, tls: Option<&TlsConnector>) -> io::Result<Box<dyn Line>> {
    let plain = TcpStream::connect((host, port)).await?;
    plain.set_nodelay(true)?;
    match tls {
        None => Ok(Box::new(plain)),
        Some(tls) => {
            let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
            Ok(Box::new(tls.connect(name, plain).await?))
        }
    }
}

fn connector(authorities: &Certificates) -> Result<TlsConnector, Error> {
    let config = authorities
        .client_tls()
        .map_err(|error| Error::Build(format!("no certificates to trust: {error}")))?;
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Adds to a file, which is the owner's alone where it is made here; on disk when it returns.
async fn append(path: &std::path::Path, format: Format, events: &[Event<'_>]) -> io::Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(path).await?;
    let empty = file.metadata().await?.len() == 0;
    let head = if empty { format.head() } else { String::new() };
    file.write_all(format!("{head}{}", format.lines(events)).as_bytes())
        .await?;
    file.flush().await?;
    file.sync_data().await
}
