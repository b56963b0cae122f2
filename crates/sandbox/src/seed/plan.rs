//! Which conversations the shop has had: who wrote, which script is played, where it stops, how long ago.

use super::{
    dice::Dice,
    people::{self, Person},
    script::Script,
};
use crate::world::Time;

const HOUR: Time = 3600;
const DAY: Time = 24 * HOUR;

/// Where a conversation stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The script is played to its end.
    Finished,
    /// As `Finished`; the customer comes back with one more question.
    Reopened,
    /// Nobody has answered this message of the customer yet, counted from 1.
    Waiting(usize),
    /// A teammate has answered and put it aside.
    Snoozed,
    /// After so many parts.
    Parts(usize),
}

/// One conversation to be played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) script: usize,
    /// The place in the list of people.
    pub(super) person: usize,
    pub(super) ending: Ending,
    /// Seconds since its last message.
    pub(super) age: Time,
    /// Overrules what the script says about its score.
    pub(super) score: Option<u8>,
}

/// The conversations that every world has: topic, mood, person, ending, hours since the last message.
const ALWAYS: [(&str, &str, usize, Ending, Time); 27] = [
    ("password-reset", "neutral", 16, Ending::Waiting(2), 5),
    ("password-reset", "annoyed", 19, Ending::Waiting(1), 8),
    ("password-reset", "confused", 23, Ending::Waiting(1), 13),
    ("password-reset", "furious", 27, Ending::Waiting(2), 29),
    ("damaged", "furious", 21, Ending::Waiting(1), 6),
    ("fleet-fault", "furious", 7, Ending::Waiting(1), 9),
    ("delivery-delay", "furious", 30, Ending::Waiting(1), 22),
    ("double-charge", "furious", 33, Ending::Waiting(1), 4),
    ("roll-out", "neutral", 1, Ending::Parts(50), 3),
    ("fleet-billing", "annoyed", 1, Ending::Finished, 700),
    ("fleet-fault", "annoyed", 1, Ending::Finished, 1400),
    ("vip", "annoyed", 1, Ending::Finished, 90),
    ("quote", "neutral", 4, Ending::Waiting(2), 2),
    ("refund", "furious", 20, Ending::Finished, 30),
    ("refund", "furious", 36, Ending::Finished, 410),
    ("password-reset", "furious", 39, Ending::Finished, 52),
    ("error-code", "annoyed", 28, Ending::Finished, 75),
    ("error-code", "annoyed", 34, Ending::Finished, 620),
    ("fleet-fault", "furious", 8, Ending::Finished, 160),
    ("cancel", "furious", 24, Ending::Finished, 215),
    ("warranty", "furious", 18, Ending::Finished, 20),
    ("battery", "furious", 31, Ending::Waiting(1), 1),
    ("app-crash", "annoyed", 29, Ending::Waiting(2), 3),
    ("missing-part", "annoyed", 16, Ending::Finished, 100),
    ("praise", "happy", 38, Ending::Finished, 12),
    ("pick-up", "neutral", 25, Ending::Finished, 44),
    ("pick-up", "happy", 32, Ending::Finished, 65),
];

/// Plans so many conversations.
pub(super) fn all(
    dice: &mut Dice,
    scripts: &[Script],
    people: &[Person],
    count: usize,
) -> Vec<Plan> {
    let find = |topic: &str, mood: &str| {
        scripts
            .iter()
            .position(|script| script.topic == topic && script.mood == mood)
    };
    let always = ALWAYS
        .iter()
        .filter_map(|&(topic, mood, person, ending, hours)| {
            let script = find(topic, mood)?;
            (person < people.len()).then_some(Plan {
                script,
                person,
                ending,
                age: hours * HOUR + 11 * 60,
                score: None,
            })
        });
    let mut plans: Vec<Plan> = always.take(count).collect();
    let office: Vec<usize> = (0..people.len())
        .filter(|&n| people[n].company.is_some())
        .collect();
    let ordinary: Vec<usize> = (0..scripts.len())
        .filter(|&n| scripts[n].topic != "roll-out")
        .collect();
    while plans.len() < count {
        let script = *dice.pick(&ordinary);
        let person = if scripts[script].business {
            *dice.pick(&office)
        } else {
            dice.below(people.len())
        };
        plans.push(chance(dice, &scripts[script], script, person));
    }
    plans
}

fn chance(dice: &mut Dice, script: &Script, place: usize, person: usize) -> Plan {
    let score = dice
        .percent(20)
        .then(|| u8::try_from(dice.between(2, 5)).unwrap_or(5));
    let plan = |ending, age| Plan {
        script: place,
        person,
        ending,
        age,
        score,
    };
    if people::is_quiet(person) {
        return plan(Ending::Finished, dice.skewed(40 * DAY, 180 * DAY));
    }
    match dice.below(100) {
        0..62 => plan(Ending::Finished, dice.skewed(3 * HOUR, 180 * DAY)),
        62..66 => plan(Ending::Reopened, dice.skewed(HOUR / 4, 3 * DAY)),
        66..74 => plan(Ending::Snoozed, dice.skewed(HOUR, 4 * DAY)),
        74..86 => plan(
            Ending::Waiting(1 + dice.below(script.turns_alone())),
            dice.skewed(300, 2 * DAY),
        ),
        _ => plan(
            Ending::Waiting(1 + dice.below(script.turns())),
            dice.skewed(600, 4 * DAY),
        ),
    }
}
