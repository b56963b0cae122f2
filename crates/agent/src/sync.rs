//! The texts that replies may quote, read from the workspace through the gateway.

use crate::event::id_at;
use crate::{Article, Audience};
use gateway::{CallError, Gateway, Principal, ToolRequest};
use serde_json::{Map, Value, json};

/// Items of one page.
const PAGE: u32 = 150;

/// All published articles, in all their languages, and the internal ones.
pub async fn articles(gateway: &Gateway, who: &Principal) -> Result<Vec<Article>, CallError> {
    let mut found = Vec::new();
    for raw in all(gateway, who, "list_articles").await? {
        found.extend(public(&raw));
    }
    match all(gateway, who, "list_internal_articles").await {
        Ok(items) => found.extend(items.iter().filter_map(internal)),
        // A plan or a version without them, or no permission.
        Err(error) if error.is_for_later() => return Err(error),
        Err(error) => tracing::debug!(kind = ?error.kind(), "no internal articles are read"),
    }
    Ok(found)
}

/// One article in all its languages; nothing when it is gone or not published.
pub async fn article(
    gateway: &Gateway,
    who: &Principal,
    id: &str,
) -> Result<Vec<Article>, CallError> {
    let mut request = ToolRequest::new(
        "get_article",
        Map::from_iter([("article_id".into(), id.into())]),
    );
    request.raw = true;
    match gateway.call(who, request).await {
        Ok(answer) => Ok(public(&answer.value())),
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
fn public(raw: &Value) -> Vec<Article> {
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
        let read = public(&raw);
        let told: Vec<_> = read
            .iter()
            .map(|one| (one.locale.as_str(), one.body.as_str()))
            .collect();
        assert_eq!(told, [("en", "Five days."), ("de", "Fünf Tage.")]);
        assert!(public(&json!({"id": 7, "title": "x", "body": "y", "state": "draft"})).is_empty());
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
