//! Settings of what the agent does only when a person agreed: actions, and messages that it begins.

use super::super::value::{parse, switch};
use super::Key;
use super::agent::pairs;

/// The settings, in the order of their documentation.
pub(super) const REACH: &[Key] = &[
    Key {
        path: "agent.actions",
        variable: "FRONTDESK_AGENT_ACTIONS",
        also: None,
        default: "none",
        meaning: "Tools that do what customers ask for when a person allowed it, by category or `category/subcategory`, as a map or as `billing/refund=refund_order`. They are called with `conversation_id` and `contact_id` alone, where they take them.",
        set: |config, value| pairs(value).map(|actions| config.agent.settings.actions = actions),
    },
    Key {
        path: "agent.reach_after",
        variable: "FRONTDESK_AGENT_REACH_AFTER",
        also: None,
        default: "7",
        meaning: "Days without a visit after which customers with an open conversation are written to by `frontdesk agent reach`.",
        set: |config, value| days(value).map(|days| config.agent.settings.reach.after_days = days),
    },
    Key {
        path: "agent.reach_query",
        variable: "FRONTDESK_AGENT_REACH_QUERY",
        also: None,
        default: "none",
        meaning: "A further search of contacts that must fit, as JSON in Intercom's search language, such as `{\"field\": \"custom_attributes.plan\", \"operator\": \"=\", \"value\": \"pro\"}`.",
        set: |config, value| {
            let query = serde_json::from_str(value);
            let query = query.map_err(|error| format!("it is no JSON: {error}"))?;
            config.agent.settings.reach.query = Some(query);
            Ok(())
        },
    },
    Key {
        path: "agent.reach_message",
        variable: "FRONTDESK_AGENT_REACH_MESSAGE",
        also: None,
        default: "two sentences in English",
        meaning: "What they are written; `{name}` and `{topic}` are filled in.",
        set: |config, value| {
            value.clone_into(&mut config.agent.settings.reach.message);
            Ok(())
        },
    },
    Key {
        path: "agent.reach_hours",
        variable: "FRONTDESK_AGENT_REACH_HOURS",
        also: None,
        default: "those of `agent.hours`",
        meaning: "When such messages may go out, such as `mon-fri 09:00-18:00 Europe/Lisbon`; what is due at other times waits.",
        set: |config, value| {
            parse(value).map(|hours| config.agent.settings.reach.hours = Some(hours))
        },
    },
    Key {
        path: "agent.reach_pause",
        variable: "FRONTDESK_AGENT_REACH_PAUSE",
        also: None,
        default: "14",
        meaning: "Days before the same customer is written to again.",
        set: |config, value| days(value).map(|days| config.agent.settings.reach.cap_days = days),
    },
    Key {
        path: "agent.reach_daily",
        variable: "FRONTDESK_AGENT_REACH_DAILY",
        also: None,
        default: "50",
        meaning: "Such messages of a day.",
        set: |config, value| parse(value).map(|count| config.agent.settings.reach.daily = count),
    },
    Key {
        path: "agent.reach_approval",
        variable: "FRONTDESK_AGENT_REACH_APPROVAL",
        also: None,
        default: "true",
        meaning: "Whether a person must agree to each batch before it is sent.",
        set: |config, value| switch(value).map(|on| config.agent.settings.reach.approval = on),
    },
];

fn days(value: &str) -> Result<i64, String> {
    let days = value.parse::<i64>().ok();
    days.filter(|days| (1..=365).contains(days))
        .ok_or_else(|| format!("`{value}` is not a number of days from 1 to 365"))
}
