//! What thinks for the agents of this server, made at the first use.

use crate::config::{AgentConfig, Model};
use agent::{
    AgentError, Embedded, Encoder, Library, Mind,
    providers::{Kind, Ladder, Patience, Price, Settings, Thinker, Wire},
};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Seconds that one attempt of a provider may take.
const TIMEOUT: u64 = 20;

/// What thinks, and what reads articles for it; shared by all workspaces. A server without agents has none in memory.
pub(crate) struct Thinkers {
    models: [Option<Model>; 2],
    made: OnceCell<(Arc<dyn Mind>, Arc<Encoder>)>,
}

impl Thinkers {
    /// The embedded models, and the providers' before them that the configuration names.
    pub(crate) fn new(config: &AgentConfig) -> Self {
        Self {
            models: [config.model.clone(), config.fallback.clone()],
            made: OnceCell::new(),
        }
    }

    /// What thinks.
    pub(crate) async fn mind(&self) -> Result<Arc<dyn Mind>, AgentError> {
        Ok(Arc::clone(&self.made().await?.0))
    }

    /// An empty library.
    pub(crate) async fn library(&self) -> Result<Library, AgentError> {
        Ok(Library::new(Arc::clone(&self.made().await?.1)))
    }

    async fn made(&self) -> Result<&(Arc<dyn Mind>, Arc<Encoder>), AgentError> {
        let make = async || {
            let encoder = Arc::new(Encoder::load()?);
            let embedded = Arc::new(Embedded::new(Arc::clone(&encoder))?);
            let [first, second] = &self.models;
            let Some(first) = first else {
                return Ok((embedded as Arc<dyn Mind>, encoder));
            };
            let second = second.as_ref().map(ladder).transpose()?;
            let thinker = Thinker::new(ladder(first)?, second, embedded);
            Ok((Arc::new(thinker) as Arc<dyn Mind>, encoder))
        };
        self.made.get_or_try_init(make).await
    }
}

fn ladder(model: &Model) -> Result<Ladder, AgentError> {
    let (kind, name) = model.name.split_once("::").unwrap_or_default();
    let settings = Settings {
        kind: match kind {
            "anthropic" => Kind::Anthropic,
            "gemini" => Kind::Gemini,
            _ => Kind::Openai,
        },
        model: name.to_owned(),
        address: model.address.clone(),
        key: model.key.clone(),
        price: Price {
            input: model.price.0,
            output: model.price.1,
        },
        timeout: TIMEOUT,
    };
    Ok(Ladder::new(
        Box::new(Wire::new(&settings)?),
        Patience::default(),
    ))
}
