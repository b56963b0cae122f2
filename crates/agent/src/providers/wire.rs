//! Asks a provider over its own wire format, through `genai`.

use super::{Given, Price, Provider, Question, Rung, Trouble};
use crate::AgentError;
use futures_util::{FutureExt, future::BoxFuture};
use genai::{
    Client, ModelIden, ServiceTarget,
    adapter::AdapterKind,
    chat::{
        ChatMessage, ChatOptions, ChatRequest, ChatResponse, JsonSpec, StopReason, Tool, ToolChoice,
    },
    resolver::{AuthData, Endpoint},
    webc,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// Whose wire format is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Anthropic's Messages.
    Anthropic,
    /// OpenAI's Chat Completions; also Ollama, vLLM, Azure, OpenRouter and llama.cpp at their addresses.
    Openai,
    /// Gemini's own.
    Gemini,
}

/// Where a model is, and what it is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whose wire format is spoken.
    pub kind: Kind,
    /// The model's name.
    pub model: String,
    /// The address up to the version, such as `http://localhost:11434/v1/`; the provider's own when none.
    #[serde(default)]
    pub address: Option<String>,
    /// The key; none for a server of one's own.
    #[serde(default)]
    pub key: Option<SecretString>,
    /// What it takes for its tokens.
    #[serde(default)]
    pub price: Price,
    /// Seconds that one attempt may take.
    #[serde(default = "patient")]
    pub timeout: u64,
}

const fn patient() -> u64 {
    20
}

/// A provider at an address.
pub struct Wire {
    name: String,
    model: String,
    kind: Kind,
    price: Price,
    client: Client,
}

impl Wire {
    /// Prepares to ask; sends nothing yet.
    pub fn new(settings: &Settings) -> Result<Self, AgentError> {
        let broken = |error: &dyn std::fmt::Display| AgentError::Provider(error.to_string());
        // A redirect would carry the key elsewhere.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(settings.timeout))
            .build()
            .map_err(|error| broken(&error))?;
        let kind = settings.kind.adapter();
        let (address, key) = (settings.address.clone(), settings.key.clone());
        let model = settings.model.clone();
        let target = move |mut target: ServiceTarget| {
            if let Some(address) = &address {
                let address = format!("{}/", address.trim_end_matches('/'));
                target.endpoint = Endpoint::from_owned(address);
            }
            let key = key.as_ref().map_or("none", |key| key.expose_secret());
            target.auth = AuthData::from_single(key);
            target.model = ModelIden::new(kind, model.as_str());
            Ok::<_, genai::resolver::Error>(target)
        };
        let client = Client::builder()
            .with_reqwest(http)
            .with_service_target_resolver_fn(target);
        Ok(Self {
            name: format!("{}::{}", settings.kind.word(), settings.model),
            model: settings.model.clone(),
            kind: settings.kind,
            price: settings.price,
            client: client.build().map_err(|error| broken(&error))?,
        })
    }

    async fn ask_once(&self, question: &Question, rung: Rung) -> Result<Given, Trouble> {
        let (request, options) = shaped(question, rung);
        let model = ModelIden::new(self.kind.adapter(), self.model.as_str());
        let response = self
            .client
            .exec_chat(model, request, Some(&options))
            .await
            .map_err(|error| trouble(&error))?;
        given(&response, rung)
    }
}

impl Provider for Wire {
    fn name(&self) -> &str {
        &self.name
    }

    fn price(&self) -> Price {
        self.price
    }

    fn rungs(&self) -> &'static [Rung] {
        match self.kind {
            Kind::Openai => &[Rung::Schema, Rung::Object, Rung::Tool, Rung::Prompt],
            Kind::Anthropic | Kind::Gemini => &[Rung::Schema, Rung::Tool, Rung::Prompt],
        }
    }

    fn ask<'a>(
        &'a self,
        question: &'a Question,
        rung: Rung,
    ) -> BoxFuture<'a, Result<Given, Trouble>> {
        self.ask_once(question, rung).boxed()
    }
}

impl Kind {
    const fn adapter(self) -> AdapterKind {
        match self {
            Self::Anthropic => AdapterKind::Anthropic,
            Self::Openai => AdapterKind::OpenAI,
            Self::Gemini => AdapterKind::Gemini,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Openai => "openai",
            Self::Gemini => "gemini",
        }
    }
}

/// The question as one rung puts it.
fn shaped(question: &Question, rung: Rung) -> (ChatRequest, ChatOptions) {
    let options = ChatOptions::default().with_max_tokens(question.longest);
    let mut system = question.system.clone();
    let mut tools = Vec::new();
    let options = match rung {
        Rung::Schema => {
            options.with_response_format(JsonSpec::new(question.name, question.schema.clone()))
        }
        Rung::Object => {
            let format = json!({ "type": "json_object", "schema": question.schema });
            options.with_extra_body(json!({ "response_format": format }))
        }
        Rung::Tool => {
            let tool = Tool::new(question.name).with_description("Takes the answer.");
            tools.push(tool.with_schema(question.schema.clone()));
            options.with_tool_choice(ToolChoice::tool(question.name))
        }
        Rung::Prompt => options,
    };
    if matches!(rung, Rung::Prompt | Rung::Object) {
        system.push_str("\nAnswer with one JSON object and nothing else, by this JSON Schema:\n");
        system.push_str(&question.schema.to_string());
    }
    let request =
        ChatRequest::new(vec![ChatMessage::user(question.data.as_str())]).with_system(system);
    let request = if tools.is_empty() {
        request
    } else {
        request.with_tools(tools)
    };
    (request, options)
}

fn given(response: &ChatResponse, rung: Rung) -> Result<Given, Trouble> {
    match &response.stop_reason {
        Some(StopReason::ContentFilter(_)) => return Err(Trouble::Refused),
        Some(StopReason::MaxTokens(_)) => return Err(Trouble::Truncated),
        _ => {}
    }
    let text = match rung {
        Rung::Tool => response
            .tool_calls()
            .first()
            .map(|call| call.fn_arguments.to_string()),
        _ => response.first_text().map(str::to_owned),
    };
    let tokens = |count: Option<i32>| {
        count
            .and_then(|count| u64::try_from(count).ok())
            .unwrap_or_default()
    };
    Ok(Given {
        // Without a word, or with words where a tool was to be called, the model declines.
        text: text
            .filter(|text| !text.trim().is_empty())
            .ok_or(Trouble::Refused)?,
        input_tokens: tokens(response.usage.prompt_tokens),
        output_tokens: tokens(response.usage.completion_tokens),
    })
}

/// The errors of `genai` hold bodies, and so customers' texts: nothing but kind and status leaves here.
fn trouble(error: &genai::Error) -> Trouble {
    if let Some(status) = error.status() {
        if is_filtered(error) {
            return Trouble::Refused;
        }
        return by_status(status.as_u16(), wait(error));
    }
    match error {
        genai::Error::WebModelCall { webc_error, .. }
        | genai::Error::WebAdapterCall { webc_error, .. } => match webc_error {
            webc::Error::Reqwest(error) if error.is_timeout() => Trouble::TimedOut,
            webc::Error::Reqwest(error) if error.is_decode() || error.is_body() => {
                Trouble::Unreadable
            }
            webc::Error::Reqwest(_) => Trouble::Unreachable,
            _ => Trouble::Unreadable,
        },
        _ => Trouble::Unreadable,
    }
}

/// Whether the provider's filter took exception to the prompt: to ask in another way would not help.
fn is_filtered(error: &genai::Error) -> bool {
    let body = match error {
        genai::Error::HttpError { body, .. } => body,
        genai::Error::WebModelCall { webc_error, .. }
        | genai::Error::WebAdapterCall { webc_error, .. } => match webc_error {
            webc::Error::ResponseFailedStatus { body, .. } => body,
            _ => return false,
        },
        _ => return false,
    };
    let told: Option<serde_json::Value> = serde_json::from_str(body).ok();
    told.is_some_and(|told| told["error"]["code"] == "content_filter")
}

fn by_status(status: u16, wait: Option<Duration>) -> Trouble {
    match status {
        408 | 409 | 425 | 429 | 502..=504 | 529 => Trouble::Busy { status, wait },
        401..=403 => Trouble::Denied(status),
        500 | 505..=599 => Trouble::Broken(status),
        _ => Trouble::Unsupported(status),
    }
}

fn wait(error: &genai::Error) -> Option<Duration> {
    let told = error.headers()?.get("retry-after")?.to_str().ok()?;
    told.trim().parse().ok().map(Duration::from_secs)
}
