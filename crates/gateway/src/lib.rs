//! The only road to Intercom: every tool call passes [`Gateway::call`], which validates, authorizes, opens the
//! credential, runs the tool, shortens the answer and writes it all down.

mod arguments;
mod audit;
mod call;
mod context;
mod directory;
mod error;
mod policy;
mod principal;
mod shape;
mod tool;
mod tools;
mod vault;

pub use audit::{Audit, AuditError, AuditRecord, Outcome};
pub use call::{Confirmation, Gateway, Progress, ToolRequest, ToolResult};
pub use directory::{
    Admin, Connection, ConnectionId, Directory, Endpoint, EndpointId, Unconfirmed,
};
pub use error::{CallError, ErrorKind};
pub use principal::{Principal, TenantId, UserId};
pub use tool::{Registry, Tool};
pub use vault::Vault;
