//! Where a request comes from: the other end of its connection, or what a trusted proxy there says.

use crate::outbound::Networks;
use axum::extract::{ConnectInfo, FromRequestParts};
use http::{HeaderMap, request::Parts};
use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

/// What proxies append the address of their caller to.
const FORWARDED: &str = "x-forwarded-for";

/// The address that a request comes from; a request of a test that has no connection has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

impl ClientAddress {
    /// The address of a request, kept with it.
    pub(crate) fn find(proxies: &Networks, parts: &mut Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(peer)| peer.ip());
        let found = Self(peer.map(|peer| client(proxies, peer, &parts.headers)));
        parts.extensions.insert(found);
        found
    }

    /// The address that was found for a request.
    pub(crate) fn of(parts: &Parts) -> Option<IpAddr> {
        parts.extensions.get::<Self>().and_then(|found| found.0)
    }
}

/// Behind the door each request has one.
impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Self::of(parts)))
    }
}

/// Each proxy appends whom it heard from, so the last address that is no trusted proxy's is the client's: what stands
/// before it anybody can have made up.
fn client(proxies: &Networks, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let mut known = peer.to_canonical();
    let lines: Vec<_> = headers.get_all(FORWARDED).iter().collect();
    let said = lines.iter().rev().flat_map(|line| {
        let line = line.to_str().unwrap_or_default();
        line.rsplit(',').map(str::trim)
    });
    for address in said {
        if !proxies.hold(known) {
            break;
        }
        match read(address) {
            Some(address) => known = address.to_canonical(),
            None => break,
        }
    }
    known
}

/// An address, as proxies write it: some add the port.
fn read(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let port = || text.parse().map(|address: SocketAddr| address.ip());
    bare.parse().or_else(|_| port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxies = Networks::parse(["10.0.0.0/8", "fd00::/8"]).unwrap();
        for (peer, forwarded, expected) in [
            ("203.0.113.9", &[][..], "203.0.113.9"),
            ("203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            // What a client made up stands before what the proxy heard.
            ("10.0.0.1", &["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
            (
                "10.0.0.1",
                &["6.6.6.6, 198.51.100.1,10.2.3.4"],
                "198.51.100.1",
            ),
            ("10.0.0.1", &["10.9.9.9,10.2.3.4"], "10.9.9.9"),
            ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
            ("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("fd00::1", &["[2001:db8::1]"], "2001:db8::1"),
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, unknown, 10.2.3.4"], "10.2.3.4"),
        ] {
            let mut headers = HeaderMap::new();
            for line in forwarded {
                headers.append(FORWARDED, line.parse().unwrap());
            }
            let found = client(&proxies, peer.parse().unwrap(), &headers);
            assert_eq!(
                found,
                expected.parse::<IpAddr>().unwrap(),
                "{peer} {forwarded:?}"
            );
        }
    }
}
