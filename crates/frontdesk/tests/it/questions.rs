//! The questions that other Intercom servers advertise, asked of our own tools over MCP and checked in the sandbox.

use crate::world::World;
use reqwest::Method;
use serde_json::{Value, json};
use std::fmt::Write;

const HOUR: i64 = 3_600;

impl World {
    /// Calls a tool that must succeed; answers what a program would read.
    async fn told(&self, tool: &str, arguments: Value) -> Value {
        let shown = arguments.to_string();
        let answered = self.call(tool, arguments).await;
        assert_eq!(
            answered["result"]["isError"],
            json!(false),
            "{tool} {shown}: {answered}"
        );
        let structured = &answered["result"]["structuredContent"];
        if structured.is_object() {
            return structured.clone();
        }
        let text = answered["result"]["content"][0]["text"].as_str().unwrap();
        serde_json::from_str(text).unwrap()
    }

    /// An object as the sandbox holds it.
    async fn held(&self, collection: &str, id: &str) -> Value {
        let place = format!("state/{collection}/{id}");
        self.control(Method::GET, &place, json!({})).await
    }

    /// Every conversation that the sandbox holds.
    async fn all(&self) -> Vec<Value> {
        let listed = self
            .control(Method::GET, "state/conversations", json!({}))
            .await;
        let ids = ids(listed
            .as_array()
            .or_else(|| listed["ids"].as_array())
            .unwrap());
        let mut all = Vec::new();
        for id in ids {
            all.push(self.held("conversations", &id).await);
        }
        all
    }

    async fn now(&self) -> i64 {
        let clock = self.control(Method::GET, "clock", json!({})).await;
        clock["now"].as_i64().unwrap_or_else(|| panic!("{clock}"))
    }
}

/// The ids of rows, or rows that are ids.
fn ids(rows: &[Value]) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    rows.iter()
        .map(|row| row.get("id").map_or_else(|| text(row), text))
        .collect()
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

/// The ids of the conversations that fit.
fn fitting(all: &[Value], fits: impl Fn(&Value) -> bool) -> Vec<String> {
    let rows: Vec<Value> = all.iter().filter(|one| fits(one)).cloned().collect();
    assert!(!rows.is_empty(), "the sandbox has none to be found");
    sorted(ids(&rows))
}

fn list<'a>(answer: &'a Value, key: &str) -> &'a [Value] {
    answer[key].as_array().unwrap_or_else(|| panic!("{answer}"))
}

/// Kind and body of every part.
fn parts(held: &Value) -> Vec<(String, String)> {
    let parts = held["conversation_parts"]["conversation_parts"]
        .as_array()
        .unwrap();
    parts
        .iter()
        .map(|part| {
            let body = part["body"].as_str().unwrap_or_default().to_owned();
            (part["part_type"].as_str().unwrap().to_owned(), body)
        })
        .collect()
}

fn nobodys(one: &Value) -> bool {
    let none = |key: &str| one[key].is_null() || one[key] == 0 || one[key] == "0";
    none("admin_assignee_id") && none("team_assignee_id")
}

#[tokio::test]
async fn conversations_are_found_by_priority_account_and_tag() {
    let world = World::new().await;
    let (all, now) = (world.all().await, world.now().await);

    // Open, of high priority, with nobody for more than four hours.
    let found = world
        .told(
            "find_unassigned_conversations",
            json!({"older_than_hours": 4, "priority": "high", "limit": 150}),
        )
        .await;
    let expected = fitting(&all, |one| {
        one["state"] == "open"
            && one["priority"] == "high"
            && nobodys(one)
            && one["created_at"].as_i64().unwrap() < now - 4 * HOUR
    });
    assert_eq!(sorted(ids(list(&found, "items"))), expected);

    // Of an account, by its name.
    let (company, people) = account(&world, &all).await;
    let found = world
        .told(
            "search_conversations",
            json!({"company": company, "per_page": 150}),
        )
        .await;
    let expected = fitting(&all, |one| {
        let contacts = one["contacts"]["contacts"].as_array().unwrap();
        ids(contacts).iter().any(|id| people.contains(id))
    });
    assert_eq!(sorted(ids(list(&found, "conversations"))), expected);

    // With a tag, by its name.
    let tagged = |one: &Value, name: &str| {
        let tags = one["tags"]["tags"].as_array().unwrap();
        tags.iter().any(|tag| tag["name"] == name)
    };
    let tag = all
        .iter()
        .find_map(|one| one["tags"]["tags"][0]["name"].as_str())
        .unwrap();
    let found = world
        .told("search_conversations", json!({"tag": tag, "per_page": 150}))
        .await;
    assert_eq!(
        sorted(ids(list(&found, "conversations"))),
        fitting(&all, |one| tagged(one, tag))
    );
}

#[tokio::test]
async fn open_ones_are_counted_by_team_and_bad_ratings_found() {
    let world = World::new().await;
    let all = world.all().await;
    let counted = world
        .told(
            "count_conversations",
            json!({"group_by": "team", "state": "open"}),
        )
        .await;
    let mut checked = 0;
    for item in list(&counted, "items") {
        let Some(team) = item["id"].as_str() else {
            continue;
        };
        let expected = all
            .iter()
            .filter(|one| {
                one["state"] == "open" && ids(&[one["team_assignee_id"].clone()]) == [team]
            })
            .count();
        assert_eq!(item["count"], json!(expected), "{item}");
        checked += expected;
    }
    assert!(checked > 0, "{counted}");

    let found = world
        .told(
            "list_low_rated_conversations",
            json!({"max_rating": 2, "limit": 150}),
        )
        .await;
    let expected = fitting(&all, |one| {
        one["conversation_rating"]["rating"]
            .as_i64()
            .is_some_and(|rating| rating < 3)
    });
    assert_eq!(sorted(ids(list(&found, "items"))), expected);
}

/// A company with conversations, and its people.
async fn account(world: &World, all: &[Value]) -> (String, Vec<String>) {
    let companies = world.told("list_companies", json!({"per_page": 60})).await;
    for company in list(&companies, "data") {
        let asked = json!({"company_id": company["id"], "limit": 150});
        let people = world.told("list_company_contacts", asked).await;
        let people = ids(list(&people, "items"));
        let wrote = all.iter().any(|one| {
            let contacts = one["contacts"]["contacts"].as_array().unwrap();
            ids(contacts).iter().any(|id| people.contains(id))
        });
        if wrote {
            return (company["name"].as_str().unwrap().to_owned(), people);
        }
    }
    panic!("no company has a conversation");
}

#[tokio::test]
async fn snoozed_until_today_is_found() {
    let world = World::new().await;
    let now = world.now().await;
    let waiting = world
        .told("find_unassigned_conversations", json!({"limit": 2}))
        .await;
    let rows = ids(list(&waiting, "items"));
    let midnight = (now / 86_400 + 1) * 86_400;
    for (id, until) in [(&rows[0], midnight - 1), (&rows[1], midnight + 3 * 86_400)] {
        let asked = json!({"conversation_id": id, "until": until});
        world.told("snooze_conversation", asked).await;
        let held = world.held("conversations", id).await;
        assert_eq!(
            (&held["state"], &held["snoozed_until"]),
            (&json!("snoozed"), &json!(until))
        );
    }
    let found = world
        .told(
            "search_conversations",
            json!({"state": "snoozed", "per_page": 150,
                "query": {"field": "snoozed_until", "operator": "<", "value": midnight}}),
        )
        .await;
    let found = ids(list(&found, "conversations"));
    assert!(
        found.contains(&rows[0]) && !found.contains(&rows[1]),
        "{found:?}"
    );
}

#[tokio::test]
async fn conversations_are_answered_assigned_noted_and_closed() {
    let world = World::new().await;
    let waiting = world
        .told("find_unassigned_conversations", json!({"limit": 1}))
        .await;
    let id = ids(list(&waiting, "items")).remove(0);
    let said = |held: &Value, kind: &str, words: &str| {
        let parts = parts(held);
        let fits = |(own, body): &&(String, String)| own == kind && body.contains(words);
        assert_eq!(
            parts.iter().filter(fits).count(),
            1,
            "{kind} {words}: {parts:?}"
        );
    };

    world
        .told(
            "reply_to_conversation",
            json!({"conversation_id": id, "body": "We look into it."}),
        )
        .await;
    world
        .told(
            "add_internal_note",
            json!({"conversation_id": id, "body": "Third time this week."}),
        )
        .await;
    let teams = world.told("list_teams", json!({})).await;
    let team = &list(&teams, "items")[0];
    world
        .told(
            "assign_conversation",
            json!({"conversation_id": id, "team": team["name"]}),
        )
        .await;
    let held = world.held("conversations", &id).await;
    said(&held, "comment", "We look into it.");
    said(&held, "note", "Third time this week.");
    assert_eq!(
        ids(&[held["team_assignee_id"].clone()]),
        ids(std::slice::from_ref(team))
    );

    world
        .told(
            "close_conversation",
            json!({"conversation_id": id, "reason": "Duplicate of an older one."}),
        )
        .await;
    let held = world.held("conversations", &id).await;
    assert_eq!(held["state"], "closed");
    said(&held, "note", "Duplicate of an older one.");
}

#[tokio::test]
async fn people_are_found_read_and_made() {
    let world = World::new().await;
    let ten = world.told("search_contacts", json!({"per_page": 10})).await;
    let rows = list(&ten, "data");
    assert_eq!(rows.len(), 10);
    let person = rows.iter().find(|row| row["email"].is_string()).unwrap();
    let found = world
        .told("search_contacts", json!({"email": person["email"]}))
        .await;
    assert!(ids(list(&found, "data")).contains(&ids(std::slice::from_ref(person))[0]));

    let all = world.all().await;
    let contact = all[0]["contacts"]["contacts"][0]["id"].as_str().unwrap();
    let history = world
        .told(
            "get_contact_history",
            json!({"contact_id": contact, "limit": 100}),
        )
        .await;
    let expected = fitting(&all, |one| {
        ids(one["contacts"]["contacts"].as_array().unwrap()).contains(&contact.to_owned())
    });
    let told = ids(list(&history, "items"));
    assert!(
        expected.iter().all(|id| told.contains(id)),
        "{expected:?}, not {told:?}"
    );

    let made = world
        .told(
            "create_contact",
            json!({"role": "lead", "email": "new@lead.example", "name": "New Lead"}),
        )
        .await;
    let held = world.held("contacts", made["id"].as_str().unwrap()).await;
    assert_eq!(
        (&held["role"], &held["email"]),
        (&json!("lead"), &json!("new@lead.example"))
    );
}

#[tokio::test]
async fn who_forgot_a_password_is_answered_from_the_help_center() {
    let world = World::new().await;
    let all = world.all().await;
    let person = all[0]["contacts"]["contacts"][0]["id"].clone();
    let made = world
        .told(
            "create_conversation",
            json!({"from": {"type": "contact", "id": person}, "body": "The password reset mail never comes."}),
        )
        .await;
    let id = made["conversation_id"]
        .as_str()
        .unwrap_or_else(|| panic!("{made}"));
    let found = world
        .told(
            "find_unassigned_conversations",
            json!({"text": "password reset", "limit": 150}),
        )
        .await;
    assert!(
        ids(list(&found, "items")).contains(&id.to_owned()),
        "{found}"
    );

    let articles = world
        .told(
            "search_articles",
            json!({"phrase": "password", "state": "published"}),
        )
        .await;
    let first = &list(&articles["data"], "articles")[0]["id"];
    let article = world.told("get_article", json!({"id": first})).await;
    let body = format!(
        "{} {}",
        article["title"].as_str().unwrap(),
        article["url"].as_str().unwrap_or_default()
    );
    world
        .told(
            "reply_to_conversation",
            json!({"conversation_id": id, "body": body}),
        )
        .await;
    let held = world.held("conversations", id).await;
    let parts = held["conversation_parts"]["conversation_parts"]
        .as_array()
        .unwrap();
    let last = parts
        .iter()
        .rfind(|part| part["part_type"] == "comment")
        .unwrap();
    assert!(
        last["body"]
            .as_str()
            .unwrap()
            .contains(article["title"].as_str().unwrap()),
        "{last}"
    );
    assert_eq!(last["author"]["type"], "admin");
}

#[tokio::test]
async fn an_open_ticket_gets_a_summary_and_is_escalated() {
    let world = World::new().await;
    let (contact, talks) = troubled(&world).await;
    // From the person, as the question goes.
    let email = world.held("contacts", &contact).await["email"].clone();
    let person = world.told("search_contacts", json!({"email": email})).await;
    let person = ids(list(&person, "data")).remove(0);
    let tickets = world
        .told(
            "search_tickets",
            json!({"contact_id": person, "open": true}),
        )
        .await;
    let ticket = ids(list(&tickets, "items")).remove(0);

    let mut summary = String::from("Last three conversations:");
    for id in &talks {
        let talk = world.told("get_conversation", json!({"id": id})).await;
        assert!(talk["transcript"].is_string(), "{talk}");
        let state = talk["state"].as_str().unwrap();
        write!(summary, " {id} {state};").unwrap();
    }
    world
        .told(
            "add_internal_note",
            json!({"conversation_id": format!("ticket_{ticket}"), "body": summary}),
        )
        .await;
    let states = world.told("list_ticket_states", json!({})).await;
    let escalated = list(&states, "items")
        .iter()
        .find(|state| state["internal_label"] == "Escalated")
        .unwrap_or_else(|| panic!("{states}"));
    let state = ids(std::slice::from_ref(escalated)).remove(0);
    world
        .told(
            "update_ticket",
            json!({"ticket_id": ticket, "ticket_state_id": state}),
        )
        .await;

    let held = world.held("tickets", &ticket).await;
    assert_eq!(held["ticket_state"]["internal_label"], "Escalated");
    let parts = held["ticket_parts"]["ticket_parts"].as_array().unwrap();
    let noted = parts.iter().filter(|part| {
        part["part_type"] == "note"
            && part["body"]
                .as_str()
                .unwrap_or_default()
                .contains(&talks[2])
    });
    assert_eq!(noted.count(), 1, "{held}");
}

/// Somebody with an open ticket, and their last three conversations.
async fn troubled(world: &World) -> (String, Vec<String>) {
    let open = world
        .told("search_tickets", json!({"open": true, "limit": 100}))
        .await;
    for ticket in ids(list(&open, "items")) {
        let held = world.held("tickets", &ticket).await;
        let Some(contact) = held["contacts"]["contacts"][0]["id"].as_str() else {
            continue;
        };
        let history = world
            .told(
                "get_contact_history",
                json!({"contact_id": contact, "limit": 20}),
            )
            .await;
        let rows = list(&history, "items").iter();
        let talks: Vec<Value> = rows
            .filter(|row| row["kind"] == "conversation")
            .take(3)
            .cloned()
            .collect();
        if talks.len() == 3 {
            return (contact.to_owned(), ids(&talks));
        }
    }
    panic!("nobody has an open ticket and three conversations");
}
