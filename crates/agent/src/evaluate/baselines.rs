//! What simpler means reach on the same messages: always one answer, lists of words, words without meaning.

use super::{Row, authored::sets, stats};
use crate::embedded::{
    LAYERS,
    corpus::{Corpus, Message},
    head::{Head, Space},
    train::{self, Example, Recipe},
};

const MEASURE: &str = "category, macro-F1";
/// What one would write into rules within an hour: the first list with most hits wins.
const KEYWORDS: [(&str, &str); 7] = [
    (
        "general_inquiry",
        "hours open where when delivery shipping order parcel track hello thanks company located",
    ),
    (
        "billing",
        "charge charged invoice refund payment paid pay card price cost bill vat tax discount receipt",
    ),
    (
        "technical",
        "install setup connect configure api integration slow settings how wifi webhook import printer",
    ),
    (
        "account",
        "password login log account email sign user verify profile access 2fa invite role locked",
    ),
    (
        "feature_request",
        "add feature would could support option please wish suggestion idea plan missing",
    ),
    (
        "bug_report",
        "bug crash crashes broken error wrong since update fails disappears stopped glitch",
    ),
    (
        "cancellation",
        "cancel cancellation terminate end stop unsubscribe quit close leave renew",
    ),
];
/// The same for the wish for a human.
const HUMAN: &str =
    "human agent person representative operator manager supervisor someone escalate";

/// All of them, on each held-out set.
pub(super) fn rows() -> Vec<Row> {
    let training = Corpus::training().categories;
    let names = names(&training);
    let words = Words::learn(&training, &names);
    let mut rows = Vec::new();
    for (set, held) in sets() {
        let place = |label: &str| {
            names
                .binary_search_by(|name| name.as_str().cmp(label))
                .unwrap_or(names.len())
        };
        let truth: Vec<usize> = held
            .categories
            .iter()
            .map(|one| place(&one.label))
            .collect();
        let f1 = |answers: &[usize]| {
            let (truth, answers) = (truth.clone(), answers.to_vec());
            let classes = names.len();
            Row::sampled("", MEASURE, truth.len(), move |sample| {
                stats::macro_f1(classes, sample.iter().map(|at| (truth[*at], answers[*at])))
            })
        };
        let commonest = vec![0; truth.len()];
        let listed: Vec<usize> = held
            .categories
            .iter()
            .map(|one| place(keyword(&one.text)))
            .collect();
        let weighed: Vec<usize> = held
            .categories
            .iter()
            .map(|one| words.category(one))
            .collect();
        rows.extend([
            f1(&commonest).of(&format!("{set}, one answer")),
            f1(&listed).of(&format!("{set}, keywords")),
            f1(&weighed).of(&format!("{set}, TF-IDF")),
        ]);
        let listed = wishes(&held.human).map(|row| row.of(&format!("{set}, keywords")));
        rows.extend(listed);
    }
    rows
}

/// Precision and recall of a list of words for the wish for a human.
fn wishes(human: &[Message]) -> [Row; 2] {
    let pairs: Vec<(bool, bool)> = human
        .iter()
        .map(|one| (one.label == "wants", hits(&one.text, HUMAN) > 0))
        .collect();
    let row = |measure: &str, which: usize| {
        Row::sampled("", measure, pairs.len(), |sample| {
            stats::precision_recall(sample.iter().map(|at| pairs[*at]))[which]
        })
    };
    [
        row("wish for a human, precision", 0),
        row("wish for a human, recall", 1),
    ]
}

/// Words without meaning, weighed by how rare they are.
struct Words {
    space: Space,
    head: Head,
}

impl Words {
    fn learn(training: &[Message], names: &[String]) -> Self {
        let texts: Vec<&str> = training
            .iter()
            .map(|message| message.text.as_str())
            .collect();
        let space = Space::of_words(&texts, 2);
        let examples: Vec<Example> = training
            .iter()
            .map(|message| Example {
                point: space.point(&message.text, &[0.0; LAYERS]),
                class: names.binary_search(&message.label).unwrap_or_default(),
                group: train::group(&message.line),
                text: 0,
            })
            .collect();
        let head = train::head(&space, names, &examples, Recipe::default());
        Self { space, head }
    }

    fn category(&self, message: &Message) -> usize {
        let point = self.space.place(&message.text, &[0.0; LAYERS]);
        self.head.best(&point).0
    }
}

/// The category whose list has most hits; the first of equals.
fn keyword(text: &str) -> &'static str {
    let mut best = (KEYWORDS[0].0, 0);
    for (name, list) in KEYWORDS {
        let count = hits(text, list);
        if count > best.1 {
            best = (name, count);
        }
    }
    best.0
}

fn hits(text: &str, list: &str) -> usize {
    let lower = text.to_lowercase();
    lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| list.split(' ').any(|one| one == *word))
        .count()
}

fn names(messages: &[Message]) -> Vec<String> {
    let mut names: Vec<String> = messages
        .iter()
        .map(|message| message.label.clone())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::keyword;

    #[test]
    fn the_list_with_most_hits_wins() {
        assert_eq!(keyword("The app crashes since the update"), "bug_report");
        assert_eq!(keyword("Refund to my card"), "billing");
        assert_eq!(keyword("xyz"), "general_inquiry");
    }
}
