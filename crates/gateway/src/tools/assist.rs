//! Tools of a model's work: how a text sounds, what it is about, a reply out of articles. None of them writes.

use super::{Arguments, Run, object, required, text};
use crate::assistant::{Task, Wish};
use crate::shape;
use crate::{CallError, ToolResult, context::Context};
use serde_json::{Value, json};

/// Articles that a reply may rest on.
const ARTICLES: usize = 5;

/// The code of a tool of a model's work.
pub(super) fn run_of(name: &str) -> Option<Run> {
    let run: Run = match name {
        "analyze_sentiment" => |context, given| Box::pin(sentiment(context, given)),
        "classify_inquiry" => |context, given| Box::pin(classify(context, given)),
        "generate_reply" => |context, given| Box::pin(reply(context, given)),
        _ => return None,
    };
    Some(run)
}

async fn sentiment(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let words = required(&given, "text").to_owned();
    ask(context, Task::Sentiment(words)).await
}

async fn classify(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let words = required(&given, "text").to_owned();
    let names = given.get("categories").and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    let task = Task::Inquiry(words, names.map(str::to_owned).collect());
    ask(context, task).await
}

async fn reply(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let query = required(&given, "query").to_owned();
    let articles = match given.get("include_articles") {
        Some(Value::Bool(false)) => Vec::new(),
        _ => found(context, &query).await?,
    };
    let kind = text(&given, "type").map(|kind| format!("The kind of reply is {kind}."));
    let tone = text(&given, "tone").map(str::to_owned);
    let about = given.get("context").and_then(Value::as_object);
    let wish = Wish {
        query,
        context: about.cloned().unwrap_or_default(),
        tone: tone
            .into_iter()
            .chain(kind)
            .reduce(|a, b| format!("{a} {b}")),
        articles,
    };
    ask(context, Task::Reply(wish)).await
}

/// Published articles near the question, best first.
async fn found(context: &Context<'_>, query: &str) -> Result<Vec<Value>, CallError> {
    let asked = object(json!({"phrase": query, "state": "published"}));
    let mut body = context.operation("search_articles", asked).await?.body;
    let articles = body.pointer_mut("/data/articles").map(Value::take);
    Ok(match articles {
        Some(Value::Array(mut articles)) => {
            articles.truncate(ARTICLES);
            articles
        }
        _ => Vec::new(),
    })
}

async fn ask(context: &Context<'_>, task: Task) -> Result<ToolResult, CallError> {
    let Some(assistant) = context.assistant else {
        return Err(CallError::Refused(
            "This server has no models at work.".into(),
        ));
    };
    let answer = assistant.assist(task).await.map_err(CallError::Refused)?;
    Ok(shape::both(answer))
}
