//! The face of the workspace: brands and sender addresses, office hours, saved replies, news.

use super::Time;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Office {
    /// The default brand has the workspace's own id.
    pub brands: BTreeMap<String, Brand>,
    pub emails: BTreeMap<u64, EmailSetting>,
    pub schedules: BTreeMap<u64, Schedule>,
    pub exceptions: BTreeMap<u64, ScheduleException>,
    pub macros: BTreeMap<u64, Macro>,
    pub newsfeeds: BTreeMap<u64, Newsfeed>,
    pub news: BTreeMap<u64, NewsItem>,
}

/// A name under which the workspace appears.
#[derive(Clone, Debug, Default)]
pub(crate) struct Brand {
    pub id: String,
    pub name: String,
    pub is_default: bool,
    pub created_at: Time,
    pub updated_at: Time,
    pub help_center_id: Option<u64>,
    pub email_id: Option<u64>,
}

/// An address that mail is sent from.
#[derive(Clone, Debug, Default)]
pub(crate) struct EmailSetting {
    pub id: u64,
    pub email: String,
    pub verified: bool,
    pub brand_id: String,
    pub forwarding_enabled: bool,
    pub last_forwarded_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// The hours of a week at which somebody is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule {
    pub id: u64,
    pub name: String,
    /// An IANA name.
    pub time_zone: String,
    /// Beginnings and ends in minutes since Monday midnight.
    pub intervals: Vec<(u32, u32)>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// A day on which a schedule does not hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScheduleException {
    pub id: u64,
    pub schedule: u64,
    pub date: Date,
    pub name: Option<String>,
    /// The hours of that day in minutes since midnight; none when it is closed.
    pub intervals: Option<Vec<(u32, u32)>>,
    pub recurring_annually: bool,
    pub created_at: Time,
    pub updated_at: Time,
}

/// A saved reply.
#[derive(Clone, Debug, Default)]
pub(crate) struct Macro {
    pub id: u64,
    pub name: String,
    /// HTML with placeholders in double braces.
    pub body: String,
    pub created_at: Time,
    pub updated_at: Time,
    /// The teams that see it; everybody when empty.
    pub team_ids: Vec<u64>,
    /// `inbox` and `messenger`.
    pub available_on: Vec<&'static str>,
}

/// A row of news for some people.
#[derive(Clone, Debug, Default)]
pub(crate) struct Newsfeed {
    pub id: u64,
    pub name: String,
    pub created_at: Time,
    pub updated_at: Time,
}

/// A piece of news.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewsItem {
    pub id: u64,
    pub title: String,
    /// HTML.
    pub body: String,
    pub sender_id: u64,
    pub live: bool,
    pub deliver_silently: bool,
    pub labels: Vec<String>,
    pub reactions: Vec<Option<String>>,
    /// Newsfeeds, and when it was published there; a draft was not.
    pub feeds: Vec<(u64, Option<Time>)>,
    pub created_at: Time,
    pub updated_at: Time,
}
