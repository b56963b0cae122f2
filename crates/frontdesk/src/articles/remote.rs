//! The help center as Intercom has it, read and written through the gateway.

use super::document::{Content, Key};
use super::html;
use gateway::{CallError, Confirmation, Gateway, Principal, ToolRequest};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Articles that are asked for at a time.
const PAGE: u32 = 100;

/// The way to Intercom.
pub(crate) struct Desk<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) who: &'a Principal,
}

/// An article in one language, as Intercom has it.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) key: Key,
    pub(crate) content: Content,
    /// Whether the language is the article's own.
    pub(crate) is_main: bool,
    /// Whether changes wait in Intercom that nobody has published.
    pub(crate) is_staged: bool,
    /// Fields for readers: when it was changed, and where it is read.
    pub(crate) told: Vec<(&'static str, String)>,
}

/// A collection.
#[derive(Clone, Debug)]
pub(crate) struct Collection {
    pub(crate) name: String,
    pub(crate) parent: Option<u64>,
}

/// All of a help center.
pub(crate) struct Remote {
    pub(crate) workspace: String,
    pub(crate) versions: BTreeMap<Key, Version>,
    pub(crate) collections: BTreeMap<u64, Collection>,
}

impl Desk<'_> {
    /// Reads everything.
    pub(crate) async fn read(&self) -> Result<Remote, CallError> {
        let me = self.call("get_me", json!({})).await?;
        let workspace = me.pointer("/app/id_code").and_then(Value::as_str);
        Ok(Remote {
            workspace: workspace.unwrap_or_default().to_owned(),
            versions: self.articles().await?,
            collections: self.collections().await?,
        })
    }

    /// Reads one article in all its languages.
    pub(crate) async fn article(&self, id: &str) -> Result<Vec<Version>, CallError> {
        let article = self
            .call("get_article", json!({"id": id, "detail": "full"}))
            .await?;
        Ok(versions(&article))
    }

    /// Adds an article as a draft; answers its id.
    pub(crate) async fn create(&self, content: &Content) -> Result<String, CallError> {
        let mut asked = json!({"title": content.title, "description": content.description, "body": content.html, "state": "draft"});
        if content.author > 0 {
            asked["author_id"] = content.author.into();
        }
        if let Some(collection) = content.collection {
            asked["parent_id"] = collection.into();
            asked["parent_type"] = "collection".into();
        }
        let made = self.call("create_article", asked).await?;
        Ok(made.get("id").map(text).unwrap_or_default())
    }

    /// Changes what differs from what is there, in one language.
    pub(crate) async fn update(
        &self,
        key: &Key,
        now: Option<&Version>,
        content: &Content,
    ) -> Result<(), CallError> {
        let before = now.map(|now| &now.content);
        let mut fields = changes(before, content);
        let asked = if now.is_some_and(|now| now.is_main) {
            fields.insert("id".into(), key.id.as_str().into());
            Value::Object(fields)
        } else {
            fields.retain(|name, _| !name.starts_with("parent_"));
            json!({"id": key.id, "translated_content": {key.locale.as_str(): fields}})
        };
        self.call("update_article", asked).await.map(drop)
    }

    /// Deletes an article for good.
    pub(crate) async fn delete(&self, id: &str) -> Result<(), CallError> {
        self.call("delete_article", json!({"article_id": id}))
            .await
            .map(drop)
    }

    async fn articles(&self) -> Result<BTreeMap<Key, Version>, CallError> {
        let mut all = BTreeMap::new();
        for page in 1_u32.. {
            let asked = json!({"page": page, "per_page": PAGE, "detail": "full"});
            let answer = self.call("list_articles", asked).await?;
            let items = answer.get("data").and_then(Value::as_array);
            for version in items.into_iter().flatten().flat_map(versions) {
                all.insert(version.key.clone(), version);
            }
            let last = answer.pointer("/pages/total_pages").and_then(Value::as_u64);
            if u64::from(page) >= last.unwrap_or(1) {
                break;
            }
        }
        Ok(all)
    }

    async fn collections(&self) -> Result<BTreeMap<u64, Collection>, CallError> {
        let mut all = BTreeMap::new();
        let mut asked = json!({"limit": 150});
        loop {
            let answer = self.call("list_collections", asked.clone()).await?;
            let items = answer.get("items").and_then(Value::as_array);
            for item in items.into_iter().flatten() {
                let Some(id) = number(item, "id") else {
                    continue;
                };
                let name = item.get("name").map(text).unwrap_or_default();
                let parent = number(item, "parent_id");
                all.insert(id, Collection { name, parent });
            }
            match answer.get("next_cursor") {
                Some(next) => asked["cursor"] = next.clone(),
                None => return Ok(all),
            }
        }
    }

    async fn call(&self, tool: &str, arguments: Value) -> Result<Value, CallError> {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        let request = ToolRequest {
            client: Some(concat!("frontdesk-articles/", env!("CARGO_PKG_VERSION")).into()),
            // A deletion is asked for by name on the command line.
            confirmation: Confirmation::Given,
            ..ToolRequest::new(tool, arguments)
        };
        let answer = self.gateway.call(self.who, request).await?;
        let structured = answer.structured;
        Ok(structured.unwrap_or_else(|| serde_json::from_str(&answer.text).unwrap_or_default()))
    }
}

/// The languages of an article as Intercom sends it.
fn versions(article: &Value) -> Vec<Version> {
    let id = article.get("id").map(text).unwrap_or_default();
    let own = article
        .get("default_locale")
        .and_then(Value::as_str)
        .unwrap_or("en");
    let mut all = vec![version(&id, own, article, true)];
    let translations = article.get("translated_content").and_then(Value::as_object);
    for (locale, content) in translations.into_iter().flatten() {
        let is_plain = locale
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-');
        if locale != own && is_plain && content.is_object() {
            all.push(version(&id, locale, content, false));
        }
    }
    all
}

fn version(id: &str, locale: &str, source: &Value, is_main: bool) -> Version {
    let field = |name: &str| {
        source
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    // Older versions of the API name one parent.
    let parent = || {
        source
            .pointer("/parent_ids/0")
            .and_then(Value::as_u64)
            .or_else(|| number(source, "parent_id"))
    };
    let changed = number(source, "updated_at").and_then(|at| i64::try_from(at).ok());
    let changed = changed.and_then(|at| jiff::Timestamp::from_second(at).ok());
    let url = Some(field("url")).filter(|url| !url.is_empty());
    let told = [
        changed.map(|at| ("updated_at", at.to_string())),
        url.map(|url| ("url", url)),
    ];
    Version {
        key: Key {
            id: id.to_owned(),
            locale: locale.to_owned(),
        },
        content: Content {
            title: field("title"),
            description: field("description"),
            state: field("state"),
            author: number(source, "author_id").unwrap_or_default(),
            collection: is_main.then(parent).flatten(),
            html: html::canonical(&field("body")),
        },
        is_main,
        is_staged: source.get("has_unpublished_changes") == Some(&Value::Bool(true)),
        told: told.into_iter().flatten().collect(),
    }
}

/// The fields that are to be other than they are.
fn changes(before: Option<&Content>, content: &Content) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, differs: bool, value: Value| {
        if differs {
            fields.insert(name.to_owned(), value);
        }
    };
    let differs =
        |same: fn(&Content, &Content) -> bool| before.is_none_or(|before| !same(before, content));
    put(
        "title",
        differs(|a, b| a.title == b.title),
        content.title.as_str().into(),
    );
    put(
        "description",
        differs(|a, b| a.description == b.description),
        content.description.as_str().into(),
    );
    put(
        "body",
        differs(|a, b| a.html == b.html),
        content.html.as_str().into(),
    );
    put(
        "state",
        differs(|a, b| a.state == b.state),
        content.state.as_str().into(),
    );
    put(
        "author_id",
        content.author > 0 && differs(|a, b| a.author == b.author),
        content.author.into(),
    );
    if let Some(collection) = content.collection {
        let moved = differs(|a, b| a.collection == b.collection);
        put("parent_id", moved, collection.into());
        put("parent_type", moved, "collection".into());
    }
    fields
}

fn number(value: &Value, name: &str) -> Option<u64> {
    let value = value.get(name)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
