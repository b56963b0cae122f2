//! Operations on what became of messages that were sent out.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::{Cursor, per_page},
    world::{Time, World, data::Message, records::Receipt},
};
use serde_json::{Value, json};

/// Entries on a page unless asked otherwise, and at most.
const PAGE: (usize, usize) = (50, 100);
/// Seconds until a message arrives, and until it is read.
const ARRIVES_AFTER: Time = 2;
const READ_AFTER: Time = 60;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "get_whatsapp_message_status" => get,
        "list_outbound_message_statuses" => list,
        _ => return None,
    })
}

fn get(world: &mut World, call: &Call) -> Reply {
    let Some(id) = call.query("message_id").filter(|id| !id.is_empty()) else {
        return missing_parameter(world, "message_id");
    };
    let receipt = world.records.receipts.iter().find(|one| one.message == id);
    if let Some(receipt) = receipt {
        return Answer::ok(single(receipt));
    }
    let sent = id.parse().ok().and_then(|id| world.messages.get(&id));
    let sent = sent.filter(|message| message.kind == "whatsapp");
    let missing = || Fault::missing("whatsapp_message_not_found", "Whatsapp message not found");
    Answer::ok(of_message(world, sent.ok_or_else(missing)?))
}

/// The error that these two operations give, which is in no envelope.
fn missing_parameter(world: &mut World, name: &str) -> Reply {
    let request_id = world.ids.uuid();
    let message = format!("{name} is required");
    Answer::with(
        400,
        json!({"type": "error", "request_id": request_id, "message": message}),
    )
}

fn single(receipt: &Receipt) -> Value {
    let mut body = json!({
        "conversation_id": receipt.conversation.to_string(),
        "status": receipt.status,
        "type": "broadcast_outbound",
        "created_at": receipt.created_at,
        "updated_at": receipt.updated_at,
        "template_name": receipt.template,
        "message_id": receipt.message,
    });
    if receipt.status == "failed" {
        body["error"] = json!({"message": "Message undeliverable", "details": "The number has no WhatsApp account."});
    }
    body
}

/// A message that was sent through the API.
fn of_message(world: &World, message: &Message) -> Value {
    let (status, after) = match world.now() - message.created_at {
        age if age < ARRIVES_AFTER => ("sent", 0),
        age if age < READ_AFTER => ("delivered", ARRIVES_AFTER),
        _ => ("read", READ_AFTER),
    };
    let mut body = json!({
        "status": status,
        "type": "broadcast_outbound",
        "created_at": message.created_at,
        "updated_at": message.created_at + after,
        "message_id": message.id.to_string(),
    });
    if let Some(id) = message.conversation {
        body["conversation_id"] = json!(id.to_string());
    }
    body
}

fn list(world: &mut World, call: &Call) -> Reply {
    let Some(id) = call.query("ruleset_id").filter(|id| !id.is_empty()) else {
        return missing_parameter(world, "ruleset_id");
    };
    let size = per_page(
        call.query("per_page").map(Value::from).as_ref(),
        PAGE.0,
        PAGE.1,
    )?;
    let start = match call.query("starting_after").filter(|text| !text.is_empty()) {
        None => 0,
        Some(text) => Cursor::decode(text)?
            .id
            .parse::<usize>()
            .unwrap_or_default(),
    };
    let all: Vec<&Receipt> = world
        .records
        .receipts
        .iter()
        .rev()
        .filter(|one| one.ruleset.to_string() == id)
        .collect();
    let events: Vec<Value> = all
        .iter()
        .skip(start)
        .take(size)
        .map(|one| event(one))
        .collect();
    let end = start + events.len();
    let mut pages =
        json!({"type": "pages", "per_page": size, "total_pages": all.len().div_ceil(size)});
    if end < all.len() {
        let next = Cursor {
            sort: json!(0),
            id: end.to_string(),
            page: 0,
        };
        pages["next"] = json!({"starting_after": next.encode()});
    }
    Answer::ok(
        json!({"type": "list", "ruleset_id": id, "pages": pages, "total_count": all.len(), "events": events}),
    )
}

fn event(receipt: &Receipt) -> Value {
    json!({
        "id": receipt.id,
        "conversation_id": receipt.conversation.to_string(),
        "status": receipt.status,
        "type": "broadcast_outbound",
        "created_at": receipt.created_at,
        "updated_at": receipt.updated_at,
        "whatsapp_message_id": receipt.message,
        "template_name": receipt.template,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, RUI, call, contact, fault, world};

    fn receipt(n: u64, status: &'static str) -> Receipt {
        Receipt {
            id: format!("event-{n}"),
            ruleset: 77,
            conversation: n,
            message: format!("wamid.{n}"),
            template: "pickup".into(),
            status,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    #[test]
    fn a_series_is_paged_newest_first() {
        let mut world = world();
        world.records.receipts = vec![receipt(1, "read"), receipt(2, "sent"), receipt(3, "failed")];
        let first = call(
            &mut world,
            "list_outbound_message_statuses",
            "?ruleset_id=77&per_page=2",
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            (&first["total_count"], &first["events"][0]["id"]),
            (&json!(3), &json!("event-3"))
        );
        let next = first["pages"]["next"]["starting_after"].as_str().unwrap();
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let target = format!("?ruleset_id=77&per_page=2&starting_after={next}");
        let last = call(
            &mut world,
            "list_outbound_message_statuses",
            &target,
            Value::Null,
        )
        .unwrap();
        assert_eq!(last["events"][0]["id"], "event-1");
        assert!(last["pages"].get("next").is_none());
        let failed = call(
            &mut world,
            "get_whatsapp_message_status",
            "?message_id=wamid.3",
            Value::Null,
        );
        assert!(failed.unwrap()["error"]["message"].is_string());
    }

    #[test]
    fn a_message_of_the_api_arrives_and_is_read() {
        let mut world = world();
        let ana = contact(&world, "Ana").to_string();
        let body = json!({"message_type": "whatsapp", "template": "pickup", "components": [], "from": {"type": "admin", "id": RUI}, "to": {"type": "user", "id": ana}});
        let sent = call(&mut world, "create_message", "", body).unwrap();
        let target = format!("?message_id={}", sent["id"].as_str().unwrap());
        for expected in ["sent", "delivered", "read"] {
            let told = call(
                &mut world,
                "get_whatsapp_message_status",
                &target,
                Value::Null,
            )
            .unwrap();
            assert_eq!(told["status"], expected);
            world.clock.advance(READ_AFTER / 2);
        }
        assert_eq!(
            fault(
                &mut world,
                "get_whatsapp_message_status",
                "?message_id=1",
                Value::Null
            ),
            (404, "whatsapp_message_not_found")
        );
        let told = call(&mut world, "get_whatsapp_message_status", "", Value::Null).unwrap();
        assert_eq!(told["message"], "message_id is required");
    }
}
