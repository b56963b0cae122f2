//! The topics of webhooks.

/// Whether this version knows the topic.
pub(super) fn is_known(topic: &str) -> bool {
    let Some((family, rest)) = topic.split_once('.') else {
        return false;
    };
    FAMILIES
        .iter()
        .find(|(name, _)| *name == family)
        .is_some_and(|(_, topics)| topics.contains(&rest))
}

/// Whether a notification of the topic may bring new words; others repeat old ones.
pub(super) fn may_carry_words(topic: &str) -> bool {
    WORDS.contains(&topic)
}

/// Whether the first message of the conversation is the news.
pub(super) fn begins(topic: &str) -> bool {
    matches!(
        topic,
        "conversation.user.created" | "conversation.admin.single.created"
    )
}

const WORDS: [&str; 17] = [
    "conversation.user.created",
    "conversation.user.replied",
    "conversation.admin.single.created",
    "conversation.admin.replied",
    "conversation.admin.replied.translated",
    "conversation.admin.noted",
    "conversation.admin.assigned",
    "conversation.admin.open.assigned",
    "conversation.admin.opened",
    "conversation.admin.closed",
    "conversation.admin.snoozed",
    "conversation.admin.unsnoozed",
    "conversation.operator.replied",
    "ticket.contact.replied",
    "ticket.admin.replied",
    "ticket.admin.replied.translated",
    "ticket.note.created",
];

const CHANGES: &[&str] = &["created", "updated", "deleted"];

const FAMILIES: [(&str, &[&str]); 19] = [
    (
        "admin",
        &[
            "added_to_workspace",
            "removed_from_workspace",
            "away_mode_updated",
            "logged_in",
            "logged_out",
            "activity_log_event.created",
        ],
    ),
    (
        "article",
        &["created", "updated", "published", "unpublished", "deleted"],
    ),
    (
        "audience",
        &[
            "created",
            "updated",
            "deleted",
            "member_added",
            "member_removed",
        ],
    ),
    (
        "call",
        &[
            "started",
            "ended",
            "transcription_available",
            "recording_available",
        ],
    ),
    ("content_import_source", CHANGES),
    ("content_snippet", CHANGES),
    (
        "company",
        &[
            "created",
            "updated",
            "deleted",
            "contact.attached",
            "contact.detached",
        ],
    ),
    (
        "contact",
        &[
            "archived",
            "deleted",
            "email.updated",
            "merged",
            "subscribed",
            "unarchived",
            "unarchive",
            "unsubscribed",
            "lead.added_email",
            "lead.created",
            "lead.signed_up",
            "lead.tag.created",
            "lead.tag.deleted",
            "lead.updated",
            "user.created",
            "user.tag.created",
            "user.tag.deleted",
            "user.updated",
        ],
    ),
    (
        "conversation",
        &[
            "user.created",
            "user.replied",
            "admin.single.created",
            "admin.replied",
            "admin.replied.translated",
            "admin.noted",
            "admin.assigned",
            "admin.open.assigned",
            "admin.opened",
            "admin.closed",
            "admin.snoozed",
            "admin.unsnoozed",
            "operator.replied",
            "read",
            "priority.updated",
            "rating.added",
            "contact.attached",
            "contact.detached",
            "company.updated",
            "deleted",
        ],
    ),
    ("conversation_part", &["redacted", "tag.created"]),
    (
        "ticket",
        &[
            "created",
            "state.updated",
            "note.created",
            "admin.assigned",
            "team.assigned",
            "contact.attached",
            "contact.detached",
            "attribute.updated",
            "admin.replied",
            "admin.replied.translated",
            "contact.replied",
            "closed",
            "resolved",
            "rating.provided",
        ],
    ),
    (
        "content_stat",
        &[
            "banner",
            "carousel",
            "chat",
            "checklist",
            "custom_bot",
            "email",
            "news_item",
            "post",
            "push",
            "series",
            "series.webhook",
            "sms",
            "survey",
            "tooltip_group",
            "tour",
        ],
    ),
    ("event", &["created"]),
    ("job", &["completed"]),
    ("api", &["request.completed"]),
    ("data_connector", &["execution.completed"]),
    ("granular", &["subscribe", "unsubscribe"]),
    ("visitor", &["signed_up"]),
    ("procedure", &["hitl_notification.created"]),
];
