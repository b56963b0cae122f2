//! Connecting by Intercom OAuth, and what follows from a connection's end.
//!
//! A trip (`trip`) takes a browser to Intercom's page of consent and back: its state is random, kept as a hash, good
//! once and for ten minutes, and bound to the browser by a cookie. Trips begin at an authorize link (`links`), at the
//! address that the error of a closed connection carries (`/connect/again/…`), or at a sign-in
//! ([`Tenants::begin_sign_in`]). They end in a connection: the person's own to that workspace is made again under its id,
//! so that endpoints stay, or a new one is made.
//!
//! What cannot be done at once is an errand in the store (`errands`): the probe of a quarantined connection, the notice
//! to its owner, the revocation at Intercom of one that ended.

mod apps;
mod errands;
mod land;
mod links;
mod notices;
mod pages;
mod places;
mod probe;
mod return_to;
mod revocation;
mod routes;
mod sign_in;
mod stop;
mod trip;

pub(crate) use apps::AppSettings;
pub use apps::NewApp;
pub(crate) use errands::keep_doing;
pub use links::{Link, NewLink};
pub(crate) use notices::{Event, EventKind};
pub(crate) use places::Places;
pub(crate) use probe::probe;
pub use return_to::{is_named, page};
pub(crate) use routes::router;
pub use sign_in::{Arrival, SignIn};
pub use stop::Stop;
pub use trip::Departure;

use crate::{Error, bound::Strangers, config::Config, outbound::Outbound};
use secrecy::SecretString;
use std::time::Duration;
use url::Url;

#[cfg(doc)]
use crate::tenants::Tenants;

/// What connecting needs beside the store and the keys.
pub(crate) struct Connecting {
    /// Where people reach this server.
    pub(crate) public_url: Option<String>,
    /// Where Intercom is.
    pub(crate) places: Places,
    /// Where people may be sent back to, whatever the app.
    return_to: Vec<Url>,
    /// The app of the configuration, with its secret.
    app: Option<(apps::OauthApp, SecretString)>,
    client: intercom::Client,
    outbound: Outbound,
    /// Whom to tell of connections, where their tenant names nobody.
    notice: Option<notices::Target>,
    /// This process, among those that do errands.
    worker: String,
    /// How much those may ask for who are not known yet.
    pub(crate) strangers: Strangers,
}

impl Connecting {
    /// Requests of OAuth that begin from now on have this time over all.
    pub(crate) fn set_upstream_timeout(&self, timeout: Duration) {
        self.client.set_timeout(timeout);
    }

    /// What the configuration says of it; halves of settings are told apart from wholes here.
    pub(crate) fn of(config: &Config) -> Result<Self, Error> {
        let set = &config.connect;
        let half = |place: &str, other: &str| Error::Setting {
            place: place.into(),
            reason: format!("needs {other} beside it"),
        };
        let app = match (&set.client_id, &set.client_secret) {
            (Some(id), Some(secret)) => Some((
                apps::OauthApp::configured(id, config.region),
                secret.clone(),
            )),
            (Some(_), None) => return Err(half("INTERCOM_CLIENT_ID", "INTERCOM_CLIENT_SECRET")),
            // A secret alone is for `frontdesk admin apps add`.
            (None, _) => None,
        };
        let notice = match (&set.notice_url, &set.notice_secret) {
            (Some(url), Some(secret)) => Some(notices::Target {
                url: url.clone(),
                secret: secret.clone(),
            }),
            (Some(_), None) => return Err(half("FRONTDESK_NOTICE_URL", "FRONTDESK_NOTICE_SECRET")),
            (None, _) => None,
        };
        Ok(Self {
            public_url: config.public_url.clone(),
            places: Places::of(config)?,
            return_to: set.return_to.clone(),
            app,
            client: crate::app::client(config),
            outbound: Outbound::new(set.outbound_allow.clone(), config.authorities.clone()),
            notice,
            worker: store::new_id(),
            strangers: Strangers::new(config.authorization.requests_per_minute),
        })
    }
}
