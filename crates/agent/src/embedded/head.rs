//! Linear heads over one space of features: what was learned, and how a text is scored with it.

use super::{
    encoder::{LAYERS, Layers},
    features, lexicon,
};
use std::collections::HashMap;

/// Numbers of a text that are no words: its layers, marks of mood and wish, and a constant.
pub(crate) const DENSE: usize = LAYERS + features::LEXICON + 1;
/// How much words weigh against meaning.
const WORDS_SHARE: f32 = 1.0;
/// How much the marks of a mood weigh against meaning.
const MARKS_SHARE: f32 = 0.5;

/// Which words are known, and how much each tells.
#[derive(Clone, Default)]
pub(crate) struct Space {
    pub(crate) buckets: Vec<u32>,
    pub(crate) rarity: Vec<f32>,
    places: HashMap<u32, usize>,
}

/// A text in numbers.
#[derive(Clone)]
pub(crate) struct Point {
    pub(crate) dense: [f32; DENSE],
    pub(crate) words: Vec<(usize, f32)>,
}

/// One decision: a margin for each class, made into probabilities.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) classes: Vec<String>,
    /// `DENSE` weights a class.
    pub(crate) dense: Vec<f32>,
    /// A weight for each known word and class, words first, in units of `unit`; empty where words do not count.
    pub(crate) words: Vec<i8>,
    pub(crate) unit: f32,
    /// Margins become probabilities by `margin * slope + shift`.
    pub(crate) slope: f32,
    pub(crate) shift: f32,
}

impl Space {
    pub(crate) fn new(buckets: Vec<u32>, rarity: Vec<f32>) -> Self {
        let places = buckets.iter().copied().zip(0..).collect();
        Self {
            buckets,
            rarity,
            places,
        }
    }

    /// Learns which words stand in at least `least` texts, and how rare they are.
    pub(crate) fn learn(texts: &[&str], least: usize) -> Self {
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
        Self::new(
            known.into_iter().map(|(bucket, _)| bucket).collect(),
            rarity,
        )
    }

    /// Places a text of which the layers are known.
    pub(crate) fn place(&self, text: &str, layers: &Layers) -> Point {
        let mut dense = [0.0; DENSE];
        dense[..LAYERS].copy_from_slice(layers);
        for (slot, mark) in dense[LAYERS..].iter_mut().zip(lexicon::marks(text)) {
            *slot = mark * MARKS_SHARE;
        }
        dense[DENSE - 1] = 1.0;
        let mut words: Vec<(usize, f32)> = features::words(text)
            .into_iter()
            .filter_map(|(bucket, count)| {
                self.places
                    .get(&bucket)
                    .map(|at| (*at, count * self.rarity[*at]))
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
        Point { dense, words }
    }
}

impl Head {
    /// The margin of each class.
    pub(crate) fn margins(&self, point: &Point) -> Vec<f32> {
        let classes = self.classes.len();
        let mut margins: Vec<f32> = self
            .dense
            .chunks_exact(DENSE)
            .map(|weights| super::encoder::dot(weights, &point.dense))
            .collect();
        if !self.words.is_empty() {
            for (at, value) in &point.words {
                let row = &self.words[at * classes..(at + 1) * classes];
                for (margin, weight) in margins.iter_mut().zip(row) {
                    *margin += f32::from(*weight) * self.unit * value;
                }
            }
        }
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
