//! `frontdesk articles pull`: Intercom's edits into the files.

use super::{Work, conflicted, path, show, told};
use crate::Error;
use crate::articles::compare::{self, Standing};

/// Writes what is new or newer in Intercom; whatever was edited here stays.
pub(super) fn run(mut work: Work<'_>) -> Result<(), Error> {
    let (mut written, mut kept, mut conflicts) = (0, 0, 0);
    for entry in compare::all(&work.folder, &work.remote) {
        let place = path(&entry, &work);
        match (entry.standing, &entry.version) {
            (Standing::Unknown | Standing::Outdated | Standing::Met, Some(version)) => {
                work.folder.write(&place, version)?;
                if entry.standing != Standing::Met {
                    say!("{}: {}", told(entry.standing), place.display());
                }
                written += 1;
            }
            (Standing::Conflict, Some(version)) if entry.file.is_none() => {
                // The file was deleted before the article was edited: it comes back.
                work.folder.write(&place, version)?;
                say!(
                    "deleted here, and edited in Intercom since, so it is back: {}",
                    place.display()
                );
                written += 1;
            }
            (Standing::Conflict, _) => {
                say!("{}: {}", told(entry.standing), place.display());
                show(&entry, &work);
                conflicts += 1;
            }
            (Standing::Same, Some(version)) => {
                work.folder.remember(&version.key, &version.content.mark());
            }
            (Standing::Same, None) => {}
            _ => {
                say!(
                    "{}, left as it is: {}",
                    told(entry.standing),
                    place.display()
                );
                kept += 1;
            }
        }
    }
    work.folder.save()?;
    say!("{written} written, {kept} left, {conflicts} in conflict");
    conflicted(conflicts)
}
