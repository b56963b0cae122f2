//! `POST /revoke` (RFC 7009): a client gives a token back, and all that was granted with it ends.

use super::{Authorization, refusal::Refusal, token::form};
use crate::client_address::ClientAddress;
use crate::tenants::hash;
use axum::{body::Bytes, extract::State};
use http::{HeaderMap, StatusCode};
use std::sync::Arc;

/// `POST /revoke`
pub(super) async fn revoke(
    State(authorization): State<Arc<Authorization>>,
    from: ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let params = form(&headers, &body)?;
    let client = authorization.authenticated(&headers, &params).await?;
    let token = params.get("token");
    let token = token.ok_or_else(|| Refusal::request("`token` is missing."))?;
    let system = authorization.tenants.store().system();
    match system.oauth_token(hash(token)).await? {
        Some(known) if known.row.client_id == client.id => {
            let why = "revoked by the client";
            let end = (known.tenant.as_str(), known.row.grant_id.as_str(), why);
            let work = Box::pin(system.revoke_token(hash(token), store::now()));
            authorization.ending((&client, from), end, work).await?;
            Ok(StatusCode::OK)
        }
        Some(_) => Err(Refusal::grant("the token is another client's.")),
        // What is unknown is as good as revoked.
        None => Ok(StatusCode::OK),
    }
}
