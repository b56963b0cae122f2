//! What thinks for the agents of this server, made at the first use.

use crate::config::{AgentConfig, Model};
use agent::{
    AgentError, Embedded, Encoder, Library, Mind, Spent,
    assist::Assist,
    providers::{Kind, Ladder, Patience, Price, Settings, Thinker, Wire},
};
use futures_util::future::BoxFuture;
use gateway::{Assistant, Task};
use std::sync::{Arc, Mutex, PoisonError};
use store::DAY;
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

    /// What does the tasks of tools, by these settings.
    async fn assist(&self, settings: &agent::settings::Settings) -> Result<Assist, AgentError> {
        let (mind, encoder) = self.made().await?;
        Ok(Assist {
            mind: Arc::clone(mind),
            encoder: Arc::clone(encoder),
            rules: settings.rules.clone(),
            tone: settings.tone.clone(),
        })
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

/// The models as tools use them; read in at the first use.
pub(crate) struct Words {
    thinkers: Arc<Thinkers>,
    settings: Arc<agent::settings::Settings>,
    purse: Mutex<Purse>,
}

/// What the tools' tasks took today, in this process: they are held to the agent's own limits of a day.
#[derive(Default)]
struct Purse {
    day: i64,
    tokens: u64,
    micros: u64,
}

impl Purse {
    /// Whether something is left; a new day begins anew.
    fn is_open(&mut self, settings: &agent::settings::Settings, now: i64) -> bool {
        let day = now.div_euclid(DAY);
        if self.day != day {
            *self = Self {
                day,
                ..Self::default()
            };
        }
        let below = |taken: u64, limit: i64| i64::try_from(taken).is_ok_and(|taken| taken < limit);
        below(self.tokens, settings.tokens) && below(self.micros, settings.cost_micros)
    }

    fn pay(&mut self, spent: &Spent) {
        self.tokens += spent.input_tokens + spent.output_tokens;
        self.micros += spent.cost_micros;
    }
}

impl Words {
    /// The words of these models, by these settings.
    pub(crate) fn new(thinkers: &Arc<Thinkers>, config: &AgentConfig) -> Arc<Self> {
        Arc::new(Self {
            thinkers: Arc::clone(thinkers),
            settings: Arc::new(config.settings.clone()),
            purse: Mutex::default(),
        })
    }
}

impl Assistant for Words {
    fn assist(&self, task: Task) -> BoxFuture<'_, Result<serde_json::Value, String>> {
        Box::pin(async move {
            let purse = || self.purse.lock().unwrap_or_else(PoisonError::into_inner);
            if !purse().is_open(&self.settings, store::now()) {
                return Err(
                    "The models' budget of today is used up: see agent.tokens and agent.cost."
                        .into(),
                );
            }
            let done = match self.thinkers.assist(&self.settings).await {
                Ok(assist) => assist.run(task).await,
                Err(error) => Err(error),
            };
            let (answer, spent) = done.map_err(|error| error.to_string())?;
            purse().pay(&spent);
            Ok(answer)
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_its_budget() {
        let settings = agent::settings::Settings {
            tokens: 100,
            cost_micros: 50,
            ..agent::settings::Settings::default()
        };
        let spent = |input_tokens, cost_micros| Spent {
            input_tokens,
            cost_micros,
            ..Spent::embedded()
        };
        for (took, open) in [
            (spent(0, 0), true),
            (spent(99, 49), true),
            (spent(100, 0), false),
            (spent(0, 50), false),
        ] {
            let mut purse = Purse::default();
            assert!(purse.is_open(&settings, DAY));
            purse.pay(&took);
            assert_eq!(purse.is_open(&settings, DAY + 1), open, "{took:?}");
            assert!(purse.is_open(&settings, 2 * DAY), "the next day");
        }
    }
}
