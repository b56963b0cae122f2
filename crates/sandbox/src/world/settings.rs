//! How the workspace is set up, beyond its people: banners, visitors, secrets, addresses, attributes, catalogs.

use super::{Attributes, ObjectId, Time};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is set up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub banners: BTreeMap<u64, Banner>,
    /// Banners that a contact has closed.
    pub dismissed: BTreeSet<(ObjectId, u64)>,
    /// People who have not told who they are, by the id that the messenger gave them.
    pub visitors: BTreeMap<String, Visitor>,
    pub secrets: BTreeMap<u64, Secret>,
    pub allowlist: Allowlist,
    /// What attributes of conversations have beyond those of people, by their id.
    pub conversation_attributes: BTreeMap<u64, AttributeDetail>,
    /// Product catalogs by the id of their connector.
    pub shops: BTreeMap<u64, ShopConnector>,
}

/// A banner on the shop's pages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Banner {
    pub id: u64,
    pub title: String,
    /// HTML.
    pub body: String,
    /// `inline` or `floating`.
    pub style: &'static str,
    /// `top` or `bottom`.
    pub position: &'static str,
    /// Label and address of its button.
    pub link: Option<(String, String)>,
    pub created_at: Time,
    /// Whether leads see it too.
    pub for_leads: bool,
}

/// Somebody who looks around.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visitor {
    pub id: ObjectId,
    pub name: Option<String>,
    pub pseudonym: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub session_count: u32,
    pub city: String,
    pub country: String,
    pub country_code: String,
    pub referrer: Option<String>,
    pub custom_attributes: Attributes,
}

/// A secret with which the shop vouches for its customers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secret {
    pub id: u64,
    pub name: String,
    /// For the Android app, for the iOS app, for the web.
    pub supports: [bool; 3],
    pub created_at: Time,
}

/// The addresses from which the workspace may be opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allowlist {
    pub enabled: bool,
    /// Addresses and ranges.
    pub entries: Vec<String>,
}

/// What an attribute of conversations has beyond those of people.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttributeDetail {
    /// `string`, `integer`, `list`, `decimal`, `boolean`, `datetime`, `relationship` or `files`.
    pub data_type: String,
    pub required: bool,
    pub team_ids: Vec<String>,
    pub multiline: bool,
    pub options: Vec<ListOption>,
    /// `one` or `many`, and the type of the custom objects.
    pub reference: Option<(String, String)>,
}

/// One choice of a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListOption {
    pub id: String,
    pub label: String,
    pub archived: bool,
}

/// A shop whose products Fin knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShopConnector {
    /// The upload that is going on: its job, and the products so far by part.
    pub upload: Option<Upload>,
    pub products: usize,
}

/// A catalog that comes in parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upload {
    pub job: String,
    pub parts: u64,
    pub products: usize,
}
