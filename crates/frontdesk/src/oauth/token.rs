//! `POST /token`: a code, or a refresh token, for the next tokens. Either is good once; its second use ends the grant.

use super::{
    Authorization,
    client::Client,
    form::Params,
    refusal::Refusal,
    resource::{Resource, canonical},
    scope::Scope,
};
use crate::client_address::ClientAddress;
use crate::tenants::{Secret, TokenKind, hash};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, Uri, header};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{
    Grant, KnownToken, NewToken, Owned, Redeemed, Refreshed, StoreError, TokenKind as Kind,
    UserState,
};
use subtle::ConstantTimeEq;

/// The tokens of one answer.
struct Pair {
    access: Secret,
    refresh: Secret,
}

/// `POST /token`
pub(super) async fn token(
    State(authorization): State<Arc<Authorization>>,
    from: ClientAddress,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let params = form(&headers, &body)?;
    let base = authorization.base(&uri, &headers);
    let client = authorization.authenticated(&headers, &params).await?;
    match params.get("grant_type") {
        Some("authorization_code") => authorization.redeem(&base, (&client, from), &params).await,
        Some("refresh_token") => authorization.renew(&base, (&client, from), &params).await,
        Some(_) => Err(Refusal::grant_type()),
        None => Err(Refusal::request("`grant_type` is missing.")),
    }
}

/// The parameters of a form that a program sent.
pub(super) fn form(headers: &HeaderMap, body: &[u8]) -> Result<Params, Refusal> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let essence = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    if !essence
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    {
        return Err(Refusal::request(
            "the body is `application/x-www-form-urlencoded`.",
        ));
    }
    Params::read(body)
        .map_err(|name| Refusal::request(format!("`{name}` is there more than once.")))
}

impl Authorization {
    async fn redeem(
        &self,
        base: &str,
        (client, from): (&Client, ClientAddress),
        params: &Params,
    ) -> Result<Response, Refusal> {
        let missing = |name: &str| Refusal::request(format!("`{name}` is missing."));
        let code = params.get("code").ok_or_else(|| missing("code"))?;
        let redirect_uri = params
            .get("redirect_uri")
            .ok_or_else(|| missing("redirect_uri"))?;
        let verifier = params
            .get("code_verifier")
            .ok_or_else(|| missing("code_verifier"))?;
        let (store, now) = (self.tenants.store(), store::now());
        let fresh = match store.system().redeem_code(hash(code), now).await? {
            Redeemed::Fresh(fresh) => fresh,
            known => {
                if let Redeemed::Replayed(grant) = known {
                    self.ended((client, from), &grant, "code replayed").await?;
                }
                return Err(Refusal::grant(
                    "the code is unknown, too old, or was used before.",
                ));
            }
        };
        let scope = store.scope(&fresh.tenant)?;
        let grant = scope.grant(&fresh.row.grant_id).await?;
        let wrong = if grant.client_id != client.id {
            Some(Refusal::grant("the code is another client's."))
        } else if fresh.row.redirect_uri != redirect_uri {
            Some(Refusal::grant(
                "`redirect_uri` is not the one that the code was asked with.",
            ))
        } else if !is_answered(&fresh.row.challenge, verifier) {
            Some(Refusal::grant(
                "`code_verifier` does not answer the challenge.",
            ))
        } else {
            self.misdirected(base, &grant.endpoint_id, &grant.resource, params)
                .await?
        };
        if let Some(refusal) = wrong {
            // The code is used up, so nothing can come of this grant any more.
            let why = "code redeemed wrongly";
            let end = (fresh.tenant.as_str(), grant.id.as_str(), why);
            let work = Box::pin(scope.revoke_grant(&grant.id, why, now));
            self.ending((client, from), end, work).await?;
            return Err(refusal);
        }
        self.still_good(&fresh.tenant, &grant.user_id, &grant.endpoint_id)
            .await?;
        let pair = Pair::mint();
        let issued = scope
            .issue_tokens(&grant.id, self.kept(&pair, now), now)
            .await;
        match issued {
            Ok(()) => Ok(self.told(&pair, &grant)),
            // The code came twice at the same moment.
            Err(StoreError::NotFound { .. }) => Err(Refusal::grant("the code was used before.")),
            Err(error) => Err(error.into()),
        }
    }

    async fn renew(
        &self,
        base: &str,
        (client, from): (&Client, ClientAddress),
        params: &Params,
    ) -> Result<Response, Refusal> {
        let gone = || {
            Refusal::grant("the refresh token is unknown, too old, revoked, or was used before.")
        };
        let text = params.get("refresh_token");
        let text = text.ok_or_else(|| Refusal::request("`refresh_token` is missing."))?;
        let (store, now) = (self.tenants.store(), store::now());
        let known = store.system().oauth_token(hash(text)).await?;
        let known = known
            .filter(|known| known.row.kind == Kind::Refresh)
            .ok_or_else(gone)?;
        let scope = store.scope(&known.tenant)?;
        if known.row.client_id != client.id {
            // It is in hands that it was never given into.
            let why = "refresh token of another client";
            let end = (known.tenant.as_str(), known.row.grant_id.as_str(), why);
            let work = Box::pin(scope.revoke_grant(&known.row.grant_id, why, now));
            self.ending((client, from), end, work).await?;
            return Err(gone());
        }
        if known.row.used_at.is_none() {
            self.unchanged(base, &known, params).await?;
        }
        let grant = scope.grant(&known.row.grant_id).await?;
        let pair = Pair::mint();
        let system = store.system();
        let refreshed = system.refresh(hash(text), self.kept(&pair, now), now);
        match refreshed.await? {
            Refreshed::Fresh(_) => Ok(self.told(&pair, &grant)),
            Refreshed::Reused => {
                tracing::warn!(tenant = %known.tenant, grant = %grant.id, "a refresh token came twice: its grant is revoked");
                let ended = Owned {
                    tenant: known.tenant,
                    row: grant.id,
                };
                self.ended((client, from), &ended, "refresh token reused")
                    .await?;
                Err(gone())
            }
            Refreshed::Unknown => Err(gone()),
        }
    }

    /// What must still be as it was when the grant was made.
    async fn unchanged(
        &self,
        base: &str,
        known: &Owned<KnownToken>,
        params: &Params,
    ) -> Result<(), Refusal> {
        let row = &known.row;
        if let Some(refusal) = self
            .misdirected(base, &row.endpoint_id, &row.resource, params)
            .await?
        {
            return Err(refusal);
        }
        self.still_good(&known.tenant, &row.user_id, &row.endpoint_id)
            .await
    }

    /// Why tokens of this grant are not for here, or not for what is asked.
    async fn misdirected(
        &self,
        base: &str,
        endpoint: &str,
        resource: &str,
        params: &Params,
    ) -> Result<Option<Refusal>, Refusal> {
        let own = [canonical(base, None), canonical(base, Some(endpoint))];
        if !own.iter().any(|own| own == resource) {
            return Ok(Some(Refusal::grant("this was granted by another issuer.")));
        }
        let Some(asked) = params.get("resource") else {
            return Ok(None);
        };
        let asked = match self.resource(base, Some(asked)).await? {
            Resource::Server => canonical(base, None),
            Resource::Endpoint(target) => canonical(base, Some(&target.id)),
        };
        let other = "`resource` is not the one that was granted.";
        Ok((asked != resource).then(|| Refusal::target(other)))
    }

    /// Whether the person may still sign in to the endpoint.
    async fn still_good(&self, tenant: &str, user: &str, endpoint: &str) -> Result<(), Refusal> {
        let gone = || Refusal::grant("the person or the endpoint is not served any more.");
        let scope = self.tenants.store().scope(tenant)?;
        let person = scope.user(user).await;
        let row = scope.endpoint(endpoint).await;
        let (person, row) = match (person, row) {
            (Ok(person), Ok(row)) => (person, row),
            (Err(StoreError::NotFound { .. }), _) | (_, Err(StoreError::NotFound { .. })) => {
                return Err(gone());
            }
            (Err(error), _) | (_, Err(error)) => return Err(error.into()),
        };
        let owned = Owned {
            tenant: tenant.to_owned(),
            row,
        };
        let target = self.target(owned).await?;
        let open = target.is_some_and(|target| target.signs_in);
        if person.state == UserState::Active && open {
            Ok(())
        } else {
            Err(gone())
        }
    }

    fn kept(&self, pair: &Pair, now: i64) -> Vec<NewToken> {
        vec![
            NewToken {
                hash: pair.access.hash,
                kind: Kind::Access,
                expires_at: now.saturating_add(self.lives.access),
            },
            NewToken {
                hash: pair.refresh.hash,
                kind: Kind::Refresh,
                expires_at: now.saturating_add(self.lives.refresh),
            },
        ]
    }

    fn told(&self, pair: &Pair, grant: &Grant) -> Response {
        let body = json!({
            "access_token": pair.access.tell(),
            "token_type": "Bearer",
            "expires_in": self.lives.access / 1000,
            "refresh_token": pair.refresh.tell(),
            "scope": Scope::granted(&grant.scope).text(),
        });
        let headers = [
            (header::CACHE_CONTROL, "no-store"),
            (header::PRAGMA, "no-cache"),
        ];
        (headers, Json(body)).into_response()
    }
}

impl Pair {
    fn mint() -> Self {
        Self {
            access: TokenKind::Access.mint(),
            refresh: TokenKind::Refresh.mint(),
        }
    }
}

/// Whether a verifier answers the S256 challenge (RFC 7636).
fn is_answered(challenge: &str, verifier: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let shape = (43..=128).contains(&verifier.len()) && verifier.bytes().all(plain);
    let answer = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    shape && bool::from(answer.as_bytes().ct_eq(challenge.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_answers_the_challenge() {
        // The example of RFC 7636, appendix B.
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        for (verifier, expected) in [
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", true),
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK", false),
            (challenge, false),
            ("short", false),
            ("", false),
        ] {
            assert_eq!(is_answered(challenge, verifier), expected, "{verifier}");
        }
    }
}
