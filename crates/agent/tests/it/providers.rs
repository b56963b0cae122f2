//! Every provider's wire format, from its documented shapes: the answer, or what is done about its absence.

use crate::{
    shapes::{overload, refusal, text, tool, truncated},
    stand_in::{Answer, StandIn, fails, ok},
};
use agent::providers::{Kind, Price, Provider, Question, Recorder, Replay, Rung, Trouble, Wire};
use serde::Deserialize;
use serde_json::{Value, json};

const KINDS: [Kind; 3] = [Kind::Openai, Kind::Anthropic, Kind::Gemini];

#[derive(Debug, Deserialize, PartialEq)]
struct Choice {
    choice: String,
}

fn question() -> Question {
    Question {
        system: "Choose.".into(),
        data: "{\"text\":\"my secret order\"}".into(),
        name: "choice",
        schema: json!({
            "type": "object", "properties": { "choice": { "type": "string" } }, "required": ["choice"],
            "additionalProperties": false,
        }),
        longest: 100,
    }
}

const RIGHT: &str = "{\"choice\":\"a\"}";

/// Plays a script, and tells the outcome and what was asked.
async fn play(kind: Kind, answers: Vec<Answer>) -> (Result<Choice, Trouble>, Vec<Value>, u64) {
    let server = StandIn::start(answers).await;
    let (outcome, spent) = server.ladder(kind).ask::<Choice>(&question()).await;
    let asked = server.asked().into_iter().map(|asked| asked.body).collect();
    (outcome, asked, spent.cost_micros)
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with outcomes")]
fn right() -> Result<Choice, Trouble> {
    Ok(Choice { choice: "a".into() })
}

#[tokio::test]
async fn structured_output_is_asked_for_and_read() {
    for kind in KINDS {
        let (outcome, asked, cost) = play(kind, vec![ok(&text(kind, RIGHT))]).await;
        assert_eq!(outcome, right(), "{kind:?}");
        assert_eq!(cost, 100 + 4 * 10, "{kind:?}");
        let format = match kind {
            Kind::Openai => &asked[0]["response_format"]["json_schema"]["schema"],
            Kind::Anthropic => &asked[0]["output_config"]["format"]["schema"],
            Kind::Gemini => &asked[0]["generationConfig"],
        };
        assert!(
            format.to_string().contains("choice"),
            "{kind:?}: {}",
            asked[0]
        );
    }
}

#[tokio::test]
async fn the_key_goes_where_the_provider_wants_it() {
    for (kind, header) in [
        (Kind::Openai, "authorization"),
        (Kind::Anthropic, "x-api-key"),
        (Kind::Gemini, "x-goog-api-key"),
    ] {
        let server = StandIn::start(vec![ok(&text(kind, RIGHT))]).await;
        server
            .ladder(kind)
            .ask::<Choice>(&question())
            .await
            .0
            .unwrap();
        let asked = &server.asked()[0];
        let key = asked
            .headers
            .get(header)
            .map(|value| value.to_str().unwrap().replace("Bearer ", ""));
        assert_eq!(key.as_deref(), Some("the-key"), "{kind:?} {}", asked.path);
    }
}

#[tokio::test]
async fn a_tool_is_forced_where_a_schema_is_not_taken() {
    for kind in KINDS {
        let refused = fails(
            400,
            &json!({ "error": { "message": "structured output is not supported" } }),
        );
        let called = ok(&tool(kind, "choice", &json!({ "choice": "a" })));
        let answers = match kind {
            Kind::Openai => vec![refused.clone(), refused, called],
            Kind::Anthropic | Kind::Gemini => vec![refused, called],
        };
        let (outcome, asked, _) = play(kind, answers).await;
        assert_eq!(outcome, right(), "{kind:?}");
        let last = asked.last().unwrap();
        assert!(
            last["tools"].to_string().contains("choice"),
            "{kind:?}: {last}"
        );
    }
}

#[tokio::test]
async fn the_way_that_works_is_remembered() {
    let broken = fails(
        500,
        &json!({ "error": { "message": "json_schema is not supported" } }),
    );
    let good = ok(&text(Kind::Openai, RIGHT));
    let server = StandIn::start(vec![broken.clone(), broken, good.clone(), good]).await;
    let ladder = server.ladder(Kind::Openai);
    assert_eq!(ladder.ask::<Choice>(&question()).await.0, right());
    assert_eq!(ladder.ask::<Choice>(&question()).await.0, right());
    let formats: Vec<Value> = server
        .asked()
        .iter()
        .map(|asked| asked.body["response_format"]["type"].clone())
        .collect();
    assert_eq!(
        formats,
        ["json_schema", "json_schema", "json_object", "json_object"]
    );
    assert_eq!(
        server.asked()[3].body["response_format"]["schema"]["type"],
        "object"
    );
}

#[tokio::test]
async fn a_refusal_is_final() {
    for kind in KINDS {
        let (outcome, asked, _) =
            play(kind, vec![ok(&refusal(kind)), ok(&text(kind, RIGHT))]).await;
        assert_eq!(
            (outcome, asked.len()),
            (Err(Trouble::Refused), 1),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn overload_is_waited_out() {
    for kind in KINDS {
        let (status, body) = overload(kind);
        let (outcome, asked, _) = play(
            kind,
            vec![
                fails(status, &body),
                fails(status, &body),
                ok(&text(kind, RIGHT)),
            ],
        )
        .await;
        assert_eq!((outcome, asked.len()), (right(), 3), "{kind:?}");
        let long = Answer {
            retry_after: Some("120"),
            ..fails(status, &body)
        };
        let (outcome, asked, _) = play(kind, vec![long, ok(&text(kind, RIGHT))]).await;
        assert!(
            matches!(outcome, Err(Trouble::Busy { wait: Some(_), .. })),
            "{kind:?}: {outcome:?}"
        );
        assert_eq!(asked.len(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn a_truncated_answer_gets_more_room() {
    for kind in KINDS {
        let cut = ok(&truncated(kind, "{\"choice\":\"a"));
        let (outcome, asked, cost) = play(kind, vec![cut, ok(&text(kind, RIGHT))]).await;
        assert_eq!((outcome, asked.len()), (right(), 2), "{kind:?}");
        let room = |body: &Value| match kind {
            Kind::Gemini => body["generationConfig"]["maxOutputTokens"].as_u64(),
            Kind::Anthropic => body["max_tokens"].as_u64(),
            Kind::Openai => body["max_completion_tokens"]
                .as_u64()
                .or(body["max_tokens"].as_u64()),
        };
        assert_eq!(
            (room(&asked[0]), room(&asked[1])),
            (Some(100), Some(200)),
            "{kind:?}"
        );
        assert!(cost >= 140, "{kind:?}");
    }
}

#[tokio::test]
async fn bad_json_is_asked_for_again_and_then_otherwise() {
    for kind in KINDS {
        let bad = ok(&text(kind, "Sure! The choice is a."));
        let (outcome, asked, _) = play(kind, vec![bad.clone(), ok(&text(kind, RIGHT))]).await;
        assert_eq!((outcome, asked.len()), (right(), 2), "{kind:?}");
        let page = Answer {
            status: 200,
            body: "<html>busy</html>".into(),
            retry_after: None,
        };
        let fenced = ok(&text(kind, "```json\n{\"choice\":\"a\"}\n```"));
        let (outcome, _, _) = play(kind, vec![page, fenced]).await;
        assert_eq!(outcome, right(), "{kind:?}");
        let (outcome, asked, _) = play(kind, vec![bad; 9]).await;
        assert!(
            outcome.is_err() && asked.len() <= 5,
            "{kind:?}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_denied_key_is_told_at_once_and_without_the_body() {
    for kind in KINDS {
        let body = json!({ "error": { "message": "my secret order, key the-key" } });
        let (outcome, asked, _) = play(kind, vec![fails(401, &body), ok(&text(kind, RIGHT))]).await;
        let trouble = outcome.unwrap_err();
        assert_eq!(
            (&trouble, asked.len()),
            (&Trouble::Denied(401), 1),
            "{kind:?}"
        );
        let told = format!("{trouble} {trouble:?} {:?}", question());
        assert!(
            !told.contains("secret") && !told.contains("the-key"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/v1/", listener.local_addr().unwrap());
    drop(listener);
    let server = StandIn::start(Vec::new()).await;
    let settings = agent::providers::Settings {
        address: Some(address),
        ..server.settings(Kind::Openai)
    };
    let outcome = Wire::new(&settings)
        .unwrap()
        .ask(&question(), Rung::Schema)
        .await;
    assert_eq!(outcome, Err(Trouble::Unreachable));
    assert!(!format!("{settings:?}").contains("the-key"));
}

#[tokio::test]
async fn recordings_answer_in_place_of_the_provider() {
    let folder = std::env::temp_dir().join(format!("frontdesk-recordings-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let server = StandIn::start(vec![ok(&text(Kind::Openai, RIGHT))]).await;
    let wire = Wire::new(&server.settings(Kind::Openai)).unwrap();
    let rungs = wire.rungs();
    let recorder = Recorder::new(Box::new(wire), &folder);
    let first = recorder.ask(&question(), Rung::Schema).await.unwrap();
    let replay = Replay::new(recorder.name(), Price::default(), rungs, &folder);
    assert_eq!(replay.ask(&question(), Rung::Schema).await, Ok(first));
    assert_eq!(server.asked().len(), 1);
    let other = Question {
        data: "{}".into(),
        ..question()
    };
    assert!(matches!(
        replay.ask(&other, Rung::Schema).await,
        Err(Trouble::NotRecorded(_))
    ));
    std::fs::remove_dir_all(&folder).unwrap();
}
