//! Versions of articles: what was said when, and by whom.

use super::{is_public, markup};
use crate::{
    call::{Answer, Call, Fault, Reply},
    paging::PageNumber,
    world::{
        World,
        knowledge::{Article, ArticleText, ArticleVersion},
    },
};
use serde_json::{Value, json};

/// Versions are numbered within their article; on the wire the article's id stands before.
const PER_ARTICLE: u64 = 1000;

/// Adds the words of one language to an article's history.
pub(crate) fn record(article: &mut Article, locale: &str, text: ArticleText, by: u64) {
    let live = text.state == "published";
    let number = article.versions.last().map_or(1, |last| last.number + 1);
    article.versions.push(ArticleVersion {
        number,
        locale: locale.to_owned(),
        text,
        live,
        by,
        via: "api",
    });
}

/// Adds what differs from the article before to its history.
pub(super) fn record_changes(before: Option<&Article>, article: &mut Article, by: u64) {
    let own = std::iter::once((&article.default_locale, &article.text));
    let changed: Vec<(String, ArticleText)> = own
        .chain(&article.translations)
        .filter(|(locale, text)| {
            let old = before.and_then(|before| super::text_in(before, locale));
            old.is_none_or(|old| words(old) != words(text))
        })
        .map(|(locale, text)| (locale.clone(), text.clone()))
        .collect();
    for (locale, text) in changed {
        record(article, &locale, text, by);
    }
}

fn words(text: &ArticleText) -> (&str, &str, &str, u64, &str) {
    (
        &text.title,
        &text.description,
        &text.body,
        text.author_id,
        &text.state,
    )
}

pub(super) fn list(world: &mut World, call: &Call) -> Reply {
    let article = super::find(world, call)?;
    let page = PageNumber::of(call, 25, 150)?;
    let locale = locale(world, call)?;
    let versions: Vec<&ArticleVersion> = article
        .versions
        .iter()
        .rev()
        .filter(|version| locale.is_none_or(|locale| version.locale == locale))
        .collect();
    let data: Vec<Value> = page
        .slice(&versions)
        .iter()
        .map(|version| summary(world, article, version))
        .collect();
    let filter = locale.map_or_else(String::new, |locale| format!("?locale={locale}"));
    let address = format!(
        "{}/articles/{}/versions{filter}",
        world.workspace.base_url, article.id
    );
    let pages = page.pages(versions.len(), &address);
    Answer::ok(json!({"type": "list", "pages": pages, "total_count": versions.len(), "data": data}))
}

pub(super) fn get(world: &mut World, call: &Call) -> Reply {
    let article = super::find(world, call)?;
    let locale = locale(world, call)?;
    let version = article
        .versions
        .iter()
        .find(|version| Some(id(article, version)) == call.number(1))
        .filter(|version| locale.is_none_or(|locale| version.locale == locale))
        .ok_or_else(|| Fault::missing("not_found", "Resource Not Found"))?;
    let mut out = summary(world, article, version);
    out["body"] = json!(version.text.body);
    out["body_markdown"] = json!(markup::to_markdown(&version.text.body));
    out["updated_at"] = json!(version.text.updated_at);
    Answer::ok(out)
}

fn id(article: &Article, version: &ArticleVersion) -> u64 {
    article.id * PER_ARTICLE + version.number
}

/// A version without its text.
fn summary(world: &World, article: &Article, version: &ArticleVersion) -> Value {
    let before = article
        .versions
        .iter()
        .rfind(|other| other.locale == version.locale && other.number < version.number);
    json!({
        "type": "article_version",
        "id": id(article, version).to_string(),
        "article_id": article.id.to_string(),
        "title": version.text.title,
        "description": version.text.description,
        "author_id": version.text.author_id.to_string(),
        "created_by_id": version.by.to_string(),
        "created_via": version.via,
        "from_version_id": before.map(|before| id(article, before).to_string()),
        "state": if is_live(world, article, version) { "published" } else { "draft" },
        "created_at": version.text.updated_at,
    })
}

/// Whether the public reads this version now: it is the last one of its language that went live.
fn is_live(world: &World, article: &Article, version: &ArticleVersion) -> bool {
    let last = article
        .versions
        .iter()
        .rfind(|other| other.locale == version.locale && other.live);
    let public = if version.locale == article.default_locale {
        is_public(world, article)
    } else {
        let text = article.translations.get(&version.locale);
        text.is_some_and(|text| text.state == "published")
    };
    public && last.is_some_and(|last| last.number == version.number)
}

/// The language that is asked for, which the workspace must speak.
fn locale<'c>(world: &World, call: &'c Call) -> Result<Option<&'c str>, Fault> {
    match call.query("locale").filter(|locale| !locale.is_empty()) {
        Some(locale) if !super::locales(world).contains(locale) => {
            Err(Fault::invalid("Unknown locale").of("locale"))
        }
        locale => Ok(locale),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{RUI, call, fault, world};
    use serde_json::{Value, json};

    #[test]
    fn versions_tell_what_was_said() {
        let mut world = world();
        let body = json!({"title": "One", "body": "<p>1</p>", "author_id": RUI, "translated_content": {"fr": {"title": "Un"}}});
        let article = call(&mut world, "create_article", "", body).unwrap();
        let id = article["id"].as_str().unwrap();
        world.clock.advance(10);
        for body in [
            json!({"title": "Two", "state": "published"}),
            json!({"ai_chatbot_availability": false}),
        ] {
            call(&mut world, "update_article", id, body).unwrap();
        }
        let list = call(
            &mut world,
            "list_article_versions",
            &format!("{id}?locale=en"),
            Value::Null,
        )
        .unwrap();
        let titles: Vec<_> = list["data"].as_array().unwrap().iter().collect();
        assert_eq!(titles.len(), 2, "a change of something else is no version");
        assert_eq!(
            (&titles[0]["title"], &titles[0]["state"]),
            (&json!("Two"), &json!("published"))
        );
        assert_eq!(
            (
                &titles[1]["state"],
                &titles[1]["from_version_id"],
                &titles[0]["from_version_id"]
            ),
            (&json!("draft"), &Value::Null, &titles[1]["id"])
        );
        let all = call(&mut world, "list_article_versions", id, Value::Null).unwrap();
        assert_eq!(all["total_count"], 3);
        let place = format!("{id}/{}", titles[1]["id"].as_str().unwrap());
        let first = call(&mut world, "get_article_version", &place, Value::Null).unwrap();
        assert_eq!(
            (&first["body"], &first["body_markdown"]),
            (&json!("<p>1</p>"), &json!("1"))
        );
        for (operation, target, expected) in [
            (
                "list_article_versions",
                format!("{id}?locale=tlh"),
                (400, "parameter_invalid"),
            ),
            ("list_article_versions", "5".into(), (404, "not_found")),
            ("get_article_version", format!("{id}/5"), (404, "not_found")),
            (
                "get_article_version",
                format!("{place}?locale=fr"),
                (404, "not_found"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, operation, &target, Value::Null),
                expected,
                "{target}"
            );
        }
    }
}
