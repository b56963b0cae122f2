//! The only road to Intercom: every tool call passes [`Gateway::call`], which validates, authorizes, opens the
//! credential, runs the tool, shortens the answer and writes it all down.

mod archives;
mod arguments;
mod assistant;
mod audit;
mod bound;
mod call;
mod context;
mod controls;
mod dialect;
mod directory;
mod error;
mod index;
mod mask;
mod meter;
mod narrowing;
mod policy;
mod principal;
mod request;
mod rules;
mod shape;
mod tool;
mod tools;
mod trace;
pub mod vault;

pub use archives::Archives;
pub use assistant::{Assistant, Task, Wish};
pub use audit::{
    Arguments, Audit, AuditError, AuditRecord, CallObserver, Decision, FinishedCall, Outcome,
    UpstreamCall,
};
pub use bound::{Allowed, Bound};
pub use call::Gateway;
pub use controls::{ConfirmRules, Controls};
pub use dialect::Phrase;
pub use directory::{
    Admin, Connection, ConnectionGuard, ConnectionId, Directory, Endpoint, EndpointId, Mode,
    Unconfirmed,
};
pub use error::{CallError, ErrorKind};
pub use intercom::{BudgetState, Certainty, Urgency};
pub use mask::MaskRules;
pub use meter::{Budgets, Limits};
pub use narrowing::Narrowing;
pub use principal::{Principal, TenantId, UserId};
pub use request::{Confirmation, Progress, ToolRequest, ToolResult};
pub use rules::{Rule, RuleSet};
pub use shape::message_text;
pub use tool::{Registry, Tool};
pub use trace::TraceContext;
pub use vault::{Keyring, Vault, VaultError};
