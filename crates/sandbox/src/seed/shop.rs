//! The words of the shop: its people, companies, tickets, scripts and articles as they are written down.

use super::script::{self, Script};
use serde::Deserialize;

/// The people and things of the shop.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shop {
    #[serde(rename = "shop")]
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) app_id: String,
    pub(super) teams: Vec<TeamRow>,
    pub(super) admins: Vec<AdminRow>,
    pub(super) tags: Vec<String>,
    pub(super) segments: Vec<SegmentRow>,
    pub(super) subscriptions: Vec<SubscriptionRow>,
    pub(super) attributes: Vec<AttributeRow>,
    pub(super) companies: Vec<CompanyRow>,
    pub(super) people: Vec<PersonRow>,
    pub(super) bikes: Vec<BikeRow>,
    pub(super) parts: Vec<String>,
    pub(super) colors: Vec<String>,
    pub(super) first_names: Vec<String>,
    pub(super) last_names: Vec<String>,
}

/// A team; `method` is its distribution method.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TeamRow {
    pub(super) name: String,
    pub(super) limit: u32,
    pub(super) method: String,
}

/// A teammate; `teams` and `second` name teams.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdminRow {
    pub(super) name: String,
    pub(super) mail: String,
    pub(super) title: String,
    pub(super) role: String,
    pub(super) teams: Vec<String>,
    #[serde(default)]
    pub(super) second: Vec<String>,
    #[serde(default)]
    pub(super) away: bool,
}

/// A segment; `rule` says who belongs to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SegmentRow {
    pub(super) name: String,
    pub(super) person: String,
    pub(super) rule: String,
}

/// A kind of message that people subscribe to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionRow {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) consent: String,
    pub(super) contents: Vec<String>,
}

/// A custom attribute.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AttributeRow {
    pub(super) model: String,
    pub(super) name: String,
    pub(super) label: String,
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) options: Vec<String>,
    pub(super) description: String,
}

/// A company that buys bikes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CompanyRow {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) industry: String,
    pub(super) size: i64,
    pub(super) plan: String,
    pub(super) spend: i64,
    pub(super) fleet: i64,
    pub(super) tier: String,
    pub(super) site: String,
}

/// A customer and the place where the customer lives.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonRow {
    pub(super) name: String,
    pub(super) city: String,
    pub(super) region: String,
    pub(super) country: String,
    pub(super) code: String,
    pub(super) continent: String,
    pub(super) lang: String,
    /// The key of the company that the person works for.
    #[serde(default)]
    pub(super) company: Option<String>,
}

/// A bike and its price in EUR.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BikeRow {
    pub(super) name: String,
    pub(super) price: i64,
    pub(super) electric: bool,
}

/// Kinds, states and rows of tickets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Desk {
    pub(super) types: Vec<TypeRow>,
    pub(super) states: Vec<StateRow>,
    pub(super) tickets: Vec<TicketRow>,
}

/// A kind of ticket.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TypeRow {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) icon: String,
    pub(super) category: String,
    pub(super) attributes: Vec<TypeAttributeRow>,
}

/// A field of a kind of ticket.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TypeAttributeRow {
    pub(super) name: String,
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) items: Vec<String>,
    pub(super) description: String,
    /// Whether customers see it.
    #[serde(default)]
    pub(super) contacts: bool,
}

/// A state of tickets with its label for teammates and for customers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StateRow {
    pub(super) category: String,
    pub(super) internal: String,
    pub(super) external: String,
}

/// A ticket.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TicketRow {
    pub(super) r#type: String,
    pub(super) state: String,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) team: String,
    /// Age in hours.
    pub(super) hours: i64,
    /// The place of the contact in the list of people.
    #[serde(default)]
    pub(super) who: Option<usize>,
    /// What a teammate wrote to the customer.
    #[serde(default)]
    pub(super) words: Option<String>,
    /// Conversations with this topic are linked to it.
    #[serde(default)]
    pub(super) topic: Option<String>,
    #[serde(default)]
    pub(super) serial: Option<String>,
    #[serde(default)]
    pub(super) platform: Option<String>,
    #[serde(default)]
    pub(super) fixed: Option<String>,
}

/// Everything that is written down, read from the files of this crate.
pub(super) struct Words {
    pub(super) shop: Shop,
    pub(super) desk: Desk,
    pub(super) scripts: Vec<Script>,
}

impl Words {
    /// Reads the embedded files. They are part of the program, so a mistake in them is a mistake of the program.
    pub(super) fn embedded() -> Self {
        Self::read().unwrap_or_else(|problem| panic!("the sandbox's own data: {problem}"))
    }

    fn read() -> Result<Self, String> {
        let shop = serde_saphyr::from_str(include_str!("../../data/shop.yaml"))
            .map_err(|e| format!("shop.yaml: {e}"))?;
        let desk = serde_saphyr::from_str(include_str!("../../data/tickets.yaml"))
            .map_err(|e| format!("tickets.yaml: {e}"))?;
        let files = [
            (
                "billing.txt",
                include_str!("../../data/threads/billing.txt"),
            ),
            (
                "account.txt",
                include_str!("../../data/threads/account.txt"),
            ),
            ("orders.txt", include_str!("../../data/threads/orders.txt")),
            ("bikes.txt", include_str!("../../data/threads/bikes.txt")),
            (
                "business.txt",
                include_str!("../../data/threads/business.txt"),
            ),
            (
                "long_mail.txt",
                include_str!("../../data/threads/long_mail.txt"),
            ),
        ];
        let mut scripts = Vec::new();
        for (name, text) in files {
            scripts.extend(script::parse(text).map_err(|problem| format!("{name}, {problem}"))?);
        }
        Ok(Self {
            shop,
            desk,
            scripts,
        })
    }
}
