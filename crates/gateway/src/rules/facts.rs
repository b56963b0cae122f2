//! What rules ask of the things that a call is about: read from Intercom right before the decision.
//!
//! Between the reading and the write somebody else may change the thing; nothing in Intercom's API closes that gap.

use super::{Needs, terms};
use crate::context::Context;
use crate::tools::{Arguments, names, tag_conversation};
use crate::{CallError, Tool, shape};
use serde_json::{Map, Value, json};

/// Things that one call may be about where a rule looks at them.
const MOST: usize = 20;

/// What was looked up for a call.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// What does not change from thing to thing.
    common: Map<String, Value>,
    /// One for each thing that the call is about; a rule must hold for every one.
    things: Vec<Map<String, Value>>,
}

impl Facts {
    /// What a rule is judged with, once for each thing.
    pub(super) fn bindings(&self) -> impl Iterator<Item = Map<String, Value>> {
        let things = if self.things.is_empty() {
            vec![Map::new()]
        } else {
            self.things.clone()
        };
        things.into_iter().map(|thing| {
            let mut all = self.common.clone();
            all.extend(thing);
            all
        })
    }
}

/// Looks up what the rules need; what cannot be read fails the call.
pub(crate) async fn gather(
    context: &Context<'_>,
    needs: Needs,
    tool: &Tool,
    arguments: &Arguments,
) -> Result<Facts, CallError> {
    let mut facts = Facts::default();
    if needs.assignee {
        let assignee = assignee(context, tool, arguments).await?;
        facts.common.insert("assignee".into(), assignee.into());
    }
    if needs.tag {
        let tag = tag(context, tool, arguments).await?;
        facts.common.insert("tag".into(), tag.into());
    }
    for (talk, people) in talks(context, needs, tool, arguments).await? {
        let mut thing = Map::new();
        if let Some(talk) = talk {
            thing.insert("conversation".into(), talk.into());
        }
        if !needs.contact || people.is_empty() {
            facts.things.push(thing);
            continue;
        }
        for id in people.iter().take(MOST + 1) {
            let contact = contact(context, needs, id).await?;
            let mut thing = thing.clone();
            thing.insert("contact".into(), contact.into());
            facts.things.push(thing);
        }
    }
    if facts.things.len() > MOST {
        return Err(too_many());
    }
    Ok(facts)
}

/// A conversation, where there is one, and the ids of the people that a call is about with it.
type Talk = (Option<Map<String, Value>>, Vec<String>);

/// The conversations that a call names, with their people, and the people that it names itself.
async fn talks(
    context: &Context<'_>,
    needs: Needs,
    tool: &Tool,
    arguments: &Arguments,
) -> Result<Vec<Talk>, CallError> {
    let conversations = named(tool, "conversation", arguments);
    let people = named(tool, "contact", arguments);
    if conversations.len() + people.len() > MOST {
        return Err(too_many());
    }
    let mut talks: Vec<Talk> = Vec::new();
    if needs.conversation || needs.contact && people.is_empty() {
        for id in &conversations {
            let read = context.operation("get_conversation", given("conversation_id", id));
            let talk = read.await?.body;
            // With people of its own, the call is about those.
            let others = if people.is_empty() {
                people_of(&talk)
            } else {
                Vec::new()
            };
            talks.push((Some(conversation(context, needs, id, &talk).await?), others));
        }
    }
    if needs.contact && !people.is_empty() {
        match talks.as_mut_slice() {
            [] => talks.push((None, people)),
            talks => talks
                .iter_mut()
                .for_each(|(_, others)| others.clone_from(&people)),
        }
    }
    Ok(talks)
}

fn too_many() -> CallError {
    CallError::Refused(format!(
        "A rule of this endpoint looks at each thing and each person that a call is about, and at {MOST} at most: this \
         call is about more."
    ))
}

/// The ids that a call's arguments give for things of a kind.
fn named(tool: &Tool, kind: &str, arguments: &Arguments) -> Vec<String> {
    let mut ids = Vec::new();
    for name in terms::naming(tool, kind) {
        match arguments.get(name) {
            Some(Value::Array(items)) => ids.extend(items.iter().map(shape::scalar)),
            Some(Value::Null) | None => {}
            Some(one) => ids.push(shape::scalar(one)),
        }
    }
    let prefix = format!("{kind}_");
    ids.iter()
        .map(|id| id.strip_prefix(&prefix).unwrap_or(id).to_owned())
        .collect()
}

async fn conversation(
    context: &Context<'_>,
    needs: Needs,
    id: &str,
    talk: &Value,
) -> Result<Map<String, Value>, CallError> {
    let text = |key: &str| match talk.get(key) {
        Some(Value::Null) | None => String::new(),
        Some(value) => shape::scalar(value),
    };
    let tags = talk.pointer("/tags/tags").and_then(Value::as_array);
    let tags: Vec<&Value> = tags
        .into_iter()
        .flatten()
        .filter_map(|tag| tag.get("name"))
        .collect();
    let mut about = object(json!({
        "id": id,
        "state": text("state"),
        "team_id": text("team_assignee_id"),
        "admin_id": text("admin_assignee_id"),
        "tags": tags,
    }));
    if needs.names {
        for (kind, list) in [("team", "list_teams"), ("admin", "list_admins")] {
            let own = about[&format!("{kind}_id")]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let name = if own.is_empty() || own == "0" {
                String::new()
            } else {
                let all = names::all(context, list).await?;
                let found = all.into_iter().find(|one| one.id == own);
                found.map(|one| one.name).unwrap_or_default()
            };
            about.insert(kind.to_owned(), name.into());
        }
    }
    Ok(about)
}

fn people_of(talk: &Value) -> Vec<String> {
    let listed = talk.pointer("/contacts/contacts").and_then(Value::as_array);
    let ids = listed.into_iter().flatten().filter_map(shape::id_of);
    ids.map(std::borrow::Cow::into_owned).collect()
}

async fn contact(
    context: &Context<'_>,
    needs: Needs,
    id: &str,
) -> Result<Map<String, Value>, CallError> {
    let read = context.operation("get_contact", given("contact_id", id));
    let found = read.await?.body;
    let mut about = Map::new();
    for key in ["id", "email", "role", "external_id"] {
        let text = found.get(key).and_then(Value::as_str).unwrap_or_default();
        about.insert(key.to_owned(), text.into());
    }
    if needs.companies {
        let (mut names, mut ids) = (Vec::new(), Vec::new());
        let mut cursor: Option<String> = None;
        loop {
            let list = given("contact_id", id);
            let page = context
                .page("list_contact_companies", list, None, cursor.as_deref())
                .await?;
            for company in &page.items {
                names.push(company.get("name").cloned().unwrap_or_default());
                ids.push(Value::from(shape::id_of(company).unwrap_or_default()));
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        // With several, none of them is theirs alone, and the word is not there: the rule cannot be decided.
        match names.as_slice() {
            [] => drop(about.insert("company".into(), "".into())),
            [one] => drop(about.insert("company".into(), one.clone())),
            _ => {}
        }
        about.insert("companies".into(), names.into());
        about.insert("company_ids".into(), ids.into());
    }
    Ok(about)
}

/// Whom a call assigns to, however it names them.
async fn assignee(
    context: &Context<'_>,
    tool: &Tool,
    arguments: &Arguments,
) -> Result<Map<String, Value>, CallError> {
    let wanted = if tool.name == "manage_conversation" {
        let text = |key| arguments.get(key).map(shape::scalar);
        let assigns = text("message_type").as_deref() == Some("assignment");
        match (text("type"), text("assignee_id")) {
            (Some(kind), Some(id)) if assigns => Map::from_iter([(kind, id.into())]),
            _ => Map::new(),
        }
    } else {
        arguments.clone()
    };
    let mut about = Map::new();
    if let Some(team) = names::assignee(context, "team", &wanted).await? {
        let nobody = team.id == "0";
        about.insert(
            "team".into(),
            if nobody { "" } else { team.name.as_str() }.into(),
        );
        about.insert("team_id".into(), team.id.as_str().into());
    }
    if let Some(admin) = names::assignee(context, "admin", &wanted).await? {
        let nobody = admin.id == "0";
        about.insert(
            "admin".into(),
            if nobody { "" } else { admin.name.as_str() }.into(),
        );
        about.insert("admin_id".into(), admin.id.as_str().into());
        about.insert("email".into(), admin.email().into());
        about.insert("teams".into(), teams_of(context, &admin.id).await?.into());
    }
    Ok(about)
}

/// The names of the teams that an admin is in.
async fn teams_of(context: &Context<'_>, admin: &str) -> Result<Vec<Value>, CallError> {
    let admins = context.page("list_admins", Map::new(), None, None).await?;
    let own = admins
        .items
        .iter()
        .find(|one| shape::id_of(one).as_deref() == Some(admin));
    let ids = own.and_then(|own| own.get("team_ids")?.as_array());
    let ids: Vec<String> = ids.into_iter().flatten().map(shape::scalar).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let teams = names::all(context, "list_teams").await?;
    let own = teams.into_iter().filter(|team| ids.contains(&team.id));
    Ok(own.map(|team| team.name.into()).collect())
}

/// The tag that a call names; one that does not exist yet has no id.
async fn tag(
    context: &Context<'_>,
    tool: &Tool,
    arguments: &Arguments,
) -> Result<Map<String, Value>, CallError> {
    let given = terms::tagging(tool).and_then(|name| arguments.get(name));
    let Some(wanted) = given.map(shape::scalar) else {
        return Ok(Map::new());
    };
    let tags = names::all(context, "list_tags").await?;
    let mut about = Map::new();
    match tag_conversation::exact(wanted.trim(), &tags) {
        Some(tag) => {
            about.insert("id".into(), tag.id.as_str().into());
            about.insert("name".into(), tag.name.as_str().into());
        }
        None => drop(about.insert("name".into(), wanted.trim().into())),
    }
    Ok(about)
}

fn given(name: &str, id: &str) -> Arguments {
    Map::from_iter([(name.to_owned(), Value::from(id))])
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
