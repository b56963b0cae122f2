//! Settings of MCP authorization: how long tokens live, and how many clients may register.

use super::Key;
use std::time::Duration;

/// What is set about authorization.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// How long an access token lives.
    pub access_token_life: Duration,
    /// How long a refresh token lives, from its last renewal on.
    pub refresh_token_life: Duration,
    /// Registrations that are taken in an hour; with none, registration is off.
    pub client_registrations: u32,
    /// Requests a minute by which one address may begin something; with none, there is no bound.
    pub requests_per_minute: u32,
}

impl Default for Authorization {
    fn default() -> Self {
        Self {
            access_token_life: Duration::from_mins(15),
            refresh_token_life: Duration::from_hours(30 * 24),
            client_registrations: 100,
            requests_per_minute: 120,
        }
    }
}

/// The settings, in the order of their documentation.
pub(super) const AUTHORIZATION: &[Key] = &[
    Key {
        path: "authorization.access_minutes",
        variable: "FRONTDESK_ACCESS_MINUTES",
        also: None,
        default: "15",
        meaning: "Minutes that an OAuth access token lives, from 1 to 1440; its client renews it by itself.",
        set: |config, value| {
            let minutes = whole(value, 1, 1440, "minutes")?;
            config.authorization.access_token_life = Duration::from_mins(minutes.into());
            Ok(())
        },
    },
    Key {
        path: "authorization.refresh_days",
        variable: "FRONTDESK_REFRESH_DAYS",
        also: None,
        default: "30",
        meaning: "Days without use after which a person signs in again, from 1 to 365.",
        set: |config, value| {
            let days = whole(value, 1, 365, "days")?;
            config.authorization.refresh_token_life = Duration::from_hours(u64::from(days) * 24);
            Ok(())
        },
    },
    Key {
        path: "authorization.registrations",
        variable: "FRONTDESK_CLIENT_REGISTRATIONS",
        also: None,
        default: "100",
        meaning: "Dynamic client registrations that are taken in an hour, over all replicas; `0` turns registration off, and clients need a metadata document.",
        set: |config, value| {
            config.authorization.client_registrations = whole(value, 0, 100_000, "registrations")?;
            Ok(())
        },
    },
    Key {
        path: "authorization.requests_per_minute",
        variable: "FRONTDESK_REQUESTS_PER_MINUTE",
        also: None,
        default: "120",
        meaning: "How often a minute one client address may begin a sign-in, a registration or a connection, on each replica; all addresses together twenty times as often, and a twelfth of either where a metadata document must be fetched. `0` for no bound, where your proxy has one. Behind a proxy, set `server.trusted_proxies`.",
        set: |config, value| {
            config.authorization.requests_per_minute = whole(value, 0, 100_000, "requests")?;
            Ok(())
        },
    },
];

fn whole(value: &str, least: u32, most: u32, what: &str) -> Result<u32, String> {
    let number = value.parse().ok();
    number
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("`{value}` is not a number of {what} from {least} to {most}"))
}
