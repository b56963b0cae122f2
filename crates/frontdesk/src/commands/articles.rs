//! `frontdesk articles`: the help center as Markdown files.

mod pull;
mod push;

use super::{Threads, block_on, flags};
use crate::Error;
use crate::app::App;
use crate::articles::compare::{self, Entry, Standing};
use crate::articles::folder::Folder;
use crate::articles::remote::{Desk, Remote};
use crate::config::Config;
use clap::{Args, Subcommand};
use similar::TextDiff;
use std::path::PathBuf;

/// Keep the help center as Markdown files in a folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk articles pull help
      every article as help/<collection>/<title>.md, translations as <title>.<locale>.md
  frontdesk articles diff help
  frontdesk articles push help
  frontdesk articles push help --delete

Where a file and its article were both edited, both are left alone, the difference is shown, and the
command fails. docs/articles.md tells how the files look and how a conflict is solved.")]
pub(super) struct Articles {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write and renew the files; files that were edited stay as they are
    Pull(Place),
    /// Show what differs; changes nothing
    Diff(Place),
    /// Send what was edited in the files; new files become drafts
    Push {
        #[command(flatten)]
        place: Place,
        /// Delete the articles whose files were deleted, for good
        #[arg(long)]
        delete: bool,
    },
}

#[derive(Debug, Args)]
struct Place {
    /// The folder
    dir: PathBuf,
    #[command(flatten)]
    connection: flags::ConnectionFlags,
    #[command(flatten)]
    tools: flags::ToolFlags,
}

/// What a command works on.
struct Work<'a> {
    desk: Desk<'a>,
    folder: Folder,
    remote: Remote,
}

impl Articles {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        let place = match &self.action {
            Action::Pull(place) | Action::Diff(place) | Action::Push { place, .. } => place,
        };
        let config = flags::Given::none()
            .connection(&place.connection)
            .tools(&place.tools)
            .read(general, true)?;
        block_on(Threads::One, self.act(&config))?
    }

    async fn act(self, config: &Config) -> Result<(), Error> {
        let app = App::new(config)?;
        if app.tokens().current()?.is_none() {
            return Err(Error::NoToken);
        }
        let desk = Desk {
            gateway: &app.gateway,
            who: &app.principal,
        };
        let done = self.work(desk).await;
        app.gateway.flush().await;
        done
    }

    async fn work(self, desk: Desk<'_>) -> Result<(), Error> {
        let dir = match &self.action {
            Action::Pull(place) | Action::Diff(place) | Action::Push { place, .. } => &place.dir,
        };
        let mut folder = Folder::open(dir)?;
        let remote = desk.read().await?;
        folder.belongs_to(&remote.workspace)?;
        let work = Work {
            desk,
            folder,
            remote,
        };
        match self.action {
            Action::Pull(_) => pull::run(work),
            Action::Diff(_) => diff(&work),
            Action::Push { delete, .. } => push::run(work, delete).await,
        }
    }
}

fn diff(work: &Work<'_>) -> Result<(), Error> {
    let mut conflicts = 0;
    for entry in compare::all(&work.folder, &work.remote) {
        let told = told(entry.standing);
        if told.is_empty() {
            continue;
        }
        say!("{told}: {}", path(&entry, work).display());
        if entry.standing == Standing::Conflict {
            conflicts += 1;
        }
        show(&entry, work);
    }
    conflicted(conflicts)
}

/// What a standing is called.
fn told(standing: Standing) -> &'static str {
    match standing {
        Standing::Same | Standing::Met => "",
        Standing::Edited => "edited here",
        Standing::Outdated => "edited in Intercom",
        Standing::Conflict => "CONFLICT, edited here and in Intercom",
        Standing::New => "new here",
        Standing::Unknown => "new in Intercom",
        Standing::Deleted => "deleted here",
        Standing::Gone => "deleted in Intercom",
    }
}

/// Where an entry's file is, or would be.
fn path(entry: &Entry, work: &Work<'_>) -> PathBuf {
    match (&entry.file, &entry.version) {
        (Some(file), _) => file.path.clone(),
        (None, Some(version)) => work.folder.place(version, &work.remote),
        (None, None) => PathBuf::new(),
    }
}

/// The lines that differ, from Intercom's text to the file's; edits in Intercom the other way round.
fn show(entry: &Entry, work: &Work<'_>) {
    let remote = entry
        .version
        .as_ref()
        .map(|version| version.content.lines());
    let file = entry
        .file
        .as_ref()
        .map(|file| file.document.content.lines());
    let (old, new) = match entry.standing {
        Standing::Outdated | Standing::Gone => (file, remote),
        _ => (remote, file),
    };
    if old.is_none() || new.is_none() {
        // All of it is new, or gone; the path says that.
        return conflict_hint(entry);
    }
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let changes = TextDiff::from_lines(&old, &new);
    let name = path(entry, work).display().to_string();
    let (from, to) = match entry.standing {
        Standing::Outdated => (name.clone(), format!("Intercom: {name}")),
        _ => (format!("Intercom: {name}"), name.clone()),
    };
    say!(
        "{}",
        changes.unified_diff().context_radius(2).header(&from, &to)
    );
    conflict_hint(entry);
}

/// How to say that the other side's edit was seen.
fn conflict_hint(entry: &Entry) {
    let (Standing::Conflict, Some(version), Some(_)) =
        (entry.standing, &entry.version, &entry.file)
    else {
        return;
    };
    say!(
        "To keep the file: work Intercom's lines into it, set its `remote` to {:?}, and push. To take Intercom's: delete the file and pull.",
        version.content.mark()
    );
}

/// Fails where there are conflicts.
fn conflicted(conflicts: usize) -> Result<(), Error> {
    match conflicts {
        0 => Ok(()),
        1 => Err(Error::Conflict("one article was".into())),
        several => Err(Error::Conflict(format!("{several} articles were"))),
    }
}
