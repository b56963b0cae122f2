//! `frontdesk health`: what the health check of a container without a shell calls.

use super::flags;
use crate::Error;
use clap::Args;
use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

/// A server that takes longer is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the server on this machine is ready.
#[derive(Debug, Args)]
#[command(after_help = "\
Asks /readyz of the address that the configuration names, and ends with 0 where calls would be
served now, else with 1.")]
pub(super) struct Health {
    /// Address of the server [env: FRONTDESK_LISTEN] [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
}

impl Health {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        let config = flags::Given::none()
            .and("--listen", "server.listen", self.listen.as_ref())
            .read(general, true)?;
        let address = reachable(config.listen);
        let status = ask(address)?;
        if status == "200" {
            say!("ready");
            return Ok(());
        }
        let reason = format!("http://{address}/readyz answers {status}: not ready");
        Err(io::Error::other(reason).into())
    }
}

/// Where a server that listens everywhere is reached from here.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The status that `/readyz` answers with.
fn ask(address: SocketAddr) -> io::Result<String> {
    let silent = |error: io::Error| {
        let reason = format!("http://{address}/readyz does not answer: {error}");
        io::Error::new(error.kind(), reason)
    };
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(silent)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .map_err(silent)?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).map_err(silent)?;
    let head = String::from_utf8_lossy(&head);
    Ok(head.split(' ').nth(1).unwrap_or("nothing").to_owned())
}
