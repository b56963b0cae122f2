//! What Intercom can do, as data: operations, native tools, toolsets and the search language.
//!
//! The YAML files under `catalog/` are embedded; [`Catalog::builtin`] parses and checks them. No I/O happens here.

mod load;
mod operation;
mod param;
mod schema;
pub mod search;
mod toolset;
mod version;

pub use load::{Catalog, LoadError, is_toolset_file};
pub use operation::{BodyForm, Method, Operation, Paging, PagingKind, Risk, Shape};
pub use param::{Param, ParamType, Place};
pub use schema::{input_schema, param_schema};
pub use toolset::{NativeTool, Toolset};
pub use version::ApiVersion;
