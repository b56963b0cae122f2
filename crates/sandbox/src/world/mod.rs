//! The workspace that the sandbox plays: typed objects, stored as version 2.16 tells them.

pub(crate) mod automation;
pub(crate) mod clock;
pub(crate) mod content;
pub(crate) mod data;
pub(crate) mod ids;
pub(crate) mod inbox;
pub(crate) mod knowledge;
pub(crate) mod office;
pub(crate) mod people;
pub(crate) mod records;
pub(crate) mod settings;
pub(crate) mod tickets;
pub(crate) mod voice;

use crate::notify::Event;
use automation::Automation;
use clock::Clock;
use content::Content;
use data::{
    AwayStatusReason, DataAttribute, DataEvent, EventSummary, ExportJob, Job, Message, Scroll,
};
use ids::Ids;
use inbox::{Conversation, Tombstone};
use jiff::tz::TimeZone;
use knowledge::{Article, Collection, HelpCenter, InternalArticle};
use office::Office;
use people::{Admin, Company, Contact, Merge, Note, Segment, SubscriptionType, Tag, Team};
use records::Records;
use serde_json::{Map, Value};
use settings::Settings;
use std::collections::{BTreeMap, BTreeSet};
use tickets::{Ticket, TicketState, TicketType};
use voice::Voice;

pub(crate) use ids::ObjectId;

/// Unix seconds of the workspace's own clock.
pub(crate) type Time = i64;
/// Custom attributes of an object, in the order they were set.
pub(crate) type Attributes = Map<String, Value>;

/// Who the workspace is.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub id_code: String,
    pub name: String,
    /// `US`, `EU` or `AU`.
    pub region: String,
    /// Decides where a day of a contact search begins.
    pub timezone: TimeZone,
    pub created_at: Time,
    /// Where this sandbox answers, without a slash at the end.
    pub base_url: String,
    /// The id under which the workspace's bot speaks.
    pub bot_id: u64,
}

/// Everything that the workspace holds, behind one lock.
pub(crate) struct World {
    pub workspace: Workspace,
    pub clock: Clock,
    pub ids: Ids,
    pub admins: BTreeMap<u64, Admin>,
    pub teams: BTreeMap<u64, Team>,
    pub contacts: BTreeMap<ObjectId, Contact>,
    /// Contacts that were merged away, and into whom.
    pub merges: Vec<Merge>,
    pub companies: BTreeMap<ObjectId, Company>,
    pub tags: BTreeMap<u64, Tag>,
    pub segments: BTreeMap<ObjectId, Segment>,
    pub notes: BTreeMap<u64, Note>,
    pub subscription_types: BTreeMap<u64, SubscriptionType>,
    pub conversations: BTreeMap<u64, Conversation>,
    pub deleted_conversations: Vec<Tombstone>,
    /// Snoozed conversations by the time at which they wake.
    pub snoozes: BTreeSet<(Time, u64)>,
    pub tickets: BTreeMap<u64, Ticket>,
    pub ticket_types: BTreeMap<u64, TicketType>,
    pub ticket_states: BTreeMap<u64, TicketState>,
    pub articles: BTreeMap<u64, Article>,
    pub internal_articles: BTreeMap<u64, InternalArticle>,
    pub collections: BTreeMap<u64, Collection>,
    pub help_centers: BTreeMap<u64, HelpCenter>,
    pub content: Content,
    pub office: Office,
    pub data_attributes: BTreeMap<u64, DataAttribute>,
    pub events: Vec<DataEvent>,
    pub event_summaries: Vec<EventSummary>,
    pub messages: BTreeMap<u64, Message>,
    pub export_jobs: BTreeMap<String, ExportJob>,
    pub jobs: BTreeMap<String, Job>,
    pub away_status_reasons: BTreeMap<u64, AwayStatusReason>,
    pub automation: Automation,
    pub records: Records,
    pub settings: Settings,
    pub voice: Voice,
    /// The one open scroll over companies.
    pub scroll: Option<Scroll>,
    /// Webhook notifications that the running call has caused; taken by the server after the call.
    pub outbox: Vec<Event>,
    /// Whether anybody listens to webhooks; nothing is rendered for nobody.
    pub listening: bool,
}

impl World {
    /// An empty workspace.
    pub(crate) fn empty(workspace: Workspace, clock: Clock, seed: u64) -> Self {
        Self {
            workspace,
            clock,
            ids: Ids::new(seed),
            admins: BTreeMap::new(),
            teams: BTreeMap::new(),
            contacts: BTreeMap::new(),
            merges: Vec::new(),
            companies: BTreeMap::new(),
            tags: BTreeMap::new(),
            segments: BTreeMap::new(),
            notes: BTreeMap::new(),
            subscription_types: BTreeMap::new(),
            conversations: BTreeMap::new(),
            deleted_conversations: Vec::new(),
            snoozes: BTreeSet::new(),
            tickets: BTreeMap::new(),
            ticket_types: BTreeMap::new(),
            ticket_states: BTreeMap::new(),
            articles: BTreeMap::new(),
            internal_articles: BTreeMap::new(),
            collections: BTreeMap::new(),
            help_centers: BTreeMap::new(),
            content: Content::default(),
            office: Office::default(),
            data_attributes: BTreeMap::new(),
            events: Vec::new(),
            event_summaries: Vec::new(),
            messages: BTreeMap::new(),
            export_jobs: BTreeMap::new(),
            jobs: BTreeMap::new(),
            away_status_reasons: BTreeMap::new(),
            automation: Automation::default(),
            records: Records::default(),
            settings: Settings::default(),
            voice: Voice::default(),
            scroll: None,
            outbox: Vec::new(),
            listening: false,
        }
    }

    /// The workspace's time, in Unix seconds.
    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    /// Queues a webhook; `item` is rendered only when somebody listens.
    pub(crate) fn emit(&mut self, topic: &'static str, item: impl FnOnce(&Self) -> Value) {
        if self.listening {
            let item = item(self);
            self.outbox.push(Event {
                topic,
                item,
                created_at: self.now(),
            });
        }
    }
}
