//! Operations on Fin, the AI agent, for those who talk with it outside of Intercom.

mod handover;
mod rating;

use crate::{
    call::{Answer, Call, Fault, Handler, Reply, identifier_of},
    search::plain_text,
    world::{
        World,
        automation::{FinMessage, FinSession},
        clock::iso,
    },
};
use catalog::ApiVersion;
use serde_json::{Map, Value, json};

/// Attributes of a user or a conversation that one call may set.
const MOST_ATTRIBUTES: usize = 10;
/// Earlier messages that a conversation may bring along, and files.
const MOST_HISTORY: usize = 10;
const NO_ANSWER: &str = "<p>I could not find anything about that. Shall I call a person?</p>";

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "start_fin_conversation" => start,
        "reply_to_fin" => reply,
        "ask_fin" => ask,
        "submit_fin_csat" => rating::submit,
        "list_fin_capabilities" => handover::capabilities,
        "run_fin_procedure" => handover::run_procedure,
        "submit_procedure_input" => handover::collect_input,
        "escalate_from_fin" => handover::escalate,
        _ => return None,
    })
}

/// Who speaks with Fin, and in which conversation, checked.
struct Turn {
    conversation: String,
    user_id: String,
    message: Option<FinMessage>,
    /// Attributes that the workspace does not know, which are told and otherwise ignored.
    unknown: Value,
}

impl Turn {
    fn read(world: &World, call: &Call) -> Result<Self, Fault> {
        let required = |name: &'static str| Fault::invalid(format!("{name} is required")).of(name);
        let conversation = call
            .identifier("conversation_id")
            .ok_or_else(|| required("conversation_id"))?;
        let user = call.object_field("user").ok_or_else(|| required("user"))?;
        let user_id = user.get("id").and_then(identifier_of);
        let user_id = user_id.ok_or_else(|| required("user.id"))?;
        if call
            .list("attachments")
            .is_some_and(|files| files.len() > MOST_HISTORY)
        {
            return Err(Fault::invalid("No more than 10 attachments can be sent").of("attachments"));
        }
        let about = call.object_field("conversation_metadata");
        let history = about.and_then(|about| about.get("history")?.as_array());
        if history.is_some_and(|history| history.len() > MOST_HISTORY) {
            let message = "Conversation history cannot contain more than 10 items";
            return Err(Fault::invalid(message).of("conversation_metadata"));
        }
        let unknown = unknown_attributes(world, user, about)?;
        let message = call.object_field("message").map(spoken).transpose()?;
        Ok(Self {
            conversation,
            user_id,
            message,
            unknown,
        })
    }

    /// What the customer says, which most operations need.
    fn message(&self) -> Result<FinMessage, Fault> {
        let missing = || Fault::invalid("message is required").of("message");
        self.message.clone().ok_or_else(missing)
    }

    /// The answer that all of Fin's operations begin with; what Fin says comes by webhook.
    fn told(&self, world: &World) -> Value {
        let mut body = json!({
            "conversation_id": self.conversation,
            "user_id": self.user_id,
            "status": "thinking",
            "created_at_ms": iso(world.now()),
        });
        if !self.unknown.is_null() {
            body["errors"] = self.unknown.clone();
        }
        body
    }
}

fn spoken(message: &Map<String, Value>) -> Result<FinMessage, Fault> {
    let text = |name: &str| message.get(name).and_then(Value::as_str);
    let author = text("author").filter(|word| ["user", "agent", "fin"].contains(word));
    let author = author
        .ok_or_else(|| Fault::invalid("message.author must be user, agent or fin").of("message"))?;
    let body = text("body").filter(|body| !body.trim().is_empty());
    let body = body.ok_or_else(|| Fault::invalid("message.body is required").of("message"))?;
    let timestamp = text("timestamp_ms").or_else(|| text("timestamp"));
    Ok(FinMessage {
        author: author.to_owned(),
        body: body.to_owned(),
        timestamp: timestamp.unwrap_or_default().to_owned(),
    })
}

/// The attributes that the workspace has no definition of; null when it has all.
fn unknown_attributes(
    world: &World,
    user: &Map<String, Value>,
    conversation: Option<&Map<String, Value>>,
) -> Result<Value, Fault> {
    let mut errors = json!({});
    for (place, model, holder) in [
        ("user", "contact", Some(user)),
        ("conversation", "conversation", conversation),
    ] {
        let given = holder.and_then(|holder| holder.get("attributes")?.as_object());
        let Some(given) = given else { continue };
        if given.len() > MOST_ATTRIBUTES {
            let message = "Cannot update more than 10 attributes at once.";
            return Err(Fault::invalid(message));
        }
        let known = |name: &str| {
            let mut all = world.data_attributes.values();
            all.any(|one| one.model == model && !one.archived && one.name == name)
        };
        for name in given.keys().filter(|name| !known(name)) {
            errors[place]["attributes"][name] = json!("Attribute does not exist");
        }
    }
    let none = errors.as_object().is_some_and(Map::is_empty);
    Ok(if none { Value::Null } else { errors })
}

fn start(world: &mut World, call: &Call) -> Reply {
    let turn = Turn::read(world, call)?;
    let message = turn.message()?;
    let session = FinSession {
        user_id: turn.user_id.clone(),
        ..FinSession::default()
    };
    let known = world.automation.fin.entry(turn.conversation.clone());
    known.or_insert(session);
    converse(world, &turn, message, "awaiting_user_reply");
    Answer::ok(turn.told(world))
}

fn reply(world: &mut World, call: &Call) -> Reply {
    let turn = Turn::read(world, call)?;
    let message = turn.message()?;
    let session = world.automation.fin.get(&turn.conversation);
    let session =
        session.ok_or_else(|| Fault::invalid("Conversation not found").of("conversation_id"))?;
    if session.status == "escalated" {
        let message = "Fin has handed this conversation over and no longer answers in it";
        return Err(Fault::invalid(message).of("conversation_id"));
    }
    converse(world, &turn, message, "awaiting_user_reply");
    Answer::ok(turn.told(world))
}

/// One question, one answer, and that is all.
fn ask(world: &mut World, call: &Call) -> Reply {
    let named = |name: &str, message: &str| match call.field(name) {
        Some(_) => Ok(()),
        None => Err(Fault::invalid(message)),
    };
    named("conversation_id", "External Conversation ID is required")?;
    named("user", "User ID is required")?;
    let turn = Turn::read(world, call)?;
    let message = turn.message()?;
    let session = FinSession {
        user_id: turn.user_id.clone(),
        ..FinSession::default()
    };
    world
        .automation
        .fin
        .insert(turn.conversation.clone(), session);
    converse(world, &turn, message, "complete");
    Answer::ok(turn.told(world))
}

/// Fin hears a message and answers it from the help center. One with a known time was heard before.
fn converse(world: &mut World, turn: &Turn, message: FinMessage, after: &'static str) {
    let answer = answer_to(world, &message.body);
    let (id, timestamp) = (world.ids.message(), iso(world.now()));
    let Some(session) = world.automation.fin.get_mut(&turn.conversation) else {
        return;
    };
    let heard = !message.timestamp.is_empty() && session.messages.contains(&message);
    session.status = after;
    if heard {
        return;
    }
    session.messages.push(message);
    session.messages.push(FinMessage {
        author: "fin".into(),
        body: answer.clone(),
        timestamp: timestamp.clone(),
    });
    let (conversation, user) = (&turn.conversation, &turn.user_id);
    world.emit("fin_replied", |_| {
        json!({"event_name": "fin_replied", "conversation_id": conversation, "user_id": user, "status": "replying", "created_at_ms": timestamp,
            "message": {"id": id.to_string(), "author": "fin", "body": answer, "timestamp_ms": timestamp}})
    });
    tell_status(world, &turn.conversation);
}

/// Tells where a conversation stands now.
fn tell_status(world: &mut World, conversation: &str) {
    world.emit("fin_status_updated", |world| {
        let session = world.automation.fin.get(conversation);
        json!({"event_name": "fin_status_updated", "conversation_id": conversation, "created_at_ms": iso(world.now()),
            "user_id": session.map(|session| &session.user_id), "status": session.map(|session| session.status)})
    });
}

/// The beginning of the article that shares most words with a question.
fn answer_to(world: &World, question: &str) -> String {
    let question = plain_text(question).to_lowercase();
    let words: Vec<&str> = question
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| word.len() > 3)
        .collect();
    let shared = |title: &str| {
        let title = title.to_lowercase();
        words.iter().filter(|word| title.contains(**word)).count()
    };
    let best = world
        .articles
        .values()
        .map(|article| (shared(&article.text.title), article))
        .filter(|(count, _)| *count > 0)
        .max_by_key(|(count, article)| (*count, std::cmp::Reverse(article.id)));
    best.map_or_else(
        || NO_ANSWER.to_owned(),
        |(_, article)| format!("<p>Our article “{}” tells how.</p>", article.text.title),
    )
}

/// The version of the list of what Fin can do.
fn version_word(version: ApiVersion) -> String {
    version.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, fault, world};

    pub(super) fn turn(conversation: &str, body: &str, timestamp: &str) -> Value {
        json!({"conversation_id": conversation, "user": {"id": "u-77"},
            "message": {"author": "user", "body": body, "timestamp": timestamp}})
    }

    #[test]
    fn fin_answers_every_message_once() {
        let mut world = world();
        let first = turn("ext-1", "Where is my bike?", "2026-09-21T10:00:00Z");
        let told = call(&mut world, "start_fin_conversation", "", first.clone()).unwrap();
        assert_eq!(
            (&told["status"], told.get("errors")),
            (&json!("thinking"), None)
        );
        call(&mut world, "start_fin_conversation", "", first).unwrap();
        let next = turn("ext-1", "And my bell?", "2026-09-21T10:01:00Z");
        call(&mut world, "reply_to_fin", "", next.clone()).unwrap();
        call(&mut world, "reply_to_fin", "", next).unwrap();
        let authors: Vec<&str> = world.automation.fin["ext-1"]
            .messages
            .iter()
            .map(|message| message.author.as_str())
            .collect();
        assert_eq!(authors, ["user", "fin", "user", "fin"]);
    }

    #[test]
    fn unknown_attributes_are_told_and_too_many_refused() {
        let mut world = world();
        let mut body = turn("ext-1", "Hi there", "");
        body["user"]["attributes"] = json!({"shoe_size": 43});
        let told = call(&mut world, "ask_fin", "", body.clone()).unwrap();
        assert!(told["errors"]["user"]["attributes"]["shoe_size"].is_string());
        assert_eq!(world.automation.fin["ext-1"].status, "complete");
        let many: Map<String, Value> = (0..11).map(|n| (format!("a{n}"), json!(n))).collect();
        body["user"]["attributes"] = json!(many);
        assert_eq!(
            fault(&mut world, "ask_fin", "", body),
            (400, "parameter_invalid")
        );
    }

    #[test]
    fn half_a_turn_is_refused() {
        let mut world = world();
        for body in [
            json!({"user": {"id": "1"}, "message": {"author": "user", "body": "x"}}),
            json!({"conversation_id": "e", "message": {"author": "user", "body": "x"}}),
            json!({"conversation_id": "e", "user": {"id": "1"}}),
            json!({"conversation_id": "e", "user": {"id": "1"}, "message": {"author": "dog", "body": "x"}}),
        ] {
            let told = fault(&mut world, "start_fin_conversation", "", body);
            assert_eq!(told, (400, "parameter_invalid"));
        }
        assert_eq!(
            fault(&mut world, "reply_to_fin", "", turn("nowhere", "x", "")),
            (400, "parameter_invalid")
        );
    }
}
