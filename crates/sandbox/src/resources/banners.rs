//! Operations on the banners that a contact sees.

use super::contacts;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{
        World,
        people::{Contact, Role},
        settings::Banner,
    },
};
use serde_json::{Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_contact_banners" => list,
        "dismiss_contact_banner" => dismiss,
        _ => return None,
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let contact = contacts::find(world, call)?;
    let data: Vec<Value> = shown(world, contact)
        .map(|banner| render(banner, contact))
        .collect();
    Answer::ok(json!({"type": "list", "data": data}))
}

fn dismiss(world: &mut World, call: &Call) -> Reply {
    let contact = contacts::find(world, call)?;
    let banner = shown(world, contact)
        .find(|banner| view(banner, contact) == call.id(1))
        .ok_or_else(|| Fault::missing("not_found", "Resource Not Found"))?;
    let key = (contact.id, banner.id);
    world.settings.dismissed.insert(key);
    Answer::ok(json!({"type": "banner_dismiss", "view_id": call.id(1), "dismissed": true}))
}

/// The banners that a contact has not closed.
fn shown<'w>(world: &'w World, contact: &'w Contact) -> impl Iterator<Item = &'w Banner> {
    let all = world.settings.banners.values();
    all.filter(|banner| banner.for_leads || contact.role == Role::User)
        .filter(|banner| !world.settings.dismissed.contains(&(contact.id, banner.id)))
}

/// The id of one banner before the eyes of one contact.
fn view(banner: &Banner, contact: &Contact) -> String {
    let id = contact.id.to_string();
    let tail = u64::from_str_radix(id.get(16..).unwrap_or_default(), 16).unwrap_or_default();
    (banner.id * 1_000_000 + tail).to_string()
}

fn render(banner: &Banner, contact: &Contact) -> Value {
    let action = banner
        .link
        .as_ref()
        .map(|(label, target)| json!({"type": "open_url", "label": label, "target": target}));
    json!({
        "type": "banner",
        "id": banner.id.to_string(),
        "view_id": view(banner, contact),
        "title": banner.title,
        "body": banner.body,
        "style": banner.style,
        "position": banner.position,
        "show_dismiss_button": true,
        "action": action,
        "client_targeting": null,
        "created_at": banner.created_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, call, contact, fault, world};

    #[test]
    fn a_closed_banner_is_gone_for_its_contact_only() {
        let mut world = world();
        for (id, for_leads) in [(1, false), (2, true)] {
            let banner = Banner {
                id,
                for_leads,
                created_at: NOW,
                ..Banner::default()
            };
            world.settings.banners.insert(id, banner);
        }
        let ana = contact(&world, "Ana").to_string();
        let bo = contact(&world, "Bo").to_string();
        let views = |world: &mut World, who: &str| -> Vec<String> {
            let list = call(world, "list_contact_banners", who, Value::Null).unwrap();
            let rows = list["data"].as_array().unwrap().iter();
            rows.map(|row| row["view_id"].as_str().unwrap().to_owned())
                .collect()
        };
        let (hers, his) = (views(&mut world, &ana), views(&mut world, &bo));
        assert_eq!((hers.len(), his.len()), (2, 1));
        let target = format!("{ana}/{}", hers[1]);
        call(&mut world, "dismiss_contact_banner", &target, Value::Null).unwrap();
        assert_eq!(views(&mut world, &ana), hers[..1]);
        assert_eq!(views(&mut world, &bo), his);
        assert_eq!(
            fault(&mut world, "dismiss_contact_banner", &target, Value::Null),
            (404, "not_found")
        );
    }
}
