//! Conversations as JSON, in the shape of 2.16.

use crate::world::{
    ObjectId, Time, World,
    inbox::{AiAgent, Assignee, Attachment, Author, Conversation, Part, Rating, State, Statistics},
    people::Applied,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The newest parts that are told of a conversation.
const PARTS: usize = 500;

/// A conversation with its parts.
pub(crate) fn whole(world: &World, conversation: &Conversation) -> Value {
    let mut body = render(world, conversation);
    let newest = &conversation.parts[conversation.parts.len().saturating_sub(PARTS)..];
    body["conversation_parts"] = parts_json(world, newest.iter());
    body
}

/// A conversation without its parts, as lists tell it.
pub(crate) fn render(world: &World, c: &Conversation) -> Value {
    let contacts: Vec<Value> = c
        .contacts
        .iter()
        .map(|id| contact_reference(world, *id))
        .collect();
    let teammates: Vec<Value> = c
        .teammates
        .iter()
        .map(|id| json!({"type": "admin", "id": id.to_string()}))
        .collect();
    json!({
        "type": "conversation",
        "id": c.id.to_string(),
        "title": c.title,
        "created_at": c.created_at,
        "updated_at": c.updated_at,
        "waiting_since": c.waiting_since,
        "snoozed_until": c.snoozed_until,
        "open": c.state != State::Closed,
        "state": c.state.word(),
        "read": c.read,
        "priority": c.priority.word(),
        "admin_assignee_id": c.admin_assignee.unwrap_or(0),
        "team_assignee_id": c.team_assignee.unwrap_or(0),
        "company": c.company.and_then(|id| company(world, id)),
        "tags": {"type": "tag.list", "tags": tags(world, &c.tags)},
        "conversation_rating": c.rating.as_deref().map(|rating| rating_json(world, rating)),
        "source": source(world, c),
        "contacts": {"type": "contact.list", "contacts": contacts},
        // The schema says `teammates`, the wire says `admins`: both, so that every client finds them.
        "teammates": {"type": "admin.list", "teammates": teammates, "admins": teammates},
        "custom_attributes": c.custom_attributes,
        "first_contact_reply": first_contact_reply(c),
        "sla_applied": c.sla.as_deref().map(|sla| json!({"type": "conversation_sla_summary", "sla_name": sla.name, "sla_status": sla.status})),
        "statistics": statistics(world, c),
        "linked_objects": linked(world, &c.linked_tickets),
        "ai_agent_participated": c.ai_agent.is_some(),
        "ai_agent": c.ai_agent.as_deref().map(|agent| ai_agent(world, agent)),
        "sales_agent_participated": false,
        "sales_agent": null,
        "channel": {"initial": channel(c.source.kind), "current": channel(c.source.kind)},
        "external_references": [],
        "topics": {"type": "topic.list", "topics": [], "total_count": 0},
        "ticket": c.ticket.map(|id| json!({"type": "ticket", "id": id.to_string()})),
    })
}

/// A conversation as a webhook tells it: only the parts that set it off, times of the statistics as text.
pub(crate) fn notice(world: &World, conversation: &Conversation, parts: &[u64]) -> Value {
    let mut body = render(world, conversation);
    body["conversation_parts"] = parts_json(
        world,
        conversation
            .parts
            .iter()
            .filter(|part| parts.contains(&part.id)),
    );
    body["title"] = json!(conversation.title.as_deref().unwrap_or(""));
    if let Some(statistics) = body["statistics"].as_object_mut() {
        for (_, value) in statistics
            .iter_mut()
            .filter(|(name, _)| name.ends_with("_at"))
        {
            let text = value
                .as_i64()
                .and_then(|at| Timestamp::from_second(at).ok())
                .map(|at| format!("{at:.3}"));
            *value = json!(text);
        }
    }
    body
}

/// Who wrote something, looked up.
pub(crate) struct Person {
    /// `user`, `lead`, `admin` or `bot`.
    pub kind: &'static str,
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
}

/// Looks up who wrote something.
pub(crate) fn author_of(world: &World, author: Author) -> Person {
    match author {
        Author::Contact(id) => {
            let contact = world.contacts.get(&id);
            Person {
                kind: contact.map_or("user", |contact| contact.role.word()),
                id: id.to_string(),
                name: contact.and_then(|contact| contact.name.clone()),
                email: contact.and_then(|contact| contact.email.clone()),
            }
        }
        Author::Admin(id) => {
            let admin = world.admins.get(&id);
            Person {
                kind: "admin",
                id: id.to_string(),
                name: admin.map(|admin| admin.name.clone()),
                email: admin.map(|admin| admin.email.clone()),
            }
        }
        Author::Bot(_) => {
            let workspace = &world.workspace;
            let email = format!("operator+{}@intercom.io", workspace.id_code);
            Person {
                kind: "bot",
                id: workspace.bot_id.to_string(),
                name: Some("Fin".into()),
                email: Some(email),
            }
        }
    }
}

/// The author of a part; leads count as users there.
pub(crate) fn author_json(world: &World, author: Author) -> Value {
    let person = author_of(world, author);
    let kind = if person.kind == "lead" {
        "user"
    } else {
        person.kind
    };
    let answered = author == Author::Bot(true);
    json!({"type": kind, "id": person.id, "name": person.name, "email": person.email, "from_ai_agent": answered, "is_ai_answer": answered})
}

/// The attachments of a message.
pub(crate) fn attachments_json(attachments: &[Attachment]) -> Value {
    attachments
        .iter()
        .map(|one| json!({"type": "upload", "name": one.name, "url": one.url, "content_type": one.content_type, "filesize": one.filesize, "width": null, "height": null}))
        .collect()
}

/// The list of tickets that are linked to something.
pub(crate) fn linked(world: &World, tickets: &[u64]) -> Value {
    let category = |id: &u64| {
        let ticket = world.tickets.get(id)?;
        Some(
            world
                .ticket_types
                .get(&ticket.ticket_type)?
                .category
                .clone(),
        )
    };
    let data: Vec<Value> = tickets
        .iter()
        .map(|id| json!({"type": "ticket", "id": id.to_string(), "category": category(id)}))
        .collect();
    json!({"type": "list", "total_count": data.len(), "has_more": false, "data": data})
}

/// Seconds from the beginning of a conversation to its turns.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Durations {
    pub assignment: Option<i64>,
    pub admin_reply: Option<i64>,
    pub first_close: Option<i64>,
    pub last_close: Option<i64>,
}

/// How long a conversation took.
pub(crate) fn durations(c: &Conversation) -> Durations {
    let since = |moment: Option<Time>| moment.map(|at| at - c.created_at);
    Durations {
        assignment: since(c.statistics.first_assignment_at),
        admin_reply: since(c.statistics.first_admin_reply_at),
        first_close: since(c.statistics.first_close_at),
        last_close: since(c.statistics.last_close_at),
    }
}

fn parts_json<'a>(world: &World, parts: impl Iterator<Item = &'a Part>) -> Value {
    let parts: Vec<Value> = parts.map(|part| part_json(world, part)).collect();
    json!({"type": "conversation_part.list", "total_count": parts.len(), "conversation_parts": parts})
}

/// One part of a conversation.
pub(crate) fn part_json(world: &World, part: &Part) -> Value {
    let assigned_to = part.assigned_to.map(|assignee| match assignee {
        Assignee::Admin(id) => json!({"type": "admin", "id": id.to_string()}),
        Assignee::Team(id) => json!({"type": "team", "id": id.to_string()}),
        Assignee::Nobody => json!({"type": "nobody_admin", "id": null}),
    });
    let options: Vec<Value> = part
        .reply_options
        .iter()
        .map(|(text, uuid)| json!({"text": text, "uuid": uuid}))
        .collect();
    let metadata = if options.is_empty() {
        json!({})
    } else {
        json!({"quick_reply_options": options})
    };
    json!({
        "type": "conversation_part",
        "id": part.id.to_string(),
        "part_type": part.kind,
        "body": part.body,
        "created_at": part.created_at,
        "updated_at": part.created_at,
        "notified_at": part.created_at,
        "assigned_to": assigned_to,
        "author": author_json(world, part.author),
        "attachments": attachments_json(&part.attachments),
        "external_id": null,
        "redacted": part.redacted,
        "metadata": metadata,
        "email_message_metadata": null,
        "state": part.state.word(),
        "tags": tags(world, &part.tags),
        "event_details": part.event_details.as_deref().map_or_else(|| json!({}), |details| json!(details)),
        "app_package_code": part.by_app.then_some("sandbox"),
    })
}

fn contact_reference(world: &World, id: ObjectId) -> Value {
    let external_id = world
        .contacts
        .get(&id)
        .and_then(|contact| contact.external_id.as_deref());
    json!({"type": "contact", "id": id.to_string(), "external_id": external_id})
}

fn company(world: &World, id: ObjectId) -> Option<Value> {
    let company = world.companies.get(&id)?;
    Some(
        json!({"type": "company", "id": id.to_string(), "company_id": company.company_id, "name": company.name}),
    )
}

/// Applied tags as JSON.
pub(super) fn tags(world: &World, applied: &[Applied]) -> Vec<Value> {
    applied
        .iter()
        .filter_map(|one| crate::resources::tags::applied(world, one))
        .collect()
}

fn source(world: &World, c: &Conversation) -> Value {
    let source = &c.source;
    let author = author_of(world, source.author);
    json!({
        "type": source.kind,
        "id": source.id.to_string(),
        "delivered_as": source.delivered_as,
        "subject": source.subject,
        "body": source.body,
        "author": {"type": author.kind, "id": author.id, "name": author.name, "email": author.email},
        "attachments": attachments_json(&source.attachments),
        "url": source.url,
        "redacted": source.redacted,
        "recipients": null,
        "reply_to": null,
    })
}

fn first_contact_reply(c: &Conversation) -> Option<Value> {
    let at = c.statistics.first_contact_reply_at?;
    Some(json!({"created_at": at, "type": c.source.kind, "url": c.source.url}))
}

fn channel(kind: &'static str) -> &'static str {
    if kind == "conversation" {
        "messenger"
    } else {
        kind
    }
}

fn rating_json(world: &World, rating: &Rating) -> Value {
    json!({
        "rating": rating.score,
        "remark": rating.remark,
        "created_at": rating.requested_at,
        "updated_at": rating.replied_at.unwrap_or(rating.requested_at),
        "contact": contact_reference(world, rating.contact),
        "teammate": rating.admin.map(|id| json!({"type": "admin", "id": id.to_string()})),
    })
}

fn ai_agent(world: &World, agent: &AiAgent) -> Value {
    let sources: Vec<Value> = agent
        .articles
        .iter()
        .filter_map(|id| world.articles.get(id))
        .map(|article| {
            let url = format!("{}/en/articles/{}", world.workspace.base_url, article.id);
            json!({"content_type": "article", "url": url, "title": article.text.title, "locale": article.default_locale})
        })
        .collect();
    json!({
        "source_type": "workflow",
        "source_title": agent.source_title,
        "last_answer_type": agent.last_answer_type,
        "resolution_state": agent.resolution_state,
        "rating": agent.rating,
        "rating_remark": agent.rating_remark,
        "created_at": agent.created_at,
        "updated_at": agent.updated_at,
        "content_sources": {"type": "content_source.list", "total_count": sources.len(), "content_sources": sources},
    })
}

fn statistics(world: &World, c: &Conversation) -> Value {
    let s: &Statistics = &c.statistics;
    let durations = durations(c);
    let team = c
        .team_assignee
        .and_then(|id| world.teams.get(&id))
        .zip(durations.admin_reply);
    let response: Vec<Value> =
        team.map(|(team, seconds)| json!({"team_id": team.id, "team_name": team.name, "response_time": seconds})).into_iter().collect();
    json!({
        "type": "conversation_statistics",
        "time_to_assignment": durations.assignment,
        "time_to_admin_reply": durations.admin_reply,
        "time_to_first_close": durations.first_close,
        "time_to_last_close": durations.last_close,
        "median_time_to_reply": s.median_time_to_reply,
        "first_contact_reply_at": s.first_contact_reply_at,
        "first_assignment_at": s.first_assignment_at,
        "first_admin_reply_at": s.first_admin_reply_at,
        "first_close_at": s.first_close_at,
        "last_assignment_at": s.last_assignment_at,
        "last_assignment_admin_reply_at": s.last_assignment_admin_reply_at,
        "last_contact_reply_at": s.last_contact_reply_at,
        "last_admin_reply_at": s.last_admin_reply_at,
        "last_close_at": s.last_close_at,
        "last_closed_by_id": s.last_closed_by.map(|id| id.to_string()),
        "count_reopens": s.count_reopens,
        "count_assignments": s.count_assignments,
        "count_conversation_parts": c.parts.len(),
        "assigned_team_first_response_time": response,
        "assigned_team_first_response_time_in_office_hours": [],
        "handling_time": s.handling_time,
        "adjusted_handling_time": null,
    })
}
