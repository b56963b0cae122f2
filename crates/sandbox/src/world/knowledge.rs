//! The help center: articles, internal articles, collections.

use super::{Time, people::Applied};
use std::collections::BTreeMap;

/// Words of an article in one language.
#[derive(Clone, Debug, Default)]
pub(crate) struct ArticleText {
    pub title: String,
    pub description: String,
    /// HTML.
    pub body: String,
    pub author_id: u64,
    /// `published` or `draft`.
    pub state: String,
    pub created_at: Time,
    pub updated_at: Time,
}

/// The words of an article at one time.
#[derive(Clone, Debug, Default)]
pub(crate) struct ArticleVersion {
    /// Counted from 1 within the article.
    pub number: u64,
    pub locale: String,
    pub text: ArticleText,
    /// Whether these words were put before the public.
    pub live: bool,
    pub by: u64,
    /// `api` or `web`.
    pub via: &'static str,
}

/// A public article.
#[derive(Clone, Debug, Default)]
pub(crate) struct Article {
    pub id: u64,
    /// The words in the default language.
    pub text: ArticleText,
    pub default_locale: String,
    /// The words in other languages, by locale.
    pub translations: BTreeMap<String, ArticleText>,
    /// Words that are written but not yet public, by locale.
    pub draft: BTreeMap<String, ArticleText>,
    pub draft_updated_at: Option<Time>,
    /// What was said before, oldest first.
    pub versions: Vec<ArticleVersion>,
    pub created_at: Time,
    pub updated_at: Time,
    pub created_by: u64,
    pub updated_by: u64,
    pub parent_ids: Vec<u64>,
    /// Told in Preview only.
    pub folder_id: Option<u64>,
    pub audience_ids: Vec<u64>,
    pub ai_chatbot_availability: bool,
    pub ai_copilot_availability: bool,
    pub ai_sales_agent_availability: bool,
    pub scheduled_publish_at: Option<Time>,
    pub scheduled_unpublish_at: Option<Time>,
    pub tags: Vec<Applied>,
    pub views: u32,
    /// Happy, neutral and sad reactions.
    pub reactions: [u32; 3],
    pub fin_involvements: u32,
    pub fin_resolutions: u32,
}

/// An article for teammates only.
#[derive(Clone, Debug, Default)]
pub(crate) struct InternalArticle {
    pub id: u64,
    pub title: String,
    /// HTML.
    pub body: String,
    pub owner_id: u64,
    pub author_id: u64,
    pub created_at: Time,
    pub updated_at: Time,
    pub locale: String,
    pub folder_id: Option<u64>,
    pub audience_ids: Vec<u64>,
    pub ai_chatbot_availability: bool,
    pub ai_copilot_availability: bool,
    pub ai_sales_agent_availability: bool,
    pub tags: Vec<Applied>,
}

/// A shelf of articles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collection {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub icon: String,
    pub order: u32,
    pub default_locale: String,
    /// Name and description by locale.
    pub translations: BTreeMap<String, (String, String)>,
    pub parent_id: Option<u64>,
    pub help_center_id: u64,
}

/// The public site.
#[derive(Clone, Debug, Default)]
pub(crate) struct HelpCenter {
    pub id: u64,
    pub identifier: String,
    pub display_name: String,
    pub url: String,
    pub website_turned_on: bool,
    pub created_at: Time,
    pub updated_at: Time,
}
