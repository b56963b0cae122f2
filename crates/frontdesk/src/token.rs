//! The Intercom access token of this process: from the environment or a file, replaced while it runs.

use crate::app::App;
use crate::{Error, config::Config};
use secrecy::SecretString;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// How often the token file is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Where the token comes from.
#[derive(Debug)]
pub(crate) enum TokenSource {
    /// The environment or the configuration file, or nowhere.
    Given(Option<SecretString>),
    /// A file of its own.
    File(PathBuf),
}

impl TokenSource {
    /// What the configuration says; a token in the environment goes before a file.
    pub(crate) fn of(config: &Config) -> Self {
        match (&config.access_token, &config.token_file) {
            (Some(token), _) => Self::Given(Some(token.clone())),
            (None, Some(path)) => Self::File(path.clone()),
            (None, None) => Self::Given(None),
        }
    }

    /// The token now; none where there is none yet.
    pub(crate) fn current(&self) -> Result<Option<SecretString>, Error> {
        match self {
            Self::Given(token) => Ok(token.clone()),
            Self::File(path) => read(path),
        }
    }
}

/// Follows the token file of a running server; returns at once where there is none.
pub(crate) async fn follow(app: Arc<App>) {
    let TokenSource::File(path) = app.tokens() else {
        return;
    };
    let mut seen = stamp(path).await;
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now = stamp(path).await;
        if now == seen || now.is_none() {
            continue;
        }
        match read(path) {
            Ok(Some(token)) => {
                app.use_token(token);
                tracing::info!("the access token was read again from its file");
                seen = now;
            }
            // Half-written: it is looked at again at the next tick.
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "the token file cannot be read; the old token stays");
                seen = now;
            }
        }
    }
}

/// Takes `notifications/token/update`: an update older than the last one is ignored.
#[derive(Debug, Default)]
pub(crate) struct TokenUpdates {
    latest: Mutex<f64>,
}

impl TokenUpdates {
    /// The token to use from now on, or why the notification is not followed.
    pub(crate) fn accept(&self, params: Option<&Value>) -> Result<SecretString, &'static str> {
        let params = params.ok_or("it has no params")?;
        let token = params
            .get("accessToken")
            .or_else(|| params.get("token"))
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|token| !token.is_empty())
            .ok_or("it has neither `accessToken` nor `token`")?;
        let time = moment(params.get("timestamp"))?;
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(time) = time {
            if time < *latest {
                return Err("a newer one came before it");
            }
            *latest = time;
        }
        Ok(token.into())
    }
}

/// Seconds or milliseconds since 1970, or an ISO 8601 time; compared as milliseconds.
fn moment(value: Option<&Value>) -> Result<Option<f64>, &'static str> {
    const WRONG: &str = "its `timestamp` is neither a number nor an ISO 8601 time";
    let number = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_f64().ok_or(WRONG)?,
        Some(Value::String(text)) => match text.parse::<f64>() {
            Ok(number) => number,
            Err(_) => return iso(text).map(Some).ok_or(WRONG),
        },
        Some(_) => return Err(WRONG),
    };
    if !number.is_finite() {
        return Err(WRONG);
    }
    // Ten digits are seconds until the year 2286.
    Ok(Some(if number < 1e11 {
        number * 1000.0
    } else {
        number
    }))
}

fn iso(text: &str) -> Option<f64> {
    let time: jiff::Timestamp = text.parse().ok()?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 are far below 2^53"
    )]
    Some(time.as_millisecond() as f64)
}

fn read(path: &Path) -> Result<Option<SecretString>, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let text = SecretString::from(text);
    let token = secrecy::ExposeSecret::expose_secret(&text).trim();
    Ok((!token.is_empty()).then(|| token.into()))
}

/// What changes when the file does: a replaced file may keep its time, but not its inode or size as well.
async fn stamp(path: &Path) -> Option<(SystemTime, u64, u64)> {
    let meta = tokio::fs::metadata(path).await.ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&meta);
    #[cfg(not(unix))]
    let inode = 0;
    Some((meta.modified().ok()?, meta.len(), inode))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use serde_json::json;

    #[test]
    fn updates_are_followed_in_the_order_of_their_time() {
        let updates = TokenUpdates::default();
        for (params, expected) in [
            (
                json!({"accessToken": "a", "timestamp": 1_700_000_100}),
                Ok("a"),
            ),
            (
                json!({"token": "b", "timestamp": 1_700_000_050}),
                Err("a newer one came before it"),
            ),
            (
                json!({"token": "c", "timestamp": 1_700_000_200_000_u64}),
                Ok("c"),
            ),
            (
                json!({"token": "d", "timestamp": "2023-11-14T22:00:00Z"}),
                Err("a newer one came before it"),
            ),
            (
                json!({"token": "e", "timestamp": "2030-01-01T00:00:00Z"}),
                Ok("e"),
            ),
            (json!({"token": "f"}), Ok("f")),
            (
                json!({"token": " "}),
                Err("it has neither `accessToken` nor `token`"),
            ),
            (
                json!({"token": "g", "timestamp": []}),
                Err("its `timestamp` is neither a number nor an ISO 8601 time"),
            ),
        ] {
            let got = updates.accept(Some(&params));
            let got = got
                .as_ref()
                .map(ExposeSecret::expose_secret)
                .map_err(|why| *why);
            assert_eq!(got, expected, "{params}");
        }
        assert!(updates.accept(None).is_err());
    }
}
