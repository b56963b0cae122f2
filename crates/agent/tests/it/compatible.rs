//! Servers that speak as OpenAI does, each in its own way, and the rarer endings of the others: every one is an answer, or
//! is known for none. The bodies are as the servers send them.

use crate::{
    shapes::{gemini_ended, openai_with},
    stand_in::{Answer, StandIn, fails, ok},
};
use agent::providers::{Kind, Question, Trouble};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize, PartialEq)]
struct Choice {
    choice: String,
}

const RIGHT: &str = "{\"choice\":\"a\"}";

fn question() -> Question {
    Question {
        system: "Choose.".into(),
        data: "{}".into(),
        name: "choice",
        schema: json!({
            "type": "object", "properties": { "choice": { "type": "string" } }, "required": ["choice"],
            "additionalProperties": false,
        }),
        longest: 100,
    }
}

async fn ask(kind: Kind, answers: Vec<Answer>) -> (Result<Choice, Trouble>, usize) {
    let server = StandIn::start(answers).await;
    let (outcome, _) = server.ladder(kind).ask::<Choice>(&question()).await;
    (outcome, server.asked().len())
}

#[tokio::test]
async fn answers_of_other_servers_are_read() {
    let said = json!({ "role": "assistant", "content": RIGHT });
    let ollama = json!({
        "id": "chatcmpl-412", "object": "chat.completion", "created": 1_760_000_000, "model": "llama3.2:3b",
        "system_fingerprint": "fp_ollama", "choices": [{ "index": 0, "message": said, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110 },
    });
    let vllm = openai_with(
        &json!({ "role": "assistant", "reasoning_content": null, "content": RIGHT, "tool_calls": [] }),
        "stop",
        &json!({ "stop_reason": null }),
    );
    let azure = openai_with(
        &said,
        "stop",
        &json!({ "content_filter_results": { "hate": { "filtered": false, "severity": "safe" } } }),
    );
    let openrouter = openai_with(
        &json!({ "role": "assistant", "content": RIGHT, "refusal": null, "reasoning": null }),
        "stop",
        &json!({ "native_finish_reason": "end_turn" }),
    );
    let thinking = openai_with(
        &json!({ "role": "assistant", "content": format!("<think>a or b</think>\n{RIGHT}") }),
        "stop",
        &json!({}),
    );
    let mut llama = openai_with(&said, "stop", &json!({ "logprobs": null }));
    llama["timings"] = json!({ "prompt_n": 100, "predicted_n": 10 });
    let mut untold = openai_with(&said, "stop", &json!({}));
    untold["usage"] = Value::Null;
    for (name, body) in [
        ("Ollama", ollama),
        ("vLLM", vllm),
        ("Azure", azure),
        ("OpenRouter", openrouter),
        ("a thinking model", thinking),
        ("llama.cpp", llama),
        ("without usage", untold),
    ] {
        let (outcome, asked) = ask(Kind::Openai, vec![ok(&body)]).await;
        assert_eq!(
            (outcome, asked),
            (Ok(Choice { choice: "a".into() }), 1),
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_is_no_answer_is_never_taken_for_one() {
    let nobody = json!({ "role": "assistant", "content": null });
    let half = json!({ "role": "assistant", "content": null, "tool_calls": [
        { "id": "1", "type": "function", "function": { "name": "choice", "arguments": "{\"choice\": \"a" } }] });
    let mut empty = openai_with(&nobody, "stop", &json!({}));
    empty["choices"] = json!([]);
    let upstream =
        json!({ "error": { "code": 502, "message": "Provider returned error" }, "user_id": "u" });
    let blocked = json!({ "promptFeedback": { "blockReason": "SAFETY" }, "usageMetadata": { "promptTokenCount": 100 } });
    let paused = json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
        "stop_reason": "pause_turn", "stop_sequence": null, "usage": { "input_tokens": 100, "output_tokens": 0 } });
    for (name, kind, body) in [
        (
            "content filter",
            Kind::Openai,
            openai_with(&nobody, "content_filter", &json!({})),
        ),
        ("no choices", Kind::Openai, empty),
        ("an error in a 200", Kind::Openai, upstream),
        (
            "half a tool call",
            Kind::Openai,
            openai_with(&half, "tool_calls", &json!({})),
        ),
        ("null", Kind::Openai, Value::Null),
        ("a text", Kind::Openai, json!("busy")),
        ("a blocked prompt", Kind::Gemini, blocked),
        ("recitation", Kind::Gemini, gemini_ended("RECITATION")),
        (
            "prohibited",
            Kind::Gemini,
            gemini_ended("PROHIBITED_CONTENT"),
        ),
        (
            "a malformed call",
            Kind::Gemini,
            gemini_ended("MALFORMED_FUNCTION_CALL"),
        ),
        ("a pause", Kind::Anthropic, paused),
        (
            "an error in a 200",
            Kind::Anthropic,
            json!({ "type": "error", "error": { "type": "api_error", "message": "x" } }),
        ),
    ] {
        let (outcome, asked) = ask(kind, vec![ok(&body); 9]).await;
        assert!(
            outcome.is_err() && asked <= 5,
            "{name}: {outcome:?} after {asked}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_asked_again() {
    let body = openai_with(
        &json!({ "role": "assistant", "content": RIGHT }),
        "stop",
        &json!({}),
    );
    let whole = body.to_string();
    let cut = Answer {
        body: whole[..whole.len() / 2].to_owned(),
        ..ok(&body)
    };
    let (outcome, asked) = ask(Kind::Openai, vec![cut, ok(&body)]).await;
    assert_eq!((outcome, asked), (Ok(Choice { choice: "a".into() }), 2));
}

#[tokio::test]
async fn a_prompt_that_a_filter_refuses_is_not_asked_in_all_ways() {
    let error = json!({ "message": "The response was filtered", "type": null, "param": "prompt", "code": "content_filter", "status": 400 });
    let refused = fails(400, &json!({ "error": error }));
    let (outcome, asked) = ask(Kind::Openai, vec![refused; 9]).await;
    assert_eq!((outcome, asked), (Err(Trouble::Refused), 1));
}
