//! Why an export stopped. Whatever it was, the same command goes on where it stopped.

use gateway::CallError;
use store::archive::ArchiveError;

/// Why an export stopped; each variant is named for what its caller must do.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Act on what the call answered, then go on.
    #[error("{0}")]
    Call(#[from] CallError),
    /// Mend the archive, or choose another.
    #[error("{0}")]
    Archive(#[from] ArchiveError),
    /// Name a folder or a bucket that can be written to.
    #[error("cannot write to {place}: {source}")]
    Target {
        /// The folder or bucket.
        place: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Report a defect: an answer is not as Intercom describes it.
    #[error("{operation} answered something that is no {expected}")]
    Strange {
        /// The operation.
        operation: &'static str,
        /// What was expected.
        expected: &'static str,
    },
}

impl ExportError {
    /// A fault of the place that is written to.
    pub(crate) fn target(
        place: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Target {
            place: place.to_owned(),
            source: source.into(),
        }
    }
}
