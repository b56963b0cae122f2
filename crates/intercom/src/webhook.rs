//! Checks that a webhook comes from Intercom.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is not `sha1=` and 40 hexadecimal digits.
    #[error("X-Hub-Signature must be `sha1=` and 40 hexadecimal digits")]
    Malformed,
    /// The body was signed with another secret, or changed on the way.
    #[error(
        "X-Hub-Signature does not fit the body: check that the client secret is that of the app which sends the webhook"
    )]
    Mismatch,
}

/// Checks `X-Hub-Signature` over the raw body, in constant time; `secret` is the app's client secret.
pub fn verify_signature(
    secret: &[u8],
    raw_body: &[u8],
    header: &str,
) -> Result<(), SignatureError> {
    let claimed = header
        .trim()
        .strip_prefix("sha1=")
        .and_then(digest)
        .ok_or(SignatureError::Malformed)?;
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).map_err(|_| SignatureError::Mismatch)?;
    mac.update(raw_body);
    mac.verify_slice(&claimed)
        .map_err(|_| SignatureError::Mismatch)
}

fn digest(hex: &str) -> Option<[u8; 20]> {
    let hex = hex.as_bytes();
    let mut bytes = [0; 20];
    if hex.len() != 40 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| value.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    // From the RFC 2202 test cases for HMAC-SHA1.
    const KEY: &[u8] = b"Jefe";
    const BODY: &[u8] = b"what do ya want for nothing?";
    const GOOD: &str = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";

    #[test]
    fn signatures_are_checked() {
        assert_eq!(verify_signature(KEY, BODY, GOOD), Ok(()));
        assert_eq!(
            verify_signature(KEY, BODY, &GOOD.to_uppercase().replace("SHA1", "sha1")),
            Ok(())
        );
        for (key, body, header, expected) in [
            (b"jefe".as_slice(), BODY, GOOD, SignatureError::Mismatch),
            (
                KEY,
                b"what do ya want".as_slice(),
                GOOD,
                SignatureError::Mismatch,
            ),
            (b"".as_slice(), BODY, GOOD, SignatureError::Mismatch),
            (KEY, BODY, &GOOD[5..], SignatureError::Malformed),
            (KEY, BODY, &GOOD[..44], SignatureError::Malformed),
            (
                KEY,
                BODY,
                "sha256=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
                SignatureError::Malformed,
            ),
            (
                KEY,
                BODY,
                "sha1=zffcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
                SignatureError::Malformed,
            ),
            (
                KEY,
                BODY,
                "sha1=+ffcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
                SignatureError::Malformed,
            ),
            (KEY, BODY, "", SignatureError::Malformed),
        ] {
            assert_eq!(
                verify_signature(key, body, header),
                Err(expected),
                "{header}"
            );
        }
    }
}
