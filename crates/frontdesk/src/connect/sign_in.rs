//! Signing a person in through Intercom, for the authorization server; their own connection is made in the same trip.
//!
//! ```text
//! begin_sign_in(SignIn { tenant, app, resume })   answer the browser with the Departure
//!   … Intercom, /connect/callback …               here: state, cookie, code, person, connection
//! 303 to `resume`, with `ticket=…` added          the authorization server's own route
//! finish_sign_in(ticket, headers) -> Arrival      once, in the same browser, within a minute
//! ```

use super::{
    Stop,
    land::new_connection,
    trip::{self, Departure, Returned, Trip},
};
use crate::tenants::{Tenants, hash};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use store::OauthState;
use subtle::ConstantTimeEq;

/// What states of finished sign-ins are for.
const PURPOSE: &str = "signed-in";
/// How long a ticket is good, in milliseconds.
const TICKET: i64 = 60_000;

/// A sign-in to begin.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The tenant whose person it must be.
    pub tenant: String,
    /// The Intercom app, by its id here; the only one there is when left out.
    pub app: Option<String>,
    /// Where on this server to go on afterwards: a path, with its query.
    pub resume: String,
}

/// Who signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Their tenant.
    pub tenant: String,
    /// The person: known by a connection, or by an e-mail address that Intercom confirmed.
    pub user: String,
    /// Their connection, made or made again in this trip.
    pub connection: String,
}

impl Tenants {
    /// Whether a tenant's people can sign in through Intercom: there is an app, and an address to come back to.
    pub(crate) async fn offers_sign_in(&self, tenant: &str) -> bool {
        let Ok(scope) = self.store().scope(tenant) else {
            return false;
        };
        self.connecting().public_url.is_some() && self.find_app(&scope, None).await.is_ok()
    }

    /// Sends a browser to Intercom to learn whose it is. What fails on the way is a page of its own.
    pub async fn begin_sign_in(&self, sign_in: SignIn) -> Result<Departure, Stop> {
        let local = sign_in.resume.starts_with('/') && !sign_in.resume.starts_with("//");
        if !local || sign_in.resume.contains(['\\', '\r', '\n', '#']) {
            return Err(Stop::Failed);
        }
        let scope = self.store().scope(&sign_in.tenant)?;
        let app = self.find_app(&scope, sign_in.app.as_deref()).await?;
        let trip = Trip {
            resume: Some(sign_in.resume),
            ..Trip::default()
        };
        self.depart(&sign_in.tenant, None, &app, trip).await
    }

    /// Who signed in: a ticket is good once, for a minute, in the browser that set out.
    pub async fn finish_sign_in(&self, ticket: &str, headers: &HeaderMap) -> Result<Arrival, Stop> {
        let system = self.store().system();
        let taken = system.take_oauth_state(hash(ticket), store::now()).await?;
        let found = taken.filter(|found| found.row.purpose == PURPOSE);
        let found = found.ok_or(Stop::Spent)?;
        let browser = trip::cookie_of(headers, &self.cookie_name(ticket));
        let bound = found.row.browser_hash.as_deref().unwrap_or_default();
        if !browser.is_some_and(|browser| hash(browser).as_slice().ct_eq(bound).into()) {
            return Err(Stop::OtherBrowser);
        }
        serde_json::from_str(&found.row.payload).map_err(|_| Stop::Failed)
    }

    /// Finds the person, makes their connection, and sends the browser on with a ticket.
    pub(super) async fn sign_in(
        &self,
        returned: &Returned,
        resume: &str,
    ) -> Result<Response, Stop> {
        let scope = self.store().scope(&returned.tenant)?;
        let asking = new_connection(returned, None);
        let owner = self.owner(&returned.tenant, &asking).await?;
        let user = self.person(&scope, &owner).await?;
        let new = new_connection(returned, Some(user.clone()));
        let made = self.settle(&scope, returned, (new, owner)).await?;
        let arrival = Arrival {
            tenant: returned.tenant.clone(),
            user,
            connection: made.id,
        };
        let (ticket, browser) = (trip::random(), trip::random());
        let now = store::now();
        let state = OauthState {
            user_id: Some(arrival.user.clone()),
            purpose: PURPOSE.into(),
            browser_hash: Some(hash(&browser).to_vec()),
            payload: serde_json::to_string(&arrival).map_err(|_| Stop::Failed)?,
            created_at: now,
            expires_at: now + TICKET,
        };
        scope.keep_oauth_state(state, hash(&ticket)).await?;
        let mark = if resume.contains('?') { '&' } else { '?' };
        let location = format!("{resume}{mark}ticket={ticket}");
        let headers = [
            (
                header::LOCATION,
                HeaderValue::try_from(location).map_err(|_| Stop::Failed)?,
            ),
            (
                header::SET_COOKIE,
                self.cookie(&ticket, &browser, TICKET / 1_000),
            ),
        ];
        Ok((StatusCode::SEE_OTHER, headers).into_response())
    }
}
