//! What Fin can do beyond answering: procedures, and calling a person.

use super::{Turn, tell_status, version_word};
use crate::{
    call::{Answer, Call, Fault, Reply, identifier_of},
    resources::{self, conversations},
    world::{
        World,
        automation::{FinSession, Step},
        clock::iso,
        inbox::Author,
    },
};
use serde_json::{Value, json};

pub(super) fn capabilities(world: &mut World, call: &Call) -> Reply {
    let user = call.object_field("user");
    if user
        .and_then(|user| identifier_of(user.get("id")?))
        .is_none()
    {
        return Err(Fault::invalid("user.id is required").of("user"));
    }
    let runnable = world.automation.procedures.values();
    let mut all: Vec<Value> = runnable
        .filter(|one| one.live && one.by_api)
        .map(|one| {
            json!({"type": "procedure", "id": one.id.to_string(), "name": one.name, "description": one.description,
                "endpoint": format!("/fin/procedures/{}/run", one.id), "method": "POST"})
        })
        .collect();
    all.push(json!({"type": "reply", "description": "Goes on with a conversation that Fin is in.", "endpoint": "/fin/reply", "method": "POST"}));
    all.push(json!({"type": "ask", "description": "Answers one question.", "endpoint": "/fin/ask", "method": "POST"}));
    Answer::ok(json!({"version": version_word(call.version), "capabilities": all}))
}

pub(super) fn run_procedure(world: &mut World, call: &Call) -> Reply {
    let known = call
        .number(0)
        .and_then(|id| world.automation.procedures.get(&id));
    let procedure = known
        .ok_or_else(|| Fault::invalid("Procedure not found"))?
        .clone();
    if !procedure.live {
        return Err(Fault::invalid("Procedure is not live"));
    }
    if !procedure.by_api {
        return Err(Fault::invalid("Procedure does not have an API trigger"));
    }
    let turn = Turn::read(world, call)?;
    if world.automation.fin.contains_key(&turn.conversation) {
        let message = "Fin session already exists for this conversation. Please use /reply to continue the conversation.";
        return Err(Fault::invalid(message));
    }
    let step = procedure.asks.map(|(id, wanted)| Step {
        id,
        wanted,
        given: None,
    });
    let session = FinSession {
        user_id: turn.user_id.clone(),
        status: if step.is_some() {
            "thinking"
        } else {
            "complete"
        },
        messages: turn.message.clone().into_iter().collect(),
        step: step.clone(),
        ..FinSession::default()
    };
    world
        .automation
        .fin
        .insert(turn.conversation.clone(), session);
    if let Some(step) = step {
        let base = world.workspace.base_url.clone();
        world.emit("procedure.hitl_notification.created", |_| {
            json!({"conversation_id": turn.conversation, "step_id": step.id, "attributes_to_collect": step.wanted,
                "callback_url": format!("{base}/procedures/{}/collect_agent_input", turn.conversation)})
        });
    }
    tell_status(world, &turn.conversation);
    let mut body = turn.told(world);
    body["procedure_id"] = json!(procedure.id.to_string());
    Answer::ok(body)
}

/// A person fills in what a procedure waits for.
pub(super) fn collect_input(world: &mut World, call: &Call) -> Reply {
    let missing = || Fault::missing("not_found", "Resource Not Found");
    let id = call.id(0).to_owned();
    let session = world.automation.fin.get_mut(&id).ok_or_else(missing)?;
    let wanted = call
        .identifier("step_id")
        .ok_or_else(|| Fault::absent("step_id").of("step_id"))?;
    let step = session.step.as_mut().filter(|step| step.id == wanted);
    let step = step.ok_or_else(missing)?;
    if step.given.is_some() {
        let message = "This HITL request has already been fulfilled";
        return Err(Fault::new(409, "conflict", message));
    }
    let values = call.list("attribute_values");
    let values = values.ok_or_else(|| Fault::absent("attribute_values").of("attribute_values"))?;
    let given: Vec<(String, Value)> = values
        .iter()
        .filter_map(|one| {
            Some((
                identifier_of(one.get("identifier")?)?,
                one.get("value")?.clone(),
            ))
        })
        .collect();
    for name in &step.wanted {
        if !given.iter().any(|(known, _)| known == name) {
            return Err(Fault::absent(name).of("attribute_values"));
        }
    }
    step.given = Some(given);
    session.status = "complete";
    tell_status(world, &id);
    Answer::ok(json!({}))
}

/// Calls a person: opens a conversation in the inbox with what is known.
pub(super) fn escalate(world: &mut World, call: &Call) -> Reply {
    let (external, user, asked) = who_asks(world, call)?;
    let words = call.text("message").map(str::to_owned).or(asked);
    let words = words.unwrap_or_else(|| "A person was asked for.".into());
    let talk = open(world, call, &user, &words)?;
    if let Some(context) = call.text("context") {
        let note = conversations::Entry {
            body: Some(format!("<p>{context}</p>")),
            ..conversations::Entry::silent(
                "note",
                Author::Bot(false),
                world.now(),
                conversations::Moment::Note,
            )
        };
        conversations::append(world, talk, note);
    }
    let session = world.automation.fin.entry(external.clone()).or_default();
    session.user_id = user;
    session.status = "escalated";
    session.conversation = Some(talk);
    tell_status(world, &external);
    Answer::ok(json!({
        "conversation_id": external,
        "intercom_conversation_id": talk.to_string(),
        "status": "escalated",
        "created_at_ms": iso(world.now()),
    }))
}

/// The caller's conversation, its customer, and what the customer asked first.
fn who_asks(world: &mut World, call: &Call) -> Result<(String, String, Option<String>), Fault> {
    if let Some(id) = call.identifier("conversation_id") {
        let session = world.automation.fin.get(&id);
        let session = session.ok_or_else(|| Fault::invalid("Conversation not found"))?;
        let asked = session.messages.iter().find(|said| said.author == "user");
        let asked = asked.map(|said| said.body.clone());
        return Ok((id, session.user_id.clone(), asked));
    }
    let user = call.object_field("user");
    let user = user.and_then(|user| identifier_of(user.get("id")?));
    let message = "Either conversation_id or user must be provided";
    let user = user.ok_or_else(|| Fault::invalid(message))?;
    Ok((world.ids.uuid(), user, None))
}

/// A conversation in the inbox from a customer, who is made a contact where needed.
fn open(world: &mut World, call: &Call, user: &str, words: &str) -> Result<u64, Fault> {
    let known = world
        .contacts
        .values()
        .find(|contact| contact.external_id.as_deref() == Some(user))
        .map(|contact| json!(contact.id.to_string()));
    let contact = if let Some(id) = known {
        id
    } else {
        let fields = call.object_field("user");
        let of = |name: &str| fields.and_then(|fields| fields.get(name)).cloned();
        let body =
            json!({"role": "user", "external_id": user, "name": of("name"), "email": of("email")});
        carry_out(world, call, "create_contact", body)?["id"].clone()
    };
    let body = json!({"from": {"type": "user", "id": contact}, "body": words});
    let made = carry_out(world, call, "create_conversation", body)?;
    let id = made["conversation_id"]
        .as_str()
        .and_then(|id| id.parse().ok());
    id.ok_or_else(|| Fault::new(500, "server_error", "The conversation could not be opened"))
}

fn carry_out(world: &mut World, call: &Call, operation: &str, body: Value) -> Result<Value, Fault> {
    let call = Call {
        body,
        version: call.version,
        caller: call.caller,
        ..Call::default()
    };
    resources::carry_out(world, operation, &call)
}

#[cfg(test)]
mod tests {
    use super::super::tests::turn;
    use super::*;
    use crate::{
        testing::{call, fault, world},
        world::automation::Procedure,
    };

    fn with_procedures() -> World {
        let mut world = world();
        for (id, live, by_api) in [(1, true, true), (2, false, true), (3, true, false)] {
            let procedure = Procedure {
                id,
                name: format!("Procedure {id}"),
                live,
                by_api,
                asks: Some(("approve".into(), vec!["amount".into()])),
                ..Procedure::default()
            };
            world.automation.procedures.insert(id, procedure);
        }
        world
    }

    #[test]
    fn a_procedure_runs_once_and_waits_for_a_person() {
        let mut world = with_procedures();
        let list = call(
            &mut world,
            "list_fin_capabilities",
            "",
            json!({"user": {"id": "u-77"}}),
        )
        .unwrap();
        let kinds: Vec<&Value> = list["capabilities"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["type"])
            .collect();
        assert_eq!(kinds, ["procedure", "reply", "ask"]);
        let body = turn("ext-1", "Refund me", "");
        call(&mut world, "run_fin_procedure", "1", body.clone()).unwrap();
        for (id, message) in [
            ("1", "session"),
            ("2", "live"),
            ("3", "trigger"),
            ("9", "found"),
        ] {
            let told = call(&mut world, "run_fin_procedure", id, body.clone()).unwrap_err();
            assert!(told.message.contains(message), "{told:?}");
        }
        let half = json!({"step_id": "approve", "attribute_values": []});
        assert_eq!(
            fault(&mut world, "submit_procedure_input", "ext-1", half).0,
            400
        );
        let whole = json!({"step_id": "approve", "attribute_values": [{"identifier": "amount", "value": 12}]});
        assert_eq!(
            call(&mut world, "submit_procedure_input", "ext-1", whole.clone()),
            Ok(json!({}))
        );
        assert_eq!(
            fault(&mut world, "submit_procedure_input", "ext-1", whole),
            (409, "conflict")
        );
    }

    #[test]
    fn an_escalation_opens_a_conversation_in_the_inbox() {
        let mut world = world();
        call(
            &mut world,
            "start_fin_conversation",
            "",
            turn("ext-1", "My frame broke", ""),
        )
        .unwrap();
        let body = json!({"conversation_id": "ext-1", "context": "Angry"});
        let told = call(&mut world, "escalate_from_fin", "", body).unwrap();
        let id: u64 = told["intercom_conversation_id"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let talk = &world.conversations[&id];
        assert!(talk.source.body.contains("My frame broke"));
        assert_eq!(talk.parts.last().unwrap().kind, "note");
        assert_eq!(
            fault(&mut world, "reply_to_fin", "", turn("ext-1", "Hm", "")),
            (400, "parameter_invalid")
        );
        let stranger =
            json!({"user": {"id": "new-1", "email": "new@example.com"}, "message": "Help"});
        call(&mut world, "escalate_from_fin", "", stranger).unwrap();
        assert!(
            world
                .contacts
                .values()
                .any(|one| one.external_id.as_deref() == Some("new-1"))
        );
        assert_eq!(
            fault(&mut world, "escalate_from_fin", "", json!({})),
            (400, "parameter_invalid")
        );
    }
}
