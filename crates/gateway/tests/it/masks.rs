//! Answers on an endpoint that masks: nothing personal of the seed is in any of them, whichever tool read it.

use crate::smoke::table::{Desk, Table};
use crate::world::{World, object};
use catalog::{Catalog, Risk};
use gateway::{
    Confirmation, Controls, Endpoint, EndpointId, MaskRules, Principal, ToolRequest, ToolResult,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

const CARD: &str = "4111 1111 1111 1111";
const PHONE: &str = "+44 20 7946 0958";
const MAIL: &str = "planted.person@mail.example";
const VAT: &str = "NL0099-MASKED-77";

fn rules() -> MaskRules {
    MaskRules {
        email: true,
        phone: true,
        card: true,
        fields: vec!["vat number".into()],
    }
}

/// The principal of a second endpoint, which masks.
fn masking(world: &World, change: impl FnOnce(&mut Endpoint)) -> Principal {
    let who = Principal {
        endpoint: EndpointId::new("masked"),
        ..world.who.clone()
    };
    let open = world.gateway.endpoint(&world.who).unwrap();
    let mut endpoint = Endpoint {
        id: who.endpoint.clone(),
        controls: Arc::new(Controls {
            mask: rules(),
            ..Controls::default()
        }),
        ..(*open).clone()
    };
    change(&mut endpoint);
    world.gateway.directory().put_endpoint(endpoint);
    who
}

async fn call(world: &World, who: &Principal, tool: &str, arguments: Value, raw: bool) -> String {
    let request = ToolRequest {
        raw,
        confirmation: Confirmation::Given,
        ..ToolRequest::new(tool, object(arguments))
    };
    match world.gateway.call(who, request).await {
        Ok(answer) => all(&answer),
        Err(error) => error.to_string(),
    }
}

fn all(answer: &ToolResult) -> String {
    let structured = answer.structured.as_ref().map(Value::to_string);
    format!("{}\n{}", answer.text, structured.unwrap_or_default())
}

/// Addresses as a reader finds them: something, an at sign, and a domain with a dot.
fn addresses(text: &str) -> Vec<&str> {
    let inside = |c: char| c.is_alphanumeric() || "@._%+-*".contains(c);
    text.split(|c| !inside(c))
        .filter(|word| {
            word.split_once('@').is_some_and(|(local, domain)| {
                let domain = domain.trim_end_matches(['.', '-']);
                local.chars().any(char::is_alphanumeric)
                    && domain.rsplit_once('.').is_some_and(|(_, top)| {
                        top.len() > 1 && top.bytes().all(|byte| byte.is_ascii_alphabetic())
                    })
            })
        })
        .collect()
}

/// What stands in fields that are named for telephones.
fn phones(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key.contains("phone") && text.len() > 7 => {
                        let number = text.bytes().filter(u8::is_ascii_digit).count() > 6;
                        if number && !text.contains("://") {
                            found.insert(text.clone());
                        }
                    }
                    value => phones(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| phones(item, found)),
        _ => {}
    }
}

/// Plants what the seed lacks; answers the contact and the conversation.
async fn plant(world: &World) -> (String, String) {
    world
        .raw(
            "POST",
            "/data_attributes",
            &json!({"name": "vat_number", "model": "contact", "data_type": "string"}).to_string(),
        )
        .await;
    let contact = json!({"role": "user", "email": MAIL, "phone": PHONE, "name": "Planted Person",
        "custom_attributes": {"vat_number": VAT}});
    let contact = world.raw("POST", "/contacts", &contact.to_string()).await;
    let contact = contact["id"].as_str().unwrap().to_owned();
    let body = format!("Charge {CARD} and call {PHONE} or write to {MAIL}.");
    let talk = json!({"from": {"type": "user", "id": contact}, "body": body});
    let talk = world.raw("POST", "/conversations", &talk.to_string()).await;
    let talk = talk["conversation_id"].as_str().unwrap().to_owned();
    let note =
        json!({"conversation_id": talk, "body": format!("Phone: {PHONE}, card {CARD}, {MAIL}")});
    world.call("add_internal_note", note).await;
    (contact, talk)
}

/// Reads with our own tools, beside which the operations are all tried.
fn readings(contact: &str, talk: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("get_contact", json!({"id": contact})),
        ("get_contact_360", json!({"contact_id": contact})),
        ("get_contact_history", json!({"contact_id": contact})),
        ("get_conversation", json!({"id": talk})),
        ("get_conversation", json!({"id": talk, "detail": "full"})),
        ("fetch", json!({"id": format!("conversation_{talk}")})),
        ("fetch", json!({"id": format!("contact_{contact}")})),
        ("search_contacts", json!({"email": MAIL})),
        ("search_contacts", json!({"phone": PHONE})),
        ("search_contacts", json!({"per_page": 150})),
        ("search_conversations", json!({"source_author_email": MAIL})),
        ("search_conversations", json!({"per_page": 150})),
        (
            "search",
            json!({"query": format!("object_type:contacts email:\"{MAIL}\"")}),
        ),
        (
            "search",
            json!({"query": "object_type:conversations limit:50"}),
        ),
        ("find_unassigned_conversations", json!({"limit": 150})),
        ("list_low_rated_conversations", json!({})),
        ("search_tickets", json!({"limit": 50})),
        ("count_conversations", json!({"group_by": "admin"})),
        ("list_companies", json!({"per_page": 60})),
        ("list_articles", json!({"per_page": 150, "detail": "full"})),
        ("search_articles", json!({"phrase": "repair"})),
        ("list_admins", json!({})),
        (
            "assign_conversation",
            json!({"conversation_id": talk, "admin": "nobody.such@mail.example"}),
        ),
        ("get_contact", json!({"id": "nobody@mail.example"})),
    ]
}

#[tokio::test]
async fn nothing_personal_of_the_seed_is_in_any_answer() {
    let catalog = Catalog::builtin().unwrap();
    let names = catalog.toolsets().iter().flat_map(catalog::Toolset::names);
    let names: Vec<String> = names.map(str::to_owned).collect();
    let world = World::sandbox()
        .await
        .with(|endpoint| endpoint.allow.clone_from(&names));
    let who = masking(&world, |_| ());
    let (contact, talk) = plant(&world).await;
    let mut answers: Vec<(String, String)> = Vec::new();
    let (mut personal, mut numbers) = (0, BTreeSet::from([PHONE.to_owned()]));
    for (tool, arguments) in readings(&contact, &talk) {
        let open = call(&world, &world.who, tool, arguments.clone(), false).await;
        personal += addresses(&open).len();
        let masked = call(&world, &who, tool, arguments.clone(), false).await;
        answers.push((format!("{tool} {arguments}"), masked));
    }
    let table = Table::load();
    let reading = catalog
        .operations()
        .filter(|(_, own)| own.risk == Risk::Read);
    for (number, (_, operation)) in reading.enumerate() {
        let case = &table.calls[&operation.name];
        let mut desk = Desk::new(&world, &table, number);
        let Ok(arguments) = desk.arguments(case, &case.with).await else {
            continue;
        };
        for raw in [false, true] {
            let given = Value::Object(arguments.clone());
            if raw {
                let open = call(&world, &world.who, &operation.name, given.clone(), true).await;
                personal += addresses(&open).len();
                if let Some((_, json)) = open.split_once('\n')
                    && let Ok(value) = serde_json::from_str(json)
                {
                    phones(&value, &mut numbers);
                }
            }
            let masked = call(&world, &who, &operation.name, given, raw).await;
            answers.push((format!("{} raw: {raw}", operation.name), masked));
        }
    }
    assert!(answers.len() > 150, "{}", answers.len());
    assert!(
        personal > 500 && numbers.len() > 20,
        "{personal}, {}",
        numbers.len()
    );
    let mut leaks = Vec::new();
    for (place, answer) in &answers {
        let told = addresses(answer);
        leaks.extend(
            told.iter()
                .filter(|address| !address.contains("***@"))
                .map(|address| format!("{place}: {address}")),
        );
        let numbers = numbers.iter().map(String::as_str).chain([CARD, VAT]);
        leaks.extend(
            numbers
                .filter(|number| answer.contains(*number))
                .map(|number| format!("{place}: {number}")),
        );
    }
    assert!(
        leaks.is_empty(),
        "{} leaks:\n{}",
        leaks.len(),
        leaks.join("\n")
    );
}

#[tokio::test]
async fn an_address_still_finds_a_person_and_a_masked_one_is_refused() {
    let world = World::sandbox().await;
    let who = masking(&world, |endpoint| endpoint.dialect = Some("gantz".into()));
    let (contact, talk) = plant(&world).await;
    let found = call(
        &world,
        &who,
        "search_contacts",
        json!({"email": MAIL}),
        false,
    )
    .await;
    assert!(
        found.contains(&contact) && found.contains("p***@mail.example"),
        "{found}"
    );
    for (tool, arguments, place) in [
        (
            "search_contacts",
            json!({"email": "p***@mail.example"}),
            "`email`",
        ),
        (
            "reply_to_conversation",
            json!({"conversation_id": talk, "body": "to p***@mail.example"}),
            "`body`",
        ),
        (
            "update_contact",
            json!({"contact_id": contact, "phone": "+** ** **** **58"}),
            "`phone`",
        ),
        (
            "update_contact",
            json!({"contact_id": contact, "custom_attributes": {"vat_number": "[masked]"}}),
            "`custom_attributes.vat_number`",
        ),
        (
            "call_tool",
            json!({"name": "update_contact",
            "arguments": {"contact_id": contact, "email": "p***@mail.example"}}),
            "`email`",
        ),
        (
            "update_article",
            json!({"id": "1", "body": "<p>p***@mail.example</p>"}),
            "`body`",
        ),
    ] {
        world.forget().await;
        let said = call(&world, &who, tool, arguments, false).await;
        assert!(
            said.contains(place) && said.contains("masked in an answer"),
            "{tool}: {said}"
        );
        assert!(world.asked().await.is_empty(), "{tool} asked Intercom");
    }
    // Elsewhere the same text is a text like any other.
    let said = call(
        &world,
        &world.who,
        "search_contacts",
        json!({"email": "p***@mail.example"}),
        false,
    )
    .await;
    assert!(!said.contains("masked"), "{said}");
}

#[tokio::test]
async fn errors_that_quote_are_masked_and_keep_their_kind() {
    let world = World::sandbox().await;
    let who = masking(&world, |_| ());
    plant(&world).await;
    let twice = json!({"role": "user", "email": MAIL});
    let request = ToolRequest::new("create_contact", object(twice.clone()));
    let open = world.gateway.call(&world.who, request).await.unwrap_err();
    let request = ToolRequest::new("create_contact", object(twice));
    let masked = world.gateway.call(&who, request).await.unwrap_err();
    assert_eq!(open.kind(), masked.kind());
    assert!(!masked.to_string().contains(MAIL), "{masked}");
    let request = ToolRequest::new(
        "assign_conversation",
        object(json!({"conversation_id": "1", "admin": MAIL})),
    );
    let quoting = world.gateway.call(&who, request).await.unwrap_err();
    assert_eq!(quoting.kind(), gateway::ErrorKind::BadArguments);
    assert!(
        quoting.to_string().contains("***@mail.example"),
        "{quoting}"
    );
}
