//! Authored messages: what the embedded heads learn from, and apart from them what they are measured on.
//!
//! A file has sections, `= label` or `= label/part`, and a message a line. `! ` before a message says that its writer is
//! fed up. In what is learned from, a choice such as `[a|b]` stands for either.

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
    /// The line that it was written as; variants of one line share it.
    pub line: String,
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

/// The files of a held-out set.
macro_rules! held {
    ($folder:literal) => {{
        macro_rules! file {
            ($name:literal) => {
                read(include_str!(concat!(
                    "../../data/",
                    $folder,
                    "/",
                    $name,
                    ".txt"
                )))
            };
        }
        let categories = [
            file!("account"),
            file!("billing"),
            file!("bug_report"),
            file!("cancellation"),
            file!("feature_request"),
            file!("general_inquiry"),
            file!("technical"),
        ];
        Self {
            categories: categories.concat(),
            frustration: file!("frustration"),
            human: file!("human"),
            threat: file!("threat"),
            out_of_scope: file!("scope"),
        }
    }};
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
            include_str!("../../data/train/mails.txt"),
            include_str!("../../data/train/chats.txt"),
            include_str!("../../data/train/near.txt"),
            include_str!("../../data/train/more.txt"),
        ];
        let human = [
            include_str!("../../data/train/human.txt"),
            include_str!("../../data/train/human_not.txt"),
            include_str!("../../data/train/wishes.txt"),
        ];
        let frustration = [
            include_str!("../../data/train/frustration.txt"),
            include_str!("../../data/train/moods.txt"),
        ];
        let threat = [
            include_str!("../../data/train/threat.txt"),
            include_str!("../../data/train/threats.txt"),
        ];
        let beyond = [
            include_str!("../../data/train/scope_out.txt"),
            include_str!("../../data/train/beyond.txt"),
        ];
        Self {
            categories: categories.into_iter().flat_map(all).collect(),
            frustration: frustration.into_iter().flat_map(all).collect(),
            human: human.into_iter().flat_map(all).collect(),
            threat: threat.into_iter().flat_map(all).collect(),
            out_of_scope: beyond.into_iter().flat_map(all).collect(),
        }
    }

    /// The first set that the heads are measured on; nothing is chosen by it.
    pub fn held_out() -> Self {
        held!("held")
    }

    /// The second, written in other voices before anything was measured on it.
    pub fn held_out_second() -> Self {
        held!("held2")
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

/// The messages of a file that is learned from, with their variants.
fn all(file: &str) -> Vec<Message> {
    read(file).iter().flat_map(variants).collect()
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
            line: line.to_owned(),
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
            text: all[at].trim().to_owned(),
            ..message.clone()
        })
        .collect()
}

/// All ways to make the choices; brackets without a bar are the writer's own.
fn choices(text: &str) -> Vec<String> {
    let chosen = text.match_indices('[').find_map(|(open, _)| {
        let (options, after) = text[open + 1..].split_once(']')?;
        options
            .contains('|')
            .then_some((&text[..open], options, after))
    });
    let Some((before, options, after)) = chosen else {
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
        assert_eq!(
            choices("[automated] see [x|y]"),
            ["[automated] see x", "[automated] see y"]
        );
    }

    #[test]
    fn nothing_is_both_learned_and_measured() {
        let bare = |text: &str| super::super::lexicon::plain(text);
        let training = Corpus::training();
        let learned: HashSet<String> = training.all().map(|message| bare(&message.text)).collect();
        for held in [Corpus::held_out(), Corpus::held_out_second()] {
            let both: Vec<&str> = held
                .all()
                .filter(|message| learned.contains(&bare(&message.text)))
                .map(|message| message.text.as_str())
                .collect();
            assert!(both.is_empty(), "{both:?}");
        }
    }
}
