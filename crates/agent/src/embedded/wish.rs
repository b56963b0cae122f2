//! The plainest wishes for a human: sentences made of nothing but the words of such a wish, such as "agent now please".
//!
//! Such fragments hold too little for a model to be sure of, and can mean nothing else.

/// Who is asked for, and is nothing else in so short a sentence.
const CORE: &str = "human humans person agent representative rep operator supervisor manager employee adviser advisor \
    colleague executive teammate";
/// Who is asked for where a verb of speech stands beside.
const SOFT: &str = "people boss staff somebody someone";
const SPEECH: &str = "speak speaking talk talking chat call phone transfer connect";
/// What makes a longer sentence a request.
const REQUEST: &str = "speak talk chat connect transfer put pass hand forward switch get give gimme need want wanna call \
    phone ring reach contact bring fetch please pls plz now let prefer like rather demand insist real live asked said";
/// All else that such a sentence may hold.
const BESIDE: &str = "a an any the i i'd i'll id we u me us my your to with by from for of on in at just only ok okay \
    yes hi hello no not bot bots robot machine actual being beings member team support customer service care help wish \
    would could can may change through over there is are have has got one once directly immediately right urgently \
    instead again some else more senior line somehow possible it this up chatting";
/// A "no" before a bot is part of a wish; before a human it is the opposite.
const NEVER: [&str; 4] = ["don't", "dont", "never", "without"];
const LONGEST: usize = 16;

/// Whether a sentence asks for a human in so many words.
pub(super) fn is_plain(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
        .collect();
    let any = |list: &str| words.iter().any(|word| is_in(list, word));
    let known = |word: &&str| {
        [CORE, SOFT, SPEECH, REQUEST, BESIDE]
            .iter()
            .any(|list| is_in(list, word))
    };
    let named = any(CORE) || (any(SOFT) && any(SPEECH));
    let asks = words.len() <= 3 || any(REQUEST);
    named
        && asks
        && words.len() <= LONGEST
        && words.iter().all(known)
        && !words.iter().any(|word| NEVER.contains(word))
        && !refused(&words)
        && !words
            .windows(2)
            .any(|pair| pair == ["are", "you"] || pair == ["you", "are"])
}

/// Whether a "no" or "not" stands shortly before who is named.
fn refused(words: &[&str]) -> bool {
    let refuses = |at: usize| {
        let after = words.iter().skip(at + 1).take(3);
        ["no", "not"].contains(&words[at])
            && after
                .into_iter()
                .any(|word| is_in(CORE, word) || is_in(SOFT, word))
    };
    (0..words.len()).any(refuses)
}

fn is_in(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|one| one == word)
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn nothing_but_a_wish_is_plain() {
        for (text, expect) in [
            ("HUMAN!!", true),
            ("agent now pls", true),
            ("I said human", true),
            ("can I get a real person please", true),
            ("can someone call me", true),
            ("no human please", false),
            ("I don't need an agent", false),
            ("are you a real person", false),
            ("agent seats", false),
            ("manager role", false),
            ("someone", false),
            ("the manager was great", false),
            ("", false),
        ] {
            assert_eq!(is_plain(text), expect, "{text}");
        }
    }
}
