//! One article in one language, as a file: a head of fields between lines of three dashes, then the text.

use super::markdown::Body;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What of an article is kept in a file, and compared.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Content {
    pub(crate) title: String,
    pub(crate) description: String,
    /// `published` or `draft`.
    pub(crate) state: String,
    /// The author's admin id; 0 is the one who pushes.
    pub(crate) author: u64,
    /// The collection that holds the article; none for translations, which stand where the article stands.
    pub(crate) collection: Option<u64>,
    /// The text as HTML, in its one spelling.
    pub(crate) html: String,
}

/// An article in one language.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) locale: String,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// None while Intercom does not know the article.
    pub(crate) id: Option<String>,
    /// None in a new file of the default language.
    pub(crate) locale: Option<String>,
    pub(crate) content: Content,
    /// The content's mark when the file was written; none in a new file.
    pub(crate) base: Option<String>,
    /// Whether the head names a collection; a new file that does not stands in its folder's.
    pub(crate) names_collection: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    id: Option<Scalar>,
    locale: Option<String>,
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default = "draft")]
    state: String,
    author_id: Option<Scalar>,
    collection: Option<Scalar>,
    paragraph_class: Option<String>,
    format: Option<String>,
    remote: Option<String>,
    // For readers; Intercom sets them.
    #[serde(rename = "updated_at")]
    _updated_at: Option<Scalar>,
    #[serde(rename = "url")]
    _url: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Number(u64),
    Text(String),
}

impl Scalar {
    fn text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

fn draft() -> String {
    "draft".into()
}

impl Content {
    /// A short digest: two contents with the same mark are the same.
    pub(crate) fn mark(&self) -> String {
        let fields = json!([
            self.title,
            self.description,
            self.state,
            self.author,
            self.collection,
            self.html
        ]);
        let digest = Sha256::digest(fields.to_string());
        let short = digest.iter().take(12);
        short.fold(String::new(), |mark, byte| format!("{mark}{byte:02x}"))
    }

    /// The content as the text of a file; `told` are further fields for readers.
    pub(crate) fn file(&self, key: &Key, told: &[(&str, String)]) -> String {
        let body = Body::of_html(&self.html);
        let quoted = |text: &str| Value::from(text).to_string();
        let mut head = vec![
            ("id", quoted(&key.id)),
            ("locale", quoted(&key.locale)),
            ("title", quoted(&self.title)),
            ("description", quoted(&self.description)),
            ("state", self.state.clone()),
            ("author_id", self.author.to_string()),
        ];
        head.extend(self.collection.map(|id| ("collection", id.to_string())));
        head.extend(told.iter().map(|(name, value)| (*name, quoted(value))));
        head.extend(
            body.paragraph_class
                .as_deref()
                .map(|class| ("paragraph_class", quoted(class))),
        );
        if body.is_html {
            head.push(("format", "html".into()));
        }
        head.push(("remote", quoted(&self.mark())));
        let lines: Vec<String> = head
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect();
        format!("---\n{}---\n\n{}\n", lines.concat(), body.text)
    }

    /// The content as lines to compare.
    pub(crate) fn lines(&self) -> String {
        let collection = self
            .collection
            .map(|id| format!("collection: {id}\n"))
            .unwrap_or_default();
        format!(
            "title: {}\ndescription: {}\nstate: {}\nauthor_id: {}\n{collection}\n{}\n",
            self.title,
            self.description,
            self.state,
            self.author,
            Body::of_html(&self.html).text
        )
    }
}

/// Reads a file; none where it is no article, an error where it is a broken one.
pub(crate) fn read(text: &str) -> Option<Result<Document, String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n") + "\n";
    let (head, body) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
    let head: Head = match serde_saphyr::from_str(head) {
        Ok(head) => head,
        Err(error) => return Some(Err(format!("its head cannot be read: {error}"))),
    };
    Some(document(head, body))
}

fn document(head: Head, body: &str) -> Result<Document, String> {
    let number = |name: &str, value: Option<Scalar>| {
        value
            .map(|value| {
                let text = value.text();
                text.parse::<u64>()
                    .map_err(|_| format!("`{name}` must be a number, not `{text}`"))
            })
            .transpose()
    };
    if !matches!(head.state.as_str(), "published" | "draft") {
        return Err(format!(
            "`state` must be published or draft, not `{}`",
            head.state
        ));
    }
    if head.title.trim().is_empty() {
        return Err("`title` is empty".into());
    }
    if !matches!(head.format.as_deref(), None | Some("html" | "markdown")) {
        return Err("`format` must be markdown or html".into());
    }
    let body = Body {
        text: body.trim().to_owned(),
        is_html: head.format.as_deref() == Some("html"),
        paragraph_class: head.paragraph_class,
    };
    let collection = number("collection", head.collection)?;
    Ok(Document {
        id: head.id.map(Scalar::text),
        locale: head.locale,
        content: Content {
            title: head.title,
            description: head.description,
            state: head.state,
            author: number("author_id", head.author_id)?.unwrap_or_default(),
            collection,
            html: body.html(),
        },
        base: head.remote,
        names_collection: collection.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_reads_as_it_was_written() {
        let content = Content {
            title: "It's \"here\": a #1 guide".into(),
            description: "Über alles".into(),
            state: "published".into(),
            author: 7001,
            collection: Some(12),
            html: "<p>One</p><div class=\"x\"><img src=\"a.png\"></div>".into(),
        };
        let key = Key {
            id: "45".into(),
            locale: "en".into(),
        };
        let file = content.file(&key, &[("url", "https://help.example/45".into())]);
        let read = read(&file).unwrap().unwrap();
        assert_eq!(
            (read.id.as_deref(), read.locale.as_deref()),
            (Some("45"), Some("en"))
        );
        assert_eq!(read.content, content);
        assert_eq!(read.base, Some(content.mark()));
        assert_eq!(
            super::read(&file.replace('\n', "\r\n")).unwrap().unwrap(),
            read
        );
    }

    #[test]
    fn what_is_no_article_is_passed_over_and_a_broken_one_told() {
        assert!(read("# Notes\n").is_none());
        for (head, problem) in [
            ("title: x\nstate: live", "published or draft"),
            ("titel: x", "titel"),
            ("title: ''", "`title` is empty"),
            (
                "title: x\ncollection: shelf",
                "`collection` must be a number",
            ),
            ("title: x\nformat: rst", "`format`"),
        ] {
            let said = read(&format!("---\n{head}\n---\nText"))
                .unwrap()
                .unwrap_err();
            assert!(said.contains(problem), "{said}");
        }
        let new = read("---\ntitle: New\n---\n\nHello *you*\n")
            .unwrap()
            .unwrap();
        assert_eq!(
            (new.id, new.base, new.content.state.as_str()),
            (None, None, "draft")
        );
        assert_eq!(new.content.html, "<p>Hello <em>you</em></p>");
    }
}
