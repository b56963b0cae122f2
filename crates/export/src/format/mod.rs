//! The formats of files.

mod csv;
mod parquet;

use self::{csv::Csv, parquet::Table};
use crate::Dataset;
use serde_json::Value;
use std::{
    fs::File,
    io::{BufWriter, Write},
    str::FromStr,
};

/// Whatever goes wrong while a file is made.
pub(crate) type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The format of the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// One object a line, as Intercom gave it.
    #[default]
    Jsonl,
    /// A table, with the object itself in its last column.
    Csv,
    /// The same table for pyarrow, `DuckDB`, Spark and others.
    Parquet,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Jsonl, Self::Csv, Self::Parquet];

    /// What its files end in, which is also its name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|format| format.extension() == text)
            .ok_or_else(|| format!("`{text}` is no format; these are: jsonl, csv, parquet"))
    }
}

/// Makes one file.
pub(crate) enum Encoder {
    Jsonl(BufWriter<File>),
    Csv(Csv),
    Parquet(Box<Table>),
}

impl Encoder {
    pub(crate) fn new(format: Format, dataset: Dataset, file: File) -> Result<Self, Fault> {
        Ok(match format {
            Format::Jsonl => Self::Jsonl(BufWriter::new(file)),
            Format::Csv => Self::Csv(Csv::new(dataset, file)?),
            Format::Parquet => Self::Parquet(Box::new(Table::new(dataset, file)?)),
        })
    }

    /// Adds one object.
    pub(crate) fn add(&mut self, raw: &str) -> Result<(), Fault> {
        match self {
            // JSON text of ours has no line breaks.
            Self::Jsonl(file) => Ok(writeln!(file, "{raw}")?),
            Self::Csv(table) => table.add(&serde_json::from_str::<Value>(raw)?, raw),
            Self::Parquet(table) => table.add(&serde_json::from_str::<Value>(raw)?, raw),
        }
    }

    /// The file, whole.
    pub(crate) fn finish(self) -> Result<File, Fault> {
        match self {
            Self::Jsonl(file) => Ok(file
                .into_inner()
                .map_err(std::io::IntoInnerError::into_error)?),
            Self::Csv(table) => table.finish(),
            Self::Parquet(table) => table.finish(),
        }
    }
}
