//! Operations on telephone calls, and the redirect of a caller to the messenger.

use crate::{
    call::{Answer, Call, Content, Fault, Handler, Reply, identifier_of},
    paging::PageNumber,
    world::{
        World,
        voice::{PhoneCall, Utterance},
    },
};
use catalog::ApiVersion;
use serde_json::{Value, json};

/// Calls on a page, also at most.
const PAGE: usize = 25;
/// Conversations that one search may name.
const MOST_SEARCHED: usize = 20;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_calls" => list,
        "get_call" => get,
        "get_call_recording" => recording,
        "get_call_transcript" => transcript,
        "search_calls" => search,
        "create_phone_call_redirect" => redirect,
        _ => return None,
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, PAGE, PAGE)?;
    let all: Vec<&PhoneCall> = world.voice.calls.values().rev().collect();
    let data: Vec<Value> = page
        .slice(&all)
        .iter()
        .map(|one| render(world, one, call.version))
        .collect();
    let total = page.total_pages(all.len());
    let mut pages = json!({"type": "pages", "page": page.page, "per_page": page.per_page, "total_pages": total});
    if page.page < total {
        pages["next"] = json!({"page": page.page + 1, "per_page": page.per_page});
    }
    Answer::ok(json!({"type": "list", "data": data, "total_count": all.len(), "pages": pages}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    let one = find(world, call, "Not Found")?;
    Answer::ok(render(world, one, call.version))
}

/// Sends the caller to where the recording lies, as a signed address would.
fn recording(world: &mut World, call: &Call) -> Reply {
    let missing = "Recording Not Found";
    let id = find(world, call, missing)?;
    if id.transcript.is_empty() {
        return Err(Fault::missing("not_found", missing));
    }
    let id = id.id;
    let signature = world.ids.word(32);
    Ok(Answer {
        status: 302,
        content: Content::Elsewhere(format!(
            "https://recordings.example/{}/{id}.mp3?signature={signature}",
            world.workspace.id_code
        )),
    })
}

fn transcript(world: &mut World, call: &Call) -> Reply {
    let one = find(world, call, "Not Found")?;
    if one.transcript.is_empty() {
        return Err(Fault::missing("not_found", "Not Found"));
    }
    let line =
        |said: &Utterance| format!("[{}] {}: \"{}\"", clock(said.at), said.speaker, said.text);
    let lines: Vec<String> = one.transcript.iter().map(line).collect();
    let name = format!("transcript-{}.txt", one.id);
    Answer::file("text/plain", name, lines.join("\n").into_bytes())
}

fn search(world: &mut World, call: &Call) -> Reply {
    let ids = call
        .list("conversation_ids")
        .map(Vec::as_slice)
        .unwrap_or_default();
    if ids.is_empty() || ids.len() > MOST_SEARCHED {
        let message = "A list of up to 20 conversation IDs is required";
        return Err(Fault::new(400, "conversation_id_limit_exceeded", message));
    }
    let wanted: Vec<u64> = ids
        .iter()
        .filter_map(|id| identifier_of(id)?.parse().ok())
        .collect();
    let data: Vec<Value> = world
        .voice
        .calls
        .values()
        .filter(|one| one.conversation.is_some_and(|id| wanted.contains(&id)))
        .map(|one| {
            let mut body = render(world, one, call.version);
            body["transcript"] = one.transcript.iter().map(utterance).collect();
            let recorded = !one.transcript.is_empty();
            body["transcript_status"] = json!(recorded.then_some("completed"));
            body
        })
        .collect();
    Answer::ok(json!({"type": "list", "data": data}))
}

fn find<'w>(world: &'w World, call: &Call, message: &str) -> Result<&'w PhoneCall, Fault> {
    let one = call.number(0).and_then(|id| world.voice.calls.get(&id));
    one.ok_or_else(|| Fault::missing("not_found", message))
}

/// What somebody said, with the time since the call was taken.
pub(super) fn utterance(said: &Utterance) -> Value {
    json!({"timestamp": clock(said.at), "speaker": said.speaker, "text": said.text})
}

fn clock(seconds: i64) -> String {
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn render(world: &World, one: &PhoneCall, version: ApiVersion) -> Value {
    let base = &world.workspace.base_url;
    let recorded = !one.transcript.is_empty();
    let file = |name: &str| recorded.then(|| format!("{base}/calls/{}/{name}", one.id));
    let mut body = json!({
        "type": "call",
        "id": one.id.to_string(),
        "conversation_id": one.conversation.map(|id| id.to_string()),
        "admin_id": one.admin.map(|id| id.to_string()),
        "contact_id": one.contact.map(|id| id.to_string()),
        "state": "completed",
        "initiated_at": one.initiated_at,
        "ended_at": one.ended_at,
        "created_at": one.initiated_at,
        "updated_at": one.ended_at,
        "recording_url": file("recording"),
        "transcription_url": file("transcript"),
        "call_type": "phone",
        "direction": one.direction,
        "ended_reason": if one.answered_at.is_some() { "answered" } else { "no_answer" },
        "phone": one.phone,
        "fin_recording_url": null,
        "fin_transcription_url": null,
    });
    if let Some(at) = one.answered_at {
        body["answered_at"] = json!(at);
    }
    if version == ApiVersion::Preview {
        let talked = one.answered_at.map(|at| one.ended_at - at - one.hold);
        let waited = one.answered_at.unwrap_or(one.ended_at) - one.initiated_at;
        body["duration"] = json!(one.ended_at - one.initiated_at);
        body["talk_time"] = json!(talked);
        body["queue_time"] = json!((one.direction == "inbound").then_some(waited));
        body["hold_time"] = json!(one.hold);
    }
    body
}

/// Sends a caller an SMS with the way to the messenger. Its errors have a shape of their own.
fn redirect(_: &mut World, call: &Call) -> Reply {
    let phone = call.identifier("phone").unwrap_or_default();
    let digits = phone.strip_prefix('+').unwrap_or_default();
    let good = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if good {
        Answer::ok(json!({"type": "phone_call_redirect", "phone": phone}))
    } else {
        let body = json!({"error_key": "invalid_phone_number", "message": "Invalid phone number"});
        Answer::with(400, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, call, fault, world};

    fn with_calls() -> World {
        let mut world = world();
        for id in [1, 2] {
            let said = Utterance {
                at: 3725,
                speaker: "Rui".into(),
                text: "Hello".into(),
            };
            let one = PhoneCall {
                id,
                conversation: Some(50 + id),
                admin: None,
                contact: None,
                direction: "inbound",
                phone: "+351210000001".into(),
                initiated_at: NOW - 100,
                answered_at: (id == 1).then_some(NOW - 90),
                ended_at: NOW,
                hold: 20,
                transcript: (id == 1).then_some(said).into_iter().collect(),
            };
            world.voice.calls.insert(id, one);
        }
        world
    }

    #[test]
    fn calls_are_listed_newest_first_and_found_by_conversation() {
        let mut world = with_calls();
        let list = call(&mut world, "list_calls", "?per_page=1", Value::Null).unwrap();
        assert_eq!(
            (&list["data"][0]["id"], &list["pages"]["next"]["page"]),
            (&json!("2"), &json!(2))
        );
        let body = json!({"conversation_ids": ["51", "9"]});
        let found = call(&mut world, "search_calls", "", body).unwrap();
        assert_eq!(
            found["data"][0]["transcript"][0],
            json!({"timestamp": "01:02:05", "speaker": "Rui", "text": "Hello"})
        );
        let many: Vec<u32> = (0..21).collect();
        assert_eq!(
            fault(
                &mut world,
                "search_calls",
                "",
                json!({"conversation_ids": many})
            ),
            (400, "conversation_id_limit_exceeded")
        );
    }

    #[test]
    fn only_recorded_calls_have_a_recording_and_a_transcript() {
        let mut world = with_calls();
        let text = call(&mut world, "get_call_transcript", "1", Value::Null).unwrap();
        assert_eq!(text, "[01:02:05] Rui: \"Hello\"");
        let place = call(&mut world, "get_call_recording", "1", Value::Null).unwrap();
        assert!(
            place
                .as_str()
                .unwrap()
                .starts_with("https://recordings.example/")
        );
        for operation in ["get_call_transcript", "get_call_recording"] {
            assert_eq!(
                fault(&mut world, operation, "2", Value::Null),
                (404, "not_found")
            );
        }
    }

    #[test]
    fn preview_also_tells_how_long_it_took() {
        let world = with_calls();
        let one = render(&world, &world.voice.calls[&1], ApiVersion::Preview);
        assert_eq!(
            [
                &one["duration"],
                &one["talk_time"],
                &one["queue_time"],
                &one["hold_time"]
            ],
            [100, 70, 10, 20]
        );
        let older = render(&world, &world.voice.calls[&1], ApiVersion::V2_16);
        assert!(older.get("duration").is_none());
    }

    #[test]
    fn a_redirect_needs_a_telephone_number() {
        let mut world = world();
        for (phone, key) in [("+351910000000", "phone"), ("nobody", "error_key")] {
            let body = json!({"phone": phone});
            let told = call(&mut world, "create_phone_call_redirect", "", body).unwrap();
            assert!(told.get(key).is_some(), "{told}");
        }
    }
}
