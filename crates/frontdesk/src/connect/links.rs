//! Authorize links: what a person opens to connect their Intercom. Whoever holds one may use it, once and for a time.

use super::{Stop, is_named, page, trip};
use crate::{
    Error,
    tenants::{Tenants, hash, hex},
};
use intercom::Region;
use std::time::Duration;
use store::{ConnectionState, OauthState, StoreError, UserState};
use trip::{Departure, Trip};

/// What states of links are for.
const PURPOSE: &str = "link";
/// How long a link is good unless its maker says otherwise.
pub(crate) const USUAL: Duration = Duration::from_hours(1);
/// The longest that a link is good.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// A link to be made.
#[derive(Clone, Debug, Default)]
pub struct NewLink {
    /// Who shall connect; nobody for a connection that the whole tenant uses.
    pub user: Option<String>,
    /// The app, by its id here; the only one there is when left out.
    pub app: Option<String>,
    /// The connection that shall be made again, and no other.
    pub connection: Option<String>,
    /// The region of the person's workspace; the app's when left out.
    pub region: Option<Region>,
    /// Where to send the person afterwards; a page that is named in the configuration or by the app.
    pub return_to: Option<String>,
    /// How long it is good; an hour when left out.
    pub life: Option<Duration>,
}

/// A link, told once.
pub struct Link {
    /// What the person opens.
    pub url: String,
    /// When it ends, in milliseconds since 1970.
    pub expires_at: i64,
}

impl Tenants {
    /// Makes a link by which a person connects their Intercom.
    pub async fn authorize_link(&self, tenant: &str, new: NewLink) -> Result<Link, Error> {
        let public = self.connecting().public_url.as_ref().ok_or_else(|| {
            Error::Usage("set FRONTDESK_PUBLIC_URL: links and Intercom lead people there".into())
        })?;
        let life = new.life.unwrap_or(USUAL);
        if life.is_zero() || life > LONGEST {
            return Err(Error::Usage("a link is good for at most 7 days".into()));
        }
        let scope = self.store().scope(tenant)?;
        scope.describe().await?;
        let app = self.find_app(&scope, new.app.as_deref()).await?;
        let user = self.whose(&scope, &new).await?;
        if let Some(text) = &new.return_to {
            let url = page(text).map_err(Error::Usage)?;
            let named = &self.connecting().return_to;
            if !is_named(named, &url) && !is_named(&app.return_to, &url) {
                return Err(Error::Usage(format!(
                    "`return_to` must be a page that is named: have `{}` added to FRONTDESK_RETURN_TO, or to the app",
                    url.origin().ascii_serialization()
                )));
            }
        }
        let trip = Trip {
            app: app.id,
            region: new.region.unwrap_or(app.region).name().to_owned(),
            connection: new.connection,
            return_to: new.return_to,
            ..Trip::default()
        };
        let now = store::now();
        let expires_at = now.saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX));
        let state = OauthState {
            user_id: user,
            purpose: PURPOSE.into(),
            browser_hash: None,
            payload: trip::written(&trip).map_err(|error| Error::Build(error.to_string()))?,
            created_at: now,
            expires_at,
        };
        let secret = trip::random();
        scope.keep_oauth_state(state, hash(&secret)).await?;
        Ok(Link {
            url: format!("{public}/connect/{secret}"),
            expires_at,
        })
    }

    /// Whose connection a link makes: the person's that it names, or those of the connection that it names.
    async fn whose(
        &self,
        scope: &store::TenantScope,
        new: &NewLink,
    ) -> Result<Option<String>, Error> {
        if let Some(user) = &new.user
            && scope.user(user).await?.state != UserState::Active
        {
            return Err(Error::Usage("this person is disabled".into()));
        }
        let Some(id) = &new.connection else {
            return Ok(new.user.clone());
        };
        let row = scope.connection(id).await?;
        if row.state == ConnectionState::Revoked {
            return Err(Error::Usage(
                "the connection was ended for good: leave `connection` out to make a new one"
                    .into(),
            ));
        }
        if new.user.is_some() && new.user != row.user_id {
            return Err(StoreError::NotFound { what: "connection" }.into());
        }
        Ok(row.user_id)
    }

    /// Opens a link. It may be opened again until a connection came of it, for people go back and mail scanners look.
    pub(super) async fn open_link(&self, secret: &str) -> Result<Departure, Stop> {
        let key = hash(secret);
        let found = self.store().system().oauth_state(key, store::now()).await?;
        let found = found
            .filter(|found| found.row.purpose == PURPOSE)
            .ok_or(Stop::Link)?;
        let trip = Trip {
            link: Some(hex(&key)),
            ..trip::read(&found.row.payload)?
        };
        let scope = self.store().scope(&found.tenant)?;
        let app = self.find_app(&scope, Some(&trip.app)).await?;
        self.depart(&found.tenant, found.row.user_id, &app, trip)
            .await
    }

    /// Ends a link, now that a connection comes of it; a second one finds it gone.
    pub(super) async fn use_link(&self, key: &str) -> Result<(), Stop> {
        let key = unhex(key).ok_or(Stop::Failed)?;
        let system = self.store().system();
        let taken = system.take_oauth_state(key, store::now()).await?;
        taken.map(drop).ok_or(Stop::Link)
    }

    /// Sets out to make a refused connection again, by the same teammate: for whoever holds its address.
    pub(super) async fn again(&self, tenant: &str, connection: &str) -> Result<Departure, Stop> {
        let scope = self.store().scope(tenant).map_err(|_| Stop::Nothing)?;
        let row = scope.connection(connection).await?;
        if row.state != ConnectionState::Quarantined {
            return Err(Stop::Nothing);
        }
        let app = match self.find_app(&scope, row.app_id.as_deref()).await {
            Ok(app) => app,
            Err(_) => self.find_app(&scope, None).await?,
        };
        let trip = Trip {
            region: row.region,
            connection: Some(row.id),
            same_teammate: true,
            ..Trip::default()
        };
        self.depart(tenant, row.user_id, &app, trip).await
    }
}

fn unhex(text: &str) -> Option<store::Hash> {
    let mut bytes = store::Hash::default();
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_survive_as_text() {
        let key = hash("a link");
        assert_eq!(unhex(&hex(&key)), Some(key));
        for wrong in ["", "00", &"0g".repeat(32), &"é".repeat(32)] {
            assert_eq!(unhex(wrong), None, "{wrong}");
        }
    }
}
