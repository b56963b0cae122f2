//! Where a text stands among those that were learned from: what the encoder's layers say of it on a few axes, and how
//! like it is to each known text. Texts of one kind lie in many small heaps, which no single plane parts from the rest.

use super::{
    encoder::{LAYERS, Layers, dot},
    head::real,
};

/// Axes that a text is placed on: those along which the known texts differ most.
pub(crate) const AXES: usize = 192;
/// Steps of a place to the length of 1; what is beyond half that length is cut, and hardly ever met.
const STEPS: f32 = 254.0;
/// How fast likeness falls with distance.
const FALL: f32 = 1.2;
/// Rounds of the search for the axes; more change nothing that counts.
const ROUNDS: usize = 12;

/// A text on the axes, of length 1, in steps.
pub(crate) type Place = [i8; AXES];

/// The axes, and where they begin.
#[derive(Clone, Default)]
pub(crate) struct Axes {
    pub(crate) center: Vec<f32>,
    /// A row of `LAYERS` for each axis, in units that do not matter; none where meaning does not count.
    pub(crate) rows: Vec<i8>,
}

impl Axes {
    /// Learns the axes along which these texts differ most.
    pub(crate) fn learn(texts: &[Layers]) -> Self {
        let center: Vec<f32> = (0..LAYERS)
            .map(|at| texts.iter().map(|text| text[at]).sum::<f32>() / real(texts.len().max(1)))
            .collect();
        let spread = spread(texts, &center);
        let mut axes = start();
        for _ in 0..ROUNDS {
            for axis in &mut axes {
                *axis = spread.iter().map(|row| dot(row, axis)).collect();
            }
            upright(&mut axes);
        }
        let greatest = axes
            .iter()
            .flatten()
            .fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
        let rows = axes.iter().flatten();
        let rows = rows.map(|value| byte(value / greatest * 127.0)).collect();
        Self { center, rows }
    }

    /// Places a text of which the layers are known.
    pub(crate) fn place(&self, layers: &Layers) -> Option<Place> {
        if self.rows.is_empty() {
            return None;
        }
        let from: Vec<f32> = layers
            .iter()
            .zip(&self.center)
            .map(|(a, b)| a - b)
            .collect();
        let mut on = [0.0; AXES];
        for (slot, row) in on.iter_mut().zip(self.rows.chunks_exact(LAYERS)) {
            *slot = mixed(row, &from);
        }
        let length = dot(&on, &on).sqrt().max(f32::MIN_POSITIVE);
        Some(on.map(|value| byte(value / length * STEPS)))
    }
}

/// How like two texts are: 1 for the same meaning, and less the farther apart.
pub(crate) fn likeness(left: &Place, right: &Place) -> f32 {
    let both = left.iter().zip(right);
    let sum: i32 = both.map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
    #[expect(
        clippy::cast_precision_loss,
        reason = "at most 192 · 127², below what an f32 holds exactly"
    )]
    let cosine = sum as f32 / (STEPS * STEPS);
    (2.0 * FALL * (cosine - 1.0)).exp()
}

/// The sum of products of bytes and numbers; eight sums at once, as processors like it.
fn mixed(left: &[i8], right: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    for (a, b) in left.chunks_exact(8).zip(right.chunks_exact(8)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += f32::from(*a) * b;
        }
    }
    sums.iter().sum()
}

/// A whole number that fits; what does not is cut.
#[expect(clippy::cast_possible_truncation, reason = "the value is within ±127")]
pub(crate) fn byte(value: f32) -> i8 {
    value.round().clamp(-127.0, 127.0) as i8
}

/// How the numbers of texts vary together.
fn spread(texts: &[Layers], center: &[f32]) -> Vec<Vec<f32>> {
    let mut spread = vec![vec![0.0_f32; LAYERS]; LAYERS];
    for text in texts {
        let from: Vec<f32> = text.iter().zip(center).map(|(a, b)| a - b).collect();
        for (row, factor) in spread.iter_mut().zip(&from) {
            for (slot, value) in row.iter_mut().zip(&from) {
                *slot += factor * value;
            }
        }
    }
    spread
}

/// Axes to begin with: any will do that differ from each other, the same each time.
fn start() -> Vec<Vec<f32>> {
    let mut axes: Vec<Vec<f32>> = (0..AXES)
        .map(|axis| {
            let order = super::train::shuffled(LAYERS, axis as u64);
            let number = |at: usize| real(at) / real(LAYERS) - 0.5;
            order.into_iter().map(number).collect()
        })
        .collect();
    upright(&mut axes);
    axes
}

/// Makes each axis upright on those before it, and of length 1.
fn upright(axes: &mut [Vec<f32>]) {
    for at in 0..axes.len() {
        let (before, rest) = axes.split_at_mut(at);
        let Some(this) = rest.first_mut() else { return };
        for other in before.iter() {
            let share = dot(other, this);
            for (slot, value) in this.iter_mut().zip(other) {
                *slot -= share * value;
            }
        }
        let length = dot(this, this).sqrt().max(f32::MIN_POSITIVE);
        for slot in this {
            *slot /= length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_like() {
        let text = |seed: u64| {
            let mut layers = [0.0; LAYERS];
            let order = super::super::train::shuffled(LAYERS, seed);
            for (slot, at) in layers.iter_mut().zip(order) {
                *slot = real(at) / real(LAYERS) - 0.5;
            }
            layers
        };
        let texts: Vec<Layers> = (0..40).map(text).collect();
        let axes = Axes::learn(&texts);
        let mut near = text(0);
        near[3] += 0.5;
        let place = |layers: &Layers| axes.place(layers).unwrap();
        let (one, same, other) = (place(&text(0)), place(&near), place(&text(1)));
        assert!(likeness(&one, &same) > 0.8, "{}", likeness(&one, &same));
        assert!(likeness(&one, &other) < 0.2, "{}", likeness(&one, &other));
        assert_eq!(Axes::default().place(&near), None);
    }
}
