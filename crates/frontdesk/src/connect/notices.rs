//! Notices to owners: webhooks as Standard Webhooks has them, signed with HMAC-SHA256, sent until they are taken. A notice
//! that was sent twice has the same `webhook-id` twice.

use super::errands::Outcome;
use crate::{Error, outbound::OutboundError, tenants::Tenants};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use gateway::vault::{Place, SealedCredential};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use store::{Connection, Errand, ErrandKind, NewErrand, StoreError, Tenant, TenantScope};

/// The column of a tenant's own secret, and the row that stands for its notices.
const SECRET: &str = "tenants.notice_secret";
const ROW: &str = "notices";
/// What marks a secret whose rest is base64.
const MARK: &str = "whsec_";
/// The field of a tenant's settings.
const FIELD: &str = "notice_url";

/// Where notices go, and what signs them.
pub(super) struct Target {
    pub(super) url: SecretString,
    pub(super) secret: SecretString,
}

/// Something that an owner wants to know.
pub(crate) struct Event<'a> {
    /// What happened.
    pub(crate) kind: EventKind,
    /// Why, for people.
    pub(crate) reason: &'a str,
    /// Where the connection can be made again.
    pub(crate) link: Option<&'a str>,
}

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    /// Intercom refused its token: it is closed.
    Quarantined,
    /// Intercom refused it again when it was tried later: it stays closed.
    Confirmed,
    /// Intercom takes its token again: it is open.
    Reopened,
}

impl EventKind {
    fn name(self) -> &'static str {
        match self {
            Self::Quarantined => "connection.quarantined",
            Self::Confirmed => "connection.confirmed",
            Self::Reopened => "connection.reopened",
        }
    }
}

impl Event<'_> {
    /// The errand that tells of it; what is told is fixed now.
    pub(crate) fn errand(&self, tenant: &str, row: &Connection, at: i64) -> NewErrand {
        let when = Timestamp::from_millisecond(at).unwrap_or_default();
        let told = json!({
            "type": self.kind.name(),
            "timestamp": when.to_string(),
            "data": {
                "tenant": tenant,
                "connection": row.id,
                "user": row.user_id,
                "workspace_id": row.workspace_id,
                "workspace_name": row.workspace_name,
                "reason": self.reason,
                "reconnect_url": self.link,
            },
        });
        NewErrand {
            kind: ErrandKind::Notice,
            id: store::new_id(),
            payload: told.to_string(),
            due_at: at,
        }
    }
}

/// A tenant's own webhook, as its settings hold it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Settings {
    #[serde(default)]
    notice_url: Option<String>,
}

impl Tenants {
    /// Has a tenant's notices sent to a webhook of its own; answers the secret that signs them, which is told this once.
    pub async fn set_notice(&self, tenant: &str, url: &str) -> Result<SecretString, Error> {
        let usage = |error: OutboundError| Error::Usage(format!("`url`: {error}"));
        self.connecting().outbound.check(url).map_err(usage)?;
        let scope = self.store().scope(tenant)?;
        let secret = MARK.to_owned() + &BASE64_STANDARD.encode(rand::random::<[u8; 32]>());
        let secret = SecretString::from(secret);
        let sealed = self.keyring().seal(&place(tenant), &secret).await?;
        let bytes = sealed.as_bytes().to_vec();
        scope
            .keep_credential(ROW, SECRET, bytes, sealed.key_id())
            .await?;
        put_url(&scope, Some(url)).await?;
        Ok(secret)
    }

    /// Has a tenant's notices sent where the deployment's go.
    pub async fn unset_notice(&self, tenant: &str) -> Result<(), Error> {
        let scope = self.store().scope(tenant)?;
        put_url(&scope, None).await?;
        scope.destroy_credentials(ROW).await?;
        Ok(())
    }

    /// The tenant's own webhook.
    pub async fn notice_url(&self, tenant: &str) -> Result<Option<String>, Error> {
        let tenant = self.store().scope(tenant)?.describe().await?;
        Ok(url_of(&tenant))
    }

    /// Sends a notice once.
    pub(super) async fn tell_owner(&self, tenant: &str, errand: &Errand) -> Result<Outcome, Error> {
        let own = self.own_target(tenant).await?;
        let Some(target) = own.as_ref().or(self.connecting().notice.as_ref()) else {
            return Ok(Outcome::Done);
        };
        let headers = signed(errand, &target.secret, store::now() / 1_000);
        let body = Bytes::from(errand.payload.clone());
        let url = target.url.expose_secret();
        // Nothing of the answer but its status matters.
        let sent = self
            .connecting()
            .outbound
            .post(url, (headers, body), 0)
            .await;
        Ok(match sent {
            Ok(answer) if (200..300).contains(&answer.status) => Outcome::Done,
            Ok(answer) => Outcome::Again(format!("the webhook answered {}", answer.status)),
            Err(error) => Outcome::Again(error.to_string()),
        })
    }

    async fn own_target(&self, tenant: &str) -> Result<Option<Target>, Error> {
        let scope = self.store().scope(tenant)?;
        let Some(url) = url_of(&scope.describe().await?) else {
            return Ok(None);
        };
        let row = match scope.credential(ROW, SECRET).await {
            Ok(row) => row,
            // Taken away between the two.
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let sealed = SealedCredential::from_bytes(row.sealed)?;
        let secret = self.keyring().open(&place(tenant), &sealed).await?;
        Ok(Some(Target {
            url: url.into(),
            secret,
        }))
    }
}

fn place(tenant: &str) -> Place<'_> {
    Place {
        tenant,
        row: ROW,
        column: SECRET,
    }
}

fn url_of(tenant: &Tenant) -> Option<String> {
    let settings: Settings = serde_json::from_str(&tenant.settings).unwrap_or_default();
    settings.notice_url
}

async fn put_url(scope: &TenantScope, url: Option<&str>) -> Result<(), Error> {
    let mut tenant = scope.describe().await?;
    let mut settings: Map<String, Value> =
        serde_json::from_str(&tenant.settings).unwrap_or_default();
    match url {
        Some(url) => settings.insert(FIELD.into(), url.into()),
        None => settings.remove(FIELD),
    };
    tenant.settings = Value::Object(settings).to_string();
    Ok(scope.update_tenant(tenant).await?)
}

fn signed(errand: &Errand, secret: &SecretString, seconds: i64) -> HeaderMap {
    let time = seconds.to_string();
    let text = format!("{}.{time}.{}", errand.id, errand.payload);
    let signature = format!(
        "v1,{}",
        BASE64_STANDARD.encode(sign(secret, text.as_bytes()))
    );
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    for (name, value) in [
        ("webhook-id", &errand.id),
        ("webhook-timestamp", &time),
        ("webhook-signature", &signature),
    ] {
        // Ids, digits and base64.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

/// The key of a secret is the base64 after its mark, or else the text itself.
fn sign(secret: &SecretString, text: &[u8]) -> Vec<u8> {
    let secret = secret.expose_secret();
    let decoded = secret
        .strip_prefix(MARK)
        .and_then(|rest| BASE64_STANDARD.decode(rest).ok());
    let key = decoded.as_deref().unwrap_or(secret.as_bytes());
    // HMAC takes keys of every length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::ErrandState;

    /// The example of the Standard Webhooks libraries.
    #[test]
    fn signatures_are_those_of_standard_webhooks() {
        let errand = Errand {
            kind: ErrandKind::Notice,
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".into(),
            payload: r#"{"test": 2432232314}"#.into(),
            state: ErrandState::Pending,
            attempts: 1,
            due_at: 0,
            error: None,
            created_at: 0,
        };
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into();
        let headers = signed(&errand, &secret, 1_614_265_330);
        assert_eq!(
            headers["webhook-signature"],
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(headers["webhook-timestamp"], "1614265330");
    }
}
