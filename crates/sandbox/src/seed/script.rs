//! The scripts that conversations are played from.

use crate::world::{Time, inbox::Priority};

/// A thread as it is written down: who says what, in order.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) topic: String,
    pub(super) mood: String,
    /// The name of the team that handles it.
    pub(super) team: String,
    /// Values of `source.type`.
    pub(super) channels: Vec<&'static str>,
    pub(super) title: String,
    pub(super) subject: String,
    pub(super) tags: Vec<String>,
    pub(super) priority: Option<Priority>,
    pub(super) steps: Vec<Step>,
    /// Whether only somebody who writes for a company can say this.
    pub(super) business: bool,
}

/// One thing that happens in a script.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Customer(String),
    Fin(String),
    Admin(String),
    Note(String),
    /// A file on the message before: name, media type, bytes.
    Attach(String, String, u64),
    AssignTeam,
    AssignAdmin,
    /// Seconds until the next step.
    Wait(Time),
    Close,
    /// Seconds of sleep.
    Snooze(Time),
    Rate(u8, String),
}

impl Script {
    /// How many messages of the customer it has.
    pub(super) fn turns(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| matches!(step, Step::Customer(_)))
            .count()
    }

    /// How many messages of the customer come before anybody is asked to take over.
    pub(super) fn turns_alone(&self) -> usize {
        let alone = self.steps.iter().take_while(|step| {
            !matches!(
                step,
                Step::AssignTeam | Step::AssignAdmin | Step::Admin(_) | Step::Close
            )
        });
        alone
            .filter(|step| matches!(step, Step::Customer(_)))
            .count()
    }
}

/// All scripts of a text: blocks that begin with `==`.
pub(super) fn parse(text: &str) -> Result<Vec<Script>, String> {
    let mut scripts: Vec<Script> = Vec::new();
    for (number, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
    {
        let told = |problem: &str| format!("line {}: {problem}: {line}", number + 1);
        if let Some(head) = line.strip_prefix("== ") {
            scripts.push(
                header(head).ok_or_else(|| told("a header has topic, mood, team and channels"))?,
            );
            continue;
        }
        let script = scripts
            .last_mut()
            .ok_or_else(|| told("before the first header"))?;
        if line.starts_with("  ") {
            continued(script, line.trim()).ok_or_else(|| told("continues nothing"))?;
        } else {
            read(script, line).ok_or_else(|| told("not understood"))?;
        }
        script.business |= line.contains("{company}");
    }
    Ok(scripts)
}

fn header(text: &str) -> Option<Script> {
    let mut fields = text.split(" | ");
    let (topic, mood, team) = (
        fields.next()?.to_owned(),
        fields.next()?.to_owned(),
        fields.next()?.to_owned(),
    );
    let channels = fields
        .next()?
        .split(' ')
        .map(channel)
        .collect::<Option<_>>()?;
    Some(Script {
        topic,
        mood,
        team,
        channels,
        ..Script::default()
    })
}

fn channel(word: &str) -> Option<&'static str> {
    Some(match word {
        "messenger" => "conversation",
        "email" => "email",
        "sms" => "sms",
        "whatsapp" => "whatsapp",
        _ => return None,
    })
}

fn continued(script: &mut Script, line: &str) -> Option<()> {
    match script.steps.last_mut()? {
        Step::Customer(text) | Step::Fin(text) | Step::Admin(text) | Step::Note(text) => {
            text.push('\n');
            text.push_str(line);
            Some(())
        }
        _ => None,
    }
}

fn read(script: &mut Script, line: &str) -> Option<()> {
    let (key, value) = line.split_once(':').unwrap_or((line, ""));
    let value = value.trim();
    match key {
        "title" => value.trim_matches('"').clone_into(&mut script.title),
        "subject" => value.clone_into(&mut script.subject),
        "tags" => script.tags = value.split(' ').map(str::to_owned).collect(),
        "priority" => script.priority = Some(priority(value)?),
        _ => script.steps.push(step(key, value)?),
    }
    Some(())
}

fn step(key: &str, value: &str) -> Option<Step> {
    Some(match key {
        "c" => Step::Customer(value.to_owned()),
        "f" => Step::Fin(value.to_owned()),
        "a" => Step::Admin(value.to_owned()),
        "n" => Step::Note(value.to_owned()),
        "assign" if value == "team" => Step::AssignTeam,
        "assign" if value == "admin" => Step::AssignAdmin,
        "wait" => Step::Wait(value.strip_suffix('h')?.parse::<Time>().ok()? * 3600),
        "snooze" => Step::Snooze(value.parse::<Time>().ok()? * 3600),
        "close" => Step::Close,
        "attach" => {
            let mut words = value.split(' ');
            Step::Attach(
                words.next()?.to_owned(),
                words.next()?.to_owned(),
                words.next()?.parse().ok()?,
            )
        }
        "rate" => {
            let (score, remark) = value.split_once(' ').unwrap_or((value, ""));
            Step::Rate(
                score.parse().ok().filter(|score| (1..=5).contains(score))?,
                remark.to_owned(),
            )
        }
        _ => return None,
    })
}

fn priority(word: &str) -> Option<Priority> {
    [
        Priority::Low,
        Priority::Medium,
        Priority::High,
        Priority::Urgent,
    ]
    .into_iter()
    .find(|priority| priority.word() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_read() {
        let text = "# remark\n== refund | happy | Billing | messenger sms\ntitle: \"A: b\"\ntags: x y\npriority: high\nc: one\n  two {company}\nf: no\nc: three\nassign: team\nwait: 2h\na: yes\nattach: a.pdf application/pdf 12\nclose\nrate: 4 fine\n";
        let scripts = parse(text).unwrap();
        let script = &scripts[0];
        assert_eq!(
            (
                script.title.as_str(),
                script.channels.as_slice(),
                script.business
            ),
            ("A: b", ["conversation", "sms"].as_slice(), true)
        );
        assert_eq!(script.steps[0], Step::Customer("one\ntwo {company}".into()));
        assert_eq!(script.steps.last(), Some(&Step::Rate(4, "fine".into())));
        assert_eq!(
            (script.turns(), script.turns_alone(), script.priority),
            (2, 2, Some(Priority::High))
        );
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, line) in [
            ("c: early", "line 1"),
            ("== a | b | c | pigeon", "line 1"),
            ("== a | b | c | sms\nrate: 9", "line 2"),
            ("== a | b | c | sms\n\nshout: x", "line 3"),
        ] {
            assert!(parse(text).unwrap_err().starts_with(line), "{text}");
        }
    }
}
