//! `frontdesk deploy`: the files of a deployment, written and checked.

mod check;
mod given;
mod platform;
mod record;
mod secrets;
mod settings;

use super::files;
use crate::Error;
use clap::Args;
use platform::Platform;
use record::Record;
use settings::{Database, Settings};
use std::path::{Path, PathBuf};

/// Write or check the files that a deployment needs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk deploy --platform compose --domain desk.example --replicas 3
  frontdesk deploy --platform kubernetes --to deploy/kubernetes --domain desk.example
  frontdesk deploy --check
  frontdesk deploy --check --platform compose --to deploy/compose

What is there already is never written over, unless --force says so. No secret goes into a file
that would be committed: for compose they are made in the folder secrets, which Git ignores;
everywhere else they are told by name, and set by you. docs/deploy.md has each platform.

--check says of each file whether it is there, and what this version would write, reads them, and
tries whether the configuration that they give would start.")]
pub(super) struct Deploy {
    /// Where it is to run
    #[arg(long, value_enum)]
    platform: Option<Platform>,
    /// The folder of the files
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    to: PathBuf,
    /// The name that people and clients reach it by, such as desk.example
    #[arg(long, value_name = "NAME", value_parser = settings::domain)]
    domain: Option<String>,
    /// How many servers [default: 2, or 1 with sqlite]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=200))]
    replicas: Option<u16>,
    /// Its database: bundled (the platform's own), external (one that you have) or sqlite (a file)
    #[arg(long, value_name = "KIND")]
    database: Option<String>,
    /// The name of the app or project
    #[arg(long, value_name = "NAME", value_parser = settings::name)]
    name: Option<String>,
    /// The platform's region, on fly and render
    #[arg(long, value_name = "REGION", value_parser = settings::name)]
    region: Option<String>,
    /// The image, with its tag
    #[arg(long, value_name = "IMAGE:TAG", value_parser = settings::image)]
    image: Option<String>,
    /// Replace files that are there and differ
    #[arg(long)]
    force: bool,
    /// Write nothing: check what is there
    #[arg(long, conflicts_with = "force")]
    check: bool,
}

impl Deploy {
    pub(super) fn run(self) -> Result<(), Error> {
        if self.check {
            return self.check();
        }
        let Some(platform) = self.platform else {
            return Err(Error::Usage(format!(
                "--platform is missing: one of {}",
                platform::names()
            )));
        };
        let settings = self.settings(platform)?;
        let mut sheets = platform.sheets(&settings);
        let record = Record::new(platform, &settings, &sheets);
        sheets.push(record.sheet(platform));
        files::write(&self.to, &sheets, self.force)?;
        if platform == Platform::Compose {
            secrets::make(&self.to, settings.database)?;
        }
        say!("\n{}", platform.next(&settings));
        Ok(())
    }

    fn settings(&self, platform: Platform) -> Result<Settings, Error> {
        // Not by the parser of flags: what it refuses it repeats, and an address would hold a password.
        let database = match self.database.as_deref() {
            Some(word) => settings::database(word)
                .map_err(|reason| Error::Usage(format!("--database: {reason}")))?,
            None => platform.databases()[0],
        };
        let name = self.name.clone().unwrap_or_else(|| "frontdesk".into());
        let settings = Settings {
            domain: self
                .domain
                .clone()
                .unwrap_or_else(|| platform.domain(&name)),
            replicas: self.replicas.unwrap_or(match database {
                Database::Sqlite => 1,
                Database::Bundled | Database::External => 2,
            }),
            database,
            region: self.region.clone(),
            image: self.image.clone().unwrap_or_else(settings::own_image),
            name,
        };
        settings.check(platform).map_err(Error::Usage)?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), Error> {
        let found = match self.platform {
            Some(platform) => vec![platform],
            None => Platform::all()
                .filter(|platform| Record::place(*platform, &self.to).exists())
                .collect(),
        };
        if found.is_empty() {
            return Err(Error::Usage(format!(
                "no deployment was written to {}: name its folder with --to, or the --platform whose files to look for",
                self.to.display()
            )));
        }
        let mut faults = 0;
        for platform in found {
            faults += self.check_one(platform, &self.to)?;
        }
        match faults {
            0 => Ok(()),
            1 => Err(Error::Files("1 fault was found; see above".into())),
            _ => Err(Error::Files(format!(
                "{faults} faults were found; see above"
            ))),
        }
    }

    fn check_one(&self, platform: Platform, folder: &Path) -> Result<usize, Error> {
        let record = Record::read(platform, folder)?;
        let settings = match &record {
            Some(record) => record.settings.clone(),
            None => self.settings(platform)?,
        };
        settings.check(platform).map_err(|reason| Error::Setting {
            place: Record::place(platform, folder).display().to_string(),
            reason,
        })?;
        say!("{platform}:");
        let findings = check::all(platform, &settings, record.as_ref(), folder)?;
        for finding in &findings {
            say!("  {finding}");
        }
        Ok(findings.iter().filter(|finding| finding.is_fault()).count())
    }
}
