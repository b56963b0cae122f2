//! Heads over one space of features: what was learned, and how a text is scored with it.

use super::{
    encoder::Layers,
    features, lexicon,
    near::{self, Axes, Place},
};
use std::collections::HashMap;

/// How much words weigh against meaning.
const WORDS_SHARE: f32 = 0.84;
/// How much the marks of a mood weigh against meaning.
const MARKS_SHARE: f32 = 0.5;

/// Which words are known and how much each tells, and which texts are known.
#[derive(Clone, Default)]
pub(crate) struct Space {
    /// In order.
    pub(crate) buckets: Vec<u32>,
    pub(crate) rarity: Vec<f32>,
    pub(crate) axes: Axes,
    /// The texts that were learned from.
    pub(crate) texts: Vec<Place>,
}

/// A text in numbers.
#[derive(Clone)]
pub(crate) struct Point {
    /// Marks of a mood, and a constant.
    pub(crate) marks: Vec<f32>,
    pub(crate) place: Option<Place>,
    /// How like the text is to each that was learned from; empty in what is learned from.
    pub(crate) likeness: Vec<f32>,
    pub(crate) words: Vec<(usize, f32)>,
}

/// One decision: a margin for each class, made into probabilities.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) classes: Vec<String>,
    /// A weight for each class and mark, classes first.
    pub(crate) marks: Vec<f32>,
    /// A weight for each known text and class, texts first.
    pub(crate) texts: Weights,
    /// The same for each known word; empty where words do not count.
    pub(crate) words: Weights,
    /// Margins become probabilities by `margin * slope + shift`.
    pub(crate) slope: f32,
    pub(crate) shift: f32,
}

/// Weights as bytes, in units of the greatest of them.
#[derive(Clone, Default)]
pub(crate) struct Weights {
    pub(crate) bytes: Vec<i8>,
    pub(crate) unit: f32,
}

impl Weights {
    /// Packs a row of weights for each thing that is weighed.
    pub(crate) fn pack(rows: &[f32]) -> Self {
        let greatest = rows
            .iter()
            .fold(0.0_f32, |most, weight| most.max(weight.abs()));
        let unit = (greatest / 127.0).max(f32::MIN_POSITIVE);
        let bytes = rows
            .iter()
            .map(|weight| near::byte(weight / unit))
            .collect();
        Self { bytes, unit }
    }

    /// Adds what some things weigh to the margins of all classes.
    fn add(&self, margins: &mut [f32], things: impl Iterator<Item = (usize, f32)>) {
        let classes = margins.len();
        for (at, value) in things {
            let Some(row) = self.bytes.get(at * classes..(at + 1) * classes) else {
                continue;
            };
            for (margin, weight) in margins.iter_mut().zip(row) {
                *margin += f32::from(*weight) * self.unit * value;
            }
        }
    }
}

impl Space {
    /// Learns which words stand in at least `least` texts and how rare they are, and keeps the texts.
    pub(crate) fn learn(texts: &[&str], layers: &[Layers], least: usize) -> Self {
        let mut space = Self::of_words(texts, least);
        space.axes = Axes::learn(layers);
        space.keep(layers);
        space
    }

    /// The same without meaning.
    pub(crate) fn of_words(texts: &[&str], least: usize) -> Self {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for text in texts {
            for (bucket, _) in features::words(text) {
                *counts.entry(bucket).or_default() += 1;
            }
        }
        let mut known: Vec<(u32, usize)> = counts
            .into_iter()
            .filter(|(_, count)| *count >= least)
            .collect();
        known.sort_unstable();
        let all = real(texts.len() + 1);
        let rarity = known
            .iter()
            .map(|(_, count)| (all / real(count + 1)).ln() + 1.0)
            .collect();
        Self {
            buckets: known.into_iter().map(|(bucket, _)| bucket).collect(),
            rarity,
            ..Self::default()
        }
    }

    /// Keeps texts that something is learned from, and answers with the number of the first.
    pub(crate) fn keep(&mut self, layers: &[Layers]) -> usize {
        let first = self.texts.len();
        let places = layers.iter().filter_map(|layers| self.axes.place(layers));
        self.texts.extend(places);
        first
    }

    /// Places a text of which the layers are known among all texts that are known.
    pub(crate) fn place(&self, text: &str, layers: &Layers) -> Point {
        let mut point = self.point(text, layers);
        if let Some(place) = &point.place {
            let likeness = self.texts.iter().map(|one| near::likeness(one, place));
            point.likeness = likeness.collect();
        }
        point
    }

    /// Places a text that is learned from.
    pub(crate) fn point(&self, text: &str, layers: &Layers) -> Point {
        let mut marks: Vec<f32> = lexicon::marks(text)
            .iter()
            .map(|mark| mark * MARKS_SHARE)
            .collect();
        marks.push(1.0);
        let mut words: Vec<(usize, f32)> = features::words(text)
            .into_iter()
            .filter_map(|(bucket, count)| {
                let at = self.buckets.binary_search(&bucket).ok()?;
                Some((at, count * self.rarity[at]))
            })
            .collect();
        let length = words
            .iter()
            .map(|(_, value)| value * value)
            .sum::<f32>()
            .sqrt();
        for (_, value) in &mut words {
            *value *= WORDS_SHARE / length.max(f32::MIN_POSITIVE);
        }
        Point {
            marks,
            place: self.axes.place(layers),
            likeness: Vec::new(),
            words,
        }
    }
}

impl Head {
    /// The margin of each class.
    pub(crate) fn margins(&self, point: &Point) -> Vec<f32> {
        let mut margins: Vec<f32> = self
            .marks
            .chunks_exact(point.marks.len())
            .map(|weights| super::encoder::dot(weights, &point.marks))
            .collect();
        let texts = point.likeness.iter().copied().enumerate();
        self.texts.add(&mut margins, texts);
        self.words.add(&mut margins, point.words.iter().copied());
        margins
    }

    /// The probability of each class; with one class alone, that it is the case.
    pub(crate) fn probabilities(&self, point: &Point) -> Vec<f32> {
        let mut values = self.margins(point);
        for value in &mut values {
            *value = *value * self.slope + self.shift;
        }
        if values.len() == 1 {
            return values
                .iter()
                .map(|value| 1.0 / (1.0 + (-value).exp()))
                .collect();
        }
        let most = values.iter().copied().fold(f32::MIN, f32::max);
        let total: f32 = values.iter().map(|value| (value - most).exp()).sum();
        values
            .iter()
            .map(|value| (value - most).exp() / total)
            .collect()
    }

    /// The probability of the only class.
    pub(crate) fn probability(&self, point: &Point) -> f32 {
        self.probabilities(point)
            .first()
            .copied()
            .unwrap_or_default()
    }

    /// The likeliest class and its probability.
    pub(crate) fn best(&self, point: &Point) -> (usize, f32) {
        top(&self.probabilities(point))
    }
}

/// The place of the greatest number, and the number; the first of equals.
pub(crate) fn top(values: &[f32]) -> (usize, f32) {
    values
        .iter()
        .copied()
        .enumerate()
        .fold((0, f32::MIN), |best, (at, value)| {
            if value > best.1 { (at, value) } else { best }
        })
}

/// A count as a number; counts here are far below what an `f32` holds exactly.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of texts and words stay below 2^24"
)]
pub(crate) fn real(count: usize) -> f32 {
    count as f32
}
