//! `frontdesk export`: a copy of a workspace in files, and kept current.

mod bar;

use super::{Threads, block_on, flags};
use crate::app::App;
use crate::{Error, config::Config};
use bar::Bar;
use clap::Args;
use export::{Dataset, Desk, ExportError, Format, Job, Meter, Source, Summary, Target};
use std::{path::PathBuf, sync::Arc, time::Duration};
use store::archive::Archive;

/// Objects in one file.
const PART_ROWS: i64 = 10_000;

/// Copy conversations, contacts, companies, tickets or articles into files.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk export conversations --to out
  frontdesk export conversations --to out --threads --format parquet
  frontdesk export contacts --to s3://bucket/intercom --format csv
  frontdesk export conversations --to out --follow 300

The first run reads everything, each later one what changed since. Stopped or killed, the same
command goes on where it was. S3 takes the usual AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_REGION and, for other stores than Amazon's, AWS_ENDPOINT. docs/export.md tells more.")]
pub(super) struct Export {
    /// What to export: conversations, contacts, companies, tickets or articles
    dataset: Dataset,
    /// Folder, or s3://bucket/prefix
    #[arg(long, value_name = "PLACE")]
    to: String,
    /// jsonl, csv or parquet
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    format: Format,
    /// Read conversations with their threads, one call each
    #[arg(long)]
    threads: bool,
    /// Read everything again, and drop what is not there any more
    #[arg(long)]
    full: bool,
    /// Stay, and export what changed every so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    follow: Option<u64>,
    /// The archive that remembers what was exported [env: FRONTDESK_ARCHIVE]
    #[arg(long, value_name = "FILE")]
    archive: Option<String>,
    #[command(flatten)]
    connection: flags::ConnectionFlags,
}

impl Export {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        let config = flags::Given::none()
            .connection(&self.connection)
            .and("--archive", "state.archive", self.archive.as_ref())
            .read(general, true)?;
        block_on(Threads::All, self.work(&config))?
    }

    async fn work(self, config: &Config) -> Result<(), Error> {
        let app = App::new(config)?;
        if app.tokens().current()?.is_none() {
            return Err(Error::NoToken);
        }
        let archive = Archive::create(&config.archive_file()).await?;
        let target = Target::open(&self.to)?;
        let desk = Desk::new(Arc::clone(&app.gateway), app.principal.clone());
        let spool = self.spool(&config.archive_file());
        loop {
            let result = self.once(&desk, &archive, &target, spool.clone()).await;
            app.gateway.flush().await;
            match (result, self.follow) {
                (Ok(summary), _) => say!("{}", self.tell(&summary, &target)),
                (Err(ExportError::Call(error)), Some(_)) if error.may_pass() => {
                    eprintln!("{error}");
                }
                (Err(error), _) => return Err(error.into()),
            }
            let Some(seconds) = self.follow else { break };
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            if let Some(token) = app.tokens().current()? {
                app.use_token(token);
            }
        }
        archive.close().await;
        Ok(())
    }

    async fn once(
        &self,
        desk: &Desk,
        archive: &Archive,
        target: &Target,
        spool: PathBuf,
    ) -> Result<Summary, ExportError> {
        let meter = Meter::default();
        let source: &dyn Source = desk;
        let job = Job {
            source,
            archive,
            dataset: self.dataset,
            target,
            format: self.format,
            part_rows: PART_ROWS,
            threads: self.threads,
            full: self.full,
            spool,
            meter: &meter,
        };
        let mut bar = Bar::new(self.dataset.name());
        let result = tokio::select! {
            result = job.run() => result,
            never = bar.watch(&meter, source) => match never {},
        };
        bar.end(&meter);
        result
    }

    /// Beside the archive, which is private; one a dataset, so that two exports do not meet.
    fn spool(&self, archive: &std::path::Path) -> PathBuf {
        let mut name = archive.as_os_str().to_owned();
        name.push(format!(
            ".{}-{}.spool",
            self.dataset.name(),
            self.format.extension()
        ));
        name.into()
    }

    fn tell(&self, summary: &Summary, target: &Target) -> String {
        let Summary {
            kept,
            rows,
            written,
            files,
        } = summary;
        format!(
            "{rows} {} in {files} files in {}: {} new, {} changed, {} gone; {written} files written",
            self.dataset.name(),
            target.name(),
            kept.new,
            kept.changed,
            kept.gone,
        )
    }
}
