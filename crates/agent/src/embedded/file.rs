//! The trained heads as one file: a header in JSON, then the numbers in order, little-endian.

use super::{
    encoder::LAYERS,
    features::LEXICON,
    head::{Head, Space, Weights},
    near::{AXES, Axes},
};
use crate::AgentError;
use serde::{Deserialize, Serialize};

const MAGIC: &[u8; 8] = b"FDHEADS2";

/// What is told of a file of heads.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct About {
    /// The SHA-256 of the messages that were learned from, in hex.
    pub trained_on: String,
    /// How many they were.
    pub messages: usize,
    /// The seed of training.
    pub seed: u64,
    words: usize,
    marks: usize,
    heads: Vec<AboutHead>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct AboutHead {
    name: String,
    classes: Vec<String>,
    words: bool,
    unit: f32,
    texts_unit: f32,
    slope: f32,
    shift: f32,
}

/// What a file holds.
pub(crate) struct Heads {
    pub(crate) about: About,
    pub(crate) space: Space,
    pub(crate) all: Vec<(String, Head)>,
}

impl Heads {
    pub(crate) fn new(
        trained_on: String,
        messages: usize,
        seed: u64,
        space: Space,
        heads: Vec<(String, Head)>,
    ) -> Self {
        let told = heads.iter().map(|(name, head)| AboutHead {
            name: name.clone(),
            classes: head.classes.clone(),
            words: !head.words.bytes.is_empty(),
            unit: head.words.unit,
            texts_unit: head.texts.unit,
            slope: head.slope,
            shift: head.shift,
        });
        let about = About {
            trained_on,
            messages,
            seed,
            words: space.buckets.len(),
            marks: LEXICON + 1,
            heads: told.collect(),
        };
        Self {
            about,
            space,
            all: heads,
        }
    }

    /// The head of this name.
    pub(crate) fn take(&self, name: &str) -> Result<Head, AgentError> {
        let found = self.all.iter().find(|(one, _)| one == name);
        found
            .map(|(_, head)| head.clone())
            .ok_or_else(|| broken(&format!("it has no head {name}")))
    }

    pub(crate) fn write(&self) -> Result<Vec<u8>, AgentError> {
        let header = serde_json::to_vec(&self.about).map_err(|error| broken(&error.to_string()))?;
        let length = u32::try_from(header.len()).map_err(|error| broken(&error.to_string()))?;
        let mut out = MAGIC.to_vec();
        out.extend(length.to_le_bytes());
        out.extend(header);
        out.extend(
            self.space
                .buckets
                .iter()
                .flat_map(|bucket| bucket.to_le_bytes()),
        );
        out.extend(
            self.space
                .rarity
                .iter()
                .flat_map(|value| value.to_le_bytes()),
        );
        let axes = &self.space.axes;
        out.extend(axes.center.iter().flat_map(|value| value.to_le_bytes()));
        out.extend(axes.rows.iter().map(|value| value.cast_unsigned()));
        let texts = self.space.texts.iter().flatten();
        out.extend(texts.map(|value| value.cast_unsigned()));
        for (_, head) in &self.all {
            out.extend(head.marks.iter().flat_map(|weight| weight.to_le_bytes()));
            let bytes = head.texts.bytes.iter().chain(&head.words.bytes);
            out.extend(bytes.map(|weight| weight.cast_unsigned()));
        }
        Ok(out)
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self, AgentError> {
        let mut rest = Rest(bytes);
        if rest.take(MAGIC.len())? != MAGIC {
            return Err(broken("it is no file of heads"));
        }
        let length = u32::from_le_bytes(rest.take(4)?.try_into().unwrap_or_default());
        let header = rest.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        let about: About =
            serde_json::from_slice(header).map_err(|error| broken(&error.to_string()))?;
        let buckets = rest.take(about.words * 4)?.chunks_exact(4);
        let buckets = buckets
            .map(|four| u32::from_le_bytes(four.try_into().unwrap_or_default()))
            .collect();
        let rarity = rest.numbers(about.words)?;
        let axes = Axes {
            center: rest.numbers(LAYERS)?,
            rows: rest.bytes(AXES * LAYERS)?,
        };
        let texts = rest.bytes(about.messages * AXES)?;
        let texts = texts.as_chunks().0.to_vec();
        let space = Space {
            buckets,
            rarity,
            axes,
            texts,
        };
        let mut heads = Vec::new();
        for told in &about.heads {
            let classes = told.classes.len();
            let words = if told.words { about.words } else { 0 };
            let head = Head {
                classes: told.classes.clone(),
                marks: rest.numbers(classes * about.marks)?,
                texts: Weights {
                    bytes: rest.bytes(classes * about.messages)?,
                    unit: told.texts_unit,
                },
                words: Weights {
                    bytes: rest.bytes(classes * words)?,
                    unit: told.unit,
                },
                slope: told.slope,
                shift: told.shift,
            };
            heads.push((told.name.clone(), head));
        }
        Ok(Self {
            about,
            space,
            all: heads,
        })
    }
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], AgentError> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| broken("it is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn bytes(&mut self, count: usize) -> Result<Vec<i8>, AgentError> {
        let taken = self.take(count)?.iter();
        Ok(taken.map(|byte| byte.cast_signed()).collect())
    }

    fn numbers(&mut self, count: usize) -> Result<Vec<f32>, AgentError> {
        let fours = self.take(count * 4)?.chunks_exact(4);
        Ok(fours
            .map(|four| f32::from_le_bytes(four.try_into().unwrap_or_default()))
            .collect())
    }
}

fn broken(why: &str) -> AgentError {
    AgentError::Model(why.to_owned())
}
