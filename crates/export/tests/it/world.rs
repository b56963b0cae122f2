//! An export, ready to be run as often as a test wants.

use crate::{desk::Double, shelf::Shelf};
use export::{Dataset, ExportError, Format, Job, Meter, Summary, Target};
use futures_util::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use store::archive::Archive;

/// An Intercom, an archive and a shelf.
pub(crate) struct World {
    pub(crate) double: Double,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) archive: Archive,
    pub(crate) target: Target,
    pub(crate) dataset: Dataset,
    pub(crate) format: Format,
    pub(crate) threads: bool,
    pub(crate) full: bool,
    spool: PathBuf,
}

impl World {
    pub(crate) async fn over(double: Double) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("frontdesk-export-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let shelf = Arc::new(Shelf::new());
        let store: Arc<dyn ObjectStore> = Arc::clone(&shelf) as _;
        Self {
            double,
            shelf,
            archive: Archive::create(&folder.join("archive.sqlite"))
                .await
                .unwrap(),
            target: Target::new(store, Path::from("out"), "shelf"),
            dataset: Dataset::Conversations,
            format: Format::Jsonl,
            threads: false,
            full: false,
            spool: folder.join("spool"),
        }
    }

    pub(crate) async fn run(&self) -> Result<Summary, ExportError> {
        let meter = Meter::default();
        let job = Job {
            source: &self.double,
            archive: &self.archive,
            dataset: self.dataset,
            target: &self.target,
            format: self.format,
            part_rows: 100,
            threads: self.threads,
            full: self.full,
            spool: self.spool.clone(),
            meter: &meter,
        };
        job.run().await
    }

    /// What the files hold: the object of each id. An id that is there twice is a fault.
    pub(crate) async fn rows(&self) -> BTreeMap<u64, Value> {
        let mut rows = BTreeMap::new();
        for text in self.files().await.values() {
            for line in text.lines() {
                let value: Value = serde_json::from_str(line).unwrap();
                let id = value["id"].as_str().unwrap().parse().unwrap();
                assert!(rows.insert(id, value).is_none(), "{id} is there twice");
            }
        }
        rows
    }

    pub(crate) async fn files(&self) -> BTreeMap<String, String> {
        let listed: Vec<_> = self.shelf.inner.list(None).try_collect().await.unwrap();
        let mut files = BTreeMap::new();
        for file in listed {
            let bytes = self
                .shelf
                .inner
                .get(&file.location)
                .await
                .unwrap()
                .bytes()
                .await
                .unwrap();
            files.insert(
                file.location.to_string(),
                String::from_utf8_lossy(&bytes).into_owned(),
            );
        }
        files
    }
}
