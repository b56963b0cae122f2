//! Everything that one call may touch, behind one lock: the world, tokens, the rate window, faults, the log.

use crate::{
    auth::Tokens,
    config::{Config, SandboxError, Webhook},
    faults::Faults,
    journal::Journal,
    oauth::Consent,
    seed,
    window::Window,
    world::{Workspace, World, clock::Clock},
};
use jiff::tz::TimeZone;

/// What stands behind the lock.
pub(crate) struct Desk {
    pub world: World,
    pub tokens: Tokens,
    pub consent: Consent,
    pub window: Window,
    pub faults: Faults,
    pub journal: Journal,
    pub webhook: Option<Webhook>,
    requests: u64,
}

impl Desk {
    /// A desk with a freshly seeded world. `base_url` is where the sandbox answers.
    pub(crate) fn open(config: &Config, base_url: &str) -> Result<Self, SandboxError> {
        let clock = Clock::real();
        let mut world = World::empty(
            workspace(config, base_url, clock.now())?,
            clock,
            config.seed,
        );
        seed::plant(&mut world, config.seed, config.scale);
        world.outbox.clear();
        let webhook = config.webhook.clone();
        world.listening = webhook.is_some();
        let admin = world.admins.keys().next().copied().unwrap_or_default();
        let mut tokens = Tokens::default();
        tokens.give(&config.token, admin, None);
        Ok(Self {
            world,
            tokens,
            consent: Consent::default(),
            window: Window::per_minute(config.rate_limit),
            faults: Faults::default(),
            journal: Journal::default(),
            webhook,
            requests: 0,
        })
    }

    /// A new request id: 20 characters, like Intercom's.
    pub(crate) fn request_id(&mut self) -> String {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
        self.requests += 1;
        // An odd multiplier spreads the count over all digits, and never gives an id twice.
        let mut number = u128::from(self.requests.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut text = *b"000300000000000000fg";
        for place in text[4..18].iter_mut().rev() {
            *place = DIGITS[usize::try_from(number % 32).unwrap_or_default()];
            number /= 32;
        }
        text.iter().copied().map(char::from).collect()
    }

    /// Sets who is told of events, or nobody.
    pub(crate) fn listen(&mut self, webhook: Option<Webhook>) {
        self.world.listening = webhook.is_some();
        self.webhook = webhook;
    }
}

fn workspace(config: &Config, base_url: &str, now: i64) -> Result<Workspace, SandboxError> {
    let wrong = |setting, reason: String| SandboxError::Setting { setting, reason };
    let region = config.region.to_ascii_uppercase();
    if !matches!(region.as_str(), "US" | "EU" | "AU") {
        return Err(wrong(
            "region",
            format!("`{}` is not us, eu or au", config.region),
        ));
    }
    let timezone = TimeZone::get(&config.timezone).map_err(|_| {
        wrong(
            "timezone",
            format!(
                "`{}` is not a time zone: write it like Europe/Lisbon",
                config.timezone
            ),
        )
    })?;
    Ok(Workspace {
        id_code: "w1abc2".into(),
        name: "Sandbox".into(),
        region,
        timezone,
        created_at: now - 3 * 365 * 86_400,
        bot_id: 7000,
        base_url: base_url.to_owned(),
    })
}
