//! Questions that no article answered, grouped by the words that they share.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Words that a topic is told by.
const TOLD: usize = 4;
/// Conversations that are named for each.
const NAMED: usize = 10;
/// The share of common words from which on two questions are about the same.
const ALIKE: f64 = 0.3;
/// Words that say nothing of a question.
const EMPTY: [&str; 40] = [
    "about", "after", "again", "also", "anyone", "because", "been", "before", "could", "does",
    "doing", "from", "have", "hello", "help", "just", "know", "like", "make", "more", "need",
    "please", "really", "some", "tell", "than", "thank", "thanks", "that", "their", "there",
    "they", "this", "want", "what", "when", "where", "which", "with", "would",
];

/// Questions about the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Topic {
    /// The words that most of them share.
    pub words: Vec<String>,
    /// How many there are.
    pub count: usize,
    /// Where they were asked.
    pub conversations: Vec<String>,
}

#[derive(Default)]
struct Group {
    words: BTreeMap<String, usize>,
    conversations: Vec<String>,
    count: usize,
}

/// Groups questions, given with their conversations; the largest group first.
pub(super) fn group(questions: &[(String, String)]) -> Vec<Topic> {
    let mut groups: Vec<Group> = Vec::new();
    for (conversation, text) in questions {
        let words = words(text);
        if words.is_empty() {
            continue;
        }
        let near = (0..groups.len())
            .map(|at| (alike(&groups[at], &words), at))
            .filter(|(share, _)| *share >= ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let at = near.map_or(groups.len(), |(_, at)| at);
        if at == groups.len() {
            groups.push(Group::default());
        }
        let group = &mut groups[at];
        group.count += 1;
        for word in words {
            *group.words.entry(word).or_default() += 1;
        }
        if !group.conversations.contains(conversation) && group.conversations.len() < NAMED {
            group.conversations.push(conversation.clone());
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups.into_iter().map(told).collect()
}

fn told(group: Group) -> Topic {
    let mut words: Vec<(String, usize)> = group.words.into_iter().collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Topic {
        words: words.into_iter().take(TOLD).map(|(word, _)| word).collect(),
        count: group.count,
        conversations: group.conversations,
    }
}

/// The share of the question's words that at least half of the group's questions hold.
#[expect(clippy::cast_precision_loss, reason = "a question has few words")]
fn alike(group: &Group, words: &BTreeSet<String>) -> f64 {
    let common = |word: &&String| {
        group
            .words
            .get(*word)
            .is_some_and(|count| 2 * count >= group.count)
    };
    words.iter().filter(common).count() as f64 / words.len() as f64
}

fn words(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase();
    let all = lower.split(|c: char| !c.is_alphanumeric());
    // Numbers are somebody's order, card or telephone.
    let telling = |word: &&str| {
        word.chars().count() > 3
            && !EMPTY.contains(word)
            && !word.contains(|c: char| c.is_ascii_digit())
    };
    all.filter(telling)
        .map(|word| {
            word.strip_suffix('s')
                .filter(|stem| stem.len() > 3)
                .unwrap_or(word)
                .to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_about_the_same_are_one_topic() {
        let asked = |id: &str, text: &str| (id.to_owned(), text.to_owned());
        let topics = group(&[
            asked("1", "Do you ship bikes to Iceland?"),
            asked("2", "Can I pay with bitcoin?"),
            asked(
                "3",
                "What does shipping a bike to Iceland cost? My order is 4711999",
            ),
            asked("3", "Iceland bike shipping?"),
            asked("4", "!!"),
        ]);
        let told: Vec<_> = topics
            .iter()
            .map(|one| (one.count, one.conversations.join(",")))
            .collect();
        assert_eq!(
            told,
            [(3, "1,3".to_owned()), (1, "2".to_owned())],
            "{topics:?}"
        );
        assert_eq!(topics[0].words[..2], ["bike", "iceland"]);
        assert!(!format!("{topics:?}").contains("4711999"));
    }
}
