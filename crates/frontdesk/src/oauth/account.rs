//! Local accounts: an e-mail address and a password, kept as its Argon2id hash.

use super::{Authorization, refusal::Refusal};
use crate::Error;
use crate::client_address::ClientAddress;
use crate::tenants::{hash, hex};
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use std::sync::LazyLock;
use store::{Counter, Owned, StoreError, User, UserState};

/// The shortest password in characters.
const SHORTEST: usize = 12;
/// The longest one in bytes: hashing more would only cost time.
const LONGEST: usize = 200;
/// The longest e-mail address.
const EMAIL: usize = 320;
/// Wrong attempts of one e-mail address in a span.
const ATTEMPTS: i64 = 10;
/// That span: a quarter of an hour, in milliseconds.
const SPAN: i64 = 15 * 60 * 1000;
/// How many people of one e-mail address are tried, each in a tenant of their own.
const PEOPLE: usize = 5;

/// Checked where nobody has the e-mail address, so that an answer takes as long as for somebody.
static NOBODY: LazyLock<Option<String>> =
    LazyLock::new(|| argon(&hex(&rand::random::<[u8; 16]>())));

/// What came of an attempt.
pub(super) enum SignIn {
    /// It is this person.
    Welcome(Owned<User>),
    /// It is nobody, or the password is wrong: the two are not told apart.
    Wrong,
    /// There were too many attempts.
    TooMany,
}

/// The hash that a password is kept as.
pub(crate) async fn hash_password(password: String) -> Result<String, Error> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(Error::Usage(format!(
            "a password has at least {SHORTEST} characters and at most {LONGEST} bytes"
        )));
    }
    let hashed = tokio::task::spawn_blocking(move || argon(&password)).await;
    hashed
        .ok()
        .flatten()
        .ok_or_else(|| Error::Build("a password could not be hashed".into()))
}

impl Authorization {
    /// Who that is, of one tenant where it is known, or of all.
    pub(super) async fn sign_in(
        &self,
        tenant: Option<&str>,
        (email, password): (&str, &str),
        from: ClientAddress,
    ) -> Result<SignIn, Refusal> {
        let email = email.trim().to_lowercase();
        if email.is_empty()
            || email.len() > EMAIL
            || password.is_empty()
            || password.len() > LONGEST
        {
            return Ok(SignIn::Wrong);
        }
        let store = self.tenants.store();
        let subject = format!("sign-in {}", hex(&hash(&email)));
        let counter = Counter {
            subject: &subject,
            metric: "attempts",
            span_ms: SPAN,
        };
        // The attempt counts before it is looked at, so that many at once are not let through.
        let deployment = store.deployment();
        let now = store::now();
        let spent = deployment.spend(counter, 1, ATTEMPTS, now).await?;
        if spent.is_none() {
            return Ok(SignIn::TooMany);
        }
        let mut people = store.system().users_with_email(&email).await?;
        people.retain(|person| {
            person.row.state == UserState::Active && tenant.is_none_or(|own| own == person.tenant)
        });
        people.truncate(PEOPLE);
        let mut hashes = Vec::new();
        for person in &people {
            let scope = store.scope(&person.tenant)?;
            hashes.push(scope.password_hash(&person.row.id).await?);
        }
        let right = self.check(hashes, password.to_owned()).await?;
        // Two people of one password: nobody can tell whom they mean.
        let one = right.iter().filter(|right| **right).count() == 1;
        for (person, right) in people.iter().zip(&right) {
            let who = (person.tenant.as_str(), person.row.id.as_str());
            self.password_tried(who, from, *right && one).await?;
        }
        let mut found = people.into_iter().zip(right).filter(|(_, right)| *right);
        Ok(match (found.next(), found.next()) {
            (Some((person, _)), None) => {
                // Who knows the password takes nobody's attempts away.
                deployment.spend(counter, -1, ATTEMPTS, now).await?;
                SignIn::Welcome(person)
            }
            _ => SignIn::Wrong,
        })
    }

    /// Which of these hashes are of this password.
    async fn check(
        &self,
        hashes: Vec<Option<String>>,
        password: String,
    ) -> Result<Vec<bool>, Refusal> {
        let failed = || {
            Refusal::from(StoreError::Corrupt {
                what: "a password could not be checked".into(),
            })
        };
        let _permit = self.checks.acquire().await.map_err(|_| failed())?;
        let checked = tokio::task::spawn_blocking(move || {
            let is = |kept: &str| {
                Argon2::default()
                    .verify_password(password.as_bytes(), kept)
                    .is_ok()
            };
            if hashes.iter().all(Option::is_none) {
                NOBODY.as_deref().map(is);
            }
            let right = hashes.iter().map(|kept| kept.as_deref().is_some_and(is));
            right.collect::<Vec<bool>>()
        });
        checked.await.map_err(|_| failed())
    }
}

fn argon(password: &str) -> Option<String> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.ok().map(|hash| hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_hashed_with_a_salt_of_its_own() {
        let password = || "correct horse battery".to_owned();
        let (one, other) = (
            hash_password(password()).await.unwrap(),
            hash_password(password()).await.unwrap(),
        );
        assert_ne!(one, other);
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        for (given, expected) in [("correct horse battery", true), ("correct horse", false)] {
            let right = Argon2::default().verify_password(given.as_bytes(), one.as_str());
            assert_eq!(right.is_ok(), expected, "{given}");
        }
        for refused in ["short", &"x".repeat(LONGEST + 1)] {
            assert!(hash_password(refused.to_owned()).await.is_err());
        }
    }
}
