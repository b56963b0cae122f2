//! What the shop keeps beside its inbox: orders, the log of its admins, receipts, talks with the carrier.

use super::{dice::Dice, people::Person, shop::Shop};
use crate::world::{
    Time, World,
    inbox::{Author, Part, State},
    records::{Activity, Instance, ObjectType, Receipt, SideConversation},
};
use serde_json::{Value, json};

const HOUR: Time = 3600;
const DAY: Time = 24 * HOUR;
/// The series of messages about bikes that can be fetched.
const PICKUP_SERIES: u64 = 31_877;

/// Plants the records.
pub(super) fn plant(world: &mut World, dice: &mut Dice, shop: &Shop, people: &[Person]) {
    orders(world, dice, shop, people);
    activity(world, dice);
    receipts(world, dice);
    side_conversations(world);
}

/// The shop's own kind of object; the customers' attribute `orders` points to them.
fn orders(world: &mut World, dice: &mut Dice, shop: &Shop, people: &[Person]) {
    let now = world.now();
    let mut kind = ObjectType {
        name: "Order".into(),
        ..ObjectType::default()
    };
    for person in people
        .iter()
        .filter(|person| person.plan != "free")
        .take(24)
    {
        let id = world.ids.small();
        let bike = &shop.bikes[person.bike];
        let age = dice.between(DAY, person.age.clamp(2 * DAY, 200 * DAY));
        let state = *dice.pick(&["paid", "packed", "sent", "delivered", "returned"]);
        let external_id = format!("SP{}", dice.between(104_000, 989_999));
        let attributes = json!({
            "order_number": external_id,
            "status": state,
            "total_amount": bike.price,
            "item": bike.name,
            "tracking_url": format!("https://{}/track/{external_id}", shop.domain),
        });
        let order = Instance {
            id,
            external_id: external_id.clone(),
            external_created_at: Some(now - age),
            external_updated_at: Some(now - age / 2),
            created_at: now - age,
            updated_at: now - age / 2,
            attributes: attributes.as_object().cloned().unwrap_or_default(),
        };
        kind.instances.insert(id, order);
        if let Some(contact) = world.contacts.get_mut(&person.id) {
            let orders = json!({"type": "order.list", "instances": [{"id": id.to_string(), "external_id": external_id}]});
            contact.custom_attributes.insert("orders".into(), orders);
        }
    }
    world.records.object_types.insert("order".into(), kind);
}

/// A month of what admins did.
fn activity(world: &mut World, dice: &mut Dice) {
    let now = world.now();
    let names: Vec<(u64, String)> = world
        .admins
        .values()
        .map(|admin| (admin.id, admin.name.clone()))
        .collect();
    let mut entries: Vec<Activity> = Vec::new();
    for day in 0..30 {
        for (admin, name) in &names {
            if !dice.percent(60) {
                continue;
            }
            let (kind, description, metadata) = deed(dice, name);
            entries.push(Activity {
                id: world.ids.uuid(),
                admin: *admin,
                at: now - day * DAY - dice.between(HOUR, 9 * HOUR),
                kind,
                description,
                metadata,
            });
        }
    }
    entries.sort_by_key(|entry| entry.at);
    world.records.activity = entries;
}

fn deed(dice: &mut Dice, name: &str) -> (&'static str, String, Value) {
    match dice.below(10) {
        0..=4 => (
            "admin_login_success",
            format!("{name} signed in."),
            json!({"sign_in_method": "google_sso"}),
        ),
        5 | 6 => (
            "admin_away_mode_change",
            format!("{name} is away now."),
            json!({"away_mode": true, "reassign_conversations": false}),
        ),
        7 => ("admin_logout", format!("{name} signed out."), Value::Null),
        8 => (
            "office_hours_change",
            format!("{name} changed the office hours."),
            Value::Null,
        ),
        _ => (
            "help_center_settings_change",
            format!("{name} changed the help center."),
            json!({"source": "web"}),
        ),
    }
}

/// What became of the messages to those whose bike is ready.
fn receipts(world: &mut World, dice: &mut Dice) {
    let now = world.now();
    let talks: Vec<u64> = world.conversations.keys().rev().copied().take(12).collect();
    for (n, conversation) in talks.into_iter().enumerate() {
        let created_at = now - 3 * DAY + dice.between(0, HOUR);
        let status = match dice.below(10) {
            0 => "failed",
            1 => "sent",
            2..=4 => "delivered",
            _ => "read",
        };
        world.records.receipts.push(Receipt {
            id: format!("event_{}", world.ids.small()),
            ruleset: PICKUP_SERIES,
            conversation,
            message: format!("wamid.HBgM{:06}", 730_114 + n),
            template: "bike_ready_for_pickup".into(),
            status,
            created_at,
            updated_at: created_at + dice.between(2, 2 * HOUR),
        });
    }
}

/// Two talks with the carrier about parcels.
fn side_conversations(world: &mut World) {
    let open: Vec<(u64, Time)> = world
        .conversations
        .values()
        .rev()
        .filter(|talk| talk.state == State::Open)
        .map(|talk| (talk.id, talk.created_at))
        .take(2)
        .collect();
    let lines = [
        "<p>Hello, can you tell where this parcel is? The customer has waited for a week.</p>",
        "<p>It was found at the depot and goes out tomorrow.</p>",
        "<p>Thank you, I tell the customer.</p>",
    ];
    for (conversation, began) in open {
        let id = world.ids.conversation();
        let parts = (1..)
            .zip(lines)
            .map(|(n, line)| part(world.ids.part(), line, began + n * 600));
        let side = SideConversation {
            id,
            parts: parts.collect(),
        };
        world
            .records
            .side_conversations
            .insert(conversation, vec![side]);
    }
}

fn part(id: u64, body: &str, created_at: Time) -> Part {
    Part {
        id,
        kind: "comment",
        body: Some(body.into()),
        created_at,
        author: Author::Admin(7001),
        assigned_to: None,
        attachments: Vec::new(),
        redacted: false,
        state: State::Open,
        tags: Vec::new(),
        by_app: false,
        reply_options: Vec::new(),
        event_details: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        seed::plant,
        testing::call,
        world::{Workspace, World, clock::Clock},
    };
    use jiff::tz::TimeZone;
    use serde_json::json;

    fn seeded() -> World {
        let workspace = Workspace {
            id_code: "w1".into(),
            name: "x".into(),
            region: "US".into(),
            timezone: TimeZone::UTC,
            created_at: 1_790_000_000,
            base_url: "http://127.0.0.1:1".into(),
            bot_id: 7000,
        };
        let mut world = World::empty(workspace, Clock::stopped_at(1_795_200_000), 7);
        plant(&mut world, 7, None);
        world
    }

    #[test]
    fn the_desk_beside_the_inbox_is_filled() {
        let mut world = seeded();
        let (calls, orders) = (&world.voice.calls, &world.records.object_types["order"]);
        assert!(calls.len() >= 6 && orders.instances.len() >= 8);
        assert!(calls.values().any(|call| call.transcript.is_empty()));
        let known = |id: &Option<u64>| id.is_none_or(|id| world.conversations.contains_key(&id));
        assert!(calls.values().all(|call| known(&call.conversation)));
        let connectors = &world.automation.connectors;
        assert!(connectors.len() == 2 && connectors.values().all(|one| one.executions.len() == 14));
        let dated = world.records.activity.iter().map(|entry| entry.at);
        assert!(world.records.activity.len() > 30 && dated.is_sorted());
        assert_eq!(world.settings.visitors.len(), 4);
        let owner = world
            .contacts
            .values()
            .find(|contact| contact.custom_attributes.contains_key("orders"));
        let target = format!("order?references_contact_id={}", owner.unwrap().id);
        let own = call(
            &mut world,
            "list_custom_object_instances",
            &target,
            json!(null),
        )
        .unwrap();
        assert_eq!(own["total_count"], 1);
        let id = *world.records.side_conversations.keys().next().unwrap();
        let sides = call(
            &mut world,
            "list_side_conversations",
            &id.to_string(),
            json!(null),
        )
        .unwrap();
        assert_eq!(sides["side_conversations"][0]["total_count"], 3);
    }
}
