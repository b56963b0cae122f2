//! People and what hangs on them: admins, teams, contacts, companies, tags, segments, notes, subscriptions.

use super::{Attributes, ObjectId, Time};

/// A teammate of the workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Admin {
    pub id: u64,
    pub name: String,
    pub email: String,
    pub job_title: Option<String>,
    pub away_mode_enabled: bool,
    pub away_mode_reassign: bool,
    pub away_status_reason_id: Option<u64>,
    pub has_inbox_seat: bool,
    pub team_ids: Vec<u64>,
    pub avatar_url: Option<String>,
    /// Id and name of the role.
    pub role: Option<(u64, String)>,
}

/// A group of admins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Team {
    pub id: u64,
    pub name: String,
    pub admin_ids: Vec<u64>,
    /// Those of the members who come second.
    pub secondary: Vec<u64>,
    pub assignment_limit: Option<u32>,
    /// `round_robin`, `balanced` or `manual`.
    pub distribution_method: String,
}

/// Whether a contact is a user or a lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    #[default]
    User,
    Lead,
}

impl Role {
    /// The word on the wire.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Lead => "lead",
        }
    }
}

/// A customer.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Intercom tells them one by one"
)]
pub(crate) struct Contact {
    pub id: ObjectId,
    pub external_id: Option<String>,
    pub role: Role,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub name: Option<String>,
    pub avatar_url: Option<String>,
    pub owner_id: Option<u64>,
    pub has_hard_bounced: bool,
    pub marked_email_as_spam: bool,
    pub unsubscribed_from_emails: bool,
    pub created_at: Time,
    pub updated_at: Time,
    pub signed_up_at: Option<Time>,
    pub last_seen_at: Option<Time>,
    pub last_replied_at: Option<Time>,
    pub last_contacted_at: Option<Time>,
    pub last_email_opened_at: Option<Time>,
    pub last_email_clicked_at: Option<Time>,
    pub language_override: Option<String>,
    pub browser: Option<String>,
    pub browser_version: Option<String>,
    pub browser_language: Option<String>,
    pub os: Option<String>,
    pub location: Option<Box<Location>>,
    pub android: Option<Box<Device>>,
    pub ios: Option<Box<Device>>,
    pub custom_attributes: Attributes,
    pub tags: Vec<Applied>,
    pub companies: Vec<ObjectId>,
    pub segments: Vec<ObjectId>,
    /// Subscription types by consent; `true` is an opt-in.
    pub subscriptions: Vec<(u64, bool)>,
    /// What is known of the campaign and the page that brought the contact, by name.
    pub origin: Vec<(&'static str, String)>,
    pub sms_consent: bool,
    pub unsubscribed_from_sms: bool,
    pub archived: bool,
    pub blocked: bool,
}

/// Where a contact was seen last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Location {
    pub country: String,
    pub region: String,
    pub city: String,
    pub country_code: String,
    pub continent_code: String,
}

/// The telephone that a contact uses the app on.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_field_names,
    reason = "it is Intercom's word for the hardware"
)]
pub(crate) struct Device {
    pub app_name: Option<String>,
    pub app_version: Option<String>,
    pub device: Option<String>,
    pub os_version: Option<String>,
    pub sdk_version: Option<String>,
    pub last_seen_at: Option<Time>,
}

/// A lead that became another contact.
#[derive(Clone, Debug)]
pub(crate) struct Merge {
    pub from: ObjectId,
    pub from_external_id: Option<String>,
    pub into: ObjectId,
    pub at: Time,
}

/// A tag on an object: which, when, by which admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub tag: u64,
    pub at: Time,
    pub by: u64,
}

/// A company of customers.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_field_names,
    reason = "it is Intercom's word for the owner's id"
)]
pub(crate) struct Company {
    pub id: ObjectId,
    /// The id that the workspace's owner gave; it never changes.
    pub company_id: String,
    pub name: String,
    pub plan: Option<String>,
    pub size: Option<i64>,
    pub website: Option<String>,
    pub industry: Option<String>,
    pub monthly_spend: i64,
    pub session_count: i64,
    pub remote_created_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    pub last_request_at: Option<Time>,
    pub custom_attributes: Attributes,
    pub tags: Vec<Applied>,
    pub segments: Vec<ObjectId>,
}

/// A label.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tag {
    pub id: u64,
    pub name: String,
}

/// A saved group of people; `members` of contacts and companies point here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segment {
    pub id: ObjectId,
    pub name: String,
    /// `user` or `contact` for people, `company` for companies.
    pub person_type: String,
    pub created_at: Time,
    pub updated_at: Time,
}

/// What a note is written on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoteOn {
    Contact(ObjectId),
    Company(ObjectId),
}

/// A remark of an admin on a contact or a company.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub id: u64,
    pub on: NoteOn,
    pub author: u64,
    pub body: String,
    pub created_at: Time,
}

/// A kind of message that contacts subscribe to.
#[derive(Clone, Debug, Default)]
pub(crate) struct SubscriptionType {
    pub id: u64,
    pub name: String,
    pub description: String,
    /// `live`, `draft` or `archived`.
    pub state: String,
    /// `opt_out` or `opt_in`.
    pub consent_type: String,
    /// `email` and `sms_message`.
    pub content_types: Vec<String>,
    pub locale: String,
}
