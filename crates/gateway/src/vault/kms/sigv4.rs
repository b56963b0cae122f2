//! AWS Signature Version 4 for the one kind of request that is sent here: a POST of JSON to `/`.

use aws_lc_rs::{digest, hmac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use std::fmt::Write;

/// Who signs.
pub(super) struct Signer<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) secret: &'a SecretString,
    pub(super) session: Option<&'a SecretString>,
    pub(super) region: &'a str,
}

/// What is signed.
pub(super) struct Signed<'a> {
    pub(super) host: &'a str,
    pub(super) target: &'a str,
    pub(super) body: &'a [u8],
}

/// The content type of AWS's JSON protocol.
pub(super) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

impl Signer<'_> {
    /// The values of the headers `X-Amz-Date` and `Authorization`.
    pub(super) fn sign(&self, request: &Signed<'_>, now: Timestamp) -> (String, String) {
        let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = &time[..8];
        let scope = format!("{day}/{}/kms/aws4_request", self.region);
        // In the order of their names, as the signature wants them.
        let mut headers = vec![
            ("content-type", CONTENT_TYPE),
            ("host", request.host),
            ("x-amz-date", &time),
        ];
        if let Some(session) = self.session {
            headers.push(("x-amz-security-token", session.expose_secret()));
        }
        headers.push(("x-amz-target", request.target));
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let mut canonical = "POST\n/\n\n".to_owned();
        for (name, value) in headers {
            canonical.push_str(name);
            canonical.push(':');
            canonical.push_str(value.trim());
            canonical.push('\n');
        }
        canonical.push('\n');
        canonical.push_str(&names);
        canonical.push('\n');
        canonical.push_str(&hash(request.body));
        let text = format!(
            "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
            hash(canonical.as_bytes())
        );
        let signature = hex(self.key(day).as_ref(), text.as_bytes());
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.access_key_id
        );
        (time, authorization)
    }

    fn key(&self, day: &str) -> hmac::Tag {
        let secret = SecretString::from(format!("AWS4{}", self.secret.expose_secret()));
        let first = mac(secret.expose_secret().as_bytes(), day.as_bytes());
        [self.region, "kms", "aws4_request"]
            .iter()
            .fold(first, |key, part| mac(key.as_ref(), part.as_bytes()))
    }
}

fn mac(key: &[u8], text: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
}

fn hex(key: &[u8], text: &[u8]) -> String {
    digits(mac(key, text).as_ref())
}

fn hash(bytes: &[u8]) -> String {
    digits(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values are those of botocore 1.43.11 for the same requests.
    #[test]
    fn signatures_are_those_of_the_official_library() {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into();
        let session = "session-token".into();
        for (session, names, signature) in [
            (
                None,
                "content-type;host;x-amz-date;x-amz-target",
                "64dae94a881258584f14c7cc500f4c6a356bcbe55b0a6399543124dff4a36abd",
            ),
            (
                Some(&session),
                "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
                "13ee1d21d02dcbc3616889863bddf7fccb377373d56d2e8cd3a25aac7aed1194",
            ),
        ] {
            let signer = Signer {
                access_key_id: "AKIDEXAMPLE",
                secret: &secret,
                session,
                region: "eu-west-1",
            };
            let request = Signed {
                host: "kms.eu-west-1.amazonaws.com",
                target: "TrentService.Encrypt",
                body: br#"{"KeyId":"alias/frontdesk"}"#,
            };
            let now = "2026-11-21T12:30:45Z".parse().unwrap();
            let (time, authorization) = signer.sign(&request, now);
            assert_eq!(time, "20261121T123045Z");
            assert_eq!(
                authorization,
                format!(
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/kms/aws4_request, \
                     SignedHeaders={names}, Signature={signature}"
                )
            );
        }
    }
}
