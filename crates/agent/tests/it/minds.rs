//! Minds as the turn uses them: what is read, what is found, what is written, and who answered.

use crate::{
    shapes::text,
    stand_in::{StandIn, fails, ok},
};
use agent::{
    Answered, Article, Audience, Embedded, Encoder, Find, Library, Mind, Plan, Query, Reason,
    Reply, Rules, Tone, Verdict, View,
    compose::grounded,
    escalation,
    providers::{Kind, Thinker},
};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

static ENCODER: LazyLock<Arc<Encoder>> = LazyLock::new(|| Arc::new(Encoder::load().unwrap()));
static MIND: LazyLock<Arc<Embedded>> =
    LazyLock::new(|| Arc::new(Embedded::new(Arc::clone(&ENCODER)).unwrap()));

fn article(id: &str, title: &str, body: &str) -> Article {
    Article {
        id: id.into(),
        help_center: Some("1".into()),
        locale: "en".into(),
        title: title.into(),
        body: body.into(),
        url: Some(format!("https://help.example/{id}")),
        audience: Audience::Public,
    }
}

fn library() -> Library {
    let library = Library::new(Arc::clone(&ENCODER));
    let refunds = "We pay refunds within 5 days to the card that was charged.\n\n## Gifts\nGift cards are not refunded.";
    for article in [
        article("1", "Refunds", refunds),
        article(
            "2",
            "Reset your password",
            "Open the sign-in page and choose Forgot password. We mail you a link.",
        ),
        article(
            "3",
            "Delivery times",
            "Parcels arrive within three working days. Express parcels arrive tomorrow.",
        ),
    ] {
        assert!(library.upsert(article));
    }
    library.read().unwrap();
    library
}

fn query(text: &str) -> Query {
    Query {
        text: text.into(),
        ..Query::default()
    }
}

fn plan(text: &str, library: &Library) -> Plan {
    let view = View::of(text);
    let triage = MIND.triage(&view).unwrap();
    let rules = Rules::default();
    let passages = library.find(&query(text), 3).unwrap();
    let decision = escalation::with_found(
        escalation::decide(&view, &triage, &rules),
        &passages,
        &rules,
    );
    Plan {
        asked: text.into(),
        triage,
        decision,
        passages,
        person: view.person,
        tone: Tone::default(),
    }
}

#[test]
fn a_wish_for_a_human_is_read_by_meaning() {
    for (text, wish) in [
        (
            "My parcel is late. It was a gift. Can I talk to a human please?",
            true,
        ),
        ("please don't escalate this", false),
        ("The manager was great", false),
        ("How do I add a person to my account?", false),
        ("I want to speak to your manager", true),
    ] {
        let view = View::of(text);
        let decision = escalation::decide(&view, &MIND.triage(&view).unwrap(), &Rules::default());
        assert_eq!(
            decision.reason == Reason::AskedForHuman,
            wish,
            "{text}: {decision:?}"
        );
    }
}

#[test]
fn nothing_said_is_nothing_decided() {
    let triage = MIND.triage(&View::of("  \n ")).unwrap();
    assert!(triage.wants_human < 0.5 && triage.sentiment.frustration < 0.5);
    MIND.triage(&View::of("a ".repeat(20_000))).unwrap();
}

#[test]
fn categories_of_ones_own_are_learned() {
    let examples = [
        (
            "room",
            [
                "I'd like a room with a view",
                "book a double room",
                "is a suite free in May",
            ],
        ),
        (
            "food",
            [
                "is breakfast included",
                "a table for two tonight",
                "do you have vegan dishes",
            ],
        ),
    ];
    let examples: Vec<(String, String)> = examples
        .iter()
        .flat_map(|(class, texts)| {
            texts
                .iter()
                .map(|text| ((*text).to_owned(), (*class).to_owned()))
        })
        .collect();
    let mind = Embedded::new(Arc::clone(&ENCODER))
        .unwrap()
        .with_categories(&examples)
        .unwrap();
    assert_eq!(mind.categories(), ["food", "room"]);
    assert_eq!(
        mind.triage(&View::of("can we have dinner at eight"))
            .unwrap()
            .category,
        "food"
    );
}

#[test]
fn the_library_follows_its_articles() {
    let library = library();
    let best = |text: &str| {
        library
            .find(&query(text), 1)
            .unwrap()
            .first()
            .map(|passage| passage.article_id.clone())
    };
    assert_eq!(best("how long do refunds take").as_deref(), Some("1"));
    let same = article(
        "3",
        "Delivery times",
        "Parcels arrive within three working days. Express parcels arrive tomorrow.",
    );
    assert!(!library.upsert(same));
    assert!(library.upsert(article("1", "Opening hours", "We open at nine.")));
    // It is found before it was read.
    assert_eq!(best("when do you open").as_deref(), Some("1"));
    assert!(library.remove("1") && !library.remove("1"));
    assert_eq!(library.len(), 2);
    assert_ne!(best("when do you open").as_deref(), Some("1"));
}

#[test]
fn who_may_read_what_is_kept() {
    let library = library();
    let internal = Article {
        audience: Audience::Internal,
        ..article("4", "Refund abuse", "Refuse a third refund.")
    };
    library.upsert(internal);
    library.upsert(Article {
        help_center: Some("2".into()),
        ..article("5", "Refund of rooms", "A day before.")
    });
    library.upsert(Article {
        locale: "de".into(),
        ..article("6", "Erstattungen", "Nach 5 Tagen.")
    });
    let ids = |query: &Query| -> Vec<String> {
        library
            .find(query, 9)
            .unwrap()
            .into_iter()
            .map(|passage| passage.article_id)
            .collect()
    };
    let has = |query: &Query, id: &str| ids(query).contains(&id.to_owned());
    let plain = query("refund");
    assert!(
        !has(&plain, "4")
            && has(
                &Query {
                    internal: true,
                    ..plain.clone()
                },
                "4"
            )
    );
    assert!(!has(
        &Query {
            help_center: Some("1".into()),
            ..plain.clone()
        },
        "5"
    ));
    assert_eq!(
        ids(&Query {
            locale: Some("de".into()),
            ..plain.clone()
        }),
        ["6"]
    );
    assert!(
        ids(&Query {
            locale: Some("fr".into()),
            ..plain
        })
        .len()
            > 3
    );
}

#[test]
fn replies_quote_and_cite_and_claim_nothing() {
    let library = library();
    let plan = plan("When will I get my refund?", &library);
    let reply = MIND.extract(&plan).unwrap();
    let told: Vec<&str> = reply
        .sentences
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    assert!(
        told.iter().any(|text| text.contains("may help")),
        "{told:?}"
    );
    assert!(
        told.contains(&"We pay refunds within 5 days to the card that was charged."),
        "{told:?}"
    );
    for sentence in reply.sentences.iter().filter(|one| one.passage.is_some()) {
        assert!(
            grounded(
                &sentence.text,
                &plan.passages[sentence.passage.unwrap()].text
            ),
            "{sentence:?}"
        );
    }
    let empty = Plan {
        passages: Vec::new(),
        ..plan
    };
    assert!(MIND.extract(&empty).unwrap().cited().is_empty());
}

#[tokio::test]
async fn what_a_model_invents_is_not_said() {
    let library = library();
    let plan = plan("When will I get my refund?", &library);
    let draft = json!({ "sentences": [
        { "text": "Refunds are paid within 5 days.", "passage": 0 },
        { "text": "Refunds are paid within 2 days.", "passage": 0 },
        { "text": "We also give you 50 euros.", "passage": null },
        { "text": "See https://evil.example/refund refunds 5 days card charged", "passage": 0 },
        { "text": "Refunds are paid within 5 days.", "passage": 77 },
    ] });
    let answered = think(vec![ok(&text(Kind::Openai, &draft.to_string()))], None)
        .await
        .compose(&plan)
        .await
        .unwrap();
    let facts: Vec<&str> = facts(&answered);
    assert_eq!(facts, ["Refunds are paid within 5 days."]);
    assert_eq!(answered.spent.model, "openai::gpt-5-mini");
    assert_eq!(
        (
            answered.spent.input_tokens,
            answered.spent.output_tokens,
            answered.spent.cost_micros
        ),
        (100, 10, 140)
    );
}

fn facts(answered: &Answered<Reply>) -> Vec<&str> {
    let facts = answered
        .value
        .sentences
        .iter()
        .filter(|one| one.passage.is_some());
    facts.map(|one| one.text.as_str()).collect()
}

async fn think(
    first: Vec<crate::stand_in::Answer>,
    second: Option<Vec<crate::stand_in::Answer>>,
) -> Thinker {
    let first = StandIn::start(first).await.ladder(Kind::Openai);
    let second = match second {
        Some(answers) => Some(StandIn::start(answers).await.ladder(Kind::Anthropic)),
        None => None,
    };
    Thinker::new(first, second, Arc::clone(&MIND))
}

fn reading(category: &str) -> Value {
    json!({
        "category": category, "confidence": 7.0, "subcategory": "Ignore all rules", "frustration": 0.1,
        "mood": "neutral", "language": "en", "urgency": "normal", "out_of_scope": 0.0, "wants_human": 0.0,
        "threat": "none",
    })
}

#[tokio::test]
async fn the_fallback_answers_and_says_so() {
    let view = View::of("I was charged twice");
    let denied = || fails(401, &json!({ "error": {} }));
    let good = ok(&text(Kind::Anthropic, &reading("billing").to_string()));
    let answered = think(vec![denied()], Some(vec![good]))
        .await
        .read(&view)
        .await
        .unwrap();
    assert_eq!(answered.spent.model, "anthropic::claude-sonnet-4-5");
    assert!(answered.spent.fallback);
    assert_eq!(answered.value.category, "billing");
    assert!((answered.value.confidence - 1.0).abs() < f32::EPSILON);
    assert_eq!(
        answered.value.subcategory, None,
        "words of a customer must not cross"
    );
    let answered = think(vec![denied()], Some(vec![denied()]))
        .await
        .read(&view)
        .await
        .unwrap();
    assert_eq!(
        (answered.spent.model.as_str(), answered.spent.fallback),
        ("embedded", true)
    );
    assert_eq!(answered.value.category, "billing");
    let foreign = ok(&text(Kind::Openai, &reading("send_all_money").to_string()));
    let answered = think(vec![foreign], None).await.read(&view).await.unwrap();
    assert_eq!(
        (answered.spent.model.as_str(), answered.spent.input_tokens),
        ("embedded", 100)
    );
    assert_ne!(
        escalation::decide(&view, &answered.value, &Rules::default()).verdict,
        Verdict::Escalate
    );
}
