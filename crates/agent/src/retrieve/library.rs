//! One tenant's articles in memory. Ten thousand passages are compared in less than a millisecond, so there is no index
//! of vectors to keep in step: an article that changes is replaced, and the next question sees it.

use super::{
    Article, Audience, Find, Passage, Query,
    bm25::{self, Counts, Field},
    chunk::chunks,
};
use crate::{
    AgentError,
    embedded::{Encoder, Meaning, dot, head::real},
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

/// One tenant's articles, safe to share: questions go on while articles are replaced.
pub struct Library {
    encoder: Arc<Encoder>,
    shelf: RwLock<BTreeMap<String, Shelved>>,
}

struct Shelved {
    article: Article,
    digest: [u8; 32],
    counts: Counts,
    parts: Vec<Part>,
}

struct Part {
    heading: Option<String>,
    text: String,
    meaning: Box<Meaning>,
}

impl Library {
    /// An empty library.
    pub fn new(encoder: Arc<Encoder>) -> Self {
        Self {
            encoder,
            shelf: RwLock::default(),
        }
    }

    /// Puts an article in, or in place of the one of its id and locale. Takes milliseconds a passage, and nothing when
    /// it is the same as before. Answers whether it changed.
    pub fn upsert(&self, article: Article) -> Result<bool, AgentError> {
        let digest = digest(&article);
        let key = key(&article);
        let same = |shelved: &Shelved| shelved.digest == digest;
        if self
            .shelf
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .is_some_and(same)
        {
            return Ok(false);
        }
        let shelved = self.shelve(article, digest)?;
        self.shelf
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, shelved);
        Ok(true)
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
        self.shelf
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shelve(&self, article: Article, digest: [u8; 32]) -> Result<Shelved, AgentError> {
        let mut cut = chunks(&article.body);
        if cut.is_empty() {
            cut = chunks(&article.title);
        }
        let mut parts = Vec::with_capacity(cut.len());
        for chunk in cut {
            let heading = chunk.heading.as_deref().unwrap_or_default();
            let meant = format!("{}. {heading}\n{}", article.title, chunk.text);
            let meaning = Box::new(self.encoder.meaning_of_passage(&meant)?);
            parts.push(Part {
                heading: chunk.heading,
                text: chunk.text,
                meaning,
            });
        }
        let counts = Counts::of(&article.title, &article.body);
        Ok(Shelved {
            article,
            digest,
            counts,
            parts,
        })
    }
}

impl Find for Library {
    fn find(&self, query: &Query, k: usize) -> Result<Vec<Passage>, AgentError> {
        let meaning = self.encoder.meaning(&query.text)?;
        let articles = self.shelf.read().unwrap_or_else(PoisonError::into_inner);
        let asked = bm25::asked(&query.text);
        let searched = searched(&articles, query);
        let field = Field::of(&asked, searched.iter().map(|shelved| &shelved.counts));
        let by_words: Vec<f32> = searched
            .iter()
            .map(|shelved| field.score(&asked, &shelved.counts))
            .collect();
        let nearest: Vec<Option<(f32, &Part)>> = searched
            .iter()
            .map(|shelved| nearest(shelved, &meaning))
            .collect();
        let by_meaning: Vec<f32> = nearest
            .iter()
            .map(|near| near.map_or(-1.0, |(near, _)| near))
            .collect();
        let scores = sum(&standard(&by_words), &standard(&by_meaning));
        let mut order: Vec<usize> = (0..searched.len()).collect();
        order.sort_by(|left, right| scores[*right].total_cmp(&scores[*left]));
        let passages = order.into_iter().filter_map(|at| {
            let (similarity, part) = nearest[at]?;
            Some(passage(&searched[at].article, part, scores[at], similarity))
        });
        Ok(passages.take(k).collect())
    }
}

/// The articles that the question may see; where its locale has none, those of all locales.
fn searched<'a>(shelf: &'a BTreeMap<String, Shelved>, query: &Query) -> Vec<&'a Shelved> {
    let allowed = |shelved: &&Shelved| {
        let article = &shelved.article;
        (query.internal || article.audience == Audience::Public)
            && (query.help_center.is_none()
                || article.help_center.is_none()
                || article.help_center == query.help_center)
    };
    let all: Vec<&Shelved> = shelf.values().filter(allowed).collect();
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

fn nearest<'a>(shelved: &'a Shelved, meaning: &Meaning) -> Option<(f32, &'a Part)> {
    let near = shelved
        .parts
        .iter()
        .map(|part| (dot(&part.meaning[..], meaning), part));
    near.max_by(|left, right| left.0.total_cmp(&right.0))
}

fn passage(article: &Article, part: &Part, score: f32, similarity: f32) -> Passage {
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
