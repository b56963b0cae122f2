//! The access token in memory: neither printed, nor serialized, nor copied.

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// An access token of one Intercom workspace; wiped from memory when dropped.
pub struct Credential {
    authorization: Result<SecretString, CredentialError>,
}

/// Why a text cannot be an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// There is nothing in it.
    #[error("the access token is empty: copy it from the Developer Hub, Configure, Authentication")]
    Empty,
    /// It has characters that no token has.
    #[error(
        "the access token has characters that no token has, such as a space or a line break: copy it again"
    )]
    Malformed,
}

impl Credential {
    /// Takes a token in, without the white space around it; [`Credential::check`] tells whether it can be one.
    pub fn new(token: String) -> Self {
        let token = SecretString::from(token);
        Self {
            authorization: authorization(token.expose_secret().trim()),
        }
    }

    /// Whether the text can be an access token; calls with one that cannot fail before they leave.
    pub fn check(&self) -> Result<(), CredentialError> {
        self.authorization
            .as_ref()
            .map(|_| ())
            .map_err(|error| *error)
    }

    /// The value of the `Authorization` header, marked so that nothing prints it.
    pub(crate) fn header(&self) -> Result<HeaderValue, CredentialError> {
        let text = self.authorization.as_ref().map_err(|error| *error)?;
        let mut value =
            HeaderValue::from_str(text.expose_secret()).map_err(|_| CredentialError::Malformed)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

fn authorization(token: &str) -> Result<SecretString, CredentialError> {
    if token.is_empty() {
        return Err(CredentialError::Empty);
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CredentialError::Malformed);
    }
    // Exact capacity: a growing buffer would leave pieces of the token behind.
    let mut text = String::with_capacity("Bearer ".len() + token.len());
    text.push_str("Bearer ");
    text.push_str(token);
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_trimmed_and_checked() {
        let header = Credential::new(" dG9rOmE=\n".into()).header().unwrap();
        assert_eq!(header.to_str().unwrap(), "Bearer dG9rOmE=");
        assert!(header.is_sensitive() && !format!("{header:?}").contains("dG9r"));
        for (text, expected) in [
            ("", CredentialError::Empty),
            (" \n", CredentialError::Empty),
            ("a b", CredentialError::Malformed),
            ("é", CredentialError::Malformed),
        ] {
            let credential = Credential::new(text.into());
            assert_eq!(
                (credential.check(), credential.header().err()),
                (Err(expected), Some(expected)),
                "{text:?}"
            );
        }
    }
}
