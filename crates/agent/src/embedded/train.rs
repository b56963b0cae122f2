//! Trains heads: one class against all others with squared hinge loss, by dual coordinate descent over the likeness of all
//! examples to each other; then one slope (and for a yes or no also one shift) by cross-validation, so that probabilities
//! mean what they say.

use super::{
    head::{Head, Point, Space, Weights, real, top},
    near,
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

/// Passes over the examples; margins move by less than a hundredth after.
const PASSES: usize = 15;
const FOLDS: usize = 5;
/// With more examples than this one fold tells the slope well enough.
const MANY: usize = 4_000;
/// How much likeness weighs against words and marks.
const LIKENESS_SHARE: f32 = 2.5;
/// Steps below this are not taken.
const STILL: f32 = 1e-6;

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
            cost: 3.0,
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
    /// Its number among the texts of the space.
    pub(crate) text: usize,
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
    let gram = gram(space, examples, recipe);
    let order = shuffled(examples.len(), recipe.seed);
    let folds = folds(examples, recipe.seed);
    let mut judged: Vec<(Vec<f32>, usize)> = Vec::new();
    let rounds = if examples.len() > MANY { 1 } else { FOLDS };
    for round in 0..rounds {
        let (test, train): (Vec<usize>, Vec<usize>) =
            order.iter().partition(|at| folds[**at] == round);
        let fitted = fit(&gram, classes.len(), examples, &train, recipe);
        judged.extend(test.iter().map(|at| {
            let margins = fitted.iter().map(|one| one.margins[*at]).collect();
            (margins, examples[*at].class)
        }));
    }
    let fitted = fit(&gram, classes.len(), examples, &order, recipe);
    let mut head = pack(space, classes, examples, &fitted, recipe);
    (head.slope, head.shift) = if classes.len() == 1 {
        platt(&judged)
    } else {
        (slope(&judged), 0.0)
    };
    head
}

/// How like all examples are to each other, a row each.
fn gram(space: &Space, examples: &[Example], recipe: Recipe) -> Vec<Vec<f32>> {
    let mut rows = vec![vec![0.0; examples.len()]; examples.len()];
    let mut words = vec![0.0; space.buckets.len()];
    for (at, one) in examples.iter().enumerate() {
        for (word, value) in &one.point.words {
            words[*word] = *value;
        }
        for (other, two) in examples.iter().enumerate().take(at + 1) {
            let mut like = super::encoder::dot(&one.point.marks, &two.point.marks);
            if let (Some(left), Some(right)) = (&one.point.place, &two.point.place) {
                like += LIKENESS_SHARE * near::likeness(left, right);
            }
            if recipe.words {
                let shared = two.point.words.iter();
                like += shared
                    .map(|(word, value)| words[*word] * value)
                    .sum::<f32>();
            }
            rows[at][other] = like;
            rows[other][at] = like;
        }
        for (word, _) in &one.point.words {
            words[*word] = 0.0;
        }
    }
    rows
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

/// One class against the others: what each example adds, and the margin of each, learned from or not.
#[derive(Default)]
struct Fitted {
    adds: Vec<f32>,
    margins: Vec<f32>,
}

fn fit(
    gram: &[Vec<f32>],
    classes: usize,
    examples: &[Example],
    train: &[usize],
    recipe: Recipe,
) -> Vec<Fitted> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(classes);
    let mut rows: Vec<(usize, Fitted)> = thread::scope(|scope| {
        let work: Vec<_> = (0..threads)
            .map(|first| {
                let each = (first..classes).step_by(threads);
                scope.spawn(move || {
                    each.map(|class| (class, one(gram, class, examples, train, recipe)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        work.into_iter()
            .flat_map(|one| one.join().unwrap_or_default())
            .collect()
    });
    rows.sort_by_key(|(class, _)| *class);
    rows.into_iter().map(|(_, fitted)| fitted).collect()
}

/// One class against the others (Hsieh et al. 2008, with the L2 loss), in the space that the likeness spans.
fn one(
    gram: &[Vec<f32>],
    class: usize,
    examples: &[Example],
    train: &[usize],
    recipe: Recipe,
) -> Fitted {
    let slack = 1.0 / (2.0 * recipe.cost);
    let mut duals = vec![0.0_f32; examples.len()];
    let mut margins = vec![0.0_f32; examples.len()];
    let side = |at: usize| {
        if examples[at].class == class {
            1.0
        } else {
            -1.0
        }
    };
    for pass in 0..PASSES {
        for place in shuffled(train.len(), recipe.seed ^ (pass as u64 + 1)) {
            let at = train[place];
            let gradient = side(at) * margins[at] - 1.0 + slack * duals[at];
            let dual = (duals[at] - gradient / (gram[at][at] + slack)).max(0.0);
            let step = (dual - duals[at]) * side(at);
            if step.abs() > STILL {
                duals[at] = dual;
                for (margin, like) in margins.iter_mut().zip(&gram[at]) {
                    *margin += step * like;
                }
            }
        }
    }
    let adds = duals.iter().enumerate().map(|(at, dual)| dual * side(at));
    Fitted {
        adds: adds.collect(),
        margins,
    }
}

/// What examples add becomes weights of known texts, words and marks.
fn pack(
    space: &Space,
    classes: &[String],
    examples: &[Example],
    fitted: &[Fitted],
    recipe: Recipe,
) -> Head {
    let many = classes.len();
    let marks = examples.first().map_or(0, |one| one.point.marks.len());
    let kept = if recipe.words { space.buckets.len() } else { 0 };
    let mut marked = vec![0.0; many * marks];
    let mut texts = vec![0.0; many * space.texts.len()];
    let mut words = vec![0.0; many * kept];
    for (class, one) in fitted.iter().enumerate() {
        for (example, add) in examples.iter().zip(&one.adds) {
            let point = &example.point;
            for (slot, mark) in marked[class * marks..].iter_mut().zip(&point.marks) {
                *slot += add * mark;
            }
            if point.place.is_some() {
                texts[example.text * many + class] += add * LIKENESS_SHARE;
            }
            let known = point.words.iter().filter(|(word, _)| *word < kept);
            for (word, value) in known {
                words[word * many + class] += add * value;
            }
        }
    }
    Head {
        classes: classes.to_vec(),
        marks: marked,
        texts: Weights::pack(&texts),
        words: Weights::pack(&words),
        slope: 1.0,
        shift: 0.0,
    }
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
