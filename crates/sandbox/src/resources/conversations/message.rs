//! What the bodies of writes share: who writes, to whom, with which files.

use crate::{
    call::{Call, Fault, identifier_of},
    world::{ObjectId, World, inbox::Attachment},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

/// Characters that a message may have.
const MAX_BODY: usize = 100_000;
/// Files on a message, by address and by content each.
const MAX_FILES: usize = 10;

/// The admin that `admin_id` names.
pub(super) fn admin(world: &World, call: &Call) -> Result<u64, Fault> {
    let text = call
        .identifier("admin_id")
        .ok_or_else(|| Fault::absent("admin_id"))?;
    let admin = text.parse().ok().filter(|id| world.admins.contains_key(id));
    admin.ok_or_else(|| Fault::missing("admin_not_found", "Admin for admin_id not found"))
}

/// The body of a message as HTML, where there is one.
pub(super) fn body(call: &Call) -> Result<Option<String>, Fault> {
    let Some(value) = call.field("body") else {
        return Ok(None);
    };
    let text = value
        .as_str()
        .ok_or_else(|| Fault::new(400, "type_mismatch", "body must be a string").of("body"))?;
    if text.chars().count() > MAX_BODY {
        return Err(Fault::invalid(format!(
            "Body is too long (maximum is {MAX_BODY} characters)"
        ))
        .of("body"));
    }
    Ok((!text.trim().is_empty()).then(|| html(text)))
}

/// Plain words become a paragraph, as Intercom makes them.
pub(super) fn html(text: &str) -> String {
    let text = text.trim();
    if text.starts_with('<') {
        text.to_owned()
    } else {
        format!(
            "<p>{}</p>",
            text.replace("\n\n", "</p><p>").replace('\n', "<br>")
        )
    }
}

/// The contact that one of the three identifiers of an object names.
pub(crate) fn find_contact(
    world: &World,
    object: &Map<String, Value>,
) -> Result<Option<ObjectId>, Fault> {
    let missing = || Fault::missing("not_found", "User Not Found");
    let given = |name: &str| object.get(name).and_then(identifier_of);
    let alive = || world.contacts.values();
    if let Some(id) = given("intercom_user_id") {
        let id = id
            .parse::<ObjectId>()
            .ok()
            .filter(|id| world.contacts.contains_key(id));
        return id.map(Some).ok_or_else(missing);
    }
    if let Some(id) = given("user_id") {
        return alive()
            .find(|contact| contact.external_id.as_deref() == Some(&id))
            .map(|contact| Some(contact.id))
            .ok_or_else(missing);
    }
    if let Some(email) = given("email") {
        let found = alive().find(|contact| {
            contact
                .email
                .as_deref()
                .is_some_and(|known| known.eq_ignore_ascii_case(&email))
        });
        return found.map(|contact| Some(contact.id)).ok_or_else(missing);
    }
    Ok(None)
}

/// The files that a body brings, by address and by content.
pub(crate) fn attachments(world: &World, call: &Call) -> Result<Vec<Attachment>, Fault> {
    let none = Vec::new();
    let urls = call.list("attachment_urls").unwrap_or(&none);
    let files = call.list("attachment_files").unwrap_or(&none);
    for (name, list) in [("attachment_urls", urls), ("attachment_files", files)] {
        if list.len() > MAX_FILES {
            return Err(
                Fault::invalid(format!("{name} may hold at most {MAX_FILES} items")).of(name),
            );
        }
    }
    let by_address = urls.iter().map(|url| {
        url.as_str()
            .ok_or_else(|| Fault::invalid("attachment_urls must be strings"))
            .map(linked)
    });
    let by_content = files.iter().map(|file| uploaded(world, file));
    by_address.chain(by_content).collect()
}

fn linked(url: &str) -> Attachment {
    let name = url
        .split(['?', '#'])
        .next()
        .unwrap_or(url)
        .rsplit('/')
        .next()
        .unwrap_or("file")
        .to_owned();
    let content_type = match name.rsplit('.').next() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("pdf") => "application/pdf",
        _ => "application/octet-stream",
    };
    Attachment {
        name,
        url: url.to_owned(),
        content_type: content_type.into(),
        filesize: 0,
    }
}

fn uploaded(world: &World, file: &Value) -> Result<Attachment, Fault> {
    let text = |name: &str| file.get(name).and_then(Value::as_str);
    let (Some(name), Some(content_type), Some(data)) =
        (text("name"), text("content_type"), text("data"))
    else {
        return Err(
            Fault::invalid("attachment_files need content_type, name and data")
                .of("attachment_files"),
        );
    };
    let bytes = STANDARD.decode(data).map_err(|_| {
        Fault::invalid("attachment_files data must be base64").of("attachment_files")
    })?;
    let url = format!("{}/attachments/{name}", world.workspace.base_url);
    Ok(Attachment {
        name: name.into(),
        url,
        content_type: content_type.into(),
        filesize: bytes.len() as u64,
    })
}
