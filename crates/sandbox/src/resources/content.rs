//! Operations on all knowledge at once: search, bulk actions, folders.

mod bulk;
mod folders;
mod search;

use crate::{
    call::{Fault, Handler},
    world::{World, knowledge::Article},
};

pub(crate) use bulk::settle;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "search_content" => search::search,
        "bulk_content_actions" => bulk::accept,
        _ => return folders::handler(operation),
    })
}

/// Ids of the contents of one article lie within so many.
const PER_ARTICLE: u64 = 1_000_000;

/// The id of an article's content in one language. It follows from the two, so nothing has to remember it.
fn content_id(article: &Article, locale: &str) -> u64 {
    let letters = locale.bytes().filter(u8::is_ascii_alphabetic).take(4);
    let code = letters.fold(0, |code, letter| {
        code * 26 + u64::from(letter.to_ascii_lowercase() - b'a')
    });
    article.id * PER_ARTICLE + code
}

/// The languages of an article, the default one first.
fn locales_of(article: &Article) -> impl Iterator<Item = &str> {
    let others = article.translations.keys().map(String::as_str);
    std::iter::once(article.default_locale.as_str()).chain(others)
}

/// The article and the language that an id of a content belongs to.
fn content_of(world: &World, id: u64) -> Option<(u64, String)> {
    let article = world.articles.get(&(id / PER_ARTICLE))?;
    locales_of(article)
        .find(|locale| content_id(article, locale) == id)
        .map(|locale| (article.id, locale.to_owned()))
}

fn wrong(message: impl Into<String>) -> Fault {
    Fault::new(422, "parameter_invalid", message)
}
