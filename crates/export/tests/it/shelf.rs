//! A store that fails when told to.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, memory::InMemory, path::Path,
};
use std::sync::atomic::{AtomicI64, Ordering};

/// A store in memory.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) inner: InMemory,
    /// Puts and removals that succeed before one fails; negative is never.
    pub(crate) fails_after: AtomicI64,
    pub(crate) puts: AtomicI64,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        Self {
            inner: InMemory::new(),
            fails_after: AtomicI64::new(-1),
            puts: AtomicI64::new(0),
        }
    }

    fn count(&self) -> Result<()> {
        let left = self.fails_after.load(Ordering::Relaxed);
        if left == 0 {
            return Err(object_store::Error::Generic {
                store: "shelf",
                source: "told to fail".into(),
            });
        }
        if left > 0 {
            self.fails_after.store(left - 1, Ordering::Relaxed);
        }
        self.puts.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

impl std::fmt::Display for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("shelf")
    }
}

#[async_trait]
impl ObjectStore for Shelf {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.count()?;
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.count()?;
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
