//! The articles of the help center: list, search, read, write.

use super::{Arguments, object, official, required};
use crate::shape::{self, Rows};
use crate::{CallError, ToolResult, context::Context};
use catalog::Shape;
use serde_json::{Map, Value, json};

/// Articles by page.
pub(super) async fn list(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let mut answer = official::numbered(context, "list_articles", &given, Map::new()).await?;
    let data = take_list(&mut answer.body, "/data");
    if given.contains_key("detail") {
        let mut page = answer.beside(data.len());
        page.insert("data".into(), data.into());
        return Ok(shape::text(&page.into()));
    }
    let rows = shape::rows(Shape::Article, data);
    let beside = answer.beside(rows.whole.len());
    Ok(rows.under("data", &beside))
}

/// Articles by their words, under the keys that the API has.
pub(super) async fn search(
    context: &Context<'_>,
    mut given: Arguments,
) -> Result<ToolResult, CallError> {
    let mut asked = given.clone();
    asked.retain(|name, _| !matches!(name.as_str(), "page" | "per_page"));
    given.retain(|name, _| matches!(name.as_str(), "page" | "per_page"));
    let mut answer = official::numbered(context, "search_articles", &given, asked).await?;
    let passages = take_list(&mut answer.body, "/data/highlights");
    let mut rows = shape::rows(
        Shape::Article,
        take_list(&mut answer.body, "/data/articles"),
    );
    for passage in &passages {
        add_passage(&mut rows, passage);
    }
    let beside = answer.beside(rows.whole.len());
    let nested = |rows: Vec<Value>| {
        let mut document = Map::from_iter([("data".to_owned(), json!({"articles": rows}))]);
        document.extend(beside.clone());
        Value::Object(document)
    };
    Ok(ToolResult {
        text: nested(rows.brief).to_string(),
        structured: Some(nested(rows.whole)),
        same: false,
    })
}

/// One article; its text is sent once.
pub(super) async fn get(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let asked = object(json!({"article_id": required(&given, "id")}));
    let response = context.operation("get_article", asked).await?;
    if given.contains_key("detail") {
        return Ok(shape::text(&response.body));
    }
    Ok(shape::object(Shape::Article, response))
}

/// A new article, by the connection's admin unless another author is named.
pub(super) async fn create(
    context: &Context<'_>,
    given: Arguments,
) -> Result<ToolResult, CallError> {
    let article = context.operation("create_article", given).await?.body;
    Ok(confirmed("Article created", article))
}

/// Changes an article.
pub(super) async fn update(
    context: &Context<'_>,
    mut given: Arguments,
) -> Result<ToolResult, CallError> {
    if let Some(id) = given.shift_remove("id") {
        given.insert("article_id".into(), id);
    }
    let article = context.operation("update_article", given).await?.body;
    Ok(confirmed("Article updated", article))
}

/// The article without its text, which the caller has just written.
fn confirmed(done: &str, article: Value) -> ToolResult {
    let mut answer = Map::from_iter([("done".to_owned(), Value::from(done))]);
    if let Value::Object(mut article) = article {
        article.retain(|key, _| {
            matches!(
                key.as_str(),
                "id" | "title"
                    | "state"
                    | "url"
                    | "author_id"
                    | "parent_ids"
                    | "parent_id"
                    | "updated_at"
                    | "has_unpublished_changes"
            )
        });
        answer.extend(article);
    }
    shape::both(shape::prune::pruned(answer.into()))
}

/// The passages that matched, put beside the article that holds them.
fn add_passage(rows: &mut Rows, passage: &Value) {
    let id = passage
        .get("article_id")
        .map(shape::scalar)
        .unwrap_or_default();
    let matches: Vec<String> = passage
        .get("highlighted_summary")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(words)
        .filter(|words| !words.is_empty())
        .collect();
    for list in [&mut rows.whole, &mut rows.brief] {
        let row = list
            .iter_mut()
            .find(|row| row.get("id").map(shape::scalar).as_deref() == Some(&id));
        if let Some(row) = row
            .and_then(Value::as_object_mut)
            .filter(|_| !matches.is_empty())
        {
            row.insert("matches".into(), json!(matches));
        }
    }
}

fn words(pieces: &Value) -> String {
    pieces
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|piece| piece.get("text")?.as_str())
        .collect()
}

fn take_list(body: &mut Value, place: &str) -> Vec<Value> {
    match body.pointer_mut(place).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}
