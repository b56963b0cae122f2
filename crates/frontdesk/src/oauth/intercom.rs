//! Sign-in through Intercom: the person agrees to the client first, goes to Intercom and comes back known, and their own
//! connection is made in the same trip.

use super::{
    Authorization,
    authorize::{AWAY, Pending},
    consent::Answer,
    form::Params,
    page,
    refusal::Refusal,
    resource::Target,
};
use crate::client_address::ClientAddress;
use crate::connect::{SignIn, Stop};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Uri};
use std::sync::Arc;

impl Authorization {
    /// Whether the people of an endpoint's tenant can sign in through Intercom.
    pub(super) async fn offers_intercom(&self, target: Option<&Target>) -> bool {
        match target {
            Some(target) => self.tenants.offers_sign_in(&target.tenant).await,
            None => false,
        }
    }

    /// Sends the browser to Intercom, now that its person agreed.
    pub(super) async fn depart(&self, answer: Answer<'_>) -> Result<Response, Refusal> {
        if answer.pending.endpoint.is_none() {
            return Err(Refusal::request(
                "sign-in through Intercom needs an endpoint's own address.",
            ));
        }
        let pending = Pending {
            scope: answer.granted().text().to_owned(),
            ..answer.pending.clone()
        };
        self.take(answer.handle).await?;
        let place = (Some(answer.tenant.as_str()), None);
        let handle = self.keep(&pending, &answer.browser, place, AWAY).await?;
        let sign_in = SignIn {
            tenant: answer.tenant.clone(),
            app: None,
            resume: format!("/consent/arrived?request={handle}"),
        };
        let departure = self.tenants.begin_sign_in(sign_in).await;
        Ok(departure.map_or_else(Stop::into_response, IntoResponse::into_response))
    }

    async fn arrived(
        &self,
        base: &str,
        (headers, from): (&HeaderMap, ClientAddress),
        query: &str,
    ) -> Result<Response, Refusal> {
        let params = Params::read(query.as_bytes())
            .map_err(|name| Refusal::request(format!("`{name}` is there more than once.")))?;
        let answer = self.answer(base, (headers, from), (&params, AWAY)).await?;
        let ticket = params.get("ticket").unwrap_or_default();
        let arrival = match self.tenants.finish_sign_in(ticket, headers).await {
            Ok(arrival) if arrival.tenant == answer.tenant => arrival,
            Ok(_) => return Err(Refusal::request("this sign-in is another tenant's.")),
            Err(stop) => return Ok(stop.into_response()),
        };
        let endpoint = answer.pending.endpoint.as_deref().unwrap_or_default();
        let target = self.reached(&answer.tenant, endpoint).await?;
        self.take(answer.handle).await?;
        self.issue(&answer.pending, &target, (&arrival.user, from))
            .await
    }
}

/// `GET /consent/arrived`: the browser is back from Intercom.
pub(super) async fn arrived(
    State(authorization): State<Arc<Authorization>>,
    from: ClientAddress,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let base = authorization.base(&uri, &headers).into_owned();
    let query = uri.query().unwrap_or_default();
    let arrived = Box::pin(authorization.arrived(&base, (&headers, from), query)).await;
    arrived.unwrap_or_else(|refusal| page::refused(&refusal, None))
}
