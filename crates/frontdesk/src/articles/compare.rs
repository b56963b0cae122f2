//! What differs between the folder and Intercom, and on which side: by the mark that each file carries.

use super::document::Key;
use super::folder::{File, Folder, Memory};
use super::remote::{Remote, Version};
use std::collections::BTreeSet;

/// How one article in one language stands.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) file: Option<File>,
    pub(crate) version: Option<Version>,
    pub(crate) standing: Standing,
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing.
    Same,
    /// Both sides came to the same by themselves; the file's mark is old.
    Met,
    /// The file was edited.
    Edited,
    /// Intercom's was edited.
    Outdated,
    /// Both were edited, and differ.
    Conflict,
    /// A file that Intercom does not know.
    New,
    /// An article that the folder does not know.
    Unknown,
    /// The file was deleted.
    Deleted,
    /// The article was deleted in Intercom.
    Gone,
}

/// Compares everything, in the order of ids and languages, new files last.
pub(crate) fn all(folder: &Folder, remote: &Remote) -> Vec<Entry> {
    let keys: BTreeSet<Key> = remote
        .versions
        .keys()
        .cloned()
        .chain(folder.files.iter().filter_map(File::key))
        .collect();
    let known = keys.iter().map(|key| entry(key, folder, remote));
    let new = folder
        .files
        .iter()
        .filter(|file| file.key().is_none())
        .map(|file| Entry {
            file: Some(file.clone()),
            version: None,
            standing: Standing::New,
        });
    known.chain(new).collect()
}

fn entry(key: &Key, folder: &Folder, remote: &Remote) -> Entry {
    let file = folder.file(key).cloned();
    let version = remote.versions.get(key).cloned();
    let pulled = folder.memory.pulled.get(&Memory::name(key));
    let standing = match (&file, &version) {
        (Some(file), Some(version)) => both(file, version),
        (None, Some(version)) => match pulled {
            None => Standing::Unknown,
            Some(mark) if *mark == version.content.mark() => Standing::Deleted,
            // Nobody is to lose what was written since.
            Some(_) => Standing::Conflict,
        },
        (Some(file), None) => match &file.document.base {
            None => Standing::New,
            Some(base) if *base == file.document.content.mark() => Standing::Gone,
            Some(_) => Standing::Conflict,
        },
        (None, None) => Standing::Same,
    };
    Entry {
        file,
        version,
        standing,
    }
}

/// Three marks: of the file, of Intercom's, and of what both were when the file was written.
fn both(file: &File, version: &Version) -> Standing {
    let (own, other) = (file.document.content.mark(), version.content.mark());
    let base = file.document.base.as_deref();
    match (base == Some(own.as_str()), base == Some(other.as_str())) {
        (true, true) => Standing::Same,
        _ if own == other => Standing::Met,
        (true, false) => Standing::Outdated,
        (false, true) => Standing::Edited,
        (false, false) => Standing::Conflict,
    }
}
