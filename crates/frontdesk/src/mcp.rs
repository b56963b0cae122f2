//! MCP: what a client sees of the gateway. Both eras of the protocol, over HTTP and stdio.

mod completions;
mod confirm;
#[cfg(feature = "fixtures")]
mod fixtures;
mod handler;
mod instructions;
mod lane;
mod narrow;
mod progress;
mod prompts;
mod resources;
mod sessions;
mod tools;
mod transport;

pub use handler::DeskHandler;
pub(crate) use transport::Mounts;

use crate::client_address::ClientAddress;
use completions::Names;
use confirm::Confirmations;
use gateway::{CallError, Endpoint, EndpointId, Gateway, Principal, ToolRequest, TraceContext};
use http::{HeaderMap, request::Parts};
use rmcp::{RoleServer, service::RequestContext};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tools::Listing;

/// What all connections of a process share.
pub struct Desk {
    gateway: Arc<Gateway>,
    confirmations: Confirmations,
    names: Names,
    listings: Mutex<HashMap<EndpointId, Described>>,
}

/// An endpoint, and its tools as they were described for it.
struct Described {
    endpoint: Arc<Endpoint>,
    listing: Arc<Listing>,
}

impl Desk {
    /// A desk in front of a gateway.
    pub fn new(gateway: Arc<Gateway>) -> Self {
        Self {
            gateway,
            confirmations: Confirmations::default(),
            names: Names::default(),
            listings: Mutex::default(),
        }
    }

    /// The tools that the caller's endpoint lists, described once and kept until the endpoint changes; what a single
    /// request is kept to is not.
    fn listing(&self, who: &Principal) -> Result<Arc<Listing>, CallError> {
        if who.narrowed.is_some() {
            return Listing::new(&self.gateway, who).map(Arc::new);
        }
        let endpoint = self.gateway.endpoint(who)?;
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(described) = listings.get(&endpoint.id)
            && Arc::ptr_eq(&described.endpoint, &endpoint)
        {
            return Ok(Arc::clone(&described.listing));
        }
        let listing = Arc::new(Listing::new(&self.gateway, who)?);
        let described = Described {
            endpoint: Arc::clone(&endpoint),
            listing: Arc::clone(&listing),
        };
        listings.insert(endpoint.id.clone(), described);
        Ok(listing)
    }
}

/// A note on a request that goes through the library: its call could not be recorded, which HTTP says with 503.
#[derive(Clone, Default)]
struct Unrecorded(Arc<AtomicBool>);

impl Unrecorded {
    fn tell(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_so(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The caller's place in a trace: the message's own word for it, else the header's.
pub(crate) fn trace_of(meta: Option<&str>, headers: &HeaderMap) -> Option<TraceContext> {
    let header = || headers.get("traceparent")?.to_str().ok();
    meta.or_else(header).and_then(TraceContext::parse)
}

/// A call with what is known of its caller: the client program, where it is, its place in a trace.
fn request_of(
    cx: &RequestContext<RoleServer>,
    tool: &str,
    arguments: Map<String, Value>,
) -> ToolRequest {
    let none = HeaderMap::new();
    let parts = cx.extensions.get::<Parts>();
    let headers = parts.map_or(&none, |parts| &parts.headers);
    ToolRequest {
        client: cx
            .client_info()
            .map(|client| client_name(&client.name, &client.version)),
        client_ip: parts.and_then(ClientAddress::of),
        trace: trace_of(cx.meta.get("traceparent").and_then(Value::as_str), headers),
        cancel: cx.ct.clone(),
        ..ToolRequest::new(tool, arguments)
    }
}

/// The client program as the audit log names it; what a client says of itself is cut to a sensible length.
fn client_name(name: &str, version: &str) -> String {
    let clean = |text: &str| -> String {
        text.chars()
            .filter(|letter| !letter.is_control())
            .take(60)
            .collect()
    };
    format!("{}/{}", clean(name), clean(version))
}
