//! Marks of a mood that meaning alone does not carry: capitals, exclamation marks, curses, thanks, "the third time".

/// How many numbers [`marks`] answers.
pub(crate) const MARKS: usize = 8;

const CURSES: &[&str] = &[
    "bloody", "bullshit", "bs", "crap", "crappy", "damn", "damned", "dumb", "ffs", "freaking",
    "fuck", "fucking", "garbage", "hell", "idiots", "moron", "morons", "piss", "pissed", "rubbish",
    "shit", "shitty", "stupid", "sucks", "trash", "wtf",
];
const ANGER: &[&str] = &[
    "abysmal",
    "angry",
    "annoyed",
    "annoying",
    "appalling",
    "atrocious",
    "awful",
    "clueless",
    "disgrace",
    "disgraceful",
    "disgusted",
    "disgusting",
    "fuming",
    "frustrated",
    "frustrating",
    "furious",
    "horrible",
    "horrendous",
    "incompetence",
    "incompetent",
    "infuriating",
    "insulting",
    "joke",
    "liars",
    "livid",
    "lied",
    "outrageous",
    "outraged",
    "pathetic",
    "ridiculous",
    "ripoff",
    "robbed",
    "scam",
    "scammed",
    "scammers",
    "shambles",
    "shame",
    "shameful",
    "shocking",
    "terrible",
    "thieves",
    "unacceptable",
    "unbelievable",
    "unprofessional",
    "useless",
    "worst",
];
const AGAIN: &[&str] = &[
    "again and again",
    "all this time",
    "and again",
    "at the end of my",
    "every single",
    "every time",
    "fed up",
    "fifth time",
    "for days",
    "for months",
    "for weeks",
    "fourth time",
    "had enough",
    "had it with",
    "how long",
    "how many times",
    "how many more",
    "keep asking",
    "keep telling",
    "last time",
    "lost patience",
    "no answer",
    "no one answers",
    "no one cares",
    "no one replied",
    "no reply",
    "no response",
    "nobody answers",
    "nobody cares",
    "nobody replied",
    "once again",
    "out of patience",
    "over and over",
    "several times",
    "sick and tired",
    "sick of",
    "sixth time",
    "still no",
    "still nothing",
    "still waiting",
    "third time",
    "three times",
    "four times",
    "five times",
    "tired of",
    "twice now",
    "waste of time",
    "wasted my",
    "wasting my",
];
const THANKS: &[&str] = &[
    "amazing",
    "appreciate",
    "awesome",
    "brilliant",
    "excellent",
    "fantastic",
    "glad",
    "grateful",
    "great",
    "happy",
    "kudos",
    "love",
    "lovely",
    "perfect",
    "pleased",
    "super",
    "thank",
    "thanks",
    "thx",
    "wonderful",
    "yay",
];

/// Numbers between 0 and 1: share of capitals, marks, curses, anger, repetition, thanks, and two of their meetings.
pub(crate) fn marks(text: &str) -> [f32; MARKS] {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    let shouting = if letters >= 8 && capitals * 2 > letters {
        1.0
    } else {
        0.0
    };
    let exclaims = text.matches('!').count();
    let asks = text.matches("??").count() + text.matches("!?").count();
    let words = plain(text);
    let curses = hits(&words, CURSES);
    let anger = hits(&words, ANGER);
    let again = hits(&words, AGAIN);
    let thanks = hits(&words, THANKS);
    let loud = share(exclaims.saturating_sub(1) + asks);
    [
        shouting,
        loud,
        curses,
        anger,
        again,
        thanks,
        (curses + anger + again).min(1.0) * (shouting + loud).min(1.0),
        thanks * (1.0 - anger),
    ]
}

/// Whether the text thanks or praises, and does not rage.
pub(crate) fn is_thankful(text: &str) -> bool {
    let words = plain(text);
    hits(&words, THANKS) > 0.0 && hits(&words, ANGER) + hits(&words, CURSES) == 0.0
}

/// The words in lower case, with one space around each.
pub(crate) fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .collect();
    format!(" {} ", words.join(" "))
}

/// How many of the phrases stand in the text, as a share.
fn hits(words: &str, phrases: &[&str]) -> f32 {
    share(
        phrases
            .iter()
            .filter(|phrase| words.contains(&format!(" {phrase} ")))
            .count(),
    )
}

fn share(count: usize) -> f32 {
    match count {
        0 => 0.0,
        1 => 0.6,
        2 => 0.85,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_anger_are_seen() {
        let calm = marks("My transfer was declined");
        assert!(calm.iter().all(|mark| *mark == 0.0));
        let angry = marks("THIS IS THE THIRD TIME, WORST SERVICE EVER!!!");
        assert!(angry[..2].iter().all(|mark| *mark > 0.5) && angry[3] > 0.0 && angry[4] > 0.0);
        assert!(is_thankful("Thanks, that was quick!"));
        assert!(!is_thankful("thanks, that was useless"));
        assert!(!is_thankful("The order is late"));
    }
}
