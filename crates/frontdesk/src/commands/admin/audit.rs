//! `frontdesk admin audit`.

use super::scope;
use crate::audit_export::{Format, Span, moment, pages};
use crate::{Error, tenants::Tenants};
use clap::Subcommand;
use futures_util::TryStreamExt as _;
use std::{io::Write, path::PathBuf, pin::pin};
use store::Verdict;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Check that no entry was edited, deleted or moved
    Verify {
        /// The tenant; the deployment's own log when left out
        tenant: Option<String>,
    },
    /// The entries of a span of time, oldest first
    Export {
        /// The tenant; the deployment's own log when left out
        tenant: Option<String>,
        /// jsonl, csv, ocsf, syslog or otlp
        #[arg(long, default_value = "jsonl", value_parser = Format::parse)]
        format: Format,
        /// From this day (UTC) or moment on
        #[arg(long, value_name = "WHEN", value_parser = moment)]
        from: Option<i64>,
        /// Before this day or moment
        #[arg(long, value_name = "WHEN", value_parser = moment)]
        to: Option<i64>,
        /// Only those after this place of the chain
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// Into this file, which must not be there yet; else to standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

impl Action {
    pub(super) async fn run(self, desk: &Tenants) -> Result<(), Error> {
        match self {
            Self::Verify { tenant } => verify(desk, tenant.as_deref()).await,
            Self::Export {
                tenant,
                format,
                from,
                to,
                after,
                output,
            } => {
                let usual = Span::default();
                let span = Span {
                    after,
                    from: from.unwrap_or(usual.from),
                    to: to.unwrap_or(usual.to),
                };
                export(desk, tenant.as_deref(), format, span, output).await
            }
        }
    }
}

async fn verify(desk: &Tenants, tenant: Option<&str>) -> Result<(), Error> {
    let scope = scope(desk, tenant).await?;
    match scope.verify_audit(None).await? {
        Verdict::Whole { entries, head } => {
            say!("whole: {entries} entries");
            if let Some(head) = head {
                let hash = crate::tenants::hex(&head.hash);
                say!(
                    "head: {} {hash} (kept elsewhere, it shows a later cut)",
                    head.seq
                );
            }
            Ok(())
        }
        Verdict::Broken { seq, fault } => Err(Error::Usage(format!(
            "the audit log of {} was tampered with at entry {seq}: {fault:?}",
            tenant.unwrap_or("the deployment")
        ))),
    }
}

async fn export(
    desk: &Tenants,
    tenant: Option<&str>,
    format: Format,
    span: Span,
    output: Option<PathBuf>,
) -> Result<(), Error> {
    let scope = scope(desk, tenant).await?;
    let mut out: Box<dyn Write> = match &output {
        None => Box::new(std::io::stdout().lock()),
        Some(path) => Box::new(created(path)?),
    };
    let mut pages = pin!(pages(scope, format, span));
    while let Some(page) = pages.try_next().await? {
        out.write_all(page.as_bytes())?;
    }
    Ok(out.flush()?)
}

/// A new file, the owner's alone.
fn created(path: &std::path::Path) -> Result<std::io::BufWriter<std::fs::File>, Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|source| Error::Unwritable {
        path: path.to_owned(),
        source,
    })?;
    Ok(std::io::BufWriter::new(file))
}
