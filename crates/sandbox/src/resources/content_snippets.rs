//! Operations on content snippets: short texts for Fin and Copilot to answer from.

pub(crate) mod blocks;

use super::audiences;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::PageNumber,
    world::{World, content::Snippet},
};
use serde_json::{Value, json};

/// The languages that a snippet may be in.
const LANGUAGES: [&str; 22] = [
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hu", "it", "ja", "ko", "nl",
    "pl", "pt", "pt-BR", "ro", "sv", "zh-CN",
];
const LONGEST_TITLE: usize = 255;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_content_snippets" => list,
        "get_content_snippet" => get,
        "create_content_snippet" => create,
        "update_content_snippet" => update,
        "delete_content_snippet" => delete,
        _ => return None,
    })
}

fn render(snippet: &Snippet) -> Value {
    json!({
        "type": "content_snippet",
        "id": snippet.id.to_string(),
        "title": snippet.title,
        "locale": snippet.locale,
        "json_blocks": snippet.blocks,
        "body_markdown": blocks::to_markdown(&snippet.blocks),
        "chatbot_availability": u8::from(snippet.uses.agent),
        "copilot_availability": u8::from(snippet.uses.copilot),
        "ai_chatbot_availability": snippet.uses.agent,
        "ai_copilot_availability": snippet.uses.copilot,
        "ai_sales_agent_availability": snippet.uses.sales,
        "created_at": snippet.created_at,
        "updated_at": snippet.updated_at,
        "audience_ids": snippet.audience_ids,
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, 50, 50)?;
    let mut snippets: Vec<&Snippet> = world.content.snippets.values().collect();
    snippets.sort_by_key(|snippet| std::cmp::Reverse((snippet.updated_at, snippet.id)));
    let data: Vec<Value> = page
        .slice(&snippets)
        .iter()
        .map(|snippet| render(snippet))
        .collect();
    Answer::ok(
        json!({"type": "list", "data": data, "total_count": snippets.len(), "page": page.page,
        "per_page": page.per_page, "total_pages": page.total_pages(snippets.len())}),
    )
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(find(world, call)?))
}

fn create(world: &mut World, call: &Call) -> Reply {
    if call.field("title").is_none() {
        return Err(wrong("Title is required"));
    }
    if call.field("json_blocks").is_none() && call.field("body_markdown").is_none() {
        return Err(wrong("Either json_blocks or body_markdown is required"));
    }
    let mut snippet = Snippet {
        locale: "en".into(),
        created_by: call.caller,
        created_at: world.now(),
        ..Snippet::default()
    };
    fill(world, &mut snippet, call)?;
    snippet.id = world.ids.small();
    let answer = render(&snippet);
    let told = answer.clone();
    world.content.snippets.insert(snippet.id, snippet);
    world.emit("content_snippet.created", |_| told);
    Answer::with(201, answer)
}

fn update(world: &mut World, call: &Call) -> Reply {
    let mut snippet = find(world, call)?.clone();
    fill(world, &mut snippet, call)?;
    let answer = render(&snippet);
    let told = answer.clone();
    world.content.snippets.insert(snippet.id, snippet);
    world.emit("content_snippet.updated", |_| told);
    Answer::ok(answer)
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let snippet = find(world, call)?;
    if snippet.needed {
        return Err(Fault::new(
            422,
            "content_has_procedure_dependencies",
            "Content snippet has dependent procedures and cannot be deleted",
        ));
    }
    let id = snippet.id;
    world.content.snippets.remove(&id);
    world.emit(
        "content_snippet.deleted",
        |_| json!({"type": "content_snippet", "id": id.to_string(), "deleted": true}),
    );
    Answer::empty(204)
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Snippet, Fault> {
    call.number(0)
        .and_then(|id| world.content.snippets.get(&id))
        .ok_or_else(|| Fault::missing("not_found", "Content snippet not found"))
}

fn wrong(message: &str) -> Fault {
    Fault::new(422, "validation_error", message)
}

fn fill(world: &World, snippet: &mut Snippet, call: &Call) -> Result<(), Fault> {
    if let Some(title) = call.field("title") {
        let title = title.as_str().filter(|title| !title.trim().is_empty());
        let title = title.ok_or_else(|| wrong("Title must not be blank"))?;
        if title.chars().count() > LONGEST_TITLE {
            return Err(wrong("Title is too long (maximum is 255 characters)"));
        }
        title.clone_into(&mut snippet.title);
    }
    match (call.field("json_blocks"), call.field("body_markdown")) {
        (Some(_), Some(_)) => {
            return Err(wrong(
                "json_blocks and body_markdown are mutually exclusive",
            ));
        }
        (Some(list), None) => {
            let list = list
                .as_array()
                .filter(|list| list.iter().all(Value::is_object));
            let list = list.ok_or_else(|| wrong("json_blocks must be a list of blocks"))?;
            snippet.blocks.clone_from(list);
        }
        (None, Some(text)) => {
            let text = text.as_str();
            snippet.blocks =
                blocks::of_markdown(text.ok_or_else(|| wrong("body_markdown must be a text"))?);
        }
        (None, None) => {}
    }
    if let Some(locale) = call.field("locale") {
        let known = locale.as_str().filter(|locale| LANGUAGES.contains(locale));
        known
            .ok_or_else(|| wrong("The language is not currently supported for Fin"))?
            .clone_into(&mut snippet.locale);
    }
    if let Some(ids) = call.body.get("audience_ids") {
        snippet.audience_ids = audiences::ids_of(world, ids)?;
    }
    for (flag, key) in [
        (&mut snippet.uses.agent, "ai_chatbot_availability"),
        (&mut snippet.uses.copilot, "ai_copilot_availability"),
        (&mut snippet.uses.sales, "ai_sales_agent_availability"),
    ] {
        *flag = call.flag(key).unwrap_or(*flag);
    }
    snippet.updated_at = world.now();
    snippet.updated_by = call.caller;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, fault, world};
    use crate::world::content::Audience;
    use serde_json::{Value, json};

    #[test]
    fn a_snippet_lives_and_dies() {
        let mut world = world();
        world.content.audiences.insert(5, Audience::default());
        let body = json!({"title": "Refund rule", "body_markdown": "Up to **50 EUR** at once.", "audience_ids": [5], "ai_chatbot_availability": true});
        let made = call(&mut world, "create_content_snippet", "", body).unwrap();
        assert_eq!(
            (
                &made["json_blocks"],
                &made["chatbot_availability"],
                &made["locale"]
            ),
            (
                &json!([{"type": "paragraph", "text": "Up to <b>50 EUR</b> at once."}]),
                &json!(1),
                &json!("en")
            )
        );
        assert_eq!(made["body_markdown"], "Up to **50 EUR** at once.");
        let id = made["id"].as_str().unwrap();
        let body = json!({"json_blocks": [{"type": "unorderedList", "items": ["one", "two"]}], "audience_ids": []});
        let changed = call(&mut world, "update_content_snippet", id, body).unwrap();
        assert_eq!(
            (
                &changed["body_markdown"],
                &changed["audience_ids"],
                &changed["title"]
            ),
            (&json!("- one\n- two"), &json!([]), &json!("Refund rule"))
        );
        assert_eq!(
            call(&mut world, "list_content_snippets", "", Value::Null).unwrap()["data"],
            json!([changed])
        );
        let number: u64 = id.parse().unwrap();
        world.content.snippets.get_mut(&number).unwrap().needed = true;
        assert_eq!(
            fault(&mut world, "delete_content_snippet", id, Value::Null),
            (422, "content_has_procedure_dependencies")
        );
        world.content.snippets.get_mut(&number).unwrap().needed = false;
        call(&mut world, "delete_content_snippet", id, Value::Null).unwrap();
        assert_eq!(
            fault(&mut world, "get_content_snippet", id, Value::Null),
            (404, "not_found")
        );
    }

    #[test]
    fn bad_snippets_are_refused() {
        let mut world = world();
        let long = "x".repeat(256);
        for (body, expected) in [
            (json!({"body_markdown": "x"}), (422, "validation_error")),
            (json!({"title": "T"}), (422, "validation_error")),
            (
                json!({"title": long, "body_markdown": "x"}),
                (422, "validation_error"),
            ),
            (
                json!({"title": "T", "body_markdown": "x", "json_blocks": []}),
                (422, "validation_error"),
            ),
            (
                json!({"title": "T", "json_blocks": ["x"]}),
                (422, "validation_error"),
            ),
            (
                json!({"title": "T", "body_markdown": "x", "locale": "tlh"}),
                (422, "validation_error"),
            ),
            (
                json!({"title": "T", "body_markdown": "x", "audience_ids": [9]}),
                (404, "parameter_invalid"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "create_content_snippet", "", body.clone()),
                expected,
                "{body}"
            );
        }
    }
}
