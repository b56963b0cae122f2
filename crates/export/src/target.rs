//! Where files go: a folder, or a bucket that speaks S3.

use crate::{Dataset, ExportError, Format};
use futures_util::TryStreamExt;
use object_store::{
    ObjectStore, ObjectStoreExt, aws::AmazonS3Builder, buffered::BufWriter, local::LocalFileSystem,
    path::Path,
};
use std::{collections::HashMap, fs::File, io::Read, path::PathBuf, sync::Arc};
use tokio::io::AsyncWriteExt;

/// What is sent at once; S3 takes no smaller pieces than 5 MiB.
const PIECE: usize = 6 << 20;

/// A folder or bucket.
pub struct Target {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// As the user would recognize it.
    name: String,
    /// The folder, where it is one.
    folder: Option<PathBuf>,
}

impl Target {
    /// A folder, which is made where it is missing, or `s3://bucket/prefix` with the usual `AWS_…` variables.
    pub fn open(to: &str) -> Result<Self, ExportError> {
        let fault =
            |error: Box<dyn std::error::Error + Send + Sync>| ExportError::target(to, error);
        if let Some(rest) = to.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let store = AmazonS3Builder::from_env()
                .with_bucket_name(bucket)
                .build()
                .map_err(|error| fault(error.into()))?;
            return Ok(Self::new(
                Arc::new(store),
                Path::from(prefix),
                to.trim_end_matches('/'),
            ));
        }
        if to.contains("://") {
            return Err(fault("give a folder, or s3://bucket/prefix".into()));
        }
        std::fs::create_dir_all(to).map_err(|error| fault(error.into()))?;
        let folder = std::fs::canonicalize(to).map_err(|error| fault(error.into()))?;
        let store = LocalFileSystem::new_with_prefix(&folder)
            .map_err(|error| fault(error.into()))?
            .with_fsync(true);
        let name = folder.display().to_string();
        Ok(Self {
            folder: Some(folder),
            ..Self::new(Arc::new(store), Path::default(), &name)
        })
    }

    /// Any object store, under a name by which it is remembered.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: Path, name: &str) -> Self {
        Self {
            store,
            prefix,
            name: name.to_owned(),
            folder: None,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The numbers and sizes of the parts that are there.
    pub(crate) async fn parts(
        &self,
        dataset: Dataset,
        format: Format,
    ) -> Result<HashMap<i64, i64>, ExportError> {
        self.sweep(dataset)
            .map_err(|error| ExportError::target(&self.name, error))?;
        let folder = self.prefix.clone().join(dataset.name());
        let mut listed = self.store.list(Some(&folder));
        let mut parts = HashMap::new();
        while let Some(file) = listed.try_next().await.map_err(|error| self.fault(error))? {
            let number = file
                .location
                .filename()
                .and_then(|name| number_of(name, format));
            if let Some(number) = number {
                parts.insert(number, i64::try_from(file.size).unwrap_or(i64::MAX));
            }
        }
        Ok(parts)
    }

    /// Puts a file in the place of a part: readers see the old one or the new one, and nothing between.
    pub(crate) async fn put(
        &self,
        dataset: Dataset,
        format: Format,
        number: i64,
        mut file: File,
    ) -> Result<i64, ExportError> {
        let path = self.path(dataset, format, number);
        let mut writer =
            BufWriter::with_capacity(Arc::clone(&self.store), path, PIECE).with_max_concurrency(1);
        let mut piece = vec![0; 1 << 20];
        let mut size = 0;
        loop {
            let count = file.read(&mut piece).map_err(|error| self.fault(error))?;
            if count == 0 {
                break;
            }
            size += i64::try_from(count).unwrap_or(i64::MAX);
            writer
                .write_all(&piece[..count])
                .await
                .map_err(|error| self.fault(error))?;
        }
        writer.shutdown().await.map_err(|error| self.fault(error))?;
        Ok(size)
    }

    /// Removes a part.
    pub(crate) async fn remove(
        &self,
        dataset: Dataset,
        format: Format,
        number: i64,
    ) -> Result<(), ExportError> {
        match self.store.delete(&self.path(dataset, format, number)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.fault(error)),
        }
    }

    fn path(&self, dataset: Dataset, format: Format, number: i64) -> Path {
        let name = format!("part-{:05}.{}", number + 1, format.extension());
        self.prefix.clone().join(dataset.name()).join(name)
    }

    /// Removes what a run that was killed had not put into place yet.
    fn sweep(&self, dataset: Dataset) -> std::io::Result<()> {
        let Some(folder) = self
            .folder
            .as_ref()
            .map(|folder| folder.join(dataset.name()))
        else {
            return Ok(());
        };
        if !folder.is_dir() {
            return Ok(());
        }
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if name.starts_with("part-")
                && name
                    .rsplit_once('#')
                    .is_some_and(|(_, n)| n.parse::<u32>().is_ok())
            {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    pub(crate) fn fault(
        &self,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> ExportError {
        ExportError::target(&self.name, error)
    }
}

/// The number of a part's file, counted from 0.
fn number_of(name: &str, format: Format) -> Option<i64> {
    let digits = name
        .strip_prefix("part-")?
        .strip_suffix(format.extension())?
        .strip_suffix('.')?;
    let number: i64 = digits.parse().ok()?;
    (number > 0).then(|| number - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_parts_have_a_number() {
        for (name, expected) in [
            ("part-00001.parquet", Some(0)),
            ("part-123456.parquet", Some(123_455)),
            ("part-00000.parquet", None),
            ("part-00001.csv", None),
            ("part-00001.parquet#1", None),
            ("mine.parquet", None),
        ] {
            assert_eq!(number_of(name, Format::Parquet), expected, "{name}");
        }
    }

    #[test]
    fn a_place_that_is_none_is_refused() {
        let error = Target::open("ftp://host/x").err().unwrap().to_string();
        assert!(error.contains("s3://bucket/prefix"), "{error}");
    }
}
