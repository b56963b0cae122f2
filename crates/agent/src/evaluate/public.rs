//! Public sets of questions: heads are trained on their training split, and nothing is chosen by their test split.

use super::{
    Bound::{AtLeast, AtMost},
    Report, Row, stats,
};
use crate::{
    AgentError,
    embedded::{
        DIMENSIONS, Encoder, LAYERS, Layers, dot, fingerprint,
        head::{Head, Point, Space, top},
        train::{self, Example, Recipe},
    },
};
use serde::Deserialize;
use std::{fs, path::Path, thread};

/// Texts with their labels.
pub(super) type Labeled = Vec<(String, String)>;

/// The share of out-of-scope messages that the threshold is set for: no split tells it, so one of five is assumed.
const ASSUMED: f32 = 0.2;

#[derive(Deserialize)]
struct Clinc {
    train: Labeled,
    val: Labeled,
    test: Labeled,
    oos_train: Labeled,
    oos_val: Labeled,
    oos_test: Labeled,
}

/// A head with what it was trained on.
struct Trained {
    space: Space,
    head: Head,
    /// What it was trained on, as the encoder sees it.
    known: Vec<Layers>,
}

/// A split, and how the encoder sees it.
struct Split {
    texts: Labeled,
    seen: Vec<Layers>,
}

pub(super) fn banking(
    encoder: &Encoder,
    data: &Path,
    report: &mut Report,
) -> Result<(), AgentError> {
    let set = "banking77 test";
    let split =
        |name: &str| fs::read_to_string(data.join("banking77").join(name)).map(|text| rows(&text));
    let (Ok(train), Ok(test)) = (split("train.csv"), split("test.csv")) else {
        report
            .skipped
            .push("banking77: its folder is not there".into());
        return Ok(());
    };
    let trained = learn(encoder, &train, Recipe::default())?;
    let judged = answers(&trained, &Split::new(encoder, test)?);
    push(report, set, &train, &judged, 0.945);
    Ok(())
}

pub(super) fn clinc(
    encoder: &Encoder,
    data: &Path,
    recipe: Recipe,
    report: &mut Report,
) -> Result<(), AgentError> {
    let set = "clinc150 test";
    let Ok(text) = fs::read_to_string(data.join("clinc150/data_full.json")) else {
        report
            .skipped
            .push("clinc150: its folder is not there".into());
        return Ok(());
    };
    let clinc: Clinc =
        serde_json::from_str(&text).map_err(|error| AgentError::Model(error.to_string()))?;
    let trained = learn(encoder, &clinc.train, recipe)?;
    let known = Split::new(encoder, clinc.test)?;
    let judged = answers(&trained, &known);
    push(report, set, &clinc.train, &judged, 0.96);
    let inside = signs(&trained, &Split::new(encoder, clinc.val)?);
    let mut outside = signs(&trained, &Split::new(encoder, clinc.oos_train)?);
    outside.extend(signs(&trained, &Split::new(encoder, clinc.oos_val)?));
    let (detector, threshold) = detector(&inside, &outside);
    let beyond = Split::new(encoder, clinc.oos_test)?;
    let mut judged: Vec<(bool, f32)> = Vec::new();
    for (split, out) in [(&known, false), (&beyond, true)] {
        judged.extend(
            signs(&trained, split)
                .iter()
                .map(|point| (out, detector.probability(point))),
        );
    }
    let f1 = |sample: &[usize]| {
        stats::precision_recall(
            sample
                .iter()
                .map(|at| (judged[*at].0, judged[*at].1 >= threshold)),
        )[2]
    };
    let area =
        |sample: &[usize]| stats::area(&sample.iter().map(|at| judged[*at]).collect::<Vec<_>>());
    report
        .rows
        .push(Row::sampled(set, "out-of-scope F1", judged.len(), f1).goal(AtLeast(0.85)));
    report.rows.push(Row::sampled(
        set,
        "out-of-scope area under the curve",
        judged.len(),
        area,
    ));
    Ok(())
}

fn learn(encoder: &Encoder, train: &Labeled, recipe: Recipe) -> Result<Trained, AgentError> {
    let texts: Vec<&str> = train.iter().map(|(text, _)| text.as_str()).collect();
    let known = layers(encoder, train)?;
    let space = Space::learn(&texts, &known, 2);
    let mut classes: Vec<String> = train.iter().map(|(_, label)| label.clone()).collect();
    classes.sort_unstable();
    classes.dedup();
    let examples: Vec<Example> = train
        .iter()
        .zip(&known)
        .enumerate()
        .map(|(number, ((text, label), seen))| Example {
            point: space.point(text, seen),
            class: classes.binary_search(label).unwrap_or_default(),
            group: train::group(text),
            text: number,
        })
        .collect();
    let head = train::head(&space, &classes, &examples, recipe);
    Ok(Trained { space, head, known })
}

impl Split {
    fn new(encoder: &Encoder, texts: Labeled) -> Result<Self, AgentError> {
        let seen = layers(encoder, &texts)?;
        Ok(Self { texts, seen })
    }
}

type Judged = (Vec<(usize, usize)>, Vec<(f32, bool)>);

fn answers(trained: &Trained, test: &Split) -> Judged {
    let (mut pairs, mut sure) = (Vec::new(), Vec::new());
    for ((text, label), seen) in test.texts.iter().zip(&test.seen) {
        let truth = trained
            .head
            .classes
            .binary_search(label)
            .unwrap_or(usize::MAX);
        let (answer, probability) = trained.head.best(&trained.space.place(text, seen));
        pairs.push((truth, answer));
        sure.push((probability, truth == answer));
    }
    (pairs, sure)
}

fn push(report: &mut Report, set: &str, train: &Labeled, judged: &Judged, goal: f32) {
    let (pairs, sure) = judged;
    let hash = fingerprint(
        train
            .iter()
            .map(|(text, label)| (text.as_str(), label.as_str())),
    );
    let right =
        |sample: &[usize]| stats::share(sample.iter().map(|at| pairs[*at].0 == pairs[*at].1));
    let name = format!("accuracy (train {})", &hash[..8]);
    report
        .rows
        .push(Row::sampled(set, &name, pairs.len(), right).goal(AtLeast(goal)));
    let error = |sample: &[usize]| {
        stats::calibration(&sample.iter().map(|at| sure[*at]).collect::<Vec<_>>())
    };
    report
        .rows
        .push(Row::sampled(set, "calibration error", sure.len(), error).goal(AtMost(0.03)));
}

/// How the encoder sees texts, on all processors.
fn layers(encoder: &Encoder, texts: &Labeled) -> Result<Vec<Layers>, AgentError> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let size = texts.len().div_ceil(threads).max(1);
    let parts: Vec<Result<Vec<Layers>, AgentError>> = thread::scope(|scope| {
        let work: Vec<_> = texts
            .chunks(size)
            .map(|part| {
                scope.spawn(move || part.iter().map(|(text, _)| encoder.layers(text)).collect())
            })
            .collect();
        let lost = || AgentError::Model("a thread of the encoder ended".into());
        work.into_iter()
            .map(|one| one.join().unwrap_or_else(|_| Err(lost())))
            .collect()
    });
    let mut all = Vec::with_capacity(texts.len());
    for part in parts {
        all.extend(part?);
    }
    Ok(all)
}

/// What tells that a text is near nothing known: its best probability, the gap to the next, the energy of all margins,
/// and its nearest examples by each layer.
fn signs(trained: &Trained, split: &Split) -> Vec<Point> {
    let sign = |((text, _), seen): (&(String, String), &Layers)| {
        let point = trained.space.place(text, seen);
        let mut sorted = trained.head.probabilities(&point);
        sorted.sort_by(|left, right| right.total_cmp(left));
        let margins = trained.head.margins(&point);
        let energy = margins
            .iter()
            .map(|margin| (margin * trained.head.slope).exp())
            .sum::<f32>()
            .ln();
        let gap = sorted[0] - sorted.get(1).copied().unwrap_or_default();
        let mut signs = vec![sorted[0], gap, top(&margins).1, energy / trained.head.slope];
        for layer in 0..LAYERS / DIMENSIONS {
            let near = nearest(&trained.known, seen, layer);
            signs.extend([near[0], near.iter().sum::<f32>() / 5.0]);
        }
        signs.push(1.0);
        Point {
            marks: signs,
            place: None,
            likeness: Vec::new(),
            words: Vec::new(),
        }
    };
    split.texts.iter().zip(&split.seen).map(sign).collect()
}

/// The five greatest likenesses of one layer, greatest first.
fn nearest(known: &[Layers], seen: &Layers, layer: usize) -> [f32; 5] {
    let part = layer * DIMENSIONS..(layer + 1) * DIMENSIONS;
    let mut best = [-1.0_f32; 5];
    for one in known {
        let near = dot(&one[part.clone()], &seen[part.clone()]);
        if near > best[4] {
            best[4] = near;
            best.sort_by(|left, right| right.total_cmp(left));
        }
    }
    best
}

/// A yes or no over the signs, and the probability from which it is a yes: where F1 is best on what it was made from.
fn detector(inside: &[Point], outside: &[Point]) -> (Head, f32) {
    let labeled = outside
        .iter()
        .map(|point| (point, 0))
        .chain(inside.iter().map(|point| (point, 1)));
    let examples: Vec<Example> = labeled
        .zip(0..)
        .map(|((point, class), group)| Example {
            point: point.clone(),
            class,
            group,
            text: 0,
        })
        .collect();
    let recipe = Recipe {
        cost: 10.0,
        words: false,
        ..Recipe::default()
    };
    let head = train::head(&Space::default(), &["out".to_owned()], &examples, recipe);
    let [outside, inside] = [outside, inside].map(|points| {
        let mut scores: Vec<f32> = points.iter().map(|point| head.probability(point)).collect();
        scores.sort_by(f32::total_cmp);
        scores
    });
    let f1 = |threshold: f32| {
        let over = |scores: &[f32]| stats::share(scores.iter().map(|score| *score >= threshold));
        let (hit, wrong) = (ASSUMED * over(&outside), (1.0 - ASSUMED) * over(&inside));
        2.0 * hit / (hit + wrong + ASSUMED).max(f32::MIN_POSITIVE)
    };
    let figures: Vec<f32> = outside.iter().map(|threshold| f1(*threshold)).collect();
    let best = outside.get(top(&figures).0).copied().unwrap_or(0.5);
    (head, best)
}

/// The rows of a file of text and category, the first of which names them.
fn rows(csv: &str) -> Labeled {
    let (mut rows, mut fields, mut field, mut quoted) =
        (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = csv.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                fields.push(std::mem::take(&mut field));
                if let [text, label] = fields.as_slice() {
                    rows.push((text.clone(), label.clone()));
                }
                fields.clear();
            }
            _ => field.push(c),
        }
    }
    if let ([text], false) = (fields.as_slice(), field.is_empty()) {
        rows.push((text.clone(), field));
    }
    rows.drain(..1.min(rows.len()));
    rows
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn quotes_and_line_ends_of_csv_are_read() {
        let read = rows("text,category\r\n\"a, \"\"b\"\"\nc\",one\nplain,two");
        let expect =
            [("a, \"b\"\nc", "one"), ("plain", "two")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(read, expect);
    }
}
