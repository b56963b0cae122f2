//! What Intercom can do, as data: operations, native tools, toolsets and the search language.
//!
//! The YAML files under `catalog/` are embedded; [`Catalog::builtin`] parses and checks them. No I/O happens here.

pub mod custom;
pub mod dialect;
mod load;
mod node;
pub mod openapi;
mod operation;
mod param;
mod place;
mod schema;
pub mod search;
pub mod strict;
mod synonyms;
mod toolset;
mod version;

pub use dialect::Dialect;
pub use load::{Catalog, LoadError, is_toolset_file};
pub use operation::{BodyForm, Method, Operation, Paging, PagingKind, Risk, Shape};
pub use param::{Param, ParamType, Place};
pub use schema::{input_schema, param_schema};
pub use synonyms::Synonym;
pub use toolset::{NativeTool, Toolset};
pub use version::ApiVersion;
