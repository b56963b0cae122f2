//! Settings of the support agent.

use super::super::value::{choice, list, parse, seconds, switch};
use super::{Config, Key};
use ::agent::settings::{Mode, Settings};
use secrecy::SecretString;
use std::{collections::BTreeMap, time::Duration};

/// What is set about the agent.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// How it works.
    pub settings: Settings,
    /// How long a crash keeps a delivery from others.
    pub lease: Duration,
    /// The model that is asked first, where one is.
    pub model: Option<Model>,
    /// The one that is asked when the first fails.
    pub fallback: Option<Model>,
}

/// A provider's model.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The wire format and the name, such as `anthropic::claude-sonnet-4-5`.
    pub name: String,
    /// The key.
    pub key: Option<SecretString>,
    /// Another address than the provider's.
    pub address: Option<String>,
    /// US dollars for a million tokens, read and written.
    pub price: (f64, f64),
}

impl Default for AgentConfig {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            lease: Duration::from_secs(10),
            model: None,
            fallback: None,
        }
    }
}

/// The settings, in the order of their documentation.
pub(super) const AGENT: &[Key] = &[
    Key {
        path: "agent.mode",
        variable: "FRONTDESK_AGENT",
        also: None,
        default: "off",
        meaning: "What the support agent does with what customers write: nothing (`off`), internal notes that a human may send (`draft`), answers where it is sure and notes where it is not (`suggest`), or answers (`auto`). docs/agent.md tells more.",
        set: |config, value| {
            let mode = Mode::parse(value);
            config.agent.settings.mode =
                mode.ok_or_else(|| choice(value, "off, draft, suggest, auto"))?;
            Ok(())
        },
    },
    Key {
        path: "agent.model",
        variable: "FRONTDESK_AGENT_MODEL",
        also: None,
        default: "none: the embedded models",
        meaning: "A provider's model that reads and writes, as `anthropic::NAME`, `openai::NAME` (also every address that speaks as OpenAI does) or `gemini::NAME`. When it fails the fallback is asked, and then the embedded models.",
        set: |config, value| named(value).map(|name| first(config).name = name),
    },
    Key {
        path: "agent.model_api_key",
        variable: "FRONTDESK_AGENT_MODEL_API_KEY",
        also: None,
        default: "none",
        meaning: "Its key; better in the environment than in the file.",
        set: |config, value| {
            first(config).key = Some(value.into());
            Ok(())
        },
    },
    Key {
        path: "agent.model_address",
        variable: "FRONTDESK_AGENT_MODEL_ADDRESS",
        also: None,
        default: "the provider's",
        meaning: "Another address, up to the version, such as `http://localhost:11434/v1`.",
        set: |config, value| {
            first(config).address = Some(value.to_owned());
            Ok(())
        },
    },
    Key {
        path: "agent.model_price",
        variable: "FRONTDESK_AGENT_MODEL_PRICE",
        also: None,
        default: "0/0",
        meaning: "US dollars for a million tokens, read and written, such as `3/15`; by this `agent.cost` is held.",
        set: |config, value| price(value).map(|price| first(config).price = price),
    },
    Key {
        path: "agent.fallback",
        variable: "FRONTDESK_AGENT_FALLBACK",
        also: None,
        default: "none",
        meaning: "The model that is asked when the first fails, written like it.",
        set: |config, value| named(value).map(|name| second(config).name = name),
    },
    Key {
        path: "agent.fallback_api_key",
        variable: "FRONTDESK_AGENT_FALLBACK_API_KEY",
        also: None,
        default: "none",
        meaning: "Its key.",
        set: |config, value| {
            second(config).key = Some(value.into());
            Ok(())
        },
    },
    Key {
        path: "agent.fallback_address",
        variable: "FRONTDESK_AGENT_FALLBACK_ADDRESS",
        also: None,
        default: "the provider's",
        meaning: "Another address of it.",
        set: |config, value| {
            second(config).address = Some(value.to_owned());
            Ok(())
        },
    },
    Key {
        path: "agent.confidence",
        variable: "FRONTDESK_AGENT_CONFIDENCE",
        also: None,
        default: "0.6",
        meaning: "In `suggest`: how sure of the category it must be to answer by itself, 0 to 1.",
        set: |config, value| share(value).map(|share| config.agent.settings.confidence = share),
    },
    Key {
        path: "agent.teams",
        variable: "FRONTDESK_AGENT_TEAMS",
        also: None,
        default: "none",
        meaning: "The team that takes over, by category, as a map or as `billing=Billing, default=Support`; by the team's name or id. `default` is for all others.",
        set: |config, value| pairs(value).map(|teams| config.agent.settings.teams = teams),
    },
    Key {
        path: "agent.human_categories",
        variable: "FRONTDESK_AGENT_HUMAN_CATEGORIES",
        also: None,
        default: "none",
        meaning: "Categories that always go to a human.",
        set: |config, value| {
            config.agent.settings.rules.human_categories = list(value);
            Ok(())
        },
    },
    Key {
        path: "agent.keywords",
        variable: "FRONTDESK_AGENT_KEYWORDS",
        also: None,
        default: "none",
        meaning: "Words and phrases that always go to a human.",
        set: |config, value| {
            config.agent.settings.rules.keywords = list(value);
            Ok(())
        },
    },
    Key {
        path: "agent.vip",
        variable: "FRONTDESK_AGENT_VIP",
        also: None,
        default: "none",
        meaning: "Contacts who always get a human: `attribute=value`, or the name of a tag.",
        set: |config, value| {
            config.agent.settings.vip = list(value);
            Ok(())
        },
    },
    Key {
        path: "agent.frustration",
        variable: "FRONTDESK_AGENT_FRUSTRATION",
        also: None,
        default: "0.7",
        meaning: "The probability of frustration from which on a human takes over, 0 to 1.",
        set: |config, value| {
            share(value).map(|share| config.agent.settings.rules.frustration = share)
        },
    },
    Key {
        path: "agent.messages",
        variable: "FRONTDESK_AGENT_MESSAGES",
        also: None,
        default: "10",
        meaning: "Messages of one customer after which a human takes over.",
        set: |config, value| {
            parse(value).map(|messages| config.agent.settings.rules.messages = messages)
        },
    },
    Key {
        path: "agent.hours",
        variable: "FRONTDESK_AGENT_HOURS",
        also: None,
        default: "always",
        meaning: "When humans are there, such as `mon-fri 09:00-17:30 Europe/Lisbon`. Who is handed over at other times is told so.",
        set: |config, value| {
            config.agent.settings.hours = match value {
                "always" => None,
                hours => Some(parse(hours)?),
            };
            Ok(())
        },
    },
    Key {
        path: "agent.holding",
        variable: "FRONTDESK_AGENT_HOLDING",
        also: None,
        default: "a sentence in English",
        meaning: "What a customer is told who is handed to a human.",
        set: |config, value| {
            value.clone_into(&mut config.agent.settings.holding);
            Ok(())
        },
    },
    Key {
        path: "agent.holding_away",
        variable: "FRONTDESK_AGENT_HOLDING_AWAY",
        also: None,
        default: "a sentence in English",
        meaning: "The same outside `agent.hours`.",
        set: |config, value| {
            value.clone_into(&mut config.agent.settings.holding_away);
            Ok(())
        },
    },
    Key {
        path: "agent.tone",
        variable: "FRONTDESK_AGENT_TONE",
        also: None,
        default: "none",
        meaning: "How the workspace speaks, for models that write freely: the text, or `@` and the file that holds it, such as `@tone.md`.",
        set: |config, value| {
            let guide = match value.strip_prefix('@') {
                Some(file) => std::fs::read_to_string(file)
                    .map_err(|error| format!("`{file}` cannot be read: {error}"))?,
                None => value.to_owned(),
            };
            guide
                .trim()
                .clone_into(&mut config.agent.settings.tone.guide);
            Ok(())
        },
    },
    Key {
        path: "agent.introduce",
        variable: "FRONTDESK_AGENT_INTRODUCE",
        also: None,
        default: "none",
        meaning: "The assistant's name; where it is set, replies begin by saying that an assistant writes.",
        set: |config, value| {
            config.agent.settings.tone.introduce = Some(value.to_owned());
            Ok(())
        },
    },
    Key {
        path: "agent.domains",
        variable: "FRONTDESK_AGENT_DOMAINS",
        also: None,
        default: "those of the articles that a reply cites",
        meaning: "Further sites that replies may link to, with their subdomains. Every other link is taken out.",
        set: |config, value| {
            config.agent.settings.domains = list(value);
            Ok(())
        },
    },
    Key {
        path: "agent.plan_attribute",
        variable: "FRONTDESK_AGENT_PLAN_ATTRIBUTE",
        also: None,
        default: "plan",
        meaning: "The contact's attribute that names the plan they pay for.",
        set: |config, value| {
            value.clone_into(&mut config.agent.settings.plan_attribute);
            Ok(())
        },
    },
    Key {
        path: "agent.tag_category",
        variable: "FRONTDESK_AGENT_TAG_CATEGORY",
        also: None,
        default: "true",
        meaning: "Whether conversations are tagged with their category.",
        set: |config, value| switch(value).map(|on| config.agent.settings.tag_category = on),
    },
    Key {
        path: "agent.quiet",
        variable: "FRONTDESK_AGENT_QUIET",
        also: None,
        default: "3",
        meaning: "Seconds to wait for more messages of a customer who has just written, so that several get one answer.",
        set: |config, value| {
            seconds(value).map(|quiet| config.agent.settings.quiet_ms = milliseconds(quiet))
        },
    },
    Key {
        path: "agent.calls",
        variable: "FRONTDESK_AGENT_CALLS",
        also: None,
        default: "30",
        meaning: "Tool calls that one turn may make.",
        set: |config, value| parse(value).map(|calls| config.agent.settings.calls = calls),
    },
    Key {
        path: "agent.conversation_tokens",
        variable: "FRONTDESK_AGENT_CONVERSATION_TOKENS",
        also: None,
        default: "200000",
        meaning: "Tokens of a model that one conversation may take in a day; after that a human takes over.",
        set: |config, value| {
            parse(value).map(|tokens| config.agent.settings.conversation_tokens = tokens)
        },
    },
    Key {
        path: "agent.tokens",
        variable: "FRONTDESK_AGENT_TOKENS",
        also: None,
        default: "10000000",
        meaning: "Tokens that all conversations of a tenant may take in a day.",
        set: |config, value| parse(value).map(|tokens| config.agent.settings.tokens = tokens),
    },
    Key {
        path: "agent.cost",
        variable: "FRONTDESK_AGENT_COST",
        also: None,
        default: "50",
        meaning: "US dollars that the models may cost a tenant in a day.",
        set: |config, value| {
            let micros = value
                .parse::<u32>()
                .map(|dollars| i64::from(dollars) * 1_000_000);
            config.agent.settings.cost_micros =
                micros.map_err(|_| format!("`{value}` is not a number of whole dollars"))?;
            Ok(())
        },
    },
    Key {
        path: "agent.settle",
        variable: "FRONTDESK_AGENT_SETTLE",
        also: None,
        default: "5",
        meaning: "Seconds after which a conversation is read again when nobody told whether a message was sent.",
        set: |config, value| {
            seconds(value).map(|settle| config.agent.settings.settle_ms = milliseconds(settle))
        },
    },
    Key {
        path: "agent.lease",
        variable: "FRONTDESK_AGENT_LEASE",
        also: None,
        default: "10",
        meaning: "Seconds after a crash until another process, or the same one started anew, goes on with what was under way.",
        set: |config, value| seconds(value).map(|lease| config.agent.lease = lease),
    },
];

fn first(config: &mut Config) -> &mut Model {
    config.agent.model.get_or_insert_default()
}

fn second(config: &mut Config) -> &mut Model {
    config.agent.fallback.get_or_insert_default()
}

fn named(value: &str) -> Result<String, String> {
    let known = ["anthropic::", "openai::", "gemini::"];
    if known
        .iter()
        .any(|kind| value.len() > kind.len() && value.starts_with(kind))
    {
        Ok(value.to_owned())
    } else {
        let how = "is not like `anthropic::NAME`, `openai::NAME` or `gemini::NAME`";
        Err(format!("`{value}` {how}"))
    }
}

fn price(value: &str) -> Result<(f64, f64), String> {
    let parts = value.split_once('/');
    let read = parts.and_then(|(input, output)| Some((input.parse().ok()?, output.parse().ok()?)));
    read.ok_or_else(|| format!("`{value}` is not like `3/15`"))
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn share(value: &str) -> Result<f32, String> {
    let share = value.parse::<f32>().ok();
    share
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| format!("`{value}` is not a number from 0 to 1"))
}

pub(super) fn pairs(value: &str) -> Result<BTreeMap<String, String>, String> {
    let pair = |text: String| match text.split_once('=') {
        Some((name, team)) if !team.trim().is_empty() => {
            Ok((name.trim().to_owned(), team.trim().to_owned()))
        }
        _ => Err(format!("`{text}` is not like `billing=Billing`")),
    };
    list(value).into_iter().map(pair).collect()
}
