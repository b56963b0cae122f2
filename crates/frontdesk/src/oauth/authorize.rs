//! `GET /authorize`: what a client asks of its person is checked, kept, and put to them. Nothing is granted here, and
//! nobody is sent anywhere before they agreed.

use super::{
    Authorization,
    browser::Browser,
    client::Client,
    form::Params,
    page::{self, Ask},
    redirect,
    refusal::Refusal,
    resource::{Resource, Target},
    scope::Scope,
};
use crate::client_address::ClientAddress;
use crate::tenants::hash;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, Uri, header};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::OauthState;

/// How long a person may take, in milliseconds.
pub(super) const LIFE: i64 = 10 * 60 * 1000;
/// The longest `state` of a client.
const STATE: usize = 2000;
/// What a kept request waits for: that its person decides.
pub(super) const CONSENT: &str = "consent";
/// That they come back from Intercom.
pub(super) const AWAY: &str = "away";

/// What a client asks for, all of it checked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pending {
    /// The issuer that it was asked of.
    pub(super) base: String,
    pub(super) client: String,
    pub(super) title: String,
    /// Whether that title is the word of the client's domain.
    pub(super) documented: bool,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    /// The PKCE challenge.
    pub(super) challenge: String,
    /// The scope, as asked, within what the endpoint has.
    pub(super) scope: String,
    /// The endpoint's id; none where the person says which.
    pub(super) endpoint: Option<String>,
}

/// Why a request is not put to the person.
enum Turned {
    /// It is not known where to send the browser back to.
    Here(Refusal),
    /// The client may be told.
    Back(Box<Return>, Refusal),
}

/// Where a browser goes back to.
struct Return {
    base: String,
    redirect_uri: String,
    state: Option<String>,
    /// Whether it may go without being asked.
    trusted: bool,
}

/// `GET /authorize`
pub(super) async fn authorize(
    State(authorization): State<Arc<Authorization>>,
    from: ClientAddress,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = authorization.admit(from) {
        return page::refused(&refusal, None);
    }
    let base = authorization.base(&uri, &headers).into_owned();
    let query = uri.query().unwrap_or_default();
    match authorization.asked(&base, query, from).await {
        Ok((pending, target)) => {
            let put = authorization.put(&headers, pending, target.as_ref()).await;
            put.unwrap_or_else(|refusal| page::refused(&refusal, None))
        }
        Err(Turned::Here(refusal)) => page::refused(&refusal, None),
        Err(Turned::Back(back, refusal)) => back.respond(&refusal),
    }
}

impl Authorization {
    /// Checks a request; first of all where its answer may go.
    async fn asked(
        &self,
        base: &str,
        query: &str,
        from: ClientAddress,
    ) -> Result<(Pending, Option<Target>), Turned> {
        let params = Params::read(query.as_bytes()).map_err(|name| {
            Turned::Here(Refusal::request(format!(
                "`{name}` is there more than once."
            )))
        })?;
        let found = self.client_of(base, &params, from).await;
        let (client, back) = found.map_err(Turned::Here)?;
        match self.rest_of(base, &params, &client, &back).await {
            Ok(asked) => Ok(asked),
            Err(refusal) => Err(Turned::Back(Box::new(back), refusal)),
        }
    }

    async fn client_of(
        &self,
        base: &str,
        params: &Params,
        from: ClientAddress,
    ) -> Result<(Client, Return), Refusal> {
        let id = params.get("client_id");
        let id = id.ok_or_else(|| Refusal::request("`client_id` is missing."))?;
        let client = self.client(id, from).await?;
        let redirect_uri = params
            .get("redirect_uri")
            .ok_or_else(|| Refusal::request("`redirect_uri` is missing."))?;
        if !client.may_use(redirect_uri) {
            return Err(Refusal::request(
                "`redirect_uri` is none of those that the client registered.",
            ));
        }
        let back = Return {
            base: base.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            state: params.get("state").map(str::to_owned),
            trusted: redirect::is_loopback(redirect_uri) || owns(&client, redirect_uri),
        };
        Ok((client, back))
    }

    async fn rest_of(
        &self,
        base: &str,
        params: &Params,
        client: &Client,
        back: &Return,
    ) -> Result<(Pending, Option<Target>), Refusal> {
        let challenge = checked(params)?;
        let target = match self.resource(base, params.get("resource")).await? {
            Resource::Server => None,
            Resource::Endpoint(target) => Some(target),
        };
        if target.as_ref().is_some_and(|target| !target.signs_in) {
            return Err(Refusal::told(
                "access_denied",
                "this endpoint uses one connection for all, and its owner lets nobody sign in to it: ask them for its token.",
            ));
        }
        let asked = Scope::asked(params.get("scope"));
        let most = target
            .as_ref()
            .map_or(Scope::Write, |target| Scope::of(target.ceiling));
        let pending = Pending {
            base: base.to_owned(),
            client: client.id.clone(),
            title: client.title().to_owned(),
            documented: client.is_document(),
            redirect_uri: back.redirect_uri.clone(),
            state: back.state.clone(),
            challenge: challenge.to_owned(),
            scope: asked.min(most).text().to_owned(),
            endpoint: target.as_ref().map(|target| target.id.clone()),
        };
        Ok((pending, target))
    }

    /// Keeps a request and puts it to the person in front of this browser.
    async fn put(
        &self,
        headers: &HeaderMap,
        pending: Pending,
        target: Option<&Target>,
    ) -> Result<Response, Refusal> {
        let browser = Browser::of(headers, &pending.base);
        let tenant = target.map(|target| target.tenant.as_str());
        let handle = self
            .keep(&pending, &browser, (tenant, None), CONSENT)
            .await?;
        let ask = Ask {
            pending: &pending,
            handle: &handle,
            target,
            intercom: self.offers_intercom(target).await,
            problem: None,
        };
        let mut response = page::consent(&ask);
        if let Some(cookie) = browser.cookie() {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// Keeps a request for its next step; what it is found by is told to its browser alone.
    pub(super) async fn keep(
        &self,
        pending: &Pending,
        browser: &Browser,
        (tenant, user): (Option<&str>, Option<&str>),
        purpose: &str,
    ) -> Result<String, Refusal> {
        let store = self.tenants.store();
        let scope = match tenant {
            Some(tenant) => store.scope(tenant)?,
            None => store.deployment(),
        };
        let handle = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let now = store::now();
        let payload = serde_json::to_string(pending)
            .map_err(|_| Refusal::request("the request cannot be kept."))?;
        let state = OauthState {
            user_id: user.map(str::to_owned),
            purpose: purpose.to_owned(),
            browser_hash: Some(browser.hash().to_vec()),
            payload,
            created_at: now,
            expires_at: now + LIFE,
        };
        scope.keep_oauth_state(state, hash(&handle)).await?;
        Ok(handle)
    }
}

/// The PKCE challenge of a request whose other parameters are right, too.
fn checked(params: &Params) -> Result<&str, Refusal> {
    match params.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(Refusal::response_type()),
        None => return Err(Refusal::request("`response_type` is missing.")),
    }
    if params
        .get("response_mode")
        .is_some_and(|mode| mode != "query")
    {
        return Err(Refusal::request(
            "`response_mode` is `query` on this server.",
        ));
    }
    for name in ["request", "request_uri"] {
        if params.get(name).is_some() {
            return Err(Refusal::request(format!(
                "`{name}` is not taken: send plain parameters."
            )));
        }
    }
    if params.get("state").is_some_and(|state| state.len() > STATE) {
        return Err(Refusal::request(format!(
            "`state` is longer than {STATE} bytes."
        )));
    }
    let challenge = params.get("code_challenge").ok_or_else(|| {
        Refusal::request("`code_challenge` is missing: this server grants codes with PKCE alone.")
    })?;
    // Without a method, the RFC means `plain`.
    if params.get("code_challenge_method") != Some("S256") {
        return Err(Refusal::request(
            "`code_challenge_method` is `S256` on this server.",
        ));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if challenge.len() != 43 || !challenge.bytes().all(plain) {
        return Err(Refusal::request(
            "`code_challenge` is no SHA-256 hash in base64url.",
        ));
    }
    if params.get("prompt") == Some("none") {
        return Err(Refusal::told(
            "interaction_required",
            "this server always asks its people.",
        ));
    }
    Ok(challenge)
}

/// Whether the address is of the domain that the client's id proves.
fn owns(client: &Client, redirect_uri: &str) -> bool {
    let origin = |text: &str| url::Url::parse(text).ok().map(|url| url.origin());
    client.is_document() && origin(&client.id) == origin(redirect_uri)
}

impl Return {
    /// Sends the browser back with the refusal, or, where anybody can have made up the address, shows it with a link:
    /// this server is no open redirector (RFC 9700, 4.11.2).
    fn respond(&self, refusal: &Refusal) -> Response {
        let params = [
            ("error", refusal.error),
            ("error_description", refusal.description.as_str()),
        ];
        let address = back(
            &self.base,
            &self.redirect_uri,
            self.state.as_deref(),
            &params,
        );
        if self.trusted {
            see_other(&address)
        } else {
            page::refused(
                refusal,
                Some((&address, &redirect::receiver(&self.redirect_uri))),
            )
        }
    }
}

/// The address that a browser goes back to, with `state` and, against mix-ups, `iss` (RFC 9207).
pub(super) fn back(
    base: &str,
    redirect_uri: &str,
    state: Option<&str>,
    params: &[(&str, &str)],
) -> String {
    let mut params = params.to_vec();
    if let Some(state) = state {
        params.push(("state", state));
    }
    params.push(("iss", base));
    redirect::with(redirect_uri, &params)
}

/// Sends a browser somewhere else; the address is in no cache and no referrer.
pub(super) fn see_other(address: &str) -> Response {
    let headers = [
        (header::LOCATION, address),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}
