//! Authored messages: what the embedded heads learn from, and apart from them what they are measured on.
//!
//! A file has sections, `= label` or `= label/part`, and a message a line. `! ` before a message says that its writer is
//! fed up. In `human.txt` a choice such as `[a|b]` stands for either.

/// A message with its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What was written.
    pub text: String,
    /// The section's label.
    pub label: String,
    /// The part after the label, where the section has one.
    pub part: Option<String>,
    /// Whether the writer is fed up.
    pub fed_up: bool,
}

/// One split: what to learn from, or what to be measured on.
pub struct Corpus {
    /// Messages of the categories.
    pub categories: Vec<Message>,
    /// `fed_up` or `calm`.
    pub frustration: Vec<Message>,
    /// `wants` a human, or `stays`.
    pub human: Vec<Message>,
    /// `legal`, `safety`, `chargeback` or `none`.
    pub threat: Vec<Message>,
    /// Messages that are nothing for a support desk.
    pub out_of_scope: Vec<Message>,
}

/// How many variants of a message with choices are learned from.
const VARIANTS: usize = 14;

impl Corpus {
    /// What the heads learn from.
    pub fn training() -> Self {
        let categories = [
            include_str!("../../data/train/account.txt"),
            include_str!("../../data/train/billing.txt"),
            include_str!("../../data/train/bug_report.txt"),
            include_str!("../../data/train/cancellation.txt"),
            include_str!("../../data/train/feature_request.txt"),
            include_str!("../../data/train/general_inquiry.txt"),
            include_str!("../../data/train/technical.txt"),
        ];
        let human = [
            include_str!("../../data/train/human.txt"),
            include_str!("../../data/train/human_not.txt"),
        ];
        Self {
            categories: categories.into_iter().flat_map(read).collect(),
            frustration: read(include_str!("../../data/train/frustration.txt")),
            human: human
                .into_iter()
                .flat_map(read)
                .flat_map(|message| variants(&message))
                .collect(),
            threat: read(include_str!("../../data/train/threat.txt")),
            out_of_scope: read(include_str!("../../data/train/scope_out.txt")),
        }
    }

    /// What the heads are measured on; nothing is chosen by it.
    pub fn held_out() -> Self {
        let categories = [
            include_str!("../../data/held/account.txt"),
            include_str!("../../data/held/billing.txt"),
            include_str!("../../data/held/bug_report.txt"),
            include_str!("../../data/held/cancellation.txt"),
            include_str!("../../data/held/feature_request.txt"),
            include_str!("../../data/held/general_inquiry.txt"),
            include_str!("../../data/held/technical.txt"),
        ];
        Self {
            categories: categories.into_iter().flat_map(read).collect(),
            frustration: read(include_str!("../../data/held/frustration.txt")),
            human: read(include_str!("../../data/held/human.txt")),
            threat: read(include_str!("../../data/held/threat.txt")),
            out_of_scope: read(include_str!("../../data/held/scope.txt")),
        }
    }

    /// All messages, in order.
    pub fn all(&self) -> impl Iterator<Item = &Message> {
        self.categories
            .iter()
            .chain(&self.frustration)
            .chain(&self.human)
            .chain(&self.threat)
            .chain(&self.out_of_scope)
    }

    /// The SHA-256 of all messages with their labels, in hex.
    pub fn fingerprint(&self) -> String {
        super::features::fingerprint(
            self.all()
                .map(|message| (message.text.as_str(), message.label.as_str())),
        )
    }
}

fn read(file: &str) -> Vec<Message> {
    let mut label = String::new();
    let mut part = None;
    let mut messages = Vec::new();
    for line in file.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(section) = line.strip_prefix("= ") {
            let (name, after) = section
                .split_once('/')
                .map_or((section, None), |(name, after)| (name, Some(after)));
            name.clone_into(&mut label);
            part = after.map(str::to_owned);
            continue;
        }
        let fed_up = line.strip_prefix("! ");
        messages.push(Message {
            text: fed_up.unwrap_or(line).to_owned(),
            label: label.clone(),
            part: part.clone(),
            fed_up: fed_up.is_some() || label == "fed_up",
        });
    }
    messages
}

/// A message with its choices made, in as many ways as are learned from.
fn variants(message: &Message) -> Vec<Message> {
    let all = choices(&message.text);
    let kept = super::train::shuffled(all.len(), 7);
    kept.into_iter()
        .take(VARIANTS)
        .map(|at| Message {
            text: all[at].clone(),
            ..message.clone()
        })
        .collect()
}

fn choices(text: &str) -> Vec<String> {
    let Some((before, rest)) = text.split_once('[') else {
        return vec![text.to_owned()];
    };
    let Some((options, after)) = rest.split_once(']') else {
        return vec![text.to_owned()];
    };
    let ends = choices(after);
    options
        .split('|')
        .flat_map(|option| ends.iter().map(move |end| format!("{before}{option}{end}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn sections_marks_and_choices_are_read() {
        let messages = read("= a/b\none\n! two\n= c\nthree\n");
        assert_eq!(messages.len(), 3);
        assert_eq!(messages[0].part.as_deref(), Some("b"));
        assert!(messages[1].fed_up && !messages[0].fed_up);
        assert_eq!(
            (messages[2].label.as_str(), &messages[2].part),
            ("c", &None)
        );
        assert_eq!(
            choices("[a|b] c [d|e]"),
            ["a c d", "a c e", "b c d", "b c e"]
        );
    }

    #[test]
    fn nothing_is_both_learned_and_measured() {
        let bare = |text: &str| super::super::lexicon::plain(text);
        let training = Corpus::training();
        let learned: HashSet<String> = training.all().map(|message| bare(&message.text)).collect();
        let held = Corpus::held_out();
        let both: Vec<&str> = held
            .all()
            .filter(|message| learned.contains(&bare(&message.text)))
            .map(|message| message.text.as_str())
            .collect();
        assert!(both.is_empty(), "{both:?}");
    }
}
