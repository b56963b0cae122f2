//! `frontdesk tools import`: an OpenAPI description becomes tools.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are help texts, where backticks would show"
)]

use super::flags;
use super::tools::risk;
use crate::config::Config;
use crate::{Error, surface};
use catalog::openapi::{self, Import as Found};
use clap::Args;
use std::path::{Path, PathBuf};

/// Make tools of an OpenAPI description.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk tools import openapi.yaml --dry-run
  frontdesk tools import openapi.yaml
  frontdesk tools import openapi.yaml --write ./desk.json

Reads OpenAPI 3.0 and 3.1, YAML or JSON. Operations that Frontdesk has keep its own names and words;
the others become tools of a toolset that is named after the description's title. Their risk is
guessed from method and path, so look through the list: what you do not want, name in `tools.deny`.
Calls go to your Intercom workspace, whatever server the description names, under the same policy
and audit as every other tool.

What is new is kept in the folder `openapi` of FRONTDESK_HOME and is there from the next start on;
importing a newer description with the same title replaces it, deleting the file takes it away.
With --write it goes to a file of your choice, and the configuration has to name that file.
A description with a fault is refused whole, with the place of the fault.")]
pub(super) struct Import {
    /// The description
    file: PathBuf,
    /// Write what is new to this file instead
    #[arg(long, value_name = "PATH")]
    write: Option<PathBuf>,
    /// Only tell what would be imported
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        let config = flags::Given::none().read(general, true)?;
        let text = surface::read(&self.file)?;
        let name = self.file.display().to_string();
        let alone =
            openapi::import(&name, &text, &surface::builtin()?).map_err(surface::setting)?;
        let target = self.target(&config, &alone.toolset.toolset);
        // What an earlier import of the same description brought is about to be replaced.
        let catalog = surface::catalog(&config, Some(&target))?;
        let found = openapi::import(&name, &text, &catalog).map_err(surface::setting)?;
        tell(&name, &found);
        if found.toolset.operations.is_empty() {
            say!("\nNothing is new, so nothing is written.");
            return Ok(());
        }
        if self.dry_run {
            say!("\nNothing is written: --dry-run.");
            return Ok(());
        }
        write(&target, &format!("{:#}\n", found.excerpt))?;
        self.tell_next(&target, &found.toolset.toolset);
        Ok(())
    }

    fn target(&self, config: &Config, toolset: &str) -> PathBuf {
        match &self.write {
            Some(path) => path.clone(),
            None => surface::import_folder(config).join(format!("{toolset}.json")),
        }
    }

    fn tell_next(&self, target: &Path, toolset: &str) {
        say!("\nWritten to {}.", target.display());
        if self.write.is_some() {
            say!(
                "Add it to the configuration:\n\ntools:\n  openapi: [{}]",
                target.display()
            );
        }
        say!(
            "\nsearch_tools finds the new tools after the next start. To list them, add `{toolset}` to the toolsets,\nsuch as `frontdesk tools list --toolsets {toolset}`."
        );
    }
}

fn tell(name: &str, found: &Found) {
    let operations = &found.toolset.operations;
    say!(
        "{} ({name}): {} new, {} already here, {} left out",
        found.toolset.title,
        operations.len(),
        found.known.len(),
        found.left_out.len()
    );
    if !operations.is_empty() {
        say!("\nnew, in the toolset {}:", found.toolset.toolset);
    }
    let width = operations.iter().map(|one| one.name.len()).max();
    for one in operations {
        let width = width.unwrap_or(0);
        let line = format!("{} {}", one.method(), one.path());
        say!(
            "  {:width$}  {:11}  {line}  {}",
            one.name,
            risk(one.risk),
            one.title
        );
    }
    if !found.known.is_empty() {
        say!("\nalready here:");
    }
    for (line, name) in &found.known {
        say!("  {line} is {name}");
    }
    if !found.left_out.is_empty() {
        say!("\nleft out:");
    }
    for (line, reason) in &found.left_out {
        say!("  {line}: {reason}");
    }
}

/// Writes beside the place and moves it there, so that no start ever reads half a file.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    let unwritable = |source| Error::Unwritable {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let beside = path.with_extension("part");
    std::fs::write(&beside, text).map_err(unwritable)?;
    std::fs::rename(&beside, path).map_err(unwritable)
}
