//! Tools of a model's work, with a stand-in for the model: what reaches it, and what the road still holds.

use crate::world::World;
use futures_util::future::BoxFuture;
use gateway::{Assistant, CallError, ErrorKind, Task};
use serde_json::{Value, json};

/// Tells what it was asked.
pub(crate) struct StandIn;

impl Assistant for StandIn {
    fn assist(&self, task: Task) -> BoxFuture<'_, Result<Value, String>> {
        let answer = match task {
            Task::Sentiment(text) if text.contains("broken model") => Err("mend the model".into()),
            Task::Sentiment(text) => Ok(
                json!({"sentiment": "neutral", "score": 0.5, "frustration": 0.5,
                "heard": text.len(), "model": "stand-in"}),
            ),
            Task::Inquiry(_, names) => {
                Ok(json!({"category": names.first(), "confidence": 0.5, "model": "stand-in"}))
            }
            Task::Reply(wish) => {
                let titles: Vec<&Value> = wish.articles.iter().map(|one| &one["title"]).collect();
                Ok(
                    json!({"response": "Hello", "confidence": 0.5, "inferred_intent": "account", "sources": titles,
                    "tone": wish.tone, "plan": wish.context.get("plan"), "model": "stand-in"}),
                )
            }
        };
        Box::pin(async move { answer })
    }
}

#[tokio::test]
async fn a_task_reaches_the_model_with_the_articles_that_were_found() {
    let world = World::sandbox().await;
    let asked =
        json!({"query": "How do I reset my password?", "context": {"plan": "pro"}, "tone": "warm"});
    let reply = world.try_call("generate_reply", asked).await.unwrap();
    let reply = reply.structured.unwrap();
    let titles = reply["sources"].as_array().unwrap();
    assert!((1..=5).contains(&titles.len()), "{reply}");
    assert!(
        titles
            .iter()
            .any(|title| title.as_str().unwrap().to_lowercase().contains("password")),
        "{reply}"
    );
    assert_eq!(
        (&reply["tone"], &reply["plan"]),
        (&json!("warm"), &json!("pro"))
    );
    let bare = json!({"query": "How do I reset my password?", "include_articles": false});
    let bare = world
        .try_call("generate_reply", bare)
        .await
        .unwrap()
        .structured
        .unwrap();
    assert_eq!(bare["sources"], json!([]));
    let sentiment = world
        .try_call("analyze_sentiment", json!({"text": "hi"}))
        .await
        .unwrap();
    assert_eq!(sentiment.structured.unwrap()["heard"], 2);
    // Each of them is on record, as a read, without a word of the text.
    world.gateway.flush().await;
    let audit = std::fs::read_to_string(&world.audit).unwrap();
    assert!(
        audit.contains("generate_reply") && audit.contains("analyze_sentiment"),
        "{audit}"
    );
    assert!(!audit.contains("reset my password"), "{audit}");
}

#[tokio::test]
async fn the_road_holds_for_them_too() {
    let world = World::sandbox().await;
    for (tool, given, kind) in [
        ("analyze_sentiment", json!({}), ErrorKind::BadArguments),
        (
            "analyze_sentiment",
            json!({"text": "x".repeat(20_001)}),
            ErrorKind::BadArguments,
        ),
        (
            "classify_inquiry",
            json!({"text": "x", "categories": ["one"]}),
            ErrorKind::BadArguments,
        ),
        (
            "analyze_sentiment",
            json!({"text": "broken model"}),
            ErrorKind::Refused,
        ),
    ] {
        let error = world.try_call(tool, given).await.err().unwrap();
        assert_eq!(error.kind(), kind, "{tool}: {error}");
    }
    let narrow = world.with(|endpoint| endpoint.deny = vec!["search_articles".into()]);
    let error = narrow
        .try_call("generate_reply", json!({"query": "hello"}))
        .await
        .err()
        .unwrap();
    assert!(matches!(error, CallError::Denied { .. }), "{error}");
}
