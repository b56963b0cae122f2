//! Contacts as JSON, in the shape of 2.16.

use crate::world::{
    ObjectId, World,
    people::{Contact, Device, NoteOn, Tag},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Items of a sub-list that a contact carries along.
const EMBEDDED: usize = 10;

const ANDROID: [&str; 6] = [
    "android_app_name",
    "android_app_version",
    "android_device",
    "android_os_version",
    "android_sdk_version",
    "android_last_seen_at",
];
const IOS: [&str; 6] = [
    "ios_app_name",
    "ios_app_version",
    "ios_device",
    "ios_os_version",
    "ios_sdk_version",
    "ios_last_seen_at",
];
const ORIGIN: [&str; 6] = [
    "utm_campaign",
    "utm_content",
    "utm_medium",
    "utm_source",
    "utm_term",
    "referrer",
];

/// A contact.
pub(crate) fn render(world: &World, c: &Contact) -> Value {
    let mut body = json!({
        "type": "contact",
        "id": c.id.to_string(),
        "workspace_id": world.workspace.id_code,
        "external_id": c.external_id,
        "role": c.role.word(),
        "email": c.email,
        "email_domain": c.email.as_deref().and_then(|email| email.split_once('@')).map(|(_, domain)| domain),
        "phone": c.phone,
        "formatted_phone": c.phone,
        "name": c.name,
        "avatar": {"type": "avatar", "image_url": c.avatar_url},
        "owner_id": c.owner_id.map(|id| id.to_string()),
        "social_profiles": {"type": "list", "data": []},
        "has_hard_bounced": c.has_hard_bounced,
        "marked_email_as_spam": c.marked_email_as_spam,
        "unsubscribed_from_emails": c.unsubscribed_from_emails,
        "language_override": c.language_override,
        "browser": c.browser,
        "browser_version": c.browser_version,
        "browser_language": c.browser_language,
        "os": c.os,
        "location": location(c),
        "custom_attributes": c.custom_attributes,
        "sms_consent": c.sms_consent,
        "unsubscribed_from_sms": c.unsubscribed_from_sms,
        "enabled_push_messaging": null,
    });
    if let Some(object) = body.as_object_mut() {
        add_times(object, c);
        add_device(object, ANDROID, c.android.as_deref());
        add_device(object, IOS, c.ios.as_deref());
        for name in ORIGIN {
            let known = c.origin.iter().find(|(key, _)| *key == name);
            object.insert(name.into(), json!(known.map(|(_, value)| value)));
        }
        add_lists(world, object, c);
    }
    body
}

/// A contact as a webhook tells it: times as text.
pub(crate) fn notice(world: &World, contact: &Contact) -> Value {
    let mut body = render(world, contact);
    if let Some(object) = body.as_object_mut() {
        for (_, value) in object.iter_mut().filter(|(name, _)| name.ends_with("_at")) {
            if let Some(text) = value
                .as_i64()
                .and_then(|at| Timestamp::from_second(at).ok())
                .map(moment)
            {
                *value = json!(text);
            }
        }
    }
    body
}

/// Queues a webhook about a tag on a contact.
pub(crate) fn tell_tag(world: &mut World, topic: &'static str, id: ObjectId, tag: &Tag) {
    world.emit(topic, |world| {
        let contact = world.contacts.get(&id).map(|contact| notice(world, contact));
        let created_at = Timestamp::from_second(world.now()).ok().map(moment);
        json!({"type": "contact_tag", "created_at": created_at, "tag": crate::resources::tags::render(tag), "contact": contact})
    });
}

/// A sub-list of a contact: the first ten, how many there are, and where the rest is.
fn embedded(items: Vec<Value>, url: &str) -> Value {
    let total = items.len();
    let data: Vec<Value> = items.into_iter().take(EMBEDDED).collect();
    json!({"type": "list", "data": data, "url": url, "total_count": total, "has_more": total > EMBEDDED})
}

fn moment(at: Timestamp) -> String {
    format!("{at:.3}").replace('Z', "+00:00")
}

fn location(c: &Contact) -> Value {
    let place = c.location.as_deref();
    json!({
        "type": "location",
        "country": place.map(|place| &place.country),
        "region": place.map(|place| &place.region),
        "city": place.map(|place| &place.city),
        "country_code": place.map(|place| &place.country_code),
        "continent_code": place.map(|place| &place.continent_code),
    })
}

fn add_times(object: &mut Map<String, Value>, c: &Contact) {
    let times = [
        ("created_at", Some(c.created_at)),
        ("updated_at", Some(c.updated_at)),
        ("signed_up_at", c.signed_up_at),
        ("last_seen_at", c.last_seen_at),
        ("last_replied_at", c.last_replied_at),
        ("last_contacted_at", c.last_contacted_at),
        ("last_email_opened_at", c.last_email_opened_at),
        ("last_email_clicked_at", c.last_email_clicked_at),
    ];
    for (name, at) in times {
        object.insert(name.into(), json!(at));
    }
}

fn add_device(object: &mut Map<String, Value>, names: [&str; 6], device: Option<&Device>) {
    let values = match device {
        None => [const { Value::Null }; 6],
        Some(device) => [
            json!(device.app_name),
            json!(device.app_version),
            json!(device.device),
            json!(device.os_version),
            json!(device.sdk_version),
            json!(device.last_seen_at),
        ],
    };
    for (name, value) in names.into_iter().zip(values) {
        object.insert(name.into(), value);
    }
}

fn add_lists(world: &World, object: &mut Map<String, Value>, c: &Contact) {
    let id = c.id.to_string();
    let item = |kind: &str, id: String, place: &str| json!({"type": kind, "id": id, "url": format!("/{place}/{id}")});
    let subscriptions = |opted_in: bool| {
        let chosen = c
            .subscriptions
            .iter()
            .filter(|(_, consent)| *consent == opted_in);
        embedded(
            chosen
                .map(|(id, _)| item("subscription", id.to_string(), "subscription_types"))
                .collect(),
            &format!("/contacts/{id}/subscriptions"),
        )
    };
    let (opted_out, opted_in) = (subscriptions(false), subscriptions(true));
    let notes = world
        .notes
        .values()
        .filter(|note| note.on == NoteOn::Contact(c.id));
    let lists = [
        (
            "tags",
            embedded(
                c.tags
                    .iter()
                    .map(|tag| item("tag", tag.tag.to_string(), "tags"))
                    .collect(),
                &format!("/contacts/{id}/tags"),
            ),
        ),
        (
            "notes",
            embedded(
                notes
                    .map(|note| item("note", note.id.to_string(), "notes"))
                    .collect(),
                &format!("/contacts/{id}/notes"),
            ),
        ),
        (
            "companies",
            embedded(
                c.companies
                    .iter()
                    .map(|company| item("company", company.to_string(), "companies"))
                    .collect(),
                &format!("/contacts/{id}/companies"),
            ),
        ),
        ("opted_out_subscription_types", opted_out),
        ("opted_in_subscription_types", opted_in),
    ];
    for (name, list) in lists {
        object.insert(name.into(), list);
    }
}
