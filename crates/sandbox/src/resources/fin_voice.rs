//! Operations on calls of other providers that Fin answers.

use super::calls::utterance;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{
        World,
        voice::{FinCall, Utterance},
    },
};
use serde_json::{Value, json};

/// Seconds after the registration at which Fin takes the call, and at which it is over.
const TAKEN_AFTER: i64 = 2;
const OVER_AFTER: i64 = 30;
/// The longest summary.
const SUMMARY: usize = 256;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "register_fin_voice_call" => register,
        "get_fin_voice_call" => get,
        "get_fin_voice_call_by_external_id" => by_external_id,
        "get_fin_voice_call_by_phone_number" => by_phone,
        "list_fin_voice_calls_for_conversation" => of_conversation,
        _ => return None,
    })
}

fn register(world: &mut World, call: &Call) -> Reply {
    let required = |name: &str| {
        call.identifier(name)
            .ok_or_else(|| Fault::absent(name).of(name))
    };
    let (phone, external_id) = (required("phone_number")?, required("call_id")?);
    if !phone.starts_with('+') {
        return Err(Fault::invalid("phone_number must be in E.164 format").of("phone_number"));
    }
    if let Some(source) = call.text("source")
        && !["five9", "zoom_phone", "aws_connect"].contains(&source)
    {
        return Err(Fault::invalid("source must be five9, zoom_phone or aws_connect").of("source"));
    }
    let data = call.object_field("data");
    let topic = data.and_then(|data| data.get("topic")?.as_str());
    let id = world.ids.small();
    let one = FinCall {
        id,
        external_id,
        registered_at: world.now(),
        conversation: open_conversation(world, &phone),
        topic: topic.unwrap_or("an order").to_owned(),
        phone,
    };
    let body = render(world, &one);
    world.voice.fin_calls.insert(id, one);
    Answer::ok(body)
}

/// The newest conversation of the person with that number.
fn open_conversation(world: &World, phone: &str) -> Option<u64> {
    let caller = world
        .contacts
        .values()
        .find(|contact| contact.phone.as_deref() == Some(phone))?;
    let mut newest = world.conversations.values().rev();
    newest
        .find(|talk| talk.contacts.contains(&caller.id))
        .map(|talk| talk.id)
}

fn get(world: &mut World, call: &Call) -> Reply {
    let one = call.number(0).and_then(|id| world.voice.fin_calls.get(&id));
    told(world, one)
}

fn by_external_id(world: &mut World, call: &Call) -> Reply {
    let mut newest = world.voice.fin_calls.values().rev();
    told(world, newest.find(|one| one.external_id == call.id(0)))
}

fn by_phone(world: &mut World, call: &Call) -> Reply {
    let mut newest = world.voice.fin_calls.values().rev();
    told(world, newest.find(|one| one.phone == call.id(0)))
}

fn of_conversation(world: &mut World, call: &Call) -> Reply {
    let id = call
        .number(0)
        .filter(|id| world.conversations.contains_key(id));
    let id = id.ok_or_else(missing)?;
    let calls: Vec<Value> = world
        .voice
        .fin_calls
        .values()
        .filter(|one| one.conversation == Some(id))
        .map(|one| render(world, one))
        .collect();
    Answer::ok(json!(calls))
}

fn told(world: &World, one: Option<&FinCall>) -> Reply {
    Answer::ok(render(world, one.ok_or_else(missing)?))
}

fn missing() -> Fault {
    Fault::missing("not_found", "Not Found")
}

/// A call as it stands by now: Fin takes it soon after it was registered, and ends it.
fn render(world: &World, one: &FinCall) -> Value {
    let age = world.now() - one.registered_at;
    let status = match age {
        age if age < TAKEN_AFTER => "registered",
        age if age < OVER_AFTER => "in-progress",
        _ => "resolved",
    };
    let over = age >= OVER_AFTER;
    let said: Vec<Value> = match status {
        "registered" => Vec::new(),
        _ => script(&one.topic, over).iter().map(utterance).collect(),
    };
    let summary = format!(
        "The caller asked about {}. Fin answered, and nothing is left to do.",
        one.topic
    );
    let summary: String = summary.chars().take(SUMMARY).collect();
    let intent = json!([{"name": one.topic, "confidence": 0.92}]);
    json!({
        "id": one.id,
        "app_id": 4417,
        "user_phone_number": one.phone,
        "status": status,
        "intercom_call_id": null,
        "external_call_id": one.external_id,
        "intercom_conversation_id": one.conversation.map(|id| id.to_string()),
        "call_transcript": said,
        "call_summary": if over { summary } else { String::new() },
        "intent": if over { intent } else { json!([]) },
    })
}

fn script(topic: &str, whole: bool) -> Vec<Utterance> {
    let lines = [
        (1, "Fin", "Hello, this is Fin. How can I help?".to_owned()),
        (5, "User", format!("I have a question about {topic}.")),
        (
            12,
            "Fin",
            format!("Let me look up {topic} for you. Everything is in order."),
        ),
        (24, "User", "Great, that is all.".to_owned()),
    ];
    let shown = if whole { lines.len() } else { 2 };
    lines
        .into_iter()
        .take(shown)
        .map(|(at, speaker, text)| Utterance {
            at,
            speaker: speaker.into(),
            text,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, contact, conversation, fault, world};

    #[test]
    fn a_registered_call_goes_on_with_the_clock_and_is_found_in_four_ways() {
        let mut world = world();
        let talk = conversation(&mut world, "Hello");
        let ana = contact(&world, "Ana");
        world.contacts.get_mut(&ana).unwrap().phone = Some("+351910000001".into());
        let body = json!({"phone_number": "+351910000001", "call_id": "x-1", "data": {"topic": "a refund"}});
        let made = call(&mut world, "register_fin_voice_call", "", body).unwrap();
        assert_eq!(
            (&made["status"], &made["intercom_conversation_id"]),
            (&json!("registered"), &json!(talk))
        );
        world.clock.advance(OVER_AFTER);
        let id = made["id"].to_string();
        let one = call(&mut world, "get_fin_voice_call", &id, Value::Null).unwrap();
        assert_eq!(one["status"], "resolved");
        assert!(one["call_summary"].as_str().unwrap().contains("a refund"));
        for (operation, target) in [
            ("get_fin_voice_call_by_external_id", "x-1"),
            ("get_fin_voice_call_by_phone_number", "+351910000001"),
        ] {
            assert_eq!(
                call(&mut world, operation, target, Value::Null).unwrap(),
                one
            );
        }
        let list = call(
            &mut world,
            "list_fin_voice_calls_for_conversation",
            &talk,
            Value::Null,
        );
        assert_eq!(list.unwrap(), json!([one]));
    }

    #[test]
    fn wrong_calls_are_refused() {
        let mut world = world();
        for (body, code) in [
            (json!({"call_id": "x"}), "parameter_not_found"),
            (
                json!({"call_id": "x", "phone_number": "12"}),
                "parameter_invalid",
            ),
            (
                json!({"call_id": "x", "phone_number": "+12", "source": "fax"}),
                "parameter_invalid",
            ),
        ] {
            assert_eq!(
                fault(&mut world, "register_fin_voice_call", "", body),
                (400, code)
            );
        }
        assert_eq!(
            fault(&mut world, "get_fin_voice_call", "1", Value::Null),
            (404, "not_found")
        );
    }
}
