//! Search of articles by the words of a phrase.

use super::{is_public, render};
use crate::{
    call::{Answer, Call, Fault, Reply},
    paging::PageNumber,
    world::{World, knowledge::Article},
};
use serde_json::{Value, json};
use std::cmp::Reverse;

/// Words that say nothing about what is looked for.
const EMPTY_WORDS: [&str; 30] = [
    "a", "an", "and", "are", "at", "be", "can", "do", "does", "for", "from", "how", "i", "in",
    "is", "it", "me", "my", "not", "of", "on", "or", "the", "this", "to", "we", "what", "when",
    "with", "you",
];

pub(super) fn search(world: &mut World, call: &Call) -> Reply {
    let page = PageNumber::of(call, 10, 150)?;
    let words = call.query("phrase").map(words).unwrap_or_default();
    let state = match call.query("state") {
        None | Some("" | "all") => None,
        Some("published") => Some(true),
        Some("draft") => Some(false),
        Some(_) => return Err(Fault::invalid("state must be one of published, draft, all")),
    };
    let center = call
        .query("help_center_id")
        .map(|text| {
            text.parse::<u64>()
                .map_err(|_| Fault::invalid("help_center_id must be an integer"))
        })
        .transpose()?;
    let mut hits: Vec<(u32, &Article)> = world
        .articles
        .values()
        .filter(|article| state.is_none_or(|public| is_public(world, article) == public))
        .filter(|article| center.is_none_or(|center| stands_in(world, article, center)))
        .map(|article| (score(article, &words), article))
        .filter(|(score, _)| words.is_empty() || *score > 0)
        .collect();
    hits.sort_by_key(|(score, article)| (Reverse(*score), Reverse(article.updated_at), article.id));
    let shown = page.slice(&hits);
    let articles: Vec<Value> = shown
        .iter()
        .map(|(_, article)| render::item(world, article))
        .collect();
    let highlights: Vec<Value> = if call.query_flag("highlight") {
        shown
            .iter()
            .map(|(_, article)| highlights(article, &words))
            .collect()
    } else {
        Vec::new()
    };
    let pages = page.pages(
        hits.len(),
        &format!(
            "{}/articles/search{}",
            world.workspace.base_url,
            query_without_page(call)
        ),
    );
    Answer::ok(
        json!({"type": "list", "total_count": hits.len(), "data": {"articles": articles, "highlights": highlights}, "pages": pages}),
    )
}

/// The query string of the next page, without its number.
fn query_without_page(call: &Call) -> String {
    let kept = call
        .query
        .iter()
        .filter(|(key, _)| key != "page" && key != "per_page");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .finish();
    if query.is_empty() {
        query
    } else {
        format!("?{query}")
    }
}

fn stands_in(world: &World, article: &Article, center: u64) -> bool {
    article
        .parent_ids
        .iter()
        .filter_map(|id| world.collections.get(id))
        .any(|collection| collection.help_center_id == center)
}

/// The words of a text that say something, in lower case.
pub(crate) fn words(text: &str) -> Vec<String> {
    let all = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase);
    let mut words: Vec<String> = all
        .filter(|word| !EMPTY_WORDS.contains(&word.as_str()))
        .collect();
    words.dedup();
    words
}

/// How well an article answers.
fn score(article: &Article, wanted: &[String]) -> u32 {
    let text = format!("{} {}", article.text.description, article.text.body);
    relevance(&article.text.title, &text, wanted)
}

/// How well a text answers: each word counts once, and thrice in the title.
pub(crate) fn relevance(title: &str, html: &str, wanted: &[String]) -> u32 {
    let (title, body) = (words(title), words(&text_of(html)));
    let found = |words: &[String], want: &String| words.iter().any(|word| same(word, want));
    wanted
        .iter()
        .map(|want| {
            if found(&title, want) {
                3
            } else {
                u32::from(found(&body, want))
            }
        })
        .sum()
}

/// Whether two words are one word in two forms: one begins the other and the rest is short.
fn same(left: &str, right: &str) -> bool {
    let (short, long) = if left.len() <= right.len() {
        (left, right)
    } else {
        (right, left)
    };
    left == right
        || short.len() >= 4 && long.starts_with(short) && long.len() - short.len() < short.len()
}

fn highlights(article: &Article, wanted: &[String]) -> Value {
    let body = text_of(&article.text.body);
    let sentences = body.split_inclusive(['.', '!', '?', '\n']).map(str::trim);
    let matching = sentences.filter(|sentence| {
        words(sentence)
            .iter()
            .any(|word| wanted.iter().any(|want| same(word, want)))
    });
    let summary: Vec<Value> = matching
        .take(3)
        .map(|sentence| marked(sentence, wanted))
        .collect();
    json!({"article_id": article.id.to_string(), "highlighted_title": marked(&article.text.title, wanted), "highlighted_summary": summary})
}

/// A text as pieces, those that match marked.
fn marked(text: &str, wanted: &[String]) -> Value {
    let mut pieces: Vec<(bool, String)> = Vec::new();
    for piece in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        let hit = !word.is_empty() && wanted.iter().any(|want| same(&word.to_lowercase(), want));
        for (marked, text) in [(hit, word), (false, &piece[word.len()..])] {
            match pieces.last_mut() {
                _ if text.is_empty() => {}
                Some((last, joined)) if *last == marked => joined.push_str(text),
                _ => pieces.push((marked, text.to_owned())),
            }
        }
    }
    pieces
        .into_iter()
        .map(|(hit, text)| json!({"type": if hit { "highlight" } else { "plain" }, "text": text}))
        .collect()
}

/// HTML without its tags.
fn text_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => {
                inside = true;
                text.push(' ');
            }
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{RUI, call, fault, world};

    fn with_articles() -> World {
        let mut world = world();
        for (title, body, state) in [
            (
                "Shipping",
                "<p>Parcels leave daily. Forgot your password? See there.</p>",
                "published",
            ),
            (
                "Resetting your password",
                "<p>Use the link.</p>",
                "published",
            ),
            ("Password draft", "<p>Reset it.</p>", "draft"),
        ] {
            call(
                &mut world,
                "create_article",
                "",
                json!({"title": title, "body": body, "state": state, "author_id": RUI}),
            )
            .unwrap();
        }
        world
    }

    #[test]
    fn the_best_answer_comes_first() {
        let mut world = with_articles();
        let titles = |world: &mut World, query: &str| {
            let found = call(world, "search_articles", query, Value::Null).unwrap();
            let titles = found["data"]["articles"]
                .as_array()
                .unwrap()
                .iter()
                .map(|article| article["title"].as_str().unwrap().to_owned());
            titles.collect::<Vec<_>>()
        };
        assert_eq!(
            titles(
                &mut world,
                "?phrase=how+do+I+reset+my+password&state=published"
            ),
            ["Resetting your password", "Shipping"]
        );
        assert_eq!(
            titles(&mut world, "?phrase=passwords&state=draft"),
            ["Password draft"]
        );
        assert_eq!(titles(&mut world, "?phrase=unicorn"), [""; 0]);
        assert_eq!(titles(&mut world, "?state=all").len(), 3);
        assert_eq!(
            titles(&mut world, "?phrase=password&help_center_id=5").len(),
            0
        );
        assert_eq!(
            fault(&mut world, "search_articles", "?state=live", Value::Null),
            (400, "parameter_invalid")
        );
    }

    #[test]
    fn passages_are_told_and_pages_keep_the_phrase() {
        let mut world = with_articles();
        let found = call(
            &mut world,
            "search_articles",
            "?phrase=password&highlight=true&per_page=1",
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            found["data"]["highlights"][0]["highlighted_title"],
            json!([{"type": "plain", "text": "Resetting your "}, {"type": "highlight", "text": "password"}])
        );
        assert_eq!(
            found["pages"]["next"],
            "http://127.0.0.1:8788/articles/search?phrase=password&highlight=true&page=2&per_page=1"
        );
    }

    #[test]
    fn one_word_has_many_forms() {
        for (left, right, expected) in [
            ("reset", "resetting", true),
            ("cards", "card", true),
            ("pass", "password", false),
            ("an", "and", false),
        ] {
            assert_eq!(same(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn matching_words_are_marked() {
        let wanted = words("refunds of a card");
        assert_eq!(wanted, ["refunds", "card"]);
        let marked = marked("A refund, to the card!", &wanted);
        let text: String = marked
            .as_array()
            .unwrap()
            .iter()
            .map(|piece| piece["text"].as_str().unwrap())
            .collect();
        assert_eq!(text, "A refund, to the card!");
        assert_eq!(marked[1], json!({"type": "highlight", "text": "refund"}));
    }
}
