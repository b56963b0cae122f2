//! The texts that replies may quote, read from the workspace through the gateway.

use crate::event::id_at;
use crate::{Article, Audience};
use gateway::{CallError, Gateway, Principal, ToolRequest};
use serde_json::{Map, Value, json};

/// Items of one page.
const PAGE: u32 = 150;

/// Texts for the team's notes, and those that an assistant may tell: what there is of them depends on the plan.
const FURTHER: [(&str, Reading); 3] = [
    ("list_internal_articles", internal),
    ("list_macros", saved_reply),
    ("list_content_snippets", snippet),
];
/// How one of them is read.
type Reading = fn(&Value) -> Option<Article>;
/// How the ids of snippets begin.
const SNIPPET: &str = "snippet:";

/// All published articles, in all their languages; the internal ones, macros and snippets.
pub async fn articles(gateway: &Gateway, who: &Principal) -> Result<Vec<Article>, CallError> {
    let mut found = Vec::new();
    for raw in all(gateway, who, "list_articles").await? {
        found.extend(read(&raw));
    }
    for (tool, read) in FURTHER {
        match all(gateway, who, tool).await {
            Ok(items) => found.extend(items.iter().filter_map(read)),
            // A plan or a version without them, or no permission.
            Err(error) if error.is_for_later() => return Err(error),
            Err(error) => tracing::debug!(tool, kind = ?error.kind(), "none are read"),
        }
    }
    Ok(found)
}

/// One article in all its languages, or one snippet; nothing when it is gone or not published.
pub async fn article(
    gateway: &Gateway,
    who: &Principal,
    id: &str,
) -> Result<Vec<Article>, CallError> {
    let (tool, name, own) = match id.strip_prefix(SNIPPET) {
        Some(own) => ("get_content_snippet", "content_snippet_id", own),
        None => ("get_article", "article_id", id),
    };
    let mut request = ToolRequest::new(tool, Map::from_iter([(name.into(), own.into())]));
    request.raw = true;
    match gateway.call(who, request).await {
        Ok(answer) if own != id => Ok(snippet(&answer.value()).into_iter().collect()),
        Ok(answer) => Ok(read(&answer.value())),
        Err(CallError::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn all(gateway: &Gateway, who: &Principal, tool: &str) -> Result<Vec<Value>, CallError> {
    let (mut items, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let mut asked = Map::from_iter([("limit".to_owned(), json!(PAGE))]);
        if !cursor.is_null() {
            asked.insert("cursor".into(), cursor);
        }
        let mut page = gateway
            .call(who, ToolRequest::bulk(tool, asked))
            .await?
            .value();
        if let Some(Value::Array(more)) = page.get_mut("items").map(Value::take) {
            items.extend(more);
        }
        cursor = page["next_cursor"].take();
        if cursor.is_null() {
            return Ok(items);
        }
    }
}

/// An article in each language that it is published in.
pub(crate) fn read(raw: &Value) -> Vec<Article> {
    let Some(id) = id_at(raw, "/id") else {
        return Vec::new();
    };
    let locale = raw["default_locale"].as_str().unwrap_or("en");
    let translated = raw.get("translated_content").and_then(Value::as_object);
    let others = translated.into_iter().flatten();
    let others = others.filter(|(name, text)| name.as_str() != locale && text.is_object());
    let all =
        std::iter::once((locale, raw)).chain(others.map(|(name, text)| (name.as_str(), text)));
    all.filter(|(_, text)| text["state"] == "published")
        .filter_map(|(locale, text)| {
            Some(Article {
                id: id.clone(),
                help_center: None,
                locale: locale.to_owned(),
                title: text["title"].as_str()?.to_owned(),
                body: gateway::message_text(text["body"].as_str()?),
                url: text["url"].as_str().map(str::to_owned),
                audience: Audience::Public,
            })
        })
        .collect()
}

fn internal(raw: &Value) -> Option<Article> {
    Some(Article {
        id: format!("internal:{}", id_at(raw, "/id")?),
        help_center: None,
        locale: raw["locale"].as_str().unwrap_or("en").to_owned(),
        title: raw["title"].as_str()?.to_owned(),
        body: gateway::message_text(raw["body"].as_str()?),
        url: None,
        audience: Audience::Internal,
    })
}

/// A macro says what a person has done, such as `I have refunded you`: it is for the team's notes alone.
fn saved_reply(raw: &Value) -> Option<Article> {
    Some(Article {
        id: format!("macro:{}", id_at(raw, "/id")?),
        help_center: None,
        locale: "en".into(),
        title: raw["name"].as_str()?.to_owned(),
        body: raw["body_text"].as_str()?.to_owned(),
        url: None,
        audience: Audience::Internal,
    })
}

/// A snippet may be told where its owner lets assistants tell it.
fn snippet(raw: &Value) -> Option<Article> {
    let told = raw["ai_chatbot_availability"] == true || raw["chatbot_availability"] == 1;
    // Some customers' alone: nobody here knows which.
    let all = raw["audience_ids"].as_array().is_none_or(Vec::is_empty);
    Some(Article {
        id: format!("{SNIPPET}{}", id_at(raw, "/id")?),
        help_center: None,
        locale: raw["locale"].as_str().unwrap_or("en").to_owned(),
        title: raw["title"].as_str()?.to_owned(),
        body: raw["body_markdown"].as_str()?.to_owned(),
        url: None,
        audience: if told && all {
            Audience::Public
        } else {
            Audience::Internal
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_is_read_in_every_published_language() {
        let raw = json!({"id": 7, "title": "Refunds", "body": "<p>Five days.</p>", "state": "published",
            "url": "https://help.example/7", "default_locale": "en", "translated_content": {"type": "x",
            "en": {"title": "Refunds", "body": "<p>Five days.</p>", "state": "published"},
            "de": {"title": "Erstattung", "body": "<p>Fünf Tage.</p>", "state": "published", "url": "https://help.example/de/7"},
            "fr": {"title": "Brouillon", "body": "<p>…</p>", "state": "draft"}, "pt": null}});
        let found = read(&raw);
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.locale.as_str(), one.body.as_str()))
            .collect();
        assert_eq!(told, [("en", "Five days."), ("de", "Fünf Tage.")]);
        assert!(read(&json!({"id": 7, "title": "x", "body": "y", "state": "draft"})).is_empty());
        for (availability, audiences, expected) in [
            (json!(true), json!([]), Audience::Public),
            (json!(false), json!(null), Audience::Internal),
            (json!(true), json!([5]), Audience::Internal),
        ] {
            let raw = json!({"id": "4", "title": "Limit", "body_markdown": "Up to 50 EUR.", "locale": "en",
                "ai_chatbot_availability": availability, "audience_ids": audiences});
            let read = snippet(&raw).unwrap();
            assert_eq!((read.id.as_str(), read.audience), ("snippet:4", expected));
        }
        let saved = json!({"id": "9", "name": "Refunded", "body_text": "Hi {{user.first_name}}, I have refunded you."});
        assert_eq!(saved_reply(&saved).unwrap().audience, Audience::Internal);
        let note = internal(
            &json!({"id": "3", "title": "Limits", "body": "<p>100 EUR</p>", "locale": "en"}),
        )
        .unwrap();
        assert_eq!(
            (note.id.as_str(), note.audience),
            ("internal:3", Audience::Internal)
        );
    }
}
