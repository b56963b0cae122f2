//! The searchable fields of contacts.

use super::{Access, Record, cell::Cell};
use crate::world::{
    ObjectId,
    people::{Contact, Device, Location},
};
use catalog::search::Searchable;

impl Record for Contact {
    type Id = ObjectId;
    const WHAT: Searchable = Searchable::Contacts;
    const PER_PAGE: usize = 50;
    const SORT: &'static str = "created_at";

    fn id(&self) -> ObjectId {
        self.id
    }

    fn access(field: &str) -> Option<Access<Self>> {
        if let Some(name) = field.strip_prefix("custom_attributes.") {
            return Some(Access::Named(
                |_, contact, name| Cell::json(contact.custom_attributes.get(name)),
                name.to_owned(),
            ));
        }
        person(field)
            .or_else(|| date(field))
            .or_else(|| place(field))
            .map(Access::Fixed)
    }
}

type Read = for<'a> fn(&'a crate::world::World, &'a Contact) -> Cell<'a>;

fn person(field: &str) -> Option<Read> {
    let read: Read = match field {
        "id" => |_, c| Cell::made(&c.id),
        "role" => |_, c| Cell::text(Some(c.role.word())),
        "name" => |_, c| Cell::text(c.name.as_deref()),
        "avatar" => |_, c| Cell::text(c.avatar_url.as_deref()),
        "owner_id" => |_, c| Cell::id(c.owner_id),
        "email" => |_, c| Cell::text(c.email.as_deref()),
        "email_domain" => |_, c| {
            Cell::text(
                c.email
                    .as_deref()
                    .and_then(|email| email.split_once('@'))
                    .map(|(_, domain)| domain),
            )
        },
        "phone" | "formatted_phone" => |_, c| Cell::text(c.phone.as_deref()),
        "external_id" => |_, c| Cell::text(c.external_id.as_deref()),
        "language_override" => |_, c| Cell::text(c.language_override.as_deref()),
        "segment_id" => |_, c| Cell::Objects(&c.segments),
        "tag_id" => |_, c| Cell::Tags(&c.tags),
        "unsubscribed_from_emails" => |_, c| Cell::Flag(c.unsubscribed_from_emails),
        "marked_email_as_spam" => |_, c| Cell::Flag(c.marked_email_as_spam),
        "has_hard_bounced" => |_, c| Cell::Flag(c.has_hard_bounced),
        _ => return None,
    };
    Some(read)
}

fn date(field: &str) -> Option<Read> {
    let read: Read = match field {
        "created_at" => |_, c| Cell::Number(c.created_at),
        "updated_at" => |_, c| Cell::Number(c.updated_at),
        "signed_up_at" => |_, c| Cell::number(c.signed_up_at),
        "last_seen_at" => |_, c| Cell::number(c.last_seen_at),
        "last_contacted_at" => |_, c| Cell::number(c.last_contacted_at),
        "last_replied_at" => |_, c| Cell::number(c.last_replied_at),
        "last_email_opened_at" => |_, c| Cell::number(c.last_email_opened_at),
        "last_email_clicked_at" => |_, c| Cell::number(c.last_email_clicked_at),
        "ios_last_seen_at" => {
            |_, c| Cell::number(c.ios.as_ref().and_then(|device| device.last_seen_at))
        }
        "android_last_seen_at" => {
            |_, c| Cell::number(c.android.as_ref().and_then(|device| device.last_seen_at))
        }
        _ => return None,
    };
    Some(read)
}

fn place(field: &str) -> Option<Read> {
    let read: Read = match field {
        "browser" => |_, c| Cell::text(c.browser.as_deref()),
        "browser_version" => |_, c| Cell::text(c.browser_version.as_deref()),
        "browser_language" => |_, c| Cell::text(c.browser_language.as_deref()),
        "os" => |_, c| Cell::text(c.os.as_deref()),
        "location.country" => |_, c| located(c, |place| &place.country),
        "location.region" => |_, c| located(c, |place| &place.region),
        "location.city" => |_, c| located(c, |place| &place.city),
        "ios_app_name" => |_, c| on(c.ios.as_deref(), |device| &device.app_name),
        "ios_app_version" => |_, c| on(c.ios.as_deref(), |device| &device.app_version),
        "ios_device" | "ios_app_device" => |_, c| on(c.ios.as_deref(), |device| &device.device),
        "ios_os_version" => |_, c| on(c.ios.as_deref(), |device| &device.os_version),
        "ios_sdk_version" => |_, c| on(c.ios.as_deref(), |device| &device.sdk_version),
        "android_app_name" => |_, c| on(c.android.as_deref(), |device| &device.app_name),
        "android_app_version" => |_, c| on(c.android.as_deref(), |device| &device.app_version),
        "android_device" => |_, c| on(c.android.as_deref(), |device| &device.device),
        "android_sdk_version" | "andoid_sdk_version" => {
            |_, c| on(c.android.as_deref(), |device| &device.sdk_version)
        }
        _ => return None,
    };
    Some(read)
}

fn located(contact: &Contact, read: fn(&Location) -> &String) -> Cell<'_> {
    Cell::text(
        contact
            .location
            .as_deref()
            .map(|place| read(place).as_str()),
    )
}

fn on(device: Option<&Device>, read: fn(&Device) -> &Option<String>) -> Cell<'_> {
    Cell::text(device.and_then(|device| read(device).as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_catalog_can_be_read() {
        for field in Searchable::Contacts.field_names() {
            assert!(Contact::access(field).is_some(), "{field}");
        }
    }
}
