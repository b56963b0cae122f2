//! One REST operation of Intercom, as the catalog's YAML tells it.

use crate::{ApiVersion, Param};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// One operation of Intercom's REST API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Unique `snake_case` name, at most 64 characters.
    pub name: String,
    /// A few words for a person.
    pub title: String,
    /// What it does and when to choose it, for a model.
    pub about: String,
    /// Method and path template, such as `GET /contacts/{contact_id}`.
    pub http: HttpLine,
    /// The first API version that has it.
    #[serde(default = "oldest")]
    pub since: ApiVersion,
    /// The last API version that has it; none while it lives on.
    #[serde(default)]
    pub until: Option<ApiVersion>,
    /// What a call may do to the workspace.
    pub risk: Risk,
    /// Whether a customer can see or be notified of the effect.
    #[serde(default)]
    pub reaches_customer: bool,
    /// Whether the answer holds a secret, which is given only where an endpoint's owner names the operation.
    #[serde(default)]
    pub secret: bool,
    /// Arguments by name, in the order a reader wants them.
    #[serde(default)]
    pub params: IndexMap<String, Param>,
    /// Sets of arguments of which at least one must be given whole; empty when `required` says it all.
    #[serde(default)]
    pub needs: Vec<Vec<String>>,
    /// How the arguments that travel in the body are written.
    #[serde(default)]
    pub body: BodyForm,
    /// How the answer is paged.
    #[serde(default)]
    pub paging: Paging,
    /// What the answer holds.
    #[serde(default)]
    pub result: Shape,
}

impl Operation {
    /// The HTTP method.
    pub fn method(&self) -> Method {
        self.http.method
    }

    /// The path template, with `{placeholders}`.
    pub fn path(&self) -> &str {
        &self.http.path
    }

    /// Whether an API version has this operation.
    pub fn exists_in(&self, version: ApiVersion) -> bool {
        self.since <= version && self.until.is_none_or(|last| version <= last)
    }
}

fn oldest() -> ApiVersion {
    ApiVersion::V2_11
}

/// Method and path of an operation, written `GET /me`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HttpLine {
    method: Method,
    path: String,
}

impl HttpLine {
    /// Of its two parts.
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
        }
    }
}

impl TryFrom<String> for HttpLine {
    type Error = String;

    fn try_from(line: String) -> Result<Self, String> {
        let (method, path) = line
            .split_once(' ')
            .filter(|(_, path)| path.starts_with('/'))
            .ok_or_else(|| {
                format!("`{line}` is not a method and a path: write it like `GET /me`")
            })?;
        Ok(Self {
            method: method.parse()?,
            path: path.to_owned(),
        })
    }
}

/// HTTP methods that Intercom uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
}

impl FromStr for Method {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Ok(match word {
            "GET" => Self::Get,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            other => {
                return Err(format!(
                    "`{other}` is not one of GET, POST, PUT, PATCH, DELETE"
                ));
            }
        })
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        })
    }
}

/// What a call may do to the workspace, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Changes nothing.
    Read,
    /// Adds or changes something that can be put back.
    Write,
    /// Deletes, merges, blocks, or is otherwise hard to undo.
    Destructive,
}

/// The ways a body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyForm {
    /// One JSON object.
    #[default]
    Json,
    /// A form as a browser sends it: plain values as text, lists and objects each as a file of JSON.
    Multipart,
}

/// How an operation's list is paged.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// The way of paging.
    #[serde(default)]
    pub kind: PagingKind,
    /// The key of the answer that holds the items, such as `conversations`; dots go deeper.
    #[serde(default)]
    pub items: Option<String>,
    /// Page size Intercom uses when none is asked for.
    #[serde(default)]
    pub default: Option<u32>,
    /// Largest page size.
    #[serde(default)]
    pub max: Option<u32>,
}

/// The ways Intercom pages its lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagingKind {
    /// Not a list.
    #[default]
    None,
    /// A list that comes whole.
    Whole,
    /// `per_page` and `starting_after` in the query string.
    Cursor,
    /// `pagination: {per_page, starting_after}` in the body.
    Search,
    /// `page` and `per_page` in the query string.
    Page,
    /// `scroll_param` in the query string; one scroll a workspace, dead after a minute.
    Scroll,
    /// `before` and `since` inside the next page's URL.
    Timeline,
    /// `cursor` and `per_page` in the query string, `next_cursor` in the answer.
    Token,
}

/// What an answer holds, so that it can be shortened with sense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Anything else: null and empty left out, HTML as Markdown, times readable.
    #[default]
    Generic,
    /// A conversation, with or without its parts.
    Conversation,
    /// A contact.
    Contact,
    /// A company.
    Company,
    /// A ticket, with its parts.
    Ticket,
    /// An article or an internal article.
    Article,
    /// No body.
    Empty,
    /// A file's bytes.
    Download,
}
