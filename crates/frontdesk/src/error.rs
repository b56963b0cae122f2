//! What can keep Frontdesk from starting or from doing what the command line asks.

use std::{net::SocketAddr, path::PathBuf};

/// Why a command failed; each variant is named for what its caller must do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Correct a setting.
    #[error("{place}: {reason}")]
    Setting {
        /// The file with its line, or the name of the variable or flag.
        place: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// Give an access token.
    #[error(
        "No Intercom access token: set INTERCOM_ACCESS_TOKEN, or FRONTDESK_TOKEN_FILE to a file that holds it.\n\
         You find the token in Intercom's Developer Hub: your app, Configure, Authentication.\n\
         To try Frontdesk without an Intercom workspace, run `frontdesk demo`."
    )]
    NoToken,
    /// Make the file readable.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Make the place writable.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Choose another address.
    #[error(
        "cannot listen on {addr}: {source}; choose another address with --listen, or port 0 for any free one"
    )]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Make the audit log writable.
    #[error("{0}; every call is recorded before it is made, so FRONTDESK_HOME must be writable")]
    Audit(#[from] gateway::AuditError),
    /// Report a defect of this build.
    #[error("this build is broken: {0}")]
    Build(String),
    /// Mend the sandbox's settings.
    #[error("the sandbox does not start: {0}")]
    Sandbox(#[from] sandbox::SandboxError),
    /// Act on what the call answered.
    #[error("{0}")]
    Call(#[from] gateway::CallError),
    /// Decide which edit is to stay.
    #[error("{0} edited here and in Intercom, and left alone; see above")]
    Conflict(String),
    /// Run the same command again once its cause is gone.
    #[error("{0}; what was read is kept, and the same command goes on from there")]
    Export(#[from] export::ExportError),
    /// Make an archive, or mend it.
    #[error("{0}")]
    Archive(#[from] store::archive::ArchiveError),
    /// Correct the command line.
    #[error("{0}")]
    Usage(String),
    /// Mend the files that it names.
    #[error("{0}")]
    Files(String),
    /// Nothing: the other side went away.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Act on what the database says.
    #[error("{0}")]
    Store(#[from] store::StoreError),
    /// Act on what kept the agent from working.
    #[error("{0}")]
    Turn(agent::turn::TurnError),
    /// Mend the keys of the stored credentials.
    #[error("{0}")]
    Vault(#[from] gateway::VaultError),
}

/// What kept the agent from working, as what a command ends with.
pub(crate) fn turn(error: agent::turn::TurnError) -> Error {
    use agent::turn::TurnError;
    match error {
        TurnError::Store(error) => Error::Store(error),
        TurnError::Call(error) => Error::Call(error),
        other => Error::Turn(other),
    }
}
