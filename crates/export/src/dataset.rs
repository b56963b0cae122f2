//! What can be exported, and how each is read.

use std::str::FromStr;

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dataset {
    /// Conversations, with their threads where asked for.
    Conversations,
    /// Users and leads.
    Contacts,
    /// Companies.
    Companies,
    /// Tickets.
    Tickets,
    /// Help center articles.
    Articles,
}

/// How a dataset is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// By a search for what changed since a moment. Each search reaches back by `overlap` seconds: Intercom's index is
    /// behind by a little, and of contacts it knows only the day, in the workspace's own time zone.
    Changes { overlap: i64 },
    /// As a whole, each time.
    Everything,
}

impl Dataset {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Conversations,
        Self::Contacts,
        Self::Companies,
        Self::Tickets,
        Self::Articles,
    ];

    /// Its name, which is also its folder's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Contacts => "contacts",
            Self::Companies => "companies",
            Self::Tickets => "tickets",
            Self::Articles => "articles",
        }
    }

    pub(crate) fn reading(self) -> Reading {
        match self {
            Self::Conversations | Self::Tickets => Reading::Changes { overlap: 600 },
            Self::Contacts => Reading::Changes {
                overlap: 2 * 86_400,
            },
            Self::Companies | Self::Articles => Reading::Everything,
        }
    }

    /// The operation that answers pages of it.
    pub(crate) fn list(self) -> &'static str {
        match self {
            Self::Conversations => "search_conversations",
            Self::Contacts => "search_contacts",
            // The list ends at 10,000; the scroll does not.
            Self::Companies => "scroll_companies",
            Self::Tickets => "search_tickets",
            Self::Articles => "list_articles",
        }
    }

    /// The operation that answers one of it, and its argument.
    pub(crate) fn read(self) -> (&'static str, &'static str) {
        match self {
            Self::Conversations => ("get_conversation", "conversation_id"),
            Self::Contacts => ("get_contact", "contact_id"),
            Self::Companies => ("get_company", "company_id"),
            Self::Tickets => ("get_ticket", "ticket_id"),
            Self::Articles => ("get_article", "article_id"),
        }
    }

    /// The largest page.
    pub(crate) fn page(self) -> u32 {
        match self {
            Self::Companies => 100,
            _ => 150,
        }
    }
}

impl FromStr for Dataset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|dataset| dataset.name() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("`{text}` cannot be exported; these can: {names}")
            })
    }
}
