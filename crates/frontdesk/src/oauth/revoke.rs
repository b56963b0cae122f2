//! `POST /revoke` (RFC 7009): a client gives a token back, and all that was granted with it ends.

use super::{Authorization, refusal::Refusal, token::form};
use crate::tenants::hash;
use axum::{body::Bytes, extract::State};
use http::{HeaderMap, StatusCode};
use std::sync::Arc;

/// `POST /revoke`
pub(super) async fn revoke(
    State(authorization): State<Arc<Authorization>>,
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
            system.revoke_token(hash(token), store::now()).await?;
            Ok(StatusCode::OK)
        }
        Some(_) => Err(Refusal::grant("the token is another client's.")),
        // What is unknown is as good as revoked.
        None => Ok(StatusCode::OK),
    }
}
