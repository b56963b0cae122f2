//! The folder: which files there are, where new ones go, and what was pulled before.

use super::document::{self, Document, Key};
use super::remote::{Collection, Remote, Version};
use crate::Error;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashSet},
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// The file that remembers what was pulled.
const MEMORY: &str = ".frontdesk-articles.json";
/// Characters of a title that a file's name takes.
const NAME: usize = 60;

/// What was pulled, so that a deleted file is told from a new article.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Memory {
    pub(crate) workspace: String,
    /// The mark of each article and language, as `id/locale`.
    pub(crate) pulled: BTreeMap<String, String>,
}

/// A file with its path inside the folder.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) document: Document,
}

/// A folder with articles.
pub(crate) struct Folder {
    root: PathBuf,
    pub(crate) files: Vec<File>,
    pub(crate) memory: Memory,
}

impl Memory {
    pub(crate) fn name(key: &Key) -> String {
        format!("{}/{}", key.id, key.locale)
    }
}

impl File {
    /// The article and language it holds; none while it is new.
    pub(crate) fn key(&self) -> Option<Key> {
        Some(Key {
            id: self.document.id.clone()?,
            locale: self.document.locale.clone()?,
        })
    }
}

impl Folder {
    /// Reads a folder; one that does not exist is empty.
    pub(crate) fn open(root: &Path) -> Result<Self, Error> {
        let mut folder = Self {
            root: root.to_owned(),
            files: Vec::new(),
            memory: memory(&root.join(MEMORY))?,
        };
        folder.walk(Path::new(""))?;
        folder.files.sort_by(|one, other| one.path.cmp(&other.path));
        folder.adopt()?;
        Ok(folder)
    }

    /// Remembers the workspace; another one's folder is refused.
    pub(crate) fn belongs_to(&mut self, workspace: &str) -> Result<(), Error> {
        if self.memory.workspace.is_empty() {
            workspace.clone_into(&mut self.memory.workspace);
        }
        if self.memory.workspace == workspace {
            return Ok(());
        }
        Err(Error::Usage(format!(
            "{} holds the articles of the workspace {}, and this is {workspace}: choose another folder",
            self.root.display(),
            self.memory.workspace
        )))
    }

    /// The file of an article in a language.
    pub(crate) fn file(&self, key: &Key) -> Option<&File> {
        self.files
            .iter()
            .find(|file| file.key().as_ref() == Some(key))
    }

    /// Where the file of a version is, or is to be.
    pub(crate) fn place(&self, version: &Version, remote: &Remote) -> PathBuf {
        if let Some(file) = self.file(&version.key) {
            return file.path.clone();
        }
        let id = version.key.id.as_str();
        let mut own = self.files.iter();
        let beside =
            own.find(|file| file.document.id.as_deref() == Some(id) && !is_translation(&file.path));
        if let Some(main) = beside.filter(|_| !version.is_main) {
            return main
                .path
                .with_extension(format!("{}.md", version.key.locale));
        }
        let mut of_article = remote.versions.values();
        let main = of_article
            .find(|other| other.key.id == id && other.is_main)
            .unwrap_or(version);
        let above = main.content.collection;
        let above = above
            .map(|id| shelf(id, &remote.collections))
            .unwrap_or_default();
        let name = slug(&main.content.title, id);
        let end = if version.is_main {
            "md".to_owned()
        } else {
            format!("{}.md", version.key.locale)
        };
        let wished = above.join(format!("{name}.{end}"));
        let is_taken = self.files.iter().any(|file| file.path == wished);
        if is_taken || self.root.join(&wished).exists() {
            return above.join(format!("{name}-{id}.{end}"));
        }
        wished
    }

    /// Writes the file of a version, whole or not at all, and remembers it.
    pub(crate) fn write(&mut self, path: &Path, version: &Version) -> Result<(), Error> {
        let text = version.content.file(&version.key, &version.told);
        let place = self.root.join(path);
        if let Some(above) = place.parent() {
            std::fs::create_dir_all(above)?;
        }
        let draft = place.with_extension("md.new");
        std::fs::write(&draft, &text)?;
        std::fs::rename(&draft, &place)?;
        self.files.retain(|file| file.path != path);
        if let Some(Ok(document)) = document::read(&text) {
            let path = path.to_owned();
            self.files.push(File { path, document });
        }
        self.remember(&version.key, &version.content.mark());
        self.save()
    }

    /// Takes note that a version was seen here.
    pub(crate) fn remember(&mut self, key: &Key, mark: &str) {
        self.memory
            .pulled
            .insert(Memory::name(key), mark.to_owned());
    }

    /// Forgets an article in all its languages.
    pub(crate) fn forget(&mut self, id: &str) -> Result<(), Error> {
        let own = format!("{id}/");
        self.memory.pulled.retain(|name, _| !name.starts_with(&own));
        self.save()
    }

    /// Keeps what is remembered.
    pub(crate) fn save(&self) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(&self.memory).unwrap_or_default();
        std::fs::create_dir_all(&self.root)?;
        Ok(std::fs::write(self.root.join(MEMORY), text + "\n")?)
    }

    fn walk(&mut self, inside: &Path) -> Result<(), Error> {
        let here = self.root.join(inside);
        let entries = match std::fs::read_dir(&here) {
            Err(error) if error.kind() == ErrorKind::NotFound && inside == Path::new("") => {
                return Ok(());
            }
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let path = inside.join(entry.file_name());
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.walk(&path)?;
            } else if path.extension().is_some_and(|end| end == "md") {
                let text =
                    std::fs::read_to_string(entry.path()).map_err(|source| Error::Unreadable {
                        path: path.clone(),
                        source,
                    })?;
                match document::read(&text) {
                    None => {}
                    Some(Ok(document)) => self.files.push(File { path, document }),
                    Some(Err(problem)) => return Err(broken(&path, &problem)),
                }
            }
        }
        Ok(())
    }

    /// A new translation belongs to the file beside it; no two files hold the same.
    fn adopt(&mut self) -> Result<(), Error> {
        let mains: BTreeMap<PathBuf, Option<String>> = self
            .files
            .iter()
            .map(|file| (file.path.clone(), file.document.id.clone()))
            .collect();
        let mut seen = HashSet::new();
        for file in &mut self.files {
            if file.document.id.is_none() && is_translation(&file.path) {
                let stem = file.path.with_extension("").with_extension("md");
                match mains.get(&stem) {
                    Some(id) => file.document.id.clone_from(id),
                    None => {
                        return Err(broken(
                            &file.path,
                            "a translation stands beside the file of its article, or names its `id`",
                        ));
                    }
                }
                let end = file
                    .path
                    .file_stem()
                    .map(Path::new)
                    .and_then(Path::extension);
                let locale = end.map(|end| end.to_string_lossy().into_owned());
                file.document.locale = file.document.locale.take().or(locale);
            }
            if let Some(key) = file.key()
                && !seen.insert(key)
            {
                return Err(broken(
                    &file.path,
                    "another file holds the same article in the same language",
                ));
            }
        }
        Ok(())
    }
}

/// The collection that the folder of a file stands for.
pub(crate) fn collection_of(path: &Path, remote: &Remote) -> Option<u64> {
    let above = path.parent()?;
    let mut ids = remote.collections.keys();
    ids.find(|id| shelf(**id, &remote.collections) == above)
        .copied()
}

/// Whether a name is that of a translation, such as `refunds.fr.md`.
pub(crate) fn is_translation(path: &Path) -> bool {
    path.file_stem()
        .is_some_and(|stem| Path::new(stem).extension().is_some())
}

fn memory(path: &Path) -> Result<Memory, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| broken(path, &error.to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Memory::default()),
        Err(error) => Err(error.into()),
    }
}

fn broken(path: &Path, problem: &str) -> Error {
    Error::Usage(format!("{}: {problem}", path.display()))
}

/// The folder of a collection, inside the folders of those that hold it.
fn shelf(id: u64, collections: &BTreeMap<u64, Collection>) -> PathBuf {
    let mut names = Vec::new();
    let mut next = Some(id);
    while let Some(id) = next.filter(|_| names.len() < 10) {
        let Some(collection) = collections.get(&id) else {
            break;
        };
        names.push(slug(&collection.name, &id.to_string()));
        next = collection.parent;
    }
    names.iter().rev().collect()
}

/// A title as the name of a file.
fn slug(title: &str, id: &str) -> String {
    let mut out = String::new();
    for letter in title.to_lowercase().chars() {
        if letter.is_alphanumeric() {
            out.push(letter);
        } else if !matches!(letter, '\'' | '’') && !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.chars().count() >= NAME {
            break;
        }
    }
    match out.trim_end_matches('-') {
        "" => format!("article-{id}"),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_names_and_collections_folders() {
        for (title, name) in [
            ("How do I get a refund?", "how-do-i-get-a-refund"),
            ("  It's 5 % — off!  ", "its-5-off"),
            ("Über Größen", "über-größen"),
            ("???", "article-9"),
            ("../../etc", "etc"),
        ] {
            assert_eq!(slug(title, "9"), name);
        }
        let collection = |name: &str, parent| Collection {
            name: name.into(),
            parent,
        };
        let collections = BTreeMap::from([
            (1, collection("Orders", None)),
            (2, collection("Returns & refunds", Some(1))),
            (3, collection("Loop", Some(3))),
        ]);
        assert_eq!(shelf(2, &collections), Path::new("orders/returns-refunds"));
        assert!(shelf(3, &collections).components().count() <= 10);
        assert!(
            is_translation(Path::new("a/refunds.pt-BR.md"))
                && !is_translation(Path::new("a/refunds.md"))
        );
    }
}
