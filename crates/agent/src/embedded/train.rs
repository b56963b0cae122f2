//! Trains linear heads: one against all others with squared hinge loss, by dual coordinate descent; then one slope (and
//! for a yes or no also one shift) by cross-validation, so that probabilities mean what they say.

use super::head::{DENSE, Head, Point, Space, real, top};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

/// Passes over the examples; margins move by less than a hundredth after.
const PASSES: usize = 25;
const FOLDS: usize = 5;
/// With more examples than this one fold tells the slope well enough.
const MANY: usize = 4_000;

/// How a head is trained.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Seed of the order of examples and of the folds.
    pub seed: u64,
    /// What an error costs against large weights.
    pub cost: f32,
    /// Whether words count beside meaning.
    pub words: bool,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            seed: 7,
            cost: 1.0,
            words: true,
        }
    }
}

/// An example: a text in numbers, and the place of its class; for a yes or no, 0 is yes and 1 is no.
pub(crate) struct Example {
    pub(crate) point: Point,
    pub(crate) class: usize,
    /// Examples of one group are judged together, by a head that learned from none of them.
    pub(crate) group: u64,
}

/// The group of examples that were made from this text.
pub(crate) fn group(text: &str) -> u64 {
    let digest = Sha256::digest(text);
    digest
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Trains a head. One class name means a yes or no.
pub(crate) fn head(
    space: &Space,
    classes: &[String],
    examples: &[Example],
    recipe: Recipe,
) -> Head {
    let order = shuffled(examples.len(), recipe.seed);
    let folds = folds(examples, recipe.seed);
    let mut judged: Vec<(Vec<f32>, usize)> = Vec::new();
    let rounds = if examples.len() > MANY { 1 } else { FOLDS };
    for round in 0..rounds {
        let (test, train): (Vec<usize>, Vec<usize>) =
            order.iter().partition(|at| folds[**at] == round);
        let head = fit(space, classes, &pick(examples, &train), recipe);
        judged.extend(
            test.iter()
                .map(|at| (head.margins(&examples[*at].point), examples[*at].class)),
        );
    }
    let all: Vec<&Example> = pick(examples, &order);
    let mut head = fit(space, classes, &all, recipe);
    (head.slope, head.shift) = if classes.len() == 1 {
        platt(&judged)
    } else {
        (slope(&judged), 0.0)
    };
    head
}

/// The fold of each example.
fn folds(examples: &[Example], seed: u64) -> Vec<usize> {
    let groups: BTreeSet<u64> = examples.iter().map(|example| example.group).collect();
    let order = shuffled(groups.len(), seed);
    let fold: BTreeMap<u64, usize> = groups
        .into_iter()
        .zip(order.into_iter().map(|place| place % FOLDS))
        .collect();
    examples
        .iter()
        .map(|example| fold[&example.group])
        .collect()
}

fn pick<'a>(examples: &'a [Example], at: &[usize]) -> Vec<&'a Example> {
    at.iter().map(|at| &examples[*at]).collect()
}

fn fit(space: &Space, classes: &[String], examples: &[&Example], recipe: Recipe) -> Head {
    let words = if recipe.words { space.buckets.len() } else { 0 };
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(classes.len());
    let mut rows: Vec<(usize, Weights)> = thread::scope(|scope| {
        let work: Vec<_> = (0..threads)
            .map(|first| {
                let each = (first..classes.len()).step_by(threads);
                scope.spawn(move || {
                    each.map(|class| (class, one(class, words, examples, recipe)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        work.into_iter()
            .flat_map(|one| one.join().unwrap_or_default())
            .collect()
    });
    rows.sort_by_key(|(class, _)| *class);
    let weights: Vec<Weights> = rows.into_iter().map(|(_, weights)| weights).collect();
    pack(classes, words, &weights)
}

struct Weights {
    dense: Vec<f32>,
    words: Vec<f32>,
}

/// One class against the others (Hsieh et al. 2008, with the L2 loss).
fn one(class: usize, words: usize, examples: &[&Example], recipe: Recipe) -> Weights {
    let mut weights = Weights {
        dense: vec![0.0; DENSE],
        words: vec![0.0; words],
    };
    let slack = 1.0 / (2.0 * recipe.cost);
    let norms: Vec<f32> = examples
        .iter()
        .map(|example| norm(&example.point, words) + slack)
        .collect();
    let mut duals = vec![0.0_f32; examples.len()];
    for pass in 0..PASSES {
        for at in shuffled(examples.len(), recipe.seed ^ (pass as u64 + 1)) {
            let example = examples[at];
            let side = if example.class == class { 1.0 } else { -1.0 };
            let gradient = side * weights.margin(&example.point) - 1.0 + slack * duals[at];
            let dual = (duals[at] - gradient / norms[at]).max(0.0);
            let step = (dual - duals[at]) * side;
            if step != 0.0 {
                weights.add(&example.point, step);
                duals[at] = dual;
            }
        }
    }
    weights
}

impl Weights {
    fn margin(&self, point: &Point) -> f32 {
        let dense = super::encoder::dot(&self.dense, &point.dense);
        if self.words.is_empty() {
            return dense;
        }
        dense
            + point
                .words
                .iter()
                .map(|(at, value)| self.words[*at] * value)
                .sum::<f32>()
    }

    fn add(&mut self, point: &Point, step: f32) {
        for (weight, value) in self.dense.iter_mut().zip(&point.dense) {
            *weight += step * value;
        }
        if !self.words.is_empty() {
            for (at, value) in &point.words {
                self.words[*at] += step * value;
            }
        }
    }
}

fn norm(point: &Point, words: usize) -> f32 {
    let dense = super::encoder::dot(&point.dense, &point.dense);
    let sparse = if words == 0 {
        0.0
    } else {
        point.words.iter().map(|(_, value)| value * value).sum()
    };
    dense + sparse
}

/// Word weights become bytes, in units of the greatest of them.
fn pack(classes: &[String], words: usize, rows: &[Weights]) -> Head {
    let greatest = rows
        .iter()
        .flat_map(|row| &row.words)
        .fold(0.0_f32, |most, weight| most.max(weight.abs()));
    let unit = (greatest / 127.0).max(f32::MIN_POSITIVE);
    let words = (0..words)
        .flat_map(|at| rows.iter().map(move |row| byte(row.words[at] / unit)))
        .collect();
    Head {
        classes: classes.to_vec(),
        dense: rows
            .iter()
            .flat_map(|row| row.dense.iter().copied())
            .collect(),
        words,
        unit,
        slope: 1.0,
        shift: 0.0,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the value is within ±127")]
fn byte(value: f32) -> i8 {
    value.round().clamp(-127.0, 127.0) as i8
}

/// The slope under which the right classes are likeliest, to a hundredth of itself.
fn slope(held: &[(Vec<f32>, usize)]) -> f32 {
    let loss = |slope: f32| -> f32 {
        let losses = held.iter().map(|(margins, class)| {
            let most = top(margins).1;
            let total: f32 = margins
                .iter()
                .map(|margin| ((margin - most) * slope).exp())
                .sum();
            total.ln() - (margins[*class] - most) * slope
        });
        losses.sum()
    };
    let slopes: Vec<f32> = (0..300).map(|step| 0.5 * 1.0125_f32.powi(step)).collect();
    let losses: Vec<f32> = slopes.iter().map(|slope| -loss(*slope)).collect();
    slopes[top(&losses).0]
}

/// Slope and shift under which the right answers are likeliest, by Newton's method, with Platt's soft targets.
fn platt(held: &[(Vec<f32>, usize)]) -> (f32, f32) {
    let yes = real(held.iter().filter(|(_, class)| *class == 0).count());
    let no = real(held.len()) - yes;
    let (high, low) = ((yes + 1.0) / (yes + 2.0), 1.0 / (no + 2.0));
    let (mut slope, mut shift) = (1.0_f32, 0.0_f32);
    for _ in 0..100 {
        let (mut g, mut h) = ([0.0_f32; 2], [1e-4_f32, 0.0, 1e-4]);
        for (margins, class) in held {
            let (margin, target) = (margins[0], if *class == 0 { high } else { low });
            let p = 1.0 / (1.0 + (-(margin * slope + shift)).exp());
            let (error, curve) = (p - target, (p * (1.0 - p)).max(1e-6));
            g = [g[0] + error * margin, g[1] + error];
            h = [
                h[0] + curve * margin * margin,
                h[1] + curve * margin,
                h[2] + curve,
            ];
        }
        let scale = (h[0] * h[2] - h[1] * h[1]).max(1e-9);
        slope -= (h[2] * g[0] - h[1] * g[1]) / scale;
        shift -= (h[0] * g[1] - h[1] * g[0]) / scale;
    }
    (slope.max(0.1), shift)
}

/// The places 0 to `count`, in an order that the seed tells (as `SplitMix64` does).
pub(crate) fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = seed;
    for last in (1..count).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let chosen = usize::try_from(mixed % (last as u64 + 1)).unwrap_or_default();
        order.swap(last, chosen);
    }
    order
}
