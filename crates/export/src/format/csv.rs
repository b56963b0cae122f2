//! CSV as RFC 4180 has it: commas, CRLF, quotes where they are needed.

use super::Fault;
use crate::Dataset;
use crate::columns::{Cell, Column, columns};
use serde_json::Value;
use std::{
    fs::File,
    io::{BufWriter, Write},
};

/// A table on its way into a file.
pub(crate) struct Csv {
    file: BufWriter<File>,
    columns: &'static [Column],
}

impl Csv {
    pub(crate) fn new(dataset: Dataset, file: File) -> Result<Self, Fault> {
        let mut table = Self {
            file: BufWriter::new(file),
            columns: columns(dataset),
        };
        for column in table.columns {
            write!(table.file, "{},", column.name)?;
        }
        table.file.write_all(b"raw\r\n")?;
        Ok(table)
    }

    pub(crate) fn add(&mut self, object: &Value, raw: &str) -> Result<(), Fault> {
        for column in self.columns {
            if let Some(cell) = column.of(object) {
                self.file.write_all(field(&shown(cell)).as_bytes())?;
            }
            self.file.write_all(b",")?;
        }
        self.file.write_all(field(raw).as_bytes())?;
        Ok(self.file.write_all(b"\r\n")?)
    }

    pub(crate) fn finish(self) -> Result<File, Fault> {
        Ok(self
            .file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?)
    }
}

fn shown(cell: Cell) -> String {
    match cell {
        Cell::Text(text) => text,
        Cell::Integer(number) => number.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Time(seconds) => jiff::Timestamp::from_second(seconds)
            .map_or_else(|_| seconds.to_string(), |moment| moment.to_string()),
    }
}

fn field(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\"")).into()
    } else {
        text.into()
    }
}
