//! The only crate that talks to Intercom; it knows no tenants.
//!
//! Read [`Client::send`] first: it takes one [`Request`], waits for a slot of the connection's [`Budget`], sends,
//! tries again where that is safe, and answers a [`Response`] or a typed [`Error`]. Lists of every kind are read
//! through [`Pages`].
//!
//! Log the `Debug` form of what is here, never the `Display` form: the latter quotes Intercom, for the caller, and
//! Intercom may quote a customer. Neither form holds the token or the request.

mod account;
mod body;
mod budget;
mod client;
mod clock;
mod credential;
mod cursor;
mod error;
mod exchange;
mod fault;
mod form;
mod lean;
mod ledger;
mod oauth;
mod page;
mod pages;
mod queue;
mod rate;
mod region;
mod request;
mod response;
mod retry;
mod share;
mod transport;
mod webhook;

pub use account::Account;
pub use budget::{Budget, BudgetState, Slot};
pub use client::{Attempts, Client, ClientConfig};
pub use credential::{Credential, CredentialError};
pub use cursor::{CursorError, PageCursor};
pub use error::{Certainty, Error};
pub use fault::Fault;
pub use oauth::OauthClient;
pub use page::PageOf;
pub use pages::{PageError, Pages, Upstream};
pub use rate::Rate;
pub use region::{BaseUrl, BaseUrlError, PlainHttp, Region, RegionError};
pub use request::{Request, RequestError, Urgency};
pub use response::{Payload, Response};
pub use share::Tally;
pub use transport::{Certificates, NetworkError};
pub use webhook::{SignatureError, verify_signature};
