//! Statements as data, and the one place where they run: under a tenant's scope, `$1` is always the tenant.

use crate::StoreError;
use futures_util::future::BoxFuture;
use sqlx::{
    Any, AnyConnection, AssertSqlSafe, Row,
    any::{AnyArguments, AnyRow},
    query::Query,
};
use std::{borrow::Cow, sync::Arc};

/// One statement with its arguments.
pub(crate) struct Sql {
    text: Cow<'static, str>,
    scoped: bool,
    arguments: Vec<Value>,
}

/// An argument: the three types that both engines share.
pub(crate) enum Value {
    Text(Option<String>),
    Number(Option<i64>),
    Bytes(Option<Vec<u8>>),
}

/// A statement about the tenant of the scope, which is `$1`; or, by the system, about all.
pub(crate) fn sql(text: &'static str) -> Sql {
    Sql {
        text: Cow::Borrowed(text),
        scoped: true,
        arguments: Vec::new(),
    }
}

/// A statement that belongs to no tenant.
pub(crate) fn bare(text: &'static str) -> Sql {
    Sql {
        scoped: false,
        ..sql(text)
    }
}

/// A statement with so many rows of so many values, for `INSERT` and `IN`.
pub(crate) fn rows(head: &str, count: usize, width: usize) -> Sql {
    use std::fmt::Write as _;
    let mut text = format!("{head} VALUES ");
    for row in 0..count {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a String does not fail.
            let _ = write!(text, "{comma}${}", row * width + column + 1);
        }
        text.push(')');
    }
    Sql {
        text: Cow::Owned(text),
        scoped: false,
        arguments: Vec::with_capacity(count * width),
    }
}

impl Sql {
    /// Ends the text.
    pub(crate) fn and(mut self, tail: &str) -> Self {
        self.text.to_mut().push_str(tail);
        self
    }

    /// Gives the next argument.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.arguments.push(value.into());
        self
    }
}

/// A connection in use, by the system or for one tenant.
pub(crate) struct Tx<'c> {
    connection: &'c mut AnyConnection,
    tenant: Option<Arc<str>>,
}

/// What a write does; it may run several statements.
pub(crate) trait Work<T>:
    for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static
{
}

impl<T, F> Work<T> for F where
    F: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static
{
}

impl<'c> Tx<'c> {
    pub(crate) fn new(connection: &'c mut AnyConnection, tenant: Option<Arc<str>>) -> Self {
        Self { connection, tenant }
    }

    /// The tenant of the scope, or the deployment for the system.
    pub(crate) fn tenant(&self) -> &str {
        self.tenant.as_deref().unwrap_or(crate::scope::DEPLOYMENT)
    }

    /// Runs it and counts the rows that it touched.
    pub(crate) async fn run(&mut self, sql: Sql) -> Result<u64, StoreError> {
        let query = self.query(sql);
        Ok(query.execute(&mut *self.connection).await?.rows_affected())
    }

    /// Its first row.
    pub(crate) async fn one<T: Record>(&mut self, sql: Sql) -> Result<Option<T>, StoreError> {
        let query = self.query(sql);
        let row = query.fetch_optional(&mut *self.connection).await?;
        row.as_ref().map(T::read).transpose()
    }

    /// All its rows.
    pub(crate) async fn all<T: Record>(&mut self, sql: Sql) -> Result<Vec<T>, StoreError> {
        let query = self.query(sql);
        let rows = query.fetch_all(&mut *self.connection).await?;
        rows.iter().map(T::read).collect()
    }

    fn query(&self, sql: Sql) -> Query<'static, Any, AnyArguments> {
        let tenant = self.tenant.as_ref().filter(|_| sql.scoped);
        debug_assert!(
            tenant.is_none() || sql.text.contains("$1"),
            "a tenant's statement names its tenant: {}",
            sql.text
        );
        #[cfg(feature = "mutant-unscoped")]
        let sql = match tenant {
            Some(_) => Sql {
                text: Cow::Owned(crate::scope::forget_tenant(&sql.text)),
                ..sql
            },
            None => sql,
        };
        let mut query = match sql.text {
            Cow::Borrowed(text) => sqlx::query(text),
            Cow::Owned(text) => sqlx::query(AssertSqlSafe(text)),
        };
        if let Some(tenant) = tenant {
            query = query.bind(tenant.to_string());
        }
        sql.arguments
            .into_iter()
            .fold(query, |query, value| match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
                Value::Bytes(bytes) => query.bind(bytes),
            })
    }
}

/// Something that one row becomes.
pub(crate) trait Record: Sized {
    fn read(row: &AnyRow) -> Result<Self, StoreError>;
}

/// Something that one column becomes.
pub(crate) trait Field: Sized {
    fn take(row: &AnyRow, column: &str) -> Result<Self, StoreError>;
}

macro_rules! plain_fields {
    ($($type:ty),*) => {$(
        impl Field for $type {
            fn take(row: &AnyRow, column: &str) -> Result<Self, StoreError> {
                Ok(row.try_get(column)?)
            }
        }
        impl Record for $type {
            fn read(row: &AnyRow) -> Result<Self, StoreError> {
                Ok(row.try_get(0)?)
            }
        }
    )*};
}
plain_fields!(
    String,
    Option<String>,
    i64,
    Option<i64>,
    Vec<u8>,
    Option<Vec<u8>>
);

impl Field for bool {
    fn take(row: &AnyRow, column: &str) -> Result<Self, StoreError> {
        i64::take(row, column).map(|number| number != 0)
    }
}

macro_rules! values {
    ($($type:ty => |$value:ident| $into:expr),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $into
            }
        }
    )*};
}
values! {
    &str => |value| Self::Text(Some(value.to_owned())),
    String => |value| Self::Text(Some(value)),
    Option<String> => |value| Self::Text(value),
    Option<&str> => |value| Self::Text(value.map(str::to_owned)),
    i64 => |value| Self::Number(Some(value)),
    Option<i64> => |value| Self::Number(value),
    bool => |value| Self::Number(Some(i64::from(value))),
    Vec<u8> => |value| Self::Bytes(Some(value)),
    Option<Vec<u8>> => |value| Self::Bytes(value),
    &[u8] => |value| Self::Bytes(Some(value.to_vec())),
    [u8; 32] => |value| Self::Bytes(Some(value.to_vec())),
}

/// Declares the struct that a row becomes; every field is a column of the same name.
macro_rules! record {
    ($(#[$doc:meta])* $vis:vis struct $name:ident { $($(#[$field_doc:meta])* $field_vis:vis $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis struct $name { $($(#[$field_doc])* $field_vis $field: $type,)* }

        impl $crate::sql::Record for $name {
            fn read(row: &sqlx::any::AnyRow) -> Result<Self, $crate::StoreError> {
                Ok(Self { $($field: $crate::sql::Field::take(row, stringify!($field))?,)* })
            }
        }
    };
}
pub(crate) use record;

/// Declares an enum that a column holds as a word.
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$word_doc])* $variant,)* }

        impl $name {
            /// Its word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The variant of that word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl $crate::sql::Field for $name {
            fn take(row: &sqlx::any::AnyRow, column: &str) -> Result<Self, $crate::StoreError> {
                let word = <String as $crate::sql::Field>::take(row, column)?;
                Self::parse(&word).ok_or_else(|| $crate::StoreError::Corrupt {
                    what: format!("column {column}"),
                })
            }
        }

        impl From<$name> for $crate::sql::Value {
            fn from(word: $name) -> Self {
                word.as_str().into()
            }
        }
    };
}
pub(crate) use words;
