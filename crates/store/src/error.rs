//! What went wrong, named for what the caller must do. No message holds a value of a row.

use sqlx::error::ErrorKind;
use std::fmt;

/// Why the store did not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Say that it is not there; nothing was changed.
    #[error("there is no such {what}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
    },
    /// Choose another name, or read again and decide anew: it is there already, or was changed meanwhile.
    #[error("{what} exists already, or was changed meanwhile")]
    Conflict {
        /// The kind of thing.
        what: &'static str,
    },
    /// Mend the argument.
    #[error("{what}: {why}")]
    Invalid {
        /// The argument.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Refuse the call and try later; a write that ended so may have happened.
    #[error("the database does not answer")]
    Unavailable {
        /// What the engine said.
        #[source]
        source: EngineError,
    },
    /// Call for help: the database holds what this program did not write.
    #[error("the database holds what cannot be read: {what}")]
    Corrupt {
        /// Where.
        what: String,
    },
    /// Start a newer program: a newer one has already changed the schema.
    #[error(
        "the database has schema {found} and this program knows {known}: start the newer version, or restore the backup \
         from before it"
    )]
    TooNew {
        /// The schema's version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// Mend the set-up as the message says.
    #[error("cannot open the database: {how}")]
    Setup {
        /// What to do.
        how: String,
        /// What the engine said.
        #[source]
        source: EngineError,
    },
}

/// What the database engine said, without the values it said it about.
#[derive(Clone, Debug)]
pub struct EngineError(String);

impl EngineError {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EngineError {}

impl From<&sqlx::Error> for EngineError {
    fn from(error: &sqlx::Error) -> Self {
        match error {
            // The detail of a Postgres error quotes the row; its message does not.
            sqlx::Error::Database(inner) => match inner.code() {
                Some(code) => Self(format!("{} (code {code})", inner.message())),
                None => Self(inner.message().to_owned()),
            },
            // A conversion's error quotes the value.
            sqlx::Error::ColumnDecode { index, .. } => {
                Self(format!("column {index} is unreadable"))
            }
            sqlx::Error::Decode(_) | sqlx::Error::Encode(_) | sqlx::Error::AnyDriverError(_) => {
                Self("a value has a type that the driver does not know".into())
            }
            other => Self(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let source = EngineError::from(&error);
        match &error {
            sqlx::Error::Database(inner) => match inner.kind() {
                ErrorKind::UniqueViolation => Self::Conflict { what: "it" },
                ErrorKind::ForeignKeyViolation => Self::NotFound { what: "parent" },
                _ => Self::Unavailable { source },
            },
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::AnyDriverError(_) => Self::Corrupt { what: source.0 },
            _ => Self::Unavailable { source },
        }
    }
}

impl StoreError {
    /// Names the thing that was missing or there already.
    pub(crate) fn about(self, what: &'static str) -> Self {
        match self {
            Self::Conflict { .. } => Self::Conflict { what },
            other => other,
        }
    }

    pub(crate) fn unavailable(text: &str) -> Self {
        Self::Unavailable {
            source: EngineError::new(text),
        }
    }
}
