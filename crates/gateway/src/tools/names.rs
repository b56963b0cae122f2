//! Teammates, teams, tags and ticket types by id, name or e-mail; whatever is unclear is answered with the candidates.

use super::Arguments;
use crate::{CallError, context::Context, shape};
use serde_json::{Map, Value};

/// Something that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) name: String,
    email: String,
}

impl Named {
    /// The e-mail address; empty where there is none.
    pub(crate) fn email(&self) -> &str {
        &self.email
    }
}

/// What a name may stand for.
pub(super) enum Choice {
    /// Exactly one.
    One(Named),
    /// Nothing, or several: what to say about it.
    Unclear(String),
}

/// Most candidates that an answer lists.
const SHOWN: usize = 20;

/// All objects of a list that comes whole.
pub(crate) async fn all(context: &Context<'_>, operation: &str) -> Result<Vec<Named>, CallError> {
    let page = context.page(operation, Map::new(), None, None).await?;
    Ok(page.items.iter().filter_map(named).collect())
}

/// The id of the tag of that name or id.
pub(super) async fn tag_id(context: &Context<'_>, tag: &str) -> Result<String, CallError> {
    if is_id(tag) {
        return Ok(tag.to_owned());
    }
    let tags = all(context, "list_tags").await?;
    match choose("tag", tag, &tags) {
        Choice::One(tag) => Ok(tag.id),
        Choice::Unclear(problem) => Err(context.bad(problem)),
    }
}

/// The assignee that an argument names; `none` is id 0.
pub(crate) async fn assignee(
    context: &Context<'_>,
    kind: &str,
    given: &Arguments,
) -> Result<Option<Named>, CallError> {
    let Some(wanted) = given.get(kind).map(shape::scalar) else {
        return Ok(None);
    };
    if matches!(
        wanted.trim().to_ascii_lowercase().as_str(),
        "none" | "nobody" | "0"
    ) {
        return Ok(Some(Named {
            id: "0".into(),
            name: "nobody".into(),
            email: String::new(),
        }));
    }
    let candidates = all(
        context,
        if kind == "team" {
            "list_teams"
        } else {
            "list_admins"
        },
    )
    .await?;
    let wanted = if kind == "admin" && wanted.eq_ignore_ascii_case("me") {
        context.admin().await?.id.clone()
    } else {
        wanted
    };
    match choose(kind, &wanted, &candidates) {
        Choice::One(one) => Ok(Some(one)),
        Choice::Unclear(problem) => Err(context.bad(problem)),
    }
}

/// The candidate that a text means: by id, then e-mail, then whole name, then part of a name.
pub(super) fn choose(kind: &str, wanted: &str, candidates: &[Named]) -> Choice {
    let wanted = wanted.trim();
    let low = wanted.to_lowercase();
    let bare = wanted
        .strip_prefix(kind)
        .and_then(|rest| rest.strip_prefix('_'))
        .unwrap_or(wanted);
    let rules: [&dyn Fn(&Named) -> bool; 4] = [
        &|one| one.id == bare,
        &|one| !one.email.is_empty() && one.email.to_lowercase() == low,
        &|one| one.name.to_lowercase() == low,
        &|one| !low.is_empty() && one.name.to_lowercase().contains(&low),
    ];
    for rule in rules {
        let mut fitting = candidates.iter().filter(|one| rule(one));
        let Some(first) = fitting.next() else {
            continue;
        };
        if fitting.next().is_none() {
            return Choice::One(first.clone());
        }
        let several: Vec<&Named> = candidates.iter().filter(|one| rule(one)).collect();
        return Choice::Unclear(format!(
            "`{kind}`: `{wanted}` may mean {}; give the id",
            told(&several)
        ));
    }
    let near = nearest(&low, candidates);
    Choice::Unclear(format!(
        "`{kind}`: there is no {kind} `{wanted}`; there are {}",
        told(&near)
    ))
}

/// Whether a text is an id and no name.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn named(value: &Value) -> Option<Named> {
    let text = |key| {
        value
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let id = shape::id_of(value)?.into_owned();
    Some(Named {
        id,
        name: text("name"),
        email: text("email"),
    })
}

/// Those that share a beginning or a word with the text first.
fn nearest<'a>(low: &str, candidates: &'a [Named]) -> Vec<&'a Named> {
    let mut sorted: Vec<&Named> = candidates.iter().collect();
    sorted.sort_by_key(|one| {
        let name = one.name.to_lowercase();
        let same = name
            .chars()
            .zip(low.chars())
            .take_while(|(a, b)| a == b)
            .count();
        let words = low
            .split_whitespace()
            .filter(|word| name.contains(*word))
            .count();
        std::cmp::Reverse(same + 4 * words)
    });
    sorted
}

fn told(some: &[&Named]) -> String {
    if some.is_empty() {
        return "none".into();
    }
    let mut words: Vec<String> = some
        .iter()
        .take(SHOWN)
        .map(|one| format!("{} ({})", one.name, one.id))
        .collect();
    if some.len() > SHOWN {
        words.push(format!("and {} more", some.len() - SHOWN));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates() -> Vec<Named> {
        [
            ("1", "Rui Costa", "rui@acme.example"),
            ("2", "Rui Alves", "alves@acme.example"),
            ("3", "Maya", "maya@acme.example"),
        ]
        .map(|(id, name, email)| Named {
            id: id.into(),
            name: name.into(),
            email: email.into(),
        })
        .to_vec()
    }

    #[test]
    fn names_are_chosen_or_answered_with_the_candidates() {
        for (wanted, expected) in [
            ("2", "2"),
            ("admin_3", "3"),
            ("ALVES@acme.example", "2"),
            ("maya", "3"),
            ("costa", "1"),
            (
                "Rui",
                "`admin`: `Rui` may mean Rui Costa (1), Rui Alves (2); give the id",
            ),
            (
                "Mara",
                "`admin`: there is no admin `Mara`; there are Maya (3), Rui Costa (1), Rui Alves (2)",
            ),
        ] {
            let got = match choose("admin", wanted, &candidates()) {
                Choice::One(one) => one.id,
                Choice::Unclear(problem) => problem,
            };
            assert_eq!(got, expected, "{wanted}");
        }
    }
}
