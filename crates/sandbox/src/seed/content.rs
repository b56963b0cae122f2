//! What Fin reads beside the help center, for whom, and how the articles came to be. Its ids are fixed numbers, so
//! that whatever else is planted keeps its own.

use super::{knowledge::Library, staff::House};
use crate::{
    resources::content_snippets::blocks,
    world::{
        Time, World,
        content::{
            Audience, ExternalPage, Folder, ImportSource, Predicate, Redirect, Snippet, SourceFile,
            Target, Uses,
        },
        knowledge::ArticleVersion,
        people::Applied,
    },
};
use serde::Deserialize;

const DAY: Time = 86_400;
const FIRST_SOURCE: u64 = 21;
const FIRST_AUDIENCE: u64 = 31;
const FIRST_PAGE: u64 = 221;
const FIRST_FILE: u64 = 321;
const FIRST_SNIPPET: u64 = 401;
const FIRST_FOLDER: u64 = 501;
const FIRST_REDIRECT: u64 = 701;
const WRITER: u64 = 7001;

/// What `content.yaml` holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    audiences: Vec<AudienceRow>,
    folders: Vec<FolderRow>,
    snippets: Vec<SnippetRow>,
    sources: Vec<SourceRow>,
    pages: Vec<PageRow>,
    files: Vec<FileRow>,
    redirects: Vec<RedirectRow>,
    staged: StagedRow,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AudienceRow {
    name: String,
    rules: Vec<RuleRow>,
    role: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleRow {
    attribute: String,
    comparison: String,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FolderRow {
    name: String,
    emoji: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    inside: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SnippetRow {
    title: String,
    text: String,
    tags: Vec<String>,
    uses: Vec<String>,
    #[serde(default)]
    audience: Option<String>,
    #[serde(default)]
    needed: bool,
    age: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceRow {
    url: String,
    behavior: String,
    #[serde(default)]
    status: Option<String>,
    age: i64,
}

/// A page; `source` is a place in the list of sources.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageRow {
    source: u64,
    name: String,
    title: String,
    html: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRow {
    title: String,
    text: String,
    age: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RedirectRow {
    from: String,
    article: String,
}

/// A line that somebody has added to an article and not published.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StagedRow {
    article: String,
    note: String,
}

/// Fills the shelves beside the help center.
pub(super) fn plant(world: &mut World, house: &House, library: &Library) {
    let content: Content = super::read("content.yaml", include_str!("../../data/content.yaml"));
    for (id, row) in (FIRST_AUDIENCE..).zip(&content.audiences) {
        audience(world, id, row);
    }
    for (id, row) in (FIRST_SNIPPET..).zip(&content.snippets) {
        snippet(world, house, id, row);
    }
    outside(world, &content);
    folders(world, &content);
    for (id, row) in (FIRST_REDIRECT..).zip(&content.redirects) {
        redirect(world, library, id, row);
    }
    histories(world);
    staged(world, library, &content.staged);
}

fn audience(world: &mut World, id: u64, row: &AudienceRow) {
    let at = world.now() - 150 * DAY;
    let rule = |attribute: &str, kind: &str, comparison: &str, value: &str| Predicate {
        attribute: attribute.into(),
        kind: kind.into(),
        comparison: comparison.into(),
        value: value.into(),
    };
    let predicates = row
        .rules
        .iter()
        .map(|row| rule(&row.attribute, "string", &row.comparison, &row.value))
        .collect();
    let audience = Audience {
        id,
        name: row.name.clone(),
        predicates,
        role_predicates: vec![rule("role", "role", "eq", &row.role)],
        created_at: at,
        updated_at: at + 30 * DAY,
    };
    world.content.audiences.insert(id, audience);
}

fn snippet(world: &mut World, house: &House, id: u64, row: &SnippetRow) {
    let at = world.now() - row.age * DAY;
    let uses = |name: &str| row.uses.iter().any(|used| used == name);
    let tags = row.tags.iter().filter_map(|name| house.tags.get(name));
    let audiences = world.content.audiences.values();
    let snippet = Snippet {
        id,
        title: row.title.clone(),
        locale: "en".into(),
        blocks: blocks::of_markdown(&row.text),
        uses: Uses {
            agent: uses("agent"),
            copilot: uses("copilot"),
            sales: uses("sales"),
        },
        created_by: WRITER,
        updated_by: WRITER,
        created_at: at,
        updated_at: at + 3 * DAY,
        audience_ids: audiences
            .filter(|audience| Some(&audience.name) == row.audience.as_ref())
            .map(|audience| audience.id)
            .collect(),
        tags: tags
            .map(|&tag| Applied {
                tag,
                at,
                by: WRITER,
            })
            .collect(),
        needed: row.needed,
    };
    world.content.snippets.insert(id, snippet);
}

fn outside(world: &mut World, content: &Content) {
    let now = world.now();
    for (id, row) in (FIRST_SOURCE..).zip(&content.sources) {
        let source = ImportSource {
            id,
            sync_behavior: row.behavior.clone(),
            status: row.status.clone().unwrap_or_else(|| "active".into()),
            url: row.url.clone(),
            last_synced_at: now - row.age * DAY / 20,
            created_at: now - row.age * DAY,
            updated_at: now - row.age * DAY / 4,
            audience_ids: Vec::new(),
        };
        world.content.sources.insert(id, source);
    }
    for (id, row) in (FIRST_PAGE..).zip(&content.pages) {
        let source = FIRST_SOURCE + row.source;
        let url = world.content.sources.get(&source).map(|it| it.url.as_str());
        let page = ExternalPage {
            id,
            title: row.title.clone(),
            html: row.html.clone(),
            url: url.map(|url| format!("{url}/{}", row.name.trim_start_matches('/'))),
            uses: Uses {
                agent: true,
                copilot: true,
                sales: false,
            },
            source,
            external_id: row.name.clone(),
            created_at: now - 90 * DAY,
            updated_at: now - 20 * DAY,
            ..ExternalPage::default()
        };
        world.content.pages.insert(id, page);
    }
    for (id, row) in (FIRST_FILE..).zip(&content.files) {
        let file = SourceFile {
            id,
            title: row.title.clone(),
            text: row.text.clone(),
            uses: Uses {
                agent: true,
                copilot: true,
                sales: false,
            },
            created_by: WRITER,
            created_at: now - row.age * DAY,
            updated_at: now - row.age * DAY,
            ..SourceFile::default()
        };
        world.content.files.insert(id, file);
    }
}

/// The first folder holds the articles, the second those of the collection on e-bikes, the third what teammates read.
fn folders(world: &mut World, content: &Content) {
    let at = world.now() - 300 * DAY;
    for (id, row) in (FIRST_FOLDER..).zip(&content.folders) {
        let mut above = world.content.folders.values();
        let parent = above.find(|folder| Some(&folder.name) == row.inside.as_ref());
        let folder = Folder {
            id,
            name: row.name.clone(),
            description: row.description.clone(),
            emoji: Some(row.emoji.clone()),
            parent_id: parent.map(|folder| folder.id),
            created_at: at,
            updated_at: at,
        };
        world.content.folders.insert(id, folder);
    }
    let electric = world.collections.keys().next_back().copied();
    for article in world.articles.values_mut() {
        let shelf = article.parent_ids.first().copied();
        article.folder_id = Some(FIRST_FOLDER + u64::from(shelf.is_some() && shelf == electric));
    }
    for article in world.internal_articles.values_mut() {
        article.folder_id = Some(FIRST_FOLDER + 2);
    }
}

fn redirect(world: &mut World, library: &Library, id: u64, row: &RedirectRow) {
    let Some(center) = world.help_centers.values().next() else {
        return;
    };
    let Some((article, _)) = library.get(&row.article) else {
        return;
    };
    let at = world.now() - 210 * DAY;
    let redirect = Redirect {
        id,
        from_url: format!("{}{}", center.url, row.from),
        locale: "en".into(),
        help_center_id: center.id,
        target: Target::Article(*article),
        created_at: at,
        updated_at: at,
    };
    world.content.redirects.insert(id, redirect);
}

/// Every article began as its first paragraphs and was finished later.
fn histories(world: &mut World) {
    for article in world.articles.values_mut() {
        let mut first = article.text.clone();
        let half = first.body.len() / 2;
        let end = first
            .body
            .match_indices("</p>")
            .map(|(at, tag)| at + tag.len());
        let end = end.take_while(|end| *end <= half).last();
        first.body.truncate(end.unwrap_or(first.body.len()));
        first.state = "draft".into();
        first.updated_at = first.created_at;
        let whole = article.text.clone();
        for (number, text) in [(1, first), (2, whole)] {
            article.versions.push(ArticleVersion {
                number,
                locale: article.default_locale.clone(),
                live: text.state == "published",
                by: article.created_by,
                text,
                via: "web",
            });
        }
    }
}

fn staged(world: &mut World, library: &Library, row: &StagedRow) {
    let at = world.now() - 2 * DAY;
    let article = library.get(&row.article).map(|(id, _)| *id);
    let Some(article) = article.and_then(|id| world.articles.get_mut(&id)) else {
        return;
    };
    let mut text = article.text.clone();
    text.body.extend(["<p>", &row.note, "</p>"]);
    text.updated_at = at;
    let mut draft = text.clone();
    draft.state = "draft".into();
    article.versions.push(ArticleVersion {
        number: 3,
        locale: article.default_locale.clone(),
        text: draft,
        live: false,
        by: WRITER,
        via: "web",
    });
    article.draft.insert(article.default_locale.clone(), text);
    article.draft_updated_at = Some(at);
}
