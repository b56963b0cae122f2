//! Search over articles, internal articles, snippets, outside pages and files.

use super::{content_id, locales_of, wrong};
use crate::{
    call::{Answer, Call, Fault, Reply},
    paging::PageNumber,
    resources::articles::{is_public, relevance, text_in, words},
    world::{
        Time, World,
        content::Uses,
        knowledge::{Article, InternalArticle},
        people::Applied,
    },
};
use serde_json::{Value, json};
use std::{cmp::Reverse, str::FromStr};

/// What may be asked for, and how its hits are called.
const KINDS: [(&str, &str); 5] = [
    ("snippet", "content_snippet"),
    ("external_content", "external_content"),
    ("file_source_content", "file_source_content"),
    ("internal_article", "internal_article"),
    ("article", "article"),
];

/// One piece of content, whatever it is.
struct Piece<'w> {
    kind: &'static str,
    id: u64,
    title: &'w str,
    text: String,
    states: Vec<&'static str>,
    locales: Vec<&'w str>,
    tags: &'w [Applied],
    folder: Option<u64>,
    uses: Uses,
    created_by: u64,
    updated_by: u64,
    created_at: Time,
    updated_at: Time,
    article: Option<&'w Article>,
}

pub(super) fn search(world: &mut World, call: &Call) -> Reply {
    let page = page(call)?;
    let wanted = call.query("query").map(words).unwrap_or_default();
    let asked = call.query("query").is_some_and(|query| !query.is_empty());
    let filter = Filter::of(call)?;
    let mut hits: Vec<(u32, Piece<'_>)> = pieces(world)
        .into_iter()
        .filter(|piece| filter.takes(piece))
        .map(|piece| (relevance(piece.title, &piece.text, &wanted), piece))
        .filter(|(score, _)| !asked || *score > 0)
        .collect();
    hits.sort_by_key(|(score, piece)| {
        (
            Reverse(*score),
            Reverse(piece.updated_at),
            piece.kind,
            piece.id,
        )
    });
    let data: Vec<Value> = page
        .slice(&hits)
        .iter()
        .map(|(_, piece)| render(piece))
        .collect();
    let address = address(world, call);
    let mut pages = page.pages(hits.len(), &address);
    let before = (page.page > 1).then(|| {
        let joint = if address.contains('?') { '&' } else { '?' };
        format!(
            "{address}{joint}page={}&per_page={}",
            page.page - 1,
            page.per_page
        )
    });
    pages["prev"] = json!(before);
    Answer::ok(json!({"type": "list", "total_count": hits.len(), "pages": pages, "data": data}))
}

fn render(piece: &Piece<'_>) -> Value {
    let mut out = json!({"type": piece.kind, "id": piece.id.to_string(), "title": piece.title});
    if let Some(article) = piece.article {
        let contents: Vec<Value> = locales_of(article)
            .filter_map(|locale| {
                let title = &text_in(article, locale)?.title;
                let id = content_id(article, locale).to_string();
                Some(json!({"type": "article_content", "id": id, "title": title, "locale": locale}))
            })
            .collect();
        out["contents"] = json!(contents);
    }
    out
}

fn pieces(world: &World) -> Vec<Piece<'_>> {
    let content = &world.content;
    let mut pieces: Vec<Piece<'_>> = world
        .articles
        .values()
        .map(|article| of_article(world, article))
        .collect();
    pieces.extend(world.internal_articles.values().map(of_internal));
    pieces.extend(content.snippets.values().map(|it| Piece {
        kind: "content_snippet",
        id: it.id,
        title: &it.title,
        text: crate::resources::content_snippets::blocks::to_markdown(&it.blocks),
        states: vec!["published"],
        locales: vec![&it.locale],
        tags: &it.tags,
        folder: None,
        uses: it.uses,
        created_by: it.created_by,
        updated_by: it.updated_by,
        created_at: it.created_at,
        updated_at: it.updated_at,
        article: None,
    }));
    pieces.extend(content.pages.values().map(|it| Piece {
        kind: "external_content",
        id: it.id,
        title: &it.title,
        text: it.html.clone(),
        states: vec!["published"],
        locales: vec!["en"],
        tags: &it.tags,
        folder: None,
        uses: it.uses,
        created_by: 0,
        updated_by: 0,
        created_at: it.created_at,
        updated_at: it.updated_at,
        article: None,
    }));
    pieces.extend(content.files.values().map(|it| Piece {
        kind: "file_source_content",
        id: it.id,
        title: &it.title,
        text: it.text.clone(),
        states: vec!["published"],
        locales: vec!["en"],
        tags: &it.tags,
        folder: None,
        uses: it.uses,
        created_by: it.created_by,
        updated_by: it.created_by,
        created_at: it.created_at,
        updated_at: it.updated_at,
        article: None,
    }));
    pieces
}

fn of_article<'w>(world: &World, article: &'w Article) -> Piece<'w> {
    let texts = || locales_of(article).filter_map(|locale| text_in(article, locale));
    let said: Vec<String> = texts()
        .map(|text| format!("{} {} {}", text.title, text.description, text.body))
        .collect();
    let mut states = vec![if is_public(world, article) {
        "published"
    } else {
        "draft"
    }];
    states.extend(article.translations.values().map(|text| {
        if text.state == "published" {
            "published"
        } else {
            "draft"
        }
    }));
    Piece {
        kind: "article",
        id: article.id,
        title: &article.text.title,
        text: said.join(" "),
        states,
        locales: locales_of(article).collect(),
        tags: &article.tags,
        folder: article.folder_id,
        uses: Uses {
            agent: article.ai_chatbot_availability,
            copilot: article.ai_copilot_availability,
            sales: article.ai_sales_agent_availability,
        },
        created_by: article.created_by,
        updated_by: article.updated_by,
        created_at: article.created_at,
        updated_at: article.updated_at,
        article: Some(article),
    }
}

fn of_internal(article: &InternalArticle) -> Piece<'_> {
    Piece {
        kind: "internal_article",
        id: article.id,
        title: &article.title,
        text: article.body.clone(),
        states: vec!["published"],
        locales: vec![&article.locale],
        tags: &article.tags,
        folder: article.folder_id,
        uses: Uses {
            agent: article.ai_chatbot_availability,
            copilot: article.ai_copilot_availability,
            sales: article.ai_sales_agent_availability,
        },
        created_by: article.author_id,
        updated_by: article.author_id,
        created_at: article.created_at,
        updated_at: article.updated_at,
        article: None,
    }
}

/// What a search is narrowed to; an empty list narrows nothing.
struct Filter {
    kinds: Vec<&'static str>,
    states: Vec<String>,
    locales: Vec<String>,
    with_tags: Vec<u64>,
    without_tags: Vec<u64>,
    folders: Vec<u64>,
    /// For agent, copilot and sales agent.
    uses: [Option<bool>; 3],
    created_by: Vec<u64>,
    updated_by: Vec<u64>,
    created: [Option<Time>; 2],
    updated: [Option<Time>; 2],
}

impl Filter {
    fn of(call: &Call) -> Result<Self, Fault> {
        let kinds = listed(call, "content_types")
            .map(|asked| {
                let known = KINDS.into_iter().find(|(name, _)| *name == asked);
                known.map(|(_, told)| told).ok_or_else(|| {
                    wrong(format!("content_types has no `{asked}`")).of("content_types")
                })
            })
            .collect::<Result<_, _>>()?;
        let states: Vec<String> = listed(call, "states").map(str::to_owned).collect();
        if states
            .iter()
            .any(|state| !["published", "draft"].contains(&state.as_str()))
        {
            return Err(wrong("states must be published or draft").of("states"));
        }
        let tags = numbers(call, "tag_ids")?;
        let (mut with_tags, without_tags) = match call.query("tag_operator") {
            None | Some("" | "IN") => (tags, Vec::new()),
            Some("NIN") => (Vec::new(), tags),
            Some(_) => return Err(wrong("tag_operator must be IN or NIN").of("tag_operator")),
        };
        with_tags.extend(numbers::<u64>(call, "any_tag_ids")?);
        let folders: Vec<u64> = numbers(call, "folder_ids")?;
        if !folders.is_empty() && call.query("folder_entity_type") != Some("folder") {
            let message = "folder_entity_type must be folder when folder_ids is provided";
            return Err(wrong(message).of("folder_entity_type"));
        }
        Ok(Self {
            kinds,
            states,
            locales: listed(call, "locales").map(str::to_owned).collect(),
            with_tags,
            without_tags,
            folders,
            uses: [
                switch(call, "fin_service_state")?,
                switch(call, "copilot_state")?,
                switch(call, "fin_sales_state")?,
            ],
            created_by: numbers(call, "created_by_ids")?,
            updated_by: numbers(call, "last_updated_by_ids")?,
            created: [
                number(call, "created_at_after")?,
                number(call, "created_at_before")?,
            ],
            updated: [
                number(call, "updated_at_after")?,
                number(call, "updated_at_before")?,
            ],
        })
    }

    fn takes(&self, piece: &Piece<'_>) -> bool {
        let tagged = |ids: &[u64]| piece.tags.iter().any(|tag| ids.contains(&tag.tag));
        let one_of = |ids: &[u64], id: u64| ids.is_empty() || ids.contains(&id);
        let within = |[after, before]: [Option<Time>; 2], at: Time| {
            after.is_none_or(|after| after <= at) && before.is_none_or(|before| at <= before)
        };
        let uses = [piece.uses.agent, piece.uses.copilot, piece.uses.sales];
        let mut switches = self.uses.iter().zip(uses);
        (self.kinds.is_empty() || self.kinds.contains(&piece.kind))
            && (self.states.is_empty() || any_of(&self.states, &piece.states))
            && (self.locales.is_empty() || any_of(&self.locales, &piece.locales))
            && (self.with_tags.is_empty() || tagged(&self.with_tags))
            && !tagged(&self.without_tags)
            && (self.folders.is_empty()
                || piece.folder.is_some_and(|id| self.folders.contains(&id)))
            && switches.all(|(asked, is)| asked.is_none_or(|asked| asked == is))
            && one_of(&self.created_by, piece.created_by)
            && one_of(&self.updated_by, piece.updated_by)
            && within(self.created, piece.created_at)
            && within(self.updated, piece.updated_at)
    }
}

fn any_of(asked: &[String], has: &[&str]) -> bool {
    has.iter().any(|has| asked.iter().any(|asked| asked == has))
}

/// The values of a list in the query string: separated by commas, or one parameter each.
fn listed<'c>(call: &'c Call, name: &'static str) -> impl Iterator<Item = &'c str> {
    call.query
        .iter()
        .filter(move |(key, _)| key.strip_suffix("[]").unwrap_or(key) == name)
        .flat_map(|(_, value)| value.split(','))
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

fn numbers<N: FromStr>(call: &Call, name: &'static str) -> Result<Vec<N>, Fault> {
    listed(call, name)
        .map(|text| {
            text.parse()
                .map_err(|_| wrong(format!("{name} must be integers")).of(name))
        })
        .collect()
}

fn number(call: &Call, name: &'static str) -> Result<Option<Time>, Fault> {
    Ok(numbers::<Time>(call, name)?.first().copied())
}

fn switch(call: &Call, name: &str) -> Result<Option<bool>, Fault> {
    match call.query(name) {
        None | Some("") => Ok(None),
        Some("on") => Ok(Some(true)),
        Some("off") => Ok(Some(false)),
        Some(_) => Err(wrong(format!("{name} must be on or off")).of(name)),
    }
}

/// The page that is asked for; too low a number is the first page, too large a page is made smaller.
fn page(call: &Call) -> Result<PageNumber, Fault> {
    let read = |name: &'static str, fallback: i64| -> Result<usize, Fault> {
        let asked = number(call, name)?.unwrap_or(fallback).max(1);
        Ok(usize::try_from(asked).unwrap_or(usize::MAX))
    };
    Ok(PageNumber {
        page: read("page", 1)?,
        per_page: read("per_page", 10)?.min(50),
    })
}

/// The address of this search, without the page.
fn address(world: &World, call: &Call) -> String {
    let kept = call
        .query
        .iter()
        .filter(|(key, _)| key != "page" && key != "per_page");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .finish();
    let joint = if query.is_empty() { "" } else { "?" };
    format!("{}/content/search{joint}{query}", world.workspace.base_url)
}

#[cfg(test)]
mod tests;
