//! Knowledge beyond the help center: what Fin reads, whom it may tell it, and where it is kept.

use super::{Time, people::Applied};
use serde_json::Value;
use std::collections::BTreeMap;

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub audiences: BTreeMap<u64, Audience>,
    pub sources: BTreeMap<u64, ImportSource>,
    pub pages: BTreeMap<u64, ExternalPage>,
    pub files: BTreeMap<u64, SourceFile>,
    pub snippets: BTreeMap<u64, Snippet>,
    pub folders: BTreeMap<u64, Folder>,
    pub redirects: BTreeMap<u64, Redirect>,
    /// Bulk actions that are accepted but not carried out yet, in the order they came.
    pub queue: Vec<BulkAction>,
}

/// Which of Intercom's language models may use something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    /// Fin, for customers.
    pub agent: bool,
    /// Copilot, for teammates.
    pub copilot: bool,
    /// Fin's sales agent.
    pub sales: bool,
}

/// The people that content is meant for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Audience {
    pub id: u64,
    pub name: String,
    pub predicates: Vec<Predicate>,
    pub role_predicates: Vec<Predicate>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// One rule of an audience.
#[derive(Clone, Debug, Default)]
pub(crate) struct Predicate {
    pub attribute: String,
    pub kind: String,
    pub comparison: String,
    pub value: String,
}

/// A place that outside pages come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct ImportSource {
    pub id: u64,
    /// `api`, `automatic` or `manual`.
    pub sync_behavior: String,
    /// `active` or `deactivated`.
    pub status: String,
    pub url: String,
    pub last_synced_at: Time,
    pub created_at: Time,
    pub updated_at: Time,
    pub audience_ids: Vec<u64>,
}

/// A page of an outside source.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExternalPage {
    pub id: u64,
    pub title: String,
    pub html: String,
    pub url: Option<String>,
    pub uses: Uses,
    pub source: u64,
    /// The source's own name of it.
    pub external_id: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub audience_ids: Vec<u64>,
    pub tags: Vec<Applied>,
}

/// A file that was uploaded for Fin to read.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceFile {
    pub id: u64,
    pub title: String,
    /// The words in it.
    pub text: String,
    pub uses: Uses,
    pub created_by: u64,
    pub created_at: Time,
    pub updated_at: Time,
    pub audience_ids: Vec<u64>,
    pub tags: Vec<Applied>,
}

/// A short text for Fin to answer from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snippet {
    pub id: u64,
    pub title: String,
    pub locale: String,
    pub blocks: Vec<Value>,
    pub uses: Uses,
    pub created_by: u64,
    pub updated_by: u64,
    pub created_at: Time,
    pub updated_at: Time,
    pub audience_ids: Vec<u64>,
    pub tags: Vec<Applied>,
    /// Whether a procedure of Fin needs it, which keeps it from being deleted.
    pub needed: bool,
}

/// A folder of content, for teammates' eyes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folder {
    pub id: u64,
    pub name: String,
    pub description: Option<String>,
    pub emoji: Option<String>,
    pub parent_id: Option<u64>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// What an old address of a help center leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Article(u64),
    Collection(u64),
}

/// An old address of a help center.
#[derive(Clone, Debug)]
pub(crate) struct Redirect {
    pub id: u64,
    pub from_url: String,
    pub locale: String,
    pub help_center_id: u64,
    pub target: Target,
    pub created_at: Time,
    pub updated_at: Time,
}

/// What a bulk action does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BulkChange {
    Publish,
    Unpublish,
    Delete,
    /// For agent, copilot and sales agent; what is none stays.
    Availability([Option<bool>; 3]),
    /// Audiences to add and to take away.
    Audience {
        add: Vec<u64>,
        remove: Vec<u64>,
        remove_all: bool,
    },
    /// Tags to put on and to take off.
    Tags {
        add: Vec<u64>,
        remove: Vec<u64>,
    },
}

/// A change to many pieces of content.
#[derive(Clone, Debug)]
pub(crate) struct BulkAction {
    pub due: Time,
    pub by: u64,
    pub change: BulkChange,
    /// Type and id of each piece.
    pub items: Vec<(String, u64)>,
}
