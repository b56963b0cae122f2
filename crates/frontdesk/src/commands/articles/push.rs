//! `frontdesk articles push`: the files' edits into Intercom.

use super::{Work, conflicted, path, show, told};
use crate::Error;
use crate::articles::compare::{self, Entry, Standing};
use crate::articles::document::Key;
use crate::articles::folder::{self, File, is_translation};
use crate::articles::remote::Version;
use std::path::Path;

/// What was done.
#[derive(Default)]
struct Count {
    sent: usize,
    deleted: usize,
    conflicts: usize,
}

/// Sends what was edited here; deletes only where that was asked for.
pub(super) async fn run(mut work: Work<'_>, delete: bool) -> Result<(), Error> {
    let mut count = Count::default();
    // New articles first: their translations need an id.
    let new: Vec<File> = work
        .folder
        .files
        .iter()
        .filter(|file| file.document.id.is_none() && !is_translation(&file.path))
        .cloned()
        .collect();
    for file in new {
        create(&mut work, &file).await?;
        count.sent += 1;
    }
    for entry in compare::all(&work.folder, &work.remote) {
        let place = path(&entry, &work);
        match entry.standing {
            Standing::Edited | Standing::New => send(&mut work, &entry, &mut count).await?,
            Standing::Deleted => remove(&mut work, &entry, delete, &mut count).await?,
            Standing::Conflict => conflict(&work, &entry, &mut count),
            Standing::Outdated | Standing::Unknown | Standing::Gone => {
                say!("{}, pull has it: {}", told(entry.standing), place.display());
            }
            Standing::Same | Standing::Met => {}
        }
    }
    say!(
        "{} sent, {} deleted, {} in conflict",
        count.sent,
        count.deleted,
        count.conflicts
    );
    conflicted(count.conflicts)
}

async fn create(work: &mut Work<'_>, file: &File) -> Result<(), Error> {
    let mut content = file.document.content.clone();
    if !file.document.names_collection {
        content.collection = folder::collection_of(&file.path, &work.remote);
    }
    let id = work.desk.create(&content).await?;
    renew(work, &id, &file.path).await?;
    say!("sent, as the new draft {id}: {}", file.path.display());
    // A translation beside it belongs to it from now on.
    for other in &mut work.folder.files {
        let stem = other.path.with_extension("").with_extension("md");
        if other.document.id.is_none() && is_translation(&other.path) && stem == file.path {
            other.document.id = Some(id.clone());
        }
    }
    Ok(())
}

async fn send(work: &mut Work<'_>, entry: &Entry, count: &mut Count) -> Result<(), Error> {
    let (Some(file), Some(key)) = (&entry.file, entry.file.as_ref().and_then(File::key)) else {
        return Ok(());
    };
    // Somebody may have edited it since the list was read.
    let current = work.desk.article(&key.id).await?;
    let now = current.iter().find(|version| version.key == key);
    let mark = |version: Option<&Version>| version.map(|version| version.content.mark());
    if mark(now) != mark(entry.version.as_ref()) {
        let entry = Entry {
            version: now.cloned(),
            standing: Standing::Conflict,
            ..entry.clone()
        };
        conflict(work, &entry, count);
        return Ok(());
    }
    if now.is_some_and(|now| now.is_staged) {
        say!(
            "CONFLICT, changes wait in Intercom that nobody has published; publish or drop them there: {}",
            file.path.display()
        );
        count.conflicts += 1;
        return Ok(());
    }
    work.desk.update(&key, now, &file.document.content).await?;
    renew(work, &key.id, &file.path).await?;
    say!("sent: {}", file.path.display());
    count.sent += 1;
    Ok(())
}

/// Reads an article back, and writes what Intercom made of it into the file that was sent.
async fn renew(work: &mut Work<'_>, id: &str, path: &Path) -> Result<(), Error> {
    let locale = work
        .folder
        .files
        .iter()
        .find(|file| file.path == path)
        .and_then(|file| file.document.locale.clone());
    for version in work.desk.article(id).await? {
        let is_sent = match &locale {
            Some(locale) => version.key.locale == *locale,
            None => version.is_main,
        };
        if is_sent {
            work.folder.write(path, &version)?;
        }
        work.remote.versions.insert(version.key.clone(), version);
    }
    Ok(())
}

async fn remove(
    work: &mut Work<'_>,
    entry: &Entry,
    delete: bool,
    count: &mut Count,
) -> Result<(), Error> {
    let Some(version) = &entry.version else {
        return Ok(());
    };
    let Key { id, locale } = &version.key;
    let name = format!("{} ({id}, {locale})", version.content.title);
    let mut own = work.folder.files.iter();
    let other = own
        .find(|file| file.document.id.as_ref() == Some(id))
        .cloned();
    if !version.is_main && other.is_none() {
        // The whole article was deleted here, and is told once.
        return Ok(());
    }
    if !version.is_main {
        say!("deleted here; Intercom's API cannot delete one language of an article: {name}");
        return Ok(());
    }
    if !delete {
        say!("deleted here, and left in Intercom; --delete deletes it there, for good: {name}");
        return Ok(());
    }
    if let Some(other) = other {
        say!(
            "deleted here, but its translation {} is not: delete that file, too: {name}",
            other.path.display()
        );
        return Ok(());
    }
    let current = work.desk.article(id).await?;
    let is_same = |now: &Version| {
        work.remote
            .versions
            .get(&now.key)
            .is_some_and(|seen| seen.content == now.content)
    };
    if !current.iter().all(is_same) {
        conflict(work, entry, count);
        return Ok(());
    }
    work.desk.delete(id).await?;
    work.folder.forget(id)?;
    say!("deleted in Intercom: {name}");
    count.deleted += 1;
    Ok(())
}

fn conflict(work: &Work<'_>, entry: &Entry, count: &mut Count) {
    say!(
        "{}: {}",
        told(Standing::Conflict),
        path(entry, work).display()
    );
    show(entry, work);
    count.conflicts += 1;
}
