//! A browser's trip to Intercom's page of consent and back.

use super::{Stop, apps::OauthApp};
use crate::client_address::ClientAddress;
use crate::tenants::{Tenants, hash, hex};
use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use intercom::Region;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::{OauthState, TenantState};
use subtle::ConstantTimeEq;
use url::Url;

/// How long a person may take at Intercom, in milliseconds.
const AT_INTERCOM: i64 = 10 * 60 * 1_000;
/// What states of trips are for.
const PURPOSE: &str = "connect";

/// What to go on with when the browser is back.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Trip {
    /// The app, by its id here.
    pub(super) app: String,
    /// The region whose page of consent is shown.
    pub(super) region: String,
    /// The hash of the link that it began at, which ends with it.
    pub(super) link: Option<String>,
    /// The connection that alone may be made again.
    pub(super) connection: Option<String>,
    /// Whether that must be by the same teammate.
    pub(super) same_teammate: bool,
    /// The page to send the person back to.
    pub(super) return_to: Option<String>,
    /// Of a sign-in: the place on this server to go on at.
    pub(super) resume: Option<String>,
}

/// The answer that sends a browser to Intercom.
pub struct Departure {
    /// Intercom's page of consent.
    pub location: String,
    /// What binds the trip to this browser.
    pub cookie: HeaderValue,
}

/// What Intercom sends back with the browser.
#[derive(Deserialize)]
pub(super) struct Callback {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// A trip that came back with a token, not yet tried.
pub(super) struct Returned {
    pub(super) tenant: String,
    pub(super) user: Option<String>,
    pub(super) trip: Trip,
    pub(super) region: Region,
    pub(super) token: SecretString,
    pub(super) from: ClientAddress,
}

impl Tenants {
    /// Sends a browser to Intercom.
    pub(super) async fn depart(
        &self,
        tenant: &str,
        user: Option<String>,
        app: &OauthApp,
        mut trip: Trip,
    ) -> Result<Departure, Stop> {
        let scope = self.store().scope(tenant)?;
        if scope.describe().await?.state != TenantState::Active {
            return Err(Stop::Nothing);
        }
        let redirect = self.redirect_uri()?;
        let region: Region = trip.region.parse().unwrap_or(app.region);
        region.name().clone_into(&mut trip.region);
        trip.app.clone_from(&app.id);
        let (state, browser) = (random(), random());
        let now = store::now();
        let kept = OauthState {
            user_id: user,
            purpose: PURPOSE.into(),
            browser_hash: Some(hash(&browser).to_vec()),
            payload: written(&trip)?,
            created_at: now,
            expires_at: now + AT_INTERCOM,
        };
        scope.keep_oauth_state(kept, hash(&state)).await?;
        let pairs = [
            ("client_id", app.client_id.as_str()),
            ("state", &state),
            ("redirect_uri", &redirect),
        ];
        let page = self.connecting().places.consent_page(region);
        let location = Url::parse_with_params(&page, pairs).map_err(|_| Stop::Failed)?;
        Ok(Departure {
            location: location.into(),
            cookie: self.cookie(&state, &browser, AT_INTERCOM / 1_000),
        })
    }

    /// Takes a browser back: its state once, its cookie, and its code for a token.
    pub(super) async fn take_back(
        &self,
        back: Callback,
        (headers, from): (&HeaderMap, ClientAddress),
    ) -> Result<Returned, Stop> {
        let state = back.state.ok_or(Stop::Spent)?;
        let system = self.store().system();
        let found = system.take_oauth_state(hash(&state), store::now()).await?;
        let found = found.filter(|found| found.row.purpose == PURPOSE);
        let found = found.ok_or(Stop::Spent)?;
        let browser = cookie_of(headers, &self.cookie_name(&state));
        let own = browser.is_some_and(|browser| {
            let bound = found.row.browser_hash.as_deref().unwrap_or_default();
            hash(browser).as_slice().ct_eq(bound).into()
        });
        if !own {
            return Err(Stop::OtherBrowser);
        }
        let (None, Some(code)) = (back.error, back.code) else {
            return Err(Stop::Denied);
        };
        let trip = read(&found.row.payload)?;
        let scope = self.store().scope(&found.tenant)?;
        let app = self.find_app(&scope, Some(&trip.app)).await?;
        let region = trip.region.parse().unwrap_or(app.region);
        let token = self.exchanged(&app, region, &code).await?;
        Ok(Returned {
            tenant: found.tenant,
            user: found.row.user_id,
            trip,
            region,
            token,
            from,
        })
    }

    async fn exchanged(
        &self,
        app: &OauthApp,
        region: Region,
        code: &str,
    ) -> Result<SecretString, Stop> {
        let opened = self.opened(app).await?;
        let connecting = self.connecting();
        let base = connecting.places.api(region);
        let exchanged = connecting.client.exchange_code(base, &opened, code).await;
        exchanged.map_err(|error| {
            tracing::warn!(app = %app.id, status = error.status(), request_id = error.request_id(),
                "Intercom exchanged no token for a code");
            Stop::Intercom
        })
    }

    fn redirect_uri(&self) -> Result<String, Stop> {
        match &self.connecting().public_url {
            Some(url) => Ok(format!("{url}/connect/callback")),
            None => Err(Stop::NotSetUp("FRONTDESK_PUBLIC_URL is not set".into())),
        }
    }

    /// Over https the browser itself sees to it that no other host and no plain http sets the cookie.
    pub(super) fn cookie_name(&self, state: &str) -> String {
        let prefix = if self.is_https() { "__Host-" } else { "" };
        // One a trip, so that two that are under way in one browser do not disturb each other.
        let trip = hex(&hash(state)[..6]);
        format!("{prefix}frontdesk-{trip}")
    }

    pub(super) fn cookie(&self, state: &str, browser: &str, seconds: i64) -> HeaderValue {
        let secure = if self.is_https() { "; Secure" } else { "" };
        let name = self.cookie_name(state);
        let text =
            format!("{name}={browser}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        // All of it is base64url, hexadecimal and what stands above.
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
    }

    fn is_https(&self) -> bool {
        let url = self.connecting().public_url.as_ref();
        url.is_some_and(|url| url.starts_with("https://"))
    }
}

impl IntoResponse for Departure {
    fn into_response(self) -> Response {
        let Ok(location) = HeaderValue::try_from(self.location) else {
            return Stop::Failed.into_response();
        };
        let headers = [
            (header::LOCATION, location),
            (header::SET_COOKIE, self.cookie),
        ];
        (StatusCode::SEE_OTHER, headers).into_response()
    }
}

/// 256 random bits, as they stand in URLs and cookies.
pub(super) fn random() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

pub(super) fn written(trip: &Trip) -> Result<String, Stop> {
    serde_json::to_string(trip).map_err(|_| Stop::Failed)
}

pub(super) fn read(payload: &str) -> Result<Trip, Stop> {
    serde_json::from_str(payload).map_err(|_| {
        tracing::error!("a trip's state in the database cannot be read");
        Stop::Failed
    })
}

/// A cookie of the request.
pub(super) fn cookie_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        for line in ["a=1; frontdesk-x=good=", "xfrontdesk-x=bad; b"] {
            headers.append(header::COOKIE, line.parse().unwrap());
        }
        for (name, expected) in [
            ("frontdesk-x", Some("good=")),
            ("a", Some("1")),
            ("b", None),
        ] {
            assert_eq!(cookie_of(&headers, name), expected, "{name}");
        }
    }
}
