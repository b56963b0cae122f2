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
mod request;
mod shape;
mod tool;
mod tools;
mod vault;

pub use audit::{Audit, AuditError, AuditRecord, Outcome};
pub use call::Gateway;
pub use directory::{
    Admin, Connection, ConnectionId, Directory, Endpoint, EndpointId, Unconfirmed,
};
pub use error::{CallError, ErrorKind};
pub use principal::{Principal, TenantId, UserId};
pub use request::{Confirmation, Progress, ToolRequest, ToolResult};
pub use tool::{Registry, Tool};
pub use vault::Vault;
