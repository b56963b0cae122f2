//! Canaries: what they look like, and the search for a foreign one in an answer.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

const HEAD: &str = "canary-";
/// Digits of a tenant's number, and the dash behind them.
const TAIL: usize = 5;
/// The shortest id or token that is looked up.
const SHORTEST: usize = 32;

/// The canary of a tenant, which is also its id.
pub(super) fn mark(number: usize) -> String {
    format!("{HEAD}{number:04}-")
}

/// The access token of a tenant's workspace.
pub(super) fn token(mark: &str) -> String {
    format!("token-of-{mark}")
}

/// The canary of the tenant whose token an `Authorization` header holds.
pub(super) fn of_token(header: &str) -> Option<String> {
    Some(header.strip_prefix("Bearer token-of-")?.to_owned())
}

/// The text without any canary.
pub(super) fn neutral(text: &str) -> String {
    let mut parts = text.split(HEAD);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str("plain-");
        plain.push_str(part.get(TAIL..).unwrap_or_default());
    }
    plain
}

/// Whose each id and each token is, as far as it was told to anybody.
#[derive(Default)]
pub(super) struct Owners(Mutex<Known>);

#[derive(Default)]
struct Known {
    owners: HashMap<String, usize>,
    /// What a tenant said of its own accord: it may come back, in its audit log too.
    said: HashSet<(usize, String)>,
}

impl Owners {
    /// Notes what was told to a tenant that made it.
    pub(super) fn note(&self, word: &str, tenant: usize) {
        self.known().owners.insert(word.to_owned(), tenant);
    }

    /// Notes the ids and tokens in what a tenant says.
    pub(super) fn hear(&self, tenant: usize, request: &str) {
        let words = words(request).map(|word| (tenant, word.to_owned()));
        self.known().said.extend(words);
    }

    /// What in an answer to this tenant is another's.
    pub(super) fn foreign(&self, tenant: usize, answer: &str) -> Option<String> {
        let own = mark(tenant);
        let mut marks = answer.match_indices(HEAD).map(|(at, _)| &answer[at..]);
        // One that was cut off, as at the end of a long text, is judged by what is there.
        let is_own = |found: &&str| {
            let same = found
                .bytes()
                .zip(own.bytes())
                .take_while(|(left, right)| left == right);
            let differs = found.as_bytes().get(same.count());
            found.starts_with(&own) || differs.is_none_or(|byte| !byte.is_ascii_digit())
        };
        if let Some(found) = marks.find(|found| !is_own(found)) {
            return Some(found.chars().take(HEAD.len() + TAIL).collect());
        }
        let known = self.known();
        let foreign = |word: &&str| {
            let owner = known.owners.get(*word);
            owner.is_some_and(|owner| *owner != tenant)
                && !known.said.contains(&(tenant, (*word).to_owned()))
        };
        words(answer).find(foreign).map(str::to_owned)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is long enough for an id or a token.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let apart = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '-';
    text.split(apart).filter(|word| word.len() >= SHORTEST)
}

#[test]
fn a_foreign_word_is_found_and_an_own_one_is_not() {
    let owners = Owners::default();
    let id = "0".repeat(32);
    owners.note(&id, 7);
    owners.hear(4, &format!("DELETE /keys/{id}"));
    for (tenant, answer, found) in [
        (3, "canary-0003-Ana", None),
        (3, "canary-0003-Ana canary-0013-", Some("canary-0013-")),
        (3, "canary-0003-canary-00… canary-", None),
        (3, "canary-0003-canary-01", Some("canary-01")),
        (3, &format!("/{id}?x"), Some(id.as_str())),
        (4, &format!("/{id}?x"), None),
        (7, &id, None),
    ] {
        assert_eq!(owners.foreign(tenant, answer).as_deref(), found, "{answer}");
    }
    assert_eq!(neutral("a canary-0003-b canary-0"), "a plain-b plain-");
}
