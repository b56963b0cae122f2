//! `frontdesk init`: a folder with a configuration that runs as it is, against the sandbox.

mod template;

use super::files;
use crate::Error;
use clap::Args;
use std::path::PathBuf;
use template::Template;

/// Start a project.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk init
      a server of many tenants, in this folder
  frontdesk init --template desktop my-inbox
      one workspace for one desktop program
  frontdesk init --template intercom-support support
      a support desk: tools of its own, a team map, a tone guide, a compose file

Every project runs as it is against `frontdesk sandbox`, and its README says how to go on to your
own workspace. What is there already is never written over, unless --force says so.")]
pub(super) struct Init {
    /// What kind of project
    #[arg(long, value_enum, default_value_t = Template::Desk)]
    template: Template,
    /// Replace files that are there and differ
    #[arg(long)]
    force: bool,
    /// Where it is made
    #[arg(default_value = ".")]
    folder: PathBuf,
}

impl Init {
    pub(super) fn run(self) -> Result<(), Error> {
        files::write(&self.folder, &self.template.sheets(), self.force)?;
        let read = self.folder.join("README.md");
        say!(
            "\nNext: {} has the four commands to start it.",
            read.display()
        );
        Ok(())
    }
}
