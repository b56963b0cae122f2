//! Turns text into a vector of its meaning: MiniLM-L6-v2 with int8 weights, run in this process.

use super::{known::Known, wordpiece::WordPiece};
use crate::AgentError;
use rten::{Model, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::{AsView, NdTensor, Tensor};
use sha2::{Digest, Sha256};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::available_parallelism,
};

/// How many numbers a vector has.
pub const DIMENSIONS: usize = 384;
/// Tokens of a message that are read; the rest is left out.
const LONGEST: usize = 128;
/// Layers below the last, from above: what they hold of single words tells kinds of messages apart that mean nearly the
/// same.
const BELOW: [&str; 3] = ["layer_norm_10", "layer_norm_8", "layer_norm_6"];
/// How much each of them weighs against the last.
const BELOW_SHARE: f32 = 0.7;
/// How many numbers all these layers have.
pub const LAYERS: usize = DIMENSIONS * (1 + BELOW.len());
/// Apache-2.0; where it comes from is told in NOTICE.
static WEIGHTS: &[u8] = include_bytes!("../../models/minilm-l6-v2-int8.onnx");
static VOCABULARY: &str = include_str!("../../models/vocabulary.txt");
/// The SHA-256 of the weights, in hex.
const WEIGHTS_SHA256: &str = "7b0011a8e85e3529492b3a67a0c9967d9c8668e6e502f1155695641f3a4ecfe0";

/// A vector of length 1.
pub type Meaning = [f32; DIMENSIONS];

/// The meaning, and the means of the layers below, as the heads see a text.
pub type Layers = [f32; LAYERS];

/// The encoder; takes some 60 ms to load, and milliseconds a message.
pub struct Encoder {
    model: Model,
    words: WordPiece,
    inputs: [NodeId; 3],
    /// The last layer and those below it.
    outputs: [NodeId; 1 + BELOW.len()],
    /// One thread each: a message is too short to share, and two messages at once are not.
    threads: Vec<Arc<ThreadPool>>,
    turn: AtomicUsize,
    known: Known,
}

impl Encoder {
    /// Loads the weights that are compiled in.
    pub fn load() -> Result<Self, AgentError> {
        let broken = |what: &str| AgentError::Model(what.to_owned());
        let model = Model::load_static_slice(WEIGHTS)
            .map_err(|error| AgentError::Model(error.to_string()))?;
        let node = |name: &str| {
            model
                .node_id(name)
                .map_err(|error| AgentError::Model(error.to_string()))
        };
        Ok(Self {
            inputs: [
                node("input_ids")?,
                node("attention_mask")?,
                node("token_type_ids")?,
            ],
            outputs: [
                node("last_hidden_state")?,
                node(BELOW[0])?,
                node(BELOW[1])?,
                node(BELOW[2])?,
            ],
            words: WordPiece::new(VOCABULARY)
                .ok_or_else(|| broken("its vocabulary lacks a mark"))?,
            model,
            threads: (0..available_parallelism().map_or(1, usize::from))
                .map(|_| Arc::new(ThreadPool::with_num_threads(1)))
                .collect(),
            turn: AtomicUsize::new(0),
            known: Known::default(),
        })
    }

    /// Whether the weights are those that the other models were trained on.
    pub fn weights_are_whole() -> bool {
        let digest = Sha256::digest(WEIGHTS);
        digest.iter().zip(0..).all(|(byte, at)| {
            WEIGHTS_SHA256.get(at * 2..at * 2 + 2) == Some(format!("{byte:02x}").as_str())
        })
    }

    /// The word pieces' ids of a text, as the model gets them.
    pub fn pieces(&self, text: &str) -> Vec<i32> {
        self.words.encode(text, LONGEST)
    }

    /// The meaning of a message: the mean over its first 128 word pieces, scaled to length 1. What was read lately is
    /// remembered.
    pub fn meaning(&self, text: &str) -> Result<Meaning, AgentError> {
        if let Some(meaning) = self.known.get(text) {
            return Ok(meaning);
        }
        let meaning = self.mean_of(self.pieces(text))?;
        self.known.keep(text, &meaning);
        Ok(meaning)
    }

    /// The meaning of a message and what the layers below tell of it; takes no longer than the meaning alone, which is
    /// remembered.
    pub fn layers(&self, text: &str) -> Result<Layers, AgentError> {
        let mut all = [0.0; LAYERS];
        let means = self.means(self.pieces(text), &self.outputs)?;
        if let Some(meaning) = means.first() {
            self.known.keep(text, meaning);
        }
        for (depth, (place, mean)) in all.chunks_exact_mut(DIMENSIONS).zip(means).enumerate() {
            let share = if depth == 0 { 1.0 } else { BELOW_SHARE };
            for (slot, value) in place.iter_mut().zip(mean) {
                *slot = value * share;
            }
        }
        Ok(all)
    }

    /// The meaning of a passage, of which twice as much is read as of a message.
    pub fn meaning_of_passage(&self, text: &str) -> Result<Meaning, AgentError> {
        self.mean_of(self.words.encode(text, 2 * LONGEST))
    }

    fn one_thread(&self) -> RunOptions {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.threads.len();
        RunOptions::default().with_thread_pool(self.threads.get(turn).cloned())
    }

    fn mean_of(&self, ids: Vec<i32>) -> Result<Meaning, AgentError> {
        let means = self.means(ids, &self.outputs[..1])?;
        let first = means.into_iter().next();
        first.ok_or_else(|| AgentError::Model("it answered no numbers".into()))
    }

    /// The mean of each of these layers, scaled to length 1.
    fn means(&self, ids: Vec<i32>, outputs: &[NodeId]) -> Result<Vec<Meaning>, AgentError> {
        let shape = [1, ids.len()];
        let [words, mask, kinds] = self.inputs;
        let ones = Tensor::from_data(&shape, vec![1_i32; ids.len()]);
        let zeros = Tensor::from_data(&shape, vec![0_i32; ids.len()]);
        let inputs = vec![
            (words, Tensor::from_data(&shape, ids).into()),
            (mask, ones.into()),
            (kinds, zeros.into()),
        ];
        let hidden = self
            .model
            .run(inputs, outputs, Some(self.one_thread()))
            .map_err(|error| AgentError::Model(error.to_string()))?;
        let layer = |value: Value| {
            let numbers: NdTensor<f32, 3> = value
                .try_into()
                .map_err(|_| AgentError::Model("it answered no numbers".into()))?;
            Ok(mean(numbers.to_vec().chunks_exact(DIMENSIONS)))
        };
        hidden.into_iter().map(layer).collect()
    }
}

/// The mean of rows, scaled to length 1; the mean and the sum have one direction.
fn mean<'a>(rows: impl Iterator<Item = &'a [f32]>) -> Meaning {
    let mut sum = [0.0; DIMENSIONS];
    for row in rows {
        for (total, value) in sum.iter_mut().zip(row) {
            *total += value;
        }
    }
    let length = dot(&sum, &sum).sqrt().max(f32::MIN_POSITIVE);
    sum.map(|value| value / length)
}

/// The sum of products; the cosine, for vectors of length 1. Eight sums at once, as processors like it.
pub fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (lefts, rights) = (left.chunks_exact(8), right.chunks_exact(8));
    let ends = lefts.remainder().iter().zip(rights.remainder());
    let rest: f32 = ends.map(|(a, b)| a * b).sum();
    for (a, b) in lefts.zip(rights) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}
