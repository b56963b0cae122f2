//! One tenant's articles in memory. Ten thousand passages are compared in less than a millisecond, so there is no index
//! of vectors to keep in step: an article that changes is replaced, and the next question sees it.

use super::{
    Article, Audience, Find, Passage, Query,
    bm25::{self, Counts, Field},
    chunk::{Chunk, chunks},
};
use crate::{
    AgentError,
    compose::weighed,
    embedded::{Encoder, Meaning, dot, head::real},
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard},
};

/// Articles that share most words with a question are read for it at once, this many.
const AT_ONCE: usize = 8;
/// Passages whose sentences are read before anybody asks; more would not be remembered.
const WARM: usize = 500;

/// One tenant's articles, safe to share: questions go on while articles are replaced.
pub struct Library {
    encoder: Arc<Encoder>,
    shelf: RwLock<Shelf>,
}

type Shelf = BTreeMap<String, Arc<Shelved>>;

struct Shelved {
    article: Article,
    digest: [u8; 32],
    counts: Counts,
    parts: Vec<Chunk>,
    /// Of each part, once they are read.
    meanings: OnceLock<Vec<Meaning>>,
}

impl Library {
    /// An empty library.
    pub fn new(encoder: Arc<Encoder>) -> Self {
        Self {
            encoder,
            shelf: RwLock::default(),
        }
    }

    /// Puts an article in, or in place of the one of its id and locale; its words are found at once. Answers whether it
    /// changed.
    pub fn upsert(&self, article: Article) -> bool {
        let digest = digest(&article);
        let key = key(&article);
        if (self.shelf().get(&key)).is_some_and(|shelved| shelved.digest == digest) {
            return false;
        }
        let shelved = Arc::new(Shelved::new(article, digest));
        self.shelf
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, shelved);
        true
    }

    /// Reads what was not read yet, so that it is found by its meaning; milliseconds a passage, while questions go on.
    pub fn read(&self) -> Result<(), AgentError> {
        let shelved: Vec<_> = self.shelf().values().cloned().collect();
        for shelved in shelved {
            shelved.read(&self.encoder)?;
        }
        Ok(())
    }

    /// Reads the sentences that replies would weigh, so that the first questions do not wait for it. Takes milliseconds
    /// a sentence.
    pub fn warm(&self) -> Result<(), AgentError> {
        let shelved: Vec<_> = self.shelf().values().cloned().collect();
        let public = shelved
            .iter()
            .filter(|shelved| shelved.article.audience == Audience::Public);
        let parts = public.flat_map(|shelved| &shelved.parts).take(WARM);
        for sentence in parts.flat_map(|part| weighed(&part.text)) {
            self.encoder.meaning(&sentence)?;
        }
        Ok(())
    }

    /// Takes an article away, in all locales. Answers whether it was there.
    pub fn remove(&self, id: &str) -> bool {
        let mut articles = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        let before = articles.len();
        articles.retain(|_, shelved| shelved.article.id != id);
        articles.len() < before
    }

    /// How many articles there are, each locale counted.
    pub fn len(&self) -> usize {
        self.shelf().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shelf(&self) -> RwLockReadGuard<'_, Shelf> {
        self.shelf.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelved {
    fn new(article: Article, digest: [u8; 32]) -> Self {
        let mut parts = chunks(&article.body);
        if parts.is_empty() {
            parts = chunks(&article.title);
        }
        Self {
            counts: Counts::of(&article.title, &article.body),
            article,
            digest,
            parts,
            meanings: OnceLock::new(),
        }
    }

    fn read(&self, encoder: &Encoder) -> Result<(), AgentError> {
        if self.meanings.get().is_some() {
            return Ok(());
        }
        let meanings = self.parts.iter().map(|part| {
            let heading = part.heading.as_deref().unwrap_or_default();
            let meant = format!("{}. {heading}\n{}", self.article.title, part.text);
            encoder.meaning_of_passage(&meant)
        });
        // Who was quicker has read the same.
        let _ = self.meanings.set(meanings.collect::<Result<_, _>>()?);
        Ok(())
    }

    /// The part that is nearest, where it has been read.
    fn nearest(&self, meaning: &Meaning) -> Option<(f32, &Chunk)> {
        let near = self.meanings.get()?.iter().map(|part| dot(part, meaning));
        near.zip(&self.parts)
            .max_by(|left, right| left.0.total_cmp(&right.0))
    }
}

impl Find for Library {
    fn find(&self, query: &Query, k: usize) -> Result<Vec<Passage>, AgentError> {
        let meaning = self.encoder.meaning(&query.text)?;
        let articles = self.shelf();
        let asked = bm25::asked(&query.text);
        let searched = searched(&articles, query);
        let field = Field::of(&asked, searched.iter().map(|shelved| &shelved.counts));
        let by_words: Vec<f32> = searched
            .iter()
            .map(|shelved| field.score(&asked, &shelved.counts))
            .collect();
        for at in descending(&by_words).into_iter().take(AT_ONCE) {
            searched[at].read(&self.encoder)?;
        }
        let nearest: Vec<Option<(f32, &Chunk)>> = searched
            .iter()
            .map(|shelved| shelved.nearest(&meaning))
            .collect();
        let by_meaning: Vec<Option<f32>> =
            nearest.iter().map(|near| near.map(|near| near.0)).collect();
        let scores = sum(&standard(&by_words), &standard(&known(&by_meaning)));
        let passages = descending(&scores).into_iter().filter_map(|at| {
            let (similarity, part) = nearest[at]?;
            Some(passage(&searched[at].article, part, scores[at], similarity))
        });
        Ok(passages.take(k).collect())
    }
}

/// The articles that the question may see; where its locale has none, those of all locales.
fn searched<'a>(shelf: &'a Shelf, query: &Query) -> Vec<&'a Shelved> {
    let allowed = |shelved: &&Shelved| {
        let article = &shelved.article;
        (query.internal || article.audience == Audience::Public)
            && (query.help_center.is_none()
                || article.help_center.is_none()
                || article.help_center == query.help_center)
    };
    let all: Vec<&Shelved> = shelf.values().map(Arc::as_ref).filter(allowed).collect();
    let Some(locale) = &query.locale else {
        return all;
    };
    let own: Vec<&Shelved> = all
        .iter()
        .copied()
        .filter(|shelved| shelved.article.locale == *locale)
        .collect();
    if own.is_empty() { all } else { own }
}

/// The values with their mean in place of those that nobody knows yet.
fn known(values: &[Option<f32>]) -> Vec<f32> {
    let some: Vec<f32> = values.iter().copied().flatten().collect();
    let mean = some.iter().sum::<f32>() / real(some.len().max(1));
    values.iter().map(|value| value.unwrap_or(mean)).collect()
}

/// The places of the values, the highest value's first.
fn descending(values: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| values[*right].total_cmp(&values[*left]));
    order
}

fn passage(article: &Article, part: &Chunk, score: f32, similarity: f32) -> Passage {
    Passage {
        article_id: article.id.clone(),
        title: article.title.clone(),
        heading: part.heading.clone(),
        text: part.text.clone(),
        url: article.url.clone(),
        audience: article.audience,
        score,
        similarity,
    }
}

/// Distances from the mean in standard deviations, so that words and meaning weigh the same.
fn standard(values: &[f32]) -> Vec<f32> {
    let count = real(values.len().max(1));
    let mean = values.iter().sum::<f32>() / count;
    let spread = (values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f32>()
        / count)
        .sqrt();
    values
        .iter()
        .map(|value| (value - mean) / spread.max(1e-6))
        .collect()
}

fn sum(left: &[f32], right: &[f32]) -> Vec<f32> {
    left.iter().zip(right).map(|(a, b)| a + b).collect()
}

fn key(article: &Article) -> String {
    format!("{}\n{}", article.id, article.locale)
}

/// Of everything that a passage shows.
fn digest(article: &Article) -> [u8; 32] {
    let mut digest = Sha256::new();
    let url = article.url.as_deref().unwrap_or_default();
    let center = article.help_center.as_deref().unwrap_or_default();
    let audience = if article.audience == Audience::Internal {
        "internal"
    } else {
        "public"
    };
    for field in [article.title.as_str(), &article.body, url, center, audience] {
        digest.update((field.len() as u64).to_le_bytes());
        digest.update(field);
    }
    digest.finalize().into()
}
