//! What people say, and the catalog's words for it.

use serde::Deserialize;
use std::sync::LazyLock;

/// Words and phrases that mean something else here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Synonym {
    /// Words or phrases that people use.
    pub say: Vec<String>,
    /// The catalog's words, alternatives of each other.
    pub mean: Vec<String>,
}

static SYNONYMS: LazyLock<Vec<Synonym>> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("../../../catalog/synonyms.yaml"))
        .expect("synonyms.yaml is checked by the tests")
});

impl Synonym {
    /// The synonyms that Frontdesk ships.
    pub fn builtin() -> &'static [Self] {
        &SYNONYMS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_synonym_says_and_means_something() {
        for synonym in Synonym::builtin() {
            let mut words = synonym.say.iter().chain(&synonym.mean);
            assert!(
                !synonym.say.is_empty() && !synonym.mean.is_empty(),
                "{synonym:?}"
            );
            assert!(words.all(|words| !words.trim().is_empty()), "{synonym:?}");
        }
    }
}
