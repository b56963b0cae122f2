//! Tokens of ours: random, told once, kept as hashes. Their beginning says what they are for.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use store::Hash;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// The address of an endpoint.
    Endpoint,
    /// A person at an endpoint, for minutes or hours.
    Session,
    /// The REST API.
    ApiKey,
    /// What an OAuth client calls with.
    Access,
    /// What an OAuth client renews that with.
    Refresh,
}

/// A new token and the hash that it is kept as.
pub struct Secret {
    /// The token, to be told once.
    pub text: SecretString,
    /// What is kept.
    pub hash: Hash,
}

impl TokenKind {
    const ALL: [Self; 5] = [
        Self::Endpoint,
        Self::Session,
        Self::ApiKey,
        Self::Access,
        Self::Refresh,
    ];

    fn prefix(self) -> &'static str {
        match self {
            Self::Endpoint => "fde_",
            Self::Session => "fds_",
            Self::ApiKey => "fdk_",
            Self::Access => "fda_",
            Self::Refresh => "fdr_",
        }
    }

    /// What a text claims to be.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| text.starts_with(kind.prefix()))
    }

    /// A new token of 256 random bits.
    pub fn mint(self) -> Secret {
        let text =
            self.prefix().to_owned() + &BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let hash = hash(&text);
        Secret {
            text: text.into(),
            hash,
        }
    }
}

impl Secret {
    /// The token, for the one answer that tells it.
    pub fn tell(&self) -> &str {
        self.text.expose_secret()
    }
}

/// What a token is kept as. It has 256 random bits, so no salt and no slowness is needed.
pub(crate) fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_say_what_they_are_and_are_never_the_same() {
        for kind in TokenKind::ALL {
            let (one, other) = (kind.mint(), kind.mint());
            assert_eq!(TokenKind::of(one.tell()), Some(kind));
            assert_eq!(one.tell().len(), 47);
            assert_ne!(one.tell(), other.tell());
            assert_eq!(one.hash, hash(one.tell()));
        }
        assert_eq!(TokenKind::of("bench"), None);
    }
}
