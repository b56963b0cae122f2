//! Conversations as Intercom sends them in 2.16, field by field, with words of our own.

use serde_json::{Value, json};

const START: i64 = 1_789_900_000;
const ANA: &str = "66f0aa00bb11cc22dd33ee55";

/// A conversation of that many parts with bodies of about 120 bytes of HTML.
pub(crate) fn long_thread(parts: usize) -> Value {
    let mut conversation = conversation(0);
    let said = (0..parts).map(plain_part).collect::<Vec<_>>();
    put_parts(&mut conversation, &said);
    conversation
}

/// A conversation by mail: marked-up bodies, signatures, quoted tails, notes, events, files.
pub(crate) fn mail_thread(parts: usize) -> Value {
    let mut conversation = conversation(0);
    conversation["source"]["type"] = "email".into();
    conversation["source"]["subject"] = "Bell of order 4417 is silent".into();
    let said = (0..parts).map(mail_part).collect::<Vec<_>>();
    put_parts(&mut conversation, &said);
    conversation
}

/// A page of a search.
pub(crate) fn search_page(rows: usize) -> Value {
    let conversations: Vec<Value> = (0..rows).map(conversation).collect();
    json!({"type": "conversation.list", "conversations": conversations, "total_count": 143,
        "pages": {"type": "pages", "page": 1, "per_page": rows, "total_pages": 8, "next": {"page": 2, "starting_after": "WzE3OTAwMDM2MDAwMDAsNDIsMl0="}}})
}

/// A contact with every field that 2.16 has.
pub(crate) fn contact() -> Value {
    let list = |key: &str, data: Value| json!({"type": "list", "data": data, "url": format!("/contacts/{ANA}/{key}"), "total_count": 1, "has_more": false});
    let mut contact = json!({"type": "contact", "id": ANA, "workspace_id": "w1abc2", "external_id": "u-77", "role": "user",
        "email": "ana@example.com", "email_domain": "example.com", "phone": "+351900000000", "formatted_phone": "+351900000000",
        "name": "Ana Silva", "avatar": {"type": "avatar", "image_url": null}, "owner_id": "7001", "has_hard_bounced": false,
        "marked_email_as_spam": false, "unsubscribed_from_emails": false, "created_at": START, "updated_at": START,
        "last_seen_at": START, "last_replied_at": null, "language_override": null, "browser": "chrome", "os": "Windows 11",
        "location": {"type": "location", "country": "Portugal", "region": "Lisboa", "city": "Lisbon", "country_code": "PRT", "continent_code": "EU"},
        "custom_attributes": {"plan": "pro", "seats": 4}, "social_profiles": {"type": "list", "data": []},
        "utm_campaign": null, "referrer": null, "sms_consent": false, "enabled_push_messaging": null});
    for field in [
        "android_app_name",
        "android_device",
        "android_last_seen_at",
        "ios_app_name",
        "ios_device",
        "ios_last_seen_at",
    ] {
        contact[field] = Value::Null;
    }
    contact["tags"] = list(
        "tags",
        json!([{"type": "tag", "id": "9001", "url": "/tags/9001"}]),
    );
    contact["companies"] = list(
        "companies",
        json!([{"type": "company", "id": "66f1aa00bb11cc22dd33ee44", "url": "/companies/66f1aa00bb11cc22dd33ee44"}]),
    );
    for empty in [
        "notes",
        "opted_out_subscription_types",
        "opted_in_subscription_types",
    ] {
        contact[empty] = list(empty, json!([]));
    }
    contact
}

/// A conversation without its parts.
pub(crate) fn conversation(index: usize) -> Value {
    let titles = [
        "Refund of order 4417",
        "Bell does not ring",
        "Change of address",
        "Wheel bent in transit",
        "Invoice for August",
    ];
    let words = [
        "the bell of my new bike makes no sound",
        "I have moved and the parcel goes to the old place",
        "please send me the invoice of last month again",
    ];
    let at = START + i64::try_from(index).unwrap() * 3_600;
    json!({"type": "conversation", "id": (215_470_000_000_042_u64 + index as u64).to_string(), "title": titles[index % titles.len()],
        "created_at": at, "updated_at": at + 13_600, "waiting_since": at + 13_600, "snoozed_until": null, "open": true, "state": "open",
        "read": false, "priority": "high", "admin_assignee_id": 7001, "team_assignee_id": 5551,
        "company": {"type": "company", "id": "66f1aa00bb11cc22dd33ee44", "company_id": "acme-1", "name": "Acme"},
        "tags": {"type": "tag.list", "tags": [{"type": "tag", "id": "9001", "name": "billing", "applied_at": at, "applied_by": {"type": "admin", "id": "7001"}}]},
        "source": {"type": "conversation", "id": "331000001", "delivered_as": "customer_initiated", "subject": "",
            "body": format!("<p>Hello, {}. Can you help?</p>", words[index % words.len()]),
            "author": {"type": "user", "id": ANA, "name": "Ana Silva", "email": "ana@example.com"},
            "attachments": [{"type": "upload", "name": "receipt.pdf", "url": "https://files.example/receipt.pdf", "content_type": "application/pdf", "filesize": 48211, "width": null, "height": null}],
            "url": "https://shop.example/orders/4417", "redacted": false, "recipients": null, "reply_to": null},
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": ANA, "external_id": "u-77"}]},
        "teammates": {"type": "admin.list", "teammates": [{"type": "admin", "id": "7001"}]},
        "custom_attributes": {"Order number": 4417, "Language": "English"},
        "first_contact_reply": {"created_at": at, "type": "conversation", "url": "https://shop.example/orders/4417"},
        "sla_applied": {"type": "conversation_sla_summary", "sla_name": "VIP 5m", "sla_status": "active"},
        "conversation_rating": {"rating": 5, "remark": "Fast!", "created_at": at, "updated_at": at,
            "contact": {"type": "contact", "id": ANA, "external_id": "u-77"}, "teammate": {"type": "admin", "id": "7001"}},
        "statistics": {"type": "conversation_statistics", "time_to_assignment": 120, "time_to_admin_reply": 240, "time_to_first_close": null,
            "time_to_last_close": null, "median_time_to_reply": 240, "first_contact_reply_at": at, "first_assignment_at": at + 120,
            "first_admin_reply_at": at + 240, "first_close_at": null, "last_assignment_at": at + 120, "last_assignment_admin_reply_at": at + 240,
            "last_contact_reply_at": at + 13_600, "last_admin_reply_at": at + 240, "last_close_at": null, "last_closed_by_id": null,
            "count_reopens": 0, "count_assignments": 1, "count_conversation_parts": 4,
            "assigned_team_first_response_time": [{"team_id": 5551, "team_name": "Billing", "response_time": 240}],
            "assigned_team_first_response_time_in_office_hours": [], "handling_time": 600, "adjusted_handling_time": null},
        "linked_objects": {"type": "list", "total_count": 1, "has_more": false, "data": [{"type": "ticket", "id": "215470000000099", "category": "Tracker"}]},
        "ai_agent_participated": false, "ai_agent": null, "sales_agent_participated": false, "sales_agent": null,
        "channel": {"initial": "messenger", "current": "messenger"}, "external_references": [],
        "topics": {"type": "topic.list", "topics": [], "total_count": 0}, "ticket": null})
}

fn plain_part(index: usize) -> Value {
    let words = [
        "The workshop looked at the bell this morning and found that the spring inside had come loose on the way.",
        "Thank you for the quick answer, I will wait for the parcel and tell you tomorrow whether the bell rings.",
        "We have booked the courier for Thursday between nine and noon; please have the bike ready at the door.",
    ];
    let (kind, body) = match index {
        7 => ("assignment", Value::Null),
        11 => (
            "note",
            json!(
                "<p>She had the same trouble in spring; offer a <b>voucher</b> if it happens again.</p>"
            ),
        ),
        23 => ("close", Value::Null),
        24 => (
            "open",
            json!("<p>It is silent again, sorry to come back.</p>"),
        ),
        _ => (
            "comment",
            json!(format!("<p>{}</p>", words[index % words.len()])),
        ),
    };
    part(index, kind, &body)
}

fn mail_part(index: usize) -> Value {
    let tail = "<div class=\"gmail_quote\"><div dir=\"ltr\">On Tue, 22 Sep 2026 at 10:02, Velo Support &lt;help@velo.example&gt; wrote:<br></div>\
        <blockquote class=\"gmail_quote\" style=\"margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex\"><div>Dear Ana,<br><br>the courier comes on Thursday.</div></blockquote></div>";
    let body = match index % 6 {
        0 => json!(format!(
            "<html><head><style>p{{margin:0}}</style></head><body><div dir=\"ltr\"><p>Dear team,</p><p>the bell with serial BX-{index} rings again, thank you!<br>Best, Ana</p></div><img src=\"https://track.example/p.gif\" width=\"1\" height=\"1\">{tail}</body></html>"
        )),
        1 => json!(format!(
            "<div>Please see <a href=\"https://shop.example/orders/44{index}?from=mail\">the order</a> and <b>both</b> photos:</div><ul><li>front wheel</li><li>bell</li></ul>"
        )),
        2 => json!(format!(
            "<p>Number {index} of the list is still open.</p><p>&nbsp;</p><blockquote type=\"cite\"><p>Is everything fine now?</p></blockquote>"
        )),
        3 => Value::Null,
        4 => json!(format!(
            "<p>Colleagues, batch {index} has weak springs; see <a href=\"https://wiki.example/springs\">https://wiki.example/springs</a>.</p>"
        )),
        _ => json!(format!(
            "<table><tr><td>Part</td><td>Spring {index}</td></tr><tr><td>Price</td><td>3.50 &euro;</td></tr></table>"
        )),
    };
    let kind = match index % 6 {
        3 => [
            "assignment",
            "conversation_tags_updated",
            "snoozed",
            "conversation_sla_applied_by_rule",
        ][index / 6 % 4],
        4 => "note",
        _ => "comment",
    };
    let mut part = part(index, kind, &body);
    if index % 6 == 1 {
        part["attachments"] = json!([{"type": "upload", "name": format!("wheel-{index}.jpg"), "url": format!("https://files.example/wheel-{index}.jpg"), "content_type": "image/jpeg", "filesize": 1, "width": 1, "height": 1}]);
    }
    part
}

fn part(index: usize, kind: &str, body: &Value) -> Value {
    let by_admin = kind == "note" || kind == "close" || index.is_multiple_of(2);
    let author = if by_admin && kind != "open" {
        json!({"type": "admin", "id": "7001", "name": "Rui", "email": "rui@velo.example", "from_ai_agent": false, "is_ai_answer": false})
    } else {
        json!({"type": "user", "id": ANA, "name": "Ana Silva", "email": "ana@example.com", "from_ai_agent": false, "is_ai_answer": false})
    };
    let at = START + 600 + i64::try_from(index).unwrap() * 1_260;
    let assigned = if kind == "assignment" {
        json!({"type": "admin", "id": "7001"})
    } else {
        Value::Null
    };
    json!({"type": "conversation_part", "id": (37_000_000_001_u64 + index as u64).to_string(), "part_type": kind, "body": body,
        "created_at": at, "updated_at": at, "notified_at": at, "assigned_to": assigned, "author": author, "attachments": [],
        "external_id": null, "redacted": false, "metadata": {}, "email_message_metadata": null, "state": "open", "tags": [],
        "event_details": {}, "app_package_code": null})
}

fn put_parts(conversation: &mut Value, parts: &[Value]) {
    conversation["conversation_parts"] = json!({"type": "conversation_part.list", "total_count": parts.len(), "conversation_parts": parts});
}
