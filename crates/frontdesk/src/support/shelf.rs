//! The library of one workspace, filled from it and kept as it is there.

use super::Thinkers;
use agent::{Article, Library, sync, turn::TurnError};
use gateway::{CallError, Gateway, Principal};
use std::sync::Arc;

/// The library of one workspace.
pub(crate) struct Shelf {
    pub(crate) library: Arc<Library>,
    gateway: Arc<Gateway>,
}

impl Shelf {
    /// One with all articles of the workspace.
    pub(crate) async fn filled(
        thinkers: &Thinkers,
        gateway: &Arc<Gateway>,
        who: &Principal,
    ) -> Result<Self, TurnError> {
        let shelf = Self {
            library: Arc::new(thinkers.library().await?),
            gateway: Arc::clone(gateway),
        };
        shelf.fill(who).await.map_err(TurnError::Call)?;
        Ok(shelf)
    }

    /// Reads all articles; what cannot be read now is read when it changes.
    async fn fill(&self, who: &Principal) -> Result<(), CallError> {
        match sync::articles(&self.gateway, who).await {
            Ok(articles) => self.put(articles).await,
            Err(error) if error.is_for_later() => return Err(error),
            Err(error) => tracing::warn!(%error, "the agent has no articles"),
        }
        Ok(())
    }

    /// Reads one article again.
    pub(crate) async fn renew(&self, who: &Principal, id: &str) {
        match sync::article(&self.gateway, who, id).await {
            Ok(articles) => {
                self.library.remove(id);
                self.put(articles).await;
            }
            Err(error) => tracing::warn!(article = id, %error, "an article cannot be read again"),
        }
    }

    /// Puts articles in, and has them read meanwhile: that takes processor time, here calls wait.
    async fn put(&self, articles: Vec<Article>) {
        let library = Arc::clone(&self.library);
        let count = articles.len();
        let putting = tokio::task::spawn_blocking(move || {
            for article in articles {
                library.upsert(article);
            }
            library
        });
        let Ok(library) = putting.await else {
            return;
        };
        tokio::task::spawn_blocking(move || match library.read().and_then(|()| library.warm()) {
            Ok(()) => tracing::info!(count, "the agent has read articles"),
            Err(error) => tracing::warn!(%error, "an article cannot be read by the model"),
        });
    }
}
