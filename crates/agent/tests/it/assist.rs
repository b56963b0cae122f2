//! Tools of a model's work, with the embedded models.

use agent::{Embedded, Encoder, Rules, Tone, assist::Assist};
use gateway::{Task, Wish};
use serde_json::{Map, Value, json};
use std::sync::Arc;

fn assist() -> Assist {
    let encoder = Arc::new(Encoder::load().unwrap());
    Assist {
        mind: Arc::new(Embedded::new(Arc::clone(&encoder)).unwrap()),
        encoder,
        rules: Rules::default(),
        tone: Tone::default(),
    }
}

fn wish(query: &str, articles: Vec<Value>) -> Task {
    Task::Reply(Wish {
        query: query.into(),
        context: Map::new(),
        tone: None,
        articles,
    })
}

#[tokio::test]
async fn words_are_read_and_written_in_process() {
    let assist = assist();
    let angry = "THIRD time I write about this! You stole my money and nobody answers, this is a disgrace!!!";
    for (text, mood) in [
        (angry, "negative"),
        ("Where can I change my address?", "neutral"),
    ] {
        let told = assist.run(Task::Sentiment(text.into())).await.unwrap().0;
        assert_eq!(told["sentiment"], mood, "{told}");
        assert_eq!(told["model"], "embedded");
        assert!(told["score"].as_f64().unwrap() >= 0.5, "{told}");
    }
    let own = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    for (text, names, expected) in [
        (
            "My card was charged twice this month, please give me the money back",
            own(&[]),
            "billing",
        ),
        (
            "My card was charged twice this month",
            own(&["billing", "technical"]),
            "billing",
        ),
        (
            "The parcel has not arrived yet, where is it?",
            own(&["shipping_delay", "password_reset"]),
            "shipping_delay",
        ),
    ] {
        let told = assist
            .run(Task::Inquiry(text.into(), names))
            .await
            .unwrap()
            .0;
        assert_eq!(told["category"], expected, "{told}");
        let sure = told["confidence"].as_f64().unwrap();
        assert!((0.5..=1.0).contains(&sure), "{told}");
    }
}

#[tokio::test]
async fn a_reply_rests_on_the_articles_it_was_given() {
    let article = json!({"id": "7", "title": "Reset your password", "state": "published", "default_locale": "en",
        "url": "https://help.example/7", "body": "<p>Open the sign-in page and choose Forgot password. We mail you a link.</p>"});
    let draft = json!({"id": "8", "title": "Secret", "state": "draft", "body": "<p>Forgot password is 1234.</p>"});
    let asked = "I forgot my password, how do I get a new one?";
    let told = assist()
        .run(wish(asked, vec![article, draft]))
        .await
        .unwrap()
        .0;
    let words = told["response"].as_str().unwrap();
    assert!(
        words.contains("Forgot password") && words.contains("[1]"),
        "{told}"
    );
    assert!(!words.contains("1234"), "{told}");
    assert_eq!(told["sources"][0]["url"], "https://help.example/7");
    assert!(told["confidence"].as_f64().unwrap() > 0.0, "{told}");
    // With nothing to rest on it says so, and offers a human.
    let none = assist().run(wish(asked, Vec::new())).await.unwrap().0;
    assert_eq!(
        (&none["decision"], &none["reason"]),
        (&json!("offer"), &json!("nothing_found")),
        "{none}"
    );
    assert_eq!(none["confidence"], 0.0);
    assert_eq!(none["sources"], json!([]));
}
