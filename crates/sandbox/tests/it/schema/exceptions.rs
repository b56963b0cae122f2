//! Where the real Intercom, as its users and its own examples show it, is not what the description says.

/// What holds instead of the description.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instead {
    /// Also null.
    OrNull,
    /// Any value.
    Anything,
    /// What is described, or nothing at all.
    MayBeMissing,
    /// What 2.11 requires is required in 2.11 only: the later descriptions use the object in a short form too.
    OnlyOldestRequires,
}

/// Fields of a component that are held otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exception {
    pub(crate) component: &'static str,
    pub(crate) properties: &'static [&'static str],
    pub(crate) instead: Instead,
    pub(crate) reason: &'static str,
}

const fn except(
    component: &'static str,
    properties: &'static [&'static str],
    instead: Instead,
    reason: &'static str,
) -> Exception {
    Exception {
        component,
        properties,
        instead,
        reason,
    }
}

use Instead::{Anything, MayBeMissing, OnlyOldestRequires, OrNull};

/// All of them.
pub(crate) const EXCEPTIONS: &[Exception] = &[
    except(
        "custom_object_instance",
        &["custom_attributes"],
        Anything,
        "The description's own example has a number there.",
    ),
    except(
        "conversation_statistics",
        &[
            "time_to_assignment",
            "time_to_admin_reply",
            "time_to_first_close",
            "time_to_last_close",
            "median_time_to_reply",
            "first_contact_reply_at",
            "first_assignment_at",
            "first_admin_reply_at",
            "first_close_at",
            "last_assignment_at",
            "last_assignment_admin_reply_at",
            "last_contact_reply_at",
            "last_admin_reply_at",
            "last_close_at",
            "last_closed_by_id",
            "handling_time",
        ],
        OrNull,
        "what has not happened yet is null",
    ),
    except(
        "conversation",
        &[
            "company",
            "ai_agent",
            "sales_agent",
            "conversation_rating",
            "sla_applied",
        ],
        OrNull,
        "what a conversation does not have is null; the newer descriptions say so of the last two",
    ),
    except(
        "conversation_list_item",
        &[
            "company",
            "ai_agent",
            "sales_agent",
            "conversation_rating",
            "sla_applied",
        ],
        OrNull,
        "as in a whole conversation",
    ),
    except(
        "conversation_rating",
        &["rating", "remark", "teammate"],
        OrNull,
        "a customer who was asked need not answer, nor say why",
    ),
    except(
        "conversation_part",
        &["assigned_to", "email_message_metadata"],
        OrNull,
        "a part that assigns nobody, or that is no e-mail, has null",
    ),
    except(
        "conversation_part_author",
        &["email"],
        OrNull,
        "a lead may have no address",
    ),
    except(
        "conversation_source_author",
        &["email"],
        OrNull,
        "a lead may have no address",
    ),
    except(
        "part_attachment",
        &["width", "height"],
        OrNull,
        "a file that is no picture has none",
    ),
    except(
        "contact",
        &["email", "email_domain"],
        OrNull,
        "a contact may have no address",
    ),
    except(
        "company",
        &[
            "remote_created_at",
            "last_request_at",
            "size",
            "website",
            "industry",
        ],
        MayBeMissing,
        "the examples of every version leave out what nobody told about a company",
    ),
    except(
        "company",
        &[
            "app_id",
            "created_at",
            "updated_at",
            "monthly_spend",
            "session_count",
            "user_count",
        ],
        OnlyOldestRequires,
        "a conversation has its company in short form",
    ),
    except(
        "company",
        &["custom_attributes"],
        Anything,
        "attributes are numbers and flags too, which the text says and the schema forgets",
    ),
    except(
        "newsfeed_assignment",
        &["published_at"],
        MayBeMissing,
        "a draft was not published anywhere",
    ),
    except(
        "company_scroll",
        &["pages", "scroll_param"],
        OrNull,
        "a scroll has no pages, and its end no parameter",
    ),
    except(
        "message",
        &["subject", "conversation_id"],
        MayBeMissing,
        "2.11's own examples have a subject on e-mail only, and no conversation before the contact answers",
    ),
    except(
        "tag",
        &["applied_at", "applied_by"],
        MayBeMissing,
        "a tag that is not applied to anything was not applied by anybody",
    ),
    except(
        "cursor_pages",
        &["next"],
        Anything,
        "null on the last page, and an address on lists that page by number",
    ),
    except(
        "ticket",
        &["snoozed_until"],
        OrNull,
        "a ticket that is awake has null",
    ),
    except(
        "ticket_part",
        &["ticket_state"],
        MayBeMissing,
        "2.11's own examples have it only where the state changed",
    ),
    except(
        "ticket_type_list",
        &["ticket_types"],
        MayBeMissing,
        "2.11's own example has `data`",
    ),
    except(
        "ticket_type_list",
        &["type", "data"],
        Anything,
        "2.11's own example has a `list` with `data`",
    ),
    except(
        "ticket_type_attribute_list",
        &["ticket_type_attributes"],
        MayBeMissing,
        "2.11's own example has `data`",
    ),
    except(
        "ticket_type_attribute_list",
        &["type"],
        Anything,
        "2.11's own example has `list`",
    ),
];
