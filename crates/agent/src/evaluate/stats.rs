//! The figures: macro-F1, precision and recall, area under the curve, calibration error, and intervals by resampling.

use crate::embedded::head::real;

const SEED: u64 = 7;
const RESAMPLES: usize = 500;

/// The mean over classes of F1, for pairs of truth and answer; classes that are in neither do not count.
pub fn macro_f1(classes: usize, pairs: impl Iterator<Item = (usize, usize)>) -> f32 {
    let pairs: Vec<(usize, usize)> = pairs.collect();
    let scores: Vec<f32> = (0..classes)
        .filter_map(|class| {
            let (hit, missed, wrong) = counts(
                pairs
                    .iter()
                    .map(|(truth, answer)| (*truth == class, *answer == class)),
            );
            let all = 2 * hit + missed + wrong;
            (all > 0).then(|| 2.0 * real(hit) / real(all))
        })
        .collect();
    scores.iter().sum::<f32>() / real(scores.len().max(1))
}

/// Precision, recall and F1 of pairs of truth and answer.
pub fn precision_recall(pairs: impl Iterator<Item = (bool, bool)>) -> [f32; 3] {
    let (hit, missed, wrong) = counts(pairs);
    let part = |all: usize| if all == 0 { 1.0 } else { real(hit) / real(all) };
    let f1 = 2.0 * real(hit) / real((2 * hit + missed + wrong).max(1));
    [part(hit + wrong), part(hit + missed), f1]
}

/// The share of `true`.
pub fn share(all: impl Iterator<Item = bool>) -> f32 {
    let (mut yes, mut count) = (0, 0);
    for one in all {
        yes += usize::from(one);
        count += 1;
    }
    real(yes) / real(count.max(1))
}

/// The chance that a case scores above a case that is none (Mann and Whitney), equals counted half.
pub fn area(pairs: &[(bool, f32)]) -> f32 {
    let mut sorted: Vec<&(bool, f32)> = pairs.iter().collect();
    sorted.sort_by(|left, right| left.1.total_cmp(&right.1));
    let (mut won, mut below, mut at) = (0.0_f64, 0.0_f64, 0);
    while at < sorted.len() {
        let same = sorted[at..]
            .iter()
            .take_while(|one| one.1.total_cmp(&sorted[at].1).is_eq())
            .count();
        let yes = f64::from(real(
            sorted[at..at + same].iter().filter(|one| one.0).count(),
        ));
        let no = f64::from(real(same)) - yes;
        won += yes * (below + no / 2.0);
        below += no;
        at += same;
    }
    let yes = f64::from(real(pairs.iter().filter(|one| one.0).count()));
    #[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1")]
    let area = (won / (yes * below).max(1.0)) as f32;
    area
}

/// The expected calibration error over ten equal ranges, for pairs of stated probability and whether it was right.
pub fn calibration(pairs: &[(f32, bool)]) -> f32 {
    let mut error = 0.0;
    for range in 0..10_u8 {
        let low = f32::from(range) / 10.0;
        let within = |p: f32| p >= low && (p < low + 0.1 || (range == 9 && p <= 1.0));
        let inside: Vec<&(f32, bool)> = pairs.iter().filter(|(p, _)| within(*p)).collect();
        if inside.is_empty() {
            continue;
        }
        let said = inside.iter().map(|(p, _)| p).sum::<f32>();
        let right = real(inside.iter().filter(|(_, right)| *right).count());
        error += (said - right).abs() / real(pairs.len());
    }
    error
}

/// The value of a sorted list at a share of its length.
pub fn percentile(sorted: &[f32], at: f32) -> f32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a short list"
    )]
    let place = (real(sorted.len()) * at).ceil() as usize;
    sorted
        .get(place.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

/// A figure over all examples, and its 95 % interval over resamples of them.
pub fn bootstrap(count: usize, figure: impl Fn(&[usize]) -> f32) -> (f32, [f32; 2]) {
    let all: Vec<usize> = (0..count).collect();
    let mut state = SEED;
    let mut values: Vec<f32> = (0..RESAMPLES)
        .map(|_| {
            let sample: Vec<usize> = (0..count).map(|_| next(&mut state, count)).collect();
            figure(&sample)
        })
        .collect();
    values.sort_by(f32::total_cmp);
    (
        figure(&all),
        [percentile(&values, 0.025), percentile(&values, 0.975)],
    )
}

fn counts(pairs: impl Iterator<Item = (bool, bool)>) -> (usize, usize, usize) {
    pairs.fold((0, 0, 0), |(hit, missed, wrong), pair| match pair {
        (true, true) => (hit + 1, missed, wrong),
        (true, false) => (hit, missed + 1, wrong),
        (false, true) => (hit, missed, wrong + 1),
        (false, false) => (hit, missed, wrong),
    })
}

/// The next of a fixed row of numbers (Knuth's MMIX generator), below `limit`.
fn next(state: &mut u64, limit: usize) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from((*state >> 33) % limit.max(1) as u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_by_hand() {
        let pairs = [(0, 0), (0, 1), (1, 1), (1, 1)];
        let expect = f32::midpoint(2.0 / 3.0, 4.0 / 5.0);
        assert!((macro_f1(3, pairs.into_iter()) - expect).abs() < 1e-6);
        let [precision, recall, _] =
            precision_recall([(true, true), (true, false), (false, true)].into_iter());
        assert!((precision - 0.5).abs() < 1e-6 && (recall - 0.5).abs() < 1e-6);
        assert!(
            (area(&[(true, 0.9), (false, 0.1), (true, 0.5), (false, 0.5)]) - 0.875).abs() < 1e-6
        );
        assert!(
            (calibration(&[(0.75, true), (0.75, true), (0.75, true), (0.75, false)])).abs() < 1e-6
        );
        assert!((calibration(&[(1.0, false)]) - 1.0).abs() < 1e-6);
        let (value, [low, high]) =
            bootstrap(100, |sample| share(sample.iter().map(|at| at % 4 == 0)));
        assert!((value - 0.25).abs() < 1e-6 && low < 0.25 && high > 0.25 && high < 0.4);
        assert!((percentile(&[1.0, 2.0, 3.0, 4.0], 0.95) - 4.0).abs() < 1e-6);
    }
}
