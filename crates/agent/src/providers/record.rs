//! Answers on disk, so that tests and replays ask nobody: one file a question, named by its hash.

use super::{Given, Price, Provider, Question, Rung, Trouble};
use futures_util::{FutureExt, future::BoxFuture};
use sha2::{Digest, Sha256};
use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// Asks a provider and keeps its answers in a folder. The answers may quote customers: keep the folder as they are kept.
pub struct Recorder {
    provider: Box<dyn Provider>,
    folder: PathBuf,
}

/// Answers from a folder alone; a question without a recording fails.
pub struct Replay {
    name: String,
    price: Price,
    rungs: &'static [Rung],
    folder: PathBuf,
}

impl Recorder {
    /// Records into a folder that is there.
    pub fn new(provider: Box<dyn Provider>, folder: impl Into<PathBuf>) -> Self {
        Self {
            provider,
            folder: folder.into(),
        }
    }
}

impl Replay {
    /// Replays what was recorded of the model of this name.
    pub fn new(
        name: impl Into<String>,
        price: Price,
        rungs: &'static [Rung],
        folder: impl Into<PathBuf>,
    ) -> Self {
        Self {
            name: name.into(),
            price,
            rungs,
            folder: folder.into(),
        }
    }
}

impl Provider for Recorder {
    fn name(&self) -> &str {
        self.provider.name()
    }

    fn price(&self) -> Price {
        self.provider.price()
    }

    fn rungs(&self) -> &'static [Rung] {
        self.provider.rungs()
    }

    fn ask<'a>(
        &'a self,
        question: &'a Question,
        rung: Rung,
    ) -> BoxFuture<'a, Result<Given, Trouble>> {
        async move {
            let given = self.provider.ask(question, rung).await?;
            let place = place(&self.folder, self.name(), question, rung);
            let text = serde_json::to_vec_pretty(&given).map_err(|_| Trouble::Unreadable)?;
            fs::write(&place, text)
                .map_err(|_| Trouble::NotRecorded(place.display().to_string()))?;
            Ok(given)
        }
        .boxed()
    }
}

impl Provider for Replay {
    fn name(&self) -> &str {
        &self.name
    }

    fn price(&self) -> Price {
        self.price
    }

    fn rungs(&self) -> &'static [Rung] {
        self.rungs
    }

    fn ask<'a>(
        &'a self,
        question: &'a Question,
        rung: Rung,
    ) -> BoxFuture<'a, Result<Given, Trouble>> {
        async move {
            let place = place(&self.folder, &self.name, question, rung);
            let text =
                fs::read(&place).map_err(|_| Trouble::NotRecorded(place.display().to_string()))?;
            serde_json::from_slice(&text).map_err(|_| Trouble::Unreadable)
        }
        .boxed()
    }
}

fn place(folder: &Path, name: &str, question: &Question, rung: Rung) -> PathBuf {
    let asked = serde_json::to_vec(&(name, rung, question)).unwrap_or_default();
    let mut hash = String::new();
    for byte in Sha256::digest(asked).iter().take(16) {
        let _ = write!(hash, "{byte:02x}");
    }
    folder.join(format!("{hash}.json"))
}
