//! Bulk actions: accepted at once, carried out a moment later.

use super::{content_of, wrong};
use crate::{
    call::{Answer, Call, Fault, Reply, integer_of},
    resources::{articles, tags},
    world::{
        Time, World,
        content::{BulkAction, BulkChange, Uses},
        people::Applied,
    },
};
use serde_json::{Value, json};

/// How long the background work takes, in seconds.
const DELAY: Time = 1;
const MOST_ITEMS: usize = 1000;
const MOST_TAGS: usize = 100;
const TYPES: [&str; 6] = [
    "article",
    "article_content",
    "content_snippet",
    "external_content",
    "file_source_content",
    "internal_article",
];

pub(super) fn accept(world: &mut World, call: &Call) -> Reply {
    let change = change(world, call)?;
    let mut items = items(call)?;
    items.retain(|(kind, _)| fits(&change, kind));
    world.content.queue.push(BulkAction {
        due: world.clock.now() + DELAY,
        by: call.caller,
        change,
        items,
    });
    Answer::with(
        202,
        json!({"type": "content_bulk_action", "status": "queued"}),
    )
}

/// Carries out the bulk actions whose time has come.
pub(crate) fn settle(world: &mut World) {
    let now = world.now();
    let (due, later) = std::mem::take(&mut world.content.queue)
        .into_iter()
        .partition(|action| action.due <= now);
    world.content.queue = later;
    let due: Vec<BulkAction> = due;
    for action in due {
        for (kind, id) in &action.items {
            carry_out(world, &action, kind, *id);
        }
    }
}

/// Whether an action is for content of a type; what it is not for is passed over.
fn fits(change: &BulkChange, kind: &str) -> bool {
    match change {
        BulkChange::Publish | BulkChange::Unpublish => kind == "article_content",
        BulkChange::Delete => !matches!(kind, "article" | "external_content"),
        BulkChange::Availability(_) | BulkChange::Audience { .. } => kind != "article",
        BulkChange::Tags { .. } => kind != "article_content",
    }
}

fn change(world: &World, call: &Call) -> Result<BulkChange, Fault> {
    let object = |name: &str| {
        call.object_field(name).ok_or_else(|| {
            wrong(format!("{name} is required for this action, as an object")).of(name)
        })
    };
    Ok(match call.text("action") {
        Some("publish") => BulkChange::Publish,
        Some("unpublish") => BulkChange::Unpublish,
        Some("delete") => BulkChange::Delete,
        Some("set_availability") => {
            let asked = object("availability")?;
            let flags = ["ai_agent", "copilot", "sales_agent"]
                .map(|key| asked.get(key).and_then(Value::as_bool));
            if flags == [None; 3] {
                return Err(
                    wrong("availability must name one of ai_agent, copilot, sales_agent")
                        .of("availability"),
                );
            }
            BulkChange::Availability(flags)
        }
        Some("set_audience") => audience(world, object("audience")?)?,
        Some("update_tags") => tag_change(world, object("tags")?)?,
        _ => {
            let message = "action must be one of publish, unpublish, delete, set_availability, set_audience, update_tags";
            return Err(wrong(message).of("action"));
        }
    })
}

fn audience(world: &World, asked: &serde_json::Map<String, Value>) -> Result<BulkChange, Fault> {
    let known = |id: &u64| world.content.audiences.contains_key(id);
    let ids = |key: &str| ids(asked.get(key), key, known);
    let (add, remove) = (ids("add_segment_ids")?, ids("remove_segment_ids")?);
    let remove_all = asked.get("remove_all") == Some(&Value::Bool(true));
    if add.is_empty() && remove.is_empty() && !remove_all {
        let message = "audience needs add_segment_ids, remove_segment_ids or remove_all";
        return Err(wrong(message).of("audience"));
    }
    Ok(BulkChange::Audience {
        add,
        remove,
        remove_all,
    })
}

fn tag_change(world: &World, asked: &serde_json::Map<String, Value>) -> Result<BulkChange, Fault> {
    let known = |id: &u64| world.tags.contains_key(id);
    let ids = |key: &str| ids(asked.get(key), key, known);
    let (add, remove) = (ids("add_tag_ids")?, ids("remove_tag_ids")?);
    if add.is_empty() && remove.is_empty() {
        return Err(wrong("tags needs add_tag_ids or remove_tag_ids").of("tags"));
    }
    let mut distinct: Vec<&u64> = add.iter().chain(&remove).collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() > MOST_TAGS {
        return Err(wrong(format!("At most {MOST_TAGS} tags may be named")).of("tags"));
    }
    Ok(BulkChange::Tags { add, remove })
}

fn ids(value: Option<&Value>, key: &str, known: impl Fn(&u64) -> bool) -> Result<Vec<u64>, Fault> {
    let list = value.and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|id| {
            integer_of(id)
                .and_then(|id| u64::try_from(id).ok())
                .filter(&known)
                .ok_or_else(|| wrong(format!("{key} contains an unknown id: {id}")).of(key))
        })
        .collect()
}

fn items(call: &Call) -> Result<Vec<(String, u64)>, Fault> {
    let field = "content_ids";
    let list = call.list(field).filter(|list| !list.is_empty());
    let list =
        list.ok_or_else(|| wrong("content_ids must be a list with at least one item").of(field))?;
    if list.len() > MOST_ITEMS {
        return Err(wrong(format!("content_ids has more than {MOST_ITEMS} items")).of(field));
    }
    list.iter()
        .map(|item| {
            let kind = item.get("type").and_then(Value::as_str);
            let kind = kind.filter(|kind| TYPES.contains(kind));
            let id = item.get("id").and_then(integer_of);
            kind.map(str::to_owned)
                .zip(id.and_then(|id| u64::try_from(id).ok()))
                .ok_or_else(|| {
                    wrong(format!(
                        "Each of content_ids needs an id and a type of {}",
                        TYPES.join(", ")
                    ))
                    .of(field)
                })
        })
        .collect()
}

/// One item of an action; what is gone meanwhile is passed over.
fn carry_out(world: &mut World, action: &BulkAction, kind: &str, id: u64) {
    match &action.change {
        BulkChange::Publish => set_state(world, action, id, "published"),
        BulkChange::Unpublish => set_state(world, action, id, "draft"),
        BulkChange::Delete => delete(world, kind, id),
        BulkChange::Availability(flags) => aim(world, kind, id, |uses, _| {
            let [agent, copilot, sales] = flags;
            uses.agent = agent.unwrap_or(uses.agent);
            uses.copilot = copilot.unwrap_or(uses.copilot);
            uses.sales = sales.unwrap_or(uses.sales);
        }),
        BulkChange::Audience {
            add,
            remove,
            remove_all,
        } => aim(world, kind, id, |_, audiences| {
            audiences.retain(|known| !remove_all && !remove.contains(known));
            audiences.extend(add);
            audiences.sort_unstable();
            audiences.dedup();
        }),
        BulkChange::Tags { add, remove } => {
            let at = world.now();
            if let Some(on) = tags_of(world, kind, id) {
                on.retain(|tag| !remove.contains(&tag.tag));
                for &tag in add {
                    let by = action.by;
                    tags::apply(on, Applied { tag, at, by });
                }
            }
        }
    }
}

fn set_state(world: &mut World, action: &BulkAction, id: u64, state: &str) {
    let Some((article, locale)) = content_of(world, id) else {
        return;
    };
    articles::set_state(world, article, &locale, (state, action.by));
}

fn delete(world: &mut World, kind: &str, id: u64) {
    let content = &mut world.content;
    match kind {
        "content_snippet" => {
            content
                .snippets
                .retain(|known, snippet| *known != id || snippet.needed);
        }
        "file_source_content" => {
            content.files.remove(&id);
        }
        "internal_article" => {
            world.internal_articles.remove(&id);
        }
        _ => {
            // The default language takes the whole article along.
            let Some((id, locale)) = content_of(world, id) else {
                return;
            };
            match world.articles.get_mut(&id) {
                Some(article) if article.default_locale != locale => {
                    article.translations.remove(&locale);
                    article.draft.remove(&locale);
                }
                _ => articles::remove(world, id),
            }
        }
    }
}

/// Changes which language models use a piece of content, and for whom.
fn aim(world: &mut World, kind: &str, id: u64, change: impl FnOnce(&mut Uses, &mut Vec<u64>)) {
    let article = content_of(world, id).map(|(article, _)| article);
    let content = &mut world.content;
    match kind {
        "content_snippet" => {
            let found = content.snippets.get_mut(&id);
            found.map(|it| change(&mut it.uses, &mut it.audience_ids))
        }
        "external_content" => {
            let found = content.pages.get_mut(&id);
            found.map(|it| change(&mut it.uses, &mut it.audience_ids))
        }
        "file_source_content" => {
            let found = content.files.get_mut(&id);
            found.map(|it| change(&mut it.uses, &mut it.audience_ids))
        }
        "internal_article" => world.internal_articles.get_mut(&id).map(|it| {
            let flags = [
                &mut it.ai_chatbot_availability,
                &mut it.ai_copilot_availability,
                &mut it.ai_sales_agent_availability,
            ];
            on_flags(flags, &mut it.audience_ids, change);
        }),
        _ => article
            .and_then(|id| world.articles.get_mut(&id))
            .map(|it| {
                let flags = [
                    &mut it.ai_chatbot_availability,
                    &mut it.ai_copilot_availability,
                    &mut it.ai_sales_agent_availability,
                ];
                on_flags(flags, &mut it.audience_ids, change);
            }),
    };
}

fn on_flags(
    [agent, copilot, sales]: [&mut bool; 3],
    audiences: &mut Vec<u64>,
    change: impl FnOnce(&mut Uses, &mut Vec<u64>),
) {
    let mut uses = Uses {
        agent: *agent,
        copilot: *copilot,
        sales: *sales,
    };
    change(&mut uses, audiences);
    (*agent, *copilot, *sales) = (uses.agent, uses.copilot, uses.sales);
}

fn tags_of<'w>(world: &'w mut World, kind: &str, id: u64) -> Option<&'w mut Vec<Applied>> {
    let content = &mut world.content;
    match kind {
        "article" => world.articles.get_mut(&id).map(|it| &mut it.tags),
        "internal_article" => world.internal_articles.get_mut(&id).map(|it| &mut it.tags),
        "content_snippet" => content.snippets.get_mut(&id).map(|it| &mut it.tags),
        "external_content" => content.pages.get_mut(&id).map(|it| &mut it.tags),
        _ => content.files.get_mut(&id).map(|it| &mut it.tags),
    }
}

#[cfg(test)]
mod tests;
