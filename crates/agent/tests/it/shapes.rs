//! Answers of providers in the shapes that they document.

use agent::providers::Kind;
use serde_json::{Value, json};

/// A text that ended by itself.
pub(crate) fn text(kind: Kind, text: &str) -> Value {
    ended(kind, text, ["stop", "end_turn", "STOP"])
}

/// A text that was cut off.
pub(crate) fn truncated(kind: Kind, text: &str) -> Value {
    ended(kind, text, ["length", "max_tokens", "MAX_TOKENS"])
}

fn ended(kind: Kind, text: &str, [openai, anthropic, gemini]: [&str; 3]) -> Value {
    match kind {
        Kind::Openai => openai_shape(
            &json!({ "role": "assistant", "content": text, "refusal": null }),
            openai,
        ),
        Kind::Anthropic => anthropic_shape(&json!([{ "type": "text", "text": text }]), anthropic),
        Kind::Gemini => gemini_shape(&json!([{ "text": text }]), gemini),
    }
}

/// A call of the tool whose arguments are the form.
pub(crate) fn tool(kind: Kind, name: &str, arguments: &Value) -> Value {
    match kind {
        Kind::Openai => {
            let function = json!({ "name": name, "arguments": arguments.to_string() });
            let call = json!({ "id": "call_1", "type": "function", "function": function });
            openai_shape(
                &json!({ "role": "assistant", "content": null, "tool_calls": [call] }),
                "tool_calls",
            )
        }
        Kind::Anthropic => {
            let call =
                json!({ "type": "tool_use", "id": "toolu_1", "name": name, "input": arguments });
            anthropic_shape(&json!([call]), "tool_use")
        }
        Kind::Gemini => gemini_shape(
            &json!([{ "functionCall": { "name": name, "args": arguments } }]),
            "STOP",
        ),
    }
}

/// The model declines.
pub(crate) fn refusal(kind: Kind) -> Value {
    match kind {
        Kind::Openai => {
            let message =
                json!({ "role": "assistant", "content": null, "refusal": "I'm sorry, I can't." });
            openai_shape(&message, "stop")
        }
        Kind::Anthropic => anthropic_shape(&json!([]), "refusal"),
        Kind::Gemini => json!({
            "candidates": [{ "finishReason": "SAFETY", "index": 0, "safetyRatings": [] }],
            "usageMetadata": { "promptTokenCount": 100, "totalTokenCount": 100 },
        }),
    }
}

/// The status and body of an overloaded provider.
pub(crate) fn overload(kind: Kind) -> (u16, Value) {
    match kind {
        Kind::Openai => {
            let error = json!({ "message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded" });
            (429, json!({ "error": error }))
        }
        Kind::Anthropic => (
            529,
            json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } }),
        ),
        Kind::Gemini => {
            let error = json!({ "code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE" });
            (503, json!({ "error": error }))
        }
    }
}

/// OpenAI's shape with more fields in its choice, as other servers add them.
pub(crate) fn openai_with(message: &Value, finish: &str, more: &Value) -> Value {
    let mut body = openai_shape(message, finish);
    for (name, value) in more.as_object().into_iter().flatten() {
        body["choices"][0][name] = value.clone();
    }
    body
}

/// Gemini ends without a word, for that reason.
pub(crate) fn gemini_ended(reason: &str) -> Value {
    json!({
        "candidates": [{ "content": {}, "finishReason": reason, "index": 0 }],
        "usageMetadata": { "promptTokenCount": 100, "totalTokenCount": 100 },
    })
}

fn openai_shape(message: &Value, finish: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_760_000_000, "model": "gpt-5-mini",
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": finish }],
        "usage": { "prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110 },
    })
}

fn anthropic_shape(content: &Value, stop: &str) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": content,
        "stop_reason": stop, "stop_sequence": null, "usage": { "input_tokens": 100, "output_tokens": 10 },
    })
}

fn gemini_shape(parts: &Value, finish: &str) -> Value {
    json!({
        "candidates": [{ "content": { "parts": parts, "role": "model" }, "finishReason": finish, "index": 0 }],
        "usageMetadata": { "promptTokenCount": 100, "candidatesTokenCount": 10, "totalTokenCount": 110 },
        "modelVersion": "gemini-2.5-flash",
    })
}
