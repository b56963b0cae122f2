//! One export from its beginning to its end.

use crate::pull::Pull;
use crate::target::Target;
use crate::{Dataset, ExportError, Format, Meter, Source};
use serde_json::{Map, Value};
use std::path::PathBuf;
use store::archive::{Archive, Kept};

/// What is to be exported, from where to where.
pub struct Job<'a> {
    /// What is asked for objects.
    pub source: &'a dyn Source,
    /// Where they are kept.
    pub archive: &'a Archive,
    /// What is exported.
    pub dataset: Dataset,
    /// Where the files go.
    pub target: &'a Target,
    /// In which format.
    pub format: Format,
    /// Objects in one file.
    pub part_rows: i64,
    /// Whether conversations are read with their threads, one call each.
    pub threads: bool,
    /// Whether everything is read again, and what is not there any more leaves.
    pub full: bool,
    /// A file that may be used up to make parts in.
    pub spool: PathBuf,
    /// Counts what is done.
    pub meter: &'a Meter,
}

/// What an export did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What became of the objects that were read.
    pub kept: Kept,
    /// Objects in the files now.
    pub rows: u64,
    /// Files that were written.
    pub written: u64,
    /// Files that there are.
    pub files: u64,
}

impl Job<'_> {
    /// Exports. Whatever stops it, the next run goes on where it stopped.
    pub async fn run(&self) -> Result<Summary, ExportError> {
        self.recognize().await?;
        let kept = Pull::new(self).await?.run().await?;
        let (written, files) = self.write().await?;
        let (rows, _) = self.archive.count(self.dataset.name()).await?;
        Ok(Summary {
            kept,
            rows,
            written,
            files,
        })
    }

    /// An archive holds one workspace.
    async fn recognize(&self) -> Result<(), ExportError> {
        let me = self.source.ask("get_me", Map::new()).await?;
        let workspace = me.pointer("/app/id_code").and_then(Value::as_str);
        let workspace = workspace.ok_or(ExportError::Strange {
            operation: "get_me",
            expected: "admin with a workspace",
        })?;
        self.archive.belongs_to(workspace).await?;
        if self.dataset == Dataset::Conversations {
            self.learn_names("team", "list_teams").await?;
            self.learn_names("admin", "list_admins").await?;
        }
        Ok(())
    }

    /// Conversations hold teams and admins as ids alone.
    async fn learn_names(&self, kind: &str, operation: &str) -> Result<(), ExportError> {
        let list = match self.source.ask(operation, Map::new()).await {
            Ok(list) => list,
            Err(error @ gateway::CallError::Intercom(_)) if !error.may_pass() => {
                self.meter
                    .note(format!("the names of {kind}s are not known: {error}"));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let items = list["items"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let pair = |item: &Value| {
            let id = item["id"].as_str().map(str::to_owned);
            let id = id.or_else(|| item["id"].as_i64().map(|id| id.to_string()))?;
            Some((id, item["name"].as_str()?.to_owned()))
        };
        let names: Vec<(String, String)> = items.iter().filter_map(pair).collect();
        Ok(self.archive.name(kind, &names).await?)
    }
}
