//! Articles, as REST tells them.

use super::{is_public, markup};
use crate::{
    resources::tags,
    world::{
        World,
        knowledge::{Article, ArticleText},
        people::Applied,
    },
};
use serde_json::{Map, Value, json};

/// An article with its statistics, as it is told alone.
pub(super) fn whole(world: &World, article: &Article) -> Value {
    let mut out = item(world, article);
    let [happy, neutral, sad] = article.reactions;
    let reactions = happy + neutral + sad;
    let percent = |part: u32, whole: u32| {
        if whole == 0 {
            0.0
        } else {
            (f64::from(part) * 1000.0 / f64::from(whole)).round() / 10.0
        }
    };
    out["statistics"] = json!({
        "type": "article_statistics",
        "views": article.views,
        "conversions": 0,
        "reactions": reactions,
        "happy_reaction_percentage": percent(happy, reactions),
        "neutral_reaction_percentage": percent(neutral, reactions),
        "sad_reaction_percentage": percent(sad, reactions),
        "fin_involvements": article.fin_involvements,
        "fin_resolutions": article.fin_resolutions,
        "fin_resolution_rate": percent(article.fin_resolutions, article.fin_involvements),
    });
    out
}

/// An article, as it stands in lists.
pub(super) fn item(world: &World, article: &Article) -> Value {
    let public = is_public(world, article);
    let later = |at: Option<i64>| at.filter(|at| *at > world.now());
    json!({
        "type": "article",
        "id": article.id.to_string(),
        "workspace_id": world.workspace.id_code,
        "title": article.text.title,
        "description": article.text.description,
        "body": article.text.body,
        "body_markdown": markup::to_markdown(&article.text.body),
        "author_id": article.text.author_id,
        "state": if public { "published" } else { "draft" },
        "created_at": article.created_at,
        "updated_at": article.updated_at,
        "has_unpublished_changes": !article.draft.is_empty(),
        "draft_updated_at": article.draft_updated_at,
        "url": public.then(|| url(world, article, &article.default_locale, &article.text.title)),
        "parent_ids": article.parent_ids,
        "folder_id": article.folder_id,
        "ai_chatbot_availability": article.ai_chatbot_availability,
        "ai_copilot_availability": article.ai_copilot_availability,
        "ai_sales_agent_availability": article.ai_sales_agent_availability,
        "created_by_id": article.created_by,
        "updated_by_id": article.updated_by,
        "exclude_from_article_suggestions": false,
        "help_center_audience": if article.audience_ids.is_empty() { "everyone" } else { "restricted" },
        "scheduled_publish_at": later(article.scheduled_publish_at),
        "scheduled_unpublish_at": later(article.scheduled_unpublish_at),
        "default_locale": article.default_locale,
        "translated_content": translated_content(world, article),
        "tags": {"type": "tag.list", "tags": tags_of(world, &article.tags)},
    })
}

fn translated_content(world: &World, article: &Article) -> Value {
    let mut content = Map::from_iter([("type".to_owned(), json!("article_translated_content"))]);
    let own = std::iter::once((&article.default_locale, &article.text));
    for (locale, text) in own.chain(&article.translations) {
        content.insert(
            locale.clone(),
            article_content(world, article, locale, text),
        );
    }
    Value::Object(content)
}

fn article_content(world: &World, article: &Article, locale: &str, text: &ArticleText) -> Value {
    let public = if locale == article.default_locale {
        is_public(world, article)
    } else {
        text.state == "published"
    };
    let mut out = json!({
        "type": "article_content",
        "title": text.title,
        "description": text.description,
        "body": text.body,
        "body_markdown": markup::to_markdown(&text.body),
        "author_id": text.author_id,
        "state": if public { "published" } else { "draft" },
        "created_at": text.created_at,
        "updated_at": text.updated_at,
        "has_unpublished_changes": article.draft.contains_key(locale),
        "audience_ids": article.audience_ids,
        "ai_chatbot_availability": article.ai_chatbot_availability,
        "ai_copilot_availability": article.ai_copilot_availability,
        "ai_sales_agent_availability": article.ai_sales_agent_availability,
        "created_by_id": article.created_by,
        "updated_by_id": article.updated_by,
    });
    if public {
        out["url"] = json!(url(world, article, locale, &text.title));
    }
    out
}

fn tags_of(world: &World, tags: &[Applied]) -> Vec<Value> {
    tags.iter()
        .filter_map(|tag| tags::applied(world, tag))
        .collect()
}

/// Where the public reads an article.
fn url(world: &World, article: &Article, locale: &str, title: &str) -> String {
    let center = world.help_centers.values().next();
    let base = center.map_or_else(
        || format!("{}/help", world.workspace.base_url),
        |center| center.url.trim_end_matches('/').to_owned(),
    );
    format!("{base}/{locale}/articles/{}-{}", article.id, slug(title))
}

/// A title as a part of an address.
pub(super) fn slug(title: &str) -> String {
    let words: Vec<String> = title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}
