//! `POST /consent`: a person says who they are and lets a client in, or does not. The form counts in the browser alone
//! that the request began in, once, and for that one client.

use super::{
    Authorization,
    account::SignIn,
    authorize::{CONSENT, Pending, back, see_other},
    browser::{Browser, is_own_page},
    form::Params,
    page::{self, Ask},
    refusal::Refusal,
    resource::{Target, canonical},
    scope::Scope,
};
use crate::client_address::ClientAddress;
use crate::tenants::hash;
use axum::{body::Bytes, extract::State, response::Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, Uri};
use std::sync::Arc;
use store::{Grant, NewCode, OauthState, Owned, StoreError, UserState};

/// How long a code is good, in milliseconds.
const CODE: i64 = 60 * 1000;
/// The most endpoints that a person is shown to choose from.
const CHOICES: i64 = 50;

/// A form that came back, and the request that it is about.
pub(super) struct Answer<'a> {
    pub(super) params: &'a Params,
    pub(super) handle: &'a str,
    pub(super) browser: Browser,
    pub(super) from: ClientAddress,
    /// The tenant; `*` where it is not known yet.
    pub(super) tenant: String,
    /// The person, once they showed who they are.
    user: Option<String>,
    pub(super) pending: Pending,
}

/// `POST /consent`
pub(super) async fn decide(
    State(authorization): State<Arc<Authorization>>,
    from: ClientAddress,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let base = authorization.base(&uri, &headers).into_owned();
    let decided = authorization.decided(&base, (&headers, from), &body).await;
    decided.unwrap_or_else(|refusal| page::refused(&refusal, None))
}

impl Authorization {
    async fn decided(
        &self,
        base: &str,
        (headers, from): (&HeaderMap, ClientAddress),
        body: &[u8],
    ) -> Result<Response, Refusal> {
        if !is_own_page(headers, base) {
            return Err(Refusal::request("this form was sent by another web site."));
        }
        let params = Params::read(body)
            .map_err(|name| Refusal::request(format!("`{name}` is there more than once.")))?;
        let answer = self
            .answer(base, (headers, from), (&params, CONSENT))
            .await?;
        match params.get("action") {
            Some("allow") => self.allowed(answer).await,
            Some("intercom") => self.depart(answer).await,
            Some("deny") => self.denied(answer).await,
            _ => Err(Refusal::request("the form has no `action`.")),
        }
    }

    /// The request that a form is about, if it began in this browser.
    pub(super) async fn answer<'a>(
        &self,
        base: &str,
        (headers, from): (&HeaderMap, ClientAddress),
        (params, waits): (&'a Params, &str),
    ) -> Result<Answer<'a>, Refusal> {
        let over = || {
            Refusal::request(
                "this request is over, or began in another browser: go back to your program and connect it again.",
            )
        };
        let handle = params.get("request").ok_or_else(over)?;
        let system = self.tenants.store().system();
        let kept = system.oauth_state(hash(handle), store::now()).await?;
        let Owned { tenant, row } = kept.ok_or_else(over)?;
        let OauthState {
            purpose,
            user_id,
            browser_hash,
            payload,
            ..
        } = row;
        let browser = Browser::known(headers, base)
            .filter(|browser| purpose == waits && browser.is(browser_hash.as_deref()));
        let browser = browser.ok_or_else(over)?;
        let pending: Pending = serde_json::from_str(&payload).map_err(|_| over())?;
        if pending.base != base {
            return Err(over());
        }
        Ok(Answer {
            params,
            handle,
            browser,
            from,
            tenant,
            user: user_id,
            pending,
        })
    }

    async fn denied(&self, answer: Answer<'_>) -> Result<Response, Refusal> {
        self.take(answer.handle).await?;
        let error = [
            ("error", "access_denied"),
            ("error_description", "the person said no"),
        ];
        Ok(answer.pending.back(&error))
    }

    async fn allowed(&self, answer: Answer<'_>) -> Result<Response, Refusal> {
        if let Some(user) = answer.user.clone() {
            // They showed who they are, and now say which endpoint.
            let wanted = answer.params.get("endpoint");
            let wanted = wanted.ok_or_else(|| Refusal::request("no endpoint was chosen."))?;
            let target = self.reached(&answer.tenant, wanted).await?;
            self.take(answer.handle).await?;
            return self
                .issue(&answer.pending, &target, (&user, answer.from))
                .await;
        }
        let email = answer.params.get("email").unwrap_or_default();
        let password = answer.params.get("password").unwrap_or_default();
        let tenant = (answer.pending.endpoint.is_some()).then_some(answer.tenant.as_str());
        match self.sign_in(tenant, (email, password), answer.from).await? {
            SignIn::Welcome(person) => self.welcome(answer, person.tenant, person.row.id).await,
            SignIn::Wrong => {
                let wrong = "That e-mail address and password do not belong together.";
                self.again(&answer, wrong).await
            }
            SignIn::TooMany => {
                let many = "There were too many attempts. Wait a quarter of an hour, then connect your program again.";
                self.again(&answer, many).await
            }
        }
    }

    /// A person is known now: they go back to their program, or say which endpoint first.
    async fn welcome(
        &self,
        answer: Answer<'_>,
        tenant: String,
        user: String,
    ) -> Result<Response, Refusal> {
        let granted = answer.granted();
        let mut pending = answer.pending;
        // They may grant less than was asked for, never more.
        granted.text().clone_into(&mut pending.scope);
        if let Some(endpoint) = &pending.endpoint {
            let target = self.reached(&tenant, endpoint).await?;
            self.take(answer.handle).await?;
            return self.issue(&pending, &target, (&user, answer.from)).await;
        }
        let targets = self.choices(&tenant).await?;
        if let [target] = targets.as_slice() {
            self.take(answer.handle).await?;
            return self.issue(&pending, target, (&user, answer.from)).await;
        }
        if targets.is_empty() {
            return Err(Refusal::request(
                "you are signed in, but there is no endpoint that you may use: ask its owner for one.",
            ));
        }
        self.take(answer.handle).await?;
        let kept = self.keep(
            &pending,
            &answer.browser,
            (Some(&tenant), Some(&user)),
            CONSENT,
        );
        let handle = kept.await?;
        Ok(page::choice(&pending, &handle, &targets))
    }

    /// Shows the page again, with what was wrong.
    async fn again(&self, answer: &Answer<'_>, problem: &str) -> Result<Response, Refusal> {
        let target = match &answer.pending.endpoint {
            Some(id) => Some(self.reached(&answer.tenant, id).await?),
            None => None,
        };
        Ok(page::consent(&Ask {
            pending: &answer.pending,
            handle: answer.handle,
            intercom: self.offers_intercom(target.as_ref()).await,
            target: target.as_ref(),
            problem: Some(problem),
        }))
    }

    /// Uses the request up: of two forms that come at once, one counts.
    pub(super) async fn take(&self, handle: &str) -> Result<(), Refusal> {
        let system = self.tenants.store().system();
        let taken = system.take_oauth_state(hash(handle), store::now()).await?;
        taken
            .map(drop)
            .ok_or_else(|| Refusal::request("this request was answered already."))
    }

    /// Endpoints of a tenant that its people may sign in to.
    async fn choices(&self, tenant: &str) -> Result<Vec<Target>, StoreError> {
        let scope = self.tenants.store().scope(tenant)?;
        let mut targets = Vec::new();
        for row in scope.endpoints("", CHOICES).await? {
            let owned = Owned {
                tenant: tenant.to_owned(),
                row,
            };
            targets.extend(self.target(owned).await?.filter(|target| target.signs_in));
        }
        Ok(targets)
    }

    /// An endpoint that people may sign in to at this moment.
    pub(super) async fn reached(&self, tenant: &str, id: &str) -> Result<Target, Refusal> {
        let row = self.tenants.store().scope(tenant)?.endpoint(id).await?;
        let owned = Owned {
            tenant: tenant.to_owned(),
            row,
        };
        let target = self.target(owned).await?.filter(|target| target.signs_in);
        target.ok_or_else(|| Refusal::request("this endpoint is not open to sign in any more."))
    }

    /// Grants what was asked for and sends the browser back with a code.
    pub(super) async fn issue(
        &self,
        pending: &Pending,
        target: &Target,
        (user, from): (&str, ClientAddress),
    ) -> Result<Response, Refusal> {
        let scope = self.tenants.store().scope(&target.tenant)?;
        if scope.user(user).await?.state != UserState::Active {
            return Err(Refusal::request(
                "you may not sign in any more: ask the owner.",
            ));
        }
        let now = store::now();
        let code = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let granted = Scope::granted(&pending.scope).min(Scope::of(target.ceiling));
        let grant = Grant {
            id: store::new_id(),
            client_id: pending.client.clone(),
            user_id: user.to_owned(),
            endpoint_id: target.id.clone(),
            scope: granted.text().to_owned(),
            resource: canonical(&pending.base, pending.endpoint.as_deref()),
            created_at: now,
            revoked_at: None,
            reason: None,
        };
        let new = NewCode {
            hash: hash(&code),
            redirect_uri: pending.redirect_uri.clone(),
            challenge: pending.challenge.clone(),
            expires_at: now + CODE,
        };
        let kept = Box::pin(scope.create_grant(grant.clone(), new));
        self.letting_in((&target.tenant, &grant), from, kept)
            .await?;
        let system = self.tenants.store().system();
        system.touch_oauth_client(&pending.client, now).await?;
        Ok(pending.back(&[("code", &code)]))
    }
}

impl Answer<'_> {
    /// What the person lets the client do: what was asked for, or reading alone.
    pub(super) fn granted(&self) -> Scope {
        match self.params.get("write") {
            Some(_) => Scope::granted(&self.pending.scope),
            None => Scope::Read,
        }
    }
}

impl Pending {
    /// Sends the browser back to the client.
    pub(super) fn back(&self, params: &[(&str, &str)]) -> Response {
        see_other(&back(
            &self.base,
            &self.redirect_uri,
            self.state.as_deref(),
            params,
        ))
    }
}
