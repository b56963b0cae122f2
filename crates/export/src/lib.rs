//! Copies a workspace out: into an archive first, then into files. Reads only through `gateway`.
//!
//! Two steps, each of which can die at any moment. *Pull* asks Intercom what changed since last time and keeps it in the
//! archive, together with how far it came. *Write* makes the files that differ from the archive anew, each at once. So
//! the files are a function of the archive: no object is lost, none is there twice, and a second run writes only what
//! changed.

mod columns;
mod dataset;
mod deleted;
mod error;
mod format;
mod meter;
mod parts;
mod pull;
mod run;
mod source;
mod target;
mod walk;

pub use dataset::Dataset;
pub use error::ExportError;
pub use format::Format;
pub use meter::{Meter, Phase, Reading};
pub use run::{Job, Summary};
pub use source::{Desk, Source};
pub use target::Target;
