//! Local accounts of people, who sign in to endpoints by e-mail address and password.

use super::Tenants;
use crate::{Error, oauth};
use secrecy::{ExposeSecret, SecretString};

impl Tenants {
    /// Gives a person a password for signing in with their e-mail address, in place of one that they had.
    pub async fn set_password(
        &self,
        tenant: &str,
        user: &str,
        password: SecretString,
    ) -> Result<(), Error> {
        let scope = self.store.scope(tenant)?;
        let person = scope.user(user).await?;
        if person.email.is_none() {
            return Err(Error::Usage(
                "the person has no e-mail address to sign in with: give them one first".into(),
            ));
        }
        let hash = oauth::hash_password(password.expose_secret().to_owned()).await?;
        Ok(scope.set_password_hash(user, Some(&hash)).await?)
    }

    /// Takes a person's password away: they can sign in through Intercom alone.
    pub async fn remove_password(&self, tenant: &str, user: &str) -> Result<(), Error> {
        let scope = self.store.scope(tenant)?;
        Ok(scope.set_password_hash(user, None).await?)
    }
}
